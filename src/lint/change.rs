//! Outputs that another version of a config has, and that are renamed, redefined or gone.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::config::Document;
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::plan::describe::definition;
use crate::plan::identity::of_output;
use crate::plan::{Identity, OutputId, Plan};

/// The warnings about outputs of an old plan that a new one has otherwise, each at its place in the
/// new config; without one where nothing of it is left.
#[must_use]
pub fn against(document: &Document, plan: &Plan, old: &Plan) -> Vec<Diagnostic> {
    let (new_ones, old_ones) = (Outputs::of(plan), Outputs::of(old));
    let mut found = Vec::new();
    for number in (0..old.outputs.len()).map(OutputId) {
        let name = old.outputs[number.0].name.as_str();
        let meaning = old_ones.meanings[number.0];
        let same_name = new_ones.by_name.get(name).copied();
        // A name that the old config has too is that of an output which is there still.
        let is_new = |output: &OutputId| {
            let name = plan.outputs[output.0].name.as_str();
            !old_ones.by_name.contains_key(name)
        };
        let same_meaning = new_ones.by_meaning.get(&meaning);
        let renamed = same_meaning.and_then(|outputs| outputs.iter().copied().find(is_new));
        found.push(match (same_name, renamed) {
            (Some(now), _) if new_ones.meanings[now.0] == meaning => continue,
            (Some(now), renamed) => {
                redefined((document, plan, now), (old, number), &old_ones, &new_ones, renamed)
            }
            (None, Some(now)) => {
                let now_name = &plan.outputs[now.0].name;
                let message = format!("`{name}` is called `{now_name}` now, and means the same");
                let help = "whoever reads it by its name gets nothing: rename it there too, or keep \
                            the name";
                at(document, plan, Some(now), codes::OUTPUT_RENAMED, message, help)
            }
            (None, None) => {
                let message = format!("`{name}` is gone: {}", definition(old, number));
                let help = "whoever reads it gets nothing: take it out there first, or keep it";
                let place = place_of_gone(plan, old, number);
                at(document, plan, place, codes::OUTPUT_GONE, message, help)
            }
        });
    }
    found
}

/// The outputs of a plan by name and meaning.
struct Outputs<'p> {
    meanings: Vec<Identity>,
    by_name: HashMap<&'p str, OutputId, FixedState>,
    by_meaning: HashMap<Identity, Vec<OutputId>, FixedState>,
}

impl<'p> Outputs<'p> {
    fn of(plan: &'p Plan) -> Self {
        let all = || (0..plan.outputs.len()).map(OutputId);
        let meanings: Vec<Identity> = all().map(|output| of_output(plan, output)).collect();
        let mut by_meaning: HashMap<Identity, Vec<OutputId>, FixedState> = HashMap::default();
        for output in all() {
            by_meaning.entry(meanings[output.0]).or_default().push(output);
        }
        let by_name = all().map(|output| (plan.outputs[output.0].name.as_str(), output)).collect();
        Self { meanings, by_name, by_meaning }
    }
}

/// An output whose name is that of an old one with another meaning.
fn redefined(
    (document, plan, now): (&Document, &Plan, OutputId),
    (old, before): (&Plan, OutputId),
    old_ones: &Outputs<'_>,
    new_ones: &Outputs<'_>,
    renamed: Option<OutputId>,
) -> Diagnostic {
    let name = &plan.outputs[now.0].name;
    let (was, is) = (definition(old, before), definition(plan, now));
    let change = if was == is {
        format!(
            "`{name}` is counted otherwise than before{}",
            beside_words((plan, now), (old, before))
        )
    } else {
        format!("`{name}` was {was}, and is {is}")
    };
    // Where two have changed places, that is what happened.
    let taken = old_ones.by_meaning.get(&new_ones.meanings[now.0]).and_then(|all| all.first());
    let taken =
        taken.map_or_else(String::new, |from| format!("; that was `{}`", old.outputs[from.0].name));
    let moved = renamed.map_or_else(String::new, |to| {
        format!("; what it was is called `{}` now", plan.outputs[to.0].name)
    });
    let help = "a model that was trained on the old values reads others under the same name: give \
                the new ones a name of their own, or train again";
    let message = format!("{change}{taken}{moved}");
    at(document, plan, Some(now), codes::OUTPUT_REDEFINED, message, help)
}

/// What differs of two outputs that are described alike.
fn beside_words((plan, now): (&Plan, OutputId), (old, before): (&Plan, OutputId)) -> String {
    let (is, was) = (
        &plan.features[plan.outputs[now.0].feature.0],
        &old.features[old.outputs[before.0].feature.0],
    );
    let mut parts = Vec::new();
    if is.refresh != was.refresh {
        parts.push(format!("`refresh` was {}, and is {}", was.refresh, is.refresh));
    }
    if is.ttl != was.ttl {
        parts.push(format!("`ttl` was {}, and is {}", was.ttl, is.ttl));
    }
    if parts.is_empty() {
        let filters = |plan: &Plan, output: OutputId| {
            let sides = plan.sides(output).into_iter();
            let inputs = sides.map(|side| &plan.inputs[plan.states[side.term.state.0].input.0]);
            let events = inputs.map(|input| crate::plan::describe::events(plan, input));
            events.collect::<Vec<String>>().join(" and ")
        };
        let (was, is) = (filters(old, before), filters(plan, now));
        if was != is {
            parts.push(format!("it counted {was}, and counts {is}"));
        }
    }
    if parts.is_empty() {
        ": how events are read or smoothed has changed".to_owned()
    } else {
        format!(": {}", parts.join("; "))
    }
}

/// The output of the new plan nearest to one that is gone: of the feature that it was of, or of a
/// similar name.
fn place_of_gone(plan: &Plan, old: &Plan, gone: OutputId) -> Option<OutputId> {
    let feature = &old.features[old.outputs[gone.0].feature.0].name;
    let known = plan.features.iter().map(|feature| feature.name.as_str());
    let near = nearest(feature, known)?;
    let feature = plan.features.iter().find(|feature| feature.name == near)?;
    Some(OutputId(feature.outputs.start))
}

/// A warning at the feature of an output.
fn at(
    document: &Document,
    plan: &Plan,
    output: Option<OutputId>,
    code: codes::Code,
    message: String,
    help: &str,
) -> Diagnostic {
    let feature = output.map(|output| &document.features[plan.outputs[output.0].feature.0]);
    match feature {
        Some(feature) => {
            let mut warning = code.at(feature.name.span.clone(), message).help(help);
            warning.labels.extend(feature.combination.clone());
            warning
        }
        None => code.at_all([], message).help(help),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::lower::compile_with_document;

    /// What is said of a config against an old one, with the marked text of each.
    fn told(old: &str, new: &str) -> Vec<(&'static str, String, String)> {
        let config = |features: &str| format!("features:\n{features}");
        let (new, old) = (config(new), config(old));
        let (plan, document, _) = compile_with_document("new", &new);
        let old = compile_with_document("old", &old).0.unwrap();
        let found = against(&document, &plan.unwrap(), &old).into_iter();
        let marked = |fault: &Diagnostic| {
            fault.labels.first().map_or_else(String::new, |it| new[it.span.clone()].to_owned())
        };
        found.map(|fault| (fault.code, marked(&fault), fault.message.clone())).collect()
    }

    const CLICKS: &str = "- {name: clicks, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [7, 30]}\n";
    const LIKES: &str =
        "- {name: likes, type: interaction_count, scope: item, interaction: like}\n";

    #[test]
    fn what_means_the_same_under_its_name_is_not_told() {
        let both = format!("{CLICKS}{LIKES}");
        assert_eq!(told(&both, &format!("{LIKES}{CLICKS}")), []);
        let more =
            format!("{both}- {{name: n, type: interaction_count, scope: user, interaction: x}}\n");
        assert_eq!(told(&both, &more), []);
    }

    #[test]
    fn outputs_are_renamed_redefined_or_gone() {
        for (old, from, to, want) in [
            (
                LIKES,
                "name: likes",
                "name: loves",
                vec![("output-renamed", "loves", "`likes` is called `loves` now")],
            ),
            (
                LIKES,
                "scope: item",
                "scope: user",
                vec![("output-redefined", "likes", "was like per item, and is like per user")],
            ),
            (
                LIKES,
                "interaction: like",
                "interaction: like, refresh: 1h",
                vec![("output-redefined", "likes", "`refresh` was 0s, and is 1h")],
            ),
            (CLICKS, "[7, 30]", "[7]", vec![("output-gone", "clicks", "`clicks_30` is gone")]),
            (CLICKS, "[7, 30]", "[7, 28]", vec![("output-gone", "clicks", "`clicks_30` is gone")]),
        ] {
            let found = told(old, &old.replace(from, to));
            assert_eq!(found.len(), want.len(), "{found:?}");
            for ((code, marked, message), want) in found.iter().zip(want) {
                assert_eq!((*code, marked.as_str()), (want.0, want.1), "{message}");
                assert!(message.contains(want.2), "{message}");
            }
        }
        let found =
            told(LIKES, "- {name: x, type: interaction_count, scope: user, interaction: y}\n");
        assert_eq!((found[0].0, found[0].1.as_str()), ("output-gone", ""));
    }

    #[test]
    fn exchanged_names_are_told_as_such() {
        let old = format!("{LIKES}{}", LIKES.replace("like", "love").replace("loves", "others"));
        let new =
            old.replace("likes", "x").replace("others", "likes").replace("name: x", "name: others");
        let found = told(&old, &new);
        assert_eq!(found.len(), 2);
        assert!(found[0].2.contains("that was `others`"), "{found:?}");
    }
}

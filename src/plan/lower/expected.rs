//! Tests against the plan: whether the outputs are there that they expect values of, by these keys,
//! and whether a log can have their events.

use std::collections::BTreeSet;

use crate::base::Comparison;
use crate::config::{
    Check, Document, Expectation, Expected, Part, Spanned, Test, TestEvent, TestMetadata, nearest,
};
use crate::diagnostic::{Diagnostic, Faults, codes};
use crate::plan::{OutputId, Plan, Read, Types};

/// The most names that a message lists.
const LISTED: usize = 5;

/// Reports what of the tests does not fit the features. Of those that are not valid nothing is said.
pub(super) fn check(
    document: &Document,
    plan: &Plan,
    is_known: &dyn Fn(&str) -> bool,
    faults: &mut Faults,
) {
    // With faults some features are not there, and what they count is not known.
    let counted = (faults.errors() == 0).then(|| counted_types(plan)).flatten();
    for test in &document.tests {
        for event in &test.events {
            if check_type(document, event, faults)
                && let Some(counted) = &counted
            {
                check_counted(counted, event, faults);
            }
        }
        metadata(document, test, faults);
        for expectation in &test.expectations {
            for expected in &expectation.values {
                check_value(document, plan, (expectation, expected), is_known, faults);
            }
        }
    }
}

/// Whether an event can be of its type.
fn check_type(document: &Document, event: &TestEvent, faults: &mut Faults) -> bool {
    let yields = &document.events.yields;
    let kind = &event.kind.value;
    let flags = || yields.flags.iter().map(|(flag, _)| flag.as_str());
    if flags().any(|flag| flag == kind) {
        return true;
    }
    let Some(constant) = yields.constant.as_deref().filter(|constant| constant != kind) else {
        return true;
    };
    let known: Vec<&str> = std::iter::once(constant).chain(flags()).collect();
    let message = format!("a line of this log is never `{kind}`: `events` says its types");
    let help = match nearest(kind, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {}", known.join(" or ")),
    };
    faults.add(codes::BAD_TEST.at(event.kind.span.clone(), message).help(help));
    false
}

/// The types of the events that features count; `None` if one counts all.
fn counted_types(plan: &Plan) -> Option<BTreeSet<&str>> {
    let mut counted = BTreeSet::new();
    for input in &plan.inputs {
        match &input.types {
            Types::All => return None,
            Types::Only(types) => counted.extend(types.iter().map(String::as_str)),
        }
    }
    Some(counted)
}

/// Whether a feature counts events of this type, unless it is no misspelt one that is counted: a
/// test may show that others do not count.
fn check_counted(counted: &BTreeSet<&str>, event: &TestEvent, faults: &mut Faults) {
    let kind = event.kind.value.as_str();
    if counted.contains(kind) {
        return;
    }
    if let Some(near) = nearest(kind, counted.iter().copied()) {
        let message = format!("no feature counts events of type `{kind}`");
        let help = format!("did you mean `{near}`?");
        faults.add(codes::UNCOUNTED_EVENT.at(event.kind.span.clone(), message).help(help));
    }
}

/// Whether metadata come from a file.
fn metadata(document: &Document, test: &Test, faults: &mut Faults) {
    let metadata = &document.events.metadata;
    let from_files = || {
        let sources = metadata.sources.iter().filter(|source| source.file.is_some());
        sources.map(|source| metadata.entities[source.entity].name.as_str())
    };
    for TestMetadata { name, .. } in &test.metadata {
        if from_files().any(|known| known == name.value) {
            continue;
        }
        let message = format!("no file of metadata is about `{}`", name.value);
        let help = match nearest(&name.value, from_files()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "metadata that are lines of the log are written under `events`".to_owned(),
        };
        faults.add(codes::BAD_TEST.at(name.span.clone(), message).help(help));
    }
}

fn check_value(
    document: &Document,
    plan: &Plan,
    (expectation, expected): (&Expectation, &Expected),
    is_known: &dyn Fn(&str) -> bool,
    faults: &mut Faults,
) {
    let name = &expected.output;
    let Some(output) = plan.outputs.iter().position(|output| output.name == name.value) else {
        let is_broken = |feature: &String| name.value.starts_with(feature.as_str());
        if !is_known(&name.value) && !document.broken.iter().any(is_broken) {
            faults.add(unknown(plan, name));
        }
        return;
    };
    let output = OutputId(output);
    check_key(plan, output, expectation, name, faults);
    let quotient = matches!(plan.outputs[output.0].read, Read::Quotient(_));
    let mut refuse = |message: String, help: String| {
        faults.add(codes::BAD_EXPECTATION.at(expected.span.clone(), message).help(help));
    };
    if let Part::Side { is_global, .. } = expected.part {
        let has_global = plan.sides(output).iter().any(|side| side.is_global);
        if !quotient {
            let message = format!("`{}` is no quotient and has no sides", name.value);
            refuse(message, "write the value alone".to_owned());
        } else if is_global && !has_global {
            let message = format!("`{}` has no sides over all keys", name.value);
            refuse(message, "write `top` and `bottom`, or add a prior to the feature".to_owned());
        }
        return;
    }
    let most = plan.most_listed(output);
    for check in &expected.checks {
        match (check, most) {
            (Check::List(_), None) => {
                let message = format!("the value of `{}` is a number, not a list", name.value);
                refuse(message, format!("write a number: `{}: 3`", name.value));
            }
            (Check::List(texts), Some(most)) if texts.len() > most as usize => {
                let message = format!("`{}` lists {most} at most, not {}", name.value, texts.len());
                refuse(message, format!("expect {most} texts or fewer"));
            }
            (Check::List(_) | Check::Missing | Check::Compare(Comparison::Exists(_)), _)
            | (_, None) => {}
            (_, Some(_)) => {
                let message = format!("the value of `{}` is a list, not a number", name.value);
                refuse(message, format!("write a list of texts: `{}: [a, b]`", name.value));
            }
        }
    }
}

/// A name that no output has.
fn unknown(plan: &Plan, name: &Spanned<String>) -> Diagnostic {
    let feature = plan.features.iter().find(|feature| feature.name == name.value);
    let names = || plan.outputs.iter().map(|output| output.name.as_str());
    let listed = |names: &[&str]| crate::base::quantity::listed(names, LISTED);
    let (message, help) = if let Some(feature) = feature {
        let own: Vec<&str> =
            names().skip(feature.outputs.start).take(feature.outputs.len()).collect();
        let message = format!("`{}` is a feature with several outputs", name.value);
        (message, format!("write one of {}", listed(&own)))
    } else {
        let message = format!("no feature has the output `{}`", name.value);
        let words = names().chain(["at", "key", "served"]);
        let help = match nearest(&name.value, words) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the outputs are {}", listed(&names().collect::<Vec<_>>())),
        };
        (message, help)
    };
    codes::UNKNOWN_OUTPUT.at(name.span.clone(), message).help(help)
}

/// Whether a key has the parts of an output's scope, and no others.
fn check_key(
    plan: &Plan,
    output: OutputId,
    expectation: &Expectation,
    name: &Spanned<String>,
    faults: &mut Faults,
) {
    let scope = plan.scope_of(output);
    let names: Vec<&str> = plan.key_attributes(scope).collect();
    let has = |wanted: &str| expectation.key.iter().any(|(own, _)| own.value == wanted);
    let example: Vec<String> = names.iter().map(|name| format!("{name}: …")).collect();
    let help = match names.as_slice() {
        [] => format!("leave `key` out: the scope of `{}` is global", name.value),
        _ => format!("write `key: {{{}}}`", example.join(", ")),
    };
    let scoped = plan.scope_name(scope);
    let missing = names.iter().find(|name| !has(name));
    let other = expectation.key.iter().find(|(own, _)| !names.contains(&own.value.as_str()));
    let (span, message) = match (missing, other) {
        (Some(missing), _) => (
            expectation.key_span.clone(),
            format!("the key has no `{missing}`: `{}` is by {scoped}", name.value),
        ),
        (None, Some((other, _))) => (
            other.span.clone(),
            format!("the key has `{}`, and `{}` is by {scoped}", other.value, name.value),
        ),
        (None, None) => return,
    };
    faults.add(codes::BAD_KEY.at(span, message).label(name.span.clone(), "").help(help));
}

#[cfg(test)]
mod tests {
    use super::super::compile;

    /// The code of each fault, the text it points at, and its help.
    fn faults(events: &str, test: &str) -> Vec<(&'static str, String, String)> {
        let text = format!(
            "{events}features:\n\
             - {{name: clicks, type: window_count, scope: item, interaction: click, bucket: 1d, periods: [7, 30]}}\n\
             - {{name: all, type: counter, scope: global, interaction: click}}\n\
             - {{name: pair, type: counter, scope: [user, item], interaction: click}}\n\
             - {{name: words, type: counter, scope: item, interaction: click, aggregate: top_k, value: w, k: 2}}\n\
             - {{name: share, type: ratio, top: clicks_7, bottom: all}}\n\
             - {{name: smooth, type: ratio, top: clicks_7, bottom: clicks_30, prior: {{rate: global, weight: 2}}}}\n\
             tests:\n- {test}\n"
        );
        let report = compile("test", &text).1;
        let told = report.diagnostics.into_iter().map(|fault| {
            let at = text[fault.labels[0].span.clone()].to_owned();
            (fault.code, at, fault.help.unwrap_or_default())
        });
        told.collect()
    }

    #[test]
    fn expectations_fit_the_outputs() {
        for (expect, code, at, help) in [
            (
                "key: {item: a}, clicks_8: 1",
                "unknown-output",
                "clicks_8",
                "did you mean `clicks_7`?",
            ),
            ("key: {item: a}, clicks: 1", "unknown-output", "clicks", "clicks_7, clicks_30"),
            ("key: {item: a}, serve: 1", "unknown-output", "serve", "did you mean `served`?"),
            ("key: {item: a}, xyzzy: 1", "unknown-output", "xyzzy", "and 2 more"),
            ("clicks_7: 1", "bad-key", "{at: 0s, clicks_7: 1}", "`key: {item: …}`"),
            ("key: {item: a}, pair: 1", "bad-key", "{item: a}", "`key: {user: …, item: …}`"),
            ("key: {item: a}, all: 1", "bad-key", "item", "leave `key` out"),
            ("key: {item: a, user: u}, clicks_7: 1", "bad-key", "user", "`key: {item: …}`"),
            ("key: {item: a}, clicks_7: [a]", "bad-expectation", "[a]", "`clicks_7: 3`"),
            ("key: {item: a}, words: 3", "bad-expectation", "3", "`words: [a, b]`"),
            ("key: {item: a}, words: [a, b, c]", "bad-expectation", "[a, b, c]", "2 texts"),
            ("key: {item: a}, clicks_7: {top: 1}", "bad-expectation", "1", "write the value alone"),
            ("key: {item: a}, share: {top_all: 1}", "bad-expectation", "1", "add a prior"),
        ] {
            let test = format!("{{name: x, events: [], expect: [{{at: 0s, {expect}}}]}}");
            let found = faults("", &test);
            let [(found_code, found_at, found_help)] = found.as_slice() else {
                panic!("{expect}: {found:?}")
            };
            assert_eq!((*found_code, found_at.as_str()), (code, at), "{expect}");
            assert!(found_help.contains(help), "{expect}: {found_help}");
        }
        for good in [
            "key: {item: a}, clicks_7: 1, words: [a], share: {top: 1, bottom: 2}",
            "key: {item: a}, words: {exists: true}, served: {words: missing}, smooth: {top_all: 1, value: missing}",
            "key: {item: a, user: u}, pair: {exists: false}",
            "all: {ge: 0}, served: {all: 0}",
        ] {
            let test = format!("{{name: x, events: [], expect: [{{at: 0s, {good}}}]}}");
            assert_eq!(faults("", &test), [], "{good}");
        }
    }

    #[test]
    fn events_are_of_types_that_the_log_has() {
        let test = |kind: &str| {
            format!("{{name: x, events: [{{at: 0s, {kind}: }}], expect: [{{at: 0s, all: 0}}]}}")
        };
        let events = "events: {type: {const: show}, flags: {click: is_click}}\n";
        for known in ["show", "click"] {
            assert_eq!(faults(events, &test(known)), [], "{known}");
        }
        let found = faults(events, &test("clik"));
        let want = ("bad-test", "clik".to_owned(), "did you mean `click`?".to_owned());
        assert_eq!(found, [want]);
        let want = ("uncounted-event", "clik".to_owned(), "did you mean `click`?".to_owned());
        assert_eq!(faults("", &test("clik")), [want]);
        assert_eq!(faults("", &test("purchase")), []);
    }

    #[test]
    fn metadata_of_a_test_are_those_of_a_file() {
        let test = |name: &str| {
            format!(
                "{{name: x, metadata: {{{name}: []}}, events: [], expect: [{{at: 0s, all: 0}}]}}"
            )
        };
        let events = "events: {type: t, metadata: [{file: u.csv, key: id, as: user}, \
                      {when: {t: q}, key: id, as: query}]}\n";
        assert_eq!(faults(events, &test("user")), []);
        assert_eq!(faults(events, &test("usr"))[0].2, "did you mean `user`?");
        assert!(faults(events, &test("query"))[0].2.contains("under `events`"));
    }

    /// What is wrong with a feature is not told again of the tests of it.
    #[test]
    fn the_tests_of_a_faulty_feature_are_not_faults() {
        let text = "features:\n- {name: a, type: window_count, scope: item, interaction: x, periods: [7]}\n\
                    - {name: b, type: ratio, top: c, bottom: d}\n\
                    tests:\n- {name: x, events: [], expect: [{at: 0s, key: {item: a}, a: 1, a_7: 1, b: 1}]}\n";
        let report = compile("test", text).1;
        let codes: Vec<_> = report.diagnostics.iter().map(|fault| fault.code).collect();
        assert_eq!(codes, ["missing-member", "bad-operand", "bad-operand"]);
    }
}

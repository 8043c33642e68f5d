//! Impressions of the log's own beside those that rankings make.

use crate::base::quantity::{grouped, listed};
use crate::diagnostic::codes;
use crate::diagnostic::lints::OWN_IMPRESSIONS;
use crate::lint::{Facts, Findings};
use crate::plan::{OutputId, Types};
use crate::tape::{ImpressionsStatus, RowKind};

/// Words of types that are impressions by another name.
const WORDS: [&str; 6] = ["impression", "view", "show", "seen", "display", "expos"];
/// The most types that are told.
const TYPES: usize = 4;

/// A few impressions of the log's own, which keep those of its rankings from being made; and features
/// that count what rankings make together with what the log calls otherwise.
pub(in crate::lint) fn of_both(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let (plan, tape) = (facts.plan, facts.rows.tape);
    let name = &tape.demand().settings.impressions.name;
    let events_of = |kind: &str| {
        let place = tape.type_names().iter().position(|known| known == kind);
        place.map_or(0, |place| tape.contents().events_of(place))
    };
    let rankings = tape.contents().lines_of(RowKind::Ranking);
    let own = events_of(name);
    let made = match tape.impressions() {
        ImpressionsStatus::Made(made) if made > 0 => Some(made),
        _ => None,
    };
    let few = own > 0 && (own as f64) < facts.settings.of(&OWN_IMPRESSIONS) * rankings as f64;
    if made.is_none() && !few {
        return;
    }
    for (declared, feature) in facts.features() {
        let sides = feature.outputs.clone().flat_map(|output| plan.sides(OutputId(output)));
        let lists = sides.filter_map(|side| {
            let input = &plan.inputs[plan.states[side.term.state.0].input.0];
            match &input.types {
                Types::Only(names) if names.contains(name) => Some(names),
                _ => None,
            }
        });
        let Some(names) = lists.max_by_key(|names| names.len()) else { continue };
        let Some(made) = made else {
            let message = format!(
                "{} rankings make no impressions, since the log has {} events `{name}` of its own",
                grouped(rankings),
                grouped(own),
            );
            let help = format!(
                "leave these events out of the log, or give those that are made a name of their own: \
                 `impressions: {{name: shown}}` and `shown` in place of `{name}`"
            );
            let span = declared.name.span.clone();
            findings.add(declared, codes::OWN_IMPRESSIONS.at(span, message).help(help));
            return;
        };
        let is_other = |kind: &&String| {
            let lower = kind.to_lowercase();
            *kind != name && events_of(kind) > 0 && WORDS.iter().any(|word| lower.contains(word))
        };
        let others: Vec<String> = names
            .iter()
            .filter(is_other)
            .map(|kind| format!("{} `{kind}`", grouped(events_of(kind))))
            .collect();
        if others.is_empty() {
            continue;
        }
        let message = format!(
            "`{}` counts what was shown twice: {} of the log, and {} `{name}` that are made from \
             rankings",
            feature.name,
            listed(&others, TYPES),
            grouped(made),
        );
        let help = format!("count one of them: leave out `{name}`, or the log's own");
        let span = declared.name.span.clone();
        findings.add(declared, codes::OWN_IMPRESSIONS.at(span, message).help(help));
    }
}

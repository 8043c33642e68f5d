//! Events that are in the log twice.

use crate::base::Millis;
use crate::base::quantity::{grouped, listed};
use crate::diagnostic::codes;
use crate::diagnostic::lints::{REPEATED_EVENTS, REPEATED_SHARE};
use crate::lint::{Facts, Findings};
use crate::profile::words::about;
use crate::profile::{Marked, RepeatedIds, Which};

/// The least part of the events with ids of their own, for the member to be an id of events: a member
/// that names something else has few values.
const OWN: f64 = 0.8;
/// The same where repeated events have the time and the type of the first, as only the same event has.
const OWN_ALIKE: f64 = 0.3;
/// The part of the repeated events that must be like the first for that.
const ALIKE: f64 = 0.9;
/// The most types that are told.
const TYPES: usize = 4;
/// The spans that are told to write.
const SPANS: [Millis; 4] =
    [Millis(3_600_000), Millis::DAY, Millis(7 * Millis::DAY.0), Millis(30 * Millis::DAY.0)];

/// Events whose id was there before, where the config does not say what becomes of them.
pub(in crate::lint) fn repeated(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let Some(found) = facts.profile.and_then(|profile| profile.repeats.as_ref()) else { return };
    let (least, share) = (facts.settings.of(&REPEATED_EVENTS), facts.settings.of(&REPEATED_SHARE));
    let repeated = found.repeated.count();
    if (repeated as f64) < least || repeated as f64 <= share * found.events as f64 {
        return;
    }
    if !is_of_events(found) {
        return;
    }
    let types: Vec<String> =
        found.types.iter().map(|(name, count)| format!("{} {name}", grouped(*count))).collect();
    let message = format!(
        "{} of {} events have an `{}` that was there before ({}; up to {} apart)",
        grouped(repeated),
        grouped(found.events),
        found.member,
        listed(&types, TYPES),
        about(found.span),
    );
    let span = SPANS.iter().find(|span| **span > found.span).unwrap_or(&SPANS[SPANS.len() - 1]);
    let is_named = facts.plan.events.id.is_some() || found.member == "id" && is_metarank(facts);
    let id = if is_named { String::new() } else { format!(", id: {}", found.member) };
    let help = format!(
        "they are counted each time: write `events: {{dedup: {span}{id}}}`, and the first one counts"
    );
    let marked =
        Marked { events: Which::Marks(found.repeated.clone()), except: vec![found.member.clone()] };
    findings.add_whole_marked(codes::DUPLICATE_EVENTS.at_all([], message).help(help), marked);
}

/// True if the member is an id of events, and not of what they are about.
fn is_of_events(found: &RepeatedIds) -> bool {
    let repeated = found.repeated.count();
    let own = (found.events - repeated) as f64 / found.events as f64;
    own >= OWN || own >= OWN_ALIKE && found.alike as f64 >= ALIKE * repeated as f64
}

/// True if the log has what only Metarank's logs have, whose ids have a name of their own.
fn is_metarank(facts: &Facts<'_>) -> bool {
    let names = ["ranking", "item", "user"];
    let types = facts.profile.iter().flat_map(|profile| &profile.types);
    let mut others = types.filter(|of| !of.is_counted);
    others.any(|of| of.name.as_deref().is_some_and(|name| names.contains(&name)))
}

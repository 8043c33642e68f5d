//! Sources whose clock is not that of the others.

use crate::base::quantity::grouped;
use crate::diagnostic::codes;
use crate::diagnostic::lints::{SKEWED_DIFFERENCE, SKEWED_EVENTS, SKEWED_SHARE};
use crate::lint::cause::told;
use crate::lint::{Facts, Findings};
use crate::profile::words::about;
use crate::profile::{Marked, Which};

/// Events ahead of those after them in the log, or behind those before them, that a source has in
/// common: what is only late is so from everywhere.
pub(in crate::lint) fn skewed(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let Some(profile) = facts.profile else { return };
    let (least, share) = (facts.settings.of(&SKEWED_EVENTS), facts.settings.of(&SKEWED_SHARE));
    let difference = facts.settings.of(&SKEWED_DIFFERENCE);
    let ahead = (
        &profile.clocks_ahead,
        "ahead of those after them in the log",
        "the clock of that source is ahead: correct its times, or leave its events out with \
         `where`; until the others catch up, theirs count as late",
    );
    let behind = (
        &profile.clocks_behind,
        "behind those before them in the log",
        "the clock of that source is behind, or it sends late: correct its times, or name the \
         member with the time of arrival in `events.known`",
    );
    for (skewed, how, help) in [ahead, behind] {
        let count = skewed.marks.count();
        if (count as f64) < least || count as f64 <= share * profile.events as f64 {
            continue;
        }
        let message = format!(
            "{} of {} events are {how}, half of them by {} or more",
            grouped(count),
            grouped(profile.events),
            about(skewed.by),
        );
        let marked = Marked { events: Which::Marks(skewed.marks.clone()), except: Vec::new() };
        findings.ask(codes::CLOCK_SKEW, vec![marked], move |causes| {
            let cause = causes.first()?.as_ref()?;
            let message = format!("{message}; {}", told(cause));
            let warning = codes::CLOCK_SKEW.at_all([], message).help(help);
            (cause.difference >= difference).then_some(warning)
        });
    }
}

//! Notes about logs, beside a command's output: rejected lines, lost parts, logs without a readable
//! line.

use crate::base::quantity::{counted, grouped};
use crate::coverage::{always_text, notes};
use crate::dataset::Passed;
use crate::log::{Outcome, Unreadable};
use crate::plan::{OutputId, Plan};
use crate::tape::{ImpressionsStatus, Reason, Rejections, Tape, Unattached};

use super::failure::Failure;
use super::output::note;

/// True if a part of the logs was lost, which decides the exit code.
#[must_use]
pub(super) struct Loss(bool);

impl Loss {
    /// Ends a command whose output is complete: with exit code 3 if something was lost, unless that
    /// is allowed.
    pub(super) const fn end(self, is_allowed: bool) -> Result<(), Failure> {
        if self.0 && !is_allowed { Err(Failure::Lost) } else { Ok(()) }
    }
}

/// Reports on stderr what was wrong with the logs.
pub(super) fn report(outcomes: &[Outcome], tape: &Tape) -> Result<Loss, Failure> {
    refuse(outcomes)?;
    let rejections = tape.rejections();
    let count = unread(rejections);
    if count > 0 {
        let lines = counted(count as usize, "line");
        note(format!("note: {lines} rejected: {}", reasons(rejections)));
    }
    for (file, counts) in tape.metadata_files() {
        let rejections = &counts.rejections;
        let count = unread(rejections);
        if count > 0 {
            let lines = counted(count as usize, "line");
            note(format!("note: {lines} rejected in `{file}`: {}", reasons(rejections)));
        }
    }
    let logs = || outcomes.iter().filter(|outcome| outcome.entity.is_none());
    if rejections.total() == 0 && logs().all(|outcome| outcome.accepted == 0) {
        let logs = if logs().count() > 1 { "the logs have" } else { "the log has" };
        note(format!("note: {logs} 0 events"));
    }
    for warning in warnings(outcomes, tape) {
        note(format!("warning: {warning}"));
    }
    Ok(loss(outcomes))
}

/// The number of rejected lines, besides the place of what is lost, which is told by itself.
fn unread(rejections: &Rejections) -> u64 {
    rejections.total() - rejections.count(Reason::DamagedStream)
}

/// The reasons why lines are rejected, with their counts.
fn reasons(rejections: &Rejections) -> String {
    let reasons = rejections.by_count().into_iter();
    let reasons: Vec<String> = reasons
        .filter(|(reason, _)| *reason != Reason::DamagedStream)
        .map(|(reason, count)| format!("{} {reason}", grouped(count)))
        .collect();
    reasons.join(", ")
}

/// Reports on stderr what in the config does not fit the logs, as far as the replay shows it.
/// Nothing for a replay that ended before the logs did.
pub(super) fn report_misfits(plan: &Plan, passed: &Passed) {
    if passed.outcomes.is_empty() {
        return;
    }
    let members = passed.outcomes.iter().flat_map(|outcome| outcome.members.iter().cloned());
    let members: Vec<_> = members.collect();
    for line in notes(plan, &passed.tape, &passed.engine, &members) {
        note(if line.starts_with('…') { line } else { format!("note: {line}") });
    }
}

/// Reports on stderr the values that are always texts where an aggregate takes numbers, among the
/// outputs `wanted`. They are faults of the config.
pub(super) fn report_texts(
    plan: &Plan,
    passed: &Passed,
    wanted: &dyn Fn(OutputId) -> bool,
) -> Result<(), Failure> {
    let faults = always_text(plan, &passed.tape, &passed.engine, wanted);
    for (what, help) in &faults {
        note(format!("error: {what}"));
        note(format!("help: {help}"));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::Faults) }
}

/// Whether a part of the logs was lost.
pub(super) fn loss(outcomes: &[Outcome]) -> Loss {
    Loss(outcomes.iter().any(|outcome| outcome.lost_after.is_some()))
}

/// Warnings about the logs beyond single lines, a sentence each.
pub(super) fn warnings(outcomes: &[Outcome], tape: &Tape) -> Vec<String> {
    let problems = outcomes.iter().filter_map(Outcome::problem);
    let early = tape.contents().unattached().problem().map(|(what, help)| (what, Some(help)));
    let sentences = problems.chain(early).map(|(what, help)| match help {
        Some(help) => format!("{what}; {help}"),
        None => what,
    });
    sentences.collect()
}

/// Refuses logs with lines of which none could be read.
pub(super) fn refuse(outcomes: &[Outcome]) -> Result<(), Failure> {
    let logs = || outcomes.iter().filter(|outcome| outcome.entity.is_none());
    if logs().any(|outcome| outcome.accepted > 0) {
        return Ok(());
    }
    let bad: Vec<_> = logs().filter_map(|it| Some((it, it.unreadable.as_ref()?))).collect();
    match bad.as_slice() {
        [] => Ok(()),
        [(outcome, unreadable)] => {
            let failure = Failure::usage(outcome.complaint().unwrap_or_default());
            Err(failure.hint(&unreadable.help))
        }
        several => {
            let what = |(outcome, unreadable): &(&Outcome, &Unreadable)| {
                format!("`{}` is {}", outcome.name, unreadable.what)
            };
            let what: Vec<_> = several.iter().map(what).collect();
            let mut helps: Vec<&str> = several.iter().map(|(_, it)| it.help.as_str()).collect();
            helps.dedup();
            let message = format!("nothing in the logs can be read: {}", what.join("; "));
            Err(Failure::usage(message).hint(helps.join("; ")))
        }
    }
}

/// The impressions that were made and their source, or why there are none.
pub(super) fn impressions(tape: &Tape) -> String {
    let name = &tape.demand().settings.impressions.name;
    let place = tape.type_names().iter().position(|known| known == name);
    let has_own = place.is_some_and(|place| tape.contents().events_of(place) > 0);
    match tape.impressions() {
        ImpressionsStatus::Made(made) => {
            let Unattached { impressions, unknown, .. } = tape.contents().unattached();
            let mut of =
                vec![format!("{} from rankings", grouped(made.saturating_sub(impressions)))];
            if unknown > 0 {
                of.push(format!(
                    "{} from interactions whose ranking is not in the log before them, or closed",
                    grouped(unknown)
                ));
            }
            if impressions > unknown {
                let without = grouped(impressions - unknown);
                of.push(format!("{without} from interactions without a ranking"));
            }
            format!("{} made: {}", grouped(made), of.join(", "))
        }
        ImpressionsStatus::InLog => "not made, the log holds its own".to_owned(),
        _ if has_own => "not made, the log holds its own".to_owned(),
        ImpressionsStatus::Disabled => "not made, the config turns them off".to_owned(),
        ImpressionsStatus::Unused => "not made, no feature counts them".to_owned(),
        ImpressionsStatus::NotMetarank => "not made, a flat log has no rankings".to_owned(),
    }
}

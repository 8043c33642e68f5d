//! The difference that a save of the config made: to the outputs, and to the values of those that
//! it changed; and what is said of it.

use std::fmt::Write as _;

use crate::base::quantity;
use crate::diagnostic::{Report, Severity};
use crate::engine::{Comparison, PlanDiff, Side, ValueMove};
use crate::plan::Plan;

use crate::session::replay::Replay;
use crate::session::snapshot::{Change, Config, Effect, OutputValue, Tone};

/// The values before a change, as far as it may move them.
pub(in crate::session) struct ValueDiff(Comparison);

impl ValueDiff {
    /// Reads the values that a plan may change. With `same_tape` the tape stays the same, and so do
    /// the slots of the scopes that stay.
    pub(in crate::session) fn new(replay: &Replay, plan: &Plan, same_tape: bool) -> Self {
        Self(Comparison::new(side(replay), plan, same_tape))
    }

    /// Compares with the current values.
    pub(in crate::session) fn compare(self, replay: &Replay) -> Change {
        change(self.0.finish(side(replay)))
    }

    /// The change of the outputs alone, where values cannot be compared: they are of other events.
    pub(in crate::session) fn without_values(self) -> Change {
        change(self.0.without_values())
    }
}

fn side(replay: &Replay) -> Side<'_> {
    let as_of = replay.as_of().unwrap_or_default();
    Side { engine: replay.engine(), index: replay.index(), as_of }
}

fn change(diff: PlanDiff) -> Change {
    let effect = |ValueMove { output, key, before, after }| {
        let [before, after] = [before, after].map(|value| value.map(OutputValue::Number));
        Effect { output, key, before, after }
    };
    Change {
        added: diff.added,
        changed: diff.changed,
        removed: diff.removed,
        values_changed: diff.values_changed,
        keys_new: diff.keys_new,
        keys_gone: diff.keys_gone,
        not_compared: diff.not_compared,
        largest: diff.largest.map(effect),
        ..Change::default()
    }
}

/// What to say of a change, in one line; what is wrong with the config in spite of it comes first.
fn words(version: u32, change: &Change, warnings: Option<&str>) -> String {
    let mut text = format!("v{version} applied in {} ms", change.took.as_millis().max(1));
    match warnings {
        Some(warnings) => {
            let _ = write!(text, " · {warnings} · ");
        }
        None => text.push_str(": "),
    }
    let outputs: Vec<String> =
        [("changed", &change.changed), ("added", &change.added), ("removed", &change.removed)]
            .iter()
            .filter(|(_, outputs)| !outputs.is_empty())
            .map(|(word, outputs)| match outputs.as_slice() {
                few @ ([_] | [_, _] | [_, _, _]) => {
                    let names: Vec<String> = few.iter().map(|name| format!("`{name}`")).collect();
                    format!("{} {word}", names.join(", "))
                }
                many => format!("{} {word}", many.len()),
            })
            .collect();
    if outputs.is_empty() {
        text.push_str("no feature changed");
    } else {
        text.push_str(&outputs.join(", "));
    }
    if change.other_log {
        text.push_str("; the log changed and was read again, values are not compared");
        return text;
    }
    if change.changed.is_empty() {
        return text;
    }
    let _ = write!(text, "; {}", change.moved(false));
    if let Some(effect) = &change.largest {
        let value = |value: &Option<OutputValue>| match value {
            Some(OutputValue::Number(number)) => quantity::value(*number),
            Some(OutputValue::List(list)) => list.to_string(),
            None => "–".to_owned(),
        };
        let Effect { output, key, .. } = effect;
        let (before, after) = (value(&effect.before), value(&effect.after));
        let _ = write!(text, "; largest: {output}{{{key}}} {before} → {after}");
    }
    text
}

/// What to say of the last change, and of the warnings of the text in use.
pub(in crate::session) fn change_notice(config: &Config, used: &str) -> Option<(Tone, String)> {
    let change = config.change.as_ref()?;
    let is_of_use = !config.stale && *config.text == *used;
    let warnings = first_warning(&config.report).filter(|_| is_of_use);
    let tone = if warnings.is_some() { Tone::Warning } else { Tone::Good };
    Some((tone, words(config.version, change, warnings.as_deref())))
}

/// How many warnings there are, and the first of them: `2 warnings: no event is of type buyy`.
fn first_warning(report: &Report) -> Option<String> {
    let mut warnings = report.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    let first = &warnings.next()?.message;
    Some(format!("{}: {first}", quantity::counted(warnings.count() + 1, "warning")))
}

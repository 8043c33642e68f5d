//! Faults that are planted into configs and logs, and what `check` says of them.
//!
//! * `log`: logs before they are written.
//! * `words`: names that differ from seed to seed, and how they are misspelt.
//! * `shapes`: pairs of a config and a log in which nothing is wrong.
//! * `names`, `units`, `scopes`, `logs`: the faults, by kind.
//! * `judge`: runs `check`, and says whether a fault was named, with place and cause.
//! * `page`: what was found, as a page.

mod judge;
mod log;
mod logs;
mod names;
pub(crate) mod page;
#[path = "../../sample_events/random.rs"]
#[expect(dead_code, reason = "it has more than is drawn here")]
mod random;
mod scopes;
mod shapes;
mod units;
mod words;

use std::io;

pub(crate) use judge::{Checker, Outcome, Told};
use log::{Event, Form};
use random::Random;
use shapes::Shape;
use words::Words;

/// A fault that is planted into a pair of a config and a log.
pub(crate) struct Fault {
    /// What is wrong, in words.
    pub name: &'static str,
    /// The pair that it is planted into.
    pub shape: Shape,
    /// What is written into the config, in place of what.
    pub edits: &'static [(&'static str, &'static str)],
    /// What is done to the log.
    pub spoil: fn(&mut Vec<Event>, &Words, &mut Random),
    /// The codes of which one must be told.
    pub codes: &'static [&'static str],
    /// What stands in the line that must be named; empty for what has no place in a config.
    pub at: &'static str,
    /// What the message or the remedy must say.
    pub says: &'static [&'static str],
    /// More arguments of `check`; `OLD` is the config before the edits.
    pub flags: &'static [&'static str],
}

impl Fault {
    /// A fault of a config alone, told by one code at the first of its edits.
    pub(crate) const fn of(
        name: &'static str,
        shape: Shape,
        edits: &'static [(&'static str, &'static str)],
        codes: &'static [&'static str],
        says: &'static [&'static str],
    ) -> Self {
        let at = match edits.first() {
            Some((_, planted)) => planted,
            None => "",
        };
        Self { name, shape, edits, spoil: |_, _, _| {}, codes, at, says, flags: &[] }
    }

    /// The same, with something done to the log.
    pub(crate) const fn and(self, spoil: fn(&mut Vec<Event>, &Words, &mut Random)) -> Self {
        Self { spoil, ..self }
    }

    /// The same, told in the line of this text.
    pub(crate) const fn at(self, at: &'static str) -> Self {
        Self { at, ..self }
    }

    /// The same, with more arguments.
    pub(crate) const fn with(self, flags: &'static [&'static str]) -> Self {
        Self { flags, ..self }
    }
}

/// The kinds of faults with the faults of each.
pub(crate) const KINDS: [(&str, &[Fault]); 4] = [
    ("Names and values", names::FAULTS),
    ("Units and inheritance", units::FAULTS),
    ("Shape", scopes::FAULTS),
    ("The log, cost and change", logs::FAULTS),
];

/// A pair as it is written.
struct Pair {
    config: String,
    form: Form,
    log: String,
}

/// Plants each of the faults that are wanted, and looks whether it is named.
pub(crate) fn planted(
    checker: &Checker,
    seed: u64,
    is_wanted: impl Fn(&str, &Fault) -> bool,
) -> io::Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let all = KINDS.iter().flat_map(|(kind, faults)| faults.iter().map(move |it| (*kind, it)));
    for (number, (kind, fault)) in all.enumerate() {
        if !is_wanted(kind, fault) {
            continue;
        }
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number as u64));
        let (words, mut pair, mut events) = fault.shape.clean(&mut random);
        let old = pair.config.clone();
        for (from, to) in fault.edits {
            let (from, to) = (words.put(from), words.put(to));
            assert!(pair.config.contains(&from), "{}: no `{from}`", fault.name);
            pair.config = pair.config.replace(&from, &to);
        }
        (fault.spoil)(&mut events, &words, &mut random);
        pair.log = pair.form.written(&events);
        outcomes.push(checker.judge(fault, seed, &words, &pair, &old)?);
    }
    Ok(outcomes)
}

/// The warnings and notes on pairs in which nothing is wrong.
pub(crate) fn clean(checker: &Checker, seed: u64) -> io::Result<Vec<String>> {
    let mut alarms = Vec::new();
    for (number, shape) in Shape::ALL.into_iter().enumerate() {
        let mut random =
            Random::new(seed.wrapping_mul(1_000_003).wrapping_add(500 + number as u64));
        let (_, mut pair, events) = shape.clean(&mut random);
        pair.log = pair.form.written(&events);
        alarms.extend(checker.alarms(shape, seed, &pair)?);
    }
    Ok(alarms)
}

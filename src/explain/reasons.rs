//! The events of a key that do not count, grouped by the reason.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::{Millis, Value};
use crate::engine::{InputRows, NotCounted};
use crate::plan::{AttributeId, Plan, Shape, State, Takes, describe};

use super::event::EventRef;

/// The most examples of a group, and the most values that are told of it.
const EXAMPLES: usize = 3;
const VALUES: usize = 5;
/// The most characters of a value.
const SHOWN: usize = 80;
/// The most different values that are counted.
const COUNTED: usize = 10_000;

/// Events that do not count, for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The reason, as a word for programs: `type`, `filter`, `key`, `value`, `late`, `expired`,
    /// `before-window`, `after-window`.
    pub reason: &'static str,
    /// The reason in words.
    pub words: String,
    /// The number of events.
    pub count: u64,
    /// What stood there instead, with its number of events, the most frequent first: types, or
    /// values of an attribute, where `None` is a missing one. Of very many different values only
    /// the first are counted.
    pub found: Vec<(Option<String>, u64)>,
    /// By how much they miss: the least and the most.
    pub by: Option<(Millis, Millis)>,
    /// The newest of them.
    pub examples: Vec<EventRef>,
}

/// Groups of events, while they are collected.
pub(super) struct Groups<'t, 'a> {
    of: InputRows<'t>,
    state: &'t State,
    looked_at: &'a [AttributeId],
    collected: Vec<Collected>,
}

struct Collected {
    kind: ReasonKind,
    group: Group,
    /// What stood there instead, with its number of events.
    found: HashMap<Option<String>, u64, FixedState>,
    /// The newest rows.
    rows: Vec<usize>,
}

/// What the events of a group have in common: the place of the reason in the order in which they
/// are tested, and the condition or the attribute that it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ReasonKind {
    place: usize,
    about: usize,
}

impl ReasonKind {
    fn of(reason: &NotCounted<'_>) -> Self {
        let (place, about) = match reason {
            NotCounted::Rejected(reason) => (0, *reason as usize),
            NotCounted::Type(kind) => (1, usize::from(kind.is_some())),
            // A condition of the plan is the same one if it lies in the same place.
            NotCounted::Filter(condition, _) => (2, std::ptr::from_ref(*condition).addr()),
            NotCounted::Key(attribute) => (3, attribute.0),
            NotCounted::OtherKey => (3, usize::MAX),
            NotCounted::Value(attribute, _) => (4, attribute.0),
            NotCounted::Late(_) => (5, 0),
            NotCounted::Expired(_) => (6, 0),
            NotCounted::BeforeWindow(_) => (7, 0),
            NotCounted::AfterWindow(_) => (8, 0),
        };
        Self { place, about }
    }
}

impl<'t, 'a> Groups<'t, 'a> {
    pub(super) const fn new(
        of: InputRows<'t>,
        state: &'t State,
        looked_at: &'a [AttributeId],
    ) -> Self {
        Self { of, state, looked_at, collected: Vec::new() }
    }

    /// Adds a row that does not count.
    pub(super) fn add(&mut self, row: usize, reason: &NotCounted<'t>) {
        let kind = ReasonKind::of(reason);
        let known = self.collected.iter().position(|collected| collected.kind == kind);
        let number = known.unwrap_or_else(|| {
            let group = Group {
                reason: REASONS[kind.place],
                words: words(self.of.plan, self.state, reason),
                count: 0,
                found: Vec::new(),
                by: None,
                examples: Vec::new(),
            };
            let (found, rows) = (HashMap::default(), Vec::new());
            self.collected.push(Collected { kind, group, found, rows });
            self.collected.len() - 1
        });
        let Collected { group, found, rows, .. } = &mut self.collected[number];
        group.count += 1;
        if rows.len() == EXAMPLES {
            rows.remove(0);
        }
        rows.push(row);
        match stood(reason) {
            Stood::Nothing => {}
            Stood::Missing => note(found, None),
            Stood::Text(text) => note(found, Some(text)),
        }
        if let NotCounted::Late(by)
        | NotCounted::Expired(by)
        | NotCounted::BeforeWindow(by)
        | NotCounted::AfterWindow(by) = reason
        {
            let (least, most) = group.by.unwrap_or((*by, *by));
            group.by = Some((least.min(*by), most.max(*by)));
        }
    }

    /// The groups, in the order in which reasons are tested, the largest first of each.
    pub(super) fn into_groups(self) -> Vec<Group> {
        let (of, looked_at) = (self.of, self.looked_at);
        let mut groups = self.collected;
        groups.sort_by(|one, other| {
            one.kind.place.cmp(&other.kind.place).then(other.group.count.cmp(&one.group.count))
        });
        let finish = |Collected { mut group, found, rows, .. }: Collected| {
            group.found = found.into_iter().collect();
            group.found.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
            group.found.truncate(VALUES);
            let newest = rows.into_iter().rev();
            group.examples = newest.map(|row| EventRef::new(of, row, looked_at)).collect();
            group
        };
        groups.into_iter().map(finish).collect()
    }
}

/// A reason why a state does not count a row, in words.
pub(super) fn words(plan: &Plan, state: &State, reason: &NotCounted<'_>) -> String {
    let name = |attribute: &AttributeId| &plan.attributes[attribute.0];
    let input = &plan.inputs[state.input.0];
    match reason {
        NotCounted::Rejected(reason) => format!("rejected: {reason}"),
        NotCounted::Type(None) => "metadata and rankings, which are not counted".to_owned(),
        NotCounted::Type(Some(_)) => format!("another type than {}", describe::types(input)),
        NotCounted::Filter(condition, _) => {
            format!("`{}` does not hold", describe::condition(plan, condition))
        }
        NotCounted::Key(attribute) => format!("no `{}`, a part of the key", name(attribute)),
        NotCounted::OtherKey => "another key".to_owned(),
        NotCounted::Value(attribute, _) => {
            let kind = if input.takes == Takes::Number { "number" } else { "value" };
            format!("no {kind} in `{}`", name(attribute))
        }
        NotCounted::Late(_) => late(state.shape),
        NotCounted::Expired(_) => format!("before the key expired (ttl {})", state.ttl),
        NotCounted::BeforeWindow(_) => "before the window".to_owned(),
        NotCounted::AfterWindow(_) => "after the window".to_owned(),
    }
}

fn late(shape: Shape) -> String {
    match shape {
        Shape::Ring { buckets, held } => {
            format!("late, before the {held} buckets of {} that are held", buckets.length())
        }
        Shape::Rolling { span } => format!("late, before the last {span}, which are held"),
        Shape::Lifetime | Shape::Decay { .. } => "late".to_owned(),
    }
}

/// What stood there instead of what is counted.
pub(super) enum Stood {
    /// Nothing of its own.
    Nothing,
    /// The attribute is missing.
    Missing,
    /// A type, or the value of an attribute, as text.
    Text(String),
}

/// What stood there instead of what is counted.
pub(super) fn stood(reason: &NotCounted<'_>) -> Stood {
    let of = |value: Option<&Value>, is_quoted: fn(&str) -> bool| match value {
        Some(value) => Stood::Text(written(value, is_quoted)),
        None => Stood::Missing,
    };
    match reason {
        NotCounted::Type(Some(kind)) => Stood::Text((*kind).to_owned()),
        NotCounted::Filter(condition, value) if condition.attribute().is_some() => {
            // A text that looks like a number is none.
            of(*value, |text| text.trim().parse::<f64>().is_ok())
        }
        NotCounted::Value(_, value) => of(*value, |_| true),
        _ => Stood::Nothing,
    }
}

/// The words for programs, in the order in which reasons are tested.
const REASONS: [&str; 9] = [
    "rejected",
    "type",
    "filter",
    "key",
    "value",
    "late",
    "expired",
    "before-window",
    "after-window",
];

/// A value as words show it, with quotes around such texts.
fn written(value: &Value, is_quoted: impl Fn(&str) -> bool) -> String {
    match value {
        Value::Text(text) if is_quoted(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

/// Counts what stood there, as much of it as a message shows.
fn note(found: &mut HashMap<Option<String>, u64, FixedState>, value: Option<String>) {
    let cut = |text: String| match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    let value = value.map(cut);
    if found.len() < COUNTED || found.contains_key(&value) {
        *found.entry(value).or_default() += 1;
    }
}

//! The events of a key that do not count, grouped by the reason.

use crate::base::{Millis, Value};
use crate::engine::{InputRows, NotCounted};
use crate::plan::{AttributeId, Shape, State, Takes, describe};

use super::event::EventRef;

/// The most examples of a group, and the most values that are told of it.
const EXAMPLES: usize = 3;
const VALUES: usize = 5;
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
    /// The place of the reason in the order in which they are tested.
    place: usize,
    group: Group,
    /// The newest rows.
    rows: Vec<usize>,
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
        let (place, words) = self.words(reason);
        let known =
            self.collected.iter().position(|it| it.place == place && it.group.words == words);
        let number = known.unwrap_or_else(|| {
            let reason = REASONS[place];
            let group = Group {
                reason,
                words,
                count: 0,
                found: Vec::new(),
                by: None,
                examples: Vec::new(),
            };
            self.collected.push(Collected { place, group, rows: Vec::new() });
            self.collected.len() - 1
        });
        let Collected { group, rows, .. } = &mut self.collected[number];
        group.count += 1;
        if rows.len() == EXAMPLES {
            rows.remove(0);
        }
        rows.push(row);
        match reason {
            NotCounted::Type(Some(kind)) => note(&mut group.found, Some((*kind).to_owned())),

            NotCounted::Filter(condition, value) if condition.attribute().is_some() => {
                note(&mut group.found, value.map(Value::to_string));
            }
            NotCounted::Value(_, value) => {
                // A text may look like the number that is wanted.
                let quoted = |value: &Value| match value {
                    Value::Text(text) => format!("{text:?}"),
                    other => other.to_string(),
                };
                note(&mut group.found, value.map(quoted));
            }
            NotCounted::Late(by)
            | NotCounted::Expired(by)
            | NotCounted::BeforeWindow(by)
            | NotCounted::AfterWindow(by) => {
                let (least, most) = group.by.unwrap_or((*by, *by));
                group.by = Some((least.min(*by), most.max(*by)));
            }
            NotCounted::Type(None)
            | NotCounted::Filter(..)
            | NotCounted::Key(_)
            | NotCounted::OtherKey
            | NotCounted::Rejected(_) => {}
        }
    }

    /// The groups, in the order in which reasons are tested, the largest first of each.
    pub(super) fn into_groups(self) -> Vec<Group> {
        let (of, looked_at) = (self.of, self.looked_at);
        let mut groups = self.collected;
        groups.sort_by(|one, other| {
            one.place.cmp(&other.place).then(other.group.count.cmp(&one.group.count))
        });
        let finish = |Collected { mut group, rows, .. }: Collected| {
            group.found.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
            group.found.truncate(VALUES);
            let newest = rows.into_iter().rev();
            group.examples = newest.map(|row| EventRef::new(of, row, looked_at)).collect();
            group
        };
        groups.into_iter().map(finish).collect()
    }

    /// The place of a reason, and its words.
    fn words(&self, reason: &NotCounted<'_>) -> (usize, String) {
        let plan = self.of.plan;
        let name = |attribute: &AttributeId| &plan.attributes[attribute.0];
        let input = &plan.inputs[self.state.input.0];
        match reason {
            NotCounted::Rejected(reason) => (0, format!("rejected: {reason}")),
            NotCounted::Type(None) => {
                (1, "metadata and rankings, which are not counted".to_owned())
            }
            NotCounted::Type(Some(_)) => {
                (1, format!("another type than {}", describe::types(input)))
            }
            NotCounted::Filter(condition, _) => {
                (2, format!("`{}` does not hold", describe::condition(plan, condition)))
            }
            NotCounted::Key(attribute) => {
                (3, format!("no `{}`, a part of the key", name(attribute)))
            }
            NotCounted::OtherKey => (3, "another key".to_owned()),
            NotCounted::Value(attribute, _) => {
                let kind = if input.takes == Takes::Number { "number" } else { "value" };
                (4, format!("no {kind} in `{}`", name(attribute)))
            }
            NotCounted::Late(_) => (5, self.late()),
            NotCounted::Expired(_) => {
                (6, format!("before the key expired (ttl {})", self.state.ttl))
            }
            NotCounted::BeforeWindow(_) => (7, "before the window".to_owned()),
            NotCounted::AfterWindow(_) => (8, "after the window".to_owned()),
        }
    }

    fn late(&self) -> String {
        match self.state.shape {
            Shape::Ring { buckets, held } => {
                format!("late, before the {held} buckets of {} that are held", buckets.length())
            }
            Shape::Rolling { span } => format!("late, before the last {span}, which are held"),
            Shape::Lifetime | Shape::Decay { .. } => "late".to_owned(),
        }
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

/// Counts what stood there.
fn note(found: &mut Vec<(Option<String>, u64)>, value: Option<String>) {
    if let Some((_, count)) = found.iter_mut().find(|(known, _)| *known == value) {
        *count += 1;
    } else if found.len() < COUNTED {
        found.push((value, 1));
    }
}

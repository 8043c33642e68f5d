//! The events of a key that do not count, grouped by the reason.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::{Millis, Value};
use crate::engine::{CountedRows, InputRows, NotCounted, OtherType};
use crate::plan::{AttributeId, Plan, Shape, State, StateId, Takes, describe};

use super::event::EventRef;

/// The most examples of a group, and the most values that are told of it.
const EXAMPLES: usize = OtherType::NEWEST;
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
    pub found: Vec<Found>,
    /// By how much they miss.
    pub by: Option<Miss>,
    /// The newest of them.
    pub examples: Vec<EventRef>,
}

/// What stood in events that do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The type, or the value; `None` if it is missing.
    pub value: Option<String>,
    /// The number of events.
    pub count: u64,
}

/// By how much events miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The least.
    pub least: Millis,
    /// The most.
    pub most: Millis,
}

/// Groups of events, while they are collected.
pub(super) struct Groups {
    state: StateId,
    collected: Vec<Collected>,
}

struct Collected {
    kind: ReasonKind,
    group: Group,
    /// The attribute that is told of it, as a column of the tape.
    column: Option<usize>,
    /// What stood there instead, with its number of events: ids of types, or of values of the
    /// column.
    found: HashMap<u32, u64, FixedState>,
    newest: Newest,
}

/// The newest rows, ascending, as many as there are examples.
#[derive(Default)]
pub(super) struct Newest([Option<usize>; EXAMPLES]);

impl Newest {
    pub(super) fn add(&mut self, row: usize) {
        if self.0[0] < Some(row) {
            self.0[0] = Some(row);
            // Mostly it is the newest.
            if self.0[EXAMPLES - 1] < self.0[0] {
                self.0.rotate_left(1);
            } else {
                self.0.sort_unstable();
            }
        }
    }

    /// Adds rows that a count takes.
    pub(super) fn add_all(&mut self, rows: CountedRows<'_>) {
        rows.rows().rev().take(EXAMPLES).for_each(|row| self.add(row));
    }

    /// The rows, ascending.
    fn rows(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.0.iter().flatten().copied()
    }
}

impl Group {
    fn widen(&mut self, by: Miss) {
        let known = self.by.unwrap_or(by);
        self.by = Some(Miss { least: known.least.min(by.least), most: known.most.max(by.most) });
    }
}

/// What the events of a group have in common: the place of the reason in the order in which they
/// are tested, and the condition or the attribute that it is about.
#[derive(Clone, Copy, PartialEq, Eq)]
struct ReasonKind {
    place: usize,
    about: usize,
}

impl ReasonKind {
    /// `None` for the reason of a line that is no event: it is not among the rows of a tape.
    fn of(reason: &NotCounted<'_>) -> Option<Self> {
        let (place, about) = match reason {
            NotCounted::Rejected(_) => return None,
            NotCounted::Type(kind) => (0, usize::from(kind.is_some())),
            // A condition of the plan is the same one if it lies in the same place.
            NotCounted::Filter(condition, _) => (1, std::ptr::from_ref(*condition).addr()),
            NotCounted::Key(attribute) => (2, attribute.0),
            NotCounted::Value(attribute, _) => (3, attribute.0),
            NotCounted::Late(_) => (4, 0),
            NotCounted::Expired(_) => (5, 0),
            NotCounted::BeforeWindow(_) => (6, 0),
            NotCounted::AfterWindow(_) => (7, 0),
        };
        Some(Self { place, about })
    }
}

impl Groups {
    pub(super) const fn new(state: StateId) -> Self {
        Self { state, collected: Vec::new() }
    }

    /// Adds a row that does not count.
    pub(super) fn add(&mut self, of: InputRows<'_>, row: usize, reason: &NotCounted<'_>) {
        let Some(Collected { group, column, found, newest, .. }) = self.collected(of, reason)
        else {
            return;
        };
        group.count += 1;
        newest.add(row);
        match reason {
            NotCounted::Type(Some(_)) => note(found, of.tape.type_id(row).map(u32::from), 1),
            NotCounted::Filter(..) | NotCounted::Value(..) => {
                note(found, column.map(|column| of.tape.column(column).id(row)), 1);
            }
            NotCounted::Late(by)
            | NotCounted::Expired(by)
            | NotCounted::BeforeWindow(by)
            | NotCounted::AfterWindow(by) => group.widen(Miss { least: *by, most: *by }),
            NotCounted::Type(None) | NotCounted::Key(_) | NotCounted::Rejected(_) => {}
        }
    }

    /// Adds rows of a type that is not counted.
    pub(super) fn add_type(&mut self, of: InputRows<'_>, other: &OtherType) {
        let name = other.id.map(|id| of.tape.type_names()[usize::from(id)].as_str());
        if let Some(Collected { group, found, newest, .. }) =
            self.collected(of, &NotCounted::Type(name))
        {
            group.count += other.count;
            other.newest().iter().for_each(|row| newest.add(*row));
            note(found, other.id.map(u32::from), other.count);
        }
    }

    /// Adds rows of a count that are before the window.
    pub(super) fn add_before_window(&mut self, of: InputRows<'_>, rows: CountedRows<'_>) {
        let Some((least, most)) = rows.before_window() else { return };
        if let Some(Collected { group, newest, .. }) =
            self.collected(of, &NotCounted::BeforeWindow(least))
        {
            group.count += rows.count() as u64;
            group.widen(Miss { least, most });
            newest.add_all(rows);
        }
    }

    /// Adds so many rows that have expired, as late as the key did; these are the newest of them.
    pub(super) fn add_expired(
        &mut self,
        of: InputRows<'_>,
        (count, rows): (u64, &Newest),
        by: Millis,
    ) {
        if count == 0 {
            return;
        }
        if let Some(Collected { group, newest, .. }) = self.collected(of, &NotCounted::Expired(by))
        {
            group.count += count;
            group.widen(Miss { least: by, most: by });
            rows.rows().for_each(|row| newest.add(row));
        }
    }

    /// Adds the groups of others, which have none in common with these.
    pub(super) fn append(&mut self, mut others: Self) {
        self.collected.append(&mut others.collected);
    }

    /// The group of a reason, which may be a new one.
    fn collected(&mut self, of: InputRows<'_>, reason: &NotCounted<'_>) -> Option<&mut Collected> {
        let kind = ReasonKind::of(reason)?;
        let known = self.collected.iter().position(|collected| collected.kind == kind);
        let number = known.unwrap_or_else(|| {
            let group = Group {
                reason: REASONS[kind.place],
                words: words(of.plan, &of.plan.states[self.state.0], reason),
                count: 0,
                found: Vec::new(),
                by: None,
                examples: Vec::new(),
            };
            let about = match reason {
                NotCounted::Filter(condition, _) => condition.attribute(),
                NotCounted::Value(attribute, _) => Some(*attribute),
                _ => None,
            };
            let column = about.map(|attribute| of.index.column(attribute));
            let (found, newest) = (HashMap::default(), Newest::default());
            self.collected.push(Collected { kind, group, column, found, newest });
            self.collected.len() - 1
        });
        self.collected.get_mut(number)
    }

    /// The groups, in the order in which reasons are tested, the largest first of each.
    pub(super) fn into_groups(self, of: InputRows<'_>, looked_at: &[AttributeId]) -> Vec<Group> {
        let mut groups = self.collected;
        groups.sort_by(|one, other| {
            one.kind.place.cmp(&other.kind.place).then(other.group.count.cmp(&one.group.count))
        });
        let finish = |Collected { mut group, column, found, newest, .. }: Collected| {
            let mut told = HashMap::<Option<String>, u64, FixedState>::default();
            found.into_iter().for_each(|(id, count)| {
                *told.entry(what_stood(of, group.reason, column, id)).or_default() += count;
            });
            group.found = told.into_iter().map(|(value, count)| Found { value, count }).collect();
            group.found.sort_by(|one, other| {
                other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value))
            });
            group.found.truncate(VALUES);
            let newest = newest.rows().rev();
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
        NotCounted::Value(attribute, _) => {
            let kind = if input.takes == Takes::Number { "number" } else { "value" };
            format!("no {kind} in `{}`", name(attribute))
        }
        NotCounted::Late(_) => late(state),
        NotCounted::Expired(_) => format!("before the key expired (ttl {})", state.ttl),
        NotCounted::BeforeWindow(_) => "before the window".to_owned(),
        NotCounted::AfterWindow(_) => "after the window".to_owned(),
    }
}

fn late(state: &State) -> String {
    match state.shape {
        Shape::Ring { buckets, held } => {
            format!("late, before the {held} buckets of {} that are held", buckets.length())
        }
        Shape::Rolling { span } => format!("late, before the last {span}, which are held"),
        Shape::Lifetime | Shape::Decay { .. } => "late".to_owned(),
    }
}

/// The words for programs, in the order in which reasons are tested.
const REASONS: [&str; 8] =
    ["type", "filter", "key", "value", "late", "expired", "before-window", "after-window"];

/// Counts what stood there in so many rows.
fn note(found: &mut HashMap<u32, u64, FixedState>, id: Option<u32>, rows: u64) {
    let Some(id) = id else { return };
    if let Some(count) = found.get_mut(&id) {
        *count += rows;
    } else if found.len() < COUNTED {
        found.insert(id, rows);
    }
}

/// A value as words show it: a text that looks like a number is none, and where a number is wanted
/// any text may look like it.
pub(super) fn written(value: &Value, wants_number: bool) -> String {
    match value {
        Value::Text(text) if wants_number || text.trim().parse::<f64>().is_ok() => {
            format!("{text:?}")
        }
        other => other.to_string(),
    }
}

/// What stood there, as much of it as a message shows; `None` if it was missing.
fn what_stood(of: InputRows<'_>, reason: &str, column: Option<usize>, id: u32) -> Option<String> {
    let text = match column {
        None => of.tape.type_names()[id as usize].clone(),
        Some(column) => written(of.tape.column(column).value(id)?, reason == "value"),
    };
    Some(match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    })
}

//! Sides: a state over its window at one key, with the events that contribute to it.

use crate::base::Deadline;
use crate::engine::{At, InputRows};
use crate::plan::{self, ScopeId, describe};

use super::Position;
use super::duplicates::{Duplicates, Repeated};
use super::event::{Attribute, looked_at};
use super::held::Held;
use super::keyless::Keyless;
use super::listing::{Contributions, Listing};
use super::moments::Moments;
use super::reasons::{Group, Groups};
use super::replayed::{Replayed, counted};
use super::rows::{Seen, SideRows, Weights};
use super::window::{self, WindowPart};

/// A side of a value.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "facts that know nothing of each other")]
pub struct Side {
    /// Its part in the formula: `top`, `bottom, all keys`; empty if it is the only one.
    pub role: String,
    /// Whether it is over all keys.
    pub is_global: bool,
    /// What it aggregates, in words.
    pub words: String,
    /// Its key, a part of the value's; empty over all keys.
    pub key: Vec<Attribute>,
    /// Its value; `None` if there is none, or if it is a list.
    pub value: Option<f64>,
    /// True if it is a list, which the output's value shows.
    pub is_list: bool,
    /// True if it is the value of one event, which may be an id.
    pub is_quoted: bool,
    /// False if the value is an estimate.
    pub is_exact: bool,
    /// The window; `None` for the whole past.
    pub window: Option<WindowPart>,
    /// The events that make the value.
    pub contributions: Contributions,
    /// The other events of the key, by the reason why they do not count.
    pub not_counted: Vec<Group>,
    /// The lines that are no events, since they repeat one of the key; `None` if there are none.
    pub duplicates: Option<Duplicates>,
    /// The state that is read.
    pub state: StateFacts,
}

/// The state that a side is read from.
#[derive(Clone, Debug, PartialEq)]
pub struct StateFacts {
    /// What it holds, in words.
    pub words: String,
    /// The bytes that it holds for all of its keys.
    pub bytes: usize,
    /// The number of keys.
    pub keys: usize,
    /// The features that read it.
    pub readers: Vec<String>,
}

/// A side, while its events are looked at.
pub(super) struct SideTask {
    told: Side,
    rows: SideRows,
    groups: Groups,
    held: Held,
    repeated: Option<Repeated>,
    /// The events that are looked at.
    events: usize,
    stage: Stage,
}

/// How far a side is looked at.
enum Stage {
    /// Its rows are looked at.
    Rows,
    /// How old the newer half of its weight is.
    HalfWeight,
    /// Which events lack a part of its key.
    Keyless(Option<Keyless>),
    /// What the value was before and after each listed contribution.
    Replay(Option<Box<Replayed>>),
    /// What did not count is told.
    Groups,
    /// All is known.
    Done,
}

impl SideTask {
    /// The side of a value at a key of the output's scope. What its state holds is read at once.
    pub(super) fn new(
        at: Position<'_>,
        side: &plan::Side,
        (scope, slot): (ScopeId, u32),
        listing: Listing,
    ) -> Self {
        let rows = SideRows::new(at, side.term, (scope, slot));
        let (plan, index) = (at.plan(), at.rows.index);
        let (term, state) = (&side.term, rows.state(plan));
        let input = &plan.inputs[state.input.0];
        let key = rows.slot.filter(|_| !input.rolled_up);
        let texts = key.map(|slot| index.key(input.scope, slot).0).unwrap_or_default();
        let readers = at.engine.readers(term.state).iter();
        let (bytes, keys) = at.engine.held(term.state);
        let value = at.engine.term(index, term, scope, At::Slot(slot), at.as_of).0;
        let told = Side {
            role: side.role.clone(),
            is_global: side.is_global,
            words: describe::term(plan, term),
            key: super::attributes(plan, input.scope, texts),
            value: value.filter(|_| !state.is_list()),
            is_list: state.is_list(),
            is_quoted: state.quotes(),
            is_exact: at.engine.is_exact(index, term, scope, At::Slot(slot), at.as_of),
            window: window::window(at, term, (scope, slot)),
            contributions: Contributions::default(),
            not_counted: Vec::new(),
            duplicates: None,
            state: StateFacts {
                words: describe::state(plan, state),
                bytes,
                keys,
                readers: readers.map(|feature| plan.features[feature.0].name.clone()).collect(),
            },
        };
        let listing = if side.is_global { Listing { most: 0, ..listing } } else { listing };
        let (groups, held) =
            (Groups::new(term.state), Held::new(plan, side.term, at.as_of, listing));
        let repeated = Some(Repeated::new(at.rows, at.as_of));
        let events = at.events();
        Self { told, rows, groups, held, repeated, events, stage: Stage::Rows }
    }

    /// Goes on until the deadline. Returns whether all is known.
    pub(super) fn step(&mut self, of: InputRows<'_>, deadline: &Deadline) -> bool {
        loop {
            let Some(next) = self.work(of, deadline) else { return false };
            self.stage = next;
            if matches!(self.stage, Stage::Done) {
                return true;
            }
            if deadline.has_passed() {
                return false;
            }
        }
    }

    /// Works on a stage until the deadline. Returns the next one if it is over.
    fn work(&mut self, of: InputRows<'_>, deadline: &Deadline) -> Option<Stage> {
        let Self { told, rows, groups, held, repeated, events, stage } = self;
        match stage {
            Stage::Rows => {
                let see = |seen: Seen<'_, '_>| match seen {
                    Seen::Other(row, reason) => groups.add(of, row, &reason),
                    Seen::OtherType(other) => groups.add_type(of, &other),
                    Seen::Taken(taken, lack) => {
                        if let Some(repeated) = repeated {
                            repeated.add(of, taken.row);
                        }
                        held.add(of, &taken, lack.as_ref(), groups);
                    }
                    Seen::Counted(rows) => {
                        if let Some(repeated) = repeated {
                            rows.rows().for_each(|row| repeated.add(of, row));
                        }
                        held.add_counted(of, rows);
                    }
                    Seen::Expired(by) => held.expire(of, by, groups),
                };
                rows.step(of, deadline, see)
                    .then(|| Stage::Keyless(Keyless::new(of, rows, *events)))
            }
            Stage::Keyless(keyless) => {
                let is_done =
                    keyless.as_mut().is_none_or(|keyless| keyless.step(of, groups, deadline));
                is_done.then_some(Stage::HalfWeight)
            }
            Stage::HalfWeight => {
                if !held.step(deadline) {
                    return None;
                }
                told.contributions = held.contributions();
                if let Some(window) = &mut told.window {
                    window.rolling = held.rolling(of.plan);
                }
                let (listed, outside) = held.take();
                groups.append(outside);
                if Weights::of(rows.state(of.plan)).total_is_value() {
                    told.contributions.listed = counted(of, rows, &listed);
                    return Some(Stage::Groups);
                }
                Some(Stage::Replay(Replayed::new(of, rows, &listed).map(Box::new)))
            }
            Stage::Replay(replayed) => {
                if let Some(mut replayed) = replayed.take() {
                    if !replayed.step(of, deadline) {
                        self.stage = Stage::Replay(Some(replayed));
                        return None;
                    }
                    told.contributions.listed = replayed.into_listed();
                }
                Some(Stage::Groups)
            }
            Stage::Groups => {
                let looked_at = looked_at(of, rows.state(of.plan).input);
                let groups = std::mem::replace(groups, Groups::new(rows.term.state));
                told.not_counted = groups.into_groups(of, &looked_at);
                told.duplicates = repeated.take().and_then(|it| it.told(of, &looked_at));
                Some(Stage::Done)
            }
            Stage::Done => Some(Stage::Done),
        }
    }

    /// The share of it that is done.
    pub(super) fn done(&self) -> f32 {
        match &self.stage {
            Stage::Rows => self.rows.done() * 0.4,
            Stage::Keyless(keyless) => {
                0.4 + keyless.as_ref().map_or(0.1, |keyless| keyless.done() / 10.0)
            }
            Stage::HalfWeight => 0.5,
            Stage::Replay(replayed) => {
                0.5 + replayed.as_ref().map_or(0.5, |replayed| replayed.done() / 2.0)
            }
            Stage::Groups | Stage::Done => 1.0,
        }
    }

    /// The term that is read.
    pub(super) const fn term(&self) -> &plan::Term {
        &self.rows.term
    }

    /// The moments at which samples enter the window or leave it.
    pub(super) const fn moments(&self) -> &Moments {
        self.held.moments()
    }

    /// The bytes that are held.
    pub(super) fn bytes(&self) -> usize {
        self.held.bytes()
    }

    /// What is known.
    pub(super) fn into_side(self) -> Side {
        self.told
    }
}

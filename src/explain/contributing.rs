//! Which rows contribute to a value, after some events and as of a moment, wherever an engine stands.

use crate::base::{Deadline, Timestamp};
use crate::engine::InputRows;
use crate::plan::OutputId;

use super::rows::{Seen, SideRows};

/// The rows that contribute to a value at a key, as they are found.
pub struct Contributing {
    sides: Vec<SideRows>,
    /// The side that is looked at.
    side: usize,
    /// The rows, ascending once all sides are looked at.
    rows: Vec<u32>,
    /// Where those of the side begin.
    first: usize,
}

impl Contributing {
    /// Those to an output at a key, a slot of the output's scope, among so many events and as of a
    /// moment: to the side of a role, or to any. Sides over all keys are left out. `None` if the
    /// output has no side of that role.
    #[must_use]
    pub fn new(
        of: InputRows<'_>,
        at: (usize, Timestamp),
        (output, slot): (OutputId, u32),
        role: Option<&str>,
    ) -> Option<Self> {
        let key = (of.plan.scope_of(output), slot);
        let sides = of.plan.sides(output).into_iter().filter(|side| !side.is_global);
        let sides = sides.filter(|side| role.is_none_or(|role| side.role == role));
        let sides: Vec<SideRows> = sides.map(|side| SideRows::of(of, at, side.term, key)).collect();
        (!sides.is_empty()).then_some(Self { sides, side: 0, rows: Vec::new(), first: 0 })
    }

    /// Goes on until the deadline, of the same events and keys in each call. Returns whether all are
    /// found.
    pub fn step(&mut self, of: InputRows<'_>, deadline: &Deadline) -> bool {
        while let Some(side) = self.sides.get_mut(self.side) {
            let (rows, first) = (&mut self.rows, self.first);
            let see = |seen: Seen<'_, '_>| match seen {
                Seen::Taken(taken, None) => rows.push(taken.row as u32),
                Seen::Counted(counted) if counted.before_window().is_none() => {
                    rows.extend(counted.rows().map(|row| row as u32));
                }
                Seen::Expired(_) => rows.truncate(first),
                Seen::Counted(_) | Seen::Taken(..) | Seen::Other(..) | Seen::OtherType(_) => {}
            };
            if !side.step(of, deadline, see) {
                return false;
            }
            self.side += 1;
            self.first = self.rows.len();
            if self.side == self.sides.len() {
                self.sides = Vec::new();
                self.rows.sort_unstable();
                self.rows.dedup();
            }
        }
        true
    }

    /// Whether a row is one of them.
    #[must_use]
    pub fn has(&self, row: usize) -> bool {
        self.rows.binary_search(&(row as u32)).is_ok()
    }

    /// The bytes that they take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<u32>()
    }
}

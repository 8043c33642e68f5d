//! Checkpoints and undo records: how the cursor goes back.
//!
//! A [`Checkpoint`](Checkpoints) is a copy of all states at one position of the tape. Seeking to an
//! event copies the last checkpoint before it and replays the rest, if that is less work than going
//! on from the cursor. All checkpoints share a memory budget ([`Limits`], 512 MiB):
//!
//! * A replay takes checkpoints so far apart that copying costs a quarter of its time
//!   ([`Checkpoints::due_in`], from the measured costs of an event and of a copy).
//! * In idle time the widest gap is bisected ([`Checkpoints::next_gap`]) until the budget is used
//!   up or gaps are 8,192 events. Over budget, the eviction victim is the checkpoint whose removal
//!   leaves the narrowest gap, and none is evicted that would leave a gap wider than the one that
//!   is bisected: so this terminates.
//! * Up to two more lie close before the cursor, for extending the undo log backwards.
//! * States of which a single copy exceeds the budget have no checkpoints: going back replays from
//!   the first event.
//!
//! `copy`: a [`CopyTask`](copy::CopyTask) copies an engine in slices, a piece of a table at a time,
//! into recycled tables where there are any. `upgrade`: under a new plan checkpoints keep the
//! states that are still wanted; those that they miss are backfilled from one engine that passes
//! all of their positions. One that a reader holds at that moment is dropped.
//!
//! The last events before the cursor are recorded one by one: `undo` saves what the slots that an
//! event writes held before it ([`Undo`](undo_record::Undo)), `change` compares the values it changed.
//! Undoing an event takes microseconds and restores the states bit for bit.

pub(super) mod change;
pub(super) mod copy;
mod set;
pub(super) mod undo_record;
mod upgrade;

pub use set::{Checkpoints, Limits};

//! A value explained. Plain data.

use std::sync::Arc;

use crate::session::protocol::{ExplainLook, Target};

pub use crate::explain::outline::{
    CONTRIBUTORS, Cell as OutlineCell, CellKind, GroupRef, MOST_EVENTS, Moments, Node, Outline,
    Part as OutlinePart, Tone as NodeTone, text as outline_text,
};

/// A value explained, or on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// What is explained.
    pub of: ExplainLook,
    /// Where the cursor was when the outline was made; `None` until something is known.
    pub at: Option<Target>,
    /// What is told of it, where the cursor was; empty until something is known.
    pub outline: Arc<Outline>,
    /// What the outline waits for.
    pub waits: Option<Waits>,
}

/// What an explanation waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Waits {
    /// The log is being read.
    Log,
    /// The events are being looked at; the share that is done, 0 to 1.
    Events(f32),
    /// The log is read again for an attribute that was not read before.
    Field,
}

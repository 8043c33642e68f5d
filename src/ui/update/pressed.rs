//! An action that was asked for, and how often.

use crate::ui::input::command::Action;

/// An action with the count that was typed before it.
#[derive(Clone, Copy)]
pub(super) struct Pressed {
    pub(super) action: Action,
    pub(super) count: Option<u32>,
}

impl Pressed {
    /// How often it is to be done: once if that was not said.
    pub(super) fn times(self) -> i64 {
        i64::from(self.count.unwrap_or(1).max(1))
    }
}

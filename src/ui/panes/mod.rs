//! The panes: pure functions from a part of the snapshot to cells of the screen. They draw the
//! inside of a box; whoever calls them draws the box, with a pane's `title` on it.

pub mod config;
pub mod detail;
pub(in crate::ui) mod empty;
pub mod event;
pub mod events;
pub mod explain;
pub mod features;
pub mod filtered;
pub(in crate::ui) mod log;
pub(in crate::ui) mod problems;
pub mod profile;
pub mod values;

pub(super) mod number;
mod plot;
mod value_change;

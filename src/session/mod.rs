//! The workbench without its terminal: a worker thread that owns tape, engine and store, takes
//! commands and publishes plain snapshots; the watch on the config. It must not know ratatui,
//! crossterm or stdout.

pub mod protocol;
pub mod snapshot;

//! The terminal workbench: a model, its update, its view, and the one loop that joins them to
//! the terminal and to the session. It must not know the engine, the store, plans or files.

#[cfg(unix)]
pub mod chrome;
pub mod clipboard;
pub mod draw;
pub mod editor;
pub mod input;
pub mod jump;
pub mod message;
pub mod model;
pub mod panes;
mod places;
pub mod run;
pub mod terminal;
pub mod update;
pub mod view;
pub mod views;

pub use model::Options;
pub use run::{Exit, run};

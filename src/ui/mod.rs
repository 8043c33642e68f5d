//! The terminal workbench: a model, its update, its view, and the one loop that joins them to
//! the terminal and to the session. It must not know the engine, the store, plans or files.

pub mod command;
#[cfg(unix)]
mod decode;
pub mod editor;
mod empty;
pub mod glyphs;
pub mod goto;
pub mod help;
pub mod input;
pub mod key;
pub mod layout;
pub mod message;
pub mod model;
pub mod paint;
pub mod panes;
pub mod run;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod update;
pub mod view;

mod boxes;
mod footer;
mod header;
mod line;
mod timeline;

pub use model::Options;
pub use run::{Exit, run};

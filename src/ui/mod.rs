//! The terminal workbench: a model, its update, its view, and the one loop that joins them to
//! the terminal and to the session. It must not know the engine, the store, plans or files.

pub mod glyphs;
pub mod paint;
pub mod panes;
pub mod theme;

//! Drawing without state: text, lines, charts, glyphs, colours and the layout of the screen.

pub(in crate::ui) mod chart;
pub mod glyphs;
pub mod layout;
pub(in crate::ui) mod line;
pub mod paint;
pub(in crate::ui) mod pen;
pub(in crate::ui) mod text;
pub mod theme;

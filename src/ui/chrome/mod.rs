//! What frames the panes: header, footer, timeline, boxes and the help screen.

pub(in crate::ui) mod boxes;
pub(in crate::ui) mod footer;
pub(in crate::ui) mod header;
pub mod help;
pub(in crate::ui) mod timeline;

//! The config of a session: the watch on its file, what is on disk and in use, and what a save did to the values.

pub(in crate::session) mod state;
mod text_diff;
pub(in crate::session) mod value_diff;
pub(in crate::session) mod watch;

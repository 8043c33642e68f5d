//! The config of a session: where it comes from (`source`) and the watch on its file (`watch`),
//! what is on disk and what is in use (`state`, `compiled`), the way of a saved config from its plan to new
//! values (`reload`), what a save changed (`text_diff`, `value_diff`), and what the log has to say
//! to the config in use (`checks`), edits that the user asked for (`edits`), whether a field can be
//! counted by (`field_use`), and a value that becomes a test (`test_saving`).

pub(in crate::session) mod checks;
pub(in crate::session) mod compiled;
pub(in crate::session) mod edits;
mod field_use;
pub(in crate::session) mod pending;
pub(in crate::session) mod reload;
pub(in crate::session) mod source;
pub(in crate::session) mod state;
mod test_saving;
pub(in crate::session) mod text_diff;
mod tuning;
pub(in crate::session) mod value_diff;
pub(in crate::session) mod watch;

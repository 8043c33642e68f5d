//! The log of a session and its way in: the request for a reader, what it brings (`reader_event`),
//! the reading itself (`log_reading`) and the thread that it runs on (`reader_thread`); the column
//! cache, which takes its place; a line that is read back (`line_reading`),
//! and what is in the log as a whole (`profiling`, `profile_report`) and what lints find there (`linting`); what the session knows of the log (`log_state`, `log_report`) and
//! whether the files are still the ones that were read (`stamps`, `log_watch`).

pub(in crate::session) mod column_cache;
pub(in crate::session) mod line_reading;
pub(in crate::session) mod linting;
pub(in crate::session) mod log_reading;
pub(in crate::session) mod log_report;
pub(in crate::session) mod log_state;
pub(in crate::session) mod log_watch;
mod profile_report;
pub(in crate::session) mod profiling;
pub(in crate::session) mod reader_event;
pub(in crate::session) mod reader_thread;
pub(in crate::session) mod source;
pub(in crate::session) mod stamps;
mod tuning;

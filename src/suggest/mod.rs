//! A first config, proposed from the profile of a log: plain data of what is worth counting, and
//! its text, in which every choice has its reason as a comment. It must not know plans: what it
//! writes is a config like any other, which the tests compile.
//!
//! * `reading`: how the log is read, where that has to be said.
//! * `names`: what the names of members and types tell.
//! * `view`: the types, the fields and what they are: entities, measures.
//! * `windows`: windows, buckets and half-lives that fit the span of the log.
//! * `features`: what is counted; `text`: the config.

mod features;
mod names;
mod reading;
mod text;
mod view;
mod windows;

pub use reading::again;
pub use text::{config, test};

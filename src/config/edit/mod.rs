//! Edits of a config's text: only what an edit is about changes, by spans, so that comments and
//! layout stay. An edit that would change the meaning of anything else is refused.
//!
//! `count_by` adds a feature beside another one, `insert` finds its place and its layout, `emit`
//! writes values as YAML, `add_test` adds a test, `addition` holds that nothing else was changed,
//! `write` brings a text to its file.

mod add_test;
mod addition;
mod count_by;
mod emit;
mod insert;
pub mod write;

pub use add_test::add_test;
pub use count_by::count_by;

/// A text after an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The whole text.
    pub text: String,
    /// The name of the feature or the test that was added.
    pub added: String,
    /// The line on which it starts, from 1.
    pub line: usize,
}

/// Why a text is not edited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The text has faults of its own.
    #[error("the config has errors: mend them first")]
    Faulty,
    /// No entry makes this feature.
    #[error("the config has no feature `{0}`")]
    NoFeature(String),
    /// The feature has no key that could be another one.
    #[error("`{0}` counts nothing itself, it divides two features: count one of them by the field")]
    NoScope(String),
    /// A feature that counts the same is there.
    #[error("`{0}` is there already, and counts this")]
    There(String),
    /// The new feature cannot be added without changing anything else.
    #[error("the entry of `{0}` is written in a way that cannot be added to: edit it by hand")]
    Layout(String),
    /// Nothing can be added to a section without changing anything else.
    #[error("the section `{0}` is written in a way that cannot be added to: edit it by hand")]
    Section(&'static str),
}

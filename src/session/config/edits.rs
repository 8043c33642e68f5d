//! Edits of the config's text that the user asked for: what is to be written, and how it is taken
//! back.

use std::path::PathBuf;
use std::sync::Arc;

use super::field_use;
use super::source::ConfigSource;
use super::test_saving::{Saved, TestSaving};
use crate::base::Deadline;
use crate::config::Document;
use crate::config::edit::{self, EditError, write};
use crate::diagnostic::Severity;
use crate::plan::lower::compile_with_document;
use crate::session::protocol::ConfigEdit;
use crate::session::replay::Replay;
use crate::session::snapshot::Tone;

/// A text that is to be written to the config's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigWrite {
    /// The file.
    pub path: PathBuf,
    /// What the file must hold; `None` if there must be none.
    pub before: Option<Arc<str>>,
    /// What it is to hold.
    pub text: Arc<str>,
}

impl ConfigWrite {
    /// Writes it.
    ///
    /// # Errors
    /// Why nothing was written, in words.
    pub fn apply(&self) -> Result<(), String> {
        let written = match &self.before {
            Some(before) => write::replace(&self.path, before, &self.text),
            None => write::create(&self.path, &self.text),
        };
        written.map_err(|error| error.to_string())
    }
}

/// Why there is nothing to write.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::session) struct Refused {
    /// In words.
    pub(in crate::session) words: String,
    /// The feature that is there already.
    pub(in crate::session) feature: Option<String>,
}

impl From<String> for Refused {
    fn from(words: String) -> Self {
        Self { words, feature: None }
    }
}

impl From<EditError> for Refused {
    fn from(error: EditError) -> Self {
        let words = error.to_string();
        let feature = if let EditError::There(feature) = error { Some(feature) } else { None };
        Self { words, feature }
    }
}

/// The edits of a session.
#[derive(Default)]
pub(in crate::session) struct ConfigEdits {
    /// What was written, oldest first: what an undo takes back.
    done: Vec<Done>,
    /// What is being written.
    pending: Option<Pending>,
    /// The test that is being made.
    test: Option<TestSaving>,
    /// What was said of the last one, and the text that it left.
    said: Option<(String, Arc<str>)>,
}

/// An edit that was written.
struct Done {
    /// What it did: "`clicks_by_device`".
    what: String,
    before: Arc<str>,
    after: Arc<str>,
}

/// What is being written, and what that is.
enum Pending {
    Edit(Done, usize),
    Undo,
    Example(PathBuf),
}

impl ConfigEdits {
    /// Begins an edit. Returns what is to be written.
    ///
    /// # Errors
    /// Why there is nothing to write, in words.
    pub(in crate::session) fn begin(
        &mut self,
        edit: &ConfigEdit,
        (source, text): (&ConfigSource, &Arc<str>),
        used: (&Document, &Arc<str>),
        replay: &Replay,
    ) -> Result<Option<ConfigWrite>, Refused> {
        if self.pending.is_some() {
            return Err("an edit of the config is being written".to_owned().into());
        }
        if self.test.is_some() {
            let words = "a test is being made, which is written to the config: esc stops it";
            return Err(words.to_owned().into());
        }
        let write = match edit {
            ConfigEdit::WriteExample => self.write_example(source)?,
            ConfigEdit::CountBy { feature, field } => {
                self.count_by((source, text), replay, feature, field)?
            }
            ConfigEdit::SaveTest { output, key, name } => {
                path_of(source)?;
                if text != used.1 {
                    let words = "the config on disk is not in use: save one without faults first";
                    return Err(words.to_owned().into());
                }
                let of = (output.as_str(), key);
                self.test = Some(TestSaving::begin(used, replay, of, name.as_deref())?);
                return Ok(None);
            }
            ConfigEdit::Undo => self.undo(source, text)?,
        };
        Ok(Some(write))
    }

    /// Whether a test is being made.
    pub(in crate::session) const fn is_saving_test(&self) -> bool {
        self.test.is_some()
    }

    /// Gives up the test that is being made, if there is one.
    pub(in crate::session) fn give_up_test(&mut self) -> bool {
        self.test.take().is_some()
    }

    /// Goes on with the test that is being made, until the deadline. Returns what is to be written,
    /// or what to say.
    pub(in crate::session) fn save_test(
        &mut self,
        (source, before): (&ConfigSource, &Arc<str>),
        replay: &Replay,
        deadline: &Deadline,
    ) -> Option<Result<ConfigWrite, (Tone, String)>> {
        let mut test = self.test.take()?;
        Some(match test.step(before, replay, deadline) {
            Saved::Pending(words) => {
                self.test = Some(test);
                Err((Tone::Note, words))
            }
            Saved::Refused(words) => Err((Tone::Warning, words)),
            Saved::Text(edited, what) => path_of(source)
                .map(|path| {
                    let text: Arc<str> = edited.text.into();
                    let done = Done { what, before: Arc::clone(before), after: Arc::clone(&text) };
                    self.pending = Some(Pending::Edit(done, edited.line));
                    ConfigWrite { path, before: Some(Arc::clone(before)), text }
                })
                .map_err(|words| (Tone::Warning, words)),
        })
    }

    /// The outcome of the writing: what to say of it, and where the config is from now on, if it
    /// was nowhere before.
    pub(in crate::session) fn written(
        &mut self,
        outcome: Result<(), String>,
        name: &str,
    ) -> (Tone, String, Option<PathBuf>) {
        let pending = self.pending.take();
        if let Err(words) = outcome {
            return (Tone::Error, words, None);
        }
        match pending {
            Some(Pending::Edit(done, line)) => {
                let words =
                    format!("{name}:{line}: {} added — u in the config takes it back", done.what);
                self.said = Some((words.clone(), Arc::clone(&done.after)));
                self.done.push(done);
                (Tone::Good, words, None)
            }
            Some(Pending::Undo) => {
                let undone = self.done.pop();
                let what = undone.as_ref().map_or("", |done| &done.what);
                let words = format!("{name}: {what} taken back");
                self.said = undone.map(|done| (words.clone(), done.before));
                (Tone::Good, words, None)
            }
            Some(Pending::Example(path)) => {
                let words =
                    format!("{} is written, and the session goes on with it", path.display());
                (Tone::Good, words, Some(path))
            }
            None => (Tone::Good, format!("{name} is written"), None),
        }
    }

    /// What was said of the edit that left this text.
    pub(in crate::session) fn said_of(&self, text: &Arc<str>) -> Option<String> {
        self.said.as_ref().filter(|(_, after)| after == text).map(|(words, _)| words.clone())
    }

    fn write_example(&mut self, source: &ConfigSource) -> Result<ConfigWrite, String> {
        let Some((name, text)) = source.embedded() else {
            return Err("the config is a file already".to_owned());
        };
        let path = PathBuf::from(".").join(name);
        self.pending = Some(Pending::Example(path.clone()));
        Ok(ConfigWrite { path, before: None, text: text.into() })
    }

    fn count_by(
        &mut self,
        (source, before): (&ConfigSource, &Arc<str>),
        replay: &Replay,
        feature: &str,
        field: &str,
    ) -> Result<ConfigWrite, Refused> {
        let path = path_of(source)?;
        let is_list = field_use::is_list(replay, feature, field);
        let edited = edit::count_by(before, feature, field, is_list == Ok(true))?;
        is_list?;
        let text: Arc<str> = edited.text.into();
        let (plan, _, report) = compile_with_document(&source.name(), &text);
        if plan.is_none() {
            let fault = report.diagnostics.iter().find(|fault| fault.severity == Severity::Error);
            let words = fault.map_or("it would not be valid", |fault| &fault.message);
            return Err(format!("`{feature}` cannot be counted by `{field}`: {words}").into());
        }
        let what = format!("`{}`", edited.added);
        let done = Done { what, before: Arc::clone(before), after: Arc::clone(&text) };
        self.pending = Some(Pending::Edit(done, edited.line));
        Ok(ConfigWrite { path, before: Some(Arc::clone(before)), text })
    }

    fn undo(&mut self, source: &ConfigSource, text: &Arc<str>) -> Result<ConfigWrite, String> {
        let Some(Done { before, after, .. }) = self.done.last() else {
            return Err("the workbench has written nothing to the config that could be taken back"
                .to_owned());
        };
        let (before, after) = (Arc::clone(before), Arc::clone(after));
        let path = path_of(source)?;
        if *text != after {
            return Err("the config was saved after the last edit: take it back by hand".to_owned());
        }
        self.pending = Some(Pending::Undo);
        Ok(ConfigWrite { path, before: Some(after), text: before })
    }
}

fn path_of(source: &ConfigSource) -> Result<PathBuf, String> {
    source.path().cloned().ok_or_else(|| {
        "the built-in config has no file: o writes it to one, and the session goes on with it"
            .to_owned()
    })
}

//! The source of a session's config: a file, which is watched, or a text that the program carries.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::watch;

/// Where the config comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    /// A file, which is watched.
    File(PathBuf),
    /// A text that the program carries.
    Embedded {
        /// How it is called on the screen.
        name: &'static str,
        /// The text.
        text: &'static str,
    },
}

impl ConfigSource {
    /// The name for reports: the path as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Embedded { name, .. } => (*name).to_owned(),
        }
    }

    /// The file's name alone.
    #[must_use]
    pub fn short_name(&self) -> String {
        match self {
            Self::File(path) => path
                .file_name()
                .map_or_else(|| self.name(), |name| name.to_string_lossy().into_owned()),
            Self::Embedded { name, .. } => (*name).to_owned(),
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub const fn path(&self) -> Option<&PathBuf> {
        match self {
            Self::File(path) => Some(path),
            Self::Embedded { .. } => None,
        }
    }

    /// The name and the text, if the program carries it.
    #[must_use]
    pub const fn embedded(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::File(_) => None,
            Self::Embedded { name, text } => Some((name, text)),
        }
    }

    /// Its text.
    pub fn read(&self) -> io::Result<Arc<str>> {
        match self {
            Self::File(path) => watch::read(path),
            Self::Embedded { text, .. } => Ok((*text).into()),
        }
    }
}

/// What was found where the config is.
pub struct ConfigRead {
    /// Whether it was asked for, and not just seen that something happened there.
    pub asked: bool,
    /// Its text.
    pub text: io::Result<Arc<str>>,
}

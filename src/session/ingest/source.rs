//! The source of a session's events: files, or bytes that the program carries.

use std::path::{Path, PathBuf};

use crate::base::clock;
use crate::base::events::EventSettings;
use crate::log::{Identity, LogError, Reader};
use crate::tape::Demand;

/// Where events come from.
#[derive(Clone, Debug, PartialEq)]
pub enum LogSource {
    /// Files, merged by time.
    Files(Vec<PathBuf>),
    /// Bytes that the program carries.
    Embedded {
        /// How it is called on the screen.
        name: &'static str,
        /// The bytes of the file.
        bytes: &'static [u8],
    },
}

impl LogSource {
    /// The name for the header: a file's name, or how many there are.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Embedded { name, .. } => (*name).to_owned(),
            Self::Files(paths) => match paths.as_slice() {
                [one] => one.file_name().map_or_else(
                    || one.display().to_string(),
                    |name| name.to_string_lossy().into_owned(),
                ),
                several => format!("{} logs", several.len()),
            },
        }
    }

    /// Its identity, with that of the files of metadata that a demand joins it with, if it has one
    /// that can be relied on.
    pub(in crate::session) fn identity(&self, demand: &Demand) -> Option<Identity> {
        match self {
            Self::Embedded { .. } => None,
            Self::Files(_) => Identity::of(&self.files(demand))
                .filter(|identity| identity.is_settled_at(clock::wall())),
        }
    }

    /// The files that are read for a demand: the logs, and the metadata that it joins them with.
    #[must_use]
    pub fn files(&self, demand: &Demand) -> Vec<PathBuf> {
        let logs = match self {
            Self::Files(paths) => paths.as_slice(),
            Self::Embedded { .. } => return Vec::new(),
        };
        let metadata = demand.settings.metadata.files().map(|(_, path)| path);
        logs.iter().map(PathBuf::as_path).chain(metadata).map(Path::to_owned).collect()
    }

    /// Opens it for a demand.
    pub fn open(&self, demand: &Demand) -> Result<Reader, LogError> {
        self.open_by(Reader::open, demand)
    }

    /// Opens it again: regular files alone.
    pub(in crate::session) fn open_again(&self, demand: &Demand) -> Result<Reader, LogError> {
        self.open_by(Reader::open_again, demand)
    }

    fn open_by(
        &self,
        open: impl FnOnce(&[PathBuf], &EventSettings, &[String]) -> Result<Reader, LogError>,
        demand: &Demand,
    ) -> Result<Reader, LogError> {
        match self {
            Self::Files(paths) => open(paths, &demand.settings, &demand.attributes),
            Self::Embedded { name, bytes } => {
                Ok(Reader::embedded(name, *bytes, &demand.settings, &demand.attributes))
            }
        }
    }
}

//! Errors of a store, with the place and the remedy.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// An I/O error, or a problem of the store's directory.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("the store in {} is in use by another counterscope{}; close that one, or start with --ephemeral or another --store DIR", path.display(), Pid(*pid))]
    InUse {
        /// The store's folder.
        path: PathBuf,
        /// The process that holds it, if known.
        pid: Option<u32>,
    },
    /// The disk or a quota is full.
    #[error("the disk of the store in {} is full: what was committed before is safe, nothing more is written; free some space and start again, or start with --ephemeral or another --store DIR", path.display())]
    Full {
        /// The store's folder.
        path: PathBuf,
    },
    /// An earlier call failed; this one was not tried.
    #[error("the store in {} is not used any more since an earlier write failed; what was committed before is safe; remove the cause and start again", path.display())]
    Failed {
        /// The store's folder.
        path: PathBuf,
    },
    /// Permission to read or write the folder is denied.
    #[error("no permission to read and write the store in {}; change its owner or mode, or start with --ephemeral or another --store DIR", path.display())]
    Permission {
        /// The store's folder.
        path: PathBuf,
    },
    /// The path, or a parent of it, is a file.
    #[error("{} cannot hold a store: there is a file where a directory is needed; choose another --store DIR", path.display())]
    NotAFolder {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The directory is not empty, and not a store.
    #[error("{} holds files that do not belong to a store; choose an empty or new directory with --store DIR", path.display())]
    Foreign {
        /// The path that was asked for.
        path: PathBuf,
    },
    /// The store was written by a later version of the program.
    #[error("the store in {} has format {found}, and this version of counterscope knows formats up to {known}; use the newer version, or another --store DIR", path.display())]
    Newer {
        /// The store's folder.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format that is readable.
        known: u32,
    },
    /// The store is damaged.
    #[error("the store in {} is damaged ({reason}); start again: it is set aside and rebuilt from the log", path.display())]
    Corrupt {
        /// The store's folder.
        path: PathBuf,
        /// The damage found.
        reason: String,
    },
    /// Any other I/O error.
    #[error("the store in {} cannot be {action}: {source}; start with --ephemeral to work without it", path.display())]
    Io {
        /// The store's folder.
        path: PathBuf,
        /// The operation: `opened`, `read`, `written`.
        action: &'static str,
        /// The system's error.
        source: io::Error,
    },
}

impl StoreError {
    /// The variant for an I/O error.
    pub(super) fn from_io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::Permission { path }
            }
            io::ErrorKind::NotADirectory => Self::NotAFolder { path },
            _ => Self::Io { path, action, source },
        }
    }
}

/// A process number in parentheses, or nothing.
struct Pid(Option<u32>);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |pid| write!(f, " (pid {pid})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_where_and_what_to_do() {
        let path = PathBuf::from("state");
        let in_use = StoreError::InUse { path: path.clone(), pid: Some(7) }.to_string();
        assert!(in_use.contains("in state") && in_use.contains("(pid 7)"), "{in_use}");
        let unknown = StoreError::InUse { path: path.clone(), pid: None }.to_string();
        assert!(!unknown.contains("pid") && unknown.contains("--ephemeral"), "{unknown}");
        let full = StoreError::from_io(&path, "written", io::ErrorKind::StorageFull.into());
        assert!(
            matches!(full, StoreError::Full { .. }) && full.to_string().contains("free some space")
        );
    }
}

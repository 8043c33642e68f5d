//! Brings an edited text to its file, whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::config::file;

/// Why a text was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not as it was when it was read.
    #[error("{} has changed since it was read: nothing was written; try again", .0.display())]
    Changed(PathBuf),
    /// There is a file already.
    #[error("{path} is there already: nothing was written; `counterscope {path}` opens it", path = .0.display())]
    Exists(PathBuf),
    /// The machine says no.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
}

/// Replaces a config's text, if the file still holds `before`. Links are followed, and owner and
/// permissions stay. Other readers see the old text or the new one, unless the file has other hard
/// links or another owner: then it is written in place.
///
/// A save of another program is overwritten only if it comes between the last look at the file and
/// the replacement, which is the next thing that is done.
///
/// # Errors
/// If the file holds something else by now, or cannot be written.
pub fn replace(path: &Path, before: &str, text: &str) -> Result<(), WriteError> {
    let failed = |error| WriteError::Io(path.to_owned(), error);
    let target = fs::canonicalize(path).map_err(failed)?;
    let known = fs::metadata(&target).map_err(failed)?;
    // A file that may not be written is not replaced either, though its folder would allow it.
    if known.permissions().readonly() {
        return Err(failed(io::ErrorKind::PermissionDenied.into()));
    }
    let mut own = fs::OpenOptions::new().write(true).open(&target).map_err(failed)?;
    let written = draft(&target, text).map_err(failed)?;
    written.as_file().set_permissions(known.permissions()).map_err(failed)?;
    let is_shared = is_shared(&known, &written.as_file().metadata().map_err(failed)?);
    // Looked at last, so that what is saved meanwhile is seen.
    if file::read(&target).map_err(failed)? != before.as_bytes() {
        return Err(WriteError::Changed(path.to_owned()));
    }
    if is_shared {
        own.write_all(text.as_bytes())
            .and_then(|()| own.set_len(text.len() as u64))
            .and_then(|()| own.sync_all())
            .map_err(failed)
    } else {
        written.persist(&target).map(|_| ()).map_err(|error| failed(error.error))
    }
}

/// True if replacing the file by a new one would part its hard links, or change its owner.
#[cfg(unix)]
fn is_shared(known: &fs::Metadata, new: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    known.nlink() > 1 || (known.uid(), known.gid()) != (new.uid(), new.gid())
}

#[cfg(not(unix))]
fn is_shared(_: &fs::Metadata, _: &fs::Metadata) -> bool {
    false
}

/// Writes a new config where there is none.
///
/// # Errors
/// If there is something at the path, or it cannot be written.
pub fn create(path: &Path, text: &str) -> Result<(), WriteError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => WriteError::Exists(path.to_owned()),
        _ => WriteError::Io(path.to_owned(), error),
    };
    let mut file = fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a config is worse than none.
        let _ = fs::remove_file(path);
        failed(error)
    })
}

/// The text in a file beside the one that it is for.
fn draft(target: &Path, text: &str) -> io::Result<tempfile::NamedTempFile> {
    let folder = target.parent().unwrap_or_else(|| Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".counterscope-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only_file(folder: &Path) -> bool {
        fs::read_dir(folder).unwrap().count() == 1
    }

    #[test]
    fn a_text_that_was_saved_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.yaml");
        fs::write(&path, "saved\n").unwrap();
        let error = replace(&path, "read\n", "edited\n").unwrap_err();
        assert!(error.to_string().contains("has changed since it was read"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"saved\n");
        assert!(only_file(folder.path()));
        replace(&path, "saved\n", "edited\n").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"edited\n");
        assert!(only_file(folder.path()));
    }

    #[test]
    fn a_new_file_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.yaml");
        create(&path, "one\n").unwrap();
        let error = create(&path, "two\n").unwrap_err();
        assert!(error.to_string().contains("is there already"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), b"one\n");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real.yaml"), folder.path().join("link.yaml"));
        fs::write(&file, "a\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.yaml", &link).unwrap();
        replace(&link, "a\n", "b\n").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"b\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        let other = folder.path().join("other.yaml");
        fs::hard_link(&file, &other).unwrap();
        replace(&file, "b\n", "longer\n").unwrap();
        replace(&file, "longer\n", "b\n").unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"b\n");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).unwrap();
        let error = replace(&link, "b\n", "c\n").unwrap_err();
        assert!(error.to_string().contains("cannot be written"), "{error}");
        assert_eq!(fs::read(&file).unwrap(), b"b\n");
    }
}

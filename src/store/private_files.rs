//! Private folders and files: only the owner may read them, since states hold data of the log.
//! On a platform without modes, the inherited rights apply.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a private folder, and its missing parents.
pub(super) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

/// The options to open a private file for writing, created if it is missing.
pub(super) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Creates a private file, or truncates an existing one.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    options().truncate(true).open(path)
}

/// Removes the rights of others to a folder and everything in it. Links are not followed. What
/// cannot be changed stays as it is: it may belong to another user.
pub(super) fn tighten(path: &Path) {
    let Ok(entries) = fs::read_dir(path) else { return };
    tighten_one(path);
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => tighten(&entry.path()),
            Ok(kind) if kind.is_file() => tighten_one(&entry.path()),
            _ => {}
        }
    }
}

/// Removes the rights of others to one folder or file.
pub(super) fn tighten_one(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(metadata) = fs::metadata(path) else { return };
        let mode = metadata.permissions().mode();
        if mode & 0o077 != 0 {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7700));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
}

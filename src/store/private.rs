//! Folders and files that nobody but their owner may read: states hold what their logs hold. Where
//! the platform has no modes, what its folders hand down applies. It must not know what a file is
//! for.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder, and those above it that are missing.
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

/// How a file is opened that is made if it is missing.
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

/// Makes a file, or an existing one empty.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    options().truncate(true).open(path)
}

/// Takes every right of others from a folder and all that lies in it. Links are not followed.
/// What cannot be changed stays as it is: it may belong to somebody else.
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

/// Takes every right of others from a folder or a file itself.
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

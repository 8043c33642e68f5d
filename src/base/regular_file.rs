//! Regular files, opened without blocking. Pipes, devices and other files in their place are
//! refused.

use std::fs::{File, FileType, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a regular file. Never blocks; anything else is an error that names its kind.
pub fn open(path: &Path) -> io::Result<File> {
    check(path.metadata()?.file_type(), false)?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A pipe that has replaced the file since would block until a writer opens it.
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32);
    }
    let file = options.open(path)?;
    check(file.metadata()?.file_type(), false)?;
    Ok(file)
}

/// Refuses everything but regular files, and pipes if `pipes` is true.
pub fn check(found: FileType, pipes: bool) -> io::Result<()> {
    let kind = kind(found);
    if found.is_file() || (pipes && kind == "a pipe") {
        return Ok(());
    }
    let wanted = if pipes { "a file or a pipe" } else { "a regular file" };
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {kind}, not {wanted}")))
}

#[cfg(unix)]
fn kind(found: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    match found {
        _ if found.is_dir() => "a directory",
        _ if found.is_fifo() => "a pipe",
        _ if found.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn kind(found: FileType) -> &'static str {
    if found.is_dir() { "a directory" } else { "a device" }
}

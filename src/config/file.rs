//! The file of a config: which files are accepted, and their bytes up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::base::regular_file;

/// The largest config, in bytes.
const LIMIT: u64 = 256 << 20;

/// The path that names standard input.
pub const STANDARD_INPUT: &str = "-";

/// Reads a regular file. Never blocks: pipes, devices and other files are an error, and so is a
/// file larger than 256 MiB.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = regular_file::open(path)?;
    all(&file, file.metadata()?.len())
}

/// Reads a regular file, a pipe, or standard input for `-`; blocks until the writer closes it. More
/// than 256 MiB is an error.
pub fn read_or_wait(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new(STANDARD_INPUT) {
        return all(io::stdin(), 0);
    }
    regular_file::check(path.metadata()?.file_type(), true)?;
    let file = File::open(path)?;
    regular_file::check(file.metadata()?.file_type(), true)?;
    all(&file, file.metadata()?.len())
}

/// Reads to the end, up to the limit.
fn all(bytes: impl Read, size: u64) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 256 MiB");
    if size > LIMIT {
        return Err(too_large());
    }
    let mut read = Vec::new();
    bytes.take(LIMIT + 1).read_to_end(&mut read)?;
    if read.len() as u64 > LIMIT { Err(too_large()) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_alone_are_read_without_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.yaml");
        std::fs::write(&config, "features: []").unwrap();
        for read in [read, read_or_wait] {
            assert_eq!(read(&config).unwrap(), b"features: []");
            assert_eq!(
                read(&folder.path().join("none")).unwrap_err().kind(),
                io::ErrorKind::NotFound
            );
            let directory = read(folder.path()).unwrap_err().to_string();
            assert!(directory.starts_with("it is a directory, not a "), "{directory}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let zero = folder.path().join("zero.yaml");
        std::os::unix::fs::symlink("/dev/zero", &zero).unwrap();
        assert_eq!(read(&zero).unwrap_err().to_string(), "it is a device, not a regular file");
        let error = read_or_wait(&zero).unwrap_err();
        assert_eq!(error.to_string(), "it is a device, not a file or a pipe");
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert_eq!(read(&socket).unwrap_err().to_string(), "it is a socket, not a regular file");
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read(&pipe).unwrap_err().to_string(), "it is a pipe, not a regular file");
        let write = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::write(pipe, "features: []").unwrap()
        });
        assert_eq!(read_or_wait(&pipe).unwrap(), b"features: []");
        write.join().unwrap();
    }

    #[test]
    fn a_config_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let large = folder.path().join("large.yaml");
        File::create(&large).unwrap().set_len(LIMIT + 1).unwrap();
        assert_eq!(read(&large).unwrap_err().to_string(), "it is larger than 256 MiB");
        let endless = all(io::repeat(b'#'), 0).unwrap_err();
        assert_eq!(endless.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(all(io::repeat(b'#').take(LIMIT), 0).unwrap().len() as u64, LIMIT);
    }
}

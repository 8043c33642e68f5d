//! A disk without room, as the limit of a process on the size of its files: a test runs this binary
//! again under such a limit. It must not know what is written.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Tells the child where everything lies.
const FOLDER: &str = "COUNTERSCOPE_TEST_FULL";

/// Where everything lies, for the test that is a child; `None` where it is an ordinary one.
#[expect(clippy::disallowed_methods, reason = "a child of the test harness takes no arguments")]
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(|folder: OsString| folder.into())
}

/// Runs a test as a child that may write files of so many blocks of 512 or 1,024 bytes. It must
/// say that it `went on`, and tell an error.
pub(crate) fn goes_on(child: &str, blocks: u32, folder: &Path) {
    let script = "trap '' XFSZ && ulimit -f \"$0\" && exec \"$@\"";
    let output = Command::new("sh")
        .args(["-c", script, &blocks.to_string()])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", child, "--nocapture"])
        .env(FOLDER, folder)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words}");
    assert!(words.contains("went on") && words.contains("Error"), "{words}");
}

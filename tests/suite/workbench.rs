//! The whole program on a pseudo-terminal: a config and a log of its own, from the first screen
//! to the last, with saves of the config in between.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::pty::Pty;

const CONFIG: &str = "\
features:
  - name: clicks
    type: window_count
    interaction: click
    scope: item
    bucket: 1h
    periods: [1, 24]
";

/// A folder with a config and a log of 100 clicks, ten minutes apart, on seven items.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let mut log = String::new();
        for n in 0..100_u64 {
            let time = 1_772_409_600_000 + n * 600_000;
            writeln!(log, r#"{{"timestamp":{time},"type":"click","item":"i{}"}}"#, n % 7).unwrap();
        }
        fs::write(folder.path("events.ndjson"), log).unwrap();
        folder.save(CONFIG);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Saves the config as editors do: beside it, then renamed.
    fn save(&self, text: &str) {
        fs::write(self.path("features.yaml.new"), text).unwrap();
        fs::rename(self.path("features.yaml.new"), self.path("features.yaml")).unwrap();
    }

    fn command(&self) -> CommandBuilder {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_counterscope"));
        command.arg(self.path("features.yaml"));
        command.arg(self.path("events.ndjson"));
        command.arg("--ephemeral");
        command.env_remove("NO_COLOR");
        command.env("TERM", "xterm-256color");
        command
    }

    fn open(&self) -> Pty {
        let pty = Pty::start(self.command(), 160, 45);
        pty.wait_text("ENDED");
        pty.wait_text("100/100");
        pty
    }
}

#[test]
fn from_the_first_screen_to_the_last() {
    let folder = Folder::new();
    let mut pty = folder.open();
    pty.wait_text("clicks_24");

    pty.send("25,");
    pty.wait_text("75/100");
    pty.send("gt+20m\r");
    pty.wait_text("77/100");
    pty.send("gp50\r");
    pty.wait_text("50/100");
    pty.send(" ");
    pty.wait_text("PLAYING");
    pty.send(" ");
    pty.wait_text("PAUSED");
    pty.send("gg");
    pty.wait_text("0/100");
    pty.send("G");
    pty.wait_text("100/100");

    folder.save(&CONFIG.replace("[1, 24]", "[1, 48]"));
    pty.wait_text("v2");
    pty.wait_text("clicks_48");
    folder.save(&CONFIG.replace("1h", "5 parsecs"));
    pty.wait_text("STALE");
    pty.wait_text("clicks_48");
    pty.send("3");
    pty.wait_text("Problems");
    folder.save(CONFIG);
    pty.wait_text("v3");
    pty.send("1");
    pty.wait_text("clicks_24");
    pty.wait("good standing", |screen| !screen.contents().contains("STALE"));

    pty.resize(80, 24);
    pty.wait("smaller screen", |screen| screen.rows(0, 80).nth(23).unwrap().contains("q quit"));
    pty.send("\u{1a}");
    pty.wait("shell's screen", |screen| !screen.alternate_screen() && !pty.is_raw());
    pty.settle();
    pty.assert_modes_restored();
    pty.signal(Signal::CONT);
    pty.wait_text("100/100");

    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
}

/// Open, fold, jump, come back.
#[test]
fn a_value_is_explained_and_its_events_are_gone_to() {
    let folder = Folder::new();
    let mut pty = folder.open();
    pty.wait_text("clicks_24");
    pty.send("l\r");
    pty.wait_text("Explain · clicks_24 · ");
    pty.wait_text("newest first:");
    pty.send("jjh");
    pty.wait("fold", |screen| !screen.contents().contains("newest first:"));
    pty.send("l");
    pty.wait_text("newest first:");
    pty.send("nnn\r");
    pty.wait_text("[2 Events]");
    pty.wait("jump", |screen| !screen.contents().contains("100/100"));
    pty.send("\u{f}");
    pty.wait_text("[4 Explain]");
    pty.wait_text("100/100");
    pty.send("\u{1b}");
    pty.wait_text("[1 Values]");
    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
}

#[test]
fn a_signal_ends_the_program_with_its_number() {
    let folder = Folder::new();
    let mut pty = folder.open();
    pty.signal(Signal::TERM);
    assert_eq!(pty.end().exit_code(), 128 + 15);
    pty.assert_modes_restored();
}

/// Who would have to type a config, or to write it into a pipe, is told that it is waited for.
#[test]
fn a_command_on_a_terminal_tells_what_it_waits_for() {
    let folder = Folder::new();
    let pipe = folder.path("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let start = |config: &Path| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_counterscope"));
        command.args(["values".as_ref(), config.as_os_str()]);
        command.arg(folder.path("events.ndjson"));
        Pty::start(command, 160, 20)
    };
    let mut typed = start(Path::new("-"));
    typed.wait_text("reading the config from standard input; ctrl-D ends it");
    typed.send(CONFIG);
    typed.send("\u{4}");
    assert!(typed.end().success());
    assert!(typed.text().contains("\"feature\": \"clicks_1\""), "{}", typed.text());
    let mut piped = start(&pipe);
    piped.wait_text("waiting for the config from the pipe");
    fs::write(&pipe, CONFIG).unwrap();
    assert!(piped.end().success());
    assert!(piped.text().contains("\"feature\": \"clicks_1\""), "{}", piped.text());
}

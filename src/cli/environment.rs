//! What the environment says: the only place where it is read.

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// What the program takes from its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Environment {
    /// `NO_COLOR` is set to anything but nothing: colours are unwelcome.
    pub(super) no_color: bool,
    /// The editor that the user has chosen, as a shell reads it: `VISUAL`, else `EDITOR`.
    #[cfg(feature = "workbench")]
    chosen_editor: Option<String>,
    /// The user's state directory: `XDG_STATE_HOME`, or where the platform keeps such things.
    /// `None` where there is no home.
    pub(super) state_home: Option<PathBuf>,
    /// What the terminal is: `TERM`, unless it is empty.
    #[cfg(feature = "workbench")]
    pub(super) term: Option<String>,
    /// Where people sit.
    pub(super) terminals: Terminals,
    /// How many threads can work at once.
    pub(super) threads: usize,
}

/// Which of the standard streams are terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terminals {
    pub(super) stdin: bool,
    pub(super) stdout: bool,
    pub(super) stderr: bool,
}

impl Environment {
    /// Reads it.
    pub(super) fn read() -> Self {
        let state_home = etcetera::choose_base_strategy()
            .ok()
            .map(|strategy| strategy.state_dir().unwrap_or_else(|| strategy.data_dir()));
        Self {
            no_color: word("NO_COLOR").is_some(),
            #[cfg(feature = "workbench")]
            chosen_editor: word("VISUAL").or_else(|| word("EDITOR")),
            state_home,
            #[cfg(feature = "workbench")]
            term: word("TERM"),
            terminals: Terminals {
                stdin: std::io::stdin().is_terminal(),
                stdout: std::io::stdout().is_terminal(),
                stderr: std::io::stderr().is_terminal(),
            },
            threads: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
        }
    }

    /// The user's editor: the chosen one, else `vi` if it is there.
    #[cfg(feature = "workbench")]
    pub(super) fn editor(&self) -> Option<String> {
        self.chosen_editor.clone().or_else(|| on_path("vi"))
    }

    /// Whether somebody sits in front of it.
    #[cfg(feature = "workbench")]
    pub(super) const fn is_interactive(&self) -> bool {
        self.terminals.stdin && self.terminals.stdout
    }

    /// Whether stdout is a terminal.
    pub(super) const fn shows_stdout(&self) -> bool {
        self.terminals.stdout
    }

    /// Whether text on stdout may be coloured.
    pub(super) const fn colours_stdout(&self) -> bool {
        self.terminals.stdout && !self.no_color
    }

    /// Whether text on stderr may be coloured.
    pub(super) const fn colours_stderr(&self) -> bool {
        self.terminals.stderr && !self.no_color
    }
}

/// The name of a program, if one of the directories of `PATH` holds it.
#[cfg(feature = "workbench")]
fn on_path(program: &str) -> Option<String> {
    let path = word("PATH")?;
    let is_there = std::env::split_paths(&path).any(|directory| directory.join(program).is_file());
    is_there.then(|| program.to_owned())
}

/// A variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
fn word(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The most memory that the process has held so far, in bytes; `None` where the system does not
/// tell.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

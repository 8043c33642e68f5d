//! The environment: variables, terminals, processors. Nothing else reads them.

use std::io::IsTerminal as _;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

/// The settings that the program takes from its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Environment {
    /// True if `NO_COLOR` is set and not empty: no colours.
    pub(super) no_color: bool,
    /// The user's editor, as a shell command: `VISUAL`, else `EDITOR`.
    #[cfg(feature = "workbench")]
    chosen_editor: Option<String>,
    /// The user's state directory: `XDG_STATE_HOME`, or the platform's own; `None` without a home
    /// directory.
    pub(super) state_home: Option<PathBuf>,
    /// The type of the terminal: `TERM`, unless empty.
    #[cfg(feature = "workbench")]
    pub(super) term: Option<String>,
    /// The standard streams that are terminals.
    pub(super) terminals: Terminals,
    /// The number of threads that can run at once.
    pub(super) threads: usize,
}

/// True for each standard stream that is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terminals {
    pub(super) stdin: bool,
    pub(super) stdout: bool,
    pub(super) stderr: bool,
}

impl Environment {
    /// Reads the environment.
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

    /// The user's editor, else `vi` if it is installed.
    #[cfg(feature = "workbench")]
    pub(super) fn editor(&self) -> Option<String> {
        self.chosen_editor.clone().or_else(|| on_path("vi"))
    }

    /// True if stdin and stdout are terminals.
    #[cfg(feature = "workbench")]
    pub(super) const fn is_interactive(&self) -> bool {
        self.terminals.stdin && self.terminals.stdout
    }

    /// True if stdout is a terminal.
    pub(super) const fn shows_stdout(&self) -> bool {
        self.terminals.stdout
    }

    /// True if text on stdout may have colours.
    pub(super) const fn colours_stdout(&self) -> bool {
        self.terminals.stdout && !self.no_color
    }

    /// True if text on stderr may have colours.
    pub(super) const fn colours_stderr(&self) -> bool {
        self.terminals.stderr && !self.no_color
    }
}

/// The name of a program if one of the directories in `PATH` contains it.
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

/// The peak memory of the process so far, in bytes; `None` if the system does not report it.
pub(super) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

//! The workbench: opens a session over a config and its logs, and its screen.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::base::events::EventSettings;
use crate::config::file;
use crate::log::Reader;
use crate::session::protocol::Speed;
use crate::session::{self, ConfigSource, LogSource, SessionError, Setup, Start};
use crate::store;
use crate::ui::{self, Exit, Options};

use super::arguments::{Theme, Workbench};
use super::environment::Environment;
use super::failure::Failure;
use super::load;

/// The config that is opened if none is named.
const CONFIG: ConfigSource = ConfigSource::Embedded {
    name: "quickstart.yaml",
    text: include_str!("../../configs/quickstart.yaml"),
};
/// The log that is replayed if none is named.
const LOG: LogSource = LogSource::Embedded {
    name: "quickstart.ndjson.gz",
    bytes: include_bytes!("../../sample-events/quickstart.ndjson.gz"),
};
/// The default speed of playback: an hour of event time a second.
const SPEED: Speed = Speed::Times(3600.0);

/// The speed of the example: its weeks pass in about a minute.
const EXAMPLE_SPEED: Speed = Speed::Times(21_600.0);

/// Opens the workbench; returns when the user has left it.
pub(super) fn run(arguments: &Workbench, environment: &Environment) -> Result<(), Failure> {
    readable(arguments)?;
    if let Some(path) = &arguments.config
        && let Ok(bytes) = file::read(path)
    {
        load::unswapped(path, &bytes, &arguments.logs)?;
    }
    if !environment.is_interactive() {
        return Err(Failure::usage("the workbench needs a terminal on stdin and stdout")
            .hint("`counterscope values` and the other commands do without; see --help"));
    }
    can_draw(environment.term.as_deref())?;
    let setup = setup(arguments, environment)?;
    let running = session::start(setup).map_err(|error| match error {
        SessionError::Config { .. } => Failure::usage(error.to_string())
            .hint("the workbench watches a file; check the path and that you may read it"),
        _ => Failure::usage(error.to_string()),
    })?;
    let exit = ui::run(&running.link, &options(arguments, environment));
    drop(running.link);
    let ended = running.worker.join();
    match exit.map_err(|error| Failure::usage(format!("the terminal failed: {error}")))? {
        Exit::Quit if ended.is_ok() => Ok(()),
        Exit::Quit | Exit::SessionEnded => {
            Err(Failure::usage("the session has ended unexpectedly; this is a bug in counterscope"))
        }
        Exit::Signal(number) => Err(Failure::Signal(number)),
    }
}

fn setup(arguments: &Workbench, environment: &Environment) -> Result<Setup, Failure> {
    let config = match &arguments.config {
        Some(path) => ConfigSource::File(path.clone()),
        None => CONFIG,
    };
    let log = if arguments.logs.is_empty() {
        LOG
    } else {
        // A log that cannot be opened is reported on the command line, before a screen opens.
        Reader::open(&arguments.logs, &EventSettings::default(), &[])?;
        LogSource::Files(arguments.logs.clone())
    };
    // The example plays; other logs are replayed to the end at once.
    let start = match (arguments.at, arguments.speed, &arguments.config) {
        (Some(time), None, _) => Start::At(time),
        (Some(time), Some(_), _) => Start::PlayingAt(time),
        (None, None, Some(_)) => Start::End,
        (None, _, _) => Start::Playing,
    };
    let usual = if arguments.config.is_none() { EXAMPLE_SPEED } else { SPEED };
    Ok(Setup {
        config,
        log,
        store: folder(arguments, environment),
        speed: arguments.speed.unwrap_or(usual),
        start,
        max_memory: arguments.max_memory.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX)),
        threads: arguments.threads.map_or(environment.threads, NonZeroUsize::get),
    })
}

/// Refuses a terminal that cannot move its cursor. All others are assumed to understand xterm's
/// sequences, as those in use do.
fn can_draw(term: Option<&str>) -> Result<(), Failure> {
    let wrong = match term {
        Some(name @ ("dumb" | "unknown")) => format!("TERM is `{name}`"),
        None if cfg!(unix) => "TERM is not set".to_owned(),
        _ => return Ok(()),
    };
    Err(Failure::usage(format!("the workbench cannot draw on this terminal: {wrong}")).hint(
        "set TERM to what the terminal is, such as xterm-256color; `counterscope values` and the \
         other commands do without",
    ))
}

/// Refuses inputs that can be read only once: the workbench watches its config, may read its logs
/// again after a save, and takes its keys from standard input.
fn readable(arguments: &Workbench) -> Result<(), Failure> {
    if arguments.config.as_deref() == Some(Path::new(file::STANDARD_INPUT)) {
        return Err(Failure::usage(
            "the workbench cannot read its config from standard input: it watches the file, and \
             reads keys from standard input",
        )
        .hint("write the config to a file and open that; the other commands read `-`"));
    }
    let is_stream = |path: &&PathBuf| {
        path.as_path() == Path::new(file::STANDARD_INPUT)
            || path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir())
    };
    match arguments.logs.iter().find(is_stream) {
        Some(path) => Err(Failure::usage(format!(
            "the workbench cannot replay `{}`: it reads its logs more than once, and keys from \
             standard input",
            path.display()
        ))
        .hint(
            "write the events to a file and open that; `counterscope values CONFIG -` and the \
             other commands read standard input",
        )),
        None => Ok(()),
    }
}

/// The directory of the store; `None` for the built-in example and without a home directory.
fn folder(arguments: &Workbench, environment: &Environment) -> Option<PathBuf> {
    match (&arguments.config, &arguments.store) {
        _ if arguments.ephemeral => None,
        (_, Some(folder)) => Some(folder.clone()),
        (Some(config), None) if !arguments.logs.is_empty() => {
            let home: &Path = environment.state_home.as_deref()?;
            store::make_home_private(home);
            Some(store::default_folder(home, config, &arguments.logs))
        }
        _ => None,
    }
}

fn options(arguments: &Workbench, environment: &Environment) -> Options {
    let theme = match arguments.theme {
        Theme::Dark => "dark",
        Theme::Light => "light",
        Theme::Mono => "mono",
    };
    Options {
        theme: theme.to_owned(),
        no_color: environment.no_color,
        ascii: arguments.ascii,
        mouse: !arguments.no_mouse,
        editor: environment.editor(),
        config: arguments.config.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_that_cannot_move_its_cursor_is_refused() {
        for name in ["dumb", "unknown"] {
            let Err(Failure::Said { message, hint: Some(hint) }) = can_draw(Some(name)) else {
                panic!("{name} was taken")
            };
            assert!(message.ends_with(&format!(": TERM is `{name}`")), "{message}");
            assert!(hint.contains("xterm-256color") && hint.contains("values"), "{hint}");
        }
        assert_eq!(can_draw(None).is_err(), cfg!(unix));
        for name in ["xterm-256color", "tmux", "linux", "something-new"] {
            assert!(can_draw(Some(name)).is_ok(), "{name}");
        }
    }
}

//! The arguments of the workbench, which has no command.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::parsers::{positive, size, speed, time};
use crate::base::Timestamp;
use crate::session::protocol::Speed;

#[derive(Debug, Args)]
pub(in crate::cli) struct Workbench {
    /// The config: counter features in YAML. The file is watched, and applied again on every save.
    pub(in crate::cli) config: Option<PathBuf>,
    /// The event logs: NDJSON, CSV or Parquet, plain or compressed with gzip or zstd. Several are
    /// merged by time; without any, the built-in sample is replayed.
    #[arg(requires = "config")]
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// The directory for state [default: one for this config and these logs, in the user's state
    /// directory].
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub(in crate::cli) store: Option<PathBuf>,
    /// Keep no state on disk.
    #[arg(long)]
    pub(in crate::cli) ephemeral: bool,
    /// Start at this time, instead of at the end: between events if there is none.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) at: Option<Timestamp>,
    /// Start playing at this speed, from --at or else from the first event, in event time per
    /// second: seconds, a span such as 6h, or max.
    #[arg(long, value_parser = speed)]
    pub(in crate::cli) speed: Option<Speed>,
    /// The most memory that events, keys, states and their copies may take, such as 512MiB or 2GiB.
    /// Events beyond that are kept in a temporary file and read again when they are needed.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(in crate::cli) max_memory: Option<u64>,
    /// How many threads may work on long seeks and on large changes of the config [default: as many
    /// as the machine has]. The values do not depend on it.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    /// The colour theme.
    #[arg(long, value_enum, default_value_t = Theme::Dark)]
    pub(in crate::cli) theme: Theme,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub(in crate::cli) ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub(in crate::cli) no_mouse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Theme {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// Without colours.
    Mono,
}

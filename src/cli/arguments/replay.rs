//! The arguments of all commands that replay a log from start to end.

use std::num::NonZeroUsize;

use clap::Args;

use super::parsers::{positive, size};

/// How a log is replayed from start to end.
#[derive(Clone, Copy, Debug, Args)]
pub(in crate::cli) struct Replay {
    /// How many threads may work: with two or more, one reads while another counts [default: as
    /// many as the machine has]. The values do not depend on it.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    /// The most memory that keys, states and held events may take, such as 512MiB or 2GiB. A log
    /// in order of time is never held, whatever its size.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(in crate::cli) max_memory: Option<u64>,
    /// Print a summary as one line of JSON on stderr: events, rejected lines, seconds, memory.
    #[arg(long)]
    pub(in crate::cli) stats: bool,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(in crate::cli) allow_loss: bool,
}

//! The arguments of `fields`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::ReportFormat;
use super::parsers::{positive, size};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope fields events.ndjson.gz
      without a config: the usual names of members are tried
  counterscope fields --config features.yaml events.ndjson.gz
      as the config's `events` reads the log: type, timestamp, flags, each, dedup
  counterscope fields events.ndjson.gz --format json | jq -r '.types[].fields[].path'
      everything that is known, for programs; docs/fields.md says what each member means")]
pub(in crate::cli) struct Fields {
    /// The event logs; `-` is standard input.
    #[arg(required = true)]
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// The config whose `events` says how the logs are read; `-` is standard input.
    #[arg(long, value_name = "CONFIG")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The format of the report.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(in crate::cli) format: ReportFormat,
    /// Show every type and every field, however many there are.
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// How many threads may work: with two or more, one reads while another sums up [default: as
    /// many as the machine has]. The report does not depend on it.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    /// The most memory that fields and ids may take, such as 512MiB or 2GiB [default: 512MiB]. What
    /// finds no room is left out, and that is said.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(in crate::cli) max_memory: Option<u64>,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(in crate::cli) allow_loss: bool,
}

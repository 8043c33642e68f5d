//! The arguments of `dataset`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::Replay;
use super::parsers::{default_format, format_names, positive};
use crate::dataset::{Content, Format};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope dataset ctr.yaml events.ndjson.gz --on click > clicks.ndjson
      the features at each click, as they were just before it
  counterscope dataset ctr.yaml events.ndjson.gz --on ranking --served --every 10
      at every tenth item of a ranking, what a store would have served
  counterscope dataset ctr.yaml events.ndjson.gz --on show --format parquet > shows.parquet
      a training set, for a data frame

A row has the event's line in the log (`seq`, from 0; and `sub`, its number within the line, if the
config says `flags` or `each`), its time in milliseconds (in Parquet a timestamp), the attributes of the features' keys, and the features. Rows are printed in the order in
which events are applied, which is the order of their times unless the config says otherwise; none
is written before that order is certain.")]
pub(in crate::cli) struct Dataset {
    /// The config; `-` is standard input.
    pub(in crate::cli) config: PathBuf,
    /// The event logs; `-` is standard input.
    #[arg(required = true)]
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// Print a row for each event of this type; `ranking`: for each item of each ranking.
    #[arg(long, value_name = "TYPE")]
    pub(in crate::cli) on: String,
    /// Print what a store that follows each feature's refresh would serve, not the live values.
    #[arg(long)]
    pub(in crate::cli) served: bool,
    /// Print only every N-th row.
    #[arg(long, value_name = "N", value_parser = positive, default_value = "1")]
    pub(in crate::cli) every: NonZeroUsize,
    /// The format of the output.
    #[arg(
        long,
        value_parser = format_names(Content::Rows),
        default_value = default_format(Content::Rows)
    )]
    pub(in crate::cli) format: &'static Format,
    #[command(flatten)]
    pub(in crate::cli) run: Replay,
}

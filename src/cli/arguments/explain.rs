//! The arguments of `explain`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ReportFormat;
use super::parsers::{positive, time};
use crate::base::Timestamp;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope explain ctr.yaml events.ndjson.gz --feature ctr --key lamp-001
      at the end of the log
  counterscope explain ctr.yaml events.ndjson.gz --feature clicks_7 --key u1,a7 --at 2024-06-14T06:00Z
      as of a moment; a key of two attributes, in the order of the scope
  counterscope explain ctr.yaml events.ndjson.gz --feature clicks --key user=u1 --sort largest --top 50
      the 50 events that add most
  counterscope explain ctr.yaml events.ndjson.gz --feature clicks --key lamp-001 --by client
      whose clicks they are, by any attribute of the log
  counterscope explain ctr.yaml events.ndjson.gz --feature ctr --key lamp-001 --as-test
      the value as a test for the config, of the fewest of its events that give it
  counterscope explain ctr.yaml events.ndjson.gz --feature ctr --key lamp-001 --format json | jq .

A comma in a part of a key is written `\\,`, and a backslash `\\\\`.
What a code of `check` means is printed by `counterscope check --explain CODE`.")]
pub(in crate::cli) struct Explain {
    /// The config; `-` is standard input.
    pub(in crate::cli) config: PathBuf,
    /// The event logs; `-` is standard input.
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// The feature, or one of its outputs.
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) feature: Option<String>,
    /// The key: `lamp-001`, `u1,a7` in the order of the scope, or `user=u1,author=a7`. The key of a
    /// global feature is left out.
    #[arg(long, value_name = "KEY")]
    pub(in crate::cli) key: Option<String>,
    /// Read as of this time, after the last event at or before it, instead of at the end.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) at: Option<Timestamp>,
    /// Group the contributing events by this attribute, any one of the log.
    #[arg(long, value_name = "FIELD")]
    pub(in crate::cli) by: Option<String>,
    /// Print the value as a test for the config's section `tests`: the smallest set of its events
    /// that still gives it.
    #[arg(long, conflicts_with_all = ["by", "format"])]
    pub(in crate::cli) as_test: bool,
    /// The order of the contributing events.
    #[arg(long, value_enum, default_value_t = ContributionOrder::Newest)]
    pub(in crate::cli) sort: ContributionOrder,
    /// The most contributing events, or groups of them, that are listed.
    #[arg(long, value_name = "N", value_parser = positive, default_value = "10")]
    pub(in crate::cli) top: NonZeroUsize,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(in crate::cli) allow_loss: bool,
    /// The format of the output.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(in crate::cli) format: ReportFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ContributionOrder {
    /// The newest first.
    Newest,
    /// The largest first.
    Largest,
}

//! The arguments of `plan`.

use std::path::PathBuf;

use clap::Args;

use super::ReportFormat;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope plan features.yaml
  counterscope plan features.yaml events.ndjson.gz
      also how many keys there are, and the memory that the states take after the last event
  counterscope plan features.yaml --format json | jq '.states[] | select(.outputs | length > 1)'")]
pub(in crate::cli) struct Plan {
    /// The config; `-` is standard input.
    pub(in crate::cli) config: PathBuf,
    /// The event logs; `-` is standard input.
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(in crate::cli) allow_loss: bool,
    /// List every feature and every state, however many there are.
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// The format of the output.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(in crate::cli) format: ReportFormat,
}

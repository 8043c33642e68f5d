//! The arguments of `suggest`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use super::parsers::positive;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope suggest events.ndjson.gz > features.yaml
      a first config: how the log is read, and features with the reasons for each
  counterscope features.yaml events.ndjson.gz
      the workbench over it, where a save of the config shows what changed")]
pub(in crate::cli) struct Suggest {
    /// The event logs; `-` is standard input.
    #[arg(required = true)]
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// How many threads may work: with two or more, one reads while another sums up [default: as
    /// many as the machine has]. The config does not depend on it.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(in crate::cli) allow_loss: bool,
}

//! The arguments of `init`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope init features
      a folder with a config, a sample log, a test and a workflow for GitHub
  counterscope init --log events.ndjson.gz
      here, with the config that `suggest` writes for a log")]
pub(in crate::cli) struct Init {
    /// The folder, which is made if it is not there [default: this one].
    pub(in crate::cli) folder: Option<PathBuf>,
    /// Write the config for this log, as `suggest` does; may be given several times.
    #[arg(long, value_name = "LOG")]
    pub(in crate::cli) log: Vec<PathBuf>,
}

//! The arguments of `fmt`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope fmt features.yaml
      rewrites the file, if that changes anything
  counterscope fmt --check 'configs/**/*.yaml'
      only says which files would change, for a build server
  counterscope fmt --diff features.yaml
      what would change in it, line by line
  counterscope fmt - < features.yaml
      for an editor: the formatted config on standard output

Exit codes: 0 done, or nothing to do; 1 with --check or --diff, a file would change, or a config is
not valid YAML; 2 a usage error or an I/O error.")]
pub(in crate::cli) struct Fmt {
    /// The configs, also patterns such as `configs/*.yaml`; `-` is standard input.
    #[arg(required = true)]
    pub(in crate::cli) configs: Vec<PathBuf>,
    /// Write nothing; list the files that would change, and fail if there is one.
    #[arg(long)]
    pub(in crate::cli) check: bool,
    /// Write nothing; print what would change, and fail if anything would.
    #[arg(long)]
    pub(in crate::cli) diff: bool,
}

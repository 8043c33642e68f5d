//! The arguments of `values`.

use std::path::PathBuf;

use clap::Args;

use super::Replay;
use super::parsers::{default_format, format_names, time};
use crate::base::Timestamp;
use crate::dataset::{Content, Format, KeyForm};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope values ctr.yaml events.ndjson.gz --format table --feature ctr
      one feature, to look at
  counterscope values ctr.yaml events.ndjson.gz --at 2024-06-14T06:00:00Z | jq .value
      as of a moment, for a script
  counterscope values ctr.yaml events.ndjson.gz --format parquet > values.parquet
      everything, for a data frame; `value` is live, `served` what a store would serve
  counterscope values ctr.yaml events.ndjson.gz --stats 2>&1 >values.ndjson | jq .seconds
      how long each phase took

Values are printed feature by feature, in the order of the config, and within a feature key by key,
in the order in which the keys first appear in the log. The same log and config give the same bytes.")]
pub(in crate::cli) struct Values {
    /// The config; `-` is standard input.
    pub(in crate::cli) config: PathBuf,
    /// The event logs; `-` is standard input.
    #[arg(required = true)]
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// Read as of this time, after the last event at or before it, instead of at the end.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(in crate::cli) at: Option<Timestamp>,
    /// Print only these features, or single outputs of theirs.
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(in crate::cli) feature: Vec<String>,
    #[arg(
        long,
        help = values_format_help(),
        value_parser = format_names(Content::Values),
        default_value = default_format(Content::Values)
    )]
    pub(in crate::cli) format: &'static Format,
    #[command(flatten)]
    pub(in crate::cli) run: Replay,
}

/// The help of `--format`.
fn values_format_help() -> String {
    let titles: Vec<&str> = Content::Values
        .formats()
        .filter(|format| format.keys == KeyForm::Columns)
        .map(|format| format.title)
        .collect();
    let (titles, have) = match titles.as_slice() {
        [one] => ((*one).to_owned(), "has"),
        [most @ .., last] => (format!("{} and {last}", most.join(", ")), "have"),
        [] => return "The format of the output".to_owned(),
    };
    format!("The format of the output. {titles} {have} a column for each attribute of any key")
}

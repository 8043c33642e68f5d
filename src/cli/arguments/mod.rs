//! What can be typed. It must not know what is done with it.

mod check;
mod dataset;
mod explain;
mod fields;
mod fmt;
mod init;
mod suggest;
mod test;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use crate::base::{Timestamp, escape, quantity, typed_time};
use crate::dataset::{Content, Format, KeyForm};
use crate::session::protocol::Speed;

pub(super) use check::{Check, CheckFormat, LintSetting, ReportFormat};
pub(super) use dataset::Dataset;
pub(super) use explain::{ContributionOrder, Explain};
pub(super) use fields::Fields;
pub(super) use fmt::Fmt;
pub(super) use init::Init;
pub(super) use suggest::Suggest;
pub(super) use test::{Test, TestFormat};

/// A workbench for counter features: replay an event log, watch every window, rate and decay,
/// explain each value.
///
/// Without a command it opens the workbench; without a config, on the built-in example.
#[derive(Debug, Parser)]
#[command(
    bin_name = "counterscope",
    version,
    args_conflicts_with_subcommands = true,
    after_help = EXAMPLES
)]
pub(super) struct Arguments {
    /// What to do instead of opening the workbench.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) workbench: Workbench,
}

const EXAMPLES: &str = "\
Examples:
  counterscope
      the built-in example, playing
  counterscope features.yaml events.ndjson.gz
      replay a log through a config; save the config and see what changed
  counterscope check features.yaml events.ndjson.gz
      every fault of a config, and what it names and the log does not have
  counterscope fields events.ndjson.gz
      what is in a log: types, every field of each, times, rejected lines
  counterscope values features.yaml events.ndjson.gz --format table
      the final value of every feature for every key
  zcat events.csv.gz | counterscope values features.yaml -
      events from standard input: NDJSON, CSV or Parquet
  counterscope dataset features.yaml events.ndjson.gz --on click > rows.ndjson
      the features at each click, as they were just before it
  generate-features | counterscope check -
      a config from standard input, or from a pipe

Exit codes: 0 success, 1 the config has faults or a test fails, 2 a usage error, an I/O error or logs of which nothing
can be read, 3 a part of a log was lost, 128 + n ended by signal n.";

impl Arguments {
    /// The names of the commands.
    pub(super) fn commands() -> Vec<String> {
        let shown = |command: &clap::Command| !command.is_hide_set();
        let name = |command: &clap::Command| command.get_name().to_owned();
        Self::command().get_subcommands().filter(|command| shown(command)).map(name).collect()
    }
}

#[derive(Debug, Args)]
pub(super) struct Workbench {
    /// The config: counter features in YAML. The file is watched, and applied again on every save.
    pub(super) config: Option<PathBuf>,
    /// The event logs: NDJSON, CSV or Parquet, plain or compressed with gzip or zstd. Several are
    /// merged by time; without any, the built-in sample is replayed.
    #[arg(requires = "config")]
    pub(super) logs: Vec<PathBuf>,
    /// The directory for state [default: one for this config and these logs, in the user's state
    /// directory].
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral")]
    pub(super) store: Option<PathBuf>,
    /// Keep no state on disk.
    #[arg(long)]
    pub(super) ephemeral: bool,
    /// Start at this time, instead of at the end: between events if there is none.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) at: Option<Timestamp>,
    /// Start playing at this speed, from --at or else from the first event, in event time per
    /// second: seconds, a span such as 6h, or max.
    #[arg(long, value_parser = speed)]
    pub(super) speed: Option<Speed>,
    /// The most memory that events, keys, states and their copies may take, such as 512MiB or 2GiB.
    /// Events beyond that are kept in a temporary file and read again when they are needed.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_memory: Option<u64>,
    /// How many threads may work on long seeks and on large changes of the config [default: as many
    /// as the machine has]. The values do not depend on it.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(super) threads: Option<NonZeroUsize>,
    /// The colour theme.
    #[arg(long, value_enum, default_value_t = Theme::Dark)]
    pub(super) theme: Theme,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub(super) ascii: bool,
    /// Leave the mouse to the terminal.
    #[arg(long)]
    pub(super) no_mouse: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Theme {
    /// For dark backgrounds.
    Dark,
    /// For light backgrounds.
    Light,
    /// Without colours.
    Mono,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Report every fault of a config; with logs, also what it names and they do not have.
    Check(Check),
    /// Print the value of every feature for every key.
    Values(Values),
    /// Print the features at each event of a type, as they were just before it was counted.
    Dataset(Dataset),
    /// Run the tests that configs have, and say what they do not cover.
    Test(Test),
    /// Print how a config is computed: its outputs, the states they share, and the memory of those.
    Plan(Plan),
    /// Print what is in a log: its times, its types, and every field of each.
    Fields(Fields),
    /// Print a first config for a log: features that fit it, each with its reason.
    Suggest(Suggest),
    /// Format configs: indentation, spaces, quotes and long lines; comments and order stay.
    Fmt(Fmt),
    /// Start a folder: a config with a test, a sample log, a workflow that checks both.
    Init(Init),
    /// Print why a feature has its value at a key: the events that made it, those that did not
    /// count and why, and what comes next.
    Explain(Explain),
    /// Print the JSON Schema of configs, with which an editor completes and checks them.
    #[command(after_help = "\
Examples:
  counterscope schema > counterscope.schema.json
      and in the first line of a config, for editors with a YAML language server:
      # yaml-language-server: $schema=counterscope.schema.json")]
    Schema,
}

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
pub(super) struct Values {
    /// The config; `-` is standard input.
    pub(super) config: PathBuf,
    /// The event logs; `-` is standard input.
    #[arg(required = true)]
    pub(super) logs: Vec<PathBuf>,
    /// Read as of this time, after the last event at or before it, instead of at the end.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) at: Option<Timestamp>,
    /// Print only these features, or single outputs of theirs.
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) feature: Vec<String>,
    #[arg(
        long,
        help = values_format_help(),
        value_parser = format_names(Content::Values),
        default_value = default_format(Content::Values)
    )]
    pub(super) format: &'static Format,
    #[command(flatten)]
    pub(super) run: Replay,
}

/// How a log is replayed from start to end.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Replay {
    /// How many threads may work: with two or more, one reads while another counts [default: as
    /// many as the machine has]. The values do not depend on it.
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(super) threads: Option<NonZeroUsize>,
    /// The most memory that keys, states and held events may take, such as 512MiB or 2GiB. A log
    /// in order of time is never held, whatever its size.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) max_memory: Option<u64>,
    /// Print a summary as one line of JSON on stderr: events, rejected lines, seconds, memory.
    #[arg(long)]
    pub(super) stats: bool,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(super) allow_loss: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope plan features.yaml
  counterscope plan features.yaml events.ndjson.gz
      also how many keys there are, and the memory that the states take after the last event
  counterscope plan features.yaml --format json | jq '.states[] | select(.outputs | length > 1)'")]
pub(super) struct Plan {
    /// The config; `-` is standard input.
    pub(super) config: PathBuf,
    /// The event logs; `-` is standard input.
    pub(super) logs: Vec<PathBuf>,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(super) allow_loss: bool,
    /// List every feature and every state, however many there are.
    #[arg(long)]
    pub(super) all: bool,
    /// The format of the output.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(super) format: ReportFormat,
}

/// Parses the name of an output format that can write a content.
fn format_names(content: Content) -> impl TypedValueParser<Value = &'static Format> {
    let value = |format: &'static Format| PossibleValue::new(format.name).help(format.doc);
    PossibleValuesParser::new(content.formats().map(value)).try_map(move |name| {
        let named = content.formats().find(|format| format.name == name);
        named.ok_or("there is no such format")
    })
}

/// The name of the format of a content that is not asked for in another one.
fn default_format(content: Content) -> &'static str {
    content.formats().next().map_or("", |format| format.name)
}

/// The help of `values --format`.
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

fn time(text: &str) -> Result<Timestamp, String> {
    // The lines of what clap says are its own.
    typed_time::moment(text, None).map_err(|said| escape::printable(&said).into_owned())
}

fn positive(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "it must be a whole number, 1 or more".to_owned())
}

fn size(text: &str) -> Result<u64, String> {
    quantity::parse_bytes(text)
        .ok_or_else(|| "write a size such as 512MiB, 2GiB or 1.5G".to_owned())
}

fn speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let seconds = text.trim_end_matches(['x', '×']).parse::<f64>().ok().or_else(|| {
        let span: crate::base::Millis = text.parse().ok()?;
        Some(span.0 as f64 / 1000.0)
    });
    match seconds.filter(|seconds| seconds.is_finite() && *seconds > 0.0) {
        Some(seconds) => Ok(Speed::Times(seconds)),
        None => Err("write a number such as 60, a span such as 6h, or max".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn without_a_command_there_are_files() {
        let parsed =
            Arguments::try_parse_from(["counterscope", "a.yaml", "b", "c", "--speed", "6h"])
                .unwrap();
        assert!(parsed.command.is_none());
        assert_eq!(parsed.workbench.config, Some("a.yaml".into()));
        assert_eq!(parsed.workbench.logs, [PathBuf::from("b"), "c".into()]);
        assert_eq!(parsed.workbench.speed, Some(Speed::Times(21_600.0)));
        assert!(Arguments::try_parse_from(["counterscope"]).unwrap().workbench.config.is_none());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for wrong in [
            &["a", "b", "--speed", "-1"][..],
            &["a", "b", "--speed", "fast"],
            &["a", "b", "--at", "yesterday"],
            &["values", "a", "b", "--at", "yesterday"],
            &["a", "--ephemeral", "--store", "d"],
            &["values", "a"],
            &["dataset", "a", "b"],
            &["dataset", "a", "b", "--on", "click", "--every", "0"],
        ] {
            let words = std::iter::once(&"counterscope").chain(wrong);
            assert!(Arguments::try_parse_from(words).is_err(), "{wrong:?}");
        }
    }
}

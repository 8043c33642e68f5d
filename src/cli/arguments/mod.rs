//! What can be typed. It must not know what is done with it.

mod check;
mod dataset;
mod explain;
mod fields;
mod fmt;
mod init;
mod parsers;
mod plan;
mod replay;
mod suggest;
mod test;
mod values;
mod workbench;

use clap::{CommandFactory as _, Parser, Subcommand};

pub(super) use check::{Check, CheckFormat, LintSetting, ReportFormat};
pub(super) use dataset::Dataset;
pub(super) use explain::{ContributionOrder, Explain};
pub(super) use fields::Fields;
pub(super) use fmt::Fmt;
pub(super) use init::Init;
pub(super) use plan::Plan;
pub(super) use replay::Replay;
pub(super) use suggest::Suggest;
pub(super) use test::{Test, TestFormat};
pub(super) use values::Values;
#[cfg(feature = "workbench")]
pub(super) use workbench::Theme;
pub(super) use workbench::Workbench;

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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::session::protocol::Speed;

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

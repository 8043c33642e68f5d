//! The arguments of `test`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::parsers::positive;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope test features.yaml
      the tests of a config: what failed, with the reason of the value that came, and the coverage
  counterscope test 'configs/**/*.yaml' --format junit > report.xml
      those of many configs, for a build server
  counterscope test features.yaml --name refresh --min-coverage 80
      only those with a word in their name; fails below a coverage of 80 %

Exit codes: 0 all tests pass, 1 a test fails, a config has faults or the coverage is too low, 2 a
usage error, or no tests.")]
pub(in crate::cli) struct Test {
    /// The configs, also patterns such as `configs/*.yaml`; `-` is standard input.
    #[arg(required = true)]
    pub(in crate::cli) configs: Vec<PathBuf>,
    /// Run only the tests with this text in their name.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) name: Option<String>,
    /// The format of the report.
    #[arg(long, value_enum, default_value_t = TestFormat::Text)]
    pub(in crate::cli) format: TestFormat,
    /// Fail if the tests of a config reach a smaller share of its outputs and their boundaries, in
    /// percent.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(in crate::cli) min_coverage: Option<f64>,
    /// How many threads may run tests [default: as many as the machine has].
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(in crate::cli) threads: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TestFormat {
    /// For people.
    Text,
    /// For programs: JSON, never shortened.
    Json,
    /// For build servers: XML as of `JUnit`.
    Junit,
}

fn percent(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim_end_matches('%').trim().parse().ok();
    let in_range = number.filter(|number| (0.0..=100.0).contains(number));
    in_range.ok_or_else(|| "it must be a number from 0 to 100".to_owned())
}

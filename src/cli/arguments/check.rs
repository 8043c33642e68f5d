//! What can be typed for `check`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::diagnostic::codes::Code;
use crate::diagnostic::lints::{Level, LintSettings, Threshold, lint, threshold};

use super::parsers::size;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  counterscope check features.yaml
  counterscope check features.yaml events.ndjson.gz
      also what the log is, and what the config names and it does not have
  generate-features | counterscope check -
      a config from standard input
  counterscope check features.yaml --against deployed.yaml
      also which outputs are renamed, mean something else or are gone
  counterscope check --explain unknown-member
      what the code in brackets means")]
pub(in crate::cli) struct Check {
    /// The config; `-` is standard input.
    #[arg(required_unless_present = "explain")]
    pub(in crate::cli) config: Option<PathBuf>,
    /// The event logs; `-` is standard input.
    pub(in crate::cli) logs: Vec<PathBuf>,
    /// End with exit code 0 even if a part of a log was lost, since it is damaged or cut off.
    #[arg(long)]
    pub(in crate::cli) allow_loss: bool,
    /// The format of the report.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(in crate::cli) format: CheckFormat,
    /// Show every fault, however many there are.
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// End with exit code 1 if there is a warning.
    #[arg(long)]
    pub(in crate::cli) deny_warnings: bool,
    /// Set what becomes of a lint, CODE=allow, CODE=warn or CODE=deny, or a number of it,
    /// CODE.NAME=NUMBER, over what the config says in its section `lints`.
    #[arg(long, value_name = "SETTING", value_parser = setting)]
    pub(in crate::cli) lint: Vec<LintSetting>,
    /// Warn if keys and states take more than this at the end of the log, such as 512MiB or 2GiB.
    #[arg(long, value_name = "SIZE", value_parser = size, requires = "logs")]
    pub(in crate::cli) max_memory: Option<u64>,
    /// Warn of outputs that this older config has, and that are renamed, redefined or gone.
    #[arg(long, value_name = "OLD")]
    pub(in crate::cli) against: Option<PathBuf>,
    /// Print what a code means; without a code, list them all.
    #[arg(long, value_name = "CODE", exclusive = true, num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "the flag may be there without a code")]
    pub(in crate::cli) explain: Option<Option<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum CheckFormat {
    /// For people.
    Text,
    /// For programs: JSON, never shortened.
    Json,
    /// For code hosts: SARIF 2.1.0.
    Sarif,
    /// For GitHub's workflows: annotations of the lines of a change.
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ReportFormat {
    /// For people.
    Text,
    /// For programs: JSON, never shortened.
    Json,
}

/// A setting of a lint.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) enum LintSetting {
    /// What becomes of a code.
    Level(&'static Code, Level),
    /// A number of it.
    Threshold(&'static Threshold, f64),
}

impl LintSetting {
    /// All of them together; later ones win.
    pub(in crate::cli) fn all(settings: &[Self]) -> LintSettings {
        let mut all = LintSettings::default();
        for setting in settings {
            match *setting {
                Self::Level(code, level) => all.set_level(*code, level),
                Self::Threshold(threshold, number) => all.set(threshold, number),
            }
        }
        all
    }
}

/// Parses `CODE=LEVEL` or `CODE.NAME=NUMBER`.
fn setting(text: &str) -> Result<LintSetting, String> {
    let form = "write CODE=allow, CODE=warn, CODE=deny or CODE.NAME=NUMBER";
    let (place, value) = text.split_once('=').ok_or(form)?;
    let Some((code, name)) = place.split_once('.') else {
        let code = lint(place)?;
        let level = Level::named(value).ok_or("a level is `allow`, `warn` or `deny`")?;
        return Ok(LintSetting::Level(code, level));
    };
    let threshold = threshold(lint(code)?, name)?;
    let number = value.parse().ok().filter(|number: &f64| *number >= 0.0);
    let number = number.ok_or_else(|| format!("`{value}` is not a number of at least 0"))?;
    Ok(LintSetting::Threshold(threshold, number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::lints::SMALL_BELOW;

    #[test]
    fn settings_are_parsed_or_refused_with_a_reason() {
        let typed = ["small-divisor=deny", "small-divisor.below=3", "small-divisor=allow"];
        let typed: Vec<_> = typed.iter().map(|text| setting(text).unwrap()).collect();
        let all = LintSetting::all(&typed);
        assert_eq!((all.level("small-divisor"), all.of(&SMALL_BELOW)), (Some(Level::Allow), 3.0));
        for (text, reason) in [
            ("small-divisor", "write CODE=allow"),
            ("small=allow", "there is no lint `small`"),
            ("small-divisor=off", "a level is"),
            ("small-divisor.by=1", "it has `below`, `keys`, `share`"),
            ("small-divisor.below=x", "`x` is not a number"),
            ("small-divisor.below=-1", "`-1` is not a number"),
            ("bad-filter=allow", "is an error"),
        ] {
            let told = setting(text).unwrap_err();
            assert!(told.contains(reason), "{text}: {told}");
        }
    }
}

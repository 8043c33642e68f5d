//! The layout of a config, normalized: white space, the quotes of texts and the breaks of long
//! lines. Values, comments and the order of everything stay.

use pretty_yaml::config::{FormatOptions, LanguageOptions, LayoutOptions, LineBreak, Quotes};

use crate::base::panic_guard::guarded;
use crate::diagnostic::{Faults, Report};

use super::content::Content;
use super::read_tree;

/// The columns up to which lines between brackets are joined, unless the text has longer ones.
const WIDTH: usize = 120;
/// By how much a line may be indented further without being broken.
const SLACK: usize = 20;
/// The comment above an entry that stays as it is.
const SKIP: &str = "fmt: skip";
/// How often a text is formatted until it no longer changes.
const ROUNDS: usize = 4;

/// Why a text is not formatted.
#[derive(Debug, thiserror::Error)]
pub enum Unformatted {
    /// It is not YAML.
    #[error("it is not valid YAML")]
    Faulty(Report),
    /// Its layout cannot be another one without a change of what it says.
    #[error("it is written in a way that cannot be formatted without changing what it says")]
    Layout,
}

/// The text in the normal layout, with the line ends of its first line and without a byte order
/// mark.
///
/// # Errors
/// If it is not YAML, or would not say exactly the same afterwards.
pub fn format(name: &str, text: &str) -> Result<String, Unformatted> {
    let mut faults = Faults::default();
    if read_tree(text, &mut faults).is_none() || faults.errors() > 0 {
        let mut report = Report::new(name, text);
        report.diagnostics = faults.into_vec();
        return Err(Unformatted::Faulty(report));
    }
    let content = Content::read(text);
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        return Ok(String::new());
    }
    let options = options(text);
    let mut formatted = text.trim_start_matches('\u{feff}').to_owned();
    for _ in 0..ROUNDS {
        let once = guarded(|| pretty_yaml::format_text(&formatted, &options));
        let Ok(Ok(once)) = once else { return Err(Unformatted::Layout) };
        if once == formatted {
            let is_same = content.is_some() && Content::read(&formatted) == content;
            return if is_same { Ok(formatted) } else { Err(Unformatted::Layout) };
        }
        formatted = once;
    }
    Err(Unformatted::Layout)
}

/// Whether the first line ends with a carriage return and a line feed.
pub(super) fn has_crlf(text: &str) -> bool {
    text.find('\n').is_some_and(|at| text[..at].ends_with('\r'))
}

fn options(text: &str) -> FormatOptions {
    let longest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    FormatOptions {
        layout: LayoutOptions {
            print_width: WIDTH.max(longest + SLACK),
            indent_width: 2,
            line_break: if has_crlf(text) { LineBreak::Crlf } else { LineBreak::Lf },
        },
        language: LanguageOptions {
            quotes: Quotes::PreferDouble,
            brace_spacing: false,
            bracket_spacing: false,
            trailing_comma: false,
            // In a block the end of a line is part of the text.
            trim_trailing_whitespaces: false,
            ignore_comment_directive: SKIP.to_owned(),
            ..LanguageOptions::default()
        },
    }
}

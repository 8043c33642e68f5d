//! Lines of a text, and as much of one as a message quotes.

/// The most characters shown of a line.
const EXCERPT: usize = 60;

/// The non-blank lines of a text, with any line break. The last one may be truncated.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let end = if text.contains('\n') { '\n' } else { '\r' };
    text.split(end).map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty())
}

/// The begin of a line.
pub(super) fn excerpt(line: &str) -> String {
    let head: String = line.chars().take(EXCERPT).collect();
    let end = if line.chars().nth(EXCERPT).is_some() { "…" } else { "" };
    format!("{head}{end}")
}

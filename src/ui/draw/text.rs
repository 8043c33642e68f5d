//! Text from the outside, made fit for cells: what a terminal would obey or hide is escaped, and
//! what is too wide is cut with an ellipsis.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::CellWidth;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::base::Key;
pub(in crate::ui) use crate::base::escape::printable as clean;
use crate::base::key::GLOBAL;

/// Bytes that are looked at for each cell that is there to fill: enough for any ordinary
/// grapheme, and a bound on the work for a text of megabytes.
const BYTES_PER_CELL: usize = 32;

/// Which part of a text that is too wide is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Cut {
    /// The end: for sentences.
    End,
    /// The middle: for names and keys, which differ at either end.
    Middle,
}

/// A key on one line: its parts with `dot` between them; `(global)` for the global key.
pub(in crate::ui) fn key<'a>(key: &'a Key, dot: &str) -> Cow<'a, str> {
    match key.0.as_slice() {
        [] => Cow::Borrowed(GLOBAL),
        [one] => Cow::Borrowed(one),
        parts => Cow::Owned(parts.join(&format!(" {dot} "))),
    }
}

/// The cells that a clean text takes.
pub(in crate::ui) fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    graphemes(&Span::raw(text)).map(|(_, cells)| cells).sum()
}

/// The text cleaned and, where it is wider than `cells`, cut with `ellipsis`.
pub(in crate::ui) fn fit<'a>(
    text: &'a str,
    cells: usize,
    ellipsis: &str,
    cut: Cut,
) -> Cow<'a, str> {
    let bound = (cells + 1).saturating_mul(BYTES_PER_CELL);
    let whole = text.len() <= bound;
    let head = clean(if whole { text } else { &text[..floor(text, bound)] });
    if whole && width(&head) <= cells {
        return head;
    }
    if cells == 0 {
        return Cow::Borrowed("");
    }
    let tail_cells = if cut == Cut::Middle { (cells - 1) / 2 } else { 0 };
    let mut fitted = start(&head, cells - 1 - tail_cells).to_owned();
    fitted.push_str(ellipsis);
    if tail_cells > 0 {
        let tail = clean(if whole { text } else { &text[ceil(text, text.len() - bound)..] });
        fitted.push_str(end(&tail, tail_cells));
    }
    Cow::Owned(fitted)
}

/// The first place in a text where `part` stands, ignoring case; none for an empty part.
pub(in crate::ui) fn find(text: &str, part: &str) -> Option<Range<usize>> {
    if part.is_empty() {
        return None;
    }
    text.char_indices().find_map(|(start, _)| {
        let mut rest = text[start..].chars();
        let mut end = start;
        for wanted in part.chars() {
            let c = rest.next()?;
            if c != wanted && !c.to_lowercase().eq(wanted.to_lowercase()) {
                return None;
            }
            end += c.len_utf8();
        }
        Some(start..end)
    })
}

/// A sentence cleaned and broken at spaces into lines of at most `cells`; a longer word is cut.
pub(in crate::ui) fn wrap(text: &str, cells: usize, ellipsis: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut room = 0;
    for word in text.split_whitespace() {
        let word = fit(word, cells, ellipsis, Cut::End);
        let needed = width(&word);
        match lines.last_mut() {
            Some(line) if needed < room => {
                line.push(' ');
                line.push_str(&word);
                room -= needed + 1;
            }
            _ => {
                room = cells - needed;
                lines.push(word.into_owned());
            }
        }
    }
    lines
}

/// The longest start of a clean text that takes at most so many cells.
fn start(text: &str, cells: usize) -> &str {
    let span = Span::raw(text);
    let (mut taken, mut bytes) = (0, 0);
    for (symbol, width) in graphemes(&span) {
        taken += width;
        if taken > cells {
            break;
        }
        bytes += symbol.len();
    }
    &text[..floor(text, bytes)]
}

/// The longest end of a clean text that takes at most so many cells.
fn end(text: &str, cells: usize) -> &str {
    let span = Span::raw(text);
    let all: Vec<(&str, usize)> = graphemes(&span).collect();
    let (mut taken, mut bytes) = (0, 0);
    for (symbol, width) in all.iter().rev() {
        taken += width;
        if taken > cells {
            break;
        }
        bytes += symbol.len();
    }
    &text[ceil(text, text.len() - bytes)..]
}

/// The graphemes of a clean text, each with its cells. ratatui's own segmentation, so that what
/// is measured here is what the buffer will hold.
fn graphemes<'a>(span: &'a Span<'a>) -> impl Iterator<Item = (&'a str, usize)> {
    span.styled_graphemes(Style::new()).map(|grapheme| {
        let cells = usize::from(grapheme.symbol.cell_width());
        (grapheme.symbol, cells)
    })
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_cut_where_it_was_asked() {
        assert_eq!(fit("user:1234567", 12, "…", Cut::Middle), "user:1234567");
        assert_eq!(fit("user:1234567", 8, "…", Cut::Middle), "user…567");
        assert_eq!(fit("a long sentence", 8, "…", Cut::End), "a long …");
        assert_eq!(fit("abc", 1, "…", Cut::Middle), "…");
        assert_eq!(fit("abc", 0, "…", Cut::End), "");
    }

    #[test]
    fn parts_are_found_in_any_case() {
        assert_eq!(find("Straße 7", "STRASSE"), None);
        assert_eq!(find("user:42", "R:4"), Some(3..6));
        assert_eq!(find("КЛЮЧ", "люч"), Some(2..8));
        assert_eq!(find("abc", ""), None);
        assert_eq!(find("ab", "abc"), None);
    }

    #[test]
    fn sentences_break_at_spaces() {
        assert_eq!(wrap("write 30s, 5m or 1h", 9, "…"), ["write", "30s, 5m", "or 1h"]);
        assert_eq!(wrap("unbreakable", 5, "…"), ["unbr…"]);
        assert_eq!(wrap("a b", 0, "…"), ["", ""]);
    }

    #[test]
    fn wide_graphemes_are_never_halved() {
        for cells in 0..12 {
            for text in ["鍵鍵鍵鍵鍵", "👩🏽👩🏽👩🏽🇯🇵🇯🇵🇯🇵", "e\u{301}e\u{301}e\u{301}"]
            {
                let cut = fit(text, cells, "…", Cut::Middle);
                assert!(width(&cut) <= cells, "{cut} in {cells}");
            }
        }
        assert_eq!(fit("鍵鍵鍵鍵鍵", 7, "…", Cut::Middle), "鍵…鍵");
    }

    #[test]
    fn a_text_of_megabytes_keeps_both_ends() {
        let huge = format!("head{}tail", "ключ".repeat(1_000_000));
        assert_eq!(fit(&huge, 10, "…", Cut::Middle), "headк…tail");
    }
}

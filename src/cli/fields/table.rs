//! The fields of a type as lines of a table.

use unicode_width::UnicodeWidthStr as _;

use crate::base::escape::printable;
use crate::base::quantity::{grouped, value};
use crate::profile::{Field, Kind, Numbers, Scalar, Type};

/// The width of all.
pub(super) const WIDTH: usize = 100;
/// The width up to which paths are aligned. One is copied into a config, and so is never cut.
const PATH: usize = 32;
/// The most values that are shown of a field, and the widest one.
const TOP: usize = 5;
const VALUE: usize = 24;
/// The part of a field's values that its most frequent one must be, to be shown.
const LEAST: u64 = 100;
/// The part of its type's span that a field must be missing at an end of it for that to be told.
const LACKS: i64 = 20;

/// The members whose values need no telling, since they are the time and the type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own<'d> {
    pub(super) time: Option<&'d str>,
    pub(super) kind: Option<&'d str>,
}

/// The lines of the first fields, `most` at most.
pub(super) fn lines(of: &Type, own: Own<'_>, most: usize) -> Vec<String> {
    let rows: Vec<[String; 5]> = of.fields.iter().take(most).map(|it| row(it, of, own)).collect();
    let mut widths = [0; 4];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let widest = rows.iter().map(|row| row[0].width()).filter(|width| *width <= PATH).max();
    widths[0] = widest.unwrap_or(PATH);
    let lines = rows.iter().map(|[path, share, kinds, distinct, values]| {
        let [paths, shares, all_kinds, distincts] = widths;
        let head = format!(
            "  {}  {}  {}  {}",
            padded(path, paths),
            right(share, shares),
            padded(kinds, all_kinds),
            right(distinct, distincts),
        );
        let room = WIDTH.saturating_sub(head.width() + 2);
        let values = if room > 1 { cut(values, room) } else { String::new() };
        format!("{head}  {values}").trim_end().to_owned()
    });
    lines.collect()
}

fn row(field: &Field, of: &Type, own: Own<'_>) -> [String; 5] {
    let about = if field.is_exact { "" } else { "~" };
    let distinct = match field.distinct {
        0 => String::new(),
        some => format!("{about}{}", grouped(some)),
    };
    [
        printable(&field.path).into_owned(),
        percent(field.events, of.events),
        kinds(field),
        distinct,
        match &field.example {
            Some(example) if own.time == Some(&field.path) => {
                format!("the time, such as {}", printable(example))
            }
            _ if own.kind == Some(&field.path) => "the type".to_owned(),
            _ => values(field, of),
        },
    ]
}

/// The kinds, the most frequent first; with shares if there are several.
fn kinds(field: &Field) -> String {
    let short = |kind: Kind| if kind == Kind::Whole { "whole" } else { kind.name() };
    let mut kinds = field.kinds.clone();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all: u64 = kinds.iter().map(|(_, count)| count).sum();
    let of = |(kind, count): &(Kind, u64)| format!("{} {}", short(*kind), percent(*count, all));
    match kinds.as_slice() {
        [] => String::new(),
        [(kind, _)] => short(*kind).to_owned(),
        [first, second] => format!("{}, {}", of(first), of(second)),
        [first, rest @ ..] => format!("{}, {} others", of(first), rest.len()),
    }
}

/// What is telling of the values: their span in time if it is not that of the type, quantiles of
/// numbers, the most frequent ones, or an example.
fn values(field: &Field, of: &Type) -> String {
    let mut parts = Vec::new();
    parts.extend(seen(field, of));
    let few = field.distinct <= TOP as u64;
    let scalars: u64 = field.kinds.iter().filter(|it| it.0.is_scalar()).map(|it| it.1).sum();
    // A value that hardly any event has says nothing of the others.
    let worth = (scalars / LEAST).max(2 + field.off);
    if let Some(Numbers { least, at: [p5, p50, p95], most, .. }) = field.numbers
        && !few
    {
        let is_whole = field.kinds.iter().all(|(kind, _)| *kind != Kind::Number);
        let estimate = |number: f64| value(if is_whole { number.round() } else { number });
        let [p5, p50, p95] = [p5, p50, p95].map(estimate);
        let (least, most) = (value(least), value(most));
        parts.push(format!("{least} … {p5} … {p50} … {p95} … {most}"));
    } else if field.top.first().is_some_and(|(_, count)| few || *count >= worth) {
        let about = if field.off == 0 { "" } else { "~" };
        let top =
            field.top.iter().take(TOP).map(|(value, count)| {
                format!("{} {about}{}", scalar(value), percent(*count, scalars))
            });
        parts.push(top.collect::<Vec<_>>().join(", "));
    } else if let Some(example) = &field.example {
        parts.push(format!("such as {}", printable(example)));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// Since when or until when the field is there, if that is not as long as its type.
fn seen(field: &Field, of: &Type) -> Option<String> {
    let ((first, last), (begin, end)) = (field.seen?, of.span?);
    let least = end.since(begin).0 / LACKS;
    let is_late = first.since(begin).0 > least;
    let is_early = end.since(last).0 > least;
    match (is_late, is_early) {
        _ if field.events < 10 => None,
        (true, true) => Some(format!("from {first} to {last}")),
        (true, false) => Some(format!("since {first}")),
        (false, true) => Some(format!("until {last}")),
        (false, false) => None,
    }
}

/// A value for people; texts that could be something else are in quotes.
pub(super) fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Text(text) => {
            let is_word = !text.is_empty()
                && text.parse::<f64>().is_err()
                && !matches!(&**text, "true" | "false" | "null")
                && !text.contains([',', ' ', '"']);
            let text = cut(&printable(text), VALUE);
            if is_word { text } else { format!("\"{text}\"") }
        }
        Scalar::Integer(whole) => whole.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Bool(flag) => flag.to_string(),
    }
}

/// A share in at most five characters: `100%`, `98.2%`, `<0.1%`.
pub(super) fn percent(part: u64, all: u64) -> String {
    if part == all {
        return if all == 0 { "0%".to_owned() } else { "100%".to_owned() };
    }
    let percent = part as f64 / all.max(1) as f64 * 100.0;
    match percent {
        _ if part == 0 => "0%".to_owned(),
        ..0.1 => "<0.1%".to_owned(),
        99.9.. => "99.9%".to_owned(),
        _ => format!("{percent:.1}%"),
    }
}

/// A text cut to a width.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        let next = format!("{kept}{c}");
        if next.width() + 1 > width {
            break;
        }
        kept = next;
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_never_rounded_to_all_or_nothing() {
        for (part, all, want) in [
            (0, 0, "0%"),
            (0, 9, "0%"),
            (9, 9, "100%"),
            (1, 3, "33.3%"),
            (1, 100_000, "<0.1%"),
            (99_999, 100_000, "99.9%"),
        ] {
            assert_eq!(percent(part, all), want);
        }
    }

    #[test]
    fn a_text_that_is_no_word_is_in_quotes() {
        for (text, want) in
            [("a", "a"), ("36", "\"36\""), ("", "\"\""), ("a, b", "\"a, b\""), ("true", "\"true\"")]
        {
            assert_eq!(scalar(&Scalar::Text(text.into())), want);
        }
    }

    #[test]
    fn a_cut_text_fits() {
        assert_eq!(cut("日本語", 6), "日本語");
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(cut("a bcd", 3), "a…");
    }
}

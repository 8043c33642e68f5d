//! The fields of a type as lines of a table.

use unicode_width::UnicodeWidthStr as _;

use crate::base::escape::printable;
use crate::base::quantity::grouped;
use crate::base::text_width::cut;
use crate::profile::words::{kinds, percent, values};
use crate::profile::{Field, Type};

/// The width of all.
pub(super) const WIDTH: usize = 100;
/// The width up to which paths are aligned. One is copied into a config, and so is never cut.
const PATH: usize = 32;

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

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

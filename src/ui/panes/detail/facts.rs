//! The facts about a value that are said in a line each. It must not know charts.

use crate::base::{Millis, quantity};
use crate::session::snapshot::{Detail, Reading, Served};

use super::super::number;
use super::super::pen::Pen;
use super::super::text;

/// The cells of a fact's label.
const LABEL: u16 = 9;
/// The lines that a fact takes at most.
const MOST_LINES: u16 = 3;

/// A line of text about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// The output and its live value.
    Value,
    /// Why there is no value.
    Why,
    /// The key, attribute by attribute.
    Key,
    /// What the config's author says about it.
    Description,
    /// What it counts, and where that is declared.
    Definition,
    /// What a store that follows `refresh` would answer.
    Served,
    /// When the key was last written.
    Written,
    /// How long the key still lives.
    Ttl,
    /// The features that share its states.
    Shared,
}

impl Fact {
    /// All facts as they lie on the screen.
    pub(super) const ALL: [Self; 9] = [
        Self::Value,
        Self::Why,
        Self::Key,
        Self::Served,
        Self::Definition,
        Self::Description,
        Self::Written,
        Self::Ttl,
        Self::Shared,
    ];

    /// How early it is given room; charts have ranks from 3 on.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Value => 0,
            Self::Why | Self::Served => 1,
            Self::Definition => 5,
            // The pane's title says the key already, if without its attributes.
            Self::Key | Self::Written | Self::Ttl => 6,
            Self::Description => 8,
            Self::Shared => 9,
        }
    }
}

/// A reading in words.
pub(super) fn reading(reading: Reading) -> String {
    match reading {
        Reading::Value(number) => quantity::value(number),
        Reading::NoData => "no value".to_owned(),
        Reading::Expired => "expired".to_owned(),
        Reading::NeverSeen => "never seen".to_owned(),
    }
}

/// The lines that a fact takes in this width; 0 where there is nothing to say.
pub(super) fn lines(fact: Fact, detail: &Detail, width: u16) -> u16 {
    match fact {
        Fact::Value | Fact::Key => 1,
        _ => said(fact, detail).map_or(0, |(_, words)| {
            // Any ellipsis is one cell wide, so the lines do not depend on which.
            let lines = text::wrap(&words, usize::from(width.saturating_sub(LABEL)), "~").len();
            (lines as u16).clamp(1, MOST_LINES)
        }),
    }
}

/// What is said of a fact that is words: its label and they; `None` where there is nothing.
fn said(fact: Fact, detail: &Detail) -> Option<(&'static str, String)> {
    Some(match fact {
        Fact::Value | Fact::Key => return None,
        Fact::Why => ("why", why(detail.live)?.to_owned()),
        Fact::Served => ("served", served(&detail.served)),
        Fact::Definition => ("defined", format!("in line {}: {}", detail.line, detail.definition)),
        Fact::Description => ("about", detail.column.description.clone()?),
        Fact::Written => ("written", written(detail)),
        Fact::Ttl => ("ttl", ttl(detail)),
        Fact::Shared => {
            let mut names: Vec<&str> =
                detail.parts.iter().flat_map(|p| &p.shared_with).map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                return None;
            }
            ("shared", format!("with {}", names.join(", ")))
        }
    })
}

/// Draws a fact on as many rows as the pen has.
pub(super) fn draw(fact: Fact, detail: &Detail, pen: &mut Pen<'_>) {
    match fact {
        Fact::Value => draw_value(detail, pen),
        Fact::Key => draw_key(detail, pen),
        _ => {
            if let Some((label, words)) = said(fact, detail) {
                draw_said(label, &words, pen);
            }
        }
    }
}

fn draw_said(label: &str, words: &str, pen: &mut Pen<'_>) {
    let (theme, width, height) = (pen.theme(), pen.width(), pen.height());
    let room = width.saturating_sub(LABEL);
    pen.text(0, 0, LABEL - 1, label, theme.faint);
    let lines = text::wrap(words, usize::from(room), pen.glyphs().ellipsis);
    let last = height.saturating_sub(1);
    for (line, y) in lines.iter().zip(0..last) {
        pen.text(LABEL, y, room, line, theme.text);
    }
    // The last row takes all that is left, so that its ellipsis tells of it.
    let rest = lines.get(usize::from(last)..).unwrap_or_default().join(" ");
    pen.text(LABEL, last, room, &rest, theme.text);
}

fn draw_value(detail: &Detail, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    let value = reading(detail.live);
    let value_cells = value.len() as u16 + 3;
    let name_cells = width.saturating_sub(value_cells).max(4);
    let mut x = pen.name(0, 0, name_cells, &detail.column.output, theme.title);
    x += pen.text(x, 0, width.saturating_sub(x), " = ", theme.faint);
    let style = if detail.live.number().is_some() { theme.accent } else { theme.warning };
    x += pen.text(x, 0, width.saturating_sub(x), &value, style);
    let kind = detail.column.kind;
    let at = width.saturating_sub(kind.len() as u16);
    if at > x + 1 {
        pen.text(at, 0, width, kind, theme.faint);
    }
}

fn draw_key(detail: &Detail, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    if detail.key.0.is_empty() {
        draw_said("key", "all events, in one", pen);
        return;
    }
    if let ([attribute], [value]) = (detail.attributes.as_slice(), detail.key.0.as_slice()) {
        let cells = (text::width(&text::clean(attribute)) as u16).clamp(LABEL - 1, LABEL + 7);
        pen.name(0, 0, cells, attribute, theme.faint);
        pen.name(cells + 1, 0, width.saturating_sub(cells + 1), value, theme.name);
        return;
    }
    let dot = format!(" {} ", pen.glyphs().dot);
    let mut x = 0;
    for (i, (attribute, value)) in detail.attributes.iter().zip(&detail.key.0).enumerate() {
        let pieces = [
            (if i > 0 { dot.as_str() } else { "" }, theme.faint),
            (attribute.as_str(), theme.faint),
            (" ", theme.faint),
            (value.as_str(), theme.name),
        ];
        x += pen.pieces(x, 0, width.saturating_sub(x), &pieces);
    }
}

const fn why(live: Reading) -> Option<&'static str> {
    match live {
        Reading::Value(_) => None,
        Reading::NoData => Some("written, but nothing to divide by or to average"),
        Reading::Expired => Some("its last write is older than its time to live"),
        Reading::NeverSeen => Some("no event of this feature has had this key"),
    }
}

fn served(served: &Served) -> String {
    let Some(age) = served.age else {
        return if served.refresh.is_positive() {
            "nothing yet; the next write sets it".to_owned()
        } else {
            "is live".to_owned()
        };
    };
    let due = match Millis(served.refresh.0.saturating_sub(age.0)) {
        left if left.is_positive() => format!("stays at least {} more", number::span(left)),
        _ => "the next write refreshes it".to_owned(),
    };
    format!("{}, {} old; {due}", reading(served.reading), number::span(age))
}

fn written(detail: &Detail) -> String {
    let Some(write) = detail.last_write else { return "never".to_owned() };
    let moment = write.format("%Y-%m-%d %H:%M:%S");
    // What is left of the time to live counts down from the write, as the clock moves on.
    let age = detail.ttl_left.map(|left| Millis(detail.ttl.0.saturating_sub(left.0)));
    match age {
        Some(age) if age.is_positive() => format!("{} ago, at {moment}", number::span(age)),
        Some(_) => format!("now, at {moment}"),
        None => moment,
    }
}

fn ttl(detail: &Detail) -> String {
    let ttl = detail.ttl;
    match detail.ttl_left {
        None => format!("{ttl} from the last write"),
        Some(left) if left.is_positive() => format!("{ttl}, {} left", number::span(left)),
        Some(left) => {
            format!("{ttl}, passed {} ago", number::span(Millis(left.0.saturating_neg())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served_at(age: Option<i64>, refresh: i64) -> String {
        served(&Served {
            reading: Reading::Value(12.0),
            age: age.map(Millis),
            refresh: Millis(refresh),
        })
    }

    #[test]
    fn served_says_how_old_it_is_and_what_is_next() {
        assert_eq!(served_at(None, 0), "is live");
        assert_eq!(
            served_at(Some(43 * 60_000), 60_000),
            "12, 43m old; the next write refreshes it"
        );
        assert_eq!(served_at(Some(60_000), 3_600_000), "12, 1m old; stays at least 59m more");
    }
}

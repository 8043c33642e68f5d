//! The facts about a value, a line or a few each.

use crate::base::key::GLOBAL;
use crate::base::{Millis, Timestamp, quantity};
use crate::session::snapshot::{Approximation, Detail, ErrorKind, Exactness, Reading, Served};

use super::super::number;
use crate::ui::draw::glyphs::Glyphs;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

/// The widest label that is not cut, and the widest in a narrow pane.
const WIDEST_LABEL: u16 = 20;
const NARROW_LABEL: u16 = 10;
/// The lines that a fact takes at most, and that a list does.
const MOST_LINES: u16 = 3;
const LIST_LINES: u16 = 8;

/// A line of text about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    /// The output and its live value.
    Value,
    /// The texts of a list that has no room beside its output.
    List,
    /// Why there is no value.
    Why,
    /// How exact a value is of an aggregate that may estimate.
    Exactness,
    /// The key, attribute by attribute.
    Key,
    /// What the config's author says about it.
    Description,
    /// What it counts, and where that is declared.
    Definition,
    /// How many events of the whole log it counts, and why not the others.
    Counted,
    /// What a store that follows `refresh` would answer.
    Served,
    /// The key's last event.
    LastEvent,
    /// When the value last became another one, if that was not by the last event.
    LastChange,
    /// How long the key still lives.
    Ttl,
    /// The features that share its states.
    Shared,
}

impl Fact {
    /// All facts as they lie on the screen.
    pub(super) const ALL: [Self; 13] = [
        Self::Value,
        Self::List,
        Self::Why,
        Self::Exactness,
        Self::Key,
        Self::Served,
        Self::Definition,
        Self::Counted,
        Self::Description,
        Self::LastEvent,
        Self::LastChange,
        Self::Ttl,
        Self::Shared,
    ];

    /// How early it is given room; charts have ranks from 3 on.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Value => 0,
            Self::List | Self::Why | Self::Exactness | Self::Served => 1,
            Self::Definition => 5,
            // The pane's title says the key already, if without its attributes.
            Self::Key | Self::LastEvent | Self::Ttl => 6,
            Self::Counted | Self::LastChange => 7,
            Self::Description => 8,
            Self::Shared => 9,
        }
    }
}

/// The facts about a detail in words, each made once, for a column of some width.
pub(super) struct Words {
    said: Vec<(Fact, &'static str, String)>,
    /// The cells of the labels and of the blank behind them: as wide as the widest of them, so
    /// that the words begin in one column.
    label_cells: u16,
    width: u16,
}

impl Words {
    /// The words for a column of this width.
    pub(super) fn new(detail: &Detail, width: u16, glyphs: &Glyphs) -> Self {
        let said = Fact::ALL.into_iter().filter_map(|fact| {
            let (label, words) = said(fact, detail)?;
            // The others are the log's own words, or have the signs of the screen.
            let has_signs = matches!(fact, Fact::Definition | Fact::Counted);
            let words = if has_signs { glyphs.words(&words).into_owned() } else { words };
            Some((fact, label, words))
        });
        let beside = usize::from(width).saturating_sub(name_cells(detail) + IS.len());
        let has_room = |words: &str| text::width(&text::clean(words)) <= beside;
        let said: Vec<_> =
            said.filter(|(fact, _, words)| *fact != Fact::List || !has_room(words)).collect();
        let labels = said.iter().map(|(_, label, _)| text::width(label));
        let attributes = detail.attributes.iter().map(|name| text::width(&text::clean(name)));
        let widest = labels.chain(attributes).max().unwrap_or(0) as u16;
        let label_cells = widest.min((width / 3).clamp(NARROW_LABEL, WIDEST_LABEL)) + 1;
        Self { said, label_cells, width }
    }

    /// The lines that a fact takes; 0 where there is nothing to say.
    pub(super) fn lines(&self, fact: Fact, detail: &Detail) -> u16 {
        match fact {
            Fact::Value => 1,
            Fact::Key => (detail.attributes.len() as u16).clamp(1, MOST_LINES),
            _ => self.of(fact).map_or(0, |(_, words)| {
                let room = self.width.saturating_sub(self.label_cells);
                // Any ellipsis is one cell wide, so the lines do not depend on which.
                let lines = text::wrap(words, usize::from(room), "~").len();
                let most = if fact == Fact::List { LIST_LINES } else { MOST_LINES };
                (lines as u16).clamp(1, most)
            }),
        }
    }

    /// Draws a fact on as many rows as the pen has.
    pub(super) fn draw(&self, fact: Fact, detail: &Detail, pen: &mut Pen<'_>) {
        match fact {
            Fact::Value => draw_value(detail, pen),
            Fact::Key => draw_key(detail, self.label_cells, pen),
            _ => {
                if let Some((label, words)) = self.of(fact) {
                    draw_said(label, words, self.label_cells, pen);
                }
            }
        }
    }

    /// The label and the words of a fact.
    fn of(&self, fact: Fact) -> Option<(&'static str, &str)> {
        let found = self.said.iter().find(|(said, ..)| *said == fact);
        found.map(|(_, label, words)| (*label, words.as_str()))
    }
}

/// The label and the words of a fact; `None` where there is nothing to say.
fn said(fact: Fact, detail: &Detail) -> Option<(&'static str, String)> {
    Some(match fact {
        Fact::Value | Fact::Key => return None,
        Fact::List => match &detail.live {
            Reading::List(list) => ("list", number::list(list)),
            _ => return None,
        },
        Fact::Why => ("why", why(detail)?),
        Fact::Exactness => ("about", exactness(detail.exactness?)),
        Fact::Served => ("served", served(&detail.served)?),
        Fact::Definition => ("defined", format!("line {}: {}", detail.line, detail.definition)),
        Fact::Counted => ("events", detail.counted.clone()?),
        Fact::Description => ("note", detail.column.description.clone()?),
        Fact::LastEvent => ("last event", last_event(detail)),
        Fact::LastChange => ("changed", last_change(detail)?),
        Fact::Ttl => ("expires", expires(detail)),
        Fact::Shared => {
            let mut names: Vec<&str> =
                detail.parts.iter().flat_map(|p| &p.shared_with).map(String::as_str).collect();
            names.sort_unstable();
            names.dedup();
            if names.is_empty() {
                return None;
            }
            ("state", format!("shared with {}", names.join(", ")))
        }
    })
}

fn draw_said(label: &str, words: &str, cells: u16, pen: &mut Pen<'_>) {
    let (theme, width, height) = (pen.theme(), pen.width(), pen.height());
    let room = width.saturating_sub(cells);
    pen.text(0, 0, cells - 1, label, theme.faint);
    let lines = text::wrap(words, usize::from(room), pen.glyphs().ellipsis);
    let last = height.saturating_sub(1);
    for (line, y) in lines.iter().zip(0..last) {
        pen.text(cells, y, room, line, theme.text);
    }
    // The last row takes all that is left, so that its ellipsis tells of it.
    let rest = lines.get(usize::from(last)..).unwrap_or_default().join(" ");
    pen.text(cells, last, room, &rest, theme.text);
}

/// What stands between an output and its value.
const IS: &str = " = ";

/// The cells of an output's name.
fn name_cells(detail: &Detail) -> usize {
    text::width(&text::clean(&detail.column.output))
}

fn draw_value(detail: &Detail, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    let value = number::reading(&detail.live);
    // A list, which may have lines of its own, leaves a third to the name.
    let least = if matches!(detail.live, Reading::List(_)) { (width / 3).max(4) } else { 4 };
    let value_cells = text::width(&text::clean(&value)) + IS.len();
    let name_cells = usize::from(width).saturating_sub(value_cells) as u16;
    let mut x = pen.name(0, 0, name_cells.max(least), &detail.column.output, theme.title);
    x += pen.text(x, 0, width.saturating_sub(x), IS, theme.faint);
    let style = if detail.live.is_value() { theme.accent } else { theme.warning };
    x += pen.text(x, 0, width.saturating_sub(x), &value, style);
    let kind = detail.column.kind;
    let at = width.saturating_sub(kind.len() as u16);
    if at > x + 1 {
        pen.text(at, 0, width, kind, theme.faint);
    }
}

fn draw_key(detail: &Detail, cells: u16, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    if detail.key.0.is_empty() {
        draw_said("key", GLOBAL, cells, pen);
        return;
    }
    if usize::from(pen.height()) >= detail.attributes.len() {
        for ((attribute, value), y) in detail.attributes.iter().zip(&detail.key.0).zip(0..) {
            pen.name(0, y, cells - 1, attribute, theme.faint);
            pen.name(cells, y, width.saturating_sub(cells), value, theme.name);
        }
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

/// How far off a value may be.
fn exactness(Exactness { approximation, is_exact }: Exactness) -> String {
    let Approximation { exact_to, error, kind } = approximation;
    let percent = 100.0 * error;
    match kind {
        _ if is_exact => {
            format!("exact; beyond {} values an estimate", quantity::grouped(exact_to as u64))
        }
        ErrorKind::Standard => format!("an estimate with a standard error of {percent:.1} %"),
        ErrorKind::Largest => format!("an estimate, at most {percent:.1} % off"),
        ErrorKind::OfAll => {
            format!("an estimate; a count may lack {percent:.1} % of all values")
        }
    }
}

/// Why there is no value; `None` where there is one.
fn why(detail: &Detail) -> Option<String> {
    Some(match &detail.live {
        Reading::Value(_) | Reading::List(_) => return None,
        Reading::NoData if matches!(detail.column.kind, "rate" | "ratio") => {
            "divided by zero events".to_owned()
        }
        Reading::NoData => "no event with a number in the window".to_owned(),
        Reading::Expired => format!("no event of this key for its ttl of {}", detail.ttl),
        Reading::NeverSeen => "no event of this feature has had this key".to_owned(),
    })
}

/// What a store that follows `refresh` would answer; `None` where that is the live value.
fn served(served: &Served) -> Option<String> {
    let Some(age) = served.age else {
        let waits = served.refresh.is_positive();
        return waits.then(|| "nothing yet; the next event of this key sets it".to_owned());
    };
    let due = match Millis(served.refresh.0.saturating_sub(age.0)) {
        left if left.is_positive() => format!("renews in {} at the earliest", left.brief()),
        _ => "next event of this key renews it".to_owned(),
    };
    let computed = match age {
        age if age.is_positive() => format!("computed {} ago", age.brief()),
        _ => "computed now".to_owned(),
    };
    Some(format!("{}, {computed}; {due}", number::reading(&served.reading)))
}

fn last_event(detail: &Detail) -> String {
    let Some(event) = detail.last_write else { return "none yet".to_owned() };
    match age(detail) {
        Some(age) => ago(event, event.plus(age)),
        None => event.format(pattern(event, event)),
    }
}

/// `None` where the last event made the value what it is, or nothing is known of its changes.
fn last_change(detail: &Detail) -> Option<String> {
    let (changed, event) = (detail.history.changed?, detail.last_write?);
    let now = event.plus(age(detail)?);
    (changed != event && changed <= now).then(|| ago(changed, now))
}

/// How long ago the last event was: what is left of the time to live counts down from it.
fn age(detail: &Detail) -> Option<Millis> {
    detail.ttl_left.map(|left| Millis(detail.ttl.0.saturating_sub(left.0)))
}

/// A moment, as seen from another one.
fn ago(moment: Timestamp, now: Timestamp) -> String {
    let at = moment.format(pattern(moment, now));
    let age = now.since(moment);
    if age.is_positive() { format!("{} ago ({at})", age.brief()) } else { format!("now ({at})") }
}

/// How much of a moment has to be said beside the clock.
fn pattern(moment: Timestamp, clock: Timestamp) -> &'static str {
    if moment.is_on_day_of(clock) {
        "%H:%M:%S"
    } else if moment.format("%Y") == clock.format("%Y") {
        "%m-%d %H:%M:%S"
    } else {
        "%Y-%m-%d %H:%M:%S"
    }
}

fn expires(detail: &Detail) -> String {
    let ttl = detail.ttl;
    match detail.ttl_left {
        None => format!("{ttl} after the last event"),
        Some(left) if left.is_positive() => format!("in {} (ttl {ttl})", left.brief()),
        Some(left) => {
            let passed = Millis(left.0.saturating_neg());
            format!("{} ago (ttl {ttl})", passed.brief())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served_at(age: Option<i64>, refresh: i64) -> Option<String> {
        served(&Served {
            reading: Reading::Value(12.0),
            age: age.map(Millis),
            refresh: Millis(refresh),
        })
    }

    #[test]
    fn served_says_when_it_was_computed_and_what_is_next() {
        assert_eq!(served_at(None, 0), None, "the live value is shown already");
        assert_eq!(
            served_at(Some(43 * 60_000), 60_000).unwrap(),
            "12, computed 43m ago; next event of this key renews it"
        );
        assert_eq!(
            served_at(Some(60_000), 3_600_000).unwrap(),
            "12, computed 1m ago; renews in 59m at the earliest"
        );
    }

    #[test]
    fn moments_are_told_as_far_as_they_differ_from_the_clock() {
        let at = |text| Timestamp::parse(text, None).unwrap();
        let clock = at("2026-03-02T06:06:20Z");
        let told = |text| at(text).format(pattern(at(text), clock));
        assert_eq!(told("2026-03-02T05:31:57Z"), "05:31:57");
        assert_eq!(told("2026-03-01T05:31:57Z"), "03-01 05:31:57");
        assert_eq!(told("2025-12-31T05:31:57Z"), "2025-12-31 05:31:57");
    }
}

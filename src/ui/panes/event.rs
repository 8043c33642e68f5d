//! An event as a whole: all members of its line, all of its effects, and the features that do not
//! count it, each with the reason.

use ratatui::style::Style;

use crate::base::{Timestamp, quantity};
use crate::session::snapshot::{Effect, Members, OpenEvent};
use crate::ui::draw::glyphs::Glyphs;
use crate::ui::draw::paint::Paint;
use crate::ui::draw::pen::Pen;
use crate::ui::draw::text;

use super::value_change::Words;

/// The most cells of a name in front of what is said of it, and the gap behind it.
const NAME: usize = 32;
const GAP: usize = 2;

/// A line of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Line(Content);

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Blank,
    Heading(String, String),
    /// A name, and a part of what is said of it; the name is empty where it goes on.
    Named(String, String),
    Effect(Box<Effect>),
    Words(String),
}

/// All lines of an event, for a pane of this width; the first one is its title, if the pane has none.
#[must_use]
pub fn lines(event: &OpenEvent, title: Option<String>, width: usize, glyphs: &Glyphs) -> Vec<Line> {
    let mut lines: Vec<Content> = title.map(Content::Words).into_iter().collect();
    let count = match &event.members {
        Members::Read(members) => quantity::grouped(members.len() as u64),
        Members::Reading | Members::Unreadable(_) => String::new(),
    };
    lines.push(Content::Heading("Members".to_owned(), count));
    match &event.members {
        Members::Reading => lines.push(Content::Words("reading its line in the log".to_owned())),
        Members::Unreadable(why) => say(&mut lines, why, width, glyphs),
        Members::Read(members) => {
            let pairs = members.iter().map(|(path, value)| (path.as_str(), value.as_str()));
            named(&mut lines, pairs, width, glyphs);
        }
    }
    lines.push(Content::Blank);
    let (row, effects) = (&event.row, event.row.effects.len());
    let count = if event.knows_effects { quantity::grouped(effects as u64) } else { String::new() };
    lines.push(Content::Heading("Effects".to_owned(), count));
    if row.released > 0 {
        let made = quantity::counted(row.released, "impression");
        let words = format!("it closed rankings that made {made}, which count as well");
        say(&mut lines, &words, width, glyphs);
    }
    match (event.knows_effects, row.applied) {
        (true, _) if effects == 0 => say(&mut lines, "it changed no value", width, glyphs),
        (true, _) => {
            lines.extend(row.effects.iter().cloned().map(Box::new).map(Content::Effect));
        }
        (false, true) => {
            say(&mut lines, "known near the cursor: enter goes to the event", width, glyphs);
        }
        (false, false) => say(&mut lines, "it is still to come: enter goes there", width, glyphs),
    }
    lines.push(Content::Blank);
    let counting = event.verdicts.iter().filter(|verdict| verdict.counts).count();
    let of = quantity::counted(event.verdicts.len(), "feature");
    let count = format!("{} of {of}", event.verdicts.len() - counting);
    lines.push(Content::Heading("Not counted by".to_owned(), count));
    let reasons: Vec<(&str, String)> = event
        .verdicts
        .iter()
        .filter(|verdict| !verdict.counts)
        .flat_map(|verdict| {
            let reasons = verdict.reasons.iter().enumerate();
            reasons.map(|(place, (role, why))| {
                let name = if place == 0 { verdict.feature.as_str() } else { "" };
                let role = if role.is_empty() { String::new() } else { format!("{role}: ") };
                (name, role + why)
            })
        })
        .collect();
    let pairs = reasons.iter().map(|(name, why)| (*name, why.as_str()));
    named(&mut lines, pairs, width, glyphs);
    lines.into_iter().map(Line).collect()
}

/// Adds a sentence on as many lines as it needs.
fn say(lines: &mut Vec<Content>, words: &str, width: usize, glyphs: &Glyphs) {
    lines.extend(text::wrap(words, width, glyphs.ellipsis).into_iter().map(Content::Words));
}

/// Adds names with what is said of them, on as many lines as that needs.
fn named<'a>(
    lines: &mut Vec<Content>,
    pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone,
    width: usize,
    glyphs: &Glyphs,
) {
    let names = pairs.clone().map(|(name, _)| text::width(&text::clean(name)));
    let cells = names.max().unwrap_or_default().min(NAME).min(width / 2);
    for (name, words) in pairs {
        let room = width.saturating_sub(cells + GAP).max(1);
        let mut name = name.to_owned();
        for words in text::wrap(words, room, glyphs.ellipsis) {
            lines.push(Content::Named(std::mem::take(&mut name), words));
        }
    }
}

/// The cells of the names of a group of lines, of which one is at a place.
fn name_cells(lines: &[Line], place: usize, width: usize) -> usize {
    let is_named = |line: &&Line| matches!(line.0, Content::Named(..));
    let before = lines[..place].iter().rev().take_while(is_named);
    let group = before.chain(lines[place..].iter().take_while(is_named));
    let cells = group.map(|line| match &line.0 {
        Content::Named(name, _) => text::width(&text::clean(name)),
        _ => 0,
    });
    cells.max().unwrap_or_default().min(NAME).min(width / 2)
}

/// Draws the lines from the first one on.
pub(in crate::ui) fn draw(lines: &[Line], first: usize, pen: &mut Pen<'_>) {
    let width = pen.width();
    for (place, y) in (first..lines.len()).zip(0..pen.height()) {
        let mut part = pen.part(0, y, width, 1);
        draw_line(lines, place, &mut part);
    }
}

fn draw_line(lines: &[Line], place: usize, pen: &mut Pen<'_>) {
    let (theme, width) = (pen.theme(), pen.width());
    match &lines[place].0 {
        Content::Blank => {}
        Content::Heading(title, right) => pen.rule(0, title, right),
        Content::Named(name, words) => {
            let cells = name_cells(lines, place, usize::from(width)) as u16;
            pen.name(0, 0, cells, name, theme.name);
            let x = cells + GAP as u16;
            pen.text(x, 0, width.saturating_sub(x), words, theme.text);
        }
        Content::Effect(effect) => {
            Words::new(effect, pen.glyphs()).draw(pen, (0, 0), width, Style::new());
        }
        Content::Words(words) => {
            pen.text(0, 0, width, words, theme.faint);
        }
    }
}

/// The pane's title: which event it is.
#[must_use]
pub fn title(event: &OpenEvent, paint: Paint) -> String {
    let dot = paint.glyphs.dot;
    let row = &event.row;
    let moment = |moment: Timestamp| moment.format("%Y-%m-%d %H:%M:%S%.3fZ");
    let (number, line) = (quantity::grouped(row.number as u64), quantity::grouped(row.line));
    let late = row.late.map_or_else(String::new, |late| format!(" {dot} late {}", late.brief()));
    format!("Event {number} {dot} {} {dot} {}{late} {dot} line {line}", row.kind, moment(row.time))
}

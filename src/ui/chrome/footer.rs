//! The lines at the bottom: what is worth saying or being typed, and the keys of this place.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::{Clear, Widget as _};

use crate::base::escape::printable;
use crate::base::quantity;
use crate::session::snapshot::Tone;

use crate::ui::draw::layout::Class;
use crate::ui::draw::line::{self, Piece};
use crate::ui::draw::text;
use crate::ui::input::command::{Action, Context, Entry};
use crate::ui::input::line_command;
use crate::ui::model::{Count, Model, Prompt, PromptKind};
use crate::ui::views;

/// Keys and word of each place of the footer: neighbours of the table with the same word share
/// one, and only the first key of each is named.
pub(in crate::ui) fn hints<'a>(
    entries: impl Iterator<Item = &'a Entry>,
) -> Vec<(String, &'static str)> {
    let mut hints: Vec<(String, &'static str)> = Vec::new();
    for entry in entries.filter(|entry| !entry.label.is_empty()) {
        let key = entry.keys.first().copied().unwrap_or_default();
        match hints.last_mut().filter(|(_, label)| *label == entry.label) {
            Some((keys, _)) => *keys = format!("{keys} {key}"),
            None => hints.push((key.to_owned(), entry.label)),
        }
    }
    hints
}

/// Draws the keys of this place. What does not fit gives way from the end; help and quit stay, and so
/// do, before the others, those that explain.
pub(in crate::ui) fn draw(model: &Model, area: Rect, buf: &mut Buffer) {
    let theme = &model.theme;
    let piece = |importance, keys: &str, label: &str| {
        Piece::new(importance, keys.to_owned(), theme.key).and(format!(" {label}"), theme.faint)
    };
    let hints: Vec<(String, &str)> = match (&model.prompt, model.context()) {
        (Some(prompt), _) => prompt_keys(prompt),
        (None, Context::Help) => [("j k", "move"), ("/", "search"), ("esc", "close")]
            .map(|(k, l)| (k.into(), l))
            .to_vec(),
        (None, Context::Features) => list_keys(),
        (None, context) => {
            hints(views::commands_of(context).filter(|entry| means_something(model, entry)))
        }
    };
    if let Some(error) = model.prompt.as_ref().and_then(|prompt| prompt.error.as_ref()) {
        let piece = Piece::new(1, error.clone(), theme.error);
        return line::draw(
            vec![piece],
            vec![],
            &Span::raw(""),
            model.paint(),
            line::inset(area),
            buf,
        );
    }
    let mut pieces = Vec::new();
    for (i, (keys, label)) in hints.iter().enumerate() {
        let importance = match *label {
            "help" | "quit" => 254,
            // What leads on comes before what is only another way of looking.
            "explain" | "contributors" => 220,
            "speed" => 120,
            "count by" => 210,
            "back" => 150,
            "editor" | "features" | "view" => 100_u8.saturating_sub(i as u8),
            _ => 200_u8.saturating_sub(i as u8),
        };
        pieces.push(piece(importance, keys, label));
    }
    let mut right = Vec::new();
    if let Some(Count::Sure(number)) = model.pending.count {
        right.push(Piece::new(250, number.to_string(), theme.accent));
    }
    line::draw(pieces, right, &Span::raw("  "), model.paint(), line::inset(area), buf);
}

/// Whether a key does something now: some need what was done before.
fn means_something(model: &Model, entry: &Entry) -> bool {
    let has_contributors = model.explain.look.as_ref().is_some_and(|look| look.by.is_some());
    match entry.action {
        Action::JumpBack => !model.jumps.is_empty(),
        Action::CountBy => has_contributors,
        Action::ExplainOrder | Action::NextEvent | Action::PreviousEvent => !has_contributors,
        _ => true,
    }
}

/// The keys of the list of features, where `q` closes it instead of quitting.
fn list_keys() -> Vec<(String, &'static str)> {
    let mut hints = hints(views::commands_of(Context::Features));
    for (keys, label) in &mut hints {
        if keys == "q" {
            *label = "close";
        }
    }
    hints.retain(|(keys, _)| keys != "f");
    hints
}

/// The most attributes that are named beside what is typed.
const CANDIDATES: usize = 6;

fn prompt_keys(prompt: &Prompt) -> Vec<(String, &'static str)> {
    let enter = match prompt.kind {
        PromptKind::Filter(_)
        | PromptKind::Events(_)
        | PromptKind::Features(_)
        | PromptKind::Help => "keep",
        PromptKind::Time | PromptKind::Event | PromptKind::Percent | PromptKind::Field => "go",
        PromptKind::Command => "run",
    };
    let esc = match prompt.kind {
        PromptKind::Filter(_) | PromptKind::Events(_) | PromptKind::Features(_) => "restore",
        _ => "cancel",
    };
    let mut keys = vec![("enter".into(), enter), ("esc".into(), esc)];
    if matches!(prompt.kind, PromptKind::Field | PromptKind::Command) {
        keys.insert(0, ("tab".into(), "complete"));
    }
    keys
}

/// Draws what is being typed, or which keys can follow, or what is worth saying. On screens
/// without a footer's line, the selected cell when there is nothing to say. What is too long for
/// the line goes on in the footer's, if there is one, and else ends with its last whole part.
pub(in crate::ui) fn draw_notice(
    model: &Model,
    area: Rect,
    footer: Option<Rect>,
    frame: &mut Frame,
) {
    if let Some(prompt) = &model.prompt {
        return draw_prompt(model, prompt, area, frame);
    }
    let (paint, theme) = (model.paint(), &model.theme);
    let small = Class::of(model.size.0, model.size.1) <= Class::Small;
    let pieces = if !model.pending.keys.is_empty() {
        continuations(model)
    } else if let Some((tone, text)) = model.notice() {
        let (sign, style) = tone_sign(model, tone);
        let sign = format!(" {sign} ");
        let room = usize::from(area.width).saturating_sub(text::width(&sign) + 1);
        let text = match footer.filter(|_| text::width(&printable(text)) > room) {
            Some(footer) => {
                let mut lines = text::wrap(text, room, model.glyphs.ellipsis).into_iter();
                let first = lines.next().unwrap_or_default();
                let rest = lines.collect::<Vec<_>>().join(" ");
                draw_rest(model, &rest, style, footer, frame.buffer_mut());
                first
            }
            None => whole_parts(text, room).to_owned(),
        };
        vec![Piece::new(9, sign, style).and(text, style)]
    } else if let (true, Some(summary)) = (small, summary(model)) {
        vec![summary]
    } else if small {
        return draw(model, area, frame.buffer_mut());
    } else {
        vec![]
    };
    let mut right = Vec::new();
    if small && model.help.is_none() {
        let hidden = model.snapshot.as_ref().map_or(0, |snapshot| snapshot.source.hidden);
        if hidden > 0 {
            let words = format!(" {} hidden", quantity::grouped(hidden as u64));
            right.push(Piece::new(2, "f", theme.key).and(words, theme.faint));
        }
        right.push(Piece::new(1, "?", theme.key).and(" help ", theme.faint));
    }
    line::draw(pieces, right, &Span::raw("   "), paint, area, frame.buffer_mut());
}

/// The second line of a message, with the way out of it.
fn draw_rest(model: &Model, rest: &str, style: Style, area: Rect, buf: &mut Buffer) {
    Clear.render(area, buf);
    let left = vec![Piece::new(9, format!("   {rest}"), style)];
    let right = vec![Piece::new(1, "esc", model.theme.key).and(" close ", model.theme.faint)];
    line::draw(left, right, &Span::raw("  "), model.paint(), area, buf);
}

/// What stands between the parts of a message, which begins with what matters most.
const BETWEEN: [&str; 3] = ["; ", " · ", " — "];

/// As many whole parts of a message as there is room for; the message if that is none.
fn whole_parts(text: &str, room: usize) -> &str {
    if text::width(&printable(text)) <= room {
        return text;
    }
    let ends = BETWEEN.iter().flat_map(|between| text.match_indices(between));
    let fits = |end: &usize| text::width(&printable(&text[..*end])) <= room;
    let end = ends.map(|(end, _)| end).filter(fits).max();
    end.map_or(text, |end| &text[..end])
}

fn draw_prompt(model: &Model, prompt: &Prompt, area: Rect, frame: &mut Frame) {
    let (paint, theme) = (model.paint(), &model.theme);
    let label = match prompt.kind {
        PromptKind::Filter(_)
        | PromptKind::Events(_)
        | PromptKind::Features(_)
        | PromptKind::Help => " /",
        PromptKind::Time => " go to time: ",
        PromptKind::Event => " go to event: ",
        PromptKind::Percent => " go to percent: ",
        PromptKind::Field => " contributors by: ",
        PromptKind::Command => " :",
    };
    // A text that is wider than the line is shown around its cursor.
    let label_width = Span::raw(label).width();
    let room = usize::from(area.width).saturating_sub(label_width + 1);
    let column = prompt.text.column();
    let skip = column.saturating_sub(room);
    let mut skipped = 0;
    let shown: String = printable(&prompt.text.value)
        .chars()
        .skip_while(|letter| {
            let before = skipped;
            skipped += unicode_width::UnicodeWidthChar::width(*letter).unwrap_or(0);
            before < skip
        })
        .collect();
    let style = if prompt.text.selected {
        theme.value.add_modifier(Modifier::REVERSED)
    } else {
        theme.value
    };
    let left = Piece::new(9, label, theme.accent).and(shown, style);
    let mut right = Vec::new();
    if let (Some(error), None) = (&prompt.error, model.areas().footer) {
        right.push(Piece::new(10, format!("{error} "), theme.error));
    } else if let (PromptKind::Events(_), true) = (&prompt.kind, prompt.text.value.is_empty()) {
        let examples = ["click", "item=p1", "late", "rejected", "not counted by ctr "];
        let examples = examples.join(&format!(" {} ", model.glyphs.dot));
        right.push(Piece::new(1, examples, theme.faint));
    } else if let (PromptKind::Time, true) = (&prompt.kind, prompt.text.value.is_empty()) {
        let dot = model.glyphs.dot;
        let examples = format!("09:00 {dot} +9h {dot} 2026-03-02T09:00 ");
        right.push(Piece::new(1, examples, theme.faint));
    }
    if prompt.kind == PromptKind::Command && prompt.error.is_none() {
        right.push(Piece::new(1, format!("{} ", line_command::words()), theme.faint));
    }
    if prompt.kind == PromptKind::Field {
        let typed = if prompt.text.selected { "" } else { prompt.text.value.as_str() };
        let found = views::explain::candidates(model, typed);
        let words = quantity::listed(&found, CANDIDATES);
        right.push(Piece::new(1, format!("{words} "), theme.faint));
    }
    line::draw(vec![left], right, &Span::raw(""), paint, area, frame.buffer_mut());
    let x = area.x.saturating_add((label_width + column - skip.min(column)) as u16);
    if area.contains(Position { x, y: area.y }) {
        frame.set_cursor_position(Position { x, y: area.y });
    }
}

/// The keys that can follow the ones that were pressed.
fn continuations(model: &Model) -> Vec<Piece> {
    let theme = &model.theme;
    let prefix = format!("{} ", model.pending.keys);
    let mut pieces = vec![Piece::new(255, format!(" {}", model.pending.keys), theme.accent)];
    for entry in views::commands_of(model.context()) {
        for keys in entry.keys {
            if let Some(rest) = keys.strip_prefix(&prefix) {
                let words = entry.doc.split([',', ':']).next().unwrap_or(entry.doc);
                let words = words.strip_prefix("go to ").unwrap_or(words);
                pieces.push(
                    Piece::new(9, rest.to_owned(), theme.key).and(format!(" {words}"), theme.faint),
                );
            }
        }
    }
    pieces
}

fn tone_sign(model: &Model, tone: Tone) -> (&'static str, Style) {
    let (theme, glyphs) = (&model.theme, &model.glyphs);
    match tone {
        Tone::Good => (glyphs.good, theme.good),
        Tone::Note => (glyphs.dot, theme.text),
        Tone::Warning => (glyphs.alert, theme.warning),
        Tone::Error => (glyphs.bad, theme.error),
    }
}

/// What the view in front says where there is no footer.
fn summary(model: &Model) -> Option<Piece> {
    match model.context() {
        Context::View(view) => views::get(view).summary(model),
        Context::Features | Context::Help => None,
    }
}

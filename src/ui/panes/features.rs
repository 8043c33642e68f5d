//! The list of features: a line for each entry of the config and, below an entry that is open, one
//! for each of its outputs.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::base::quantity;
use crate::session::snapshot::{EntryInfo, EntryOutput, Source};
use crate::ui::draw::paint::Paint;

use crate::ui::draw::pen::Pen;
use crate::ui::draw::text::Cut;

/// Cells before a name: the bar of the selected line, the box that says what is shown, and the
/// sign of an entry that can be opened.
const MARGIN: u16 = 8;
/// The cells of that box.
pub const BOX: std::ops::Range<u16> = 2..5;
/// Cells between columns.
const GAP: u16 = 2;
/// The fewest cells that a name keeps.
const NAME: u16 = 24;
/// The columns from the right edge to the left, with their heads and cells. The narrower the pane,
/// the fewer there are: the first to stay is the first here.
const COLUMNS: [(Field, &str, u16); 5] = [
    (Field::Outputs, "OUTPUTS", 12),
    (Field::Line, "LINE", 6),
    (Field::Scope, "SCOPE", 20),
    (Field::States, "STATES", 7),
    (Field::Kind, "TYPE", 17),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Scope,
    Kind,
    Outputs,
    States,
    Line,
}

/// How the fields that fit lie on the screen, from left to right.
const ORDER: [Field; 5] = [Field::Scope, Field::Kind, Field::Outputs, Field::States, Field::Line];

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// An entry of [`Source::entries`], with those of its outputs that it stands for: the ones
    /// that pass the filter, or all if its own name does.
    Entry {
        /// Its index.
        entry: usize,
        /// Indices into its outputs.
        outputs: Vec<usize>,
        /// Whether its outputs are listed below it.
        is_open: bool,
    },
    /// An output, below its entry.
    Output {
        /// The entry's index.
        entry: usize,
        /// The output's index within the entry.
        output: usize,
    },
}

impl Line {
    /// The index of the entry that it is or belongs to.
    #[must_use]
    pub const fn entry(&self) -> usize {
        match self {
            Self::Entry { entry, .. } | Self::Output { entry, .. } => *entry,
        }
    }

    /// The outputs that it stands for.
    pub fn outputs<'s>(&'s self, source: &'s Source) -> impl Iterator<Item = &'s EntryOutput> {
        let listed = match self {
            Self::Entry { outputs, .. } => outputs.as_slice(),
            Self::Output { output, .. } => std::slice::from_ref(output),
        };
        let entry = source.entries.get(self.entry());
        listed.iter().filter_map(move |output| entry?.outputs.get(*output))
    }
}

/// The lines: entries that contain `filter` in their name or type, or have outputs that contain it
/// in their name or scope. Those outputs are listed, and the outputs of entries whose names are in
/// `open`.
#[must_use]
pub fn lines(source: &Source, open: &BTreeSet<String>, filter: &str) -> Vec<Line> {
    let wanted = filter.to_lowercase();
    let contains = |text: &str| text.to_lowercase().contains(&wanted);
    let scopes: Vec<bool> = source.scopes.iter().map(|scope| contains(&scope.name)).collect();
    let mut lines = Vec::new();
    for (entry, info) in source.entries.iter().enumerate() {
        let whole = wanted.is_empty() || contains(&info.name) || contains(info.kind);
        let passes = |output: &EntryOutput| {
            whole || scopes.get(output.scope).is_some_and(|scope| *scope) || contains(&output.name)
        };
        let outputs: Vec<usize> =
            (0..info.outputs.len()).filter(|output| passes(&info.outputs[*output])).collect();
        if outputs.is_empty() {
            continue;
        }
        let is_open = !whole || open.contains(&info.name);
        let below = if is_open { outputs.clone() } else { Vec::new() };
        lines.push(Line::Entry { entry, outputs, is_open });
        lines.extend(below.into_iter().map(|output| Line::Output { entry, output }));
    }
    lines
}

/// What of the list is drawn.
#[derive(Clone, Copy, Debug)]
pub struct FeaturesView<'v> {
    /// The lines, as [`lines`] makes them.
    pub lines: &'v [Line],
    /// The first line on the screen.
    pub first_line: usize,
    /// The selected line.
    pub selected: usize,
    /// What the lines were filtered by.
    pub filter: &'v str,
    /// The names of the outputs that are hidden.
    pub hidden: &'v BTreeSet<String>,
}

/// The title: how much there is, and how much of it is hidden.
#[must_use]
pub fn title(source: &Source, paint: Paint<'_>) -> String {
    let outputs = source.entries.iter().map(|entry| entry.outputs.len()).sum();
    let dot = paint.glyphs.dot;
    let mut title = format!(
        "Features {dot} {} of {}",
        quantity::counted(outputs, "output"),
        quantity::counted(source.entries.len(), "feature"),
    );
    if source.hidden > 0 {
        title.push_str(", ");
        title.push_str(&quantity::grouped(source.hidden as u64));
        title.push_str(" hidden");
    }
    title
}

/// The line of the list that is drawn at a row of its pane; none on the head and below the last.
#[must_use]
pub fn hit(view: &FeaturesView<'_>, row: u16) -> Option<usize> {
    let line = view.first_line + usize::from(row.checked_sub(1)?);
    (line < view.lines.len()).then_some(line)
}

/// Draws the list: its heads, and the lines from the first on.
pub fn draw(
    source: &Source,
    view: &FeaturesView<'_>,
    paint: Paint<'_>,
    area: Rect,
    buf: &mut Buffer,
) {
    let mut pen = Pen::new(paint, area, buf);
    if pen.width() == 0 || pen.height() == 0 {
        return;
    }
    let columns = columns(pen.width());
    let name = name_cells(&columns, pen.width());
    pen.text(MARGIN, 0, name, "NAME", paint.theme.title);
    for (field, head, x, width) in &columns {
        match field {
            Field::Scope | Field::Kind => {
                pen.text(*x, 0, *width, head, paint.theme.title);
            }
            _ => pen.right(*x, 0, *width, head, paint.theme.title, Cut::End),
        }
    }
    if view.lines.is_empty() {
        let words = if view.filter.is_empty() {
            "no outputs: the config declares no counter".to_owned()
        } else {
            format!("nothing contains \"{}\"", view.filter)
        };
        pen.text(2, 2, pen.width(), &words, paint.theme.faint);
    }
    for y in 1..pen.height() {
        let at = view.first_line + usize::from(y - 1);
        let Some(line) = view.lines.get(at) else { break };
        draw_line(source, view, line, at == view.selected, &columns, name, y, &mut pen);
    }
    pen.scrollbar(view.first_line, view.lines.len(), 1);
}

/// Where the columns that fit lie: field, head, first cell and cells.
fn columns(width: u16) -> Vec<(Field, &'static str, u16, u16)> {
    // The last cell is the scrollbar's.
    let mut room = width.saturating_sub(MARGIN + NAME + 1);
    let mut fitting = Vec::new();
    for (field, head, cells) in COLUMNS {
        let Some(rest) = room.checked_sub(cells + GAP) else { break };
        room = rest;
        fitting.push((field, head, cells));
    }
    fitting.sort_by_key(|(field, ..)| ORDER.iter().position(|other| other == field));
    let taken: u16 = fitting.iter().map(|(_, _, cells)| cells + GAP).sum();
    let mut x = width.saturating_sub(1 + taken);
    let placed = fitting.into_iter().map(|(field, head, cells)| {
        x += GAP + cells;
        (field, head, x - cells, cells)
    });
    placed.collect()
}

fn name_cells(columns: &[(Field, &'static str, u16, u16)], width: u16) -> u16 {
    let end = columns.first().map_or(width.saturating_sub(1), |(_, _, x, _)| x - GAP);
    end.saturating_sub(MARGIN)
}

#[expect(clippy::too_many_arguments, reason = "a line's place and the columns, once a screen")]
fn draw_line(
    source: &Source,
    view: &FeaturesView<'_>,
    line: &Line,
    selected: bool,
    columns: &[(Field, &'static str, u16, u16)],
    name: u16,
    y: u16,
    pen: &mut Pen<'_>,
) {
    let Some(entry) = source.entries.get(line.entry()) else { return };
    let theme = pen.theme();
    let base = if selected { theme.text.patch(theme.selected) } else { theme.text };
    let faint = theme.faint.patch(base);
    if selected {
        pen.sign(0, y, pen.glyphs().selected, theme.accent);
    }
    let (total, hidden) = line.outputs(source).fold((0, 0), |(total, hidden), output| {
        (total + 1, hidden + usize::from(view.hidden.contains(&output.name)))
    });
    let shown = match hidden {
        0 => "[x]",
        _ if hidden == total => "[ ]",
        _ => "[-]",
    };
    pen.text(BOX.start, y, 3, shown, if hidden == 0 { theme.good.patch(base) } else { faint });
    let style = if hidden == total { faint } else { theme.name.patch(base) };
    match line {
        Line::Entry { is_open, .. } => {
            let sign = if *is_open { pen.glyphs().descending } else { pen.glyphs().right };
            pen.sign(6, y, sign, faint);
            pen.matched(MARGIN, y, name, &entry.name, view.filter, style);
            for &(field, _, x, width) in columns {
                draw_field(source, entry, (field, total, hidden), x, y, width, base, pen);
            }
        }
        Line::Output { output, .. } => {
            let Some(output) = entry.outputs.get(*output) else { return };
            let style = if hidden == total { faint } else { base };
            pen.matched(MARGIN + 2, y, name.saturating_sub(2), &output.name, view.filter, style);
            let scope = columns.iter().find(|(field, ..)| *field == Field::Scope);
            if let (Some((_, _, x, width)), Some(scope)) = (scope, source.scopes.get(output.scope))
            {
                pen.matched(*x, y, *width, &scope.name, view.filter, faint);
            }
        }
    }
    if selected {
        pen.tint(BOX.start, y, 3, Style::new().add_modifier(Modifier::REVERSED));
    }
}

#[expect(clippy::too_many_arguments, reason = "a cell's place beside what it says")]
fn draw_field(
    source: &Source,
    entry: &EntryInfo,
    (field, total, hidden): (Field, usize, usize),
    x: u16,
    y: u16,
    width: u16,
    base: Style,
    pen: &mut Pen<'_>,
) {
    let faint = pen.theme().faint.patch(base);
    let number = |n: usize| quantity::grouped(n as u64);
    match field {
        Field::Scope => {
            pen.name(x, y, width, &scope(source, entry), faint);
        }
        Field::Kind => {
            pen.text(x, y, width, entry.kind, faint);
        }
        Field::Outputs => {
            let text = match hidden {
                0 => number(total),
                _ => format!("{}/{}", number(total - hidden), number(total)),
            };
            pen.right(x, y, width, &text, base, Cut::End);
        }
        // A part of an entry is read from a part of its states, which is not told here.
        Field::States if total < entry.outputs.len() => {}
        Field::States => pen.right(x, y, width, &number(entry.states), faint, Cut::End),
        Field::Line => pen.right(x, y, width, &entry.line.to_string(), faint, Cut::End),
    }
}

/// The scope of an entry's outputs, or how many they have.
fn scope(source: &Source, entry: &EntryInfo) -> String {
    let scopes: BTreeSet<usize> = entry.outputs.iter().map(|output| output.scope).collect();
    let mut first = scopes.iter().filter_map(|scope| source.scopes.get(*scope));
    match (scopes.len(), first.next()) {
        (1, Some(scope)) => scope.name.clone(),
        (several, _) => format!("{several} scopes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> Source {
        let entry = |name: &str, outputs: &[(&str, usize)]| EntryInfo {
            name: name.into(),
            line: 1,
            is_matrix: outputs.len() > 1,
            kind: "counter",
            states: 1,
            outputs: outputs
                .iter()
                .map(|(name, scope)| EntryOutput { name: (*name).into(), scope: *scope })
                .collect(),
        };
        let scope = |name: &str| crate::session::snapshot::ScopeInfo {
            name: name.into(),
            attributes: vec![name.into()],
            columns: vec![],
        };
        Source {
            scopes: vec![scope("post"), scope("user")],
            entries: [
                entry("{e}_by_{by}", &[("like_by_p", 0), ("like_by_u", 1), ("show_by_p", 0)]),
                entry("clicks", &[("clicks", 1)]),
            ]
            .into(),
            ..Source::default()
        }
    }

    /// The lines in short: an entry by the outputs that it stands for, an output by its own.
    fn short(open: &[&str], filter: &str) -> Vec<String> {
        let source = source();
        let open = open.iter().map(|name| (*name).to_owned()).collect();
        let line = |line: &Line| match line {
            Line::Entry { entry, outputs, .. } => format!("{entry}:{outputs:?}"),
            Line::Output { entry, output } => format!("{entry}.{output}"),
        };
        lines(&source, &open, filter).iter().map(line).collect()
    }

    #[test]
    fn entries_are_listed_with_the_outputs_of_those_that_are_open() {
        assert_eq!(short(&[], ""), ["0:[0, 1, 2]", "1:[0]"]);
        assert_eq!(short(&["clicks"], ""), ["0:[0, 1, 2]", "1:[0]", "1.0"]);
    }

    #[test]
    fn a_filter_keeps_whole_entries_or_the_outputs_that_contain_it() {
        assert_eq!(short(&[], "CLICK"), ["1:[0]"]);
        assert_eq!(short(&[], "like"), ["0:[0, 1]", "0.0", "0.1"]);
        assert_eq!(short(&[], "user"), ["0:[1]", "0.1", "1:[0]", "1.0"]);
        assert_eq!(short(&[], "counter"), ["0:[0, 1, 2]", "1:[0]"]);
        assert_eq!(short(&[], "nothing"), Vec::<String>::new());
    }

    #[test]
    fn a_narrow_pane_gives_up_columns_and_keeps_the_name() {
        for width in 0..200 {
            let columns = columns(width);
            let last = columns.last().map_or(0, |(_, _, x, cells)| x + cells);
            assert!(last < width.max(1), "{width}");
            if !columns.is_empty() {
                assert!(name_cells(&columns, width) >= NAME, "{width}");
            }
        }
        assert_eq!(columns(140).len(), COLUMNS.len());
    }
}

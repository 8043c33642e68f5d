//! Colours by role. The default theme uses the terminal's own sixteen colours and paints no
//! background; nothing is told by colour alone.

use ratatui::style::{Color, Modifier, Style};

/// A style for each role that text plays on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// What can be overlooked: units, hints, values that are not there.
    pub faint: Style,
    /// Titles and column heads.
    pub title: Style,
    /// Borders of panes.
    pub border: Style,
    /// The border of the pane that has the focus.
    pub border_focus: Style,
    /// The selected row; must be told without colour too.
    pub selected: Style,
    /// The selected cell within the selected row.
    pub selected_cell: Style,
    /// Names: keys, features, files.
    pub name: Style,
    /// Numbers that matter.
    pub value: Style,
    /// A value that has just moved up, and things that are well.
    pub good: Style,
    /// A value that has just moved down.
    pub down: Style,
    /// Things to look at: late events, warnings, STALE.
    pub warning: Style,
    /// Errors.
    pub error: Style,
    /// The cursor, the state of the replay.
    pub accent: Style,
    /// Bars and sparklines.
    pub bar: Style,
    /// Bars outside the window.
    pub bar_outside: Style,
    /// Keys in the footer.
    pub key: Style,
}

/// The names that `--theme` takes.
pub const NAMES: [&str; 3] = ["dark", "light", "mono"];

impl Theme {
    /// The theme of a name; `None` for a name that is not one of [`NAMES`].
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "dark" => Some(Self::fallback()),
            "light" => Some(Self::coloured(Color::Blue, Color::Magenta, Color::DarkGray)),
            "mono" => Some(Self::mono()),
            _ => None,
        }
    }

    /// The theme where none is named: the dark one.
    #[must_use]
    pub fn fallback() -> Self {
        Self::coloured(Color::Cyan, Color::Yellow, Color::DarkGray)
    }

    fn coloured(accent: Color, warning: Color, faint: Color) -> Self {
        let plain = Style::new();
        Self {
            text: plain,
            faint: plain.fg(faint),
            title: plain.add_modifier(Modifier::BOLD),
            border: plain.fg(faint),
            border_focus: plain.fg(accent),
            selected: plain.add_modifier(Modifier::BOLD),
            selected_cell: plain.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            name: plain.fg(accent),
            value: plain,
            good: plain.fg(Color::Green),
            down: plain.fg(Color::Red),
            warning: plain.fg(warning),
            error: plain.fg(Color::Red).add_modifier(Modifier::BOLD),
            accent: plain.fg(accent).add_modifier(Modifier::BOLD),
            bar: plain.fg(accent),
            bar_outside: plain.fg(faint),
            key: plain.fg(accent),
        }
    }

    fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let dim = plain.add_modifier(Modifier::DIM);
        Self {
            text: plain,
            faint: dim,
            title: bold,
            border: dim,
            border_focus: bold,
            selected: bold,
            selected_cell: bold.add_modifier(Modifier::REVERSED),
            name: plain,
            value: plain,
            good: bold,
            down: bold,
            warning: bold,
            error: bold.add_modifier(Modifier::UNDERLINED),
            accent: bold,
            bar: plain,
            bar_outside: dim,
            key: bold,
        }
    }
}

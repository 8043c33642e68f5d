//! The signs that the screen is drawn with, and their ASCII twins. All are one cell wide, but for
//! those of signs within words.

use std::borrow::Cow;

/// One set of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Event time runs.
    pub playing: &'static str,
    /// Standing still.
    pub paused: &'static str,
    /// The cursor on the timeline.
    pub cursor: &'static str,
    /// A reload on the timeline.
    pub reload: &'static str,
    /// A late or rejected event.
    pub alert: &'static str,
    /// The bar in front of the selected row.
    pub selected: &'static str,
    /// Something is well.
    pub good: &'static str,
    /// Something failed.
    pub bad: &'static str,
    /// A value went up.
    pub up: &'static str,
    /// A value went down.
    pub down: &'static str,
    /// Sorted ascending.
    pub ascending: &'static str,
    /// Sorted descending.
    pub descending: &'static str,
    /// A line whose lines below it are in sight.
    pub open: &'static str,
    /// A line whose lines below it are folded away.
    pub closed: &'static str,
    /// From one value to another.
    pub arrow: &'static str,
    /// No data for this key.
    pub no_data: &'static str,
    /// The key was never seen.
    pub never_seen: &'static str,
    /// Between the ends of a range.
    pub range: &'static str,
    /// More to the left.
    pub left: &'static str,
    /// More to the right.
    pub right: &'static str,
    /// The part of a scrollbar that stands for what is in view.
    pub thumb: &'static str,
    /// More than fits.
    pub ellipsis: &'static str,
    /// The part of the timeline that is played.
    pub track_done: &'static str,
    /// The part of the timeline that is still to come.
    pub track_rest: &'static str,
    /// Between words of a line.
    pub dot: &'static str,
    /// Eight heights of a bar, lowest first.
    pub bars: [&'static str; 8],
    /// A full block of a horizontal bar, inside a window.
    pub block: &'static str,
    /// A block of a horizontal bar, outside the window.
    pub shade: &'static str,
    /// Whether boxes are drawn with lines; otherwise with `+-|`.
    pub boxes: bool,
    /// The twins of signs that words have, such as those of a definition.
    pub twins: &'static [(char, &'static str)],
}

impl Glyphs {
    /// Words in these signs.
    #[must_use]
    pub fn words<'w>(&self, words: &'w str) -> Cow<'w, str> {
        if self.twins.is_empty() || words.is_ascii() {
            return Cow::Borrowed(words);
        }
        let mut told = String::with_capacity(words.len());
        for letter in words.chars() {
            match self.twins.iter().find(|(sign, _)| *sign == letter) {
                Some((_, twin)) => told.push_str(twin),
                None => told.push(letter),
            }
        }
        Cow::Owned(told)
    }
}

/// Signs for terminals with Unicode fonts.
pub const UNICODE: Glyphs = Glyphs {
    playing: "▶",
    paused: "‖",
    cursor: "●",
    reload: "◆",
    alert: "!",
    selected: "▌",
    good: "✔",
    bad: "✖",
    up: "↑",
    down: "↓",
    ascending: "▲",
    descending: "▼",
    open: "▾",
    closed: "▸",
    arrow: "→",
    no_data: "–",
    never_seen: "·",
    range: "–",
    left: "‹",
    right: "›",
    thumb: "▐",
    ellipsis: "…",
    track_done: "━",
    track_rest: "─",
    dot: "·",
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    block: "█",
    shade: "░",
    boxes: true,
    twins: &[],
};

/// Signs for every terminal.
pub const ASCII: Glyphs = Glyphs {
    playing: ">",
    paused: "=",
    cursor: "*",
    reload: "#",
    alert: "!",
    selected: ">",
    good: "+",
    bad: "x",
    up: "^",
    down: "v",
    ascending: "^",
    descending: "v",
    open: "v",
    closed: ">",
    arrow: ">",
    no_data: "-",
    never_seen: ".",
    range: "-",
    left: "<",
    right: ">",
    thumb: "#",
    ellipsis: "~",
    track_done: "=",
    track_rest: "-",
    dot: "|",
    bars: ["_", ".", ",", "-", "=", "+", "*", "#"],
    block: "#",
    shade: ":",
    boxes: false,
    twins: &[
        ('→', ">"),
        ('–', "-"),
        ('…', "~"),
        ('×', "x"),
        ('≥', ">="),
        ('≤', "<="),
        ('≠', "!="),
        ('±', "+-"),
        ('−', "-"),
    ],
};

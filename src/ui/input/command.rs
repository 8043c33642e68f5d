//! Commands: what a line of the command table holds, and the lines that belong to no view. The key
//! map, the footer and the help are read from the whole table, `ui::views::commands`.

use std::fmt;

use crate::ui::draw::layout::ViewId;

/// What a key, the footer or a click asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// Start or stop event time.
    PlayPause,
    /// One event on.
    StepForward,
    /// One event back.
    StepBack,
    /// To the next event that changes the selected value.
    KeyForward,
    /// To the previous event that changes the selected value.
    KeyBack,
    /// The next speed up.
    Faster,
    /// The next speed down.
    Slower,
    /// One second of event time a second.
    RealTime,
    /// Before the first event.
    Start,
    /// After the last event.
    End,
    /// Ask for a time and go there.
    GotoTime,
    /// Ask for an event number and go there.
    GotoEvent,
    /// Ask for a percentage of the log and go there.
    GotoPercent,
    /// The next mark of the timeline.
    NextMark,
    /// The previous mark of the timeline.
    PreviousMark,
    /// To the next event that matches the filter.
    NextMatch,
    /// To the previous event that matches the filter.
    PreviousMatch,
    /// Stay at the newest event while the log grows.
    Follow,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One column to the left.
    Left,
    /// One column to the right.
    Right,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// Half a screen up.
    HalfUp,
    /// Half a screen down.
    HalfDown,
    /// The first row.
    Top,
    /// The last row.
    Bottom,
    /// Type a filter.
    Filter,
    /// Sort by the selected column.
    Sort,
    /// Turn the order around.
    Reverse,
    /// Sort by the keys' text.
    SortByKey,
    /// Sort by the keys' last event.
    SortByRecent,
    /// Wide or long.
    Layout,
    /// The next scope.
    NextScope,
    /// The previous scope.
    PreviousScope,
    /// Explain the selected cell.
    Explain,
    /// Group the events that the selected cell is made of by an attribute.
    Contributors,
    /// Go to the event of the selected line, or fold it.
    ExplainGo,
    /// The next event that contributes.
    NextEvent,
    /// The event before that contributes.
    PreviousEvent,
    /// The newest events first, or the largest.
    ExplainOrder,
    /// Write a feature that counts by the attribute of the contributors.
    CountBy,
    /// Copy what is shown as text.
    Copy,
    /// Go to the selected event.
    SeekSelected,
    /// Come back from the last jump.
    JumpBack,
    /// The next fault of the config.
    NextProblem,
    /// The previous fault.
    PreviousProblem,
    /// Open the config in the editor.
    Editor,
    /// Take back the last edit of the config's text.
    UndoEdit,
    /// Read the config again.
    Reload,
    /// Show or close the list of features.
    Features,
    /// Go to the selected feature's column.
    FeatureGo,
    /// Hide the selected feature's outputs, or show them.
    FeatureHide,
    /// Hide all outputs but the selected feature's.
    FeatureOnly,
    /// Show all outputs.
    FeatureAll,
    /// Show a view.
    Show(ViewId),
    /// The next view.
    NextView,
    /// The previous view.
    PreviousView,
    /// Type a command.
    CommandLine,
    /// Give the main pane the whole screen, or take it back.
    Zoom,
    /// Show or close the help.
    Help,
    /// Mouse on or off.
    Mouse,
    /// Redraw everything.
    Redraw,
    /// Back to the shell for a while.
    Suspend,
    /// Close the innermost thing that is open; never quits.
    Close,
    /// Close the innermost thing that is open, or quit.
    Back,
    /// Quit, leaving the last screen visible.
    QuitKeeping,
    /// Quit, when asked twice.
    Interrupt,
}

/// Where keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    /// A view.
    View(ViewId),
    /// The list of features.
    Features,
    /// The help.
    Help,
}

/// The contexts in which a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Where {
    /// Everywhere.
    Everywhere,
    /// In all views.
    Views,
    /// In all views and in the list of features.
    ViewsAndFeatures,
    /// In one view.
    View(ViewId),
    /// In all views but one.
    ViewsBut(ViewId),
    /// In the list of features.
    Features,
    /// In the help.
    Help,
}

impl Where {
    /// Whether a context is one of them.
    #[must_use]
    pub fn includes(self, context: Context) -> bool {
        match (self, context) {
            (Self::Everywhere, _)
            | (Self::Views | Self::ViewsAndFeatures, Context::View(_))
            | (Self::Features | Self::ViewsAndFeatures, Context::Features)
            | (Self::Help, Context::Help) => true,
            (Self::View(view), Context::View(this)) => view == this,
            (Self::ViewsBut(view), Context::View(this)) => view != this,
            _ => false,
        }
    }
}

/// A heading of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Moving through event time.
    Replay,
    /// Moving on the screen.
    Move,
    /// A view, by its title.
    View(&'static str),
    /// The list of features.
    Features,
    /// Views and panes.
    Views,
    /// Everything else.
    Workbench,
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replay => "Replay",
            Self::Move => "Move",
            Self::View(title) => title,
            Self::Features => "List of features",
            Self::Views => "Views and panes",
            Self::Workbench => "Workbench",
        })
    }
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The stable name, for key maps and docs.
    pub id: &'static str,
    /// What it asks for.
    pub action: Action,
    /// The keys; two-key sequences are written with a space between.
    pub keys: &'static [&'static str],
    /// Where the keys mean this.
    pub place: Where,
    /// The heading in the help.
    pub group: Group,
    /// The word in the footer; empty for what is found in the help only. Neighbours with the same
    /// word share one place.
    pub label: &'static str,
    /// The sentence in the help.
    pub doc: &'static str,
}

/// Lines of the table.
macro_rules! entries {
    ($($action:expr, $id:literal [$($key:literal),+] $place:expr, $group:expr, $label:literal $doc:literal;)+) => {
        &[$($crate::ui::input::command::Entry {
            id: $id,
            action: $action,
            keys: &[$($key),+],
            place: $place,
            group: $group,
            label: $label,
            doc: $doc,
        }),+]
    };
}
pub(in crate::ui) use entries;

use Action as A;
use Group as G;
use Where::{Everywhere, Features, Help, Views, ViewsAndFeatures, ViewsBut};

/// The lines of event time, which come first in the footer.
#[rustfmt::skip]
pub(in crate::ui) const REPLAY: &[Entry] = entries! {
    A::PlayPause, "play-pause" ["space"] Views, G::Replay, "play" "play or pause; at the end of the log, play from the start";
    A::StepForward, "step-forward" ["."] Views, G::Replay, "step" "one event forward; 25. goes 25 forward";
    A::StepBack, "step-back" [","] Views, G::Replay, "step" "one event back; 25, goes 25 back";
    A::KeyForward, "key-forward" ["}"] Views, G::Replay, "" "next event that changes the selected value; the selection stays with the key";
    A::KeyBack, "key-back" ["{"] Views, G::Replay, "" "previous event that changes the selected value";
    A::Slower, "slower" ["<"] Views, G::Replay, "speed" "play slower";
    A::Faster, "faster" [">"] Views, G::Replay, "speed" "play faster";
    A::RealTime, "real-time" ["="] Views, G::Replay, "" "play in real time: one second of event time per second";
    A::Start, "go-start" ["g g"] Views, G::Replay, "" "go to the start, before the first event";
    A::End, "go-end" ["G"] Views, G::Replay, "" "go to the end, after the last event";
    A::GotoTime, "go-time" ["g t"] Views, G::Replay, "" "go to a moment: 14:05, +30s, -5m, 2026-03-02, 2026-03-02T14:05Z, 1772460300";
    A::GotoEvent, "go-event" ["g e"] Views, G::Replay, "" "go to an event, by its number";
    A::GotoPercent, "go-percent" ["g p"] Views, G::Replay, "" "go to a percentage";
    A::NextMark, "next-mark" ["]"] Views, G::Replay, "" "next mark on the timeline";
    A::PreviousMark, "previous-mark" ["["] Views, G::Replay, "" "previous mark on the timeline";
    A::JumpBack, "jump-back" ["ctrl-o"] Views, G::Replay, "back" "come back from the last jump: cursor, view and selection";
    A::Follow, "follow" ["F"] Views, G::Replay, "" "stay at the newest event while the log is read";
};

/// The lines behind those of the views: the editor, the list of features, moving.
#[rustfmt::skip]
pub(in crate::ui) const COMMON: &[Entry] = entries! {
    A::Editor, "editor" ["o"] Views, G::View("Config"), "editor" "open the config in $EDITOR, at the problem or the selected feature";
    A::Reload, "reload" ["r"] Views, G::View("Config"), "" "read the config again, even if it did not change";
    A::Features, "features" ["f"] ViewsAndFeatures, G::Features, "features" "list the declared features: find one, hide outputs";
    A::FeatureGo, "feature-go" ["enter"] Features, G::Features, "go there" "go to its column, shown again if it is hidden";
    A::FeatureHide, "feature-hide" ["space"] Features, G::Features, "hide/show" "hide its outputs, or show them; hidden outputs are not computed";
    A::FeatureOnly, "feature-only" ["s"] Features, G::Features, "only" "show only its outputs";
    A::FeatureAll, "feature-all" ["a"] Features, G::Features, "all" "show all outputs";
    A::Filter, "feature-filter" ["/"] Features, G::Features, "filter" "list only what contains a text";
    A::Editor, "feature-editor" ["o"] Features, G::Features, "editor" "open the config in $EDITOR, at the feature";
    A::Up, "up" ["k", "up"] Everywhere, G::Move, "" "up";
    A::Down, "down" ["j", "down"] Everywhere, G::Move, "" "down";
    A::Left, "left" ["h", "left"] Everywhere, G::Move, "" "left; fold, or close the event or the feature that is open";
    A::Right, "right" ["l", "right"] Everywhere, G::Move, "" "right; unfold, or open the selected event or feature";
    A::PageUp, "page-up" ["pgup", "ctrl-b"] Everywhere, G::Move, "" "one screen up";
    A::PageDown, "page-down" ["pgdn", "ctrl-f"] Everywhere, G::Move, "" "one screen down";
    A::HalfUp, "half-up" ["ctrl-u"] Everywhere, G::Move, "" "half a screen up";
    A::HalfDown, "half-down" ["ctrl-d"] Everywhere, G::Move, "" "half a screen down";
    A::Top, "top" ["home"] Everywhere, G::Move, "" "first row; among the values, the selection then stays at the top";
    A::Bottom, "bottom" ["end"] Everywhere, G::Move, "" "last row";
    A::Filter, "help-filter" ["/"] Help, G::Workbench, "" "search this help";
};

/// The lines behind those that show a view.
#[rustfmt::skip]
pub(in crate::ui) const WORKBENCH: &[Entry] = entries! {
    A::NextView, "next-view" ["tab"] ViewsBut(ViewId::HOME), G::Views, "view" "next view";
    A::PreviousView, "previous-view" ["shift-tab"] ViewsBut(ViewId::HOME), G::Views, "" "previous view";
    A::Zoom, "zoom" ["Z"] Views, G::Views, "" "main pane on the whole screen, and back";
    A::CommandLine, "command-line" [":"] Views, G::Workbench, "" "type a command: save-test writes the selected value as a test into the config, of the fewest of its events";
    A::Help, "help" ["?", "f1"] Everywhere, G::Workbench, "help" "show this help";
    A::Mouse, "mouse" ["%"] Views, G::Workbench, "" "mouse on or off; off lets the terminal select text";
    A::Redraw, "redraw" ["ctrl-l"] Everywhere, G::Workbench, "" "redraw";
    A::Suspend, "suspend" ["ctrl-z"] Everywhere, G::Workbench, "" "suspend to the shell; fg returns";
    A::Close, "close" ["esc"] Everywhere, G::Workbench, "" "close what is open, drop the filter, cancel a seek; never quits";
    A::Back, "back" ["q"] Everywhere, G::Workbench, "quit" "close what is open, else quit";
    A::QuitKeeping, "quit-keeping" ["Q"] Views, G::Workbench, "" "quit, leaving the last screen visible";
    A::Interrupt, "interrupt" ["ctrl-c"] Everywhere, G::Workbench, "" "press twice to quit";
};

/// What a sequence of keys means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It asks for this.
    Action(Action),
    /// It is the beginning of a longer sequence.
    Prefix,
    /// Nothing.
    Unknown,
}

/// What `sequence` (names of keys with spaces between) means among the entries of a context.
#[must_use]
pub(in crate::ui) fn meaning<'e>(
    entries: impl Iterator<Item = &'e Entry>,
    sequence: &str,
) -> Meaning {
    let mut prefix = false;
    for entry in entries {
        for keys in entry.keys {
            if *keys == sequence {
                return Meaning::Action(entry.action);
            }
            prefix |= keys.strip_prefix(sequence).is_some_and(|rest| rest.starts_with(' '));
        }
    }
    if prefix { Meaning::Prefix } else { Meaning::Unknown }
}

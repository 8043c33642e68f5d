//! The one table of what the workbench can be told: the key map, the footer and the help are all
//! read from it. It must not know how an action is carried out.

use std::fmt;

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
    /// Give the detail of the selected cell the whole screen, or take it back.
    Detail,
    /// Go to the selected event.
    SeekSelected,
    /// The next fault of the config.
    NextProblem,
    /// The previous fault.
    PreviousProblem,
    /// Open the config in the editor.
    Editor,
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
    /// Show the values.
    Values,
    /// Show the events.
    Events,
    /// Show the config.
    Config,
    /// The next view.
    NextView,
    /// The previous view.
    PreviousView,
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
    /// The values view.
    Values,
    /// The events view.
    Events,
    /// The config view.
    Config,
    /// The list of features.
    Features,
    /// The help.
    Help,
}

/// A heading of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Moving through event time.
    Replay,
    /// Moving on the screen.
    Move,
    /// The table of values.
    Values,
    /// The list of features.
    Features,
    /// The list of events.
    Events,
    /// The config.
    Config,
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
            Self::Values => "Values",
            Self::Features => "List of features",
            Self::Events => "Events",
            Self::Config => "Config",
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
    pub contexts: &'static [Context],
    /// The heading in the help.
    pub group: Group,
    /// The word in the footer; empty for what is found in the help only. Neighbours with the same
    /// word share one place.
    pub label: &'static str,
    /// The sentence in the help.
    pub doc: &'static str,
}

const VALUES: &[Context] = &[Context::Values];
const EVENTS: &[Context] = &[Context::Events];
const CONFIG: &[Context] = &[Context::Config];
const LIST: &[Context] = &[Context::Features];
const HELP: &[Context] = &[Context::Help];
const BESIDE_VALUES: &[Context] = &[Context::Events, Context::Config];
const VIEWS: &[Context] = &[Context::Values, Context::Events, Context::Config];
const VIEWS_AND_LIST: &[Context] =
    &[Context::Values, Context::Events, Context::Config, Context::Features];
const EVERYWHERE: &[Context] =
    &[Context::Values, Context::Events, Context::Config, Context::Features, Context::Help];

macro_rules! table {
    ($($action:ident $id:literal [$($key:literal),+] $contexts:ident $group:ident $label:literal $doc:literal;)+) => {
        &[$(Entry {
            id: $id,
            action: Action::$action,
            keys: &[$($key),+],
            contexts: $contexts,
            group: Group::$group,
            label: $label,
            doc: $doc,
        }),+]
    };
}

/// Everything that can be asked for, in the order of the help and the footer.
#[rustfmt::skip]
pub const TABLE: &[Entry] = table! {
    PlayPause "play-pause" ["space"] VIEWS Replay "play" "play or pause; at the end of the log, play from the start";
    StepForward "step-forward" ["."] VIEWS Replay "step" "one event forward; 25. goes 25 forward";
    StepBack "step-back" [","] VIEWS Replay "step" "one event back; 25, goes 25 back";
    KeyForward "key-forward" ["}"] VIEWS Replay "" "next event that changes the selected value; the selection stays with the key";
    KeyBack "key-back" ["{"] VIEWS Replay "" "previous event that changes the selected value";
    Slower "slower" ["<"] VIEWS Replay "speed" "play slower";
    Faster "faster" [">"] VIEWS Replay "speed" "play faster";
    RealTime "real-time" ["="] VIEWS Replay "" "play in real time: one second of event time per second";
    Start "go-start" ["g g"] VIEWS Replay "" "go to the start, before the first event";
    End "go-end" ["G"] VIEWS Replay "" "go to the end, after the last event";
    GotoTime "go-time" ["g t"] VIEWS Replay "" "go to a moment: 14:05, +30s, -5m, 2026-03-02, 2026-03-02T14:05Z, 1772460300";
    GotoEvent "go-event" ["g e"] VIEWS Replay "" "go to an event, by its number";
    GotoPercent "go-percent" ["g p"] VIEWS Replay "" "go to a percentage";
    NextMark "next-mark" ["]"] VIEWS Replay "" "next mark on the timeline";
    PreviousMark "previous-mark" ["["] VIEWS Replay "" "previous mark on the timeline";
    Follow "follow" ["F"] VIEWS Replay "" "stay at the newest event while the log is read";

    Filter "filter" ["/"] VALUES Values "filter" "show only keys that contain a text";
    Sort "sort" ["s"] VALUES Values "sort" "sort by the selected column; again reverses the order";
    Reverse "sort-reverse" ["S"] VALUES Values "" "reverse the order";
    SortByKey "sort-key" ["K"] VALUES Values "" "sort by key; again reverses the order";
    SortByRecent "sort-recent" ["R"] VALUES Values "" "sort by last event; again reverses the order";
    NextScope "next-scope" ["tab"] VALUES Values "scope" "next scope";
    PreviousScope "previous-scope" ["shift-tab"] VALUES Values "" "previous scope";
    Layout "layout" ["w"] VALUES Values "wide/long" "wide (one column per output) or long (one row per output)";
    Detail "detail" ["enter"] VALUES Values "detail" "detail of the selected cell on the whole screen, and back";

    SeekSelected "seek-selected" ["enter"] EVENTS Events "go there" "go to the selected event";

    NextProblem "next-problem" ["e"] CONFIG Config "problem" "next problem";
    PreviousProblem "previous-problem" ["E"] CONFIG Config "problem" "previous problem";
    Editor "editor" ["o"] VIEWS Config "editor" "open the config in $EDITOR, at the problem or the selected feature";
    Reload "reload" ["r"] VIEWS Config "" "read the config again, even if it did not change";

    Features "features" ["f"] VIEWS_AND_LIST Features "features" "list the declared features: find one, hide outputs";
    FeatureGo "feature-go" ["enter"] LIST Features "go there" "go to its column, shown again if it is hidden";
    FeatureHide "feature-hide" ["space"] LIST Features "hide/show" "hide its outputs, or show them; hidden outputs are not computed";
    FeatureOnly "feature-only" ["s"] LIST Features "only" "show only its outputs";
    FeatureAll "feature-all" ["a"] LIST Features "all" "show all outputs";
    Filter "feature-filter" ["/"] LIST Features "filter" "list only what contains a text";
    Editor "feature-editor" ["o"] LIST Features "editor" "open the config in $EDITOR, at the feature";

    Up "up" ["k", "up"] EVERYWHERE Move "" "up";
    Down "down" ["j", "down"] EVERYWHERE Move "" "down";
    Left "left" ["h", "left"] EVERYWHERE Move "" "left; in the list of features, close the feature";
    Right "right" ["l", "right"] EVERYWHERE Move "" "right; in the list of features, open the feature";
    PageUp "page-up" ["pgup", "ctrl-b"] EVERYWHERE Move "" "one screen up";
    PageDown "page-down" ["pgdn", "ctrl-f"] EVERYWHERE Move "" "one screen down";
    HalfUp "half-up" ["ctrl-u"] EVERYWHERE Move "" "half a screen up";
    HalfDown "half-down" ["ctrl-d"] EVERYWHERE Move "" "half a screen down";
    Top "top" ["home"] EVERYWHERE Move "" "first row; among the values, the selection then stays at the top";
    Bottom "bottom" ["end"] EVERYWHERE Move "" "last row";
    Filter "help-filter" ["/"] HELP Workbench "" "search this help";

    Values "view-values" ["1"] VIEWS Views "" "show the values";
    Events "view-events" ["2"] VIEWS Views "" "show the events";
    Config "view-config" ["3"] VIEWS Views "" "show the config and its problems";
    NextView "next-view" ["tab"] BESIDE_VALUES Views "view" "next view";
    PreviousView "previous-view" ["shift-tab"] BESIDE_VALUES Views "" "previous view";
    Zoom "zoom" ["Z"] VIEWS Views "" "main pane on the whole screen, and back";

    Help "help" ["?", "f1"] EVERYWHERE Workbench "help" "show this help";
    Mouse "mouse" ["%"] VIEWS Workbench "" "mouse on or off; off lets the terminal select text";
    Redraw "redraw" ["ctrl-l"] EVERYWHERE Workbench "" "redraw";
    Suspend "suspend" ["ctrl-z"] EVERYWHERE Workbench "" "suspend to the shell; fg returns";
    Close "close" ["esc"] EVERYWHERE Workbench "" "close what is open, drop the filter, cancel a seek; never quits";
    Back "back" ["q"] EVERYWHERE Workbench "quit" "close what is open, else quit";
    QuitKeeping "quit-keeping" ["Q"] VIEWS Workbench "" "quit, leaving the last screen visible";
    Interrupt "interrupt" ["ctrl-c"] EVERYWHERE Workbench "" "press twice to quit";
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

/// What `sequence` (names of keys with spaces between) means in `context`.
#[must_use]
pub fn meaning(context: Context, sequence: &str) -> Meaning {
    let mut prefix = false;
    for entry in TABLE.iter().filter(|entry| entry.contexts.contains(&context)) {
        for keys in entry.keys {
            if *keys == sequence {
                return Meaning::Action(entry.action);
            }
            prefix |= keys.strip_prefix(sequence).is_some_and(|rest| rest.starts_with(' '));
        }
    }
    if prefix { Meaning::Prefix } else { Meaning::Unknown }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_every_line_has_words() {
        let mut ids = HashSet::new();
        for entry in TABLE {
            assert!(ids.insert(entry.id), "{} twice", entry.id);
            assert!(!entry.doc.is_empty() && !entry.contexts.is_empty(), "{}", entry.id);
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for context in EVERYWHERE {
            let mut keys = Vec::new();
            for entry in TABLE.iter().filter(|entry| entry.contexts.contains(context)) {
                keys.extend(entry.keys.iter().map(|key| (*key, entry.id)));
            }
            for (i, (key, id)) in keys.iter().enumerate() {
                for (other, other_id) in &keys[i + 1..] {
                    assert_ne!(key, other, "{id} and {other_id} in {context:?}");
                    let hidden = |long: &str, short: &str| {
                        long.strip_prefix(short).is_some_and(|rest| rest.starts_with(' '))
                    };
                    assert!(!hidden(key, other) && !hidden(other, key), "{id} hides {other_id}");
                }
            }
        }
    }

    #[test]
    fn sequences_wait_for_their_second_key() {
        assert_eq!(meaning(Context::Values, "g"), Meaning::Prefix);
        assert_eq!(meaning(Context::Values, "g t"), Meaning::Action(Action::GotoTime));
        assert_eq!(meaning(Context::Values, "g x"), Meaning::Unknown);
        assert_eq!(meaning(Context::Events, "enter"), Meaning::Action(Action::SeekSelected));
        assert_eq!(meaning(Context::Help, "space"), Meaning::Unknown);
    }
}

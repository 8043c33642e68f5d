//! `docs/keys.md` against the command table. `COUNTERSCOPE_BLESS=1` writes the page anew.

use std::fmt::Write as _;

use counterscope::ui::input::command::{Entry, Group};
use counterscope::ui::views::{commands, contexts};

const INTRO: &str = "\
# Keys

This page, the key map, the footer and the help (`?`) are made from one table of commands.

* Two-key sequences are typed one key after the other; after the first, the line above the footer
  lists what can follow.
* A number before a key repeats it: `5 j` goes five rows down, `25 .` goes 25 events forward. The
  digits of views show these, so a number that begins with one of them is a count for `.` and `,`
  only, and only if it is typed quickly; a leading zero, as in `025 .`, always makes it a count.
* `tab` goes to the next scope among the values, and to the next view elsewhere.
* At first, and after `home`, the selection is the top row, whichever key that is. Once moved, the
  selection stays with its key: when the order changes, the table scrolls along. While event time
  runs, and after `}` and `{`, it stays with its key too.
* While you type into a field, letters are text; `esc` cancels and `enter` accepts. `esc` never
  quits, `q` quits where nothing is open, `ctrl-c` twice quits everywhere.
* The wheel scrolls the pane under it, a click selects a cell, an event or a view, a click on a
  column's head sorts by it, a click or a drag on the timeline goes there.
";

fn page() -> String {
    let mut page = INTRO.to_owned();
    let mut group: Option<Group> = None;
    let mut entries: Vec<&Entry> = commands().collect();
    let first = |group| commands().position(|entry| entry.group == group);
    entries.sort_by_key(|entry| first(entry.group));
    for entry in entries {
        if group != Some(entry.group) {
            group = Some(entry.group);
            write!(
                page,
                "\n## {}\n\n| keys | what they do | where | id |\n|---|---|---|---|\n",
                entry.group
            )
            .unwrap();
        }
        let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{key}`")).collect();
        let all = contexts().filter(|(context, _)| entry.place.includes(*context));
        let mut places: Vec<&str> = all.map(|(_, name)| name).collect();
        if places.len() == contexts().count() {
            places = vec!["everywhere"];
        }
        let (keys, places) = (keys.join(" "), places.join(", "));
        writeln!(page, "| {keys} | {} | {places} | {} |", entry.doc, entry.id).unwrap();
    }
    page
}

#[test]
fn the_page_of_keys_is_the_command_table() {
    crate::screen::assert_file(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/keys.md"), &page());
}

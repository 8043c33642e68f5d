//! What is said of the events that a filter lets through.

use crate::base::quantity;
use crate::session::snapshot::FilteredEvents;
use crate::ui::draw::paint::Paint;
use crate::ui::draw::text::{self, Cut};

/// The fewest cells of a filter.
const LEAST: usize = 12;

/// The title of events that a filter lets through, in so many cells: a long filter is cut, the counts
/// are not.
#[must_use]
pub fn title(filtered: &FilteredEvents, filter: &str, cells: u16, paint: Paint) -> String {
    let dot = paint.glyphs.dot;
    let number = |n: usize| quantity::grouped(n as u64);
    let lines = if filtered.is_of_lines { " lines" } else { "" };
    let count = format!("{} of {}{lines}", number(filtered.found), number(filtered.of));
    let searched = match (&filtered.reading, filtered.searched) {
        (Some(name), Some(_)) => format!(" {dot} reading `{name}`"),
        (None, Some(share)) => format!(" {dot} searching {} %", (share * 100.0).floor()),
        (_, None) => String::new(),
    };
    let (head, tail) = (format!("Events {dot} /"), format!(" {dot} {count}{searched}"));
    let room = usize::from(cells).saturating_sub(text::width(&head) + text::width(&tail));
    let filter = text::fit(filter, room.max(LEAST), paint.glyphs.ellipsis, Cut::Middle);
    format!("{head}{filter}{tail}")
}

/// What is said in place of events if a filter lets none through.
#[must_use]
pub fn nothing(filtered: &FilteredEvents) -> String {
    if let Some(name) = &filtered.reading {
        let reads = if filtered.searched.is_some() { "reading" } else { "enter reads" };
        let similar = filtered.similar.as_ref().filter(|_| filtered.searched.is_none());
        let similar = similar.map_or_else(String::new, |it| format!("; did you mean `{it}`?"));
        return format!("{reads} `{name}`, which no feature uses, from the log{similar}");
    }
    match (&filtered.error, filtered.searched) {
        (Some(error), _) => error.clone(),
        (None, Some(_)) => "searching".to_owned(),
        (None, None) if filtered.is_of_lines => "no line was rejected".to_owned(),
        (None, None) if filtered.sorted > 0 => sorted(filtered.sorted),
        (None, None) => "no event passes the filter; esc drops it".to_owned(),
    }
}

/// Why none is late although some stand behind a later one in the log.
fn sorted(count: u64) -> String {
    let events = quantity::counted(count as usize, "event");
    format!(
        "no event is late: sorted by time; {events} stood behind a later one in the log (view 6)"
    )
}

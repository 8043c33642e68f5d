//! The outline of contributors: a table for each side.

use crate::base::Timestamp;
use crate::base::quantity::{counted, grouped, value as number};

use super::side::counted_large;
use super::{Cell, CellKind, Extent, FIRST_VALUES, GroupRef, Outline, Tone};
use crate::explain::{Contributor, Contributors};

/// How the ids of the sides begin.
pub const CONTRIBUTORS: &str = "by/";
/// The outline of the contributors to an output at a key, by a field. Of each side so many values
/// are listed; `more` says how to list more.
#[must_use]
pub fn contributors(
    (name, as_of): (&str, Timestamp),
    sides: &[Contributors],
    by: &str,
    (most, more): (usize, &str),
    extent: Extent,
) -> Outline {
    let mut outline = Outline { as_of, ..Outline::default() };
    let title = Cell::text(format!("{name} by {by}, as of ")).at(as_of);
    outline.say(0, "value", title).tone(Tone::Title);
    if extent == Extent::Overview
        && sides.iter().any(|side| side.contributions > 0)
        && !sides.iter().any(Contributors::has_values)
    {
        outline.say(1, "value/none", Cell::text(format!("none of these events has `{by}`")));
    }
    for side in sides {
        add(&mut outline, side, by, (most, more), extent);
    }
    outline
}

fn add(
    outline: &mut Outline,
    side: &Contributors,
    by: &str,
    (most, more): (usize, &str),
    extent: Extent,
) {
    let role = if side.role.is_empty() { String::new() } else { format!("{}: ", side.role) };
    let adds =
        side.total.map_or_else(String::new, |total| format!(", adding up to {}", number(total)));
    let events = counted_large(side.contributions, "event");
    let words =
        format!("{role}{}: {events}{adds}, of {} at any key", side.words, grouped(side.taken));
    let id = format!("{CONTRIBUTORS}{}", side.role);
    outline.say(0, id.clone(), Cell::text(words)).tone(Tone::Heading);
    let table = outline.table();
    let head = ["EVENTS", "ADDS", "SHARE", "LIFT"].map(Cell::number);
    let head = std::iter::once(Cell::text(by)).chain(head).collect();
    outline.row(1, format!("{id}/head"), head, table).tone(Tone::Head);
    let listed = &side.groups[..side.groups.len().min(most)];
    let open = if extent == Extent::Overview { FIRST_VALUES } else { usize::MAX };
    let (first, rest) = listed.split_at(open.min(listed.len()));
    let add = |outline: &mut Outline, depth, it: &Contributor| {
        let id =
            format!("{id}/{}", it.value.as_deref().map_or_else(String::new, |it| format!("={it}")));
        let group = GroupRef { role: side.role.clone(), value: it.value.clone() };
        outline.row(depth, id, cells(it), table).about(it.first).group = Some(group);
    };
    first.iter().for_each(|it| add(outline, 1, it));
    if !rest.is_empty() {
        let words = format!("… {}", counted(rest.len(), "other value"));
        outline.say(1, format!("{id}/more"), Cell::text(words)).closed(true);
        rest.iter().for_each(|it| add(outline, 2, it));
    }
    if let Some(left) = side.values.checked_sub(listed.len()).filter(|left| *left > 0) {
        let words = format!("… {}{more}", counted(left, "other value"));
        outline.say(1, format!("{id}/left"), Cell::text(words)).tone(Tone::Faint);
    }
}

fn cells(it: &Contributor) -> Vec<Cell> {
    let share = format!("{:.1} %", 100.0 * it.share);
    vec![
        Cell::text(it.value.clone().unwrap_or_else(|| "missing".to_owned())),
        Cell::number(grouped(it.contributions)),
        Cell::number(it.weight.map_or_else(String::new, number)),
        Cell { kind: CellKind::Share(it.share), ..Cell::text(share) },
        Cell::number(format!("{:.1}×", it.lift)),
    ]
}

//! The outline of a side: its window, its contributions, and what did not count.

use std::collections::BTreeMap;

use crate::base::Millis;
use crate::base::quantity::{bytes, counted, grouped, value as number};

use super::{
    BUCKETS, Cell, CellKind, Extent, FIRST_EVENTS, Form, MOST_EVENTS, Outline, Tone, event, form,
    optional, pairs,
};
use crate::explain::{Bucket, Contribution, Duplicates, Group, Order, Place, Side, WindowPart};

/// Adds a side, with its part in the formula if it is named.
pub(super) fn add(
    outline: &mut Outline,
    side: &Side,
    (order, is_named): (Order, bool),
    extent: Extent,
) {
    let role = if is_named { format!("{}: ", side.role) } else { String::new() };
    let about = if side.is_exact { "" } else { ", an estimate" };
    let at = if side.key.is_empty() {
        "over all keys".to_owned()
    } else {
        format!("at {}", pairs(&side.key, ","))
    };
    let value = if side.is_list {
        String::new()
    } else {
        format!(" = {}", optional(side.value, form(side)))
    };
    let id = format!("side/{}", side.role);
    let words = format!("{role}{} {at}{value}{about}", side.words);
    let is_beside = side.is_global && extent == Extent::Overview;
    outline.say(0, id.clone(), Cell::text(words)).tone(Tone::Heading).closed(is_beside);
    if let Some(window) = &side.window {
        add_window(outline, &id, window, side);
    }
    contributions(outline, &id, side, order, extent);
    if !side.not_counted.is_empty() || side.duplicates.is_some() {
        let of = if side.key.is_empty() { "of all events" } else { "of the events with this key" };
        let not = format!("{id}/not");
        outline.say(1, not.clone(), Cell::text(format!("did not count, {of}:")));
        let table = outline.table();
        for group in &side.not_counted {
            add_group(outline, &not, group, (table, side.is_global), extent);
        }
        if let Some(duplicates) = &side.duplicates {
            add_duplicates(outline, &not, duplicates, (table, side.is_global), extent);
        }
    }
    let shared = match side.state.readers.as_slice() {
        [] | [_] => String::new(),
        several => format!(", shared by {}", several.join(", ")),
    };
    let state = format!(
        "state: {}, {} for {}{shared}",
        side.state.words,
        bytes(side.state.bytes as u64),
        counted(side.state.keys, "key"),
    );
    outline.say(1, format!("{id}/state"), Cell::text(state)).tone(Tone::Faint);
}

/// A counted noun, of however many.
pub(super) fn counted_large(count: u64, word: &str) -> String {
    counted(usize::try_from(count).unwrap_or(usize::MAX), word)
}

fn add_window(outline: &mut Outline, id: &str, window: &WindowPart, side: &Side) {
    let words = Cell::text(format!("{}: from ", window.words)).at(window.from).and(" to ");
    let words = if window.is_open { words.and("now") } else { words.at(window.to) };
    let id = format!("{id}/window");
    outline.say(1, id.clone(), words);
    let total = side.contributions.total.filter(|total| *total != 0.0);
    let table = outline.table();
    let (first, rest) = window.buckets.split_at(window.buckets.len().min(BUCKETS));
    for bucket in first {
        let cells = bucket_cells(bucket, total, form(side));
        outline.row(2, format!("{id}/{}", bucket.from.0), cells, table);
    }
    if !rest.is_empty() {
        let words = format!("… {}", counted(rest.len(), "older bucket"));
        outline.say(2, format!("{id}/older"), Cell::text(words)).closed(true);
        for bucket in rest {
            let cells = bucket_cells(bucket, total, form(side));
            outline.row(3, format!("{id}/{}", bucket.from.0), cells, table);
        }
    }
    if let Some(rolling) = window.rolling.filter(|rolling| rolling.value != side.value) {
        let error = rolling.value.zip(side.value).filter(|(rolling, _)| *rolling != 0.0);
        let error = error.map_or_else(String::new, |(rolling, own)| {
            format!(": buckets make it {:+.1} %", 100.0 * (own - rolling) / rolling)
        });
        let value = optional(rolling.value, form(side));
        let span = match rolling.offset {
            Millis(0) => format!("last {}", rolling.span),
            offset => format!("{} until {offset} ago", rolling.span),
        };
        let words = format!("exactly the {span} would be {value}{error}");
        outline.say(1, format!("{id}/rolling"), Cell::text(words));
    }
}

fn bucket_cells(bucket: &Bucket, total: Option<f64>, form: Form) -> Vec<Cell> {
    let place = match bucket.place {
        Place::Inside => "",
        Place::Unfinished => "not over yet",
        Place::Outside => "outside the window",
    };
    let share = total.filter(|_| bucket.place != Place::Outside);
    let share = share.map_or_else(
        || Cell::number(""),
        |total| {
            let share = bucket.value / total;
            let text = format!("{:.1} %", 100.0 * share);
            Cell { kind: CellKind::Share(share), ..Cell::text(text) }
        },
    );
    let span = Cell::moment(bucket.from).and(" – ").at(bucket.to);
    vec![span, Cell::number(form(bucket.value)), share, Cell::text(place)]
}

fn contributions(outline: &mut Outline, id: &str, side: &Side, order: Order, extent: Extent) {
    let contributions = &side.contributions;
    let of = counted_large(contributions.count, "event");
    let s = if contributions.count == 1 { "s" } else { "" };
    let adds = match contributions.total {
        Some(total) => format!("add{s} up to {}", number(total)),
        None => format!("determine{s} the value"),
    };
    let half = contributions.half_weight.map_or_else(String::new, |age| {
        format!("; half of the weight is at most {} old", age.brief())
    });
    let shown = contributions.listed.len();
    let order = match order {
        Order::Newest => "newest",
        Order::Largest => "largest",
    };
    let first = if (shown as u64) < contributions.count {
        format!(", the {order} {}", grouped(shown as u64))
    } else {
        format!(", {order} first")
    };
    let id = format!("{id}/events");
    if contributions.count == 0 {
        outline.say(1, id, Cell::text("no event counts"));
        return;
    }
    if side.is_global {
        outline.say(1, id, Cell::text(format!("{of} {adds}{half}")));
        return;
    }
    outline.say(1, id.clone(), Cell::text(format!("{of} {adds}{half}{first}:")));
    let table = outline.table();
    let most = if extent == Extent::Overview { FIRST_EVENTS } else { usize::MAX };
    // A single one takes no more room than the line that it would hide behind.
    let most = if shown == most.saturating_add(1) { shown } else { most.min(shown) };
    let (first, rest) = contributions.listed.split_at(most);
    let mut ids = EventIds::new(&id);
    let mut add = |outline: &mut Outline, depth, it: &Contribution| {
        let node = outline.row(depth, ids.next(it.event.number), cells(it, form(side)), table);
        node.about(it.event.number).contributes = true;
    };
    first.iter().for_each(|it| add(outline, 2, it));
    if !rest.is_empty() {
        let words = format!("… {} more", grouped(rest.len() as u64));
        outline.say(2, format!("{id}/more"), Cell::text(words)).closed(true);
        rest.iter().for_each(|it| add(outline, 3, it));
    }
    let left = contributions.count.saturating_sub(shown as u64);
    if left > 0 && extent == Extent::Overview {
        let lists_more = shown < MOST_EVENTS;
        let more = if lists_more { "; enter lists more" } else { "" };
        let words = format!("… {} not listed{more}", grouped(left));
        let node = outline.say(2, format!("{id}/left"), Cell::text(words)).tone(Tone::Faint);
        node.lists_more = lists_more;
    }
}

/// The ids of lines about events: several have one number where one line of the log has several.
struct EventIds<'i> {
    parent: &'i str,
    /// How many lines have a number.
    lines: BTreeMap<usize, usize>,
}

impl<'i> EventIds<'i> {
    const fn new(parent: &'i str) -> Self {
        Self { parent, lines: BTreeMap::new() }
    }

    /// The id of the next line about an event.
    fn next(&mut self, number: usize) -> String {
        let lines = self.lines.entry(number).or_default();
        *lines += 1;
        match *lines {
            1 => format!("{}/{number}", self.parent),
            place => format!("{}/{number}/{place}", self.parent),
        }
    }
}

fn cells(it: &Contribution, form: Form) -> Vec<Cell> {
    let mut cells = event(&it.event);
    let weight = match (it.weight, it.value) {
        (Some(weight), _) => format!("+{}", number(weight)).replace("+-", "-"),
        (None, Some(value)) => form(value),
        (None, None) => String::new(),
    };
    let is_known = it.before.or(it.after).is_some();
    let change = format!("{} → {}", optional(it.before, form), optional(it.after, form));
    cells.push(Cell::number(weight));
    cells.push(Cell::text(if is_known { change } else { String::new() }));
    cells
}

fn add_group(
    outline: &mut Outline,
    id: &str,
    group: &Group,
    (table, is_brief): (usize, bool),
    extent: Extent,
) {
    let by = match group.by {
        Some(by) if by.least == by.most => format!(", by {}", by.least.brief()),
        Some(by) => format!(", by {} to {}", by.least.brief(), by.most.brief()),
        None => String::new(),
    };
    let found = group.found.iter().map(|found| {
        let value = found.value.as_deref().unwrap_or("missing");
        format!("{value} ×{}", grouped(found.count))
    });
    let found = found.collect::<Vec<_>>().join(", ");
    let found = if found.is_empty() { String::new() } else { format!(": {found}") };
    let id = format!("{id}/{}", group.words);
    let words = Cell::text(format!("{}{by}{found}", group.words));
    let cells = vec![Cell::number(grouped(group.count)), words];
    outline.row(2, id.clone(), cells, table).closed(extent == Extent::Overview);
    if is_brief || group.reason == "type" {
        // What stood there says it all.
        return;
    }
    let table = outline.table();
    let mut ids = EventIds::new(&id);
    for example in &group.examples {
        let node = outline.row(3, ids.next(example.number), event(example), table);
        node.about(example.number);
    }
}

fn add_duplicates(
    outline: &mut Outline,
    id: &str,
    duplicates: &Duplicates,
    (table, is_brief): (usize, bool),
    extent: Extent,
) {
    let id = format!("{id}/duplicates");
    let words = if duplicates.count == 1 {
        "a duplicate: its id was there before"
    } else {
        "duplicates: their ids were there before"
    };
    let cells = vec![Cell::number(grouped(duplicates.count)), Cell::text(words)];
    outline.row(2, id.clone(), cells, table).closed(extent == Extent::Overview);
    if is_brief {
        return;
    }
    let table = outline.table();
    for example in &duplicates.examples {
        let mut cells = event(&example.of);
        cells[0] = Cell::number(format!("line {}", grouped(example.line)));
        cells[1] = Cell::moment(example.time);
        cells[2] = Cell::text(format!("repeats #{}", grouped(example.of.number as u64)));
        let id = format!("{id}/{}/{}", example.line, example.of.number);
        outline.row(3, id, cells, table).about(example.of.number);
    }
}

//! Repeats: events whose id was there before, in a log whose config says nothing of repetitions. The
//! id is the member that the config names, or one with a name that ids of events usually have.

use std::collections::BTreeMap;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::base::{Millis, Timestamp};

use super::marks::Marks;

/// The names of members that are ids of events.
pub(super) const NAMES: [&str; 13] = [
    "id",
    "event_id",
    "eventId",
    "eventID",
    "event_uuid",
    "uuid",
    "message_id",
    "messageId",
    "insert_id",
    "insertId",
    "$insert_id",
    "log_id",
    "record_id",
];
/// The bytes that an id takes.
pub(super) const ID_BYTES: usize = 32;

/// The events whose id was there before.
#[derive(Clone, Debug)]
pub struct RepeatedIds {
    /// The member with the id.
    pub member: String,
    /// The events that have an id.
    pub events: u64,
    /// Those whose id was there before.
    pub repeated: Marks,
    /// Of them, those that have the time and the type of the first.
    pub alike: u64,
    /// Of them, by type, the most frequent first.
    pub types: Vec<(String, u64)>,
    /// How far the times of two events of an id are apart, at most.
    pub span: Millis,
}

/// The first event of an id.
#[derive(Clone, Copy, Debug)]
struct First {
    id: u64,
    time: i64,
    type_id: u32,
}

#[derive(Debug)]
pub(super) struct Repeats {
    first: HashTable<First>,
    most: usize,
    events: u64,
    /// The line of the last event, and its id: events of a line share it.
    last: Option<(u64, u64)>,
    repeated: Marks,
    alike: u64,
    types: BTreeMap<u32, u64>,
    span: i64,
}

impl Repeats {
    /// At most so many ids are remembered.
    pub(super) fn new(most: usize) -> Self {
        Self {
            first: HashTable::new(),
            most,
            events: 0,
            last: None,
            repeated: Marks::default(),
            alike: 0,
            types: BTreeMap::new(),
            span: 0,
        }
    }

    /// Takes an event with an id.
    #[inline]
    pub(super) fn take(
        &mut self,
        id: u64,
        (event, line): (u64, u64),
        time: Timestamp,
        type_id: usize,
    ) {
        if self.last.replace((line, id)) == Some((line, id)) {
            return;
        }
        self.events += 1;
        let type_id = type_id as u32;
        let is_full = self.first.len() >= self.most;
        match self.first.entry(id, |known| known.id == id, |known| known.id) {
            Entry::Occupied(known) => {
                let known = *known.get();
                self.repeated.add(event);
                *self.types.entry(type_id).or_default() += 1;
                self.alike += u64::from((known.time, known.type_id) == (time.0, type_id));
                self.span = self.span.max(time.0.abs_diff(known.time).cast_signed());
            }
            Entry::Vacant(_) if is_full => {}
            Entry::Vacant(place) => {
                place.insert(First { id, time: time.0, type_id });
            }
        }
    }

    /// What was found, if any event has an id, which is this member.
    pub(super) fn end(
        self,
        member: Option<&str>,
        name: impl Fn(usize) -> String,
    ) -> Option<RepeatedIds> {
        let mut types: Vec<(String, u64)> = self
            .types
            .into_iter()
            .map(|(type_id, count)| (name(type_id as usize), count))
            .collect();
        types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Some(RepeatedIds {
            member: member?.to_owned(),
            events: self.events,
            repeated: self.repeated,
            alike: self.alike,
            types,
            span: Millis(self.span),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_told_with_their_types_and_span() {
        let mut repeats = Repeats::new(3);
        // Two events of a line share an id; the ids from the fourth on are not remembered.
        let events =
            [(1, 0, 0, 0), (1, 0, 0, 0), (2, 1, 5, 1), (1, 2, 7, 1), (2, 3, 5, 1), (3, 4, 9, 0)];
        for (event, (id, line, time, type_id)) in events.into_iter().enumerate() {
            repeats.take(id, (event as u64, line), Timestamp(time), type_id);
        }
        repeats.take(4, (6, 5), Timestamp(9), 0);
        repeats.take(4, (7, 6), Timestamp(9), 0);
        let found = repeats.end(Some("id"), |id| format!("t{id}")).unwrap();
        assert_eq!((found.events, found.repeated.count(), found.alike), (7, 2, 1));
        assert_eq!((found.types, found.span), (vec![("t1".to_owned(), 2)], Millis(7)));
    }
}

//! What marked events have in common more than the others: one more pass over the log for several
//! sets of events together.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use foldhash::fast::FixedState;

use crate::base::Timestamp;
use crate::base::events::{EventSettings, Format};
use crate::log::{Detected, LogError, Outcome, Reader};
use crate::tape::{Batch, ReadEvent, RowKind, TIMELESS};

use super::field::{Context, Field, hash_of_scalar};
use super::late::{Sums, sums};
use super::marks::Marks;
use super::paths::{PathId, Paths};
use super::values::Scalar;
use super::visit::{Fields, Lists, Room, Visit};
use super::{FIELD_BYTES, Limits, Take, read_all};

/// The least number of marked events: what fewer have in common is chance.
const LEAST: u64 = 5;
/// The least share of the marked events that have the value.
const SHARE: f64 = 0.5;
/// By how much that share must be above the share of the other events that have it.
const DIFFERENCE: f64 = 0.3;

/// Events at fault.
#[derive(Clone, Debug)]
pub struct Marked {
    /// The events.
    pub events: Which,
    /// The paths of fields that are no cause, since they say what the fault is.
    pub except: Vec<String>,
}

/// How events are marked.
#[derive(Clone, Debug)]
pub enum Which {
    /// As a profile of the same log has marked them.
    Marks(Marks),
    /// By their lines, and their numbers among the events of their line; ascending, as the log is.
    Lines(Vec<(u64, u64)>),
    /// By their times, of which these are the first and the last.
    Within(Timestamp, Timestamp),
    /// The events of a type that lack the field at a path.
    Lacking(String, String),
    /// The events that have a value in the field at a path, of whatever type.
    Having(String, Scalar),
}

/// A value that marked events have in common more than the other events of their types.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// The path of the field.
    pub path: String,
    /// The value.
    pub value: Scalar,
    /// The marked events that have it.
    pub having: u64,
    /// All marked events.
    pub marked: u64,
    /// All events of these types that have it.
    pub events: u64,
    /// Their share of all events of these types.
    pub share: f64,
    /// By how much the share of the marked events is above that of the others, of 1.
    pub difference: f64,
}

/// Reads logs once more; per set, what its events have in common, or `None`.
pub fn causes(
    reader: Reader,
    settings: &EventSettings,
    limits: Limits,
    sets: Vec<Marked>,
    progress: &mut dyn FnMut(f64) -> ControlFlow<()>,
) -> Result<Vec<Option<Cause>>, LogError> {
    let search = Search::new(settings, limits.memory, sets);
    Ok(read_all(reader, search, limits.threads, progress)?.0)
}

/// The fields of all events by type, and those of the marked ones.
struct Search {
    paths: Paths,
    room: Room,
    /// The names of the types, by their numbers.
    names: Vec<String>,
    types: HashMap<(RowKind, usize), OfType, FixedState>,
    sets: Vec<Set>,
    events: u64,
}

struct OfType {
    events: u64,
    fields: Fields,
}

struct Set {
    marked: Marked,
    /// Of lines, the next one.
    next: usize,
    /// The path of the field that says which events, once an event has it, and how many paths there
    /// were when it was looked for.
    path: (Option<PathId>, usize),
    /// The hash of the value that events have.
    value: Option<u64>,
    events: u64,
    types: BTreeSet<(u8, usize)>,
    fields: Fields,
}

/// An event, as sets look at it.
struct Seen<'s> {
    number: u64,
    place: (u64, u64),
    time: Option<Timestamp>,
    name: &'s str,
    own: &'s Fields,
    paths: &'s Paths,
}

impl Set {
    fn has(&mut self, event: &Seen<'_>) -> bool {
        match &self.marked.events {
            Which::Marks(marks) => marks.has(event.number - 1),
            Which::Within(first, last) => {
                event.time.is_some_and(|time| (*first..=*last).contains(&time))
            }
            Which::Lines(lines) => {
                while lines.get(self.next).is_some_and(|place| *place < event.place) {
                    self.next += 1;
                }
                lines.get(self.next) == Some(&event.place)
            }
            Which::Lacking(name, path) => {
                let field = own(&mut self.path, path, event);
                name == event.name && field.is_none()
            }
            Which::Having(path, _) => {
                let field = own(&mut self.path, path, event);
                field.is_some_and(|field| field.last_hash == self.value && self.value.is_some())
            }
        }
    }
}

/// The paths that are no cause of any set, and by which none says which events it has.
fn unwanted(sets: &[Marked]) -> Vec<String> {
    let Some((first, others)) = sets.split_first() else { return Vec::new() };
    let says = |set: &Marked, path: &String| match &set.events {
        Which::Lacking(_, own) | Which::Having(own, _) => own == path,
        Which::Marks(_) | Which::Lines(_) | Which::Within(..) => false,
    };
    let is_unwanted = |path: &&String| {
        others.iter().all(|set| set.except.contains(path))
            && !sets.iter().any(|set| says(set, path))
    };
    first.except.iter().filter(is_unwanted).cloned().collect()
}

/// The field of an event at a path, if it has one.
fn own<'s>(known: &mut (Option<PathId>, usize), path: &str, event: &Seen<'s>) -> Option<&'s Field> {
    if known.0.is_none() && known.1 < event.paths.len() {
        *known = (event.paths.named(path), event.paths.len());
    }
    let field = known.0.and_then(|path| event.own.field(path))?;
    (field.last_event == event.number).then_some(field)
}

impl Search {
    fn new(settings: &EventSettings, memory: u64, sets: Vec<Marked>) -> Self {
        let most = usize::try_from(memory / FIELD_BYTES).unwrap_or(usize::MAX).max(16);
        let value = |marked: &Marked| match &marked.events {
            Which::Having(_, value) => hash_of_scalar(value),
            _ => None,
        };
        let set = |marked| Set {
            value: value(&marked),
            marked,
            next: 0,
            path: (None, 0),
            events: 0,
            types: BTreeSet::new(),
            fields: Fields::counts_only(),
        };
        let mut paths = Paths::new(most, settings.yields.each.as_deref());
        paths.set_unwanted(unwanted(&sets));
        Self {
            paths,
            room: Room { fields: most, left_out: 0 },
            names: Vec::new(),
            types: HashMap::default(),
            sets: sets.into_iter().map(set).collect(),
            events: 0,
        }
    }

    fn event<'t>(&mut self, event: ReadEvent, sub: u64, text: &'t str, lists: &mut Lists<'t>) {
        let ReadEvent { time, line, kind, type_id, element, .. } = event;
        let time = Some(time).filter(|time| *time != TIMELESS);
        self.events += 1;
        let context = Context { event: self.events, time, is_late: false };
        let of_type = self.types.entry((kind, type_id));
        let of_type =
            of_type.or_insert_with(|| OfType { events: 0, fields: Fields::counts_only() });
        of_type.events += 1;
        let mut visit = |fields: &mut Fields, paths: &mut Paths| {
            let room = &mut self.room;
            Visit { paths, fields, room, lists, context, element, id: None }.object(text);
        };
        visit(&mut of_type.fields, &mut self.paths);
        let name = self.names.get(type_id).map_or("", String::as_str);
        for set in &mut self.sets {
            let seen = Seen {
                number: self.events,
                place: (line.into(), sub),
                time,
                name,
                own: &of_type.fields,
                paths: &self.paths,
            };
            if !set.has(&seen) {
                continue;
            }
            set.events += 1;
            set.types.insert((kind as u8, type_id));
            visit(&mut set.fields, &mut self.paths);
        }
    }

    /// What the events of a set have in common.
    fn cause(&self, set: &Set) -> Option<Cause> {
        if set.events < LEAST {
            return None;
        }
        let of_types = || {
            let types = self.types.iter();
            types.filter(|((kind, type_id), _)| set.types.contains(&(*kind as u8, *type_id)))
        };
        let all: u64 = of_types().map(|(_, of)| of.events).sum();
        let others = (all - set.events) as f64;
        let marked = set.fields.iter().flat_map(|(path, field)| {
            field.values.counted().map(move |value| (path, value.hash, value.value, value.count))
        });
        let fields = of_types().flat_map(|(_, of)| of.fields.iter());
        let of = |Sums { path, value, marked: having, events }: Sums<'_>| {
            let path = self.paths.text(path);
            let share = having as f64 / set.events as f64;
            let elsewhere = events.saturating_sub(having) as f64 / others.max(1.0);
            let difference = share - elsewhere;
            let is_it = share >= SHARE
                && difference >= DIFFERENCE
                && others > 0.0
                && !set.marked.except.iter().any(|except| except == path);
            is_it.then(|| Cause {
                path: path.to_owned(),
                value: value.clone(),
                having,
                marked: set.events,
                events: events.max(having),
                share: events.max(having) as f64 / all as f64,
                difference,
            })
        };
        let mut found: Vec<Cause> =
            sums(marked, fields, &self.paths).into_iter().filter_map(of).collect();
        found.sort_by(|one, other| {
            let by_difference = other.difference.total_cmp(&one.difference);
            let by_path = by_difference.then_with(|| one.path.cmp(&other.path));
            by_path.then_with(|| one.value.cmp_value(&other.value))
        });
        found.into_iter().next()
    }
}

impl Take for Search {
    type Outcome = Vec<Option<Cause>>;

    fn take(&mut self, batch: &Batch, format: Option<Format>) {
        if format == Some(Format::Metarank) {
            self.paths.set_metarank();
        }
        self.names.extend(batch.new_types().iter().cloned());
        if batch.is_metadata_file() {
            return;
        }
        let mut last = (u32::MAX, 0);
        for record in batch.records() {
            let mut lists = Lists::default();
            for event in record.events.filter_map(|number| batch.event(number)) {
                last =
                    if last.0 == event.line { (event.line, last.1 + 1) } else { (event.line, 0) };
                self.event(event, last.1, record.text, &mut lists);
            }
        }
    }

    fn end(self, _: Option<&Detected>, _: &[Outcome]) -> Self::Outcome {
        self.sets.iter().map(|set| self.cause(set)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The causes of sets of events of a log.
    fn found(log: &str, sets: Vec<Marked>) -> Vec<Option<(String, u64, f64)>> {
        let settings = EventSettings::default();
        let reader = Reader::embedded("log", log.as_bytes().to_vec(), &settings, &[]);
        let limits = Limits { threads: 1, memory: Limits::MEMORY };
        let mut on = |_| ControlFlow::Continue(());
        let causes = causes(reader, &settings, limits, sets, &mut on).unwrap();
        let told = |cause: Cause| (cause.path, cause.having, cause.share);
        causes.into_iter().map(|cause| cause.map(told)).collect()
    }

    fn marked(events: Which, except: &[&str]) -> Marked {
        Marked { events, except: except.iter().map(|path| (*path).to_owned()).collect() }
    }

    /// Twenty clicks, of which each fourth is of the app, without a page and of the same place; and as
    /// many views, all of the app.
    fn log() -> String {
        let line = |n: i64| {
            let more = if n % 4 == 3 {
                r#""app":"old","on":"tv","#
            } else {
                r#""app":"new","page":1,"on":"web","#
            };
            let click = format!(r#"{{"ts":{},"type":"click",{more}"n":{n}}}"#, 1_700_000_000 + n);
            format!("{click}\n{{\"ts\":{},\"type\":\"view\",\"app\":\"old\"}}\n", 1_700_000_000 + n)
        };
        (0..20).map(line).collect()
    }

    #[test]
    fn events_are_marked_in_whatever_way() {
        let log = log();
        let mut marks = Marks::default();
        (0..20).filter(|n| n % 4 == 3).for_each(|n| marks.add(2 * n));
        let lines = || (0..20).filter(|n| n % 4 == 3).map(|n| (2 * n, 0)).collect();
        let lacking = || Which::Lacking("click".to_owned(), "page".to_owned());
        let sets = vec![
            marked(Which::Marks(marks), &[]),
            marked(Which::Lines(lines()), &["app"]),
            marked(lacking(), &["app"]),
            marked(lacking(), &[]),
            marked(Which::Lacking("view".to_owned(), "page".to_owned()), &[]),
            marked(Which::Having("on".to_owned(), Scalar::Text("tv".into())), &["on"]),
            marked(Which::Having("n".to_owned(), Scalar::Integer(3)), &["on"]),
        ];
        // A quarter of the clicks is of it, whatever the views are.
        let of = |path: &str| Some((path.to_owned(), 5, 0.25));
        assert_eq!(
            found(&log, sets),
            [of("app"), of("on"), of("on"), of("app"), None, of("app"), None]
        );
    }

    #[test]
    fn of_what_is_no_cause_of_any_set_nothing_is_counted_but_what_says_which_events_it_has() {
        let having = || Which::Having("on".to_owned(), Scalar::Text("tv".into()));
        let not = ["on", "n", "page"];
        let sets = || vec![marked(having(), &not), marked(Which::Lines(vec![(0, 0)]), &not)];
        assert_eq!(unwanted(&sets()), ["n", "page"]);
        assert_eq!(found(&log(), sets()), [Some(("app".to_owned(), 5, 0.25)), None]);
        let sets = || vec![marked(having(), &["app", "n"]), marked(having(), &["n"])];
        assert_eq!(unwanted(&sets()), ["n"]);
    }

    #[test]
    fn too_few_events_and_what_all_have_are_no_cause() {
        let log: String = (0..20)
            .map(|n| {
                let app = if n < 10 { "old" } else { "new" };
                format!(r#"{{"ts":{},"type":"click","app":"{app}","on":"web"}}"#, 1_700_000_000 + n)
                    + "\n"
            })
            .collect();
        let at = |n: i64| Timestamp(1000 * (1_700_000_000 + n));
        let within = |first, last| marked(Which::Within(at(first), at(last)), &[]);
        let sets = vec![within(0, 4), within(0, 3), within(7, 12), within(5, 11)];
        let of = |having, share| Some(("app".to_owned(), having, share));
        // Half of 10 is of the old one; of 7 it is 5, and of the other 13 as many.
        assert_eq!(found(&log, sets), [of(5, 0.5), None, None, of(5, 0.5)]);
    }
}

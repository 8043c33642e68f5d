//! The same events in many forms: lines of one type, with flags, with lists of events and of keys
//! and values, with times and numbers written in all ways, and with metadata among them. It must not
//! know how they are read.

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value as Json, json};

use super::encodings::Row;
use super::model::{Body, Condition, Filter, Plan, Val};
use super::timeline::{Fields, Line, What};

/// What says the type of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    Member,
    Const,
    Flags,
    ConstAndFlags,
    MemberAndFlags,
}

/// How a time is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Times {
    Millis,
    Iso,
    Digits,
    Words,
    Parts,
    PartsOfDigits,
    Offset,
    Berlin,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Numbers {
    Plain,
    Texts,
    TextsOfSome,
}

/// What the moment of an event decides.
#[derive(Clone, Copy, Debug)]
struct Moments {
    /// Whether some rows are metadata of a user, with which later ones are joined.
    join: bool,
    /// Whether rows say when they were there.
    are_known: bool,
}

/// How events are written.
#[derive(Clone, Debug)]
pub(super) struct Form {
    kinds: Kinds,
    times: Times,
    numbers: Numbers,
    /// Whether there are lists at all.
    pub(super) has_lists: bool,
    /// Whether the events of a row are elements of its list, each with a time and an id of its own.
    each: Option<[bool; 2]>,
    /// Whether attributes lie in lists.
    paths: bool,
    moments: Moments,
    /// Per row, in turn: which flags are set, how many elements it has and when it was there, which
    /// elements have what the row has and whether it is metadata.
    turns: Vec<[u8; 3]>,
}

const FLAGS: [(&str, &str); 3] = [("buy", "f.buy"), ("click", "is_click"), ("view", "is_view")];
const NUMBERS: [&str; 3] = ["seconds", "delta", "huge"];
/// The attributes that a row has, and not its elements.
const OUTER: [&str; 2] = ["author", "geo.country"];
/// Paths into lists, with the names of the attributes that lie there.
const PATHS: [(&str, &str); 3] = [
    ("author", "params[key=author].value.text"),
    ("geo.country", "places[0].geo.country"),
    ("tags", "labels[].name"),
];

/// What metadata tell, with the names of the attributes that events have of it.
const JOINED: [(&str, &str); 2] = [("author", "user.author"), ("geo.country", "user.geo.country")];

pub(super) fn forms() -> impl Strategy<Value = Form> {
    use {Kinds as K, Numbers as N, Times as T};
    let kinds = select(vec![K::Member, K::Const, K::Flags, K::ConstAndFlags, K::MemberAndFlags]);
    let times = select(vec![
        T::Millis,
        T::Iso,
        T::Digits,
        T::Words,
        T::Parts,
        T::PartsOfDigits,
        T::Offset,
        T::Berlin,
    ]);
    let numbers = select(vec![N::Plain, N::Texts, N::TextsOfSome]);
    let lists = (any::<bool>(), prop::option::of(any::<[bool; 2]>()), any::<bool>());
    let turns = prop::collection::vec(any::<[u8; 3]>(), 1..8);
    let moments = any::<[bool; 2]>();
    (kinds, times, numbers, lists, moments, turns).prop_map(
        |(kinds, times, numbers, lists, [join, are_known], turns)| {
            let (has_lists, each, paths) = lists;
            let (each, paths) = (each.filter(|_| has_lists), paths && has_lists);
            let moments = Moments { join: join && !paths, are_known };
            Form { kinds, times, numbers, has_lists, each, paths, moments, turns }
        },
    )
}

/// An event of a row, or several that differ in their types.
struct Part {
    time: i64,
    id: &'static str,
    own: Option<&'static str>,
    flags: Vec<&'static str>,
    fields: Fields,
}

/// Everything that a log is in a form.
pub(super) struct Written {
    pub(super) plan: Plan,
    /// The events as plain lines.
    pub(super) lines: Vec<Line>,
    pub(super) rows: Vec<Row>,
}

impl Form {
    /// A plan and a log in this form.
    pub(super) fn write(&self, plan: &Plan, log: &[Line]) -> Written {
        let mut plan = plan.clone();
        self.rename(&mut plan);
        self.settings(&mut plan.events);
        let (mut lines, mut rows) = (Vec::new(), Vec::new());
        let mut rest = log;
        let mut turns = self.turns.iter().cycle();
        while let (Some(first), Some(turn)) = (rest.first(), turns.next()) {
            let count = if self.each.is_some() { 1 + usize::from(turn[1] % 3) } else { 1 };
            let (group, behind) = rest.split_at(count.min(rest.len()));
            rest = behind;
            let parts: Vec<Part> = group
                .iter()
                .enumerate()
                .map(|(n, line)| self.part(first, line, *turn, n))
                .collect();
            let outer = self.outer(first);
            let known = self.known(first, *turn);
            let mut row = self.row(first, &outer, &parts);
            if let Some(known) = known {
                row.insert("there".to_owned(), self.time(known));
            }
            if let Some(user) = self.subject(first, *turn) {
                row.insert("about".to_owned(), json!(user));
                let is_told = |name: &str| JOINED.iter().any(|(known, _)| *known == name);
                let mut fields = self.fields(first);
                fields.retain(|(name, _)| is_told(name));
                let (time, id, judged) = (first.time, first.id, Some((rows.len(), 0)));
                lines.push(Line { time, id, known, judged, what: What::User { user, fields } });
            } else {
                for (number, part) in parts.iter().enumerate() {
                    let has_own_id = self.each.is_some_and(|[_, id]| id);
                    let judged = (rows.len(), if has_own_id { number } else { 0 });
                    lines.extend(self.lines(&outer, (part, known), judged));
                }
            }
            rows.push(row);
        }
        Written { plan, lines, rows }
    }

    /// When a row was there: at the time of its first event, an hour before or later, or unknown.
    fn known(&self, first: &Line, turn: [u8; 3]) -> Option<i64> {
        let late = [None, Some(0), Some(3_600_000), Some(-3_600_000)][usize::from(turn[1] / 3 % 4)];
        late.filter(|_| self.moments.are_known).map(|late| first.time + late)
    }

    /// The user of whom a row tells something, if it is metadata.
    fn subject(&self, first: &Line, turn: [u8; 3]) -> Option<&'static str> {
        let What::Flat { fields, .. } = &first.what else { panic!("a flat log") };
        let user = fields.iter().find(|(name, _)| *name == "user");
        match user.filter(|_| self.moments.join && turn[2] >> 6 == 3)? {
            (_, Some(Val::Text(user))) => Some(user),
            _ => None,
        }
    }

    fn has_flags(&self) -> bool {
        matches!(self.kinds, Kinds::Flags | Kinds::ConstAndFlags | Kinds::MemberAndFlags)
    }

    /// What the config says of the form.
    fn settings(&self, events: &mut Map<String, Json>) {
        let mut say = |name: &str, value: Json| drop(events.insert(name.to_owned(), value));
        match self.kinds {
            Kinds::Member | Kinds::MemberAndFlags => say("type", json!("type")),
            Kinds::Const | Kinds::ConstAndFlags => say("type", json!({"const": "view"})),
            Kinds::Flags => {}
        }
        if self.has_flags() {
            let flags = FLAGS.map(|(kind, member)| (kind.to_owned(), json!(member)));
            say("flags", Json::Object(flags.into_iter().collect()));
        }
        if self.each.is_some() {
            say("each", json!("deep.lines"));
        }
        if self.moments.join {
            let when = json!({"about": {"exists": true}});
            let metadata = json!([{"when": when, "key": "about", "on": "user", "as": "user"}]);
            say("metadata", metadata);
        }
        if self.moments.are_known {
            say("known", json!("there"));
        }
        match self.numbers {
            Numbers::Plain => {}
            Numbers::Texts => say("numbers", json!("text")),
            Numbers::TextsOfSome => say("number", json!(NUMBERS)),
        }
        let parts = [Times::Parts, Times::PartsOfDigits].contains(&self.times);
        say("timestamp", if parts { json!(["date", "clock"]) } else { json!("at") });
        match self.times {
            Times::Millis | Times::Iso | Times::Parts => {}
            Times::Digits => say("time_format", json!("%Y%m%d%H%M%S%3f")),
            Times::Words => say("time_format", json!("%d/%b/%Y %H:%M:%S%.f")),
            Times::PartsOfDigits => say("time_format", json!("%Y%m%d %H%M%S%3f")),
            Times::Offset => say("zone", json!("+05:45")),
            Times::Berlin => say("zone", json!("Europe/Berlin")),
        }
    }

    /// Where the attributes of the plan lie in this form.
    fn rename(&self, plan: &mut Plan) {
        let has_type = self.kinds == Kinds::Member;
        let name = |name: &mut &'static str| {
            let path = PATHS.iter().filter(|_| self.paths);
            let mut names = path.chain(JOINED.iter().filter(|_| self.moments.join));
            if let Some((_, path)) = names.find(|(known, _)| known == name) {
                *name = *path;
            } else if *name == "type" && !has_type {
                *name = "absent";
            }
        };
        for feature in &mut plan.features {
            feature.scope.iter_mut().for_each(name);
            if let Some(filter) = &mut feature.filter {
                rename(filter, &name);
            }
            if let Body::Counter { value: Some(value), .. } = &mut feature.body {
                name(value);
            }
        }
    }

    /// The attributes that a row has, and not its elements.
    fn outer(&self, first: &Line) -> Fields {
        let is_outer = |name: &str| OUTER.contains(&name) || (self.paths && name == "tags");
        self.fields(first).into_iter().filter(|(name, _)| is_outer(name)).collect()
    }

    /// The attributes of a line that every encoding can write.
    fn fields(&self, line: &Line) -> Fields {
        let What::Flat { fields, .. } = &line.what else { panic!("a flat log") };
        let kept = fields.iter().filter_map(|(name, value)| {
            let value = match (*name, value.clone()) {
                ("mixed" | "topics", _) => return None,
                ("tags", _) if !self.has_lists => return None,
                ("tags", Some(Val::List(list))) => {
                    let texts = list.into_iter().filter(|it| matches!(it, Val::Text("a" | "b")));
                    Some(Val::List(texts.collect()))
                }
                ("tags", Some(one)) => Some(Val::List(vec![one])),
                ("seconds", Some(Val::Text(_))) => Some(Val::Number(30.0)),
                (_, value) => value,
            };
            Some((*name, value))
        });
        kept.collect()
    }

    fn part(&self, first: &Line, line: &Line, turn: [u8; 3], number: usize) -> Part {
        let What::Flat { kind, .. } = line.what else { panic!("a flat log") };
        let [own_time, own_id] = self.each.unwrap_or([true, true]);
        let bits = usize::from(turn[0]).rotate_right(3 * number as u32);
        let set = |(_, (kind, _)): (usize, (&'static str, &str))| kind;
        let flags = FLAGS.into_iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(set);
        let overrides =
            !self.paths && self.each.is_some() && usize::from(turn[2]) >> number & 1 == 1;
        let outer = self.outer(first);
        let is_own = |name: &str| overrides || !outer.iter().any(|(known, _)| *known == name);
        Part {
            time: if own_time { line.time } else { first.time },
            id: if own_id { line.id } else { first.id },
            own: match self.kinds {
                Kinds::Member => Some(kind),
                Kinds::Const | Kinds::ConstAndFlags => Some("view"),
                Kinds::MemberAndFlags if bits >> 3 & 1 == 1 => Some(kind),
                Kinds::MemberAndFlags | Kinds::Flags => None,
            },
            flags: if self.has_flags() { flags.collect() } else { Vec::new() },
            fields: self.fields(line).into_iter().filter(|(name, _)| is_own(name)).collect(),
        }
    }

    /// The events of a part of a row, whose id is judged with those of the same number.
    fn lines(
        &self,
        outer: &Fields,
        (part, known): (&Part, Option<i64>),
        judged: (usize, usize),
    ) -> Vec<Line> {
        let mut fields = outer.clone();
        for (name, value) in part.fields.iter().filter(|(_, value)| value.is_some()) {
            fields.retain(|(known, _)| known != name);
            fields.push((*name, value.clone()));
        }
        for (name, _) in &mut fields {
            if let Some((_, path)) = PATHS.iter().find(|(known, _)| self.paths && known == name) {
                *name = *path;
            }
        }
        let kinds = part.own.into_iter().chain(part.flags.iter().copied());
        let line = |kind| Line {
            time: part.time,
            id: part.id,
            known,
            judged: Some(judged),
            what: What::Flat { kind, fields: fields.clone() },
        };
        kinds.map(line).collect()
    }

    fn row(&self, first: &Line, outer: &Fields, parts: &[Part]) -> Row {
        let mut row = Map::new();
        self.set(&mut row, outer);
        let Some([own_time, own_id]) = self.each else {
            self.set_part(&mut row, &parts[0], [true, true]);
            return row;
        };
        self.set_time(&mut row, first.time);
        row.insert("id".to_owned(), json!(first.id));
        let element = |part: &Part| {
            let mut element = Map::new();
            self.set_part(&mut element, part, [own_time, own_id]);
            Json::Object(element)
        };
        let elements: Vec<Json> = parts.iter().map(element).collect();
        row.insert("deep".to_owned(), json!({"lines": elements}));
        row
    }

    fn set_part(&self, row: &mut Row, part: &Part, [time, id]: [bool; 2]) {
        self.set(row, &part.fields);
        if time {
            self.set_time(row, part.time);
        }
        if id {
            row.insert("id".to_owned(), json!(part.id));
        }
        if matches!(self.kinds, Kinds::Member | Kinds::MemberAndFlags) {
            row.insert("type".to_owned(), json!(part.own));
        }
        if self.has_flags() {
            let is_set = |kind| part.flags.contains(&kind);
            row.insert("is_click".to_owned(), json!(u8::from(is_set("click"))));
            row.insert("is_view".to_owned(), json!(is_set("view").then_some(true)));
            let buy = if is_set("buy") { "1" } else { "0" };
            row.insert("f".to_owned(), json!({"buy": buy}));
        }
    }

    fn set(&self, row: &mut Row, fields: &Fields) {
        for (name, value) in fields {
            let Some(value) = value else { continue };
            let json = match value.json() {
                number @ Json::Number(_) if self.numbers != Numbers::Plain => {
                    json!(number.to_string())
                }
                json => json,
            };
            let (member, json) = match (*name, self.paths) {
                ("author", true) => {
                    let of = |key: &str, value: Json| json!({"key": key, "value": {"text": value}});
                    ("params", json!([of("other", json!("z")), of("author", json)]))
                }
                ("geo.country", true) => {
                    let of = |country: Json| json!({"geo": {"country": country}});
                    ("places", json!([of(json), of(json!("z"))]))
                }
                ("tags", true) => {
                    let of = |name: &Json| json!({"name": name});
                    ("labels", json.as_array().into_iter().flatten().map(of).collect())
                }
                ("geo.country", false) => ("geo", json!({"country": json})),
                (name, _) => (name, json),
            };
            row.insert(member.to_owned(), json);
        }
    }

    fn set_time(&self, row: &mut Row, millis: i64) {
        let at = self.time(millis);
        match (self.times, at.as_str().and_then(|text| text.split_once([' ', 'T']))) {
            (Times::Parts, Some((date, clock))) => {
                row.insert("date".to_owned(), json!(date));
                row.insert("clock".to_owned(), json!(clock));
            }
            (Times::PartsOfDigits, Some((date, clock))) => {
                let digits = |text: &str| json!(text.parse::<i64>().unwrap());
                row.insert("date".to_owned(), digits(date));
                row.insert("clock".to_owned(), digits(clock));
            }
            _ => drop(row.insert("at".to_owned(), at)),
        }
    }

    /// A time in one member.
    fn time(&self, millis: i64) -> Json {
        let utc = DateTime::<Utc>::from_timestamp_millis(millis).unwrap();
        let naive = utc.naive_utc();
        let text = |time: NaiveDateTime, format: &str| json!(time.format(format).to_string());
        match self.times {
            Times::Millis => json!(millis),
            Times::Iso => text(naive, "%Y-%m-%dT%H:%M:%S%.3fZ"),
            Times::Digits => {
                let digits = naive.format("%Y%m%d%H%M%S%3f").to_string();
                json!(digits.parse::<i64>().unwrap())
            }
            Times::Words => text(naive, "%d/%b/%Y %H:%M:%S%.3f"),
            Times::Parts => text(naive, "%Y-%m-%d %H:%M:%S%.3f"),
            Times::PartsOfDigits => text(naive, "%Y%m%d %H%M%S%3f"),
            Times::Offset => {
                let zone = FixedOffset::east_opt((5 * 60 + 45) * 60).unwrap();
                text(utc.with_timezone(&zone).naive_local(), "%Y-%m-%d %H:%M:%S%.3f")
            }
            Times::Berlin => {
                let local = utc.with_timezone(&Berlin).naive_local();
                // The second time that clocks show it needs an offset.
                let is_first = Berlin.from_local_datetime(&local).earliest()
                    == Some(utc.with_timezone(&Berlin));
                if is_first {
                    text(local, "%Y-%m-%d %H:%M:%S%.3f")
                } else {
                    text(naive, "%Y-%m-%dT%H:%M:%S%.3fZ")
                }
            }
        }
    }
}

fn rename(filter: &mut Filter, name: &impl Fn(&mut &'static str)) {
    for condition in &mut filter.0 {
        match condition {
            Condition::Attribute(attribute, ..) => name(attribute),
            Condition::Any(filters) => filters.iter_mut().for_each(|filter| rename(filter, name)),
            Condition::Not(filter) => rename(filter, name),
        }
    }
}

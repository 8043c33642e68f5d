//! Joins, and the order in which lines were there: each event has what was known at its moment, by
//! a look at all lines one after the other, whatever the encoding.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use counterscope::base::events::{EventSettings, Order};
use counterscope::base::filter::{Condition, Filter};
use counterscope::base::metadata::{Entity, Metadata, MetadataSource};
use counterscope::base::{Comparison, Value};
use counterscope::log::Reader;

use super::reading::{Choices, Event, START, read, told};

const NAMES: [&str; 3] = ["q.text", "q.weight", "own"];
const HEAD: &str = "ts,type,meta,key,text,weight,own,known";

/// A line of the log or of a file.
#[derive(Clone, Debug)]
struct Line {
    time: i64,
    known: Option<i64>,
    kind: Option<&'static str>,
    is_metadata: bool,
    key: Option<&'static str>,
    text: Option<&'static str>,
    weight: Option<u8>,
    own: u8,
}

/// How lines are read.
struct Form {
    order: Order,
    has_known: bool,
    /// Whether a file has more metadata, and then whether with times.
    file: Option<bool>,
}

/// Writes lines of the first byte's form, and compares what they tell.
pub(crate) fn run(data: &[u8]) {
    let mut choices = Choices(data);
    let form = choices.byte();
    let bit = |bit: u8| form >> bit & 1 == 1;
    let form = Form {
        order: if bit(0) { Order::Log } else { Order::Time },
        has_known: bit(1),
        file: (form >> 2 & 7 == 7).then_some(bit(5)),
    };
    let mut file = Vec::new();
    if form.file.is_some() {
        file = (0..=choices.below(6)).map(|_| line(&mut choices)).collect();
    }
    let mut lines = Vec::new();
    while (!choices.0.is_empty() && lines.len() < 50) || lines.is_empty() {
        lines.push(line(&mut choices));
    }
    let (events, metadata, rejections) = form.naive(&lines, &file);
    let logs = [table(&lines), objects(&lines, ",\n", ["[", "]"]), objects(&lines, "\n", ["", ""])];
    for log in logs {
        let told = match form.file {
            None => read(log.as_bytes(), &form.settings(None), &NAMES),
            Some(has_times) => form.read_beside(&log, &file_table(&file, has_times)),
        };
        let told = told.expect("a log");
        assert_eq!(told.events, events, "{log}");
        assert_eq!((told.metadata, told.rejections()), (metadata, rejections), "{log}");
    }
}

fn line(choices: &mut Choices<'_>) -> Line {
    let which = choices.byte();
    let has = |bit: u8| which >> bit & 1 == 1;
    Line {
        time: START + i64::from(choices.below(16)),
        known: has(6).then(|| START + i64::from(choices.below(16))),
        kind: if has(0) || has(1) { Some(if has(0) { "a" } else { "b" }) } else { None },
        is_metadata: has(2),
        key: (has(3) || has(7)).then(|| choices.of(&["1", "2", "x"])),
        text: has(4).then(|| choices.of(&["ram", "cpu", "ä"])),
        weight: has(5).then(|| choices.below(5)),
        own: choices.below(9),
    }
}

fn table(lines: &[Line]) -> String {
    let mut table = format!("{HEAD}\n");
    for line in lines {
        let number = |number: Option<i64>| number.map(|number| number.to_string());
        let cells = [
            Some(line.time.to_string()),
            line.kind.map(str::to_owned),
            Some(u8::from(line.is_metadata).to_string()),
            line.key.map(str::to_owned),
            line.text.map(str::to_owned),
            number(line.weight.map(i64::from)),
            Some(line.own.to_string()),
            number(line.known),
        ];
        table += &cells.map(Option::unwrap_or_default).join(",");
        table += "\n";
    }
    table
}

fn file_table(lines: &[Line], has_times: bool) -> String {
    let mut table = if has_times { "ts," } else { "" }.to_owned() + "key,text,weight\n";
    for line in lines {
        let time = if has_times { format!("{},", line.time) } else { String::new() };
        let [key, text] = [line.key, line.text].map(Option::unwrap_or_default);
        let weight = line.weight.map(|weight| weight.to_string()).unwrap_or_default();
        writeln!(table, "{time}{key},{text},{weight}").unwrap();
    }
    table
}

/// The same as objects, with a text between them and others around them.
fn objects(lines: &[Line], between: &str, [begin, end]: [&str; 2]) -> String {
    let object = |line: &Line| {
        let key = line.key.map(|key| key.parse::<u8>().map_or(key.into(), serde_json::Value::from));
        serde_json::json!({
            "ts": line.time, "type": line.kind, "meta": line.is_metadata, "key": key,
            "text": line.text, "weight": line.weight, "own": line.own, "known": line.known,
        })
        .to_string()
    };
    format!("{begin}{}{end}\n", lines.iter().map(object).collect::<Vec<_>>().join(between))
}

impl Form {
    fn settings(&self, file: Option<&std::path::Path>) -> EventSettings {
        let is = Comparison::In(vec![Value::Bool(true), Value::Integer(1)]);
        let when = Some(Filter(vec![Condition::Attribute("meta".to_owned(), is)]));
        let of = |when, file| MetadataSource { entity: 0, key: "key".to_owned(), when, file };
        let mut sources = vec![of(when, None)];
        sources.extend(file.map(|file| of(None, Some(file.to_owned()))));
        let entity = Entity { name: "q".to_owned(), on: "key".to_owned() };
        EventSettings {
            timestamp: Some("ts".to_owned()),
            kind: Some("type".to_owned()),
            order: self.order,
            known: self.has_known.then(|| "known".to_owned()),
            metadata: Metadata { entities: vec![entity], sources, of_file: None },
            ..EventSettings::default()
        }
    }

    /// Reads a log that has a file of metadata beside it.
    fn read_beside(&self, log: &str, table: &str) -> Option<super::reading::Told> {
        let write = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file
        };
        let (log, file) = (write(log), write(table));
        let settings = self.settings(Some(file.path()));
        let names = NAMES.map(str::to_owned);
        told(Reader::open(&[log.path().to_owned()], &settings, &names).ok()?, &settings, &names)
    }

    /// The events, and how many lines of the log are metadata and rejected.
    fn naive(&self, lines: &[Line], file: &[Line]) -> (Vec<Event>, usize, u64) {
        let mut lines = lines.to_vec();
        let mut file = file.to_vec();
        // Those of the file are counted apart.
        let mut rejections = 0;
        file.retain(|line| line.key.is_some());
        if self.file == Some(false) {
            file.iter_mut().for_each(|line| line.time = i64::MIN);
        }
        // A file keeps its own order where the log does: a line waits for those before it.
        if self.order == Order::Time {
            file.sort_by_key(|line| line.time);
            let known = |line: &Line| line.known.filter(|_| self.has_known).unwrap_or(line.time);
            lines.sort_by_key(|line| (line.time, known(line)));
        }
        let mut known: BTreeMap<&str, [Option<Value>; 2]> = BTreeMap::new();
        let mut file = file.iter().peekable();
        let (mut events, mut metadata) = (Vec::new(), 0);
        let mut clock = i64::MIN;
        for line in &lines {
            let is_lost = if line.is_metadata { line.key.is_none() } else { line.kind.is_none() };
            if is_lost {
                rejections += 1;
                continue;
            }
            clock = clock.max(line.time);
            let mut learn = |said: &Line| {
                let of = known.entry(said.key.unwrap_or_default()).or_default();
                let text = said.text.map(|text| Value::Text(text.to_owned()));
                let weight = said.weight.map(|weight| Value::Integer(weight.into()));
                for (of, said) in of.iter_mut().zip([text, weight]) {
                    *of = said.or(of.take());
                }
            };
            while let Some(said) = file.next_if(|said| said.time <= clock) {
                learn(said);
            }
            if line.is_metadata {
                learn(line);
                metadata += 1;
                continue;
            }
            let of = line.key.and_then(|key| known.get(key)).cloned().unwrap_or_default();
            let own = Some(Value::Integer(line.own.into()));
            events.push(Event {
                time: line.time * 1000,
                kind: line.kind.unwrap_or_default().to_owned(),
                values: of.into_iter().chain([own]).collect(),
            });
        }
        (events, metadata, rejections)
    }
}

//! The language's semantics as documents: every `tests/specs/**/*.md` is prose, a config, events
//! and tables of what must come out. `tests/specs/README.md` says how one is written. Values and
//! rows are read twice: from a tape that is held, as the workbench does, and while the log is
//! streamed, as `values` and `dataset` do.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterscope::base::Timestamp;
use counterscope::dataset::{
    DatasetRow, Limits, Log, On, PassError, RowsOptions, Run, Sink, ValueRow, replay, replay_rows,
    rows, values, wanted,
};
use counterscope::engine::{Engine, KeyIndex};
use counterscope::log::{EventSource, LogError, Reader};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;

use crate::documents::{Block, Part, Table, parts};

/// What a document holds.
#[derive(Default)]
struct Spec {
    config: String,
    log: Vec<u8>,
    /// Files beside the config, by name.
    files: Vec<(String, String)>,
    tables: Vec<Table>,
}

/// How a log is gone over.
#[derive(Clone, Copy, Debug)]
enum Mode {
    Held,
    Streamed,
}

impl Spec {
    fn parse(text: &str) -> Self {
        let mut spec = Self::default();
        for part in parts(text) {
            match part {
                Part::Table(table) => spec.tables.push(table),
                Part::Block(Block { info, body, .. }) => match info.as_str() {
                    "yaml" => spec.config.push_str(&body),
                    "ndjson" | "csv file" => spec.log.extend_from_slice(body.as_bytes()),
                    "csv" => spec.log.extend_from_slice(from_csv(&body).as_bytes()),
                    #[cfg(feature = "parquet")]
                    "parquet" => spec.log = crate::parquet_logs::from_cells(&body),
                    info => {
                        if let Some(name) = info.strip_prefix("file ") {
                            spec.files.push((name.to_owned(), body.clone()));
                        }
                    }
                },
            }
        }
        spec
    }

    /// Writes the log to a folder of its own, and loads it by the config.
    fn load(&self) -> (Loaded, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        std::fs::write(&log, &self.log).unwrap();
        for (name, body) in &self.files {
            std::fs::write(folder.path().join(name), body).unwrap();
        }
        (Loaded::new(&folder.path().join("spec"), &self.config, vec![log]), folder)
    }
}

/// Lines of a flat log from comma-separated cells under a head line; an empty cell is no member,
/// and one that is JSON by itself (a number, a list with `;` for its commas) stays so.
fn from_csv(text: &str) -> String {
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').map(str::trim).collect();
    let mut log = String::new();
    for line in lines {
        let mut object = serde_json::Map::new();
        for (name, cell) in head.iter().zip(line.split(',').map(str::trim)) {
            if !cell.is_empty() {
                let value = serde_json::from_str(&cell.replace(';', ",")).unwrap_or(cell.into());
                object.insert((*name).to_owned(), value);
            }
        }
        writeln!(log, "{}", serde_json::Value::Object(object)).unwrap();
    }
    log
}

/// A config and its logs.
pub(crate) struct Loaded {
    plan: Arc<Plan>,
    logs: Vec<PathBuf>,
}

impl Loaded {
    /// By a config that lies at a path.
    pub(crate) fn new(path: &Path, config: &str, logs: Vec<PathBuf>) -> Self {
        let (plan, report) = compile(&path.display().to_string(), config);
        assert!(!report.has_errors(), "{}", counterscope::diagnostic::text(&report, false));
        Self { plan: Arc::new(plan.unwrap()), logs }
    }

    fn open(&self) -> Result<Reader, LogError> {
        Reader::open(&self.logs, &self.plan.events, &self.plan.attributes)
    }

    fn run(&self, on: Option<&On>) -> Run {
        let plan = Arc::clone(&self.plan);
        let reader = self.open().unwrap();
        let demand = wanted(&plan, on);
        Run::load(plan, demand, reader, &mut |_| {}).unwrap()
    }

    /// The faults of a table, each with the line it is in.
    pub(crate) fn faults(&self, table: &Table) -> Vec<(usize, String)> {
        let head = table.head[0].as_str();
        if head == "tally" {
            return differences(&self.tallies(table), "");
        }
        let on = head.strip_prefix("on ");
        if on.is_none() && head != "output" {
            return vec![(table.rows[0].0 - 2, format!("a table of `{head}`?"))];
        }
        let compare =
            |mode| on.map_or_else(|| self.values(table, mode), |on| self.rows(table, on, mode));
        let held = differences(&compare(Mode::Held), "");
        if held.is_empty() {
            differences(&compare(Mode::Streamed), " while streaming")
        } else {
            held
        }
    }

    /// Calls `emit` with the values of an output as of a time.
    fn read_values(
        &self,
        mode: Mode,
        at: Option<Timestamp>,
        output: &str,
        emit: &mut dyn FnMut(&ValueRow<'_>),
    ) {
        let wanted = |name: &str| name == output;
        let mut emit = |row: &ValueRow<'_>| {
            emit(row);
            Ok::<(), ()>(())
        };
        match mode {
            Mode::Held => values(&self.run(None), at, &wanted, &mut emit).unwrap(),
            Mode::Streamed => {
                let open = || Ok(Box::new(self.open()?) as Box<dyn EventSource>);
                let log = Log { open: &open, repeatable: true };
                let replayed = replay(&self.plan, &log, at, LIMITS, &mut |_| {}).unwrap();
                replayed.values(&wanted, &mut emit).unwrap();
            }
        }
    }

    /// `output | key | as of | live | served`: what `values` says; `never` where it has no line.
    fn values(&self, table: &Table, mode: Mode) -> Vec<(usize, String, String)> {
        let column = |name: &str| table.head.iter().position(|head| head == name);
        let mut compared = Vec::new();
        for (line, cells) in &table.rows {
            let cell = |name: &str| column(name).map(|at| cells[at].as_str());
            let at = match cell("as of") {
                Some("end") | None => None,
                Some(time) => Some(Timestamp::parse(time, None).unwrap()),
            };
            let output = &cells[0];
            assert!(self.plan.outputs.iter().any(|o| o.name == *output), "no output {output}");
            let (mut live, mut served) = ("never".to_owned(), "never".to_owned());
            self.read_values(mode, at, output, &mut |row| {
                if row.to_key().to_string() == cell("key").unwrap_or("(global)") {
                    [live, served] = match row.lists {
                        Some(lists) => lists.each_ref().map(|list| shown(list.as_ref())),
                        None => [row.value, row.served].map(shown),
                    };
                }
            });
            for (name, found) in [("live", live), ("served", served)] {
                if let Some(expected) = cell(name) {
                    compared.push((*line, expected.to_owned(), found));
                }
            }
        }
        compared
    }

    /// The point-in-time rows of a data set.
    fn read_rows(&self, mode: Mode, on: &On, served: bool) -> Vec<FoundRow> {
        let options = RowsOptions { served, every: 1 };
        let mut found = Collected(Vec::new());
        match mode {
            Mode::Held => {
                rows(&self.run(Some(on)), on, options, &mut |row| found.row(row)).unwrap();
            }
            Mode::Streamed => {
                let open = || Ok(Box::new(self.open()?) as Box<dyn EventSource>);
                let log = Log { open: &open, repeatable: true };
                replay_rows(&self.plan, &log, on, options, LIMITS, &mut found, &mut |_| {})
                    .unwrap();
            }
        }
        found.0
    }

    /// `on TYPE | …`: the point-in-time row of a line (from 0); `NAME served` for served values.
    fn rows(&self, table: &Table, on: &str, mode: Mode) -> Vec<(usize, String, String)> {
        let on = if on == "ranking" { On::Ranking } else { On::Type(on.to_owned()) };
        let plan = &self.plan;
        let mut compared = Vec::new();
        for (at, head) in table.head.iter().enumerate().skip(1) {
            let (name, served) = match head.strip_suffix(" served") {
                Some(name) => (name, true),
                None => (head.as_str(), false),
            };
            let output = plan.outputs.iter().position(|output| output.name == name);
            let key = counterscope::dataset::key_attributes(plan)
                .iter()
                .position(|attribute| plan.attributes[attribute.0] == name);
            let mut expected = table.rows.iter();
            for row in self.read_rows(mode, &on, served) {
                let found = match (output, key) {
                    (Some(output), _) => row.values[output].clone(),
                    (None, Some(key)) => row.keys[key].clone().unwrap_or_else(|| "–".into()),
                    (None, None) => "no such column".into(),
                };
                match expected.next() {
                    Some((line, cells)) => {
                        compared.push((*line, cells[0].clone(), row.seq.to_string()));
                        compared.push((*line, cells[at].clone(), found));
                    }
                    None => compared.push((0, "no more rows".into(), row.seq.to_string())),
                }
            }
            compared
                .extend(expected.map(|(line, cells)| (*line, cells[0].clone(), "no row".into())));
        }
        compared
    }

    /// `tally | count`: at the end of the log.
    fn tallies(&self, table: &Table) -> Vec<(usize, String, String)> {
        let run = self.run(None);
        let tape = run.tape();
        let index = KeyIndex::new(&self.plan, tape, None);
        let mut engine = Engine::new(Arc::clone(&self.plan));
        engine.apply(tape, &index, tape.events());
        let tallies = engine.tallies();
        let count = |name: &str| match name {
            "applied" => tallies.applied,
            "late" => tallies.late,
            "impressions" => tallies.impressions,
            "no key" => tallies.inputs.iter().map(|input| input.no_key).sum(),
            "rejected" => tape.rejections().total(),
            "reordered" => tape.reordered(),
            _ => u64::MAX,
        };
        let compare = |(line, cells): &(usize, Vec<String>)| {
            (*line, cells[1].clone(), count(&cells[0]).to_string())
        };
        table.rows.iter().map(compare).collect()
    }
}

/// How much a streamed log may take.
const LIMITS: Limits = Limits { threads: 1, memory: None };

/// A row of a data set, owned.
struct FoundRow {
    seq: u64,
    keys: Vec<Option<String>>,
    /// As they are shown.
    values: Vec<String>,
}

/// The rows of a data set.
struct Collected(Vec<FoundRow>);

impl Sink<PassError> for Collected {
    fn row(&mut self, row: &DatasetRow<'_>) -> Result<(), PassError> {
        let keys = row.keys.iter().map(|key| key.map(str::to_owned)).collect();
        let mut values: Vec<String> = row.values.iter().copied().map(shown).collect();
        for (output, list) in row.lists {
            values[output.0] = shown(list.as_ref());
        }
        self.0.push(FoundRow { seq: row.seq, keys, values });
        Ok(())
    }

    fn start_over(&mut self) -> Result<(), PassError> {
        self.0.clear();
        Ok(())
    }
}

/// Where what was found is not what was expected: line, and both.
fn differences(compared: &[(usize, String, String)], mode: &str) -> Vec<(usize, String)> {
    let differs = |(line, expected, found): &(usize, String, String)| {
        let same = match (number(expected), number(found)) {
            (Some(a), Some(b)) => (a - b).abs() <= 1e-12 * a.abs().max(1.0),
            _ => expected == found,
        };
        (!same).then(|| (*line, format!("expected {expected}, found {found}{mode}")))
    };
    compared.iter().filter_map(differs).collect()
}

fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

/// A number, or a quotient of two as people write it: `2/3`.
fn number(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((top, bottom)) => Some(top.parse::<f64>().ok()? / bottom.parse::<f64>().ok()?),
        None => text.parse().ok(),
    }
}

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|e| e == "md") && !path.ends_with("README.md") {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn every_document_comes_true() {
    let mut paths = Vec::new();
    documents(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs"), &mut paths);
    assert!(!paths.is_empty());
    let mut faults = Vec::new();
    for path in paths {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display().to_string();
        let spec = Spec::parse(&std::fs::read_to_string(&path).unwrap());
        let checks: usize = spec.tables.iter().map(|table| table.rows.len()).sum();
        if checks == 0 || spec.config.is_empty() || spec.log.is_empty() {
            faults.push(format!("{name}: needs a config, events and a table with rows"));
            continue;
        }
        let (loaded, _folder) = spec.load();
        for table in &spec.tables {
            let found = loaded.faults(table);
            faults.extend(found.into_iter().map(|(line, what)| format!("{name}:{line}: {what}")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn a_document_that_is_wrong_is_told() {
    let text = "\
```yaml
features: [{name: clicks, type: interaction_count, interaction: click, scope: item}]
```
```csv
time, type, item
2024-06-01, click, a
```
| output | key | as of | live |
|---|---|---|---|
| clicks | a | end | 2 |
| clicks | b | end | 0 |

| on click | clicks |
|---|---|
| 0 | 1 |
| 1 | 0 |
";
    let spec = Spec::parse(text);
    let (loaded, _folder) = spec.load();
    let told: Vec<_> = spec.tables.iter().flat_map(|table| loaded.faults(table)).collect();
    let expected = [
        (10, "expected 2, found 1"),
        (11, "expected 0, found never"),
        (15, "expected 1, found 0"),
        (16, "expected 1, found no row"),
    ];
    assert_eq!(told, expected.map(|(line, what)| (line, what.to_owned())));
}

//! The example configs: each is a lesson that holds over the sample log.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterscope::dataset::{Run, values, wanted};
use counterscope::diagnostic::Severity;
use counterscope::log::Reader;
use counterscope::plan::lower::compile;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn configs() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(root().join("configs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    paths.sort();
    assert!(paths.len() > 3, "{paths:?}");
    paths
}

#[test]
fn each_is_without_fault_and_begins_with_what_it_teaches() {
    for path in configs() {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        // Below the line that names the schema.
        let lesson = text.lines().skip(1).find(|line| !line.is_empty()).unwrap();
        assert!(lesson.starts_with("# "), "{name} does not say what it is about");
        let (plan, report) = compile(name, &text);
        let worst = report.diagnostics.iter().map(|fault| fault.severity).min();
        // Metarank's own sections are noted as skipped, which is that example's point.
        let expected = (name == "metarank.yaml").then_some(Severity::Note);
        assert_eq!(worst, expected, "{}", counterscope::diagnostic::text(&report, false));
        assert!(plan.is_some());
    }
}

/// The sample that a config is for: its own text says so, or it is the quickstart's.
fn sample(text: &str) -> &'static str {
    let named = text.contains("sample-events/video.ndjson.gz");
    if named { "sample-events/video.ndjson.gz" } else { "sample-events/quickstart.ndjson.gz" }
}

/// Of how many outputs one is read, so that thousands of them are sampled.
const FEW: usize = 100;

#[test]
fn each_shows_something_over_its_sample_log() {
    for path in configs() {
        let name = path.display();
        let text = std::fs::read_to_string(&path).unwrap();
        let plan = compile("config", &text).0.unwrap();
        let log = root().join(sample(&text));
        let reader = Reader::open(std::slice::from_ref(&log), &plan.events, &plan.attributes);
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::new(plan), demand, reader.unwrap(), &mut |_| {}).unwrap();
        let outputs = run.plan().outputs.iter().map(|output| output.name.as_str());
        // 97 is prime to the length of every axis: all of their labels have their turn.
        let step = if run.plan().outputs.len() > FEW { 97 } else { 1 };
        let mut telling: BTreeMap<&str, usize> =
            outputs.step_by(step).map(|name| (name, 0)).collect();
        let read: Vec<String> = telling.keys().map(|&name| name.to_owned()).collect();
        // A moment in the middle, when windows of any length are filled.
        let middle = run.tape().clock(run.tape().events() / 2);
        values(&run, middle, &|name| read.iter().any(|known| known == name), &mut |row| {
            *telling.get_mut(row.output).unwrap() +=
                usize::from(row.value.is_some_and(|value| value > 0.0));
            Ok::<(), ()>(())
        })
        .unwrap();
        for (output, telling) in telling {
            assert!(telling > 0, "{name}: `{output}` has no value above 0 for any key");
        }
    }
}

#[test]
fn few_lines_of_research_become_thousands_of_outputs() {
    let text = include_str!("../../configs/research.yaml");
    let plan = compile("research", text).0.unwrap();
    let written = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
    assert!(written <= 45, "{written} lines");
    assert!(plan.outputs.len() >= 5_000, "{}", plan.outputs.len());
    assert!(plan.scopes.len() >= 10, "{}", plan.scopes.len());
    // A ratio has no states of its own, and a filter without conditions is none.
    assert_eq!(plan.states.len(), 4 * 15 * 5 * 10);
    assert!(plan.filters.len() == 4, "{:?}", plan.filters);
}

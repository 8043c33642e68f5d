//! The example configs: each is a lesson that holds over the sample log.

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
        assert!(text.starts_with("# "), "{name} does not say what it is about");
        let (plan, report) = compile(name, &text);
        let worst = report.diagnostics.iter().map(|fault| fault.severity).min();
        // Metarank's own sections are noted as skipped, which is that example's point.
        let expected = (name == "metarank.yaml").then_some(Severity::Note);
        assert_eq!(worst, expected, "{}", counterscope::diagnostic::text(&report, false));
        assert!(plan.is_some());
    }
}

#[test]
fn each_shows_something_over_the_sample_log() {
    let log = root().join("sample-events/quickstart.ndjson.gz");
    for path in configs() {
        let name = path.display();
        let plan = compile("config", &std::fs::read_to_string(&path).unwrap()).0.unwrap();
        let reader = Reader::open(std::slice::from_ref(&log), &plan.events, &plan.attributes);
        let demand = wanted(&plan, None);
        let run = Run::load(Arc::new(plan), demand, reader.unwrap(), &mut |_| {}).unwrap();
        let outputs = &run.plan().outputs;
        for output in outputs {
            let mut telling = 0;
            // A moment in the middle, when windows of any length are filled.
            let middle = run.tape().clock(run.tape().events() / 2);
            values(&run, middle, &|name| name == output.name, &mut |row| {
                telling += usize::from(row.value.is_some_and(|value| value > 0.0));
                Ok::<(), ()>(())
            })
            .unwrap();
            assert!(telling > 0, "{name}: `{}` has no value above 0 for any key", output.name);
        }
    }
}

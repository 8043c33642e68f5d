//! Every page of `docs/diagnostics/` is a test: its first config raises the page's code and no
//! other error, and its second config is clean. Where a page has a log, both are held against it.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use counterscope::base::quantity::parse_bytes;
use counterscope::base::{Deadline, Task};
use counterscope::config::Document;
use counterscope::coverage::{Coverage, unsaid};
use counterscope::dataset::{self, Run};
use counterscope::diagnostic::codes::{ALL, Code};
use counterscope::diagnostic::{Diagnostic, Report, Severity, text};
use counterscope::engine::{InputCount, InputRows};
use counterscope::lint::{
    Declared, Facts, Measures, Replayed, against, allow, beyond, of_config, of_log,
};
use counterscope::log::Reader;
use counterscope::plan::Plan;
use counterscope::plan::lower::compile_with_document;
use counterscope::profile;

/// The contents of a page's fences of a language.
fn fences<'p>(page: &'p str, language: &str) -> Vec<&'p str> {
    let mut fences = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once(&format!("\n```{language}\n")) {
        let (fence, after) = after.split_once("\n```").unwrap();
        fences.push(fence);
        rest = after;
    }
    fences
}

/// What is said of a config, alone or with the older config, the log and the limit that its page has.
fn compile_with(name: &str, config: &str, page: &str) -> (Option<Plan>, Report) {
    let (plan, document, mut report) = compile_with_document(name, config);
    let log = fences(page, "ndjson").first().copied();
    if let Some(plan) = &plan {
        let declared =
            Declared { document: &document, text: config, plan, settings: &document.lints };
        report.diagnostics.extend(of_config(&declared));
    }
    if let (Some(old), Some(plan)) = (fences(page, "yaml old").first(), &plan) {
        let old = compile_with_document(name, old).0.unwrap();
        report.diagnostics.extend(against(&document, plan, &old));
    }
    allow(&mut report.diagnostics, &document, config, &document.lints);
    let (Some(plan), Some(log)) = (plan.clone(), log) else { return (plan, report) };
    let reader = Reader::embedded("log", log.as_bytes().to_vec(), &plan.events, &plan.attributes);
    let wanted = dataset::wanted(&plan, None);
    let run = Run::load(Arc::new(plan), wanted, reader, &mut |_| {}).unwrap();
    let mut coverage = Coverage::new(Arc::new(document.clone()), run.plan(), None);
    let found = coverage.step((run.plan(), run.tape(), run.index()), &Deadline::never());
    let found = found.done().unwrap();
    report.diagnostics.extend(unsaid(&report, found.warnings));
    report.diagnostics.extend(linted(&run, (&document, config), &found.counts, log));
    let limit = page.split_once("--max-memory ").map(|(_, after)| after);
    let limit = limit.and_then(|after| parse_bytes(after.split([' ', '`']).next()?));
    if let Some(limit) = limit {
        let engine = run.at_end();
        let (plan, tape, index) = (run.plan(), run.tape(), run.index());
        let replayed = Replayed { plan, tape, index, engine: &engine };
        report.diagnostics.extend(beyond(&document, replayed, limit));
    }
    report.sort();
    allow(&mut report.diagnostics, &document, config, &document.lints);
    (Some(run.plan().clone()), report)
}

/// What lints say of a config with a log.
fn linted(
    run: &Run,
    (document, text): (&Document, &str),
    counts: &[InputCount],
    log: &str,
) -> Vec<Diagnostic> {
    let (plan, engine) = (run.plan(), run.at_end());
    let replayed = Replayed { plan, tape: run.tape(), index: run.index(), engine: &engine };
    let declared = Declared { document, text, plan, settings: &document.lints };
    let measures = Measures::new(replayed, declared.settings);
    let reader = Reader::embedded("log", log.as_bytes().to_vec(), &plan.events, &[]);
    let limits = profile::Limits { threads: 1, memory: profile::Limits::MEMORY };
    let profiled =
        profile::profile(reader, &plan.events, limits, &mut |_| ControlFlow::Continue(())).unwrap();
    let (profile, measures) = (Some(&profiled.profile), &measures);
    let rows = InputRows { plan, tape: run.tape(), index: run.index() };
    let facts = Facts { declared, rows, profile, counts, measures };
    let mut causes = |sets: Vec<profile::Marked>| {
        let reader = Reader::embedded("log", log.as_bytes().to_vec(), &plan.events, &[]);
        let mut on = |_| ControlFlow::Continue(());
        profile::causes(reader, &plan.events, limits, sets, &mut on).unwrap()
    };
    of_log(&facts, &mut causes, &|| true)
}

fn errors(report: &Report) -> BTreeSet<&str> {
    let errors = report.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| d.code).collect()
}

#[test]
fn every_page_raises_its_code_and_tells_the_way_out() {
    for Code { name, severity, page, .. } in ALL {
        let configs = fences(page, "yaml");
        let [bad, good] = configs.as_slice() else {
            panic!("{name}.md has {} yaml fences instead of 2", configs.len())
        };
        let log = fences(page, "ndjson").first().copied();
        let (plan, report) = compile_with(name, bad, page);
        let raised: Vec<_> = report.diagnostics.iter().filter(|d| d.code == *name).collect();
        assert!(!raised.is_empty(), "{name}.md does not raise it:\n{}", text(&report, false));
        assert!(raised.iter().all(|d| d.help.is_some() || d.severity == Severity::Note), "{name}");
        let is_error = *severity == Severity::Error;
        let want: BTreeSet<&str> = is_error.then_some(*name).into_iter().collect();
        assert_eq!(errors(&report), want, "{name}.md:\n{}", text(&report, false));
        let others = report.diagnostics.iter().filter(|d| d.severity == Severity::Warning);
        let others: Vec<_> = others.map(|d| d.code).filter(|code| code != name).collect();
        assert!(others.is_empty(), "{name}.md raises {others:?}:\n{}", text(&report, false));
        // What takes a log to see leaves a plan.
        assert_eq!(plan.is_none(), is_error && log.is_none(), "{name}.md");

        let (plan, report) = compile_with(name, good, page);
        assert!(report.diagnostics.is_empty(), "{name}.md, 2nd:\n{}", text(&report, false));
        assert!(plan.is_some(), "{name}.md, 2nd config has no plan");
    }
}

#[test]
fn registry_and_pages_match() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/diagnostics");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    let mut known: Vec<String> = ALL.iter().map(|code| format!("{}.md", code.name)).collect();
    known.sort();
    assert_eq!(files, known);
    for code in ALL {
        assert!(code.page.starts_with(&format!("# {}\n", code.name)), "{}", code.name);
    }
}

//! Every page of `docs/diagnostics/` is a test: its first config raises the page's code and no
//! other error, and its second config is clean.

use std::collections::BTreeSet;
use std::path::Path;

use counterscope::diagnostic::codes::{ALL, Code};
use counterscope::diagnostic::{Report, Severity, text};
use counterscope::plan::lower::compile;

/// The contents of a page's `yaml` fences.
fn fences(page: &str) -> Vec<&str> {
    let mut fences = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once("\n```yaml\n") {
        let (fence, after) = after.split_once("\n```").unwrap();
        fences.push(fence);
        rest = after;
    }
    fences
}

fn errors(report: &Report) -> BTreeSet<&str> {
    let errors = report.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| d.code).collect()
}

#[test]
fn every_page_raises_its_code_and_tells_the_way_out() {
    for Code { name, severity, page, .. } in ALL {
        let fences = fences(page);
        let [bad, good] = fences.as_slice() else {
            panic!("{name}.md has {} yaml fences instead of 2", fences.len())
        };
        let (plan, report) = compile(name, bad);
        let raised: Vec<_> = report.diagnostics.iter().filter(|d| d.code == *name).collect();
        assert!(!raised.is_empty(), "{name}.md does not raise it:\n{}", text(&report, false));
        assert!(raised.iter().all(|d| d.help.is_some() || d.severity == Severity::Note), "{name}");
        let is_error = *severity == Severity::Error;
        let want: BTreeSet<&str> = is_error.then_some(*name).into_iter().collect();
        assert_eq!(errors(&report), want, "{name}.md:\n{}", text(&report, false));
        assert_eq!(plan.is_none(), is_error, "{name}.md");

        let (plan, report) = compile(name, good);
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

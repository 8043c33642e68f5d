//! The walkthroughs of `docs/walkthroughs.md`: their keys are pressed in a real session over their
//! logs, and the lines that they show are on its screen.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::stage::Stage;

/// The most keys of a walkthrough.
const KEYS: usize = 12;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What a reader of the page sees after these keys.
fn screen(name: &str, steps: &str) -> String {
    let config = root().join(format!("configs/walkthroughs/{name}.yaml"));
    let text = std::fs::read_to_string(config).unwrap();
    let log = root().join(format!("sample-events/walkthroughs/{name}.ndjson.gz"));
    let mut stage = Stage::open(("config.yaml", &text), Path::new(&log), (160, 45));
    stage.cover();
    let mut pressed = 0;
    for step in steps.split('|').map(str::trim) {
        if let Some(keys) = step.strip_prefix("keys ") {
            pressed += keys.split_whitespace().count();
            stage.press(keys);
        } else if let Some(typed) = step.strip_prefix("type ") {
            pressed += typed.chars().count();
            stage.type_text(typed);
        } else {
            panic!("{name}: a step is `keys …` or `type …`, not `{step}`");
        }
    }
    assert!(pressed <= KEYS, "{name}: {pressed} keys");
    stage.text()
}

#[test]
fn each_walkthrough_shows_what_its_page_says() {
    let page = std::fs::read_to_string(root().join("docs/walkthroughs.md")).unwrap();
    let mut told = 0;
    let mut faults = String::new();
    for part in page.split("<!-- walkthrough ").skip(1) {
        let (head, rest) = part.split_once(" -->\n```text\n").unwrap();
        let (name, steps) = head.split_once(" | ").unwrap();
        let (block, _) = rest.split_once("```").unwrap();
        let screen = screen(name, steps);
        for line in block.lines().filter(|line| !screen.contains(*line)) {
            writeln!(faults, "{name} does not show `{line}`:\n{screen}").unwrap();
        }
        told += 1;
    }
    assert!(faults.is_empty(), "{faults}");
    let configs = std::fs::read_dir(root().join("configs/walkthroughs")).unwrap().count();
    assert_eq!((told, configs), (5, 5));
}

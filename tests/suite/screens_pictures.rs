//! The screens in README and the guide are drawn by the program. Above each block stands how, in a
//! comment that readers do not see:
//!
//! ```text
//! <!-- screen 100x30 CONFIG LOG | keys g t | type 2026-03-12 | save OLD => NEW | lines 3-20 -->
//! ```
//!
//! `COUNTERSCOPE_BLESS=1` draws them anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::screen::assert_file;
use crate::stage::Stage;

const MARK: &str = "<!-- screen ";

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a comment asks for, drawn.
fn drawn(asked: &str) -> String {
    let mut parts = asked.split(" | ").map(str::trim);
    let what: Vec<&str> = parts.next().unwrap().split(' ').collect();
    let [size, config, log] = what[..] else { panic!("not a size, a config and a log: {asked}") };
    let (width, height) = size.split_once('x').unwrap();
    let size = (width.parse().unwrap(), height.parse().unwrap());
    let text = fs::read_to_string(repository(config)).unwrap();
    let name = config.rsplit('/').next().unwrap();
    let mut stage = Stage::open((name, &text), &repository(log), size);
    let (mut shown, mut cells) = ((1, usize::from(size.1)), (1, usize::from(size.0)));
    for step in parts {
        match step.split_once(' ').unwrap() {
            ("keys", keys) => stage.press(keys),
            ("type", text) => stage.type_text(text),
            ("save", change) => {
                let (old, new) = change.split_once(" => ").unwrap();
                stage.save(old, new);
            }
            ("lines", lines) => shown = range(lines),
            ("columns", columns) => cells = range(columns),
            _ => panic!("no step of a picture: {step}"),
        }
    }
    let text = stage.text();
    let cut = |line: &str| -> String {
        line.chars().skip(cells.0 - 1).take(cells.1 + 1 - cells.0).collect()
    };
    let lines = text.lines().skip(shown.0 - 1).take(shown.1 + 1 - shown.0);
    lines.map(cut).collect::<Vec<_>>().join("\n")
}

/// `3-20`, both counted from 1 and included.
fn range(text: &str) -> (usize, usize) {
    let (first, last) = text.split_once('-').unwrap();
    (first.parse().unwrap(), last.parse().unwrap())
}

/// The page with every picture drawn, and how many there are.
fn with_pictures(page: &str) -> (String, usize) {
    let mut drawn_page = String::new();
    let mut count = 0;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        drawn_page.push_str(line);
        drawn_page.push('\n');
        let asked = line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(" -->"));
        if let Some(asked) = asked {
            assert_eq!(lines.next(), Some("```text"), "below {line}");
            let _ = lines.by_ref().take_while(|line| *line != "```").count();
            write!(drawn_page, "```text\n{}\n```\n", drawn(asked)).unwrap();
            count += 1;
        }
    }
    (drawn_page, count)
}

#[test]
fn the_pictures_are_what_the_program_draws() {
    for (page, least) in [("README.md", 1), ("docs/guide.md", 5)] {
        let path = repository(page);
        let text = fs::read_to_string(&path).unwrap();
        let (drawn, count) = with_pictures(&text);
        assert!(count >= least, "{page} has {count} pictures");
        assert_file(path, &drawn);
    }
}

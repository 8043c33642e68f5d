//! Holds the source to the invariants of `docs/architecture.md`: the table of imports, the words
//! that belong to one place, the shape of files. A fault names file, line and invariant.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Which modules a module may name. `docs/architecture.md` shows the same table.
const IMPORTS: [(&str, &[&str]); 19] = [
    ("base", &[]),
    ("diagnostic", &["base"]),
    ("config", &["base", "diagnostic"]),
    ("aggregate", &["base"]),
    ("plan", &["base", "diagnostic", "aggregate", "config"]),
    ("tape", &["base"]),
    ("log", &["base", "tape"]),
    ("store", &["base"]),
    ("engine", &["base", "aggregate", "plan", "store", "tape"]),
    ("coverage", &["base", "diagnostic", "config", "plan", "tape", "log", "engine"]),
    ("explain", &["base", "diagnostic", "config", "aggregate", "plan", "engine"]),
    ("profile", &["base", "aggregate", "tape", "log"]),
    ("suggest", &["base", "profile"]),
    ("lint", &["base", "diagnostic", "config", "aggregate", "plan", "tape", "engine", "profile"]),
    ("dataset", &["base", "plan", "engine", "log", "tape"]),
    ("scenario", &["base", "config", "plan", "tape", "log", "engine", "explain", "dataset"]),
    (
        "session",
        &[
            "base",
            "diagnostic",
            "config",
            "plan",
            "tape",
            "log",
            "store",
            "engine",
            "coverage",
            "explain",
            "profile",
            "scenario",
            "lint",
        ],
    ),
    ("ui", &["base", "diagnostic", "session"]),
    (
        "cli",
        &[
            "base",
            "diagnostic",
            "config",
            "aggregate",
            "plan",
            "tape",
            "log",
            "store",
            "engine",
            "coverage",
            "explain",
            "profile",
            "suggest",
            "lint",
            "dataset",
            "scenario",
            "session",
            "ui",
        ],
    ),
];

/// Imports that only some files of a module may have, or only of parts of the other:
/// module, what it names, the files that may, the parts that may be named.
const NARROWED: [(&str, &str, &[&str], &[&str]); 2] =
    [("plan", "config", &["lower"], &[]), ("ui", "session", &[], &["protocol", "snapshot"])];

/// Words that belong to one place: the invariant, the words, the paths that may hold them.
const WORDS: [(u8, &[&str], &[&str]); 9] = [
    (7, &["sled::"], &["src/store/sled.rs"]),
    (7, &["serde_yaml::"], &["src/config/"]),
    (7, &["saphyr_parser::"], &["src/config/"]),
    (7, &["csv_core::"], &["src/log/table/csv/splitter.rs"]),
    (
        7,
        &["parquet::", "arrow_array::", "arrow_schema::"],
        &["src/log/table/parquet/", "src/dataset/formats/parquet.rs"],
    ),
    (7, &["ratatui::", "crossterm::", "tui_input::"], &["src/ui/"]),
    (3, &["SystemTime::now", "Instant::now", "Utc::now", "Local::now"], &["src/base/clock.rs"]),
    (3, &["env::var", "env::vars"], &["src/cli/environment.rs"]),
    (
        12,
        &["io::stdout()", "io::stderr()", ".set_string", ".set_span"],
        &[
            "src/cli/output.rs",
            "src/cli/environment.rs",
            "src/ui/run/",
            "src/ui/terminal.rs",
            "src/ui/draw/line.rs",
            "src/ui/draw/pen.rs",
            "src/ui/chrome/timeline.rs",
        ],
    ),
];

/// Words of [`WORDS`] that may stand in one file only, wherever below its path that is.
const ONE_FILE: [&str; 2] = ["serde_yaml::", "saphyr_parser::"];

/// The most fields of a struct of the session.
const FIELDS: usize = 12;

/// What starts threads or a terminal in tests, and the files that may.
const THREADS: [&str; 6] = [
    "Live::threaded",
    "session::start",
    "thread::spawn",
    "thread::scope",
    "Pty::start",
    "scope.spawn",
];
const THREADED: [&str; 8] =
    ["live", "pty", "terminal", "workbench", "kill", "store", "watch", "queries"];

/// Lines of a file, besides its tests.
const LINES: usize = 400;

struct Source {
    /// From the root of the package, with slashes.
    path: String,
    text: String,
}

impl Source {
    /// The module right below the crate that the file belongs to.
    fn module(&self) -> &str {
        let below = self.path.trim_start_matches("src/");
        below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
    }

    /// The lines before the unit tests at the foot, without comments, numbered from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_foot = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests");
        let foot = lines.windows(2).position(is_foot).unwrap_or(lines.len());
        let code = lines.into_iter().take(foot).enumerate();
        code.map(|(i, line)| (i + 1, line.split("//").next().unwrap_or(line)))
    }

    /// The modules that the file itself is, from the crate down: `a::b` for `src/a/b.rs`.
    fn own_path(&self) -> Vec<String> {
        let below = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        below.trim_end_matches("/mod").split('/').map(str::to_owned).collect()
    }

    /// All paths that begin at the crate, `crate::a::b`, or are led there by `super::`, with groups
    /// taken apart, each with its line.
    fn crate_paths(&self) -> Vec<(usize, Vec<String>)> {
        let mut text = String::new();
        let mut line_starts = Vec::new();
        for (number, line) in self.code() {
            line_starts.push((text.len(), number));
            text.push_str(line);
            text.push('\n');
        }
        let own = self.own_path();
        let mut paths = Vec::new();
        let starts = ["crate::", "super::"].into_iter();
        for (at, start) in starts.flat_map(|start| text.match_indices(start)) {
            let before = &text[..at];
            if before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut rest = &text[at + start.len()..];
            let mut stem = Vec::new();
            if start == "super::" {
                let mut up = 1;
                while let Some(further) = rest.strip_prefix(start) {
                    (rest, up) = (further, up + 1);
                }
                stem = own[..own.len().saturating_sub(up)].to_vec();
            }
            let line = line_starts.iter().rev().find(|(start, _)| *start <= at).map_or(0, |l| l.1);
            let mut found = Vec::new();
            expand(rest, &mut stem, &mut found);
            paths.extend(found.into_iter().map(|path| (line, path)));
        }
        paths
    }
}

/// Takes one path apart, `a::{b, c::d}` into `a::b` and `a::c::d`; returns what follows it.
fn expand<'t>(text: &'t str, stem: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'t str {
    let text = text.trim_start();
    let depth = stem.len();
    let rest = if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                break after;
            }
            let after = expand(rest, stem, found).trim_start();
            // Whatever is no list ends it.
            let Some(after) = after.strip_prefix(',').or(after.starts_with('}').then_some(after))
            else {
                break after;
            };
            rest = after;
        }
    } else {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        stem.push(text[..end].to_owned());
        let rest = &text[end..];
        if let Some(rest) = rest.strip_prefix("::") {
            expand(rest, stem, found)
        } else {
            found.push(stem.clone());
            // ` as name` renames; it names nothing more.
            let word = |c: char| c.is_alphanumeric() || c == '_';
            rest.strip_prefix(" as ").map_or(rest, |name| name.trim_start_matches(word))
        }
    };
    stem.truncate(depth);
    rest
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_below(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
}

fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    files_below(&root().join("src"), "rs", &mut paths);
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().replace('\\', "/");
        Source { path: name, text: std::fs::read_to_string(path).unwrap() }
    };
    paths.into_iter().map(read).collect()
}

/// The faults in what a file imports.
fn import_faults(source: &Source) -> Vec<String> {
    let module = source.module();
    if module == "lib" || module == "main" {
        return Vec::new();
    }
    let fault = |line: usize, what: String| format!("{}:{line}: invariant 1: {what}", source.path);
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == module) else {
        return vec![fault(1, format!("the module `{module}` is not in the table of imports"))];
    };
    let stem = source.path.rsplit('/').next().unwrap().trim_end_matches(".rs");
    let mut faults = Vec::new();
    for (line, path) in source.crate_paths() {
        let named = path[0].as_str();
        if named == module {
            continue;
        }
        if !allowed.contains(&named) {
            faults.push(fault(line, format!("`{module}` must not know `{named}`")));
        }
        for (_, _, files, parts) in NARROWED.iter().filter(|n| n.0 == module && n.1 == named) {
            let part = path.get(1).map_or("", String::as_str);
            let inside =
                files.iter().any(|f| stem == *f || source.path.contains(&format!("/{f}/")));
            if !(files.is_empty() || inside) || !(parts.is_empty() || parts.contains(&part)) {
                faults.push(fault(line, format!("`{}` may not name `{}`", stem, path.join("::"))));
            }
        }
    }
    faults
}

/// Whether `word` stands in `line`: a crate's name (`sled::`) as the start of a path, a method
/// (`.set_span`) of anything, any other word wherever a path may hold it.
fn names(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = &line[..at];
        let longer =
            !word.starts_with('.') && before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let member = word.ends_with("::") && before.ends_with("::");
        !longer && !member
    })
}

#[test]
fn imports_point_down_the_table() {
    let faults: Vec<String> = sources().iter().flat_map(import_faults).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_table_permits_only_what_is_used() {
    let mut used = BTreeSet::new();
    for source in sources() {
        let module = source.module();
        used.extend(source.crate_paths().into_iter().map(|(_, path)| (module.to_owned(), path)));
    }
    let names = |module: &str, named: &str, part: Option<&str>| {
        used.iter().any(|(by, path)| {
            by == module
                && path[0] == named
                && part.is_none_or(|part| path[1..].starts_with(&[part.to_owned()]))
        })
    };
    let mut idle = Vec::new();
    for (module, allowed) in IMPORTS {
        // What everything shares may be used at any time.
        let others = allowed.iter().filter(|named| **named != "base");
        let unused = others.filter(|named| !names(module, named, None));
        idle.extend(unused.map(|named| format!("`{module}` imports nothing of `{named}`")));
    }
    for (module, named, files, parts) in NARROWED {
        let unused = parts.iter().filter(|part| !names(module, named, Some(part)));
        idle.extend(unused.map(|part| format!("`{module}` imports nothing of `{named}::{part}`")));
        let folder = root().join("src").join(module);
        let is_there =
            |file: &&&str| folder.join(file).exists() || folder.join(format!("{file}.rs")).exists();
        let missing = files.iter().filter(|file| !is_there(file));
        idle.extend(missing.map(|file| format!("there is no `{module}::{file}`")));
    }
    assert!(idle.is_empty(), "\n{}", idle.join("\n"));
}

/// Which files of its module a file names, by their place in the list. A folder's `mod.rs` and
/// what lies below it count as one: neither is named.
fn neighbours(source: &Source, files: &BTreeMap<String, usize>) -> BTreeSet<usize> {
    let own = source.own_path();
    let named = source.crate_paths().into_iter().filter(|(_, path)| path[0] == own[0]);
    let file_of = |path: &[String]| {
        (2..=path.len()).rev().find_map(|end| files.get_key_value(&path[..end].join("::")))
    };
    let name = own.join("::");
    let is_kin = |other: &str| {
        let inside =
            |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with("::"));
        other == name || inside(other, &name) || inside(&name, other)
    };
    let found = named.filter_map(|(_, path)| file_of(&path).map(|(name, at)| (name.clone(), *at)));
    found.filter(|(other, _)| !is_kin(other)).map(|(_, at)| at).collect()
}

/// The files of cycles: what is left once files that name nothing that is left, or are named by
/// nothing that is left, are taken away, again and again.
fn cycles(named: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut left: BTreeSet<usize> = (0..named.len()).collect();
    loop {
        let is_inside = |at: &usize| {
            let names = named[*at].iter().any(|other| left.contains(other));
            names && left.iter().any(|other| named[*other].contains(at))
        };
        let inside: BTreeSet<usize> = left.iter().copied().filter(is_inside).collect();
        if inside.len() == left.len() {
            return inside.into_iter().collect();
        }
        left = inside;
    }
}

#[test]
fn no_files_of_a_module_name_each_other_in_a_circle() {
    let sources = sources();
    let names = |(at, source): (usize, &Source)| (source.own_path().join("::"), at);
    let files: BTreeMap<String, usize> = sources.iter().enumerate().map(names).collect();
    let named: Vec<_> = sources.iter().map(|source| neighbours(source, &files)).collect();
    let found: Vec<&str> = cycles(&named).into_iter().map(|at| sources[at].path.as_str()).collect();
    assert!(found.is_empty(), "in or between cycles:\n{}", found.join("\n"));

    let two = [BTreeSet::from([1]), BTreeSet::from([2]), BTreeSet::from([1]), BTreeSet::from([0])];
    assert_eq!(cycles(&two), [1, 2], "a cycle is found, and what leads to it is not");
}

/// Identifiers that gave way to the field's words, and the modules in which they did.
const RETIRED: [(&[&str], &[&str]); 4] = [
    (
        &["session"],
        &[
            "Flight",
            "Leg",
            "Crew",
            "Ground",
            "Scout",
            "Errand",
            "Watched",
            "Pace",
            "Filling",
            "Rereading",
            "Configuring",
            "Storing",
            "Resuming",
            "Keeping",
            "Scene",
            "Hiding",
            "take_off",
            "go_home",
            "welcome",
            "turn_out",
            "stay_together",
            "call_back",
            "let_go",
            "Way",
            "leftovers",
            "mending",
            "errand",
            "flown",
            "give_flight_up",
            "call_off",
            "is_home",
            "set_down",
            "send_out",
            "leave_over",
            "left_between",
            "Sorter",
        ],
    ),
    (
        &["engine"],
        &[
            "Takers",
            "Lockstep",
            "Bulk",
            "BySegment",
            "Along",
            "PutBy",
            "Heritage",
            "Leftovers",
            "Saver",
            "Filler",
            "Gatherer",
            "Adder",
            "Copying",
            "hollow",
            "stand_before",
            "tally_like",
            "note_use",
            "lacking",
        ],
    ),
    (&["tape"], &["Paged", "Pager", "Recorder", "twins", "Plain", "must_be_whole", "is_cramped"]),
    (&["log"], &["Intake", "Untold", "Lot", "Ran", "Refusal", "foresee", "Unusual"]),
];

#[test]
fn retired_identifiers_stay_away() {
    let mut faults = Vec::new();
    for source in sources() {
        for (modules, words) in RETIRED {
            if !modules.contains(&source.module()) {
                continue;
            }
            for (line, code) in source.code() {
                let mut identifiers = code.split(|c: char| !c.is_alphanumeric() && c != '_');
                if let Some(word) = identifiers.find(|word| words.contains(word)) {
                    faults.push(format!("{}:{line}: `{word}` has given way", source.path));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn words_stay_in_their_places() {
    let mut faults = Vec::new();
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for source in sources() {
        for (invariant, words, places) in WORDS {
            for (line, word) in source.code().flat_map(|(n, line)| {
                words.iter().filter(move |word| names(line, word)).map(move |word| (n, *word))
            }) {
                if !places.iter().any(|place| source.path.starts_with(place)) {
                    faults.push(format!(
                        "{}:{line}: invariant {invariant}: `{word}` belongs to {}",
                        source.path,
                        places.join(", ")
                    ));
                }
                let seen = files.entry(word).or_default();
                if ONE_FILE.contains(&word) && !seen.contains(&source.path) {
                    seen.push(source.path.clone());
                }
            }
        }
    }
    for (word, seen) in files {
        if seen.len() > 1 {
            faults.push(format!("invariant 7: `{word}` stands in {}", seen.join(" and ")));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_and_stays_short() {
    let mut faults = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//!") {
            faults.push(format!("{}:1: invariant 11: does not start with //!", source.path));
        }
        let lines = source.code().count();
        if lines > LINES && !source.path.contains("/tests") {
            faults.push(format!("{}:{LINES}: invariant 11: {lines} lines", source.path));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The structs of a file with the number of their fields.
fn structs(source: &Source) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut is_inside = false;
    for (_, line) in source.code() {
        let words = line.split_whitespace();
        if let Some(name) = words.skip_while(|word| *word != "struct").nth(1)
            && line.trim_end().ends_with('{')
        {
            let end = name.find(|c: char| !c.is_alphanumeric()).unwrap_or(name.len());
            found.push((name[..end].to_owned(), 0));
            is_inside = true;
        } else if line.starts_with('}') {
            is_inside = false;
        } else if is_inside
            && line.starts_with("    ")
            && !line[4..].starts_with([' ', '#', '}'])
            && line.contains(": ")
            && let Some((_, fields)) = found.last_mut()
        {
            *fields += 1;
        }
    }
    found
}

/// What one thing of a session knows is not much. Plain data has as many fields as it has facts.
#[test]
fn no_struct_of_the_session_has_many_fields() {
    let mut faults = Vec::new();
    let mut counted = 0;
    for source in sources().iter().filter(|source| source.module() == "session") {
        let is_plain = source.path.contains("/snapshot/") || source.path.ends_with("/protocol.rs");
        for (name, fields) in structs(source) {
            counted += 1;
            if fields > FIELDS && !is_plain {
                faults.push(format!("{}: `{name}` has {fields} fields", source.path));
            }
        }
    }
    assert!(counted > 50, "{counted}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let text = "//! a\npub struct A {\n    /// b: c\n    b: usize,\n    pub(super) c: D,\n}\n\nstruct B(u8);\n\nenum E {\n    F { g: u8 },\n}\n";
    let source = Source { path: "src/session/a.rs".to_owned(), text: text.to_owned() };
    assert_eq!(structs(&source), [("A".to_owned(), 2)]);
}

/// The session as a state machine has no thread, no file and no channel: those are in the ports.
#[test]
fn the_session_itself_is_pure() {
    let is_pure = |path: &str| {
        let parts = ["machine/", "memory/mod", "persistence/write_behind", "persistence/recovery"];
        let more = ["config/reload", "config/state", "config/pending", "config/checks"];
        let log = ["ingest/log_state", "ingest/log_watch", "ingest/log_report", "playback"];
        [&parts[..], &more, &log].concat().iter().any(|part| {
            path.strip_prefix("src/session/").is_some_and(|path| path.starts_with(part))
        })
    };
    let impure =
        ["thread::", "crossbeam_channel", "std::fs", "File::", "clock::instant", "clock::wall"];
    let mut faults = Vec::new();
    let mut looked_at = 0;
    for source in sources().iter().filter(|source| is_pure(&source.path)) {
        looked_at += 1;
        for (line, code) in source.code() {
            if let Some(word) = impure.iter().find(|word| code.contains(**word)) {
                faults.push(format!("{}:{line}: `{word}`", source.path));
            }
        }
    }
    assert!(looked_at > 10, "{looked_at}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Tests that need threads, a terminal or the system's watch on files are in a few files, and few.
#[test]
fn few_tests_need_threads_or_a_terminal() {
    let mut paths = Vec::new();
    files_below(&root().join("tests/suite"), "rs", &mut paths);
    let (mut count, mut faults) = (0, Vec::new());
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let needs = THREADS.iter().any(|word| text.contains(word));
        if THREADED.contains(&stem.as_str()) {
            count += text.matches("#[test]").count();
        } else if needs && stem != "architecture" {
            faults.push(stem);
        }
    }
    assert!(faults.is_empty(), "threads in {faults:?}");
    assert!((20..=40).contains(&count), "{count} tests");
}

#[test]
fn every_suite_is_listed() {
    let suite = root().join("tests/suite");
    let list = std::fs::read_to_string(suite.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(suite).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(
            stem == "main" || list.lines().any(|line| line == format!("mod {stem};")),
            "tests/suite/main.rs does not list {stem}"
        );
    }
}

#[test]
fn the_documentation_shows_the_same_table() {
    let document = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    for (module, allowed) in IMPORTS {
        let mut cell = String::new();
        for name in allowed {
            let comma = if cell.is_empty() { "" } else { ", " };
            write!(cell, "{comma}{name}").unwrap();
            for (_, _, files, parts) in NARROWED.iter().filter(|n| n.0 == module && n.1 == *name) {
                if !files.is_empty() {
                    write!(cell, " (only `{}`)", files.join("`, `")).unwrap();
                }
                if !parts.is_empty() {
                    write!(cell, "::{{{}}}", parts.join(", ")).unwrap();
                }
            }
        }
        let cell = if cell.is_empty() { "–".to_owned() } else { cell };
        let row = document
            .lines()
            .find(|line| line.starts_with(&format!("| `{module}` |")))
            .unwrap_or_else(|| panic!("docs/architecture.md has no row for `{module}`"));
        let shown = row.split('|').nth(3).unwrap_or_default().trim();
        assert_eq!(shown, cell, "the row of `{module}` in docs/architecture.md");
    }
}

#[test]
fn the_documentation_gives_a_reason_for_every_dependency() {
    let document = std::fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, reasons) = document.split_once("## Dependencies").unwrap();
    let reasoned: Vec<&str> = reasons
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split('|').next())
        .flat_map(|names| names.split(',').map(str::trim))
        .collect();
    let mut listed = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, _)) = line.split_once(" = ").filter(|_| inside) {
            listed.insert(name);
            assert!(reasoned.contains(&name), "docs/architecture.md gives no reason for {name}");
        }
    }
    // The crates, and the table's head.
    assert_eq!(
        reasoned.len(),
        listed.len() + 1,
        "docs/architecture.md names a crate that is not used"
    );
}

/// What `cargo deny` would hold of sources and versions, as far as the lock file tells: the crates
/// come from the registry, and of each there is one version besides those that `deny.toml` skips.
#[test]
fn dependencies_come_from_the_registry_in_one_version() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (lock, deny) = (read("Cargo.lock"), read("deny.toml"));
    let (_, skipped) = deny.split_once("skip = [").unwrap();
    let (skipped, _) = skipped.split_once("\n]").unwrap();
    let mut skipped: BTreeSet<&str> = skipped
        .lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .collect();
    let mut seen = BTreeSet::new();
    for package in lock.split("[[package]]").skip(1) {
        let member = |name: &str| {
            let start = format!("{name} = \"");
            package.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"'))
        };
        let name = member("name").unwrap();
        let source = member("source");
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert!(source == Some(registry) || name == "counterscope", "{name} is from {source:?}");
        let version = format!("{name}@{}", member("version").unwrap());
        if !skipped.remove(version.as_str()) {
            assert!(seen.insert(name), "{version} is a second version: update, or skip one");
        }
    }
    assert!(skipped.is_empty(), "deny.toml skips versions that are not there: {skipped:?}");
}

/// Links that stay in the checkout lead somewhere.
#[test]
fn links_lead_somewhere() {
    let mut documents = vec![root().join("README.md")];
    for folder in ["docs", "tests/specs", "sample-events"] {
        files_below(&root().join(folder), "md", &mut documents);
    }
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            let target = document.parent().unwrap().join(link);
            let outside = link.contains("://") || link.is_empty();
            assert!(outside || target.exists(), "{} links to {link}", document.display());
        }
    }
}

/// The rules themselves: what they catch and what they let pass.
#[test]
fn the_rules_bite() {
    let faults = |path: &str, text: &str| {
        import_faults(&Source { path: path.to_owned(), text: text.to_owned() })
    };
    let ui = "use crate::{base::{Key, time::Timestamp as T}, session::{protocol::Look, State}};";
    assert_eq!(
        faults("src/ui/model.rs", ui),
        ["src/ui/model.rs:1: invariant 1: `model` may not name `session::State`"]
    );
    let inline = "\nfn f(p: &crate::plan::Plan) {} // crate::store\n";
    assert_eq!(
        faults("src/log/read.rs", inline),
        ["src/log/read.rs:2: invariant 1: `log` must not know `plan`"]
    );
    assert_eq!(
        faults("src/log/flat/mod.rs", "use super::super::store::{self, Store};"),
        [
            "src/log/flat/mod.rs:1: invariant 1: `log` must not know `store`",
            "src/log/flat/mod.rs:1: invariant 1: `log` must not know `store`"
        ]
    );
    assert_eq!(faults("src/log/flat/mod.rs", "use super::line::{Origin, Refusal};").len(), 0);
    let behind = "#[cfg(test)]\nimpl A {}\nuse crate::plan::Plan;\n#[cfg(test)]\nmod tests {\n    use crate::ui::Ui;\n}\n";
    assert_eq!(
        faults("src/log/read.rs", behind),
        ["src/log/read.rs:3: invariant 1: `log` must not know `plan`"]
    );
    assert_eq!(faults("src/plan/lower.rs", "use crate::config::Document;").len(), 0);
    assert_eq!(faults("src/plan/lint.rs", "use crate::config::Document;").len(), 1);
    assert_eq!(faults("src/extra/mod.rs", "").len(), 1);
    assert!(names("use sled::Db;", "sled::") && names("a::<sled::Db>()", "sled::"));
    assert!(!names("pub use self::sled::SledStore;", "sled::") && !names("missled::x", "sled::"));
    assert!(names("std::time::Instant::now()", "Instant::now"));
    assert!(names("std::env::var(\"HOME\")", "env::var"));
}

//! What comes from outside, be it keys, values, names, files or arguments, reaches people escaped:
//! no output of a command that is for people, and no cell of the workbench, holds a character that
//! a terminal would obey or that nobody would see. Each hostile text is also looked for in its
//! escaped form, so that none of this holds because nothing was shown.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use counterscope::base::escape::{json, printable};
use proptest::prelude::*;

/// Whether people must not be given this character as it is. Written anew here, from the names of
/// Unicode's blocks and categories, so that it can differ from what the program thinks.
pub(crate) fn is_forbidden(c: char) -> bool {
    matches!(
        u32::from(c),
        // C0, DEL and C1; the soft hyphen.
        0x00..=0x1f | 0x7f..=0x9f | 0xad
        // Marks, embeddings, overrides and isolates of direction.
        | 0x61c | 0x200e..=0x200f | 0x202a..=0x202e | 0x2066..=0x2069
        // Separators of lines and paragraphs; zero width, joiners, invisible operators.
        | 0x2028..=0x2029 | 0x200b..=0x200d | 0x2060..=0x2064 | 0x206a..=0x206f | 0xfeff | 0x34f
        // Fillers of Hangul, and what makes no ink in Khmer, Mongolian and Braille.
        | 0x115f..=0x1160 | 0x3164 | 0xffa0 | 0x17b4..=0x17b5 | 0x180b..=0x180f | 0x2800
        // Variation selectors, annotations, tags.
        | 0xfe00..=0xfe0f | 0xfff9..=0xfffb | 0xe0000..=0xe0fff
    )
}

/// A line that data must not make.
const FORGED: &str = "FORGED";

/// A text with one of each kind, and one that would begin a line of its own.
const ALL: &str = "a\u{1b}]52;c;Z\u{7}\u{1b}[2J\u{8}\t\r\u{7f}\u{85}\u{9b}31m\u{9d}0;T\u{9c}\
                   \nFORGED\u{ad}\u{61c}\u{200b}\u{200d}\u{200f}\u{2028}\u{202e}\u{2060}\u{2067}\
                   \u{2800}\u{3164}\u{fe0f}\u{feff}\u{e0041}z";

fn hostile() -> impl Strategy<Value = String> {
    let letters = "[a-z\\x01-\\x1f\\x7f-\\u{9f}\\u{ad}\\u{200b}-\\u{200f}\\u{2028}-\\u{202e}\
                   \\u{2060}-\\u{2069}\\u{fe00}-\\u{fe0f}\\u{e0020}-\\u{e007f}]{1,6}";
    // A file cannot have a slash in its name, and an argument no zero.
    letters.prop_map(|letters| format!("h{letters}\u{1b}\n{FORGED}\u{9b}z"))
}

struct Place {
    folder: tempfile::TempDir,
    hostile: String,
}

impl Place {
    /// A folder of files with hostile names and contents.
    fn new(hostile: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let quoted = quoted(hostile);
        let named = |name: &str| quoted.replacen('"', &format!("\"{name}"), 1);
        let good = format!(
            "events: {{format: flat, timestamp: ts, type: event}}\n\
             features:\n  \
             - {{name: n, type: counter, interaction: {quoted}, scope: item}}\n  \
             - {{name: k, type: counter, interaction: {quoted}, scope: {quoted}, description: {quoted}}}\n  \
             - {{name: w, type: counter, interaction: {}, scope: {}, where: {{{}: {quoted}}}}}\n",
            named("gone"),
            named("lacking"),
            named("where"),
        );
        let faulty = format!(
            "features:\n  \
             - {{name: {quoted}, type: {quoted}, scope: item, interaction: {quoted}}}\n  \
             - {{name: a, type: counter, scope: item, {quoted}: 1, half_life: {quoted}}}\n  \
             - {{name: r, type: ratio, top: {quoted}, bottom: a}}\n  \
             - {{name: '{{x}}', matrix: {{x: [{quoted}, {quoted}]}}, type: counter, scope: item}}\n  \
             - {{name: g, type: counter, scope: item, where: {{a: {{{quoted}: 1}}}}}}\n\
             {quoted}: 1\n",
        );
        let log = format!(
            "{{\"ts\":1718000000,\"event\":{quoted},\"item\":{quoted},{quoted}:{quoted}}}\n\
             {}\n",
            hostile.replace('\n', " ")
        );
        let place = Self { folder, hostile: hostile.to_owned() };
        for (name, text) in [("good.yaml", &good), ("faulty.yaml", &faulty), ("log", &log)] {
            std::fs::write(place.path().join(name), text).unwrap();
        }
        std::fs::write(place.path().join(format!("{hostile}.yaml")), &good).unwrap();
        std::fs::write(place.path().join(format!("{hostile}.faulty")), &faulty).unwrap();
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What a command writes on stdout and stderr, and its exit code.
    fn run(&self, words: &[&str]) -> (String, String, Option<i32>) {
        let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_counterscope"))
            .args(words)
            .current_dir(self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (out, err, status.code())
    }

    /// Runs a command whose output is for people, which must show the hostile text escaped.
    fn shows(&self, words: &[&str], code: i32) -> Result<(), TestCaseError> {
        let (out, err, ended) = self.run(words);
        prop_assert_eq!(ended, Some(code), "{:?}: {} {}", words, out, err);
        // In a table it may be cut.
        let shown: String = printable(&self.hostile).chars().take(30).collect();
        prop_assert!(out.contains(&shown) || err.contains(&shown), "{words:?}: {out}{err}");
        for text in [&out, &err] {
            let found = text.chars().find(|c| *c != '\n' && is_forbidden(*c));
            prop_assert_eq!(found, None, "{:?}: {}", words, text);
            let forged = text.lines().any(|line| line.trim_start().starts_with(FORGED));
            prop_assert!(!forged, "{words:?}: {text}");
        }
        Ok(())
    }
}

/// A text as JSON and YAML have it between double quotes.
fn quoted(text: &str) -> String {
    let quoted: String = json(&serde_json::to_string(text).unwrap()).into_owned();
    quoted.chars().map(|c| if c == '\u{feff}' { "\\ufeff".into() } else { c.to_string() }).collect()
}

fn commands(hostile: &str) -> Result<(), TestCaseError> {
    let place = Place::new(hostile);
    let config = format!("{hostile}.yaml");
    let faulty = format!("{hostile}.faulty");
    for (words, code) in [
        (&["check", &config][..], 0),
        (&["check", &config, "log"], 0),
        (&["check", "faulty.yaml"], 1),
        (&["check", &faulty], 1),
        (&["plan", &config], 0),
        (&["plan", "good.yaml", "log"], 0),
        (&["values", "faulty.yaml", "log"], 1),
        (&["values", "good.yaml", "log", "--format", "table"], 0),
        // What is not there.
        (&["check", hostile], 2),
        (&["values", hostile, "log"], 2),
        (&["values", "good.yaml", hostile], 2),
        (&["dataset", "good.yaml", "log", "--on", &config], 2),
        (&["dataset", "good.yaml", "log", "--on", "none"], 2),
        (&["values", "good.yaml", "log", "--feature", hostile], 2),
        (&["check", "--explain", hostile], 2),
        (&[hostile], 2),
        // What cannot be meant.
        (&["values", "good.yaml", "log", "--at", hostile], 2),
        (&["values", "good.yaml", "log", "--threads", hostile], 2),
        (&["values", "good.yaml", "log", "--max-memory", hostile], 2),
        (&["values", "good.yaml", "log", "--format", hostile], 2),
        (&["plan", "good.yaml", &format!("--{hostile}")], 2),
    ] {
        place.shows(words, code)?;
    }
    // For programs: exact, and nothing that a terminal would obey or a reader take for a line end.
    for words in [
        &["values", "good.yaml", "log"][..],
        &["dataset", "good.yaml", "log", "--on", hostile],
        &["check", "faulty.yaml", "--format", "json"],
        &["plan", "good.yaml", "--format", "json"],
    ] {
        let (out, err, _) = place.run(words);
        let raw = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
        prop_assert!(!out.is_empty() && !out.contains(raw), "{words:?}: {out} {err}");
        let mut found = false;
        for line in out.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            found |= holds(&value, hostile);
        }
        prop_assert!(found, "{words:?}: {out}");
    }
    let (csv, _, _) = place.run(&["values", "good.yaml", "log", "--format", "csv"]);
    prop_assert!(csv.contains(hostile), "CSV is exact: {csv:?}");
    Ok(())
}

/// Whether a text is anywhere in a value, as a part of another one at least.
fn holds(value: &serde_json::Value, text: &str) -> bool {
    match value {
        serde_json::Value::String(own) => own.contains(text),
        serde_json::Value::Array(some) => some.iter().any(|one| holds(one, text)),
        serde_json::Value::Object(members) => {
            members.iter().any(|(name, one)| name.contains(text) || holds(one, text))
        }
        _ => false,
    }
}

#[test]
fn every_kind_of_hostile_text_is_escaped_by_every_command() {
    commands(ALL).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn hostile_texts_are_escaped_by_every_command(hostile in hostile()) {
        commands(&hostile)?;
    }
}

#[cfg(feature = "workbench")]
mod workbench {
    use std::sync::Arc;
    use std::time::Duration;

    use counterscope::session::snapshot::Snapshot;
    use counterscope::ui::message::{Effect, Message};
    use counterscope::ui::model::{Model, Options};
    use counterscope::ui::update::update;
    use counterscope::ui::view::view;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use crate::driver::key;
    use crate::live::setup;
    use crate::stepper::Stepper;

    use super::*;

    /// The screen of a real session.
    struct Screen {
        model: Model,
        stepper: Stepper,
        clock: Duration,
        latest: Option<Arc<Snapshot>>,
    }

    impl Screen {
        fn tell(&mut self, message: Message) {
            for effect in update(&mut self.model, message) {
                if let Effect::Send(command) = effect {
                    self.stepper.send(command);
                }
            }
        }

        /// Lets the session answer until nothing is left to do.
        fn settle(&mut self) {
            while !self.stepper.is_idle() {
                self.stepper.step();
                if let Some(snapshot) = self.stepper.take() {
                    self.latest = Some(Arc::clone(&snapshot));
                    self.tell(Message::Snapshot(snapshot));
                }
            }
        }

        fn press(&mut self, name: &str) {
            self.clock += Duration::from_secs(1);
            self.tell(Message::Key { key: key(name), at: self.clock });
            self.settle();
        }

        /// The symbols of all cells, one after the other.
        fn cells(&self) -> Vec<String> {
            let (width, height) = self.model.size;
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| view(&self.model, frame)).unwrap();
            terminal
                .backend()
                .buffer()
                .content
                .iter()
                .map(|cell| cell.symbol().to_owned())
                .collect()
        }
    }

    #[test]
    fn no_cell_holds_what_a_terminal_would_obey_or_hide() {
        let place = Place::new(ALL);
        for config in ["yaml", "faulty"] {
            let config = place.path().join(format!("{ALL}.{config}"));
            let log = place.path().join(format!("{ALL}.log"));
            std::fs::copy(place.path().join("log"), &log).unwrap();
            let stepper = Stepper::start(setup(&config, &log, None)).unwrap();
            let size = (200, 60);
            let options =
                Options { theme: "dark".into(), config: Some(config), ..Options::default() };
            let model = Model::new(&options, size);
            let mut screen = Screen { model, stepper, clock: Duration::ZERO, latest: None };
            screen.tell(Message::Resize { width: size.0, height: size.1 });
            screen.settle();
            let mut all = String::new();
            let mut look = |screen: &Screen, what: &str| {
                for symbol in screen.cells() {
                    assert!(!symbol.contains(is_forbidden), "{symbol:?} after {what}");
                    all.push_str(&symbol);
                }
            };
            look(&screen, "the start");
            for name in [
                "w", "tab", "tab", "enter", "esc", "w", "tab", "enter", "esc", "2", "j", "k", "3",
                "j", "r", "o", "1", "?", "esc", "i", "/",
            ] {
                screen.press(name);
                look(&screen, name);
            }
            screen.tell(Message::Paste(ALL.replace('\n', " ")));
            screen.settle();
            look(&screen, "a paste");
            screen.press("enter");
            look(&screen, "a filter");
            // What is shown is cut, so the first part of the text is looked for.
            assert!(all.contains("\\u{1b}]52;c;Z\\u{7}"), "nothing hostile was shown: {all}");
        }
    }

    #[test]
    fn keys_that_differ_in_what_nobody_sees_look_different() {
        let place = tempfile::tempdir().unwrap();
        let [config, log] = ["c.yaml", "log"].map(|name| place.path().join(name));
        std::fs::write(
            &config,
            "features: [{name: n, type: interaction_count, interaction: x, scope: item}]",
        )
        .unwrap();
        let keys = ["ab", "a\u{ad}b", "a\u{200b}b", "a\u{e0041}b", "a\u{fe0f}b", "a\u{200d}b"];
        let line =
            |key: &&str| format!("{{\"ts\":1718000000,\"type\":\"x\",\"item\":\"{key}\"}}\n");
        std::fs::write(&log, keys.iter().map(line).collect::<String>()).unwrap();
        let stepper = Stepper::start(setup(&config, &log, None)).unwrap();
        let model = Model::new(&Options { theme: "dark".into(), ..Options::default() }, (120, 40));
        let mut screen = Screen { model, stepper, clock: Duration::ZERO, latest: None };
        screen.tell(Message::Resize { width: 120, height: 40 });
        screen.settle();
        let all = screen.cells().concat();
        for key in
            ["ab ", "a\\u{ad}b ", "a\\u{200b}b ", "a\\u{e0041}b ", "a\\u{fe0f}b ", "a\\u{200d}b "]
        {
            assert!(all.contains(key), "{key} is not in {all}");
        }
    }
}

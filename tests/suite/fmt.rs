//! `fmt`: what it writes says what was there, of every config of the repository and of random ones,
//! and is not changed again; and the command as a shell sees it.

use std::cell::Cell;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use counterscope::config::{Unformatted, format};
use counterscope::diagnostic::{Diagnostic, Report};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::commands::{Place, Ran};
use crate::documents::{Part, parts};

/// The comments of a text, found in a simpler way than the formatter does: none of the texts has a
/// `#` behind a blank elsewhere.
fn comments(text: &str) -> Vec<&str> {
    let comment = |line: &'_ str| {
        let at = line.find('#').filter(|at| *at == 0 || line[..*at].ends_with([' ', '\t']))?;
        Some(at)
    };
    text.lines().filter_map(|line| comment(line).map(|at| line[at..].trim_end())).collect()
}

/// The formatted text, which is formatted as it is.
fn formatted(text: &str) -> String {
    let once = format("c.yaml", text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    assert_eq!(format("c.yaml", &once).unwrap(), once, "of\n{text}");
    once
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|own| own == extension) {
            found.push(path);
        }
    }
}

/// Every config of the repository: files, and the blocks of documents.
fn all_configs() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut configs, mut pages) = (Vec::new(), Vec::new());
    for folder in ["configs", "src/cli/template", "benches", "tests/fixtures"] {
        files(&root.join(folder), "yaml", &mut configs);
    }
    for folder in ["docs", "tests/specs"] {
        files(&root.join(folder), "md", &mut pages);
    }
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    let named = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let mut all: Vec<(String, String)> =
        configs.iter().map(|path| (named(path), read(path))).collect();
    for page in pages {
        for part in parts(&read(&page)) {
            if let Part::Block(block) = part
                && block.info.starts_with("yaml")
            {
                all.push((format!("{}:{}", named(&page), block.line), block.body));
            }
        }
    }
    all
}

/// A plan without the lines on which its features stand.
fn unplaced(mut plan: Plan) -> Plan {
    plan.entries.iter_mut().for_each(|entry| entry.line = 0);
    plan.features.iter_mut().for_each(|feature| feature.line = 0);
    plan
}

#[test]
fn every_config_of_the_repository_keeps_its_meaning_and_its_comments() {
    let mut changed = 0;
    let all = all_configs();
    assert!(all.len() > 250, "{}", all.len());
    for (name, text) in &all {
        let (plan, report) = compile(name, text);
        let new = match format(name, text) {
            Ok(new) => new,
            Err(Unformatted::Faulty(_)) => {
                assert!(report.has_errors(), "{name}");
                continue;
            }
            Err(error) => panic!("{name}: {error}"),
        };
        changed += usize::from(new != *text);
        let (plan_after, report_after) = compile(name, &new);
        assert!(plan.map(unplaced) == plan_after.map(unplaced), "{name}");
        let codes = |report: &Report| -> Vec<&str> {
            report.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
        };
        assert_eq!(codes(&report), codes(&report_after), "{name}");
        assert_eq!(comments(text), comments(&new), "{name}");
        assert_eq!(formatted(&new), new, "{name}");
    }
    assert!(changed > 3, "only {changed} have another layout");
}

#[test]
fn the_example_configs_are_formatted() {
    for (name, text) in all_configs() {
        if name.starts_with("configs") || name.starts_with("src") {
            assert!(format(&name, &text).unwrap() == text, "run `counterscope fmt {name}`");
        }
    }
}

#[test]
fn a_text_of_every_kind_gets_the_normal_layout() {
    let text = "\u{feff}\n\n# head   \nbase: &b   {type: counter,
     scope: x}   # after
features:
- <<: *b
  name:   'a'
  desc: |
     hello
       there  \u{20}
  # trailing in a


- # after the dash
  name: \"it's \\n x\"
  unknown:
     any:
        - a: 1
          b: [ 2,3 , ]
        # inner
  periods: [
    1, # one
    2
  ]
- {name: b, windows: [24h, 1d], half: 'a \"b\"', ttl: 0x10}
# fmt: skip
- {name:   c}
";
    let want = "# head
base: &b {type: counter, scope: x} # after
features:
  - <<: *b
    name: \"a\"
    desc: |
      hello
        there  \u{20}
    # trailing in a

  - # after the dash
    name: \"it's \\n x\"
    unknown:
      any:
        - a: 1
          b: [2, 3]
        # inner
    periods: [
      1, # one
      2
    ]
  - {name: b, windows: [24h, 1d], half: 'a \"b\"', ttl: 0x10}
  # fmt: skip
  - {name:   c}
";
    assert_eq!(formatted(text), want);
    let crlf = formatted(&text.replace('\n', "\r\n"));
    assert_eq!(crlf, want.replace('\n', "\r\n").replace("# head   ", "# head"));
    let words = ["word"; 30].join(", ");
    for (text, lines) in [
        // As long as it was, though further to the right.
        (format!("a:\n- {{b: [{words}]}}\n"), 2),
        // Joined up to a width.
        (format!("a: [{},\n {}]\n", &words[..40], &words[..40]), 1),
        (format!("a: [{},\n {}]\n", &words[..70], &words[..70]), 26),
    ] {
        assert_eq!(formatted(&text).lines().count(), lines, "{text}");
    }
    for (text, want) in [("", ""), ("\u{feff}\n \n", ""), ("# a", "# a\n"), ("a: 1", "a: 1\n")] {
        assert_eq!(formatted(text), want);
    }
}

#[test]
fn what_is_not_yaml_is_refused_with_its_fault() {
    for text in ["a: [", "a:\n\t- b\n", "a: 1\n---\nb: 2\n", "a: b // c\n", "a: *b\n"] {
        let Err(Unformatted::Faulty(report)) = format("c.yaml", text) else { panic!("{text}") };
        assert!(report.has_errors(), "{text}");
    }
}

/// A value of a random text.
#[derive(Clone, Debug)]
enum Tree {
    Scalar(usize),
    List(Vec<Tree>),
    Map(Vec<Tree>),
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = (0..SCALARS.len()).prop_map(Tree::Scalar);
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::List),
            prop::collection::vec(inner, 0..4).prop_map(Tree::Map),
        ]
    })
}

const SCALARS: &[&str] = &[
    "a",
    "7d",
    "36",
    "\"36\"",
    "'it''s'",
    "\"x \\\" \\u00e9\"",
    "~",
    "",
    "true",
    "-1.50",
    "{event}_x",
    "\"{by}\"",
    "ä b",
    "'a \"b\"'",
    "0x1F",
    "1e3",
    "2024-01-01T00:00:00Z",
    "c#d",
    "[]",
    "{}",
    "\"\"",
    "!t x",
];

/// Writes a tree in a layout that dice choose.
struct Writer<'d> {
    dice: std::iter::Cycle<std::slice::Iter<'d, u8>>,
    text: String,
    anchors: usize,
    keys: usize,
}

impl Writer<'_> {
    fn roll(&mut self, sides: u8) -> usize {
        usize::from(self.dice.next().unwrap() % sides)
    }

    fn blanks(&mut self, least: usize, sides: u8) -> String {
        " ".repeat(least + self.roll(sides))
    }

    /// The end of a line: blanks, a comment, and comments and empty lines of their own.
    fn end(&mut self) {
        let tail = match self.roll(6) {
            0 => format!("{}# c{}{}", self.blanks(1, 4), self.text.len(), self.blanks(0, 2)),
            1 => self.blanks(0, 3),
            _ => String::new(),
        };
        self.text.push_str(&tail);
        self.text.push('\n');
        for _ in 0..self.roll(8).saturating_sub(5) {
            if self.roll(2) == 0 {
                let (indent, at) = (self.blanks(0, 7), self.text.len());
                writeln!(self.text, "{indent}#{at} own").unwrap();
            } else {
                self.text.push('\n');
            }
        }
    }

    /// A value behind a key or a dash, to the end of its last line.
    fn value(&mut self, tree: &Tree, indent: usize, is_in_list: bool) {
        let is_empty = match tree {
            Tree::Scalar(_) => true,
            Tree::List(inside) | Tree::Map(inside) => inside.is_empty(),
        };
        let anchor = self.roll(9) == 0 && !matches!(tree, Tree::Scalar(7));
        if is_empty && !anchor && self.anchors > 0 && self.roll(9) == 0 {
            write!(self.text, " *a{}", self.anchors).unwrap();
            return self.end();
        }
        if anchor {
            self.anchors += 1;
            let blanks = self.blanks(1, 2);
            write!(self.text, "{blanks}&a{}", self.anchors).unwrap();
        }
        if is_empty && self.roll(8) == 0 {
            let (sign, own) = ([" |", " >-", " |+"][self.roll(3)], 1 + self.roll(4));
            let own = " ".repeat(indent + own);
            write!(self.text, "{sign}\n{own}b # no\n\n{own}  c  \n{own}d\n").unwrap();
            return;
        }
        if is_empty || self.roll(3) == 0 {
            let blanks = self.blanks(1, 3);
            self.text.push_str(&blanks);
            self.flow(tree, indent);
            return self.end();
        }
        match tree {
            Tree::List(inside) if is_in_list || self.roll(2) == 0 => {
                self.end();
                let deeper = indent + 1 + self.roll(4);
                self.list(inside, deeper);
            }
            Tree::List(inside) => {
                self.end();
                self.list(inside, indent);
            }
            Tree::Map(inside) => {
                // Behind a dash the first member may stand on the same line.
                if is_in_list && !anchor && self.roll(3) > 0 {
                    let blanks = self.blanks(1, 3);
                    self.text.push_str(&blanks);
                    self.map(inside, indent + 1 + blanks.len(), true);
                } else {
                    self.end();
                    let deeper = indent + 1 + self.roll(4);
                    self.map(inside, deeper, false);
                }
            }
            Tree::Scalar(_) => unreachable!("a scalar is in flow style"),
        }
    }

    fn list(&mut self, inside: &[Tree], indent: usize) {
        for tree in inside {
            // An element that is nothing may be taken for the map behind it, and is refused.
            let tree = if let Tree::Scalar(7) = tree { &Tree::Scalar(0) } else { tree };
            write!(self.text, "{}-", " ".repeat(indent)).unwrap();
            self.value(tree, indent, true);
        }
    }

    fn map(&mut self, inside: &[Tree], indent: usize, is_begun: bool) {
        for (n, tree) in inside.iter().enumerate() {
            let indent_of = if n == 0 && is_begun { 0 } else { indent };
            self.keys += 1;
            let quote = ["", "'", "\""][self.roll(3)];
            write!(self.text, "{}{quote}k{}{quote}:", " ".repeat(indent_of), self.keys).unwrap();
            self.value(tree, indent, false);
        }
    }

    /// A value within brackets, perhaps on several lines.
    fn flow(&mut self, tree: &Tree, indent: usize) {
        let (open, close, inside) = match tree {
            Tree::Scalar(n) => return self.text.push_str(SCALARS[*n]),
            Tree::List(inside) => ('[', ']', inside),
            Tree::Map(inside) => ('{', '}', inside),
        };
        self.text.push(open);
        if inside.is_empty() {
            // A comment alone in brackets is refused.
            return self.text.push(close);
        }
        for (n, tree) in inside.iter().enumerate() {
            self.gap(indent);
            if open == '{' {
                self.keys += 1;
                let blanks = self.blanks(1, 2);
                write!(self.text, "k{}:{blanks}", self.keys).unwrap();
            }
            // Nothing between commas is no value of a list.
            let tree = if let Tree::Scalar(7) = tree { &Tree::Scalar(0) } else { tree };
            self.flow(tree, indent);
            if n + 1 < inside.len() || self.roll(5) == 0 {
                let blanks = self.blanks(0, 2);
                self.text.push_str(&blanks);
                self.text.push(',');
            }
        }
        self.gap(indent);
        self.text.push(close);
    }

    fn gap(&mut self, indent: usize) {
        if self.roll(5) == 0 {
            let comment =
                if self.roll(2) == 0 { format!("  # f{}", self.text.len()) } else { String::new() };
            let blanks = self.blanks(indent + 1, 4);
            write!(self.text, "{comment}\n{blanks}").unwrap();
        } else {
            let blanks = self.blanks(0, 2);
            self.text.push_str(&blanks);
        }
    }
}

fn write_tree(tree: &Tree, dice: &[u8]) -> String {
    let mut writer = Writer { dice: dice.iter().cycle(), text: String::new(), anchors: 0, keys: 0 };
    match tree {
        Tree::Map(inside) if !inside.is_empty() => writer.map(inside, 0, false),
        Tree::List(inside) if !inside.is_empty() => writer.list(inside, 0),
        other => {
            writer.text.push_str("top:");
            writer.value(other, 0, false);
        }
    }
    writer.text
}

/// Whatever the layout, the text is formatted, says the same, and stays as it is then. What it says
/// is held by the formatter itself, which refuses otherwise.
#[test]
fn any_layout_is_formatted() {
    const CASES: u32 = 400;
    let (formatted, faulty) = (Cell::new(0), Cell::new(0));
    let layouts = (trees(), prop::collection::vec(any::<u8>(), 1..60));
    let layouts = layouts.prop_map(|(tree, dice)| write_tree(&tree, &dice));
    let config = ProptestConfig { cases: CASES, ..ProptestConfig::with_source_file(file!()) };
    let held = TestRunner::new(config).run(&layouts, |text| {
        match format("c.yaml", &text) {
            Ok(new) => {
                formatted.set(formatted.get() + 1);
                prop_assert_eq!(format("c.yaml", &new).unwrap(), new);
            }
            // Some layouts are none of YAML.
            Err(Unformatted::Faulty(report)) => {
                faulty.set(faulty.get() + 1);
                let places = |report: &Report| -> Vec<(&str, usize)> {
                    let place = |fault: &Diagnostic| (fault.code, fault.labels[0].span.start);
                    report.diagnostics.iter().map(place).collect()
                };
                let (plan, compiled) = compile("c.yaml", &text);
                prop_assert!(plan.is_none(), "{}", text);
                prop_assert_eq!(places(&report), places(&compiled), "{}", text);
            }
            Err(error) => prop_assert!(false, "{}:\n{}", error, text),
        }
        Ok(())
    });
    held.unwrap_or_else(|error| panic!("{error}"));
    let (formatted, faulty) = (formatted.get(), faulty.get());
    assert!(formatted * 5 >= CASES * 4, "{formatted} are formatted, {faulty} are none of YAML");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// Nothing panics, and what is refused has a reason.
    #[test]
    fn any_text_is_formatted_or_refused(text in "[a-c0 :#\\-\\[\\]{},&*|>'\"!?%\\n\\t]{0,40}") {
        if let Ok(new) = format("c.yaml", &text) {
            prop_assert_eq!(format("c.yaml", &new).unwrap(), new);
        }
    }
}

const UNTIDY: &str = "features:\n- {name:  a, type: counter,scope: x}   # kept\n";
const TIDY: &str = "features:\n  - {name: a, type: counter, scope: x} # kept\n";

#[test]
fn files_are_rewritten_and_only_if_that_changes_them() {
    let place = Place::new();
    place.write("a.yaml", UNTIDY);
    place.write("b.yaml", TIDY);
    let ran = place.run(&["fmt", "--check", "[ab].yaml"]);
    assert_eq!((ran.code, &*ran.out), (Some(1), "would format a.yaml\n"));
    assert_eq!(ran.err, "1 config would change, 1 unchanged\n");
    let ran = place.run(&["fmt", "--diff", "a.yaml", "b.yaml"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.out,
        "--- a.yaml\n+++ a.yaml\n@@ -1,2 +1,2 @@\n features:\n-- {name:  a, type: counter,scope: x}   \
         # kept\n+  - {name: a, type: counter, scope: x} # kept\n"
    );
    assert_eq!(std::fs::read_to_string(place.path().join("a.yaml")).unwrap(), UNTIDY);
    let ran = place.run(&["fmt", "a.yaml", "b.yaml"]);
    assert_eq!((ran.code, &*ran.out), (Some(0), "formatted a.yaml\n"));
    assert_eq!(std::fs::read_to_string(place.path().join("a.yaml")).unwrap(), TIDY);
    let ran = place.run(&["fmt", "--check", "a.yaml", "b.yaml"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (Some(0), "", "0 configs would change, 2 unchanged\n")
    );
}

#[test]
fn standard_input_is_passed_on() {
    let place = Place::new();
    let piped = |words: &[&str], text: &str| {
        let mut command = place.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ran::new(child.wait_with_output().unwrap())
    };
    let ran = piped(&["fmt", "-"], UNTIDY);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (Some(0), TIDY, ""));
    let ran = piped(&["fmt", "--check", "-"], UNTIDY);
    assert_eq!((ran.code, &*ran.out), (Some(1), "would format -\n"));
    let ran = piped(&["fmt", "-"], "a: [");
    assert_eq!((ran.code, &*ran.out), (Some(1), ""));
    assert!(ran.err.contains("error[yaml-syntax]"), "{}", ran.err);
}

#[test]
fn a_faulty_config_stays_and_the_others_are_formatted() {
    let place = Place::new();
    place.write("a.yaml", "features: [\n");
    place.write("b.yaml", UNTIDY);
    let ran = place.run(&["fmt", "a.yaml", "b.yaml"]);
    assert_eq!((ran.code, &*ran.out), (Some(1), "formatted b.yaml\n"));
    assert!(ran.err.contains("this `[` is not closed"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(place.path().join("a.yaml")).unwrap(), "features: [\n");
    // So does one that is valid, and whose layout cannot be another one.
    let text = "a:\n- \nb: 1\n";
    place.write("a.yaml", text);
    place.write("b.yaml", UNTIDY);
    let ran = place.run(&["fmt", "a.yaml", "b.yaml"]);
    assert_eq!((ran.code, &*ran.out), (Some(1), "formatted b.yaml\n"));
    assert!(ran.err.starts_with("error: `a.yaml` stays as it is: "), "{}", ran.err);
    assert!(ran.err.ends_with("1 config formatted, 0 unchanged\n"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(place.path().join("a.yaml")).unwrap(), text);
    // What a config means is no matter of its layout.
    assert_eq!(place.run(&["fmt", "faulty.yaml"]).code, Some(0));
    let ran = place.run(&["fmt", "none.yaml"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("there is no such file"), "{}", ran.err);
}

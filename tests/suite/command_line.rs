//! The command line beside what commands compute: where configs come from, how a command ends,
//! what is said of a wrong one.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::commands::{Place, Ran};

const CONFIG: &str =
    "features: [{name: n, type: interaction_count, interaction: click, scope: global}]\n";
const LOG: &str = "{\"ts\":1718000000,\"type\":\"click\"}\n";

/// A folder with a config and a log.
fn place() -> Place {
    let place = Place::new();
    std::fs::write(place.path().join("n.yaml"), CONFIG).unwrap();
    std::fs::write(place.path().join("n.ndjson"), LOG).unwrap();
    place
}

/// What a command says to an input.
fn with_input(place: &Place, words: &[&str], input: &str) -> Ran {
    let mut command = place.command(words);
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // Whoever refuses its input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Ran::new(child.wait_with_output().unwrap())
}

#[test]
fn numbers_and_directories_are_refused_in_plain_words() {
    let place = place();
    for words in
        [&["values", "n.yaml", "n.ndjson"][..], &["dataset", "n.yaml", "n.ndjson", "--on", "click"]]
    {
        for number in ["0", "-1", "two"] {
            let threads = format!("--threads={number}");
            let ran = place.run(&[words, &[threads.as_str()]].concat());
            assert_eq!(ran.code, Some(2), "{ran:?}");
            assert!(ran.err.contains("it must be a whole number, 1 or more"), "{ran:?}");
            assert!(ran.err.contains("--threads"), "{ran:?}");
        }
    }
    for (given, shown) in [("/", "`/*.ndjson`"), ("./", "`./*.ndjson`"), (".", "`./*.ndjson`")] {
        let ran = place.run(&["values", "n.yaml", given]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(shown), "{ran:?}");
    }
}

#[test]
fn check_counts_all_warnings_once() {
    let place = place();
    let config = "features:
  - {name: n, type: window_count, interaction: clicks, scope: item, bucket: 24h, periods: [1, 700]}
";
    std::fs::write(place.path().join("two.yaml"), config).unwrap();
    let ran = place.run(&["check", "two.yaml", "n.ndjson"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let counts: Vec<&str> = ran
        .out
        .lines()
        .filter(|line| {
            line.ends_with(" warning") || line.ends_with(" warnings") || line.contains("ok with")
        })
        .collect();
    assert_eq!(counts, ["two.yaml: ok with 3 warnings, 1 feature with 2 outputs over 1 scope"]);
    assert_eq!(ran.out.matches("warning[").count(), 3, "{ran:?}");
}

#[test]
fn a_config_may_come_from_standard_input() {
    let place = place();
    let want = place.run(&["values", "n.yaml", "n.ndjson"]);
    assert!(want.out.contains("\"value\": 1"), "{want:?}");
    let ran = with_input(&place, &["values", "-", "n.ndjson"], CONFIG);
    assert_eq!((ran.code, &ran.out, ran.err.as_str()), (Some(0), &want.out, ""));
    let ran = with_input(&place, &["check", "-"], CONFIG);
    assert_eq!(
        (ran.code, ran.out.as_str()),
        (Some(0), "-: ok, 1 feature with 1 output over 1 scope\n")
    );
    let long = "features: [{name: n, type: window_count, interaction: click, scope: item, \
                bucket: 24h, periods: [1, 700]}]";
    let ran = with_input(&place, &["check", "-"], long);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.out.ends_with("-: ok with 1 warning, 1 feature with 2 outputs over 1 scope\n"),
        "{ran:?}"
    );
    let ran = with_input(&place, &["check", "-"], "features: [{nme: n}]");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.out.contains("--> -:1:"), "{}", ran.out);
    let ran = with_input(&place, &["values", "-", "-"], CONFIG);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert_eq!(
        ran.err,
        "error: the config and a log are both `-`: standard input has only one\n\
         help: write one of them to a file\n"
    );
    #[cfg(feature = "workbench")]
    {
        let ran = with_input(&place, &["-", "n.ndjson"], CONFIG);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("cannot read its config from standard input"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_config_is_a_file_or_a_pipe_with_a_bound() {
    let place = place();
    let path = |name: &str| place.path().join(name);
    let make = |program: &str, words: &[&str]| {
        let made = Command::new(program).args(words).current_dir(place.path()).status().unwrap();
        assert!(made.success());
    };
    make("mkfifo", &["pipe.yaml"]);
    make("ln", &["-s", "/dev/zero", "zero.yaml"]);
    let _listener = std::os::unix::net::UnixListener::bind(path("socket.yaml")).unwrap();
    File::create(path("large.yaml")).unwrap().set_len((256 << 20) + 1).unwrap();
    for (name, what) in [
        (".", "it is a directory, not a file or a pipe"),
        ("zero.yaml", "it is a device, not a file or a pipe"),
        ("socket.yaml", "it is a socket, not a file or a pipe"),
        ("large.yaml", "it is larger than 256 MiB"),
    ] {
        for words in [&["check", name][..], &["values", name, "n.ndjson"], &["plan", name]] {
            let ran = place.run(words);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{words:?}");
            let said = format!("error: cannot read the config `{name}`: {what}\nhelp: ");
            assert!(ran.err.starts_with(&said), "{}", ran.err);
        }
    }
    let write = |script: &str| {
        Command::new("sh").args(["-c", script]).current_dir(place.path()).spawn().unwrap()
    };
    std::fs::write(path("written.yaml"), CONFIG).unwrap();
    let mut writer = write("cat written.yaml > pipe.yaml");
    let ran = place.run(&["values", "pipe.yaml", "n.ndjson"]);
    assert!(ran.code == Some(0) && ran.out.contains("\"value\": 1"), "{ran:?}");
    assert!(writer.wait().unwrap().success());
    // Who writes without an end is not read without one.
    let mut endless = write("yes '# endless' > pipe.yaml 2> said");
    let ran = place.run(&["check", "pipe.yaml"]);
    assert!(ran.code == Some(2) && ran.err.contains("larger than 256 MiB"), "{ran:?}");
    endless.wait().unwrap();
}

#[test]
fn a_first_word_is_a_command_or_a_file() {
    let place = place();
    for (word, near) in [
        ("chek", "; did you mean check?"),
        ("value", "; did you mean values?"),
        ("features.yaml", ""),
        ("some/where.yaml", ""),
    ] {
        let ran = place.run(&[word, "n.ndjson"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{word}");
        let said = format!("error: no command or file \"{word}\"{near}\nhelp: --help lists");
        assert!(ran.err.starts_with(&said), "{}", ran.err);
    }
}

#[test]
fn pages_are_printed_without_a_config() {
    let place = place();
    let list = place.run(&["check", "--explain"]);
    assert_eq!((list.code, list.err.as_str()), (Some(0), ""));
    assert!(list.out.lines().count() > 20, "{}", list.out);
    for line in list.out.lines() {
        let name = line.split_whitespace().next().unwrap();
        let page = place.run(&["check", "--explain", name]);
        assert!(page.code == Some(0) && page.out.contains(name), "{name}: {page:?}");
        let old = place.run(&["explain", name]);
        assert_eq!((old.code, old.out.as_str()), (Some(2), ""));
        assert!(old.err.ends_with(&format!("`counterscope check --explain {name}`\n")), "{old:?}");
    }
    let wrong = place.run(&["check", "--explain", "unknown-membre"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""));
    assert!(wrong.err.contains("did you mean `unknown-member`?"), "{}", wrong.err);
    for words in [&["check"][..], &["check", "n.yaml", "--explain"], &["explain", "--all", "x"]] {
        assert_eq!(place.run(words).code, Some(2), "{words:?}");
    }
}

#[test]
fn of_many_faults_the_first_are_shown() {
    let place = place();
    let fault = |n: usize| format!("  - {{name: n{n}, type: counter, scope: item, wrong: 1}}\n");
    let config: String =
        std::iter::once("features:\n".to_owned()).chain((0..80).map(fault)).collect();
    std::fs::write(place.path().join("many.yaml"), config).unwrap();
    let shown = |text: &str| text.matches("error[unknown-member]").count();
    let some = place.run(&["check", "many.yaml"]);
    assert_eq!((some.code, shown(&some.out)), (Some(1), 50));
    assert!(
        some.out.ends_with("80 errors\n30 more are not shown; --all shows them\n"),
        "{}",
        some.out
    );
    let all = place.run(&["check", "many.yaml", "--all"]);
    assert_eq!((all.code, shown(&all.out)), (Some(1), 80));
    let json = place.run(&["check", "many.yaml", "--format", "json"]).json();
    assert_eq!(json[0]["diagnostics"].as_array().unwrap().len(), 80);
    let values = place.run(&["values", "many.yaml", "n.ndjson"]);
    assert_eq!((values.code, shown(&values.err)), (Some(1), 50));
    assert!(values.err.contains("`counterscope check --all CONFIG` shows them"), "{}", values.err);
}

#[test]
fn a_table_is_no_wider_than_a_screen() {
    let place = Place::new();
    let config = CONFIG.replace("global", "item");
    std::fs::write(place.path().join("n.yaml"), config).unwrap();
    let long = "k".repeat(100_000);
    let line = |key: &str| format!("{{\"ts\":1718000000,\"type\":\"click\",\"item\":\"{key}\"}}\n");
    let log: String = (0..100).map(|n| line(&n.to_string())).chain([line(&long)]).collect();
    std::fs::write(place.path().join("n.ndjson"), log).unwrap();
    let ran = place.run(&["values", "n.yaml", "n.ndjson", "--format", "table"]);
    assert!(ran.out.len() < 20_000 && ran.out.contains("kkk…kkk"), "{}", ran.out.len());
    assert_eq!(ran.err, "note: 1 cell cut to 80 columns; --format csv has them whole\n");
    let csv = place.run(&["values", "n.yaml", "n.ndjson", "--format", "csv"]);
    assert!(csv.out.contains(&long) && csv.err.is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let place = place();
    for words in [
        &["--help"][..],
        &["values", "--help"],
        &["--version"],
        &["schema"],
        &["check", "n.yaml"],
        &["check", "--explain"],
        &["plan", "n.yaml"],
        &["values", "n.yaml", "n.ndjson"],
        &["dataset", "n.yaml", "n.ndjson", "--on", "click"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = Ran::new(place.command(words).stdout(full).output().unwrap());
        assert_eq!(ran.code, Some(2), "{words:?}: {ran:?}");
        assert!(ran.err.starts_with("error: cannot write the output: "), "{words:?}: {ran:?}");
        // Nobody reads: that is no error, and nothing is said.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = Ran::new(place.command(words).stdout(writer).output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
    }
}

/// Rows of a log that may turn out not to be in order wait in a temporary file.
#[cfg(unix)]
#[test]
fn a_temporary_file_that_cannot_be_written_is_named() {
    let place = place();
    let line = |n: u32| format!("{{\"ts\":{},\"type\":\"click\"}}\n", 1_718_000_000 + n);
    let log: String = (0..100_000).map(line).collect();
    std::fs::write(place.path().join("long.ndjson"), log).unwrap();
    let mut command = place.command(&["dataset", "n.yaml", "long.ndjson", "--on", "click"]);
    let ran = Ran::new(command.env("TMPDIR", place.path().join("none")).output().unwrap());
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("error: cannot write a temporary file for the rows: "), "{ran:?}");
    assert!(ran.err.contains("TMPDIR"), "{ran:?}");
}

/// A null device is a place to write to, in whatever way it was opened.
#[cfg(unix)]
#[test]
fn output_may_be_thrown_away() {
    let place = place();
    for words in [&["--help"][..], &["values", "n.yaml", "n.ndjson"]] {
        let null = File::options().read(true).write(true).open(Path::new("/dev/null")).unwrap();
        let ran = Ran::new(place.command(words).stdout(null).output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{words:?}");
    }
}

/// A signal that is not caught ends a command, and the shell is told so.
#[cfg(unix)]
#[test]
fn a_signal_ends_a_command() {
    use std::os::unix::process::ExitStatusExt as _;
    let place = place();
    let mut command = place.command(&["values", "n.yaml", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let ended = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[test]
fn a_config_and_a_log_in_the_wrong_order_are_told() {
    let place = place();
    std::fs::write(place.path().join("n.csv"), "ts,type\n1718000000,click\n").unwrap();
    let plain = ["n.ndjson", "n.csv"].into_iter();
    for (log, command) in plain
        .flat_map(|log| [&[][..], &["check"], &["values"], &["plan"]].map(|command| (log, command)))
    {
        let ran = place.run(&[command, &[log, "good.yaml"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{command:?} {}", ran.err);
        let what = format!("`{log}` is not a config, and the log `good.yaml` looks like one");
        assert!(ran.err.contains(&what), "{}", ran.err);
        assert!(ran.err.contains("did you swap the config and the log?"), "{}", ran.err);
    }
    // A config that has faults, or a log that is a text, is told as such.
    for words in [["check", "faulty.yaml", "good.yaml"], ["check", "n.csv", "n.ndjson"]] {
        let ran = place.run(&words);
        assert!(!ran.err.contains("swap"), "{}", ran.err);
    }
}

#[test]
fn a_config_that_is_not_there_is_told_in_words() {
    let ran = place().run(&["check", "nowhere.yaml"]);
    assert_eq!(ran.code, Some(2));
    let words = "cannot read the config `nowhere.yaml`: there is no such file";
    assert!(ran.err.contains(words) && !ran.err.contains("os error"), "{}", ran.err);
}

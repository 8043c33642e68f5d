//! `init`: a folder to begin with. No file that is there is touched.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::arguments::Init;
use super::environment::Environment;
use super::failure::Failure;
use super::output::ForPeople;
use super::suggest;

const CONFIG: &str = include_str!("template/features.yaml");
const SAMPLE: &str = include_str!("template/events.ndjson");
const WORKFLOW: &str = include_str!("template/workflow.yml");
const README: &str = include_str!("template/README.md");
/// What stands in a template for the files that are checked, and for the line about the sample.
const FILES: &str = "{files}";
const ABOUT_SAMPLE: &str = "{sample}";

/// Writes the files, and says which.
pub(super) fn run(arguments: &Init, environment: &Environment) -> Result<(), Failure> {
    let folder = arguments.folder.clone().unwrap_or_else(|| PathBuf::from("."));
    let files = if arguments.log.is_empty() {
        of_sample()
    } else {
        let config = suggest::tested(&arguments.log, environment)?;
        of_config(config, within(&folder, &arguments.log).as_deref())
    };
    let paths = || files.iter().map(|(name, _)| folder.join(name));
    if let Some(path) = paths().find(|path| path.symlink_metadata().is_ok()) {
        let what = format!("`{}` is there already, and is not written over", path.display());
        return Err(Failure::usage(what).hint("name another folder, or move the file away"));
    }
    let mut people = ForPeople::new(environment);
    for (path, (_, text)) in paths().zip(&files) {
        written(&path, text).map_err(|error| {
            Failure::usage(format!("cannot write `{}`: {error}", path.display()))
        })?;
        people.line(format!("wrote {}", path.display()))?;
    }
    people.line(format!("try: cd {} && counterscope test features.yaml", folder.display()))?;
    people.flush()?;
    Ok(())
}

/// The files of a folder with a sample.
fn of_sample() -> Vec<(&'static str, String)> {
    let about =
        "* `events.ndjson`: a sample of the log, made up. Put some of your own in its place.\n";
    let files = "features.yaml events.ndjson";
    vec![
        ("features.yaml", CONFIG.to_owned()),
        ("events.ndjson", SAMPLE.to_owned()),
        ("README.md", README.replace(ABOUT_SAMPLE, about).replace(FILES, files)),
        (".github/workflows/features.yml", WORKFLOW.replace(FILES, files)),
    ]
}

/// The files of a folder for logs, which themselves stay where they are; `logs` names those that lie
/// in the folder.
fn of_config(config: String, logs: Option<&str>) -> Vec<(&'static str, String)> {
    let with = |logs: Option<&str>| {
        logs.map_or_else(|| "features.yaml".to_owned(), |logs| format!("features.yaml {logs}"))
    };
    let readme = README.replace(ABOUT_SAMPLE, "").replace(FILES, &with(logs.or(Some("LOG"))));
    vec![
        ("features.yaml", config),
        ("README.md", readme),
        (".github/workflows/features.yml", WORKFLOW.replace(FILES, &with(logs))),
    ]
}

/// The names of logs that lie in a folder, as a shell takes them; `None` if one lies elsewhere.
fn within(folder: &Path, logs: &[PathBuf]) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let names = logs.iter().map(|log| {
        let name = log.canonicalize().ok()?.strip_prefix(&folder).ok()?.to_str()?.to_owned();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        name.chars().all(is_plain).then_some(name)
    });
    Some(names.collect::<Option<Vec<_>>>()?.join(" "))
}

/// Writes a file that is not there yet.
fn written(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

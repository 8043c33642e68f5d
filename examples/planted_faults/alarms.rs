//! What is told of the configs of this repository with their logs, and of the recipes, and what of it
//! is a false alarm.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// The configs, each with its log.
const CONFIGS: [(&str, &str); 8] = [
    ("quickstart", "quickstart"),
    ("ctr", "shop"),
    ("metarank", "shop"),
    ("popularity", "shop"),
    ("served", "shop"),
    ("session", "shop"),
    ("filters", "shop"),
    ("feed", "video"),
];

/// Warnings that are right, each with what there is to it. Any other is a false alarm.
const RIGHT: &[(&str, &str, &str)] = &[
    (
        "metarank",
        "served-differs",
        "windows of silent keys go on, and what is served of them stays",
    ),
    ("served", "served-differs", "the config is there to show it"),
    ("popularity", "small-divisor", "most items are clicked less than five times a day"),
    ("session", "rate-above-one", "one session has four clicks after two impressions"),
    ("feed", "scope-too-fine", "hardly a user meets an author twice"),
    ("feed", "small-divisor", "of a post there are a few shows in an hour"),
    ("ubi.md", "unknown-key", "one query is written after the event that names it"),
];

/// What is told, as a part of a page, and the number of false alarms.
pub(crate) fn told(program: &Path) -> io::Result<(String, usize)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for (config, log) in CONFIGS {
        let files = [format!("configs/{config}.yaml"), format!("sample-events/{log}.ndjson.gz")];
        found.push((config.to_owned(), check(program, root, &files)?));
    }
    let mut pages: Vec<_> = std::fs::read_dir(root.join("docs/recipes"))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<_>>()?;
    pages.sort();
    for page in pages {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&page)?;
        let folder = tempfile::tempdir()?;
        for files in played(&text, folder.path())? {
            found.push((name.clone(), check(program, folder.path(), &files)?));
        }
    }
    let (mut rows, mut alarms) = (String::new(), 0);
    for (name, warnings) in &found {
        for (code, message) in warnings {
            let right = RIGHT.iter().find(|(own, known, _)| own == name && known == code);
            alarms += usize::from(right.is_none());
            let why = right.map_or("**a false alarm**", |(.., why)| why);
            let message = message.replace('|', "\\|");
            let _ = writeln!(rows, "| {name} | `{code}` | {message} | {why} |");
        }
    }
    let text = format!(
        "\nOver the {} configs of this repository with their logs, and those of the recipes, it tells \
         these warnings, of which **{alarms} are\nfalse alarms**:\n\n\
         | config | told | | is right, since |\n|---|---|---|---|\n{rows}",
        found.len()
    );
    Ok((text, alarms))
}

/// Writes the files of a recipe into a folder; returns the arguments of its commands, a config and
/// logs, each once.
fn played(text: &str, folder: &Path) -> io::Result<Vec<Vec<String>>> {
    let mut files = BTreeMap::<String, String>::new();
    let (mut open, mut commands) = (None, Vec::new());
    for line in text.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            let name = fence.split_once(' ').map(|(_, name)| name.to_owned());
            open = if open.is_none() { Some(name) } else { None };
        } else if let Some(Some(name)) = &open {
            files.entry(name.clone()).or_default().extend([line, "\n"]);
        } else if let Some(command) = line.strip_prefix("$ counterscope ") {
            commands.push(command.to_owned());
        }
    }
    for (name, body) in &files {
        std::fs::write(folder.join(name), body)?;
    }
    let mut played: Vec<Vec<String>> = Vec::new();
    for command in commands {
        let words = command.split_whitespace().skip(1).map(str::to_owned);
        let words: Vec<String> = words.filter(|word| files.contains_key(word)).collect();
        if words.len() > 1 && !played.contains(&words) {
            played.push(words);
        }
    }
    Ok(played)
}

/// The codes and messages of the warnings of a check.
fn check(program: &Path, folder: &Path, files: &[String]) -> io::Result<Vec<(String, String)>> {
    let mut command = Command::new(program);
    let command = command.arg("check").args(files).args(["--format", "json"]);
    let output = command.current_dir(folder).stdin(Stdio::null()).output()?;
    let mut warnings = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let part: Json = serde_json::from_str(line)?;
        let told = part["diagnostics"].as_array().into_iter().flatten();
        let told = told.filter(|told| told["severity"] != "note");
        let text = |told: &Json, name: &str| told[name].as_str().unwrap_or_default().to_owned();
        warnings.extend(told.map(|told| (text(told, "code"), text(told, "message"))));
    }
    Ok(warnings)
}

//! Runs `check` over a pair, and says whether what it tells is what was planted.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use super::shapes::Shape;
use super::words::Words;
use super::{Fault, Pair};

/// The command `check`, and a folder for what it looks at.
pub(crate) struct Checker {
    program: PathBuf,
    folder: PathBuf,
}

/// What became of a fault.
pub(crate) struct Outcome {
    pub name: &'static str,
    pub shape: Shape,
    pub seed: u64,
    /// The code that was told of it, if one was.
    pub code: Option<String>,
    /// True if its place was told.
    pub is_placed: bool,
    /// True if its cause was told.
    pub is_explained: bool,
    /// All that was told.
    said: Vec<Told>,
}

/// A diagnostic.
pub(crate) struct Told {
    pub code: String,
    /// The line of the config, from 1; `None` for what is said of the log.
    pub line: Option<usize>,
    /// The message and the remedy.
    pub words: String,
}

impl Outcome {
    /// True if the fault was named, with its place and its cause.
    pub(crate) const fn is_named(&self) -> bool {
        self.code.is_some() && self.is_placed && self.is_explained
    }

    /// What happened, for people.
    pub(crate) fn told(&self) -> String {
        let said: Vec<String> = self.said.iter().map(Told::line).collect();
        let said = if said.is_empty() { "nothing".to_owned() } else { said.join("\n    ") };
        format!("{} ({}, seed {}); told was\n    {said}", self.name, self.shape.name(), self.seed)
    }
}

impl Told {
    pub(crate) fn line(&self) -> String {
        let line = self.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
        format!("[{}] line {line}: {}", self.code, self.words)
    }
}

impl Checker {
    /// `program` takes the arguments of `check`.
    pub(crate) const fn new(program: PathBuf, folder: PathBuf) -> Self {
        Self { program, folder }
    }

    /// What is told of a pair of which nothing should be.
    pub(super) fn alarms(&self, shape: Shape, seed: u64, pair: &Pair) -> io::Result<Vec<String>> {
        let name = format!("clean-{}-{seed}", shape.name());
        let said = self.check(&name, pair, "", &[])?;
        Ok(said.iter().map(|told| format!("{name}: {}", told.line())).collect())
    }

    /// What became of a planted fault.
    pub(super) fn judge(
        &self,
        fault: &Fault,
        seed: u64,
        words: &Words,
        pair: &Pair,
        old: &str,
    ) -> io::Result<Outcome> {
        let name = format!("{}-{seed}", fault.name.replace([' ', '`', ',', '/'], "-"));
        let said = self.check(&name, pair, old, fault.flags)?;
        let at = words.put(fault.at);
        let is_at = |told: &Told| {
            let line = told.line.and_then(|line| pair.config.lines().nth(line - 1));
            at.is_empty() || line.is_some_and(|line| line.contains(&at))
        };
        let says = |told: &Told| {
            let own = told.words.to_lowercase();
            fault.says.iter().all(|word| own.contains(&words.put(word).to_lowercase()))
        };
        let of_code: Vec<&Told> =
            said.iter().filter(|told| fault.codes.contains(&told.code.as_str())).collect();
        let rank = |told: &&&Told| (is_at(told) && says(told), is_at(told));
        let best = of_code.iter().max_by_key(rank);
        Ok(Outcome {
            name: fault.name,
            shape: fault.shape,
            seed,
            code: best.map(|told| told.code.clone()),
            is_placed: best.is_some_and(|told| is_at(told)),
            is_explained: best.is_some_and(|told| says(told)),
            said,
        })
    }

    /// Everything that `check` tells of a pair.
    fn check(&self, name: &str, pair: &Pair, old: &str, flags: &[&str]) -> io::Result<Vec<Told>> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("old.yaml"), old)?;
        let flags = flags.iter().map(|flag| if *flag == "OLD" { "old.yaml" } else { flag });
        self.run(&folder, &pair.config, (pair.form.file(), &pair.log), flags)
    }

    /// Everything that `check` tells of a config and a log, which has this name.
    pub(crate) fn said(
        &self,
        name: &str,
        config: &str,
        log: (&str, &str),
    ) -> io::Result<Vec<Told>> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        self.run(&folder, config, log, std::iter::empty())
    }

    fn run<'f>(
        &self,
        folder: &Path,
        config: &str,
        (file, log): (&str, &str),
        flags: impl Iterator<Item = &'f str>,
    ) -> io::Result<Vec<Told>> {
        std::fs::write(folder.join("features.yaml"), config)?;
        std::fs::write(folder.join(file), log)?;
        let words = ["check", "features.yaml", file, "--format", "json"];
        let mut command = Command::new(&self.program);
        let command = command.args(words).args(flags).current_dir(folder).stdin(Stdio::null());
        let output = command.output()?;
        let mut said = Vec::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let part: Json = serde_json::from_str(line)?;
            let diagnostics = part["diagnostics"].as_array().into_iter().flatten();
            said.extend(diagnostics.map(told));
            // What is said of the log as a whole has no code.
            let warnings = part["warnings"].as_array().into_iter().flatten();
            let words = warnings.filter_map(|words| Some(words.as_str()?.to_owned()));
            said.extend(words.map(|words| Told { code: "log".to_owned(), line: None, words }));
        }
        if said.is_empty() && !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            said.push(Told { code: "failure".to_owned(), line: None, words });
        }
        Ok(said)
    }
}

fn told(diagnostic: &Json) -> Told {
    let text = |name: &str| diagnostic[name].as_str().unwrap_or_default();
    let line = diagnostic["line"].as_u64().map(|line| line as usize).filter(|line| *line > 0);
    let words = format!("{}; {}", text("message"), text("help"));
    Told { code: text("code").to_owned(), line, words }
}

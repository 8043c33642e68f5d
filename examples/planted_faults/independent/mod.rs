//! Faults in worlds of their own, which share nothing with the pairs of `plant` and were written
//! without a look at the lints: see [`EXPECTED`] for the codes by which they are told.

mod expected;
mod games;
mod grocery;
mod jobs;
mod meals;
mod recipes;
mod rows;

pub(crate) use expected::EXPECTED;
use rows::{Form, World};

use std::fmt::Write as _;
use std::io;

use super::plant::{Checker, Told};

/// A config and a log with a fault.
pub(crate) struct Fault {
    pub name: &'static str,
    /// What is wrong, in one sentence, as the author of the config would admit it.
    pub cause: &'static str,
    /// Substrings, each on exactly one line of the config, at which a good tool may point.
    pub places: Vec<&'static str>,
    pub config: String,
    /// NDJSON or CSV.
    pub log: String,
    pub csv: bool,
}

/// A world with one fault.
fn plant(
    clean: &World,
    name: &'static str,
    cause: &'static str,
    places: &[&'static str],
    change: impl FnOnce(&mut World),
) -> Fault {
    let mut world = clean.clone();
    change(&mut world);
    Fault {
        name,
        cause,
        places: places.to_vec(),
        log: world.log(),
        csv: matches!(world.form, Form::Csv(_)),
        config: world.config,
    }
}

/// All faults.
pub(crate) fn faults(seed: u64) -> Vec<Fault> {
    let mut out = Vec::new();
    recipes::faults(seed, &mut out);
    grocery::faults(seed, &mut out);
    jobs::faults(seed, &mut out);
    meals::faults(seed, &mut out);
    games::faults(seed, &mut out);
    for fault in &out {
        for place in &fault.places {
            let lines = fault.config.lines().filter(|line| line.contains(place)).count();
            assert_eq!(lines, 1, "{}: `{place}` is on {lines} lines", fault.name);
        }
    }
    out
}

/// The worlds without a fault: name, config, log, and whether the log is CSV.
pub(crate) fn clean(seed: u64) -> Vec<(&'static str, String, String, bool)> {
    let worlds = [recipes::world, grocery::world, jobs::world, meals::world, games::world];
    let with_log = |world: World| {
        let (log, csv) = (world.log(), matches!(world.form, Form::Csv(_)));
        (world.name, world.config, log, csv)
    };
    worlds.into_iter().map(|world| with_log(world(seed))).collect()
}

/// What is told of the faults of a seed.
pub(crate) struct Outcomes {
    /// Per fault its name, the code by which it is told, and whether it is named, with place and
    /// cause.
    pub faults: Vec<(&'static str, Option<String>, bool)>,
    /// What is told of those that are not named.
    pub missed: Vec<String>,
    /// What is told of worlds without a fault.
    pub alarms: Vec<String>,
}

/// Lets `check` look at the faults whose names have this text, and at their worlds without one.
pub(crate) fn looked_at(checker: &Checker, seed: u64, text: &str) -> io::Result<Outcomes> {
    let mut found = Outcomes { faults: Vec::new(), missed: Vec::new(), alarms: Vec::new() };
    for fault in faults(seed).into_iter().filter(|fault| fault.name.contains(text)) {
        let Some((name, codes, words)) = EXPECTED.iter().find(|(name, ..)| *name == fault.name)
        else {
            return Err(io::Error::other(format!("nothing is expected of {}", fault.name)));
        };
        let file = if fault.csv { "events.csv" } else { "events.ndjson" };
        let said = checker.said(&format!("{name}-{seed}"), &fault.config, (file, &fault.log))?;
        let is_placed = |told: &&Told| told.line.is_none_or(|line| is_at(&fault, line));
        let is_of_code = |told: &&Told| codes.contains(&told.code.as_str());
        let named =
            said.iter().filter(is_of_code).find(|it| is_placed(it) && it.words.contains(words));
        let told = named.or_else(|| said.iter().find(is_of_code));
        found.faults.push((name, told.map(|told| told.code.clone()), named.is_some()));
        if named.is_none() {
            let said: Vec<String> = said.iter().map(Told::line).collect();
            let said = said.join("\n    ");
            found
                .missed
                .push(format!("{name} (seed {seed}): {}; told was\n    {said}", fault.cause));
        }
    }
    let is_wanted = |name: &str| found.faults.iter().any(|(fault, ..)| fault.starts_with(name));
    for (name, config, log, is_csv) in clean(seed) {
        if !is_wanted(name) {
            continue;
        }
        let file = if is_csv { "events.csv" } else { "events.ndjson" };
        let said = checker.said(&format!("clean-{name}-{seed}"), &config, (file, &log))?;
        // Notes say how something is read.
        let said = said.iter().filter(|told| !NOTES.contains(&told.code.as_str()));
        found.alarms.extend(said.map(|told| format!("{name} (seed {seed}): {}", told.line())));
    }
    Ok(found)
}

/// Whether a line is one of a fault's places, or of the same entry as one.
fn is_at(fault: &Fault, line: usize) -> bool {
    let entry = |lines: &[&str]| lines.iter().filter(|line| line.starts_with("  - ")).count();
    let lines: Vec<&str> = fault.config.lines().collect();
    let own = entry(&lines[..line.min(lines.len())]);
    fault.places.iter().any(|place| {
        let at = lines.iter().position(|line| line.contains(place));
        at.is_some_and(|at| at + 1 == line || own > 0 && entry(&lines[..=at]) == own)
    })
}

/// What is said of any config in Metarank's format.
const NOTES: [&str; 2] = ["followed", "metarank-refresh"];

/// The outcomes as a part of the page.
pub(crate) fn text(outcomes: &[Outcomes]) -> String {
    let all = || outcomes.iter().flat_map(|outcome| &outcome.faults);
    let named = all().filter(|(.., is_named)| *is_named).count();
    let alarms: usize = outcomes.iter().map(|outcome| outcome.alarms.len()).sum();
    let mut text = format!(
        "\n{} more faults are planted into five worlds of their own, written without a look at the lints or \
         their\nnumbers. Of {} of them, with {} seeds each, **{named} are named**, and there are **{alarms} \
         false alarms** in the {} worlds\nwithout a fault.\n\n\
         | planted into other worlds | told as | named |\n|---|---|---:|\n",
        EXPECTED.len(),
        all().count(),
        outcomes.len(),
        5 * outcomes.len(),
    );
    for (name, ..) in EXPECTED {
        let own = || all().filter(|(own, ..)| own == name);
        let mut codes: Vec<String> =
            own().filter_map(|(_, code, _)| Some(format!("`{}`", code.as_ref()?))).collect();
        codes.sort_unstable();
        codes.dedup();
        let named = own().filter(|(.., is_named)| *is_named).count();
        let words = name.replace('-', " ");
        let _ = writeln!(text, "| {words} | {} | {named} of {} |", codes.join(", "), own().count());
    }
    text
}

//! What was found, as a section of a page.

use std::fmt::Write as _;

use super::judge::Outcome;
use super::{Fault, KINDS};

/// The head of the section.
const HEAD: &str = "## What is found\n";

/// The section.
pub(crate) fn text(outcomes: &[Outcome], alarms: &[String], seeds: usize) -> String {
    let named = outcomes.iter().filter(|outcome| outcome.is_named()).count();
    let faults = outcomes.len() / seeds.max(1);
    let mut text = format!(
        "{HEAD}\n`cargo run --release --example planted_faults -- --write docs/lints.md` plants {faults} \
         faults, each with {seeds} seeds, into six\npairs of a config and a log in which nothing is \
         wrong, and lets `check` look at them. Of {} planted faults **{named} are\nnamed**, each with \
         the right code, at the right line, and with its cause. On the pairs as they are, before a \
         fault is planted, there\nare **{} false alarms** in {}.\n\n\
         | planted | into | told as | named |\n|---|---|---|---:|\n",
        outcomes.len(),
        alarms.len(),
        seeds * super::Shape::ALL.len(),
    );
    for (kind, faults) in KINDS {
        let mut rows = String::new();
        faults.iter().for_each(|fault| row(&mut rows, fault, outcomes));
        if !rows.is_empty() {
            let _ = write!(text, "| **{kind}** | | | |\n{rows}");
        }
    }
    text
}

fn row(text: &mut String, fault: &Fault, outcomes: &[Outcome]) {
    let own = || outcomes.iter().filter(|it| it.name == fault.name && it.shape == fault.shape);
    let mut codes: Vec<String> = own().filter_map(|outcome| outcome.code.clone()).collect();
    codes.sort_unstable();
    codes.dedup();
    let codes = codes.iter().map(|code| format!("`{code}`"));
    let codes = codes.collect::<Vec<_>>().join(", ");
    let named = own().filter(|outcome| outcome.is_named()).count();
    let (name, shape, all) = (fault.name, fault.shape.name(), own().count());
    if all == 0 {
        return;
    }
    let _ = writeln!(text, "| {name} | {shape} | {codes} | {named} of {all} |");
}

/// A page with the section in place of the old one, or before its last section.
pub(crate) fn inserted(page: &str, text: &str) -> String {
    let (lead, rest) = match page.split_once(HEAD) {
        Some((lead, rest)) => (lead, rest.find("\n## ").map_or("", |at| &rest[at + 1..])),
        None => page.rfind("## Their numbers").map_or((page, ""), |at| page.split_at(at)),
    };
    let rest = if rest.is_empty() { String::new() } else { format!("\n{rest}") };
    format!("{lead}{text}{rest}")
}

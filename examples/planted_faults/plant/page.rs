//! What was found, as a section of a page.

use std::fmt::Write as _;

use super::judge::Outcome;
use super::{Fault, KINDS};

/// The head of the section.
const HEAD: &str = "## What is found\n";

/// The section.
pub(crate) fn text(outcomes: &[Outcome], alarms: &[String], seeds: usize) -> String {
    let named = outcomes.iter().filter(|outcome| outcome.is_named()).count();
    let faults = KINDS.iter().map(|(_, faults)| faults.len()).sum::<usize>();
    let mut text = format!(
        "{HEAD}\n`cargo run --release --example planted_faults -- --write docs/lints.md` plants {faults} faults, \
         each with {seeds} seeds, into six pairs\nof a config and a log in which nothing is wrong, and lets `check` \
         look at them. Of {} planted faults **{named} are named**, each with\nthe right code, at the right line, with \
         its cause in its words. On the pairs as they are, before a fault is planted, there are\n**{} false \
         alarms** in {}.\n\n\
         | planted | into | told as | named |\n|---|---|---|---:|\n",
        outcomes.len(),
        alarms.len(),
        seeds * super::Shape::ALL.len(),
    );
    for (kind, faults) in KINDS {
        let _ = writeln!(text, "| **{kind}** | | | |");
        for fault in faults {
            row(&mut text, fault, outcomes);
        }
    }
    text
}

fn row(text: &mut String, fault: &Fault, outcomes: &[Outcome]) {
    let own = || outcomes.iter().filter(|it| it.name == fault.name && it.shape == fault.shape);
    let mut codes: Vec<String> = own().filter_map(|outcome| outcome.code.clone()).collect();
    codes.sort_unstable();
    codes.dedup();
    let codes = codes.iter().map(|code| format!("[`{code}`](diagnostics/{code}.md)"));
    let codes = codes.collect::<Vec<_>>().join(", ");
    let named = own().filter(|outcome| outcome.is_named()).count();
    let (name, shape, all) = (fault.name, fault.shape.name(), own().count());
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

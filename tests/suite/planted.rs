//! The faults that `examples/planted_faults` plants: at least 9 in 10 of each kind are named by
//! `check`, with their places and causes, and nothing is said of the pairs that they are planted into.

#[path = "../../examples/planted_faults/independent/mod.rs"]
mod independent;
#[path = "../../examples/planted_faults/plant/mod.rs"]
mod plant;

use std::path::PathBuf;

use plant::{Checker, Fault, clean, page, planted};

/// The seed, which is none of those in `docs/lints.md`.
const SEED: u64 = 20;

fn checker(folder: &tempfile::TempDir) -> Checker {
    Checker::new(PathBuf::from(env!("CARGO_BIN_EXE_counterscope")), folder.path().to_owned())
}

/// Plants the faults of a kind.
fn are_named(kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    let is_wanted = |own: &str, _: &Fault| own == kind;
    let outcomes = planted(&checker(&folder), SEED, is_wanted).unwrap();
    let missed: Vec<String> =
        outcomes.iter().filter(|it| !it.is_named()).map(plant::Outcome::told).collect();
    let all = outcomes.len();
    assert!(missed.len() * 10 <= all, "{} of {all}:\n{}", missed.len(), missed.join("\n"));
}

#[test]
fn planted_faults_of_names_and_values_are_named() {
    are_named("Names and values");
}

#[test]
fn planted_faults_of_units_and_inheritance_are_named() {
    are_named("Units and inheritance");
}

#[test]
fn planted_faults_of_shape_are_named() {
    are_named("Shape");
}

#[test]
fn planted_faults_of_the_log_are_named() {
    are_named("The log, cost and change");
}

/// Looks at the faults that others planted into a world.
fn of_others_are_named(world: &str) {
    let folder = tempfile::tempdir().unwrap();
    let found = independent::looked_at(&checker(&folder), SEED, world).unwrap();
    let (missed, all) = (found.missed.len(), found.faults.len());
    assert!(all > 4 && missed * 10 <= all, "{missed} of {all}:\n{}", found.missed.join("\n"));
    assert!(found.alarms.len() <= 1, "{}", found.alarms.join("\n"));
}

#[test]
fn faults_in_games_are_named() {
    of_others_are_named("games");
}

#[test]
fn faults_in_groceries_are_named() {
    of_others_are_named("grocery");
}

#[test]
fn faults_in_jobs_are_named() {
    of_others_are_named("jobs");
}

#[test]
fn faults_in_meals_are_named() {
    of_others_are_named("meals");
}

#[test]
fn faults_in_recipes_are_named() {
    of_others_are_named("recipes");
}

#[test]
fn nothing_is_said_of_what_faults_are_planted_into() {
    let folder = tempfile::tempdir().unwrap();
    let alarms = clean(&checker(&folder), SEED).unwrap();
    assert!(alarms.is_empty(), "{}", alarms.join("\n"));
}

#[test]
fn the_section_takes_the_place_of_the_old_one() {
    assert!(independent::text(&[]).contains("| recipes scraper |"));
    let page = "# Lints\n\n## Their numbers\n\n| a |\n";
    let once = page::inserted(page, &page::text(&[], &[], 1));
    assert!(once.starts_with("# Lints\n\n## What is found\n"), "{once}");
    assert!(once.ends_with("|\n\n## Their numbers\n\n| a |\n"), "{once}");
    assert_eq!(page::inserted(&once, &page::text(&[], &[], 1)), once);
}

#[test]
fn at_least_forty_faults_are_planted() {
    let of_kinds = plant::KINDS.map(|(_, faults)| faults.len());
    assert!(of_kinds.iter().sum::<usize>() > 40 && of_kinds.iter().all(|all| *all > 10));
}

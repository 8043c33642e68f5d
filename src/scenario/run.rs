//! One test: its events are read, arranged and counted as a log, and values are read as of the
//! moments of its expectations.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::base::Key;
use crate::base::quantity::counted;
use crate::config::{Expectation, Expected, Part, Test};
use crate::dataset::{Run, wanted};
use crate::engine::{At, Engine, Freshness, InputRows, KeyIndex, OutputValue};
use crate::explain::outline::{self, Extent, Outline};
use crate::explain::{self, Attribute, Listing, Order, Position};
use crate::log::{LogError, Reader};
use crate::plan::{Operand, OutputId, Plan, Prior, Read, Rule, ScopeId};
use crate::tape::{Reason, Tape};

use super::exercise::{Reached, Reading};
use super::{Cell, Outcome, Suite, checks, lines};

/// The contributions that are listed of a value that was not expected.
const LISTED: usize = 5;
/// A slot that no key has, which reads as if nothing was ever written.
const NOWHERE: u32 = u32::MAX;

/// Runs a test.
pub(super) fn run(suite: &Suite, test: &Test) -> Result<Outcome, LogError> {
    let plan = &suite.plan;
    let (log, line_of) = suite.form.log(test);
    let reader = Reader::embedded("the test", log, &plan.events, &plan.attributes);
    let metadata = |file: &std::path::Path| lines::metadata(&plan.events, test, file);
    let reader = reader.with_metadata(&plan.events, metadata)?;
    let run = Run::load(Arc::clone(plan), wanted(plan, None), reader, &mut |_| {})?;
    let mut reached = Reached::default();
    let mut cells: Vec<Vec<Cell>> = vec![Vec::new(); test.expectations.len()];
    let mut order: Vec<usize> = (0..test.expectations.len()).collect();
    order.sort_by_key(|number| test.expectations[*number].at);
    let mut engine = Engine::new(Arc::clone(plan));
    let (index, admitted) = with_keys(plan, run.index(), test);
    for number in order {
        let expectation = &test.expectations[number];
        let events = run.tape().events_at(expectation.at);
        engine.apply(run.tape(), &index, events);
        let rows = InputRows { plan, tape: run.tape(), index: &index };
        let at = Position { rows, engine: &engine, as_of: expectation.at };
        let values = expectation.values.iter();
        let read = values.filter_map(|value| {
            cell(suite, at, (expectation, value), (run.index(), &admitted[number]), &mut reached)
        });
        cells[number].extend(read);
    }
    Ok(Outcome {
        name: test.name.value.clone(),
        line: test.line,
        cells: cells.into_iter().flatten().collect(),
        problems: problems(run.tape(), &line_of),
        reached,
    })
}

/// What is wrong with the events. An id that comes again is none: that is what a test may show.
fn problems(tape: &Tape, line_of: &[usize]) -> Vec<String> {
    let rejections = tape.rejections();
    let reasons = rejections.by_count().into_iter();
    let reasons = reasons.filter(|(reason, _)| *reason != Reason::DuplicateId);
    let events = reasons.map(|(reason, count)| {
        let first = rejections.examples().iter().find(|example| example.reason == reason);
        let line = first.and_then(|example| line_of.get(example.line as usize));
        let place = line.map_or_else(String::new, |line| format!(", the first in line {line}"));
        let events = counted(count as usize, "event");
        format!("{events} rejected: {reason}{place}")
    });
    let files = tape.metadata_files().flat_map(|(file, counts)| {
        let reasons = counts.rejections.by_count().into_iter();
        reasons.map(move |(reason, count)| {
            let lines = counted(count as usize, "line");
            format!("{lines} of metadata rejected in source {file}: {reason}")
        })
    });
    events.chain(files).collect()
}

/// The index with the keys that are expected and that no event has: of a quotient each side is
/// looked up by its own part of the key, which may have events. Beside it the slots of each
/// expectation's key, by scope.
fn with_keys<'i>(
    plan: &Plan,
    index: &'i KeyIndex,
    test: &Test,
) -> (Cow<'i, KeyIndex>, Vec<Vec<(ScopeId, u32)>>) {
    let mut index = Cow::Borrowed(index);
    let mut admit = |expectation: &Expectation| {
        let quotient = |expected: &Expected| {
            let output = plan.outputs.iter().position(|it| it.name == expected.output.value)?;
            matches!(plan.outputs[output].read, Read::Quotient(_))
                .then(|| plan.scope_of(OutputId(output)))
        };
        let scopes: BTreeSet<usize> =
            expectation.values.iter().filter_map(quotient).map(|scope| scope.0).collect();
        let admit = |scope: usize| {
            let scope = ScopeId(scope);
            let key = key(plan, scope, expectation);
            let texts: Vec<&str> = key.iter().map(|part| part.value.as_str()).collect();
            if index.find(scope, &texts).is_some() {
                return None;
            }
            Some((scope, index.to_mut().add_unseen(scope, &texts)?))
        };
        scopes.into_iter().filter_map(admit).collect()
    };
    let admitted = test.expectations.iter().map(&mut admit).collect();
    (index, admitted)
}

/// The key of an expectation in a scope.
fn key(plan: &Plan, scope: ScopeId, expectation: &Expectation) -> Vec<Attribute> {
    let text = |name: &str| {
        let part = expectation.key.iter().find(|(own, _)| own.value == name);
        part.map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let names = plan.key_attributes(scope);
    names.map(|name| Attribute { name: name.to_owned(), value: text(name) }).collect()
}

/// Reads an expected value. Nothing of an output that is not there, which the config's faults say.
fn cell(
    suite: &Suite,
    at: Position<'_>,
    (expectation, expected): (&Expectation, &Expected),
    (own, admitted): (&KeyIndex, &[(ScopeId, u32)]),
    reached: &mut Reached,
) -> Option<Cell> {
    let plan = &*suite.plan;
    let name = &expected.output.value;
    let output = OutputId(plan.outputs.iter().position(|output| output.name == *name)?);
    let scope = plan.scope_of(output);
    let key = key(plan, scope, expectation);
    let texts: Vec<&str> = key.iter().map(|part| part.value.as_str()).collect();
    let known = at.rows.index.find(scope, &texts);
    let slot = known.filter(|slot| explain::is_seen(at, scope, *slot));
    let admitted = admitted.iter().find(|(of, _)| *of == scope).map(|(_, slot)| *slot);
    let place = known.or(admitted).unwrap_or(NOWHERE);
    let value = value(plan, at, output, (place, expected.part));
    reached
        .read(at, Reading { output, slot, key: known, part: expected.part, value: value.as_ref() });
    let passed = expected.checks.iter().all(|check| checks::holds(check, value.as_ref()));
    let explanation = (!passed).then(|| {
        if let Some(slot) = slot {
            explained(suite, at, output, slot)
        } else {
            let key_of = Key(texts.iter().map(|text| (*text).to_owned()).collect());
            let near = explain::near_keys(own, scope, &key_of);
            let first = known.and_then(|slot| explain::first_event(at.rows, scope, slot));
            outline::never_seen(name, &key, (&near, first), Some(at.as_of))
        }
    });
    Some(Cell {
        written: expectation.written.clone(),
        at: expectation.at,
        line: expectation.line,
        output: name.clone(),
        part: expected.part,
        key,
        expected: checks::words(&expected.checks),
        value,
        passed,
        explanation,
    })
}

fn explained(suite: &Suite, at: Position<'_>, output: OutputId, slot: u32) -> Outline {
    let listing = Listing { order: Order::Newest, most: LISTED };
    let config = (&suite.document, &*suite.text);
    let explanation = explain::explain(at, output, slot, listing, config);
    let mut outline = outline::explanation(&explanation, Order::Newest, Extent::Whole);
    // Of a test the settings are in the same file.
    outline.nodes.retain(|node| !node.id.starts_with("settings"));
    outline
}

/// A part of an output's value at a key.
fn value(
    plan: &Plan,
    at: Position<'_>,
    output: OutputId,
    (slot, part): (u32, Part),
) -> Option<OutputValue> {
    let (engine, index, as_of) = (at.engine, at.rows.index, at.as_of);
    let of = |freshness| engine.value(index, output, At::Slot(slot), as_of, freshness);
    let (is_top, is_global) = match part {
        Part::Live => return of(Freshness::Live),
        Part::Served => return of(Freshness::Served),
        Part::Side { is_top, is_global } => (is_top, is_global),
    };
    let Read::Quotient(quotient) = &plan.outputs[output.0].read else { return None };
    let scope = plan.scope_of(output);
    let side = if is_global {
        let (Rule::Normalized { top_all, bottom_all, .. }
        | Rule::Smoothed { prior: Prior::Global { top_all, bottom_all }, .. }) = quotient.rule
        else {
            return None;
        };
        Operand::Term(if is_top { top_all } else { bottom_all })
    } else if is_top {
        quotient.top
    } else {
        quotient.bottom
    };
    let number = match side {
        Operand::Term(term) => engine.term(index, &term, scope, At::Slot(slot), as_of).0,
        Operand::Output(side) => {
            let own = plan.scope_of(side);
            let slot = index.project(scope, slot, own).unwrap_or(NOWHERE);
            engine.live(index, side, At::Slot(slot), as_of)
        }
    };
    number.map(OutputValue::Number)
}

//! The selected cell: its value, what is served, the parts it is read from, and its history.

use crate::base::{Millis, Timestamp};
use crate::engine::{At, Freshness};
use crate::plan::{
    FeatureId, OutputId, Read, ScopeId, Shape, Side, StateId, Term, Window, describe,
};

use super::as_of;
use super::history::History;
use super::order::Order;
use super::source::column;
use crate::session::protocol::Viewport;
use crate::session::replay::Replay;
use crate::session::snapshot::{
    self, Bucket, Detail, Exactness, Part, Reading, Served, WindowView,
};

/// The selected cell.
pub(super) fn detail(
    order: &Order,
    history: &mut History,
    replay: &Replay,
    look: &Viewport,
    row: usize,
) -> Option<Detail> {
    let (first, slot) = order.from(row).next()?;
    let output = match order.scope() {
        Some(_) => {
            *order.columns().get(look.selected.column.min(order.columns().len().checked_sub(1)?))?
        }
        None => first,
    };
    let (plan, engine, index) = (replay.plan(), replay.engine(), replay.index());
    let as_of = as_of(replay);
    let own = plan.scope_of(output);
    let feature = &plan.features[plan.outputs[output.0].feature.0];
    let live = engine.reading(index, output, slot, as_of);
    let last_write = engine.last_write(index, output, slot);
    let served = match live {
        Reading::NeverSeen | Reading::Expired => live.clone(),
        _ => engine
            .value(index, output, At::Slot(slot), as_of, Freshness::Served)
            .map_or(Reading::NoData, Reading::from),
    };
    let served = Served {
        reading: served,
        age: engine.served_age(output, slot, as_of),
        refresh: feature.refresh,
    };
    let history = match plan.most_listed(output) {
        // A list has no chart.
        Some(_) => snapshot::History::default(),
        None => history.draw(replay, (output, slot), look.history, live.number()),
    };
    Some(Detail {
        attributes: plan.key_attributes(own).map(str::to_owned).collect(),
        key: index.key(own, slot),
        column: column(plan, output),
        line: feature.line,
        definition: describe::definition(plan, output),
        counted: None,
        exactness: exactness(replay, output, &live, slot),
        live,
        served,
        ttl: feature.ttl,
        ttl_left: last_write.map(|write| Millis(feature.ttl.0 - as_of.since(write).0)),
        last_write,
        parts: parts(replay, output, own, slot),
        history,
    })
}

/// How exact an output's value is; `None` if there is none, it always is, or is a quotient.
fn exactness(replay: &Replay, output: OutputId, reading: &Reading, slot: u32) -> Option<Exactness> {
    let Read::State(term) = &replay.plan().outputs[output.0].read else { return None };
    reading
        .is_value()
        .then(|| of_term(replay, term, replay.plan().scope_of(output), slot))
        .flatten()
}

/// How exact the value of a state over its window is; `None` if it always is.
fn of_term(replay: &Replay, term: &Term, own: ScopeId, slot: u32) -> Option<Exactness> {
    let approximation = replay.plan().states[term.state.0].approximation()?;
    let (engine, index) = (replay.engine(), replay.index());
    let is_exact = engine.is_exact(index, term, own, At::Slot(slot), as_of(replay));
    Some(Exactness { approximation, is_exact })
}

/// The words behind the name of a value that is not exact.
fn about(exactness: Option<Exactness>) -> &'static str {
    if exactness.is_some_and(|it| !it.is_exact) { ", about" } else { "" }
}

/// The parts that a value is read from.
fn parts(replay: &Replay, output: OutputId, own: ScopeId, slot: u32) -> Vec<Part> {
    let sides = replay.plan().sides(output);
    sides.iter().map(|it| part(replay, it, output, own, slot)).collect()
}

/// A side of an output: a state over its window.
fn part(replay: &Replay, side: &Side, output: OutputId, own: ScopeId, slot: u32) -> Part {
    let (plan, engine, index) = (replay.plan(), replay.engine(), replay.index());
    let term = &side.term;
    let role = if side.role.is_empty() { String::new() } else { format!("{}: ", side.role) };
    let name = side.output.map(|output| plan.outputs[output.0].name.clone());
    let words = name.unwrap_or_else(|| describe::term(plan, term));
    let as_of = as_of(replay);
    let (value, written) = engine.term(index, term, own, At::Slot(slot), as_of);
    let reading = match (value, written) {
        // A list is read of one state alone.
        _ if term.most.is_some() => engine.reading(index, output, slot, as_of),
        (_, false) => Reading::NeverSeen,
        (Some(value), true) => Reading::Value(value),
        (None, true) => Reading::NoData,
    };
    let exactness = reading.is_value().then(|| of_term(replay, term, own, slot)).flatten();
    Part {
        role: format!("{role}{words}{}", about(exactness)),
        reading,
        window: window(replay, term, own, slot),
        shared_with: sharing(replay, term.state, plan.outputs[output.0].feature),
    }
}

fn window(replay: &Replay, term: &Term, own: ScopeId, slot: u32) -> Option<WindowView> {
    let (plan, engine, index) = (replay.plan(), replay.engine(), replay.index());
    let as_of = as_of(replay);
    let Window::Buckets { buckets: of, .. } = term.window else { return None };
    let (from, to) = term.window.interval(as_of)?;
    let mut buckets = Vec::new();
    if let Shape::Ring { held, .. } = plan.states[term.state.0].shape {
        let current = of.number(as_of.0);
        buckets.extend((0..i64::from(held)).map(|back| {
            let start = Timestamp(of.start(current - i64::from(held) + 1 + back));
            Bucket { start, value: 0.0, inside: start >= from && start < to }
        }));
        engine.buckets(index, term, own, At::Slot(slot), as_of, &mut |start, value| {
            if let Some(bucket) = buckets.iter_mut().find(|bucket| bucket.start.0 == start) {
                bucket.value = value;
            }
        });
    }
    for bucket in &mut buckets {
        bucket.start = of.local(bucket.start);
    }
    Some(WindowView {
        words: describe::window(term.window)?,
        from: of.local(from),
        to: of.local(to),
        ends_now: to > as_of,
        bucket: of.length(),
        buckets,
    })
}

/// The features beside this one that read the state.
fn sharing(replay: &Replay, state: StateId, own: FeatureId) -> Vec<String> {
    let others = replay.engine().readers(state).iter().filter(|feature| **feature != own);
    others.map(|feature| replay.plan().features[feature.0].name.clone()).collect()
}

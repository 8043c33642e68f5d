//! The actions that move event time: they become commands to the session.

use crate::base::{Timestamp, quantity};
use crate::session::protocol::{Command, Speed, Target};
use crate::session::snapshot::{Mark, MarkKind, Snapshot, State, Tone, Transport};

use super::super::message::Effect;
use super::super::model::{EventPlace, EventsPlace, Model, PromptKind};
use super::pressed::Pressed;
use super::{jump, navigate, notice};
use crate::ui::input::command::Action;
use crate::ui::views::values::table;

/// Carries an action out if it is one of event time.
pub(super) fn run(model: &mut Model, pressed: Pressed, effects: &mut Vec<Effect>) -> bool {
    let (times, count) = (pressed.times(), pressed.count);
    match pressed.action {
        Action::PlayPause => play_pause(model, effects),
        Action::StepForward => step(model, times, effects),
        Action::StepBack => step(model, -times, effects),
        Action::KeyForward => step_of_key(model, times, effects),
        Action::KeyBack => step_of_key(model, -times, effects),
        Action::Faster => change_speed(model, times, Speed::faster, effects),
        Action::Slower => change_speed(model, times, Speed::slower, effects),
        Action::RealTime => change_speed(model, 1, |_| Speed::Times(1.0), effects),
        Action::Start => seek(model, Target::Start, effects),
        Action::End => seek(model, Target::End, effects),
        Action::GotoTime => navigate::open(model, PromptKind::Time),
        Action::GotoEvent => match count {
            Some(number) => seek_event(model, number as usize, effects),
            None => navigate::open(model, PromptKind::Event),
        },
        Action::GotoPercent => match count {
            Some(share) => seek(model, Target::Percent(f64::from(share.min(100))), effects),
            None => navigate::open(model, PromptKind::Percent),
        },
        Action::NextMark => to_mark(model, 1, effects),
        Action::PreviousMark => to_mark(model, -1, effects),
        Action::NextMatch => step_of_match(model, times, effects),
        Action::PreviousMatch => step_of_match(model, -times, effects),
        Action::Follow => follow(model, effects),
        Action::JumpBack => jump::back(model, effects),
        _ => return false,
    }
    true
}

/// Jumps to a place in the log; the list of events goes along.
pub(super) fn seek(model: &mut Model, target: Target, effects: &mut Vec<Effect>) {
    jump::remember(model);
    drag(model, target, effects);
}

/// Goes to a place in the log, on the way to others.
pub(super) fn drag(model: &mut Model, target: Target, effects: &mut Vec<Effect>) {
    leave(model);
    effects.push(Effect::Send(Command::Seek(target)));
}

/// Goes to the selected event.
pub(super) fn seek_selected(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(number) = model.selected_event() {
        seek(model, Target::Event(number), effects);
    }
}

/// An event that is open gives way to the one where the cursor comes to stand.
fn leave(model: &mut Model) {
    if let Some(open) = &mut model.event {
        *open = EventPlace::default();
    }
    model.follow = false;
    model.events = EventsPlace::default();
}

/// At the end of the log there is nothing left to play: it plays again from the start.
fn play_pause(model: &mut Model, effects: &mut Vec<Effect>) {
    model.follow = false;
    match model.snapshot.as_ref().map(|snapshot| snapshot.transport.state) {
        Some(State::Playing) => return effects.push(Effect::Send(Command::Pause)),
        Some(State::Ended) => drag(model, Target::Start, effects),
        _ => {}
    }
    effects.push(Effect::Send(Command::Play));
}

fn step(model: &mut Model, events: i64, effects: &mut Vec<Effect>) {
    model.remark = at_limit(model, events).map(|words| (Tone::Note, words.to_owned()));
    leave(model);
    effects.push(Effect::Send(Command::Step(events)));
}

/// Why a step leads nowhere.
fn at_limit(model: &Model, events: i64) -> Option<&'static str> {
    let transport = &model.snapshot.as_ref()?.transport;
    match transport.state {
        State::Ended if events > 0 => Some("at the end"),
        State::Paused | State::Ended if events < 0 && transport.cursor == 0 => Some("at the start"),
        _ => None,
    }
}

/// Goes to an event by its number; past the last one, to the end.
pub(super) fn seek_event(model: &mut Model, number: usize, effects: &mut Vec<Effect>) {
    let transport = model.snapshot.as_ref().map(|snapshot| &snapshot.transport);
    let is_read = |it: &&Transport| !matches!(it.state, State::Loading { .. });
    let total = transport.filter(is_read).map(|transport| transport.total);
    seek(model, Target::Event(number), effects);
    if let Some(total) = total.filter(|total| number > *total) {
        let events = quantity::counted(total, "event");
        model.remark = Some((Tone::Note, format!("the log has {events}")));
    }
}

fn step_of_key(model: &mut Model, events: i64, effects: &mut Vec<Effect>) {
    let Some(detail) = model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.as_ref()) else {
        model.remark = Some((Tone::Note, "no key is selected".into()));
        return;
    };
    let (output, key) = (detail.column.output.clone(), detail.key.clone());
    table::hold(model);
    jump::remember(model);
    leave(model);
    effects.push(Effect::Send(Command::StepOfKey { output, key, events }));
}

/// Goes to an event that matches the filter of the events, or the one that was dropped last, from the
/// selected event.
fn step_of_match(model: &mut Model, events: i64, effects: &mut Vec<Effect>) {
    let filter = model.events_filter.searched().to_owned();
    if filter.is_empty() {
        let words =
            "nothing is looked for: / takes a type, attribute=value, late, counted by FEATURE";
        model.remark = Some((Tone::Note, words.into()));
        return;
    }
    let from = model.selected_event().unwrap_or_else(|| model.cursor());
    // What is selected stays where the step leads nowhere.
    model.jump_to_match = jump::here(model);
    model.follow = false;
    effects.push(Effect::Send(Command::StepOfMatch { filter, from, events }));
}

/// A step to a match led to an event.
pub(super) fn match_reached(model: &mut Model) {
    if let Some(jump) = model.jump_to_match.take() {
        jump::add(model, jump);
        leave(model);
        // That there is none in the other direction was said before.
        notice::dismiss_passing(model);
    }
}

fn change_speed(
    model: &mut Model,
    times: i64,
    change: impl Fn(Speed) -> Speed,
    effects: &mut Vec<Effect>,
) {
    let Some(snapshot) = &model.snapshot else { return };
    let ladder = Speed::LADDER.len() as i64 + 1;
    let speed = (0..times.min(ladder)).fold(snapshot.transport.speed, |speed, _| change(speed));
    effects.push(Effect::Send(Command::SetSpeed(speed)));
}

/// Goes to the nearest mark in a direction. Marks at the cursor itself are behind us both ways.
fn to_mark(model: &mut Model, direction: i64, effects: &mut Vec<Effect>) {
    let Some(snapshot) = &model.snapshot else { return };
    let now = snapshot.transport.as_of.unwrap_or(Timestamp(i64::MIN));
    let marks = snapshot.timeline.marks.iter().map(|mark| mark.at);
    let found = if direction > 0 {
        marks.filter(|at| *at > now).min()
    } else {
        marks.filter(|at| *at < now).max()
    };
    if let Some(at) = found {
        model.remark = told_at(snapshot, at).map(|words| (Tone::Warning, words));
        return seek(model, Target::Time(at), effects);
    }
    let words = if direction > 0 { "no later mark" } else { "no earlier mark" };
    model.remark = Some((Tone::Note, words.into()));
}

/// What happened at a mark: which lines were rejected and why, or how late an event was.
fn told_at(snapshot: &Snapshot, at: Timestamp) -> Option<String> {
    let marks = || snapshot.timeline.marks.iter().filter(|mark| mark.at == at);
    let mut lines = marks().filter_map(|mark| match mark.kind {
        MarkKind::Rejected { line, reason } => Some((line, reason)),
        MarkKind::Reload | MarkKind::Late { .. } => None,
    });
    let by = |mark: &Mark| match mark.kind {
        MarkKind::Late { by } => Some(by),
        MarkKind::Reload | MarkKind::Rejected { .. } => None,
    };
    let latest = marks().filter_map(by).max();
    let late = latest.map(|most| {
        let more = match marks().filter_map(by).count() - 1 {
            0 => String::new(),
            more => format!("; {} more behind the same time", quantity::counted(more, "event")),
        };
        format!("late {}{more}", most.brief())
    });
    let Some((line, reason)) = lines.next() else { return late };
    let more = match lines.count() {
        0 => String::new(),
        more => format!("; {} more beside it", quantity::counted(more, "line")),
    };
    let rejected = format!("line {} was rejected: {reason}{more}", quantity::grouped(line));
    Some(late.map_or_else(|| rejected.clone(), |late| format!("{rejected}; {late}")))
}

/// Stays at the newest event while the log is read. There are no newer ones after that.
fn follow(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.follow {
        model.follow = false;
        model.remark = Some((Tone::Note, "no longer following".into()));
        return effects.push(Effect::Send(Command::Pause));
    }
    seek(model, Target::End, effects);
    let state = model.snapshot.as_ref().map(|snapshot| snapshot.transport.state);
    model.follow = matches!(state, Some(State::Loading { .. }));
    let words = if model.follow {
        "following the log while it is read; F stops"
    } else {
        "at the newest event; what is added to the log now is not followed"
    };
    model.remark = Some((Tone::Note, words.into()));
}

//! How the model changes: one message in, effects out. Pure.

mod action;
mod decimals;
mod explain;
mod jump;
mod list;
mod look;
mod mouse;
mod navigate;
pub(in crate::ui) mod notice;
mod pressed;
mod prompt;
mod replay;

use std::sync::Arc;
use std::time::Duration;

use crate::session::protocol::Command;
use crate::session::snapshot::{Snapshot, State, Tone};

use super::draw::layout::Class;
use super::input::command::{self, Action, Context, Meaning};
use super::input::key::Key;
use super::message::{Effect, Message};
use super::model::{Count, Model, Pending};
use super::panes::problems;
use super::views::config::{self, CONFIG};
use super::views::events;
use super::views::values::table;
use super::views::{self, commands_of};

/// The pause between digits (and the step after them) within which they are one count, although
/// the first of them has already switched the view.
const TOGETHER: Duration = Duration::from_millis(400);

/// The largest count that can be typed.
const LARGEST_COUNT: u32 = 9_999_999;

/// Applies one message. The effects are to be carried out in order.
pub fn update(model: &mut Model, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    match message {
        Message::Key { key, at } => press(model, key, at, &mut effects),
        Message::Paste(text) => prompt::paste(model, &text),
        Message::Mouse(mouse) => mouse::gesture(model, mouse, &mut effects),
        Message::Resize { width, height } => model.size = (width, height),
        Message::Snapshot(snapshot) => {
            receive(model, &snapshot);
            if model.opens_example && snapshot.config.path.is_some() {
                action::editor(model, &mut effects);
            }
        }
        Message::Reload => effects.push(Effect::Send(Command::Reload)),
        Message::Suspend => effects.push(Effect::Suspend),
        Message::Say(tone, text) => model.remark = Some((tone, text)),
        Message::Fade => {
            model.remark = None;
            notice::dismiss_passing(model);
        }
    }
    // What is said now replaces what was said before, which does not come back after it.
    if model.remark.is_some() {
        notice::dismiss_passing(model);
    }
    look::settle(model, &mut effects);
    effects
}

fn press(model: &mut Model, key: Key, at: Duration, effects: &mut Vec<Effect>) {
    model.remark = None;
    model.opens_example = false;
    // A line that is shared by notices and the selected cell is soon given back to the cell.
    if model.areas().class <= Class::Small {
        notice::dismiss(model);
    }
    if key != Key::control('c') {
        model.quit_armed = false;
    }
    if model.prompt.is_some() && prompt::press(model, key, effects) {
        return;
    }
    let starts_anew = model.pending.keys.is_empty()
        && !matches!(model.context(), Context::Help | Context::Features);
    if let Some(digit) = key.digit().filter(|_| starts_anew) {
        return count(model, digit, at);
    }
    let mut sequence = std::mem::take(&mut model.pending.keys);
    if !sequence.is_empty() {
        sequence.push(' ');
    }
    sequence.push_str(&key.to_string());
    match command::meaning(commands_of(model.context()), &sequence) {
        Meaning::Prefix => model.pending.keys = sequence,
        Meaning::Action(action) => {
            let count = take_count(model, action, at);
            action::run(model, action, count, effects);
        }
        Meaning::Unknown => {
            model.pending = Pending::default();
            model.remark =
                Some((Tone::Note, format!("`{sequence}` does nothing here; ? lists the keys")));
        }
    }
}

/// A digit: part of a count, or a view, or both until the next key tells.
fn count(model: &mut Model, digit: u32, at: Duration) {
    let view = views::of_digit(digit);
    let append = |number: u32| number.saturating_mul(10).saturating_add(digit).min(LARGEST_COUNT);
    model.pending.count = Some(match (model.pending.count, view) {
        (Some(Count::Sure(number)), _) => Count::Sure(append(number)),
        (Some(Count::Perhaps { number, from, at: last }), view)
            if at.saturating_sub(last) <= TOGETHER =>
        {
            navigate::show(model, view.unwrap_or(from));
            let number = append(number);
            view.map_or(Count::Sure(number), |_| Count::Perhaps { number, from, at })
        }
        (_, Some(view)) => {
            let from = model.view;
            navigate::show(model, view);
            Count::Perhaps { number: digit, from, at }
        }
        (_, None) => Count::Sure(digit),
    });
}

/// The count that was typed before `action`, if there was one.
fn take_count(model: &mut Model, action: Action, at: Duration) -> Option<u32> {
    match model.pending.count.take()? {
        Count::Sure(number) => Some(number),
        Count::Perhaps { number, from, at: last } => {
            let step = matches!(action, Action::StepForward | Action::StepBack);
            if !step || at.saturating_sub(last) > TOGETHER {
                return None;
            }
            navigate::show(model, from);
            Some(number)
        }
    }
}

fn receive(model: &mut Model, snapshot: &Arc<Snapshot>) {
    let before = model.snapshot.replace(Arc::clone(snapshot));
    decimals::note(model, snapshot);
    if before.is_none() && snapshot.config.is_missing() {
        navigate::show(model, CONFIG);
    }
    let same_source = |before: &Arc<Snapshot>| Arc::ptr_eq(&before.source, &snapshot.source);
    if !before.as_ref().is_some_and(same_source) {
        table::follow_source(model, before.as_deref());
        list::find_wanted(model);
    }
    let reached = |snapshot: &Snapshot| snapshot.transport.matches_reached;
    if before.as_deref().is_some_and(|before| reached(snapshot) > reached(before)) {
        replay::match_reached(model);
    }
    if snapshot.generation == model.look.generation {
        events::find_kept(model);
        table::follow_selection(model, snapshot);
        table::widen_keys(model, snapshot);
        if snapshot.transport.state == State::Playing {
            // What is beside the table stays about one key while rows change their places.
            table::hold_in_view(model);
        }
    }
    // What the session has to say now counts more than the answer to an earlier key.
    let number = |snapshot: &Snapshot| snapshot.notice.as_ref().map(|notice| notice.number);
    if let Some(before) = &before
        && number(snapshot) > number(before)
    {
        model.remark = None;
        if let Some(feature) = snapshot.notice.as_ref().and_then(|notice| notice.feature.as_ref()) {
            list::go_to_feature(model, feature);
        }
    }
    let is_same = |before: &Snapshot| {
        Arc::ptr_eq(&before.config, &snapshot.config)
            && Arc::ptr_eq(&before.source.about_log, &snapshot.source.about_log)
    };
    let same_report = |before: Arc<Snapshot>| {
        is_same(&before) || problems::report(&before) == problems::report(snapshot)
    };
    if !before.is_some_and(same_report) {
        let has_any = !problems::report(snapshot).diagnostics.is_empty();
        model.config.problem = has_any.then_some(0);
        config::reveal_problem(model);
    }
    // There is nothing left to follow.
    model.follow &= matches!(snapshot.transport.state, State::Loading { .. });
}

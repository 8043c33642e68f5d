//! What the actions of an explanation do.

use crate::base::quantity;
use crate::session::protocol::{Command, ConfigEdit, ExplainOrder, Target};
use crate::session::snapshot::{GroupRef, MOST_EVENTS, Tone, Waits};

use super::super::message::Effect;
use super::super::model::{Model, Prompt, PromptKind};
use super::pressed::Pressed;
use super::{jump, navigate, replay};
use crate::ui::input::command::Action;
use crate::ui::input::line_edit::Text;
use crate::ui::views::events::{self, EVENTS};
use crate::ui::views::explain::{self, EXPLAIN};
use crate::ui::views::values::table;

/// The most bytes that are copied: terminals take no more.
const LONGEST: usize = 74_994;
/// How many times more contributions are listed when more are asked for.
const MORE: usize = 10;

/// Carries an action out if it is one of an explanation.
pub(super) fn run(model: &mut Model, pressed: Pressed, effects: &mut Vec<Effect>) -> bool {
    match pressed.action {
        Action::Explain => navigate::show(model, EXPLAIN),
        Action::ExplainGo => go(model, effects),
        Action::NextEvent => step(model, pressed.times()),
        Action::PreviousEvent => step(model, -pressed.times()),
        Action::ExplainOrder => turn_order(model),
        Action::Contributors => ask(model),
        Action::Copy => copy(model, effects),
        Action::CountBy => count_by(model, effects),
        _ => return false,
    }
    true
}

/// Goes to the event of the selected line, or to the events that it stands for; lists more where it
/// says so; folds it otherwise.
fn go(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(node) = explain::selected(model) else { return };
    if let Some(group) = &node.group {
        show_events(model, group);
    } else if let Some(number) = node.event {
        replay::seek(model, Target::Event(number), effects);
        navigate::show(model, EVENTS);
    } else if node.lists_more {
        if let Some(look) = &mut model.explain.look {
            look.most = look.most.saturating_mul(MORE).min(MOST_EVENTS);
        }
    } else {
        explain::toggle(model);
    }
}

/// Lets through only the events of a group of contributors.
fn show_events(model: &mut Model, group: &GroupRef) {
    let Some(filter) = explain::filter_of(model, group) else { return };
    jump::remember_filter(model);
    events::filter(model, &filter);
    navigate::show(model, EVENTS);
}

fn step(model: &mut Model, by: i64) {
    if !explain::step_event(model, by) {
        let words =
            if by > 0 { "no later line of an event" } else { "no earlier line of an event" };
        model.remark = Some((Tone::Note, words.into()));
    }
}

fn turn_order(model: &mut Model) {
    let Some(look) = &mut model.explain.look else { return };
    let (order, words) = match look.order {
        ExplainOrder::Newest => (ExplainOrder::Largest, "the largest events first"),
        ExplainOrder::Largest => (ExplainOrder::Newest, "the newest events first"),
    };
    look.order = order;
    model.remark = Some((Tone::Note, words.into()));
}

/// Begins to type the attribute by which contributors are grouped.
fn ask(model: &mut Model) {
    table::hold(model);
    if model.view != EXPLAIN && table::selected_cell(model).is_none() {
        model.remark = Some((Tone::Note, "no value is selected".into()));
        return;
    }
    let text = Text::selected(model.explain.last_field.clone());
    navigate::begin(model, PromptKind::Field, text);
}

/// Completes what is typed to the first attribute that it may be, or to the one after that.
pub(super) fn complete(model: &Model, prompt: &mut Prompt) {
    let typed = prompt.text.value.trim();
    let all = explain::candidates(model, if prompt.text.selected { "" } else { typed });
    let next = match all.as_slice() {
        [only] if *only == typed => {
            // It is complete: the next of all.
            let all = explain::candidates(model, "");
            let at = all.iter().position(|name| *name == typed).map_or(0, |at| at + 1);
            all.get(at % all.len().max(1)).cloned()
        }
        [first, second, ..] if *first == typed => Some(second.clone()),
        found => found.first().cloned(),
    };
    if let Some(next) = next {
        prompt.text = Text::new(&next);
    }
}

/// Shows the contributors by the attribute that was typed; `Err` with what is wrong.
pub(super) fn by_field(model: &mut Model, typed: &str) -> Result<(), String> {
    let field = typed.trim().to_owned();
    if field.is_empty() {
        return Err("type the name of an attribute; tab completes it".to_owned());
    }
    let is_asked_again = model.explain.refused.take().is_some_and(|known| known == field);
    if let Some(fault) = explain::fault_of(model, &field).filter(|_| !is_asked_again) {
        model.explain.refused = Some(field);
        return Err(fault);
    }
    let came_here = model.view != EXPLAIN;
    navigate::show(model, EXPLAIN);
    let place = &mut model.explain;
    let Some(look) = place.look.clone() else { return Ok(()) };
    place.last_field.clone_from(&field);
    place.came_by_field = came_here;
    place.turn_to(look.output, look.key, Some(field));
    Ok(())
}

/// Has a feature written like the one that is explained, which counts by the attribute of the
/// contributors.
fn count_by(model: &mut Model, effects: &mut Vec<Effect>) {
    let look = model.explain.look.as_ref();
    let Some((output, field)) = look.and_then(|look| Some((&look.output, look.by.clone()?))) else {
        let words = "t groups the events by an attribute; then this counts by it";
        model.remark = Some((Tone::Note, words.into()));
        return;
    };
    let explained = model.snapshot.as_ref().and_then(|snapshot| snapshot.explained.as_ref());
    if explained.is_some_and(|told| told.waits == Some(Waits::Field)) {
        let words = format!("`{field}` is being read; then this counts by it");
        model.remark = Some((Tone::Note, words));
        return;
    }
    let columns = model.scopes().iter().flat_map(|scope| &scope.columns);
    let mut feature =
        columns.filter(|column| column.output == *output).map(|it| it.feature.clone());
    if let Some(feature) = feature.next_back() {
        let edit = ConfigEdit::CountBy { feature, field };
        effects.push(Effect::Send(Command::EditConfig(edit)));
    }
}

/// Has the value that is explained, or the selected one, written as a test into the config.
pub(super) fn save_test(model: &mut Model, name: Option<String>, effects: &mut Vec<Effect>) {
    let explained = model.explain.look.as_ref().filter(|_| model.view == EXPLAIN);
    let explained = explained.map(|look| (look.output.clone(), look.key.clone()));
    match explained.or_else(|| table::selected_cell(model)) {
        Some((output, key)) => {
            let edit = ConfigEdit::SaveTest { output, key, name };
            effects.push(Effect::Send(Command::EditConfig(edit)));
        }
        None => model.remark = Some((Tone::Note, "no value is selected".into())),
    }
}

fn copy(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(text) = explain::text(model) else { return };
    let lines = quantity::counted(text.lines().count(), "line");
    if text.len() > LONGEST {
        let words = format!("{lines} are too long for the clipboard of a terminal: fold some");
        model.remark = Some((Tone::Warning, words));
        return;
    }
    model.remark = Some((Tone::Good, format!("{lines} handed to the terminal's clipboard")));
    effects.push(Effect::Copy(text));
}

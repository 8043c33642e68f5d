//! The line that is being typed: a filter, or a place to go to. It owns its letters.

use crossterm::event::KeyCode;

use crate::base::typed_time;
use crate::session::protocol::Target;

use super::super::message::Effect;
use super::super::model::{FilterBefore, HelpPlace, Model, Prompt, PromptKind};
use super::{explain, list, navigate, replay};
use crate::ui::input::goto;
use crate::ui::input::key::Key;
use crate::ui::input::line_command::{self, LineCommand};
use crate::ui::input::line_edit::Text;
use crate::ui::views::events;

/// Begins to type the filter of the table, from the one that is set: typing replaces it.
pub(super) fn open_filter(model: &mut Model) {
    let table = &model.table;
    let before = FilterBefore {
        filter: table.filter.clone(),
        selected: table.selected.clone(),
        held: table.held,
        first_row: table.first_row,
    };
    let text = Text::selected(table.filter.clone());
    let kind = PromptKind::Filter(Box::new(before));
    navigate::begin(model, kind, text);
}

/// Begins to type the filter of the list of features, from the one that is set: typing replaces it.
pub(super) fn open_list(model: &mut Model) {
    let Some(list) = &model.list else { return };
    let text = Text::selected(list.filter.clone());
    let kind = PromptKind::Features(Box::new(list.clone()));
    navigate::begin(model, kind, text);
}

/// Begins to type the filter of the events, from the one that is set, or was dropped last: typing
/// replaces it.
pub(super) fn open_events(model: &mut Model) {
    let text = Text::selected(model.events_filter.searched().to_owned());
    let kind = PromptKind::Events(Box::new((model.events_filter.clone(), model.events)));
    navigate::begin(model, kind, text);
}

/// Gives a key to the line; `false` if it is none of its keys.
pub(super) fn press(model: &mut Model, key: Key, effects: &mut Vec<Effect>) -> bool {
    let Some(mut prompt) = model.prompt.take() else { return false };
    prompt.error = None;
    match key.code {
        KeyCode::Esc => give_up(model, prompt),
        KeyCode::Enter => accept(model, prompt, effects),
        KeyCode::Tab if prompt.kind == PromptKind::Field => {
            explain::complete(model, &mut prompt);
            model.prompt = Some(prompt);
        }
        KeyCode::Tab if prompt.kind == PromptKind::Command => {
            if let Some(line) = line_command::completed(&prompt.text.value) {
                prompt.text = Text::new(&line);
            }
            model.prompt = Some(prompt);
        }
        // A filter's line stays open while the selection moves under it.
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => {
            model.prompt = Some(prompt);
            return false;
        }
        _ => {
            let taken = prompt.text.press(key);
            apply(model, &prompt);
            model.prompt = Some(prompt);
            // Control keys that no line takes still reach the workbench.
            return taken || key.text().is_some();
        }
    }
    true
}

/// Puts pasted text into the line, if one is open.
pub(super) fn paste(model: &mut Model, text: &str) {
    if let Some(mut prompt) = model.prompt.take() {
        prompt.text.paste(text);
        apply(model, &prompt);
        model.prompt = Some(prompt);
    }
}

/// Filters follow what is typed, letter by letter.
fn apply(model: &mut Model, prompt: &Prompt) {
    match &prompt.kind {
        PromptKind::Filter(_) if model.table.filter != prompt.text.value => {
            model.table.filter.clone_from(&prompt.text.value);
            model.table.rewind();
        }
        PromptKind::Events(_) => events::filter(model, &prompt.text.value),
        PromptKind::Features(_) => list::filter(model, &prompt.text.value),
        PromptKind::Help => {
            model.help = Some(HelpPlace { first_line: 0, filter: prompt.text.value.clone() });
        }
        _ => {}
    }
}

fn give_up(model: &mut Model, prompt: Prompt) {
    match prompt.kind {
        PromptKind::Filter(before) => {
            let table = &mut model.table;
            table.filter = before.filter;
            table.selected = before.selected;
            table.held = before.held;
            table.first_row = before.first_row;
        }
        PromptKind::Events(before) => (model.events_filter, model.events) = *before,
        PromptKind::Features(before) => model.list = Some(*before),
        PromptKind::Help => model.help = Some(HelpPlace::default()),
        PromptKind::Time
        | PromptKind::Event
        | PromptKind::Percent
        | PromptKind::Field
        | PromptKind::Command => {}
    }
}

fn accept(model: &mut Model, prompt: Prompt, effects: &mut Vec<Effect>) {
    let text = &prompt.text.value;
    let target = match prompt.kind {
        // A filter that was dropped stood there to be replaced, and is taken as it is.
        PromptKind::Events(_) => return events::filter(model, text),
        PromptKind::Filter(_) | PromptKind::Features(_) | PromptKind::Help => return,
        PromptKind::Time => {
            let snapshot = model.snapshot.as_ref();
            let now = snapshot.and_then(|s| s.transport.as_of.or(s.timeline.start));
            typed_time::moment(text, now).map(Target::Time)
        }
        PromptKind::Event => match goto::event(text) {
            Ok(number) => return replay::seek_event(model, number, effects),
            Err(error) => Err(error),
        },
        PromptKind::Percent => goto::percent(text).map(Target::Percent),
        PromptKind::Command => match line_command::read(text) {
            Ok(LineCommand::SaveTest(name)) => return explain::save_test(model, name, effects),
            Ok(LineCommand::Quit) => return effects.push(Effect::Quit { keep_screen: false }),
            Err(error) => Err(error),
        },
        PromptKind::Field => match explain::by_field(model, text) {
            Ok(()) => return,
            Err(error) => Err(error),
        },
    };
    match target {
        Ok(target) => replay::seek(model, target, effects),
        Err(error) => model.prompt = Some(Prompt { error: Some(error), ..prompt }),
    }
}

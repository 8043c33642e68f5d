//! What each action of the command table does to the model. It must not know keys.

use crate::session::protocol::Command;
use crate::session::snapshot::{State, Tone};

use super::super::message::Effect;
use super::super::model::{EventsPlace, HelpPlace, Model, Pending, PromptKind};
use super::{events, list, navigate, notice, prompt, replay, table};
use crate::ui::draw::layout::{View, Zoom};
use crate::ui::input::command::{Action, Context};

/// Carries an action out, `count` times where that means something.
pub(super) fn run(
    model: &mut Model,
    action: Action,
    count: Option<u32>,
    effects: &mut Vec<Effect>,
) {
    if replay::run(model, action, count, effects) || motion(model, action, count) {
        return;
    }
    match action {
        Action::Filter => match model.context() {
            Context::Help => navigate::open(model, PromptKind::Help),
            Context::Features => prompt::open_list(model),
            _ => prompt::open_filter(model),
        },
        Action::Sort => table::sort_by_column(model),
        Action::Reverse => table::reverse(model),
        Action::SortByKey => table::sort_by(model, crate::session::protocol::SortBy::Key),
        Action::SortByRecent => table::sort_by(model, crate::session::protocol::SortBy::Recent),
        Action::Layout => table::toggle_layout(model),
        Action::NextScope => table::step_scope(model, 1),
        Action::PreviousScope => table::step_scope(model, -1),
        Action::Detail => toggle_zoom(model, Zoom::Detail),
        Action::Zoom => toggle_zoom(model, Zoom::Main),
        Action::SeekSelected => replay::seek_selected(model, effects),
        Action::NextProblem => events::step_problem(model, 1),
        Action::PreviousProblem => events::step_problem(model, -1),
        Action::Editor => editor(model, effects),
        Action::Reload => effects.push(Effect::Send(Command::Reload)),
        Action::Features => list::toggle(model),
        Action::FeatureGo => list::go(model),
        Action::FeatureHide => list::hide(model),
        Action::FeatureOnly => list::only(model),
        Action::FeatureAll => list::all(model),
        Action::Values => navigate::show(model, View::Values),
        Action::Events => navigate::show(model, View::Events),
        Action::Config => navigate::show(model, View::Config),
        Action::NextView => navigate::show(model, model.view.step(1)),
        Action::PreviousView => navigate::show(model, model.view.step(-1)),
        Action::Help => {
            model.help = if model.help.is_some() { None } else { Some(HelpPlace::default()) };
        }
        Action::Mouse => {
            model.mouse = !model.mouse;
            effects.push(Effect::SetMouse(model.mouse));
            let words =
                if model.mouse { "mouse on" } else { "mouse off: the terminal selects text" };
            model.remark = Some((Tone::Note, words.into()));
        }
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Suspend => effects.push(Effect::Suspend),
        Action::Close => close(model, effects),
        Action::Back
            if model.help.take().is_some() || model.list.take().is_some() || unzoom(model) => {}
        Action::Back => effects.push(Effect::Quit { keep_screen: false }),
        Action::QuitKeeping => effects.push(Effect::Quit { keep_screen: true }),
        Action::Interrupt if model.quit_armed => effects.push(Effect::Quit { keep_screen: false }),
        Action::Interrupt => {
            model.quit_armed = true;
            model.prompt = None;
            model.pending = Pending::default();
            model.remark = Some((Tone::Note, "ctrl-c again quits".into()));
        }
        _ => {}
    }
}

/// Moves whatever is in front: the help, the list of features, the table, the list of events, the
/// config.
fn motion(model: &mut Model, action: Action, count: Option<u32>) -> bool {
    let areas = model.areas();
    let context = model.context();
    let page = match context {
        Context::Help => areas.help_rows(),
        Context::Features => areas.list_rows(),
        Context::Values => model.table_rows(),
        Context::Events => model.event_rows(),
        Context::Config => areas.config_rows(),
    };
    let page = page.max(1) as i64;
    let times = i64::from(count.unwrap_or(1).max(1));
    let rows = match action {
        Action::Up => -times,
        Action::Down => times,
        Action::PageUp => -page * times,
        Action::PageDown => page * times,
        Action::HalfUp => -(page / 2).max(1) * times,
        Action::HalfDown => (page / 2).max(1) * times,
        Action::Top => i64::MIN,
        Action::Bottom => i64::MAX,
        Action::Left | Action::Right => {
            let right = action == Action::Right;
            match context {
                Context::Features => list::open(model, right),
                Context::Values => table::move_column(model, if right { times } else { -times }),
                Context::Help | Context::Events | Context::Config => {}
            }
            return true;
        }
        _ => return false,
    };
    match context {
        Context::Help => {
            if let Some(help) = &mut model.help {
                help.first_line = help.first_line.saturating_add_signed(rows as isize);
            }
        }
        Context::Features => list::move_line(model, rows),
        Context::Values => table::move_row(model, rows),
        Context::Events => events::move_event(model, rows),
        Context::Config => events::scroll_config(model, rows),
    }
    true
}

fn toggle_zoom(model: &mut Model, zoom: Zoom) {
    model.zoom = if model.zoom == zoom { Zoom::None } else { zoom };
}

fn unzoom(model: &mut Model) -> bool {
    std::mem::replace(&mut model.zoom, Zoom::None) != Zoom::None
}

/// Closes the innermost thing that is open; one a call.
fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.pending.count.take().is_some() || model.help.take().is_some() || list::close(model) {
        return;
    }
    let transport = model.snapshot.as_ref().map(|snapshot| &snapshot.transport);
    if transport.is_some_and(|transport| matches!(transport.state, State::Seeking { .. })) {
        effects.push(Effect::Send(Command::Cancel));
        return;
    }
    if unzoom(model) {
        return;
    }
    if model.view == View::Events && model.events != EventsPlace::default() {
        model.events = EventsPlace::default();
    } else if model.view == View::Values && !model.table.filter.is_empty() {
        model.table.filter.clear();
        model.table.first_row = 0;
    } else {
        notice::dismiss(model);
    }
}

/// Opens the config at the selected line of the list of features, at the selected fault, at the
/// selected output's feature, or at its start.
fn editor(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(snapshot) = &model.snapshot else { return };
    if snapshot.config.path.is_none() {
        let words = "the built-in config has no file; start with a config of your own to edit it";
        model.remark = Some((Tone::Note, words.into()));
        return;
    }
    let entry = list::selected_line(model);
    let problem = events::problem_place(model).filter(|_| model.view == View::Config);
    let (line, column) = match (entry, problem, model.view, &snapshot.detail) {
        (Some(line), ..) => (line, 1),
        (None, Some(place), ..) => (place.line, place.column),
        (None, None, View::Config, _) => (model.config.first_line + 1, 1),
        (None, None, _, Some(detail)) => (detail.line.max(1), 1),
        (None, None, _, None) => (1, 1),
    };
    effects.push(Effect::OpenEditor { line, column });
}

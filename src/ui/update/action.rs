//! What each action of the command table does to the model.

use crate::session::protocol::{Command, ConfigEdit, SortBy};
use crate::session::snapshot::{Snapshot, State, Tone};

use super::super::message::Effect;
use super::super::model::{HelpPlace, Model, Pending, PromptKind};
use super::pressed::Pressed;
use super::{explain, list, navigate, notice, prompt, replay};
use crate::ui::draw::layout::ViewId;
use crate::ui::input::command::{Action, Context};
use crate::ui::views;
use crate::ui::views::config;
use crate::ui::views::events::EVENTS;
use crate::ui::views::explain::EXPLAIN;
use crate::ui::views::values::table;

/// Carries an action out, `count` times where that means something.
pub(super) fn run(
    model: &mut Model,
    action: Action,
    count: Option<u32>,
    effects: &mut Vec<Effect>,
) {
    let pressed = Pressed { action, count };
    if replay::run(model, pressed, effects)
        || explain::run(model, pressed, effects)
        || motion(model, pressed)
    {
        return;
    }
    match action {
        Action::Filter => match model.context() {
            Context::Help => navigate::open(model, PromptKind::Help),
            Context::Features => prompt::open_list(model),
            Context::View(EVENTS) => prompt::open_events(model),
            Context::View(_) => prompt::open_filter(model),
        },
        Action::Sort => table::sort_by_column(model),
        Action::Reverse => table::reverse(model),
        Action::SortByKey => table::sort_by(model, SortBy::Key),
        Action::SortByRecent => table::sort_by(model, SortBy::Recent),
        Action::Layout => table::toggle_layout(model),
        Action::NextScope => table::step_scope(model, 1),
        Action::PreviousScope => table::step_scope(model, -1),
        Action::Zoom => toggle_zoom(model, model.view),
        Action::SeekSelected => replay::seek_selected(model, effects),
        Action::NextProblem => config::step_problem(model, 1),
        Action::PreviousProblem => config::step_problem(model, -1),
        Action::Editor => editor(model, effects),
        Action::UndoEdit => effects.push(Effect::Send(Command::EditConfig(ConfigEdit::Undo))),
        Action::Reload => effects.push(Effect::Send(Command::Reload)),
        Action::Features => list::toggle(model),
        Action::FeatureGo => list::go(model),
        Action::FeatureHide => list::hide(model),
        Action::FeatureOnly => list::only(model),
        Action::FeatureAll => list::all(model),
        Action::Show(view) => navigate::show(model, view),
        Action::NextView => navigate::show(model, views::step(model.view, 1)),
        Action::PreviousView => navigate::show(model, views::step(model.view, -1)),
        Action::CommandLine => navigate::open(model, PromptKind::Command),
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
            if model.help.take().is_some()
                || model.list.take().is_some()
                || close_event(model)
                || unzoom(model) => {}
        Action::Back if model.view == EXPLAIN => crate::ui::views::explain::back(model),
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

/// Moves whatever is in front: the help, the list of features, or the view.
fn motion(model: &mut Model, pressed: Pressed) -> bool {
    let areas = model.areas();
    let context = model.context();
    let page = match context {
        Context::Help => areas.help_rows(),
        Context::Features => areas.list_rows(),
        Context::View(view) => views::get(view).page(model),
    };
    let page = page.max(1) as i64;
    let times = pressed.times();
    let rows = match pressed.action {
        Action::Up => -times,
        Action::Down => times,
        Action::PageUp => -page * times,
        Action::PageDown => page * times,
        Action::HalfUp => -(page / 2).max(1) * times,
        Action::HalfDown => (page / 2).max(1) * times,
        Action::Top => i64::MIN,
        Action::Bottom => i64::MAX,
        Action::Left | Action::Right => {
            let right = pressed.action == Action::Right;
            match context {
                Context::Features => list::open(model, right),
                Context::View(view) => {
                    views::get(view).move_columns(model, if right { times } else { -times });
                }
                Context::Help => {}
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
        Context::View(view) => views::get(view).move_rows(model, rows),
    }
    true
}

/// Gives a view the whole body, or takes it back.
fn toggle_zoom(model: &mut Model, view: ViewId) {
    model.zoom = if model.zoom == Some(view) { None } else { Some(view) };
}

fn close_event(model: &mut Model) -> bool {
    model.view == EVENTS && model.event.take().is_some()
}

fn unzoom(model: &mut Model) -> bool {
    model.zoom.take().is_some()
}

/// Closes the innermost thing that is open; one a call.
fn close(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.pending.count.take().is_some() || model.help.take().is_some() || list::close(model) {
        return;
    }
    let is_at_work = |snapshot: &Snapshot| {
        matches!(snapshot.transport.state, State::Seeking { .. }) || snapshot.config.saves_test
    };
    if model.snapshot.as_deref().is_some_and(is_at_work) {
        effects.push(Effect::Send(Command::Cancel));
        return;
    }
    if close_event(model) || unzoom(model) {
        return;
    }
    if !views::get(model.view).reset(model) {
        notice::dismiss(model);
    }
}

/// Opens the config at the selected line of the list of features, at the place of the view in
/// front, at the selected output's feature, or at its start. The built-in config is written to a
/// file first, and opened once it is there.
pub(super) fn editor(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(snapshot) = &model.snapshot else { return };
    model.opens_example = snapshot.config.path.is_none();
    if model.opens_example {
        effects.push(Effect::Send(Command::EditConfig(ConfigEdit::WriteExample)));
        return;
    }
    let listed = list::selected_line(model).map(|line| (line, 1));
    let feature = snapshot.detail.as_ref().map(|detail| (detail.line.max(1), 1));
    let place = listed.or_else(|| views::get(model.view).editor_place(model)).or(feature);
    let (line, column) = place.unwrap_or((1, 1));
    effects.push(Effect::OpenEditor { line, column });
}

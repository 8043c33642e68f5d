//! Navigation: a view brought to the front, a line opened to be typed.

use crate::ui::draw::layout::ViewId;
use crate::ui::input::line_edit::Text;
use crate::ui::model::{Model, Prompt, PromptKind};

use super::notice;
use crate::ui::views;

/// Brings a view to the front.
pub(super) fn show(model: &mut Model, view: ViewId) {
    if model.view != view {
        model.view = view;
        model.zoom = None;
        views::get(view).shown(model);
    }
}

/// Begins to type a place, or a filter of the help.
pub(super) fn open(model: &mut Model, kind: PromptKind) {
    let text = match (&kind, &model.help) {
        (PromptKind::Help, Some(help)) => Text::selected(help.filter.clone()),
        _ => Text::default(),
    };
    begin(model, kind, text);
}

/// Begins to type, where a message stands, which does not come back afterwards.
pub(super) fn begin(model: &mut Model, kind: PromptKind, text: Text) {
    notice::dismiss_for_prompt(model);
    model.prompt = Some(Prompt { kind, text, error: None });
}

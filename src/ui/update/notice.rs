//! Notices: closing what the session has said.

use crate::session::snapshot::Tone;
use crate::ui::model::Model;

/// Closes the session's notice if it is one that passes by itself.
pub(in crate::ui) fn dismiss_passing(model: &mut Model) {
    let notice = model.snapshot.as_ref().and_then(|snapshot| snapshot.notice.as_ref());
    if notice.is_some_and(|notice| matches!(notice.tone, Tone::Good | Tone::Note)) {
        dismiss(model);
    }
}

/// Closes the session's notice unless it says that something failed: a prompt takes its line.
pub(in crate::ui) fn dismiss_for_prompt(model: &mut Model) {
    let notice = model.snapshot.as_ref().and_then(|snapshot| snapshot.notice.as_ref());
    if notice.is_some_and(|notice| notice.tone != Tone::Error) {
        dismiss(model);
    }
}

/// Closes the session's notice.
pub(in crate::ui) fn dismiss(model: &mut Model) {
    if let Some(notice) = model.snapshot.as_ref().and_then(|s| s.notice.as_ref()) {
        model.dismissed = notice.number;
    }
}

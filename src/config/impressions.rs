//! The section `impressions`, and the setters of its members, which the settings of Metarank share.

use crate::base::events::ImpressionSettings;
use crate::diagnostic::Faults;

use super::members::{Members, Slot};
use super::node::Node;
use super::vocabulary::IMPRESSIONS;

pub(super) fn impressions(node: &Node, settings: &mut ImpressionSettings, faults: &mut Faults) {
    let Some(members) = Members::read(node, "`impressions`", &[IMPRESSIONS], faults) else {
        return;
    };
    set_enabled(members.get("enabled"), settings, faults);
    set_name(members.get("name"), settings, faults);
    set_session(members.get("session"), settings, faults);
}

pub(super) fn set_enabled(
    slot: Option<Slot<'_>>,
    settings: &mut ImpressionSettings,
    faults: &mut Faults,
) {
    if let Some(enabled) = slot.and_then(|slot| slot.flag(faults)) {
        settings.enabled = enabled;
    }
}

pub(super) fn set_name(
    slot: Option<Slot<'_>>,
    settings: &mut ImpressionSettings,
    faults: &mut Faults,
) {
    if let Some(name) = slot.and_then(|slot| slot.text(faults)) {
        settings.name = name.value;
    }
}

pub(super) fn set_session(
    slot: Option<Slot<'_>>,
    settings: &mut ImpressionSettings,
    faults: &mut Faults,
) {
    if let Some(session) = slot.and_then(|slot| slot.duration(faults)) {
        settings.session = session.value;
    }
}

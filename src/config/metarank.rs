//! Metarank's own sections: which settings are read, and which are skipped.

use crate::base::events::ImpressionSettings;
use crate::diagnostic::{Faults, codes};

use super::document::{Document, Mention};
use super::impressions::{set_enabled, set_name, set_session};
use super::members::{Members, Slot};
use super::node::{Entry, Node, Value};
use super::vocabulary::{Kind, Member};

/// Metarank's `core.clickthrough.maxSessionLength`; the same as `impressions.session`.
static MAX_SESSION_LENGTH: Member =
    Member::optional("maxSessionLength", Kind::Positive, "as `impressions.session`");

/// Metarank's `bootstrap.syntheticImpression.enabled`; the same as `impressions.enabled`.
static SYNTHETIC_ENABLED: Member =
    Member::optional("enabled", Kind::Flag, "as `impressions.enabled`");

/// Metarank's `bootstrap.syntheticImpression.eventName`; the same as `impressions.name`.
static SYNTHETIC_NAME: Member =
    Member::optional("eventName", Kind::Interaction, "as `impressions.name`");

/// A setting that is read: a member of a part of a section, and the member of `impressions` that
/// means the same and takes precedence.
struct Setting {
    section: &'static str,
    part: &'static str,
    member: &'static Member,
    own: &'static str,
    set: fn(Option<Slot<'_>>, &mut ImpressionSettings, &mut Faults),
}

/// All settings that are read.
static FOLLOWED: [Setting; 3] = [
    Setting {
        section: "core",
        part: "clickthrough",
        member: &MAX_SESSION_LENGTH,
        own: "session",
        set: set_session,
    },
    Setting {
        section: "bootstrap",
        part: "syntheticImpression",
        member: &SYNTHETIC_ENABLED,
        own: "enabled",
        set: set_enabled,
    },
    Setting {
        section: "bootstrap",
        part: "syntheticImpression",
        member: &SYNTHETIC_NAME,
        own: "name",
        set: set_name,
    },
];

impl Setting {
    /// The setting's value in a config.
    fn find<'n>(&self, sections: &Members<'n>) -> Option<Slot<'n>> {
        let part = sections.get(self.section)?.node.get(self.part)?;
        let entry = entries(part).iter().find(|entry| entry.key.is_text(self.member.name))?;
        Some(Slot { member: self.member, key: &entry.key, node: &entry.value })
    }
}

/// The entries of a map; empty for any other value.
fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Map(entries) => entries,
        _ => &[],
    }
}

/// Copies the settings into `impressions`.
pub(super) fn settings(
    sections: &Members<'_>,
    impressions: &mut ImpressionSettings,
    faults: &mut Faults,
) {
    for setting in &FOLLOWED {
        (setting.set)(setting.find(sections), impressions, faults);
    }
}

/// Reports which of Metarank's sections are read and which are not, and collects the features that
/// models name.
pub(super) fn report(sections: &Members<'_>, document: &mut Document, faults: &mut Faults) {
    let own = sections.get("impressions");
    let is_own = |name: &str| own.is_some_and(|slot| slot.node.get(name).is_some());
    let of = |setting: &Setting| {
        let slot = setting.find(sections).filter(|_| !is_own(setting.own))?;
        Some((slot, format!("{}.{}.{}", setting.section, setting.part, setting.member.name)))
    };
    let followed: Vec<_> = FOLLOWED.iter().filter_map(of).collect();
    if let Some((first, _)) = followed.first() {
        let words: Vec<&str> = followed.iter().map(|(_, word)| word.as_str()).collect();
        let message = format!("settings of Metarank's own that are followed: {}", words.join(", "));
        faults.add(codes::FOLLOWED.at(first.key.span.clone(), message));
    }

    let is_foreign = |slot: &Slot<'_>| matches!(slot.member.kind, Kind::Foreign);
    let mut unread = Vec::new();
    for slot in sections.all().filter(is_foreign) {
        document.is_metarank = true;
        gather_unread(&slot, &is_own, &mut unread);
    }
    if let Some((first, _)) = unread.first() {
        let words: Vec<&str> = unread.iter().map(|(_, word)| word.as_str()).collect();
        let message = format!("parts of Metarank's own are not read: {}", words.join(", "));
        faults.add(codes::SKIPPED.at(first.span.clone(), message));
        document.skipped.extend(words.into_iter().map(str::to_owned));
    }
    if let Some(models) = sections.get("models") {
        mentions(models.node, &mut document.mentions);
    }
}

/// Collects the parts of a section that are not read: all of it, or the members that are not
/// settings.
fn gather_unread<'n>(
    section: &Slot<'n>,
    is_own: &dyn Fn(&str) -> bool,
    unread: &mut Vec<(&'n Node, String)>,
) {
    let name = section.member.name;
    let parts: Vec<&str> =
        FOLLOWED.iter().filter(|setting| setting.section == name).map(|s| s.part).collect();
    if parts.is_empty() || !matches!(section.node.value, Value::Map(_)) {
        unread.push((section.key, name.to_owned()));
        return;
    }
    for Entry { key, value } in entries(section.node) {
        let part = key.scalar_text().unwrap_or_default();
        if !parts.contains(&part.as_str()) || !matches!(value.value, Value::Map(_)) {
            unread.push((key, format!("{name}.{part}")));
            continue;
        }
        for Entry { key, .. } in entries(value) {
            let word = key.scalar_text().unwrap_or_default();
            let is_followed = |setting: &Setting| {
                setting.part == part && setting.member.name == word && !is_own(setting.own)
            };
            if !FOLLOWED.iter().any(is_followed) {
                unread.push((key, format!("{name}.{part}.{word}")));
            }
        }
    }
}

/// The features that models name.
fn mentions(models: &Node, found: &mut Vec<Mention>) {
    for Entry { key, value } in entries(models) {
        let Some(Value::List(features)) = value.get("features").map(|list| &list.value) else {
            continue;
        };
        let model = key.scalar_text().unwrap_or_default();
        found.extend(features.iter().filter_map(|node| {
            let feature = node.scalar_text()?;
            Some(Mention { model: model.clone(), feature, span: node.span.clone() })
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;

    fn notes(text: &str) -> Vec<(&'static str, String)> {
        let feature = "features: [{name: a, type: interaction_count, scope: x, interaction: y}]";
        let report = read("test", &format!("{text}\n{feature}")).1;
        report.diagnostics.into_iter().map(|fault| (fault.code, fault.message)).collect()
    }

    #[test]
    fn settings_that_are_read_are_reported_apart_from_those_that_are_not() {
        let session = "core: {clickthrough: {maxSessionLength: 60s}}";
        let name = "bootstrap: {syntheticImpression: {eventName: exposure}}";
        let followed = |words: &str| {
            ("followed", format!("settings of Metarank's own that are followed: {words}"))
        };
        let unread =
            |words: &str| ("skipped", format!("parts of Metarank's own are not read: {words}"));
        let both = "core.clickthrough.maxSessionLength, bootstrap.syntheticImpression.eventName";
        assert_eq!(notes(&format!("{name}\n{session}")), [followed(both)]);
        // The config's own section wins.
        assert_eq!(
            notes(&format!("impressions: {{session: 1h}}\n{session}\n{name}")),
            [
                unread("core.clickthrough.maxSessionLength"),
                followed("bootstrap.syntheticImpression.eventName")
            ]
        );
        assert_eq!(
            notes(
                "core: {clickthrough: {maxParallelSessions: 9}, tracking: {analytics: true}}\nstate: {type: memory}\n"
            ),
            [unread("core.clickthrough.maxParallelSessions, core.tracking, state")]
        );
        assert_eq!(
            notes("core: 7\nbootstrap: {syntheticImpression: x}\nmodels:"),
            [unread("core, bootstrap.syntheticImpression, models")]
        );
    }
}

//! The settings of a feature, each with the place that sets it.

use std::ops::Range;

use crate::config::{
    Body, Condition, Document, Feature, Group, Length, Past, Prior, Spanned, Windows,
};
use crate::plan::{FeatureId, Plan, describe};

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the config.
    pub name: &'static str,
    /// Its value, as the config writes it.
    pub value: String,
    /// What sets it.
    pub origin: Origin,
}

/// What sets a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The feature, on this line of the config, from 1.
    Feature(usize),
    /// The feature, somewhere in the entry that starts on this line.
    Entry(usize),
    /// The section `defaults`, on this line.
    Defaults(usize),
    /// Another section of the config, on this line.
    Section(usize),
    /// Nothing in the config: it is what the language says.
    BuiltIn,
}

/// The settings of a feature, in the order in which a config writes them.
pub(super) fn settings(
    plan: &Plan,
    document: &Document,
    text: &str,
    feature: FeatureId,
) -> Vec<Setting> {
    let compiled = &plan.features[feature.0];
    let Some(declared) = document.features.get(feature.0) else { return Vec::new() };
    let mut list = List { text, document, entry: declared.line, settings: Vec::new() };
    list.body(declared);
    let built_in = |value: String| (value, Origin::BuiltIn);
    for (name, set, value) in
        [("refresh", &declared.refresh, compiled.refresh), ("ttl", &declared.ttl, compiled.ttl)]
    {
        let (value, origin) = set.as_ref().map_or_else(
            || built_in(value.to_string()),
            |set| (set.value.to_string(), list.of(&set.span)),
        );
        list.settings.push(Setting { name, value, origin });
    }
    list.settings
}

/// The settings of a feature, while they are collected.
struct List<'c> {
    text: &'c str,
    document: &'c Document,
    /// The line of the feature's entry.
    entry: usize,
    settings: Vec<Setting>,
}

impl List<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.get(..span.start).unwrap_or_default();
        before.bytes().filter(|byte| *byte == b'\n').count() + 1
    }

    /// The origin of what a feature or the defaults set.
    fn of(&self, span: &Range<usize>) -> Origin {
        let defaults = &self.document.defaults;
        let spans = [&defaults.refresh, &defaults.ttl, &defaults.bucket];
        let is_default = spans.into_iter().flatten().any(|known| known.span == *span);
        let line = self.line(span);
        if is_default { Origin::Defaults(line) } else { Origin::Feature(line) }
    }

    /// A setting with its span.
    fn at<T>(&mut self, name: &'static str, set: &Spanned<T>, value: impl Into<String>) {
        let origin = self.of(&set.span);
        self.settings.push(Setting { name, value: value.into(), origin });
    }

    /// A setting of the feature whose span is not known: it is somewhere in the entry.
    fn entry(&mut self, name: &'static str, value: impl Into<String>) {
        let origin = Origin::Entry(self.entry);
        self.settings.push(Setting { name, value: value.into(), origin });
    }

    fn built_in(&mut self, name: &'static str, value: &str) {
        let setting = Setting { name, value: value.to_owned(), origin: Origin::BuiltIn };
        self.settings.push(setting);
    }

    fn body(&mut self, declared: &Feature) {
        self.entry("type", declared.body.word());
        match &declared.body {
            Body::InteractionCount { group, interaction } => {
                self.at("interaction", interaction, &interaction.value);
                self.group(group);
            }
            Body::WindowCount { group, interaction, windows } => {
                self.at("interaction", interaction, &interaction.value);
                self.group(group);
                self.windows("periods", windows);
            }
            Body::Rate { group, top, bottom, windows, normalize } => {
                self.at("top", top, &top.value);
                self.at("bottom", bottom, &bottom.value);
                self.group(group);
                self.windows("periods", windows);
                if let Some(weight) = normalize {
                    self.entry("normalize", format!("weight {weight}"));
                }
            }
            Body::Counter { group, interactions, aggregate, value, percentiles, most, past } => {
                match interactions.as_deref() {
                    Some([first, ..]) => {
                        let names = interactions.iter().flatten().map(|name| name.value.as_str());
                        let names: Vec<&str> = names.collect();
                        self.at("interaction", first, names.join(", "));
                    }
                    _ => self.built_in("interaction", "any"),
                }
                self.group(group);
                match aggregate {
                    Some(aggregate) => self.at("aggregate", aggregate, &aggregate.value),
                    None => self.built_in("aggregate", "count"),
                }
                if let Some(value) = value {
                    self.at("value", value, &value.value);
                }
                if let Some(most) = most {
                    self.at("k", most, most.value.to_string());
                }
                if let Some(percentiles) = percentiles {
                    let each = percentiles.value.iter().map(|one| f64::from(one.value) / 1000.0);
                    let each: Vec<String> = each.map(|one| one.to_string()).collect();
                    self.at("percentile", percentiles, each.join(", "));
                }
                self.past(past);
            }
            Body::Ratio { top, bottom, default, prior } => {
                self.at("top", top, &top.value);
                self.at("bottom", bottom, &bottom.value);
                if let Some(default) = default {
                    self.entry("default", default.to_string());
                }
                if let Some(Prior { rate, weight }) = prior {
                    let rate = rate.as_ref();
                    let rate = rate.map_or_else(|| "global".to_owned(), |it| it.value.to_string());
                    self.entry("prior", format!("rate {rate}, weight {weight}"));
                }
            }
        }
    }

    fn group(&mut self, group: &Group) {
        let scope = group.scope.value.join(", ");
        let scope = if scope.is_empty() { "global".to_owned() } else { scope };
        self.at("scope", &group.scope, scope);
        if group.explode {
            self.entry("explode", "true");
        }
        if let Some(filter) = &group.filter {
            let value = describe::declared(&filter.plain());
            match filter.0.first() {
                Some(Condition::Compare { key, .. }) => {
                    let origin = self.of(key);
                    self.settings.push(Setting { name: "where", value, origin });
                }
                _ => self.entry("where", value),
            }
        }
    }

    fn windows(&mut self, name: &'static str, windows: &Windows) {
        self.at("bucket", &windows.bucket, windows.bucket.value.to_string());
        self.lengths(name, &windows.lengths);
        if let Some(align) = &windows.align {
            self.at("align", align, align.value.name().to_lowercase());
        }
        if let Some(offset) = &windows.offset {
            self.at("offset", offset, offset.value.to_string());
        }
        if let Some(zone) = &self.document.timezone {
            let (value, line) = (zone.value.to_string(), self.line(&zone.span));
            self.settings.push(Setting { name: "timezone", value, origin: Origin::Section(line) });
        }
    }

    /// A list of lengths, or a single one.
    fn lengths<T: ToString>(&mut self, name: &'static str, lengths: &[Length<T>]) {
        let Some(first) = lengths.first() else { return };
        let written =
            |length: &Length<T>| length.suffix.clone().unwrap_or_else(|| length.value.to_string());
        let values: Vec<String> = lengths.iter().map(written).collect();
        let (value, origin) = (values.join(", "), self.of(&first.span));
        self.settings.push(Setting { name, value, origin });
    }

    fn past(&mut self, past: &Past) {
        match past {
            Past::Lifetime => self.built_in("windows", "none: the whole past"),
            Past::Windows(windows, kind) => {
                self.windows("windows", windows);
                match kind {
                    Some(kind) => self.at("window", kind, kind.value),
                    None => self.built_in("window", "bucketed"),
                }
            }
            Past::Decay(half_lives) => self.lengths("half_life", half_lives),
        }
    }
}

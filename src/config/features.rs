//! The reader of `features`: the type of each entry decides which members it may have. Names of
//! other features are not resolved here.

use std::ops::Range;

use crate::diagnostic::{Faults, codes};

use super::document::{Body, Defaults, Document, Entry, Feature, Group, Past, Prior, Spanned};
use super::filters;
use super::matrix::{self, Expanded};
use super::members::{Members, Slot};
use super::node::{Node, Value};
use super::vocabulary::{EVERY, FeatureType, Kind, METARANK_TYPES, TYPES};
use super::{partial, types};

/// Reads the list of features into the document; `None` where the config has no such section.
pub(super) fn read(slot: Option<Slot<'_>>, document: &mut Document, faults: &mut Faults) {
    let help = "add a feature: `- {name: clicks, type: interaction_count, scope: item, \
                interaction: click}`";
    let Some(slot) = slot else {
        // If there are other faults, `features` is probably there but misspelt.
        if faults.errors() == 0 {
            let fault = codes::NO_FEATURES.at_all([], "the config has no `features`");
            faults.add(fault.help(help));
        }
        return;
    };
    let entries = match &slot.node.value {
        Value::List(entries) => entries.as_slice(),
        Value::Null => &[],
        _ => return slot.refuse(slot.node, faults),
    };
    let mut skipped = Skipped::default();
    for entry in entries {
        document.entries.push(Entry {
            name: entry.get("name").and_then(Node::scalar_text).unwrap_or_default(),
            line: entry.line,
            is_matrix: entry.get("matrix").is_some(),
        });
        document.labels.extend(matrix::labels_of_scope(entry));
        for expanded in matrix::expand(entry, faults) {
            faults.set_within(expanded.combination.clone());
            read_entry(&expanded, document, &mut skipped, faults);
            // The first combination of a matrix reports all of its faults, the others only new
            // ones.
            faults.set_once(true);
        }
        faults.set_once(false);
        faults.set_within(None);
    }
    skipped.report(document, faults);
    if document.features.is_empty() && faults.errors() == 0 {
        let fault = codes::NO_FEATURES.at(slot.key.span.clone(), "`features` has no counter");
        faults.add(fault.help(help));
    }
}

/// The parts of `features` that belong to Metarank and are skipped.
#[derive(Default)]
struct Skipped {
    /// Features that are not counters: the span of the type, the name, the type.
    features: Vec<(Range<usize>, String, String)>,
    /// Members that have no effect: the span, the feature, the member.
    members: Vec<(Range<usize>, String, &'static str)>,
}

impl Skipped {
    /// Reports what is skipped.
    fn report(self, document: &mut Document, faults: &mut Faults) {
        if let Some((first, ..)) = self.features.first() {
            let words: Vec<String> =
                self.features.iter().map(|(_, name, kind)| format!("{name} ({kind})")).collect();
            let message =
                format!("features that are not counters are not read: {}", words.join(", "));
            faults.add(codes::SKIPPED.at(first.clone(), message));
            document.skipped.extend(words);
            document.is_metarank = true;
        }
        document.others.extend(self.features.into_iter().map(|(_, name, _)| name));
        if let Some((first, _, member)) = self.members.first() {
            let mut names: Vec<&str> =
                self.members.iter().map(|(_, name, _)| name.as_str()).collect();
            names.dedup();
            let message = format!(
                "`{member}` is not followed, as Metarank's server does not follow it either: {}",
                names.join(", ")
            );
            faults.add(codes::SKIPPED.at(first.clone(), message));
            document.is_metarank = true;
        }
    }
}

/// Reads one entry: a valid feature, a broken one, or one that is not a counter.
fn read_entry(
    expanded: &Expanded,
    document: &mut Document,
    skipped: &mut Skipped,
    faults: &mut Faults,
) {
    let before = faults.errors();
    let Expanded { entry, combination } = expanded;
    let feature = read_feature(entry, &document.defaults, skipped, faults);
    match feature {
        Some(feature) if faults.errors() == before => {
            let (entry, combination) = (document.entries.len() - 1, combination.clone());
            document.features.push(Feature { entry, combination, ..feature });
        }
        _ if faults.errors() > before => {
            document.broken.extend(entry.get("name").and_then(Node::scalar_text));
            document.partial.extend(partial::read(expanded));
        }
        _ => {}
    }
}

fn read_feature(
    entry: &Node,
    defaults: &Defaults,
    skipped: &mut Skipped,
    faults: &mut Faults,
) -> Option<Feature> {
    if !matches!(entry.value, Value::Map(_)) {
        let message = format!("a feature is a map of members, not {}", entry.kind());
        let help = "write it as `- {name: …, type: …}`";
        faults.add(codes::WRONG_KIND.at(entry.span.clone(), message).help(help));
        return None;
    }
    let Some(word) = entry.get("type") else {
        // Without a type only the members common to all features are known, so the only fault to
        // report is that `type` is missing or misspelt.
        if let Some((key, word)) = types::misspelt(entry) {
            let fault = codes::UNKNOWN_MEMBER.at(key, format!("a feature has no `{word}`"));
            faults.add(fault.help("did you mean `type`?"));
            return None;
        }
        let names: Vec<_> = TYPES.iter().map(|kind| kind.name).collect();
        let at = entry.get("name").map_or(&entry.span, |name| &name.span);
        let fault = codes::MISSING_MEMBER.at(at.clone(), "the feature needs a `type`");
        faults.add(fault.help(format!("add `type:` with one of {}", names.join(", "))));
        return None;
    };
    let name = word.scalar_text().unwrap_or_default();
    if METARANK_TYPES.contains(&name.as_str()) {
        let own = entry.get("name").and_then(Node::scalar_text).unwrap_or_default();
        skipped.features.push((word.span.clone(), own, name));
        return None;
    }
    let Some(kind) = TYPES.iter().find(|kind| kind.name == name) else {
        types::unknown(word, &name, faults);
        return None;
    };
    let tables: Vec<_> = [EVERY].into_iter().chain(kind.members.iter().copied()).collect();
    let members = Members::read(entry, kind.with_article(), &tables, faults)?;
    let reader = Reader { members, kind, defaults };
    let name = reader.name(faults);
    let foreign = reader.members.all().filter(|slot| matches!(slot.member.kind, Kind::Foreign));
    skipped.members.extend(foreign.map(|slot| {
        let name = name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
        (slot.key.span.clone(), name, slot.member.name)
    }));
    let refresh = reader.members.get("refresh").and_then(|slot| slot.duration(faults));
    let ttl = reader.members.get("ttl").and_then(|slot| slot.duration(faults));
    let description = reader.members.get("description").and_then(|slot| slot.text(faults));
    let body = reader.body(faults);
    Some(Feature {
        name: name?,
        line: entry.line,
        entry: 0,
        combination: None,
        refresh: refresh.or_else(|| defaults.refresh.clone()),
        ttl: ttl.or_else(|| defaults.ttl.clone()),
        description: description.map(|text| text.value),
        body: body?,
    })
}

/// The members of one feature while it is read. A value counts only if reading it added no fault.
pub(super) struct Reader<'n> {
    pub(super) members: Members<'n>,
    kind: &'static FeatureType,
    pub(super) defaults: &'n Defaults,
}

impl Reader<'_> {
    fn body(&self, faults: &mut Faults) -> Option<Body> {
        Some(match self.kind.name {
            "interaction_count" => {
                let (group, interaction) = (self.group(faults), self.text("interaction", faults));
                Body::InteractionCount { group: group?, interaction: interaction? }
            }
            "window_count" => {
                let (group, interaction) = (self.group(faults), self.text("interaction", faults));
                let windows = self.windows("periods", false, faults);
                Body::WindowCount { group: group?, interaction: interaction?, windows: windows? }
            }
            "rate" => {
                let (group, windows) = (self.group(faults), self.windows("periods", false, faults));
                let (top, bottom) = (self.text("top", faults), self.text("bottom", faults));
                let normalize = self.normalize(faults);
                Body::Rate {
                    group: group?,
                    top: top?,
                    bottom: bottom?,
                    windows: windows?,
                    normalize,
                }
            }
            "counter" => self.counter(faults)?,
            _ => {
                let (top, bottom) = (self.text("top", faults), self.text("bottom", faults));
                let default = self.members.get("default").and_then(|slot| slot.number(faults));
                let prior = self.prior(faults);
                Body::Ratio { top: top?, bottom: bottom?, default, prior }
            }
        })
    }

    fn counter(&self, faults: &mut Faults) -> Option<Body> {
        let group = self.group(faults);
        let interactions = self.members.get("interaction").and_then(|slot| {
            let (elements, _) = slot.elements(faults)?;
            Some(elements.iter().filter_map(|node| slot.text_of(node, faults)).collect())
        });
        let aggregate = self.members.get("aggregate").and_then(|slot| slot.text(faults));
        let value = self.members.get("value").and_then(|slot| slot.text(faults));
        let percentiles = match self.members.get("percentile") {
            Some(slot) => slot.percentiles(faults).map(Some),
            None => Some(None),
        };
        let most = match self.members.get("k") {
            Some(slot) => slot.most(faults).map(Some),
            None => Some(None),
        };
        let past = self.past(faults);
        let (percentiles, most, past) = (percentiles?, most?, past?);
        let group = group?;
        Some(Body::Counter { group, interactions, aggregate, value, percentiles, most, past })
    }

    /// Windows, half-lives, or neither.
    fn past(&self, faults: &mut Faults) -> Option<Past> {
        let (windows, half_life) = (self.members.get("windows"), self.members.get("half_life"));
        if let (Some(windows), Some(half_life)) = (windows, half_life) {
            let message = format!("`{}` and `half_life` exclude each other", windows.written());
            let fault = codes::CONFLICTING_MEMBERS
                .at(half_life.key.span.clone(), message)
                .label(windows.key.span.clone(), "")
                .help("keep one, and make a second feature with the other");
            faults.add(fault);
            // Report the other faults of both as well.
            half_life.durations(faults);
            let bucket = self.members.get("bucket").and_then(|slot| slot.duration(faults));
            let bucket = bucket.or_else(|| self.defaults.bucket.clone());
            windows.windows(bucket.map(|bucket| bucket.value), faults);
            return None;
        }
        if windows.is_some() {
            let word = self.members.get("window").map(|slot| slot.word(faults));
            let is_rolling = matches!(&word, Some(Some(Spanned { value: "rolling", .. })));
            let windows = self.windows("windows", is_rolling, faults)?;
            let word = word.map_or(Some(None), |word| word.map(Some))?;
            return Some(Past::Windows(windows, word));
        }
        for name in ["window", "bucket", "align", "offset"] {
            let alone = self.members.get(name).filter(|_| !self.members.is_misspelt("windows"));
            if let Some(slot) = alone {
                let name = slot.written();
                let (message, help) = match half_life {
                    None if !slot.is_word() && name == "window" => (
                        "`window` says how windows lie, not how long they are".to_owned(),
                        "did you mean `windows`?",
                    ),
                    Some(_) => (
                        format!("`{name}` has no effect with `half_life`"),
                        "remove it, or write `windows` in place of `half_life`",
                    ),
                    None => (
                        format!("`{name}` has no effect without `windows`"),
                        "add `windows: [1h, 7d]`, or remove it",
                    ),
                };
                let fault = codes::CONFLICTING_MEMBERS.at(slot.key.span.clone(), message);
                faults.add(fault.help(help));
            }
        }
        match half_life {
            Some(slot) => Some(Past::Decay(slot.durations(faults)?)),
            None => Some(Past::Lifetime),
        }
    }

    fn name(&self, faults: &mut Faults) -> Option<Spanned<String>> {
        let name = self.text("name", faults)?;
        let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let Some(bad) = name.value.chars().find(|c| !is_letter(*c)) else { return Some(name) };
        let message = format!("a name cannot contain {bad:?}");
        let better: String =
            name.value.trim().chars().map(|c| if is_letter(c) { c } else { '_' }).collect();
        let help = format!("write letters, digits, `_`, `-` and `.`, such as `{better}`");
        faults.add(codes::BAD_NAME.at(name.span, message).help(help));
        None
    }

    fn text(&self, name: &str, faults: &mut Faults) -> Option<Spanned<String>> {
        self.members.demand(name, faults)?.text(faults)
    }

    fn group(&self, faults: &mut Faults) -> Option<Group> {
        let scope = self.scope(faults);
        let explode = match self.members.get("explode") {
            Some(slot) => slot.flag(faults),
            None => Some(false),
        };
        let filter = match self.members.get("where") {
            Some(slot) => filters::read(slot.node, faults).map(Some),
            None => Some(None),
        };
        Some(Group { scope: scope?, explode: explode?, filter: filter? })
    }

    /// The attributes of the key; empty for `global`.
    fn scope(&self, faults: &mut Faults) -> Option<Spanned<Vec<String>>> {
        let Some(slot) = self.members.get("scope") else {
            if self.kind.name == "rate" {
                let span = self.members.get("name").map_or(0..0, |slot| slot.node.span.clone());
                return Some(Spanned { value: vec!["item".to_owned()], span });
            }
            self.members.miss("scope", faults);
            return None;
        };
        let (elements, is_list) = slot.elements(faults)?;
        let mut names: Vec<String> = Vec::new();
        let before = faults.errors();
        for element in elements {
            let Some(name) = slot.text_of(element, faults) else { continue };
            let message = if is_list && name.value == "global" {
                "`global` cannot be combined with attributes".to_owned()
            } else if names.contains(&name.value) {
                format!("`scope` has `{}` twice", name.value)
            } else {
                names.push(name.value);
                continue;
            };
            let help = "write `scope: global`, or a list of different attributes";
            faults.add(codes::BAD_SCOPE.at(name.span, message).help(help));
        }
        if faults.errors() > before {
            return None;
        }
        let value = match names.as_slice() {
            [one] if !is_list && one == "global" => Vec::new(),
            // As in Metarank: a field of the ranking counts for each of its items.
            [one] if !is_list && one.starts_with("ranking.") => {
                vec![one.clone(), "item".to_owned()]
            }
            _ => names,
        };
        Some(Spanned { value, span: slot.node.span.clone() })
    }

    /// The weight of `normalize`; `None` if it is missing or invalid.
    fn normalize(&self, faults: &mut Faults) -> Option<f64> {
        let members = nested(self.members.get("normalize")?, faults)?;
        members.demand("weight", faults)?.number(faults)
    }

    fn prior(&self, faults: &mut Faults) -> Option<Prior> {
        let members = nested(self.members.get("prior")?, faults)?;
        let weight = members.demand("weight", faults).and_then(|slot| slot.number(faults));
        let rate = members.demand("rate", faults)?;
        let rate = if rate.node.is_text("global") {
            None
        } else {
            Some(Spanned { value: rate.number(faults)?, span: rate.node.span.clone() })
        };
        Some(Prior { rate, weight: weight? })
    }
}

/// The members of a member that is a map.
fn nested<'n>(slot: Slot<'n>, faults: &mut Faults) -> Option<Members<'n>> {
    let Kind::Members(table) = slot.member.kind else { return None };
    if matches!(slot.node.value, Value::Null) {
        slot.refuse(slot.node, faults);
        return None;
    }
    Members::read(slot.node, format!("`{}`", slot.member.name), &[table], faults)
}

//! Missing names: event types and attributes that a config names and the log lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::base::metadata::Metadata;
use crate::base::quantity::{counted, grouped, listed};
use crate::config::{Body, Condition, Document, Feature, Filter, Group, Spanned};
use crate::diagnostic::codes::{self, Code};
use crate::diagnostic::{Diagnostic, Label, nearest};
use crate::log::Member;
use crate::plan::{Plan, Types};
use crate::tape::Tape;

use super::{Seen, bits};

/// The missing names, each with its first span and the number of features that use it.
pub(super) struct Missing {
    /// The types of inputs that no event has.
    unseen: BTreeSet<String>,
    /// True if no event is of a counted type.
    nothing: bool,
    /// The names of the features.
    features: BTreeSet<String>,
    types: BTreeMap<String, Named>,
    attributes: BTreeMap<String, Named>,
    /// The warnings written so far.
    warnings: Vec<Diagnostic>,
}

/// The features that use a missing name.
struct Named {
    first: Range<usize>,
    within: Option<Label>,
    /// The last of them.
    last: usize,
    features: usize,
    /// The types that the first of them counts; none if it counts all.
    types: Vec<String>,
}

/// A feature that uses a name: its number, the combination of its matrix, and the types that it
/// counts.
struct Use<'u> {
    feature: usize,
    within: Option<&'u Label>,
    types: &'u [&'u Spanned<String>],
}

/// The members that a log has.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Those of its first events.
    pub(super) first: Vec<Member>,
    /// Those of each type, the most frequent first, where the whole log was looked through.
    pub(super) of_types: Vec<(String, Vec<Member>)>,
}

impl Members {
    /// The members of some types, or of all where none is named; `None` if these are not known.
    fn of_types(&self, names: &[String]) -> Option<Vec<Member>> {
        let is_it = |name: &String| names.is_empty() || names.contains(name);
        let mut found: Vec<Member> = Vec::new();
        for (_, members) in self.of_types.iter().filter(|(name, _)| is_it(name)) {
            for member in members {
                if found.iter().all(|known| known.path != member.path) {
                    found.push(member.clone());
                }
            }
        }
        (!found.is_empty()).then_some(found)
    }
}

/// The most names listed in a help.
const LISTED: usize = 8;

impl Missing {
    /// The state before any feature is checked.
    pub(super) fn new(document: &Document, plan: &Plan, tape: &Tape) -> Self {
        let types = plan.inputs.iter().filter_map(|input| match &input.types {
            Types::Only(types) => Some(types),
            Types::All => None,
        });
        let mut unseen: BTreeSet<String> = types.flatten().cloned().collect();
        let all = unseen.len();
        for name in tape.type_names() {
            unseen.remove(name);
        }
        let nothing = unseen.len() == all;
        // A flag that is never set is reported where it is named.
        for (kind, _) in &document.named.flags {
            unseen.remove(kind);
        }
        let features = document.features.iter().map(|feature| feature.name.value.clone());
        Self {
            nothing,
            unseen,
            features: features.collect(),
            types: BTreeMap::new(),
            attributes: BTreeMap::new(),
            warnings: Vec::new(),
        }
    }

    /// Records the missing names of a feature; `number` is its index among the features.
    pub(super) fn check(&mut self, log: &Seen<'_>, number: usize, feature: &Feature) {
        let by = |types| Use { feature: number, within: feature.combination.as_ref(), types };
        let mut types = Vec::new();
        let (group, value) = match &feature.body {
            Body::InteractionCount { group, interaction }
            | Body::WindowCount { group, interaction, .. } => {
                types.push(interaction);
                (group, None)
            }
            Body::Rate { group, top, bottom, .. } => {
                // A side that names a feature names no type.
                types.extend([top, bottom]);
                types.retain(|side| !self.features.contains(&side.value));
                (group, None)
            }
            Body::Counter { group, interactions, value, .. } => {
                types.extend(interactions.iter().flatten());
                (group, value.as_ref())
            }
            Body::Ratio { .. } => return,
        };
        for name in types.iter().filter(|name| self.unseen.contains(&name.value)) {
            record(&mut self.types, &name.value, &name.span, by(&[]));
        }
        let Group { scope, filter, .. } = group;
        let mut attribute = |name: &str, span: &Range<usize>| {
            if log.kinds_of(name).is_empty() {
                record(&mut self.attributes, name, span, by(&types));
            }
        };
        scope.value.iter().for_each(|name| attribute(name, &scope.span));
        value.iter().for_each(|value| attribute(&value.value, &value.span));
        if let Some(filter) = filter {
            compared(filter, &mut attribute);
        }
    }

    /// Writes the warning for the next missing name, which is compared with all names of the log.
    /// Returns true if there was one.
    pub(super) fn warn_next(&mut self, log: &Seen<'_>, there: &Members) -> bool {
        let members = &*there.first;
        if let Some((name, named)) = self.types.pop_first() {
            let types = log.tape.type_names();
            let warning =
                named.warning(codes::UNSEEN_TYPE, &format!("no event is of type `{name}`"));
            let is_type = |member: &&Member| {
                self.nothing && self.unseen.iter().any(|name| member.values.contains(name))
            };
            let near = nearest(&name, types.iter().map(String::as_str));
            let yields = &log.plan.events.yields;
            let help = match (near, members.iter().find(is_type)) {
                (Some(near), _) => {
                    let number = types.iter().position(|own| own == near);
                    let events = number.map(|number| log.tape.contents().events_of(number));
                    meaning(&name, near, events)
                }
                (None, Some(Member { path, .. })) => format!(
                    "the types may be in another member: `{path}` has such values; write `events: \
                     {{type: {path}}}`"
                ),
                (None, None) if types.is_empty() => "the log has nothing to count".to_owned(),
                (None, None) => {
                    let there = format!("the log has events of {}", listed(types, LISTED));
                    let flags = bits::remedy(&name, members, yields);
                    flags.map_or(there.clone(), |flags| format!("{there}; {flags}"))
                }
            };
            self.warnings.push(warning.help(help));
            return true;
        }
        let Some((name, named)) = self.attributes.pop_first() else { return false };
        let with_values = log.plan.attributes.iter().zip(log.kinds);
        let attributes =
            with_values.filter(|(_, kinds)| !kinds.is_empty()).map(|(name, _)| name.as_str());
        let metadata = &log.plan.events.metadata;
        let message = match metadata.meant_by(&name) {
            Some((entity, member)) => {
                format!("no metadata of `{}` has `{member}`", metadata.entities[entity].name)
            }
            None => format!("no event has the attribute `{name}`"),
        };
        // A name with a dot may be one of metadata, which no type has.
        let of_types = there.of_types(&named.types).filter(|_| !name.contains('.'));
        let members = &joined(&name, metadata, members);
        let warning = named.warning(codes::UNSEEN_ATTRIBUTE, &message);
        let attributes: Vec<&str> = attributes.collect();
        let own = of_types.as_deref().and_then(|own| meant(&name, &[], own));
        self.warnings.push(warning.help(
            match own.or_else(|| meant(&name, &attributes, members)) {
                _ if name.contains(',') => {
                    let parts: Vec<&str> = name.split(',').map(str::trim).collect();
                    format!("that is one name; a list of them is written `[{}]`", parts.join(", "))
                }
                Some(near) => meaning(&name, near, log.events_with(near)),
                None if members.is_empty() && of_types.is_none() => {
                    "write it as the log does, a nested member with dots: `geo.country`".to_owned()
                }
                None => {
                    let paths = of_types.as_ref().unwrap_or(members).iter();
                    let paths: Vec<&str> = paths.map(|it| it.path.as_str()).collect();
                    let (paths, types) = (listed(&paths, LISTED), listed(&named.types, LISTED));
                    match of_types {
                        Some(_) if named.types.is_empty() => format!("events have {paths}"),
                        Some(_) => format!("events of {types} have {paths}"),
                        None => format!("the first events have {paths}"),
                    }
                }
            },
        ));
        true
    }

    /// The warnings written so far.
    pub(super) fn take_warnings(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.warnings)
    }
}

impl Named {
    fn warning(&self, code: Code, message: &str) -> Diagnostic {
        let more = match self.features {
            1 => String::new(),
            features => format!("; {} features name it", grouped(features as u64)),
        };
        let mut warning = code.at(self.first.clone(), format!("{message}{more}"));
        warning.labels.extend(self.within.clone());
        warning
    }
}

/// A help: the name that is meant, how many events have it, and what sets it apart if that is hard to
/// see.
pub(super) fn meaning(name: &str, near: &str, events: Option<u64>) -> String {
    let events = events.map_or_else(String::new, |events| {
        format!(", as in {}", counted(events as usize, "event"))
    });
    let folded = |text: &str| text.split_whitespace().collect::<String>().to_lowercase();
    let alike = if folded(name) == folded(near) { "; case and blanks matter" } else { "" };
    format!("did you mean `{near}`{events}?{alike}")
}

/// The members that an attribute may mean: of one that is joined, those of its metadata.
fn joined(name: &str, metadata: &Metadata, members: &[Member]) -> Vec<Member> {
    let Some((entity, _)) = metadata.meant_by(name) else { return members.to_vec() };
    let prefix = &metadata.entities[entity].name;
    let is_joined =
        |member: &Member| metadata.meant_by(&member.path).is_some_and(|it| it.0 == entity);
    let mut sources = metadata.sources.iter();
    let in_log = sources.any(|source| source.entity == entity && source.file.is_none());
    let joined = members.iter().filter_map(|member| {
        if is_joined(member) {
            return Some(member.clone());
        }
        let path = format!("{prefix}.{}", member.path);
        in_log.then(|| Member { path, values: member.values.clone() })
    });
    joined.collect()
}

fn record(
    missing: &mut BTreeMap<String, Named>,
    name: &str,
    span: &Range<usize>,
    Use { feature, within, types }: Use<'_>,
) {
    if let Some(named) = missing.get_mut(name) {
        named.features += usize::from(named.last != feature);
        named.last = feature;
    } else {
        let within = within.cloned();
        let types = types.iter().map(|name| name.value.clone()).collect();
        let named = Named { first: span.clone(), within, last: feature, features: 1, types };
        missing.insert(name.to_owned(), named);
    }
}

fn compared(filter: &Filter, attribute: &mut impl FnMut(&str, &Range<usize>)) {
    for condition in &filter.0 {
        match condition {
            Condition::Any(filters) => filters.iter().for_each(|f| compared(f, attribute)),
            Condition::Not(filter) => compared(filter, attribute),
            Condition::Compare { attribute: name, key, .. } => attribute(name, key),
        }
    }
}

/// The name that is probably meant by one that no event has, among the attributes that exist and
/// the members of the first events: a similar name, or a path that ends with it.
#[must_use]
pub fn meant<'n>(name: &str, there: &[&'n str], members: &'n [Member]) -> Option<&'n str> {
    let known = || there.iter().copied().chain(members.iter().map(|it| it.path.as_str()));
    let ends = |path: &&str| path.rsplit_once('.').is_some_and(|(_, last)| last == name);
    nearest(name, known().filter(|known| *known != name)).or_else(|| known().find(ends))
}

#[cfg(test)]
mod tests {
    use super::super::tests::warnings;

    #[test]
    fn what_the_log_lacks_is_found_at_its_place() {
        let text = "features:\n\
            - {name: a, type: interaction_count, interaction: clik, scope: item.brnd}\n\
            - {name: b, type: counter, interaction: [click, buy], scope: [user, item], where: {devise: x, not: {devise: y}}}\n\
            - {name: r, type: rate, top: clik, bottom: b1, bucket: 1d, periods: [1]}\n\
            - {name: s, type: counter, interaction: click, scope: global, aggregate: sum, value: prize}\n\
            - {name: b1, type: window_count, interaction: click, scope: item, bucket: 1d, periods: [1]}\n\
            - {name: '{e}', matrix: {e: [click, wach]}, type: interaction_count, interaction: '{e}', scope: user}\n";
        let data = br#"{"ts":1718000000,"type":"click","item":"p","user":"u","device":"x"}"#;
        let found = warnings(text, data);
        let reported: Vec<_> = found
            .iter()
            .map(|warning| {
                let place = &text[warning.labels[0].span.clone()];
                (warning.code, place, warning.message.as_str(), warning.help.as_deref().unwrap())
            })
            .collect();
        let there = "the first events have device, item, ts, type, user";
        let types = "the log has events of click";
        assert_eq!(
            reported,
            [
                (
                    "unseen-type",
                    "clik",
                    "no event is of type `clik`; 2 features name it",
                    "did you mean `click`, as in 1 event?"
                ),
                ("unseen-attribute", "item.brnd", "no event has the attribute `item.brnd`", there),
                ("unseen-type", "buy", "no event is of type `buy`", types),
                (
                    "unseen-attribute",
                    "devise",
                    "no event has the attribute `devise`",
                    "did you mean `device`?"
                ),
                ("unseen-attribute", "prize", "no event has the attribute `prize`", there),
                ("unseen-type", "wach", "no event is of type `wach`", types),
            ]
        );
        assert_eq!(found[5].labels.len(), 2, "the combination of the matrix");
    }

    #[test]
    fn what_is_missing_is_reported_by_what_the_first_events_have() {
        let of = |attribute: &str, data: &'static [u8]| {
            let text = format!(
                "features:\n- {{name: a, type: counter, interaction: click, scope: {attribute}}}\n"
            );
            let found = warnings(&text, data);
            let [warning] = found.as_slice() else { panic!("{attribute}: {found:?}") };
            warning.help.clone().unwrap()
        };
        let flat =
            br#"{"ts":1718000000,"type":"click","sku":"p","price":3,"geo":{"country":"de"}}"#;
        assert_eq!(of("skuu", flat), "did you mean `sku`?");
        assert_eq!(of("prize", flat), "did you mean `price`?");
        assert_eq!(
            of("'price, sku'", flat),
            "that is one name; a list of them is written `[price, sku]`"
        );
        assert_eq!(of("country", flat), "did you mean `geo.country`?");
        assert_eq!(of("x", flat), "the first events have geo.country, price, sku, ts, type");
        let table = b"ts,type,sku\n1718000000,click,p\n";
        assert_eq!(of("skus", table), "did you mean `sku`?");
        let metarank = br#"{"event":"item","id":"1","timestamp":1718000000,"item":"p","fields":[{"name":"brand","value":"x"}]}
{"event":"interaction","id":"2","timestamp":1718000001,"type":"click","item":"p","fields":[{"name":"device","value":"y"}]}
"#;
        assert_eq!(of("item.brnd", metarank), "did you mean `item.brand`?");
        assert_eq!(of("devise", metarank), "did you mean `device`?");
    }

    #[test]
    fn a_wrong_member_for_the_types_is_reported() {
        let config = |types: &str| {
            format!(
                "events: {{type: sku}}\nfeatures:\n\
                 - {{name: a, type: counter, interaction: [click, buy], scope: {types}}}\n"
            )
        };
        let data = b"ts,type,sku\n1718000000,click,p\n1718000001,view,q\n";
        let found = warnings(&config("global"), data);
        let helps: Vec<_> = found.iter().map(|it| it.help.as_deref().unwrap()).collect();
        let help = "the types may be in another member: `type` has such values; write `events: \
                    {type: type}`";
        assert_eq!(helps, [help, help]);
        // Where one of the types is there, the member is right.
        let data = b"ts,kind,sku\n1718000000,buy,click\n1718000001,view,buy\n";
        let found = warnings(&config("global"), data);
        assert_eq!(found.len(), 0, "{found:?}");
    }
}

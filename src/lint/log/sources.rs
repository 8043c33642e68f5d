//! Keys whose events come from one user, session or client: a bot, or a test.

use std::ops::Range;

use crate::base::quantity::grouped;
use crate::diagnostic::lints::{SOURCE_EVENTS, SOURCE_SHARE};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::InputRows;
use crate::lint::cause::told;
use crate::lint::{Facts, Findings};
use crate::plan::{InputId, ScopeId};
use crate::profile::words::scalar;
use crate::profile::{Cause, Field, Marked, Profile, Scalar, Which};
use crate::tape::RowKind;

/// The words of which a name has one that tells who sends events.
const SOURCES: [&str; 30] = [
    "user",
    "caller",
    "uid",
    "session",
    "sid",
    "client",
    "visitor",
    "device",
    "ip",
    "account",
    "customer",
    "member",
    "cookie",
    "agent",
    "viewer",
    "visit",
    "person",
    "reader",
    "listener",
    "player",
    "buyer",
    "shopper",
    "guest",
    "student",
    "rider",
    "subscriber",
    "seeker",
    "applicant",
    "profile",
    "bidder",
];
/// Of the keys with the most events, how many may be of one source each: if it is so of more, it is what
/// the keys are like.
const FEW: usize = 3;
/// The least number of different values of what tells sources apart, and of keys that a source has one
/// of.
const MANY: u64 = 20;
/// How many times the events of the tenth source one has that stands out.
const TIMES: u64 = 3;
/// The place of the tenth.
const TENTH: usize = 9;

/// A scope of one attribute that tells no source, with the place of its first feature.
#[derive(Clone)]
struct Keys {
    name: String,
    scope: ScopeId,
    place: Range<usize>,
}

/// A field that tells who sends events, with the values that most events have.
struct Source {
    path: String,
    top: Vec<(Scalar, u64)>,
}

/// Keys of what is counted, most events of which are of one source.
pub(in crate::lint) fn one_source(facts: &Facts<'_>, findings: &mut Findings<'_>) {
    let Some(profile) = facts.profile else { return };
    let share = facts.settings.of(&SOURCE_SHARE);
    let least = facts.settings.of(&SOURCE_EVENTS);
    let plan = facts.plan;
    let mut scopes: Vec<Keys> = Vec::new();
    for (declared, feature) in facts.features() {
        let names: Vec<&str> = plan.key_attributes(feature.scope).collect();
        let [name] = names.as_slice() else { continue };
        if !is_source(name) && scopes.iter().all(|known| known.scope != feature.scope) {
            let (name, place) = ((*name).to_owned(), declared.name.span.clone());
            scopes.push(Keys { name, scope: feature.scope, place });
        }
    }
    let sources = sources(profile);
    let most =
        sources.iter().filter_map(|source| source.top.first()).map(|(_, count)| *count).max();
    let Some(most) = most.filter(|_| !scopes.is_empty()) else { return };
    for keys in &scopes {
        // A key can be of one source only if one has that many events.
        let is_possible = |count: u64| count as f64 >= least && most as f64 > share * count as f64;
        let hottest = |input: &InputId| &facts.measures.inputs[input.0].hottest;
        let mut inputs = (0..plan.inputs.len()).map(InputId).filter(|input| {
            let declared = &plan.inputs[input.0];
            declared.scope == keys.scope && !declared.rolled_up
        });
        let input = inputs.find(|input| hottest(input).iter().any(|key| is_possible(key.1)));
        if let Some(input) = input {
            let slots: Vec<u32> = hottest(&input).iter().map(|(slot, _)| *slot).collect();
            hot_keys(facts, (keys, input, &slots), (least, share), findings);
        }
    }
    // Who filters by a field has left out what is to be left out.
    let mut filtered: Vec<&str> = Vec::new();
    for filter in &plan.filters {
        filter.attributes(&mut |attribute| filtered.push(&plan.attributes[attribute.0]));
    }
    for Source { path, top } in sources.iter().filter(|it| !filtered.contains(&it.path.as_str())) {
        let tenth = top.get(TENTH).or_else(|| top.last()).map_or(0, |(_, count)| *count);
        let stands_out = |count: u64| count as f64 >= least && count >= TIMES * tenth;
        let standing = top.iter().take_while(|(_, count)| stands_out(*count)).count();
        let scopes: Vec<Keys> = scopes
            .iter()
            .filter(|keys| facts.rows.index.keys(keys.scope) as u64 >= MANY)
            .cloned()
            .collect();
        if standing > 0 && !scopes.is_empty() {
            let top: Vec<Scalar> =
                top.iter().take(TENTH + 1).map(|(value, _)| value.clone()).collect();
            hot_sources(profile, (path, top, standing), scopes, share, findings);
        }
    }
}

/// Asks what the events of the keys with the most events have in common.
fn hot_keys(
    facts: &Facts<'_>,
    (keys, input, slots): (&Keys, InputId, &[u32]),
    (least, share): (f64, f64),
    findings: &mut Findings<'_>,
) {
    let Some(profile) = facts.profile else { return };
    let key = |slot: &u32| facts.rows.index.key(keys.scope, *slot).0.join(", ");
    let texts: Vec<String> = slots.iter().map(key).collect();
    // What is no source is no cause of this: a genre, an author.
    let except = paths(profile, |field| !is_source(&field.path) || field.distinct < MANY);
    let sets = lines(facts, input, slots).into_iter();
    let sets =
        sets.map(|lines| Marked { events: Which::Lines(lines), except: except.clone() }).collect();
    let keys = keys.clone();
    findings.ask(codes::ONE_SOURCE, sets, move |causes| {
        let is_it = |cause: &&Cause| cause.having as f64 > share * cause.marked as f64;
        let found = texts.iter().zip(causes);
        let found: Vec<_> =
            found.filter_map(|(key, cause)| Some((key, cause.as_ref().filter(is_it)?))).collect();
        let has_many = |of: &&(&String, &Cause)| of.1.marked as f64 >= least;
        let (key, cause) = found.iter().find(has_many).filter(|_| found.len() <= FEW)?;
        let others = match found.len() - 1 {
            0 => String::new(),
            more => format!("; so it is of {more} more of the keys with the most events"),
        };
        let message = format!(
            "most of the {} events of {}={key} are of one source: {}{others}",
            grouped(cause.marked),
            keys.name,
            told(cause),
        );
        Some(warning(&keys, message, (&cause.path, &cause.value)))
    });
}

/// Asks whether the events of a source that stands out are of one key, which has few others; where it is
/// so of most sources, as of users and their countries, it is what the sources are like.
fn hot_sources(
    profile: &Profile,
    (path, top, standing): (&str, Vec<Scalar>, usize),
    scopes: Vec<Keys>,
    share: f64,
    findings: &mut Findings<'_>,
) {
    let is_key = |path: &str| scopes.iter().any(|keys| keys.name == path);
    let except = paths(profile, |field| !is_key(&field.path));
    let set = |value: &Scalar| Marked {
        events: Which::Having(path.to_owned(), value.clone()),
        except: except.clone(),
    };
    let sets = top.iter().map(set).collect();
    let path = path.to_owned();
    findings.ask(codes::ONE_SOURCE, sets, move |causes| {
        let is_few = |of: &str| {
            let alike = causes.iter().flatten().filter(|cause| cause.path == of);
            alike.count() <= FEW
        };
        let of_one = |(value, cause): (&Scalar, &Option<Cause>)| {
            let cause = cause.as_ref().filter(|cause| {
                cause.having as f64 > share * cause.events as f64 && is_few(&cause.path)
            })?;
            let keys = scopes.iter().find(|keys| keys.name == cause.path)?;
            let message = format!(
                "most of the {} events of {}={} are of one source: {} have {path}={}, which has {} \
                 events in all",
                grouped(cause.events),
                cause.path,
                scalar(&cause.value),
                grouped(cause.having),
                scalar(value),
                grouped(cause.marked),
            );
            Some(warning(keys, message, (&path, value)))
        };
        top.iter().zip(causes).take(standing).find_map(of_one)
    });
}

fn warning(keys: &Keys, message: String, (path, value): (&str, &Scalar)) -> Diagnostic {
    let help = format!(
        "a bot or a test counts as much as people do: leave it out with `where: {{{path}: {{ne: {}}}}}`, \
         or count `distinct` sources",
        scalar(value),
    );
    codes::ONE_SOURCE.at(keys.place.clone(), message).help(help)
}

/// The paths of some fields.
fn paths(profile: &Profile, of: impl Fn(&Field) -> bool) -> Vec<String> {
    let fields = profile.types.iter().flat_map(|of| &of.fields);
    fields.filter(|field| of(field)).map(|field| field.path.clone()).collect()
}

/// The fields that tell who sends events, over all types.
fn sources(profile: &Profile) -> Vec<Source> {
    let mut found: Vec<Source> = Vec::new();
    let fields = profile.types.iter().flat_map(|of| &of.fields);
    for field in fields.filter(|field| is_source(&field.path) && field.distinct >= MANY) {
        let place = found.iter().position(|known| known.path == field.path).unwrap_or_else(|| {
            found.push(Source { path: field.path.clone(), top: Vec::new() });
            found.len() - 1
        });
        let known = &mut found[place].top;
        for (value, count) in &field.top {
            match known.iter_mut().find(|(other, _)| other == value) {
                Some((_, sum)) => *sum += count + field.off,
                None => known.push((value.clone(), count + field.off)),
            }
        }
    }
    for source in &mut found {
        source.top.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    }
    found
}

/// True if a field tells who sends events, by its name.
fn is_source(path: &str) -> bool {
    let last = path.rsplit(['.', '_', '-', ' ']).next().unwrap_or(path);
    let mut words: Vec<String> =
        path.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    // `userId`, `sessionID`.
    let stem = last.strip_suffix("Id").or_else(|| last.strip_suffix("ID"));
    words.extend(stem.map(str::to_ascii_lowercase));
    words.iter().any(|word| {
        let stem = word.strip_suffix("id").filter(|stem| !stem.is_empty());
        SOURCES.contains(&word.as_str()) || stem.is_some_and(|stem| SOURCES.contains(&stem))
    })
}

/// The lines of the events that an input counts at each of some keys, with their places in these.
fn lines(facts: &Facts<'_>, input: InputId, keys: &[u32]) -> Vec<Vec<(u64, u64)>> {
    let of @ InputRows { plan, tape, index } = facts.rows;
    let scope = plan.inputs[input.0].scope;
    let mut lines = vec![Vec::new(); keys.len()];
    for row in (0..tape.rows()).filter(|row| tape.kind(*row) == RowKind::Event) {
        let slots = index.slots(scope, row);
        let is_of = |key: &u32| slots.iter().any(|slot| slot == key);
        if !keys.iter().any(is_of) || of.payload(input, row).is_err() {
            continue;
        }
        for (lines, _) in lines.iter_mut().zip(keys).filter(|(_, key)| is_of(key)) {
            lines.push((tape.line(row), tape.sub(row).unwrap_or(0)));
        }
    }
    // The tape has them by their times.
    lines.iter_mut().for_each(|lines| lines.sort_unstable());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_known_by_their_names() {
        for name in
            ["user", "user_id", "userId", "userid", "session", "context.ip", "deviceID", "uid"]
        {
            assert!(is_source(name), "{name}");
        }
        for name in ["item", "author", "useful", "clip", "membership", "id", "country", "userland"]
        {
            assert!(!is_source(name), "{name}");
        }
    }
}

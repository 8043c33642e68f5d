//! Keys whose events come from one user, session or client: a bot, or a test.

use std::collections::HashSet;

use foldhash::fast::FixedState;

use crate::base::quantity::grouped;
use crate::diagnostic::codes;
use crate::diagnostic::lints::{SOURCE_EVENTS, SOURCE_SHARE};
use crate::engine::InputRows;
use crate::lint::cause::told;
use crate::lint::{Facts, Findings};
use crate::plan::{InputId, OutputId, ScopeId};
use crate::profile::words::scalar;
use crate::profile::{Marked, Profile, Which};
use crate::tape::RowKind;

/// The words of which a name has one that tells who sends events.
const SOURCES: [&str; 14] = [
    "user", "uid", "session", "sid", "client", "visitor", "device", "ip", "account", "customer",
    "member", "cookie", "agent", "viewer",
];
/// Of the keys with the most events, how many may be of one source each: if it is so of more, it is what the keys are like.
const FEW: usize = 3;
/// The least number of different values of what tells sources apart.
const MANY: u64 = 20;

/// Keys of what is counted, most events of which are of one source.
pub(in crate::lint) fn one_source(facts: &Facts<'_>, findings: &mut Findings) {
    let Some(profile) = facts.profile else { return };
    let (least, share) = (facts.settings.of(&SOURCE_EVENTS), facts.settings.of(&SOURCE_SHARE));
    let plan = facts.replayed.plan;
    let mut asked: HashSet<ScopeId, FixedState> = HashSet::default();
    for (declared, feature) in facts.features() {
        let scope = feature.scope;
        let names: Vec<&str> = plan.key_attributes(scope).collect();
        let [name] = names.as_slice() else { continue };
        if is_source(name) {
            continue;
        }
        // A key can be of one source only if one has that many events.
        let most = most_of_a_source(profile, name);
        let is_possible = |count: u64| count as f64 >= least && most as f64 > share * count as f64;
        let sides = feature.outputs.clone().flat_map(|output| plan.sides(OutputId(output)));
        let inputs =
            sides.filter(|side| !side.is_global).map(|side| plan.states[side.term.state.0].input);
        let inputs = inputs.filter(|input| plan.inputs[input.0].scope == scope);
        let hottest = |input: &InputId| &facts.measures.inputs[input.0].hottest;
        let mut inputs = inputs.filter(|input| hottest(input).iter().any(|key| is_possible(key.1)));
        let Some(input) = inputs.next().filter(|_| asked.insert(scope)) else { continue };
        let keys: Vec<u32> = hottest(&input)
            .iter()
            .filter(|(_, count)| *count as f64 >= least)
            .map(|(slot, _)| *slot)
            .collect();
        // What is no source is no cause of this: a genre, an author.
        let except: Vec<String> = profile
            .types
            .iter()
            .flat_map(|of| &of.fields)
            .filter(|field| !is_source(&field.path) || field.distinct < MANY)
            .map(|field| field.path.clone())
            .collect();
        let texts: Vec<String> =
            keys.iter().map(|slot| facts.replayed.index.key(scope, *slot).0.join(", ")).collect();
        let sets = lines(facts, input, &keys)
            .into_iter()
            .map(|lines| Marked { events: Which::Lines(lines), except: except.clone() });
        let (name, span) = ((*name).to_owned(), declared.name.span.clone());
        findings.ask(sets.collect(), move |causes| {
            let is_it = |having: u64, marked: u64| having as f64 > share * marked as f64;
            let found = texts.iter().zip(causes).filter_map(|(text, cause)| {
                let cause = cause.as_ref().filter(|cause| is_it(cause.having, cause.marked))?;
                Some((text, cause))
            });
            let found: Vec<_> = found.collect();
            let (text, cause) = found.first().filter(|_| found.len() <= FEW)?;
            let others = match found.len() - 1 {
                0 => String::new(),
                more => format!("; so it is of {more} more of the keys with the most events"),
            };
            let message = format!(
                "most of the {} events of {name}={text} are of one source: {}{others}",
                grouped(cause.marked),
                told(cause),
            );
            let help = format!(
                "a bot or a test counts as much as people do: leave it out with \
                 `where: {{{}: {{ne: {}}}}}`, or count `distinct` sources",
                cause.path,
                scalar(&cause.value),
            );
            Some(codes::ONE_SOURCE.at(span, message).help(help))
        });
    }
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

/// The most events that a source has, whichever field tells it, but for one.
fn most_of_a_source(profile: &Profile, but: &str) -> u64 {
    let mut most = 0;
    for field in profile.types.iter().flat_map(|of| of.fields.iter()) {
        if field.path != but && is_source(&field.path) && field.distinct >= MANY {
            most = most.max(field.top.first().map_or(0, |(_, count)| count + field.off));
        }
    }
    most
}

/// The lines of the events that an input counts at each of some keys, with their places in these.
fn lines(facts: &Facts<'_>, input: InputId, keys: &[u32]) -> Vec<Vec<(u64, u64)>> {
    let (plan, tape, index) = (facts.replayed.plan, facts.replayed.tape, facts.replayed.index);
    let of = InputRows { plan, tape, index };
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

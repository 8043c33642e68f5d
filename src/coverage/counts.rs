//! Counts per entry of a config: the events of its types that its features count, and those they do
//! not count, per reason and with an example of a value of the wrong kind. The features of an entry
//! are counted together, so that a matrix of thousands takes one line.

use std::cmp::Reverse;
use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::base::Value;
use crate::base::quantity::{counted, grouped};
use crate::engine::{InputCount, Unlike};
use crate::plan::{Feature, InputId, Operand, Plan, Read};

/// The counts of one entry. An event counts once for each feature, and for each side of a rate that
/// counts it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryCount {
    /// The entry's name as the config writes it: `{event}_by_{by}`.
    pub name: String,
    /// The line of the config where the entry starts, from 1.
    pub line: usize,
    /// The number of features declared.
    pub features: usize,
    /// Events that are counted.
    pub counted: u64,
    /// Events that lack an attribute of the key.
    pub no_key: u64,
    /// The attributes of the key, if equal in all features.
    pub key: Option<Vec<String>>,
    /// Events whose value is missing or not one that the aggregate takes.
    pub no_value: u64,
    /// The aggregated attribute, if equal in all features.
    pub value: Option<String>,
    /// The values that are present but not numbers, where the aggregate takes numbers.
    pub no_number: Instead,
    /// Events that do not pass the filter.
    pub filtered: u64,
    /// The values of another kind than the filter compares them with.
    pub unlike: Instead,
}

/// Values of another kind than required.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instead {
    /// The events that have them.
    pub events: u64,
    /// The kinds: `a text`, `a number or a list`.
    pub kinds: String,
    /// The attribute of the first one.
    pub attribute: String,
    /// The first one; text in quotes.
    pub example: String,
}

/// The most characters shown of an example.
const EXAMPLE: usize = 40;

/// The counts of each entry that has features, in the config's order, from the counts per input of
/// the plan.
#[must_use]
pub fn entries(plan: &Plan, counts: &[InputCount]) -> Vec<EntryCount> {
    let mut all = vec![(InputCount::default(), EntryCount::default()); plan.entries.len()];
    for feature in &plan.features {
        let inputs = own_inputs(plan, feature);
        let (Some((count, entry_count)), Some(first)) =
            (all.get_mut(feature.entry), inputs.first())
        else {
            continue;
        };
        let first = &plan.inputs[first.0];
        let key: Vec<String> = plan.key_attributes(first.scope).map(str::to_owned).collect();
        let value = first.value.map(|attribute| plan.attributes[attribute.0].clone());
        if entry_count.features == 0 {
            (entry_count.key, entry_count.value) = (Some(key), value);
        } else {
            entry_count.key = entry_count.key.take().filter(|known| *known == key);
            entry_count.value =
                entry_count.value.take().filter(|known| Some(known) == value.as_ref());
        }
        entry_count.features += 1;
        inputs.iter().for_each(|input| count.add(&counts[input.0]));
    }
    let with_features =
        plan.entries.iter().zip(all).filter(|(_, (_, entry_count))| entry_count.features > 0);
    let counted = with_features.map(|(entry, (count, entry_count))| EntryCount {
        name: entry.name.clone(),
        line: entry.line,
        counted: count.counted,
        no_key: count.no_key,
        no_value: count.no_value,
        no_number: instead(plan, &count.no_number),
        filtered: count.filtered,
        unlike: instead(plan, &count.unlike),
        ..entry_count
    });
    counted.collect()
}

/// The inputs of a feature itself: without those of features that it divides, and those over all
/// keys, which count the same events. All its outputs have the same ones.
pub(super) fn own_inputs(plan: &Plan, feature: &Feature) -> Vec<InputId> {
    let first = plan.outputs.get(feature.outputs.start).filter(|_| !feature.outputs.is_empty());
    let sides = match first.map(|output| &output.read) {
        None => Vec::new(),
        Some(Read::State(term)) => vec![Operand::Term(*term)],
        Some(Read::Quotient(quotient)) => vec![quotient.top, quotient.bottom],
    };
    let inputs = sides.into_iter().filter_map(|side| match side {
        Operand::Term(term) => Some(plan.states[term.state.0].input),
        Operand::Output(_) => None,
    });
    inputs.collect()
}

fn instead(plan: &Plan, unlike: &Unlike) -> Instead {
    let Some((attribute, value)) = &unlike.example else { return Instead::default() };
    let mut example = match value {
        Value::Text(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    if let Some((end, _)) = example.char_indices().nth(EXAMPLE) {
        example.truncate(end);
        example.push('…');
    }
    Instead {
        events: unlike.rows,
        kinds: unlike.kinds.to_string(),
        attribute: plan.attributes[attribute.0].clone(),
        example,
    }
}

impl EntryCount {
    /// The number of events of its types.
    #[must_use]
    pub const fn events(&self) -> u64 {
        self.counted + self.no_key + self.no_value + self.filtered
    }

    /// Events that are not counted for a reason that the author may not be aware of.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.no_key + self.no_value + self.unlike.events
    }

    /// The counts in words.
    #[must_use]
    pub fn words(&self) -> String {
        if self.events() == 0 {
            return "the log has no event of its types".to_owned();
        }
        let events = usize::try_from(self.events()).unwrap_or(usize::MAX);
        let mut all = format!("counted {} of {}", grouped(self.counted), counted(events, "event"));
        if self.features > 1 {
            // An event counts in each of them.
            let _ = write!(all, ", added up over {} features", grouped(self.features as u64));
        }
        let reasons = [self.key_words(), self.value_words(), self.filter_words()];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        if reasons.is_empty() {
            return all;
        }
        format!("{all}; not counted: {}", reasons.join(", "))
    }

    /// The most frequent reason why nothing was counted: `849 events without skuu`; `None` if
    /// something was.
    #[must_use]
    pub fn why_nothing(&self) -> Option<String> {
        if self.counted > 0 {
            return None;
        }
        if self.events() == 0 {
            return Some("the log has no event of its types".to_owned());
        }
        let reasons = [
            (self.no_key, self.key_words()),
            (self.no_value, self.value_words()),
            (self.filtered, self.filter_words()),
        ];
        let (events, words) = reasons.into_iter().rev().max_by_key(|(events, _)| *events)?;
        // Each starts with the count.
        let (count, reason) = words.as_deref()?.split_once(' ')?;
        let noun = if events == 1 { "event" } else { "events" };
        Some(format!("{count} {noun} {}", reason.replace('`', "")))
    }

    fn key_words(&self) -> Option<String> {
        let what = match self.key.as_deref() {
            Some([one]) => format!("`{one}`"),
            Some(several) => format!("all of [{}]", several.join(", ")),
            None => "a key".to_owned(),
        };
        (self.no_key > 0).then(|| format!("{} without {what}", grouped(self.no_key)))
    }

    fn value_words(&self) -> Option<String> {
        if self.no_value == 0 {
            return None;
        }
        let name = self.value.as_deref().map_or("the value".to_owned(), |name| format!("`{name}`"));
        let (all, Instead { events, kinds, example, .. }) =
            (grouped(self.no_value), &self.no_number);
        Some(match *events {
            0 => format!("{all} without {name}"),
            some if some == self.no_value => {
                format!("{all} in which {name} is {kinds} such as {example}")
            }
            some => format!(
                "{all} without a number in {name} (in {} of them it is {kinds} such as {example})",
                grouped(some)
            ),
        })
    }

    fn filter_words(&self) -> Option<String> {
        if self.filtered == 0 {
            return None;
        }
        let all = format!("{} outside `where`", grouped(self.filtered));
        let Instead { events, kinds, attribute, example } = &self.unlike;
        Some(if *events == 0 {
            all
        } else {
            let which = if *events == self.filtered {
                String::new()
            } else {
                format!("in {} of them ", grouped(*events))
            };
            format!("{all} ({which}`{attribute}` is {kinds} such as {example})")
        })
    }

    /// The counts as JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        let instead = |what: &Instead| {
            (what.events > 0).then(|| {
                json!({
                    "attribute": what.attribute,
                    "events": what.events,
                    "kinds": what.kinds,
                    "example": what.example,
                })
            })
        };
        json!({
            "feature": self.name,
            "line": self.line,
            "features": self.features,
            "events": self.events(),
            "counted": self.counted,
            "no_key": self.no_key,
            "no_value": self.no_value,
            "no_number": instead(&self.no_number),
            "filtered": self.filtered,
            "filtered_by_kind": instead(&self.unlike),
        })
    }
}

/// Ranks entries: those that lost most first, then those that counted nothing. Returns at most
/// `most` of them, and the number of others.
#[must_use]
pub fn ranked(entries: &[EntryCount], most: usize) -> (Vec<&EntryCount>, usize) {
    let mut sorted: Vec<&EntryCount> = entries.iter().collect();
    sorted.sort_by_key(|entry| (Reverse(entry.lost()), entry.counted > 0));
    let more = sorted.len().saturating_sub(most);
    sorted.truncate(most);
    (sorted, more)
}

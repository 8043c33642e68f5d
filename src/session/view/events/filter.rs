//! The filter of events as it is typed: words that must all hold.
//!
//! `click` is a part of a type and `type:click` a whole one; `item=p1` is the value of an attribute,
//! and `user=u1,author=a7` those of a key; `without item` has no value of it; `late` is earlier than an
//! event before it; `counted by ctr` and `not counted by ctr` are about a feature or an output of one,
//! `contributes to ctr_7{item=p1} at #3000` about a value (`value`). `rejected` stands alone: lines
//! that are no events. What has spaces is put in quotes.

use crate::base::words::{Word, words};
use crate::base::{Deadline, Timestamp, quantity};
use crate::config::nearest;
use crate::engine::InputRows;
use crate::explain::{Contributing, Counting};

use super::kind;
use super::value::{self, LISTED};

/// A filter of events.
pub(super) enum Filter {
    /// Events for which all conditions hold.
    Events(Vec<Condition>),
    /// Rejected lines.
    Rejected,
}

/// A condition of a filter.
pub(super) enum Condition {
    /// The type contains a text, in any case.
    TypeContains { text: String, known: Known },
    /// The type is this one.
    Type(String),
    /// A column has a value of this text. The values that were compared are remembered.
    Attribute { column: usize, text: String, known: Known },
    /// The event is earlier than one before it.
    Late,
    /// A column has no value.
    Without(usize),
    /// It counts for a feature, or does not.
    Counts(Counting, bool),
    /// It contributes to a value.
    Contributes(Box<Contributing>),
}

/// Why a filter lets nothing through.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be understood, in words.
    Words(String),
    /// It is about an attribute that was not read.
    Unread(String),
}

impl From<String> for Fault {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

/// What lines without a type are called, and the words that begin a condition.
const KINDS: [&str; 5] = ["item", "user", "ranking", "metadata", "event"];
const WORDS: [&str; 6] = ["late", "rejected", "counted", "not", "without", "contributes"];

/// What was found of each value, by its number.
#[derive(Default)]
pub(super) struct Known(Vec<Option<bool>>);

impl Known {
    fn get(&mut self, number: usize, find: impl FnOnce() -> bool) -> bool {
        if number >= self.0.len() {
            self.0.resize(number + 1, None);
        }
        *self.0[number].get_or_insert_with(find)
    }
}

impl Filter {
    /// Reads a filter, for the events of a tape under a plan.
    ///
    /// # Errors
    /// What is wrong, in words, or else the first attribute that was not read.
    pub(super) fn read(text: &str, of: InputRows<'_>) -> Result<Self, Fault> {
        let words = words(text);
        let texts: Vec<String> = words.iter().map(Word::text).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut reader = Reader { of, conditions: Vec::new(), unread: None };
        let mut at = 0;
        while let Some(word) = texts.get(at) {
            let behind = &texts[at + 1..];
            at += match (*word, behind) {
                ("rejected", _) if words.len() == 1 => return Ok(Self::Rejected),
                ("rejected", _) => {
                    return Err(
                        "`rejected` stands alone: a line that was rejected has no type, no \
                                attributes and no key"
                            .to_owned()
                            .into(),
                    );
                }
                ("late", _) => reader.add(Condition::Late, 1),
                ("counted", ["by", behind @ ..]) => {
                    let condition = counts(of, behind.first().copied(), true)?;
                    reader.add(condition, 3)
                }
                ("not", ["counted", "by", behind @ ..]) => {
                    let condition = counts(of, behind.first().copied(), false)?;
                    reader.add(condition, 4)
                }
                ("not", _) => {
                    return Err("`not` belongs to `not counted by FEATURE`".to_owned().into());
                }
                ("without", [name, ..]) => {
                    let column = reader.column(name)?;
                    reader.conditions.extend(column.map(Condition::Without));
                    2
                }
                ("contributes", ["to", ..]) => {
                    let (contributing, taken) = value::read(of, &words[at + 2..])?;
                    reader.add(Condition::Contributes(Box::new(contributing)), 2 + taken)
                }
                (text, _) => match text.strip_prefix("type:") {
                    Some(kind) => {
                        reader.type_where(kind, |name| name == kind)?;
                        reader.add(Condition::Type(kind.to_owned()), 1)
                    }
                    None if words[at].has('=') => {
                        reader.attributes(&words[at])?;
                        1
                    }
                    None => {
                        let (text, known) = (text.to_lowercase(), Known::default());
                        reader.type_where(&text, |name| name.to_lowercase().contains(&text))?;
                        reader.add(Condition::TypeContains { text, known }, 1)
                    }
                },
            };
        }
        match reader.unread {
            Some(name) => Err(Fault::Unread(name)),
            None => Ok(Self::Events(reader.conditions)),
        }
    }
}

/// The attribute with values whose name is most similar to one that was not read.
pub(super) fn similar(name: &str, of: InputRows<'_>) -> Option<String> {
    nearest(name, with_values(of)).map(str::to_owned)
}

/// The attributes that were read and have values.
fn with_values(of: InputRows<'_>) -> impl Iterator<Item = &str> {
    let names = of.tape.demand().attributes.iter().enumerate();
    let has_values =
        move |(column, _): &(usize, &String)| !of.tape.column(*column).values().is_empty();
    names.filter(has_values).map(|(_, name)| name.as_str())
}

/// The conditions that are read so far.
struct Reader<'t> {
    of: InputRows<'t>,
    conditions: Vec<Condition>,
    /// The first attribute that was not read.
    unread: Option<String>,
}

impl Reader<'_> {
    /// Adds a condition of so many words.
    fn add(&mut self, condition: Condition, words: usize) -> usize {
        self.conditions.push(condition);
        words
    }

    /// Finds out whether there is such a type, once all of the log is known.
    fn type_where(&self, text: &str, is_it: impl Fn(&str) -> bool) -> Result<(), String> {
        let tape = self.of.tape;
        let names = || tape.type_names().iter().map(String::as_str).chain(KINDS);
        if !tape.is_finished() || names().any(is_it) {
            return Ok(());
        }
        let near = nearest(text, names().chain(WORDS));
        let near = near.or_else(|| names().find(|name| name.contains(text)));
        Err(match near {
            Some(near) => format!("no event has a type like `{text}`: did you mean `{near}`?"),
            None => format!("no event has a type like `{text}`; `name=value` is an attribute"),
        })
    }

    /// The column of an attribute; `None` if it was not read.
    fn column(&mut self, name: &str) -> Result<Option<usize>, String> {
        let tape = self.of.tape;
        let known = &tape.demand().attributes;
        let Some(column) = known.iter().position(|known| known == name) else {
            self.unread.get_or_insert_with(|| name.to_owned());
            return Ok(None);
        };
        if !tape.is_finished() || !tape.column(column).values().is_empty() {
            return Ok(Some(column));
        }
        Err(match similar(name, self.of) {
            Some(near) => format!("no event has `{name}`: did you mean `{near}`?"),
            None => format!("no event has `{name}`; view 6 lists what events have"),
        })
    }

    /// Adds the conditions of `name=value,name=value`.
    fn attributes(&mut self, word: &Word) -> Result<(), String> {
        for part in word.parts() {
            let Some((name, text)) = part.split_once('=') else {
                let part = part.text();
                return Err(format!("`{part}` is no condition: write `attribute=value`"));
            };
            let (name, text) = (name.text(), text.text());
            if name == "type" && !self.of.tape.demand().attributes.contains(&name) {
                self.conditions.push(Condition::Type(text));
            } else if let Some(column) = self.column(&name)? {
                let known = Known::default();
                self.conditions.push(Condition::Attribute { column, text, known });
            }
        }
        Ok(())
    }
}

impl Condition {
    /// Whether it holds for an event, by its number from 0, at a row of it.
    fn holds(&mut self, of: InputRows<'_>, event: usize, row: usize) -> bool {
        let tape = of.tape;
        match self {
            Self::TypeContains { text, known } => {
                let contains = || kind(tape, row).to_lowercase().contains(text.as_str());
                match tape.type_id(row) {
                    Some(id) => known.get(usize::from(id), contains),
                    None => contains(),
                }
            }
            Self::Type(text) => kind(tape, row) == text,
            Self::Attribute { column, text, known } => {
                let column = tape.column(*column);
                let id = column.id(row);
                known.get(id as usize, || {
                    column.value(id).is_some_and(|value| has_text(value, text))
                })
            }
            Self::Without(column) => {
                let column = tape.column(*column);
                column.value(column.id(row)).is_none()
            }
            Self::Contributes(contributing) => contributing.has(row),
            Self::Late => tape.clock(event).is_some_and(|clock| Timestamp(tape.time(row)) < clock),
            Self::Counts(counting, wanted) => counting.counts(of, event) == *wanted,
        }
    }

    /// The bytes that it takes for what was found of values.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::TypeContains { known, .. } | Self::Attribute { known, .. } => known.0.capacity(),
            Self::Contributes(contributing) => contributing.bytes(),
            Self::Type(_) | Self::Late | Self::Without(_) | Self::Counts(..) => 0,
        }
    }
}

/// Finds what conditions need of all events, until the deadline. Returns whether it is found.
pub(super) fn prepare(
    conditions: &mut [Condition],
    of: InputRows<'_>,
    deadline: &Deadline,
) -> bool {
    conditions.iter_mut().all(|condition| match condition {
        Condition::Contributes(contributing) => contributing.step(of, deadline),
        _ => true,
    })
}

/// Whether an event, by its number from 0, passes all conditions: at its own row, or at one of those
/// that it released if only some of its rows contribute to a value.
pub(super) fn passes(conditions: &mut [Condition], of: InputRows<'_>, event: usize) -> bool {
    let first = of.tape.end_row(event);
    let has_part = conditions.iter().any(|it| matches!(it, Condition::Contributes(_)));
    let end = if has_part { of.tape.end_row(event + 1) } else { first + 1 };
    (first..end).any(|row| conditions.iter_mut().all(|it| it.holds(of, event, row)))
}

/// Whether a value, or an element of a list, has a text.
fn has_text(value: &crate::base::Value, text: &str) -> bool {
    match value {
        list @ crate::base::Value::List(elements) => {
            elements.iter().any(|it| has_text(it, text)) || list.to_string() == text
        }
        scalar => scalar.as_key().is_some_and(|key| key == text),
    }
}

/// The condition that a feature of this name counts the event, or does not.
fn counts(of: InputRows<'_>, name: Option<&str>, wanted: bool) -> Result<Condition, String> {
    let features: Vec<&str> = of.plan.features.iter().map(|it| it.name.as_str()).collect();
    let listed = || quantity::listed(&features, LISTED);
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(format!("counted by which feature? The config has {}", listed()));
    };
    if let Some(counting) = Counting::of(of.plan, name) {
        return Ok(Condition::Counts(counting, wanted));
    }
    let outputs = of.plan.outputs.iter().map(|output| output.name.as_str());
    Err(match nearest(name, features.iter().copied().chain(outputs)) {
        Some(near) => format!("the config has no feature `{name}`: did you mean `{near}`?"),
        None => format!("the config has no feature `{name}`; it has {}", listed()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_is_compared_once_and_its_memory_counted() {
        let (mut known, mut compared) = (Known::default(), 0);
        for number in [3, 0, 3, 3, 0] {
            let holds = known.get(number, || {
                compared += 1;
                number == 3
            });
            assert_eq!(holds, number == 3);
        }
        assert_eq!(compared, 2);
        let condition = Condition::Attribute { column: 0, text: String::new(), known };
        assert!((4..=64).contains(&condition.bytes()), "{}", condition.bytes());
    }
}

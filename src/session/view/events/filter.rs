//! The filter of events as it is typed: words that must all hold.
//!
//! `click` is a part of a type and `type:click` a whole one; `item=p1` is the value of an attribute,
//! and `user=u1,author=a7` those of a key, with a backslash before a comma that is part of a value;
//! `late` is earlier than an event before it; `counted by ctr` and `not counted by ctr` are about a
//! feature or an output of one. `rejected` stands alone: lines that are no events. What has spaces is
//! put in quotes.

use crate::base::{Timestamp, key, quantity};
use crate::config::nearest;
use crate::engine::InputRows;
use crate::explain::Counting;

use super::kind;

/// The most names that a message lists.
const LISTED: usize = 8;

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
    /// It counts for a feature, or does not.
    Counts(Counting, bool),
}

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
    /// Reads a filter, for the events of a tape under a plan. The error says in words what is wrong.
    pub(super) fn read(text: &str, of: InputRows<'_>) -> Result<Self, String> {
        let words = words(text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (mut conditions, mut rest) = (Vec::new(), words.as_slice());
        while let Some((word, behind)) = rest.split_first() {
            rest = behind;
            match (*word, behind) {
                ("rejected", _) if words.len() == 1 => return Ok(Self::Rejected),
                ("rejected", _) => {
                    return Err(
                        "`rejected` stands alone: a line that was rejected has no type, no \
                                attributes and no key"
                            .to_owned(),
                    );
                }
                ("late", _) => conditions.push(Condition::Late),
                ("counted", ["by", behind @ ..]) => {
                    rest = behind.get(1..).unwrap_or_default();
                    conditions.push(counts(of, behind.first().copied(), true)?);
                }
                ("not", ["counted", "by", behind @ ..]) => {
                    rest = behind.get(1..).unwrap_or_default();
                    conditions.push(counts(of, behind.first().copied(), false)?);
                }
                ("not", _) => {
                    return Err("`not` belongs to `not counted by FEATURE`".to_owned());
                }
                (word, _) => match word.strip_prefix("type:") {
                    Some(kind) => conditions.push(Condition::Type(kind.to_owned())),
                    None if word.contains('=') => attributes(of, word, &mut conditions)?,
                    None => {
                        let (text, known) = (word.to_lowercase(), Known::default());
                        conditions.push(Condition::TypeContains { text, known });
                    }
                },
            }
        }
        Ok(Self::Events(conditions))
    }
}

impl Condition {
    /// Whether it holds for an event, by its number from 0.
    pub(super) fn holds(&mut self, of: InputRows<'_>, event: usize) -> bool {
        let tape = of.tape;
        let row = tape.end_row(event);
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
            Self::Late => tape.clock(event).is_some_and(|clock| Timestamp(tape.time(row)) < clock),
            Self::Counts(counting, wanted) => counting.counts(of, event) == *wanted,
        }
    }

    /// The bytes that it takes for what was found of values.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::TypeContains { known, .. } | Self::Attribute { known, .. } => known.0.capacity(),
            Self::Type(_) | Self::Late | Self::Counts(..) => 0,
        }
    }
}

/// Whether a value, or an element of a list, has a text.
fn has_text(value: &crate::base::Value, text: &str) -> bool {
    match value {
        crate::base::Value::List(elements) => elements.iter().any(|it| has_text(it, text)),
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

/// The conditions of `name=value,name=value`.
fn attributes(
    of: InputRows<'_>,
    word: &str,
    conditions: &mut Vec<Condition>,
) -> Result<(), String> {
    let known = &of.tape.demand().attributes;
    for part in key::parts(word) {
        let Some((name, text)) = part.split_once('=') else {
            return Err(format!("`{part}` is no condition: write `attribute=value`"));
        };
        if let Some(column) = known.iter().position(|known| known == name) {
            let (text, known) = (text.to_owned(), Known::default());
            conditions.push(Condition::Attribute { column, text, known });
            continue;
        }
        if name == "type" {
            conditions.push(Condition::Type(text.to_owned()));
            continue;
        }
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let near = nearest(name, names.iter().copied());
        return Err(near.map_or_else(
            || {
                let listed = quantity::listed(&names, LISTED);
                format!("no feature uses `{name}`, so it was not read; those read are {listed}")
            },
            |near| format!("no feature uses `{name}`: did you mean `{near}`?"),
        ));
    }
    Ok(())
}

/// The words of a text; spaces within quotes are part of a word, and the quotes are not.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut is_quoted, mut has_begun) = (Vec::<String>::new(), false, false);
    for letter in text.chars() {
        if letter == '"' {
            is_quoted = !is_quoted;
        }
        if letter.is_whitespace() && !is_quoted {
            has_begun = false;
            continue;
        }
        if !has_begun {
            words.push(String::new());
            has_begun = true;
        }
        if let Some(word) = words.last_mut().filter(|_| letter != '"') {
            word.push(letter);
        }
    }
    words
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

    #[test]
    fn words_end_at_spaces_outside_of_quotes() {
        let cases: [(&str, &[&str]); 4] = [
            ("  late  type:click ", &["late", "type:click"]),
            (r#"brand="Acme Co" late"#, &["brand=Acme Co", "late"]),
            (r#""not closed yet"#, &["not closed yet"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(words(text), expected, "{text}");
        }
        assert_eq!(key::parts(r"user=u1,author=a\,7\\"), ["user=u1", r"author=a,7\"]);
    }
}

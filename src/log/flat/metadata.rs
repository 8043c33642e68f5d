//! Metadata: which lines are no events, but say something about an entity.

use crate::base::Comparison;
use crate::base::events::{EventSettings, TextNumbers};
use crate::base::filter::Filter;
use crate::tape::{AsDatum, BatchEncoder, Datum, DatumRef, Layout, Mark, Reason};

/// The lines that are metadata.
#[derive(Clone, Debug, Default)]
pub(super) struct MetadataRules {
    rules: Vec<Rule>,
    /// True if the log is a file of metadata: no line of it is an event.
    is_file: bool,
}

/// The lines that are metadata of one kind of entity.
#[derive(Clone, Debug)]
struct Rule {
    entity: usize,
    /// The value that names the entity.
    key: usize,
    when: Option<Filter<Compared>>,
}

/// A value that a filter compares.
#[derive(Clone, Copy, Debug)]
struct Compared {
    number: usize,
    /// True if its text is read as a number.
    as_number: bool,
}

impl MetadataRules {
    pub(super) fn new(settings: &EventSettings, layout: &Layout) -> Self {
        let metadata = &settings.metadata;
        let sources = metadata.sources.iter().enumerate();
        let here = sources.filter(|(number, source)| match metadata.of_file {
            Some(file) => file == *number,
            None => source.file.is_none(),
        });
        let rules = here.filter_map(|(_, source)| {
            let compared = |name: &String| Compared {
                number: layout.field(name).unwrap_or(usize::MAX),
                as_number: match &settings.numbers {
                    TextNumbers::None => false,
                    TextNumbers::All => true,
                    TextNumbers::Of(names) => names.contains(name),
                },
            };
            Some(Rule {
                entity: source.entity,
                key: layout.field(&source.key)?,
                when: source.when.as_ref().map(|when| when.map(&mut { compared })),
            })
        });
        Self { rules: rules.collect(), is_file: metadata.of_file.is_some() }
    }

    /// True if every line is an event.
    pub(super) const fn is_empty(&self) -> bool {
        self.rules.is_empty() && !self.is_file
    }

    /// Encodes a line as the metadata that it is; false if it is an event. `value` looks up an
    /// attribute by its number; `fields` are those that the line has.
    pub(super) fn record<'v, D: AsDatum>(
        &self,
        mark: impl Fn() -> Result<Mark, Reason>,
        value: &impl Fn(usize) -> Option<DatumRef<'v>>,
        fields: &(impl Iterator<Item = (usize, D)> + Clone),
        encoder: &mut BatchEncoder,
    ) -> Result<bool, Reason> {
        let test = |compared: &Compared, test: &Comparison| {
            holds(test, value(compared.number), compared.as_number)
        };
        let is_of = |rule: &&Rule| rule.when.as_ref().is_none_or(|when| when.holds(&test));
        // Without any nothing is allocated.
        let rules: Vec<&Rule> = self.rules.iter().filter(is_of).collect();
        if rules.is_empty() {
            return Ok(self.is_file);
        }
        // A line that is rejected leaves nothing behind.
        let mut mark = mark()?;
        if !rules.iter().all(|rule| value(rule.key).is_some_and(DatumRef::is_key)) {
            return Err(Reason::NoMetadataKey);
        }
        for Rule { entity, key, .. } in rules {
            encoder.metadata(mark, *entity, value(*key), fields.clone())?;
            mark.sub += 1;
        }
        Ok(true)
    }
}

/// True if a comparison holds for a value of a line.
fn holds(test: &Comparison, value: Option<DatumRef<'_>>, as_number: bool) -> bool {
    if let Comparison::Exists(wanted) = test {
        return value.is_some() == *wanted;
    }
    let value =
        value.map(
            |datum| {
                if as_number { Datum::with_numbers(datum).to_value() } else { datum.to_value() }
            },
        );
    test.holds(value.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Value;

    #[test]
    fn a_text_is_compared_as_the_number_it_is_read_as() {
        let test = Comparison::Greater(Value::Integer(5));
        let text = Some(DatumRef::Text("7"));
        assert!(holds(&test, text, true) && !holds(&test, text, false));
        assert!(holds(&Comparison::Exists(true), text, false));
        assert!(holds(&Comparison::Exists(false), None, false));
        assert!(!holds(&test, None, true));
    }
}

//! A record of CSV as the JSON object that it stands for.

use serde_json::Value as Json;

use crate::tape::Datum;

use super::value::value;

/// Writes records as objects.
pub(super) struct ObjectWriter {
    /// The names of the columns as JSON, each with its colon.
    names: Vec<String>,
    text: String,
}

impl ObjectWriter {
    pub(super) fn new(names: &[String]) -> Self {
        let name = |name: &String| format!("{}:", Json::from(name.as_str()));
        Self { names: names.iter().map(name).collect(), text: String::new() }
    }

    /// The object of a record. Empty cells are no members.
    pub(super) fn write<'c>(
        &mut self,
        cells: impl Iterator<Item = &'c str>,
        is_padded: bool,
    ) -> &str {
        self.text.clear();
        self.text.push('{');
        for (name, cell) in self.names.iter().zip(cells) {
            let cell = if is_padded { cell.trim() } else { cell };
            let Some(value) = value(cell) else { continue };
            if self.text.len() > 1 {
                self.text.push(',');
            }
            self.text.push_str(name);
            match value {
                Datum::Bool(flag) => self.text.push_str(if flag { "true" } else { "false" }),
                // Numbers are those of JSON.
                Datum::Integer(_) | Datum::Float(_) => self.text.push_str(cell),
                Datum::Text(_) | Datum::List(_) => {
                    self.text.push_str(&Json::from(cell).to_string());
                }
            }
        }
        self.text.push('}');
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_the_object_of_its_cells() {
        let mut writer = ObjectWriter::new(&["a".to_owned(), "b \"c\"".to_owned(), "d".to_owned()]);
        let object = |writer: &mut ObjectWriter, cells: [&str; 3], is_padded| {
            writer.write(cells.into_iter(), is_padded).to_owned()
        };
        assert_eq!(
            object(&mut writer, ["1.50", "x\"y", ""], false),
            r#"{"a":1.50,"b \"c\"":"x\"y"}"#
        );
        assert_eq!(object(&mut writer, ["", " 7 ", "True"], true), r#"{"b \"c\"":7,"d":true}"#);
        assert_eq!(object(&mut writer, ["", "", ""], false), "{}");
    }
}

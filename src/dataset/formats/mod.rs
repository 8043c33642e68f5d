//! The registry of output formats: their names, what each of them can write, and how its writer is
//! made. The arguments, their help and the commands read it.

use std::io;

use super::cell::{Column, Writer};

mod csv;
mod ndjson;
#[cfg(feature = "parquet")]
mod parquet;
mod table;
mod tsv;

pub use table::Table;

/// All formats, in the order of the help. For each content the first that can write it is the
/// default.
pub static FORMATS: &[Format] = &[
    ndjson::FORMAT,
    csv::FORMAT,
    tsv::FORMAT,
    #[cfg(feature = "parquet")]
    self::parquet::FORMAT,
    table::FORMAT,
];

/// An output format.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line; files of it may end in it.
    pub name: &'static str,
    /// Its name in a sentence.
    pub title: &'static str,
    /// Its line in the help.
    pub doc: &'static str,
    /// True if a terminal cannot show it.
    pub is_binary: bool,
    /// What can be written in it.
    pub contents: &'static [Content],
    /// The form of keys in values.
    pub keys: KeyForm,
    /// Makes a writer of rows with these columns.
    make: fn(Output, &[Column]) -> Box<dyn Writer>,
}

/// Where a writer writes. It is flushed at the end of the rows.
type Output = Box<dyn io::Write>;

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Final values.
    Values,
    /// Point-in-time rows.
    Rows,
}

/// The form of keys in values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// A cell with all parts of the key.
    Whole,
    /// A column for each attribute of any key.
    Columns,
}

impl Format {
    /// A writer of rows with these columns.
    #[must_use]
    pub fn writer(&self, out: Box<dyn io::Write>, columns: &[Column]) -> Box<dyn Writer> {
        (self.make)(out, columns)
    }
}

impl Content {
    /// Its word, as in names of files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Values => "values",
            Self::Rows => "rows",
        }
    }

    /// The formats that can write it.
    pub fn formats(self) -> impl Iterator<Item = &'static Format> {
        FORMATS.iter().filter(move |format| format.contents.contains(&self))
    }
}

/// The names of columns.
fn names(columns: &[Column]) -> impl Iterator<Item = &str> {
    columns.iter().map(|column| column.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_content_has_a_format() {
        for (i, format) in FORMATS.iter().enumerate() {
            let is_same = |other: &Format| other.name == format.name;
            assert!(!FORMATS[..i].iter().any(is_same), "{} twice", format.name);
            assert!(!format.contents.is_empty() && !format.doc.is_empty(), "{}", format.name);
        }
        for content in [Content::Values, Content::Rows] {
            assert_eq!(content.formats().next().unwrap().name, "ndjson");
        }
    }
}

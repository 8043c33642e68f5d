//! Lists of texts as values: the most frequent values of a feature.

use std::fmt;
use std::sync::Arc;

/// A list of texts that has at least one, and is cheap to copy. Its form for people is the texts
/// with commas between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextList(Arc<[String]>);

impl TextList {
    /// The list of some texts; `None` if there are none, since an empty list is no value.
    #[must_use]
    pub fn of(texts: impl IntoIterator<Item = String>) -> Option<Self> {
        let texts: Arc<[String]> = texts.into_iter().collect();
        (!texts.is_empty()).then_some(Self(texts))
    }

    /// The texts.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for TextList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_its_texts() {
        let list = TextList::of(["shoes", "hats"].map(str::to_owned)).unwrap();
        assert_eq!(list.to_string(), "shoes, hats");
        assert_eq!(TextList::of([]), None);
    }
}

//! What a text says, however it is laid out: its values with their anchors and tags, and its
//! comments. Two texts of the same content mean the same to any reader of YAML.

use std::ops::Range;

use super::{brackets, spans};

/// The content of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Content {
    /// The values, in the order of the text.
    values: Vec<String>,
    /// The comments, in the order of the text.
    comments: Vec<String>,
}

impl Content {
    /// Reads a text; `None` if it is not YAML.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self::of(text, text).or_else(|| Self::of(text, &brackets::with_brackets_joined(text)))
    }

    /// The content of a text, by what a parser reads of the same in another form.
    fn of(text: &str, read: &str) -> Option<Self> {
        let events = spans::events(read)?;
        let comments = outside(text, &scalars(text, &events));
        let comments = comments.into_iter().map(|place| text[place].to_owned()).collect();
        let values = events.into_iter().map(|event| event.event).collect();
        Some(Self { values, comments })
    }
}

/// Where the comments of a text stand, each from its `#` to the end of its line; none if the text is
/// not YAML.
#[must_use]
pub fn comments(text: &str) -> Vec<Range<usize>> {
    let whole = text.strip_prefix('\u{feff}').unwrap_or(text);
    let events =
        spans::events(whole).or_else(|| spans::events(&brackets::with_brackets_joined(whole)));
    let scalars = events.map(|events| scalars(whole, &events));
    let before = text.len() - whole.len();
    let places = scalars.map(|scalars| outside(whole, &scalars)).unwrap_or_default();
    places.into_iter().map(|place| place.start + before..place.end + before).collect()
}

/// Where the scalars of a text stand.
fn scalars(text: &str, events: &[spans::ParserEvent]) -> Vec<Range<usize>> {
    let places = events.iter().filter_map(|event| event.scalar.clone());
    places.map(|place| within(text, place)).collect()
}

/// The bytes of a scalar, in which nothing is a comment.
fn within(text: &str, place: Range<usize>) -> Range<usize> {
    let value = behind_properties(text, place.start);
    let end = match text.as_bytes().get(value) {
        Some(b'"' | b'\'') => quoted(text, value).min(place.end),
        _ => place.end,
    };
    place.start..end
}

/// Where a value begins behind its anchor and its tag.
fn behind_properties(text: &str, start: usize) -> usize {
    let mut rest = &text[start..];
    while rest.starts_with(['&', '!']) {
        rest = rest.trim_start_matches(|sign: char| !sign.is_whitespace()).trim_start();
    }
    text.len() - rest.len()
}

/// The end of the text in quotes that begins at a byte. The parser's span may go on to the end of a
/// comment behind it.
fn quoted(text: &str, start: usize) -> usize {
    let mut signs = text[start..].char_indices().peekable();
    let quote = signs.next().map(|(_, quote)| quote);
    while let Some((at, sign)) = signs.next() {
        if sign == '\\' && quote == Some('"') {
            signs.next();
        } else if Some(sign) == quote {
            let is_doubled = sign == '\'' && signs.next_if(|(_, next)| *next == '\'').is_some();
            if !is_doubled {
                return start + at + 1;
            }
        }
    }
    text.len()
}

/// The comments outside of scalars, which are in the order of the text.
fn outside(text: &str, scalars: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut comments = Vec::new();
    let mut scalars = scalars.iter().peekable();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('#')) {
        let start = at + found;
        while scalars.next_if(|scalar| scalar.end <= start).is_some() {}
        if let Some(scalar) = scalars.peek().filter(|scalar| scalar.contains(&start)) {
            at = scalar.end;
            continue;
        }
        let end = text[start..].find('\n').map_or(text.len(), |line| start + line);
        if text[..start].ends_with(char::is_whitespace) || start == 0 {
            comments.push(start..start + text[start..end].trim_end().len());
            at = end;
        } else {
            at = start + 1;
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_found_outside_of_texts() {
        let text = "# a\nb: \"x # y\" # c \r\nd: | # e\n  f # g\n\n# h\ni: [1, # j\n  'k#l # l'' # l'] # m\nn: 'o\n  # p'\nq: r # s";
        let found = Content::read(text).unwrap().comments;
        assert_eq!(found, ["# a", "# c", "# e", "# h", "# j", "# m", "# s"]);
    }

    #[test]
    fn what_stands_in_a_scalar_is_no_comment() {
        let text = "\u{feff}\
# 1
a: b # 2
c: \"it says # no\" # 3
d: 'it''s # no'
e: it's # 4
f: x#no
g: [\"# no\", '#no'] # 5
h: \"first
  # no, second\" # 6
i: | # 7
  text
  # no

j: >-
  no
l: a | b # 8
m: well, 'tis so # 9
n: &a \"# no\" # 10\u{e4}
";
        let found: Vec<&str> = super::comments(text).into_iter().map(|at| &text[at]).collect();
        let want = ["# 1", "# 2", "# 3", "# 4", "# 5", "# 6", "# 7", "# 8", "# 9", "# 10\u{e4}"];
        assert_eq!(found, want);
        assert!(super::comments("a: [").is_empty());
    }

    #[test]
    fn layout_is_no_content() {
        let content = |text| Content::read(text).unwrap();
        let one = content("a:   {b: 'c',d: [1,2]}   # e\n");
        assert_eq!(one, content("---\na:\n    b: \"c\"\n    d:\n    - 1\n    - 2 # e\n"));
        for other in [
            "a: {b: c, d: [1, 2]} # e\n",
            "a: {b: 'c', d: [2, 1]} # e\n",
            "a: {b: 'c', d: [1, 2]} # f\n",
            "a: {b: 'c', d: [1, 2]}\n",
            "a: &x {b: 'c', d: [1, 2]} # e\n",
            "a: {b: 'c', d: [1, !int 2]} # e\n",
        ] {
            assert_ne!(one, content(other), "{other}");
        }
        assert_eq!(Content::read("a: [").as_ref(), None);
    }
}

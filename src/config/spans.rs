//! The spans of YAML values, read by `saphyr-parser`; the only file that names that crate.
//!
//! The parser's events are followed with an explicit stack, because the crate's loader recurses (a
//! deep text would overflow the stack) and stops at the first duplicate key.

use std::collections::BTreeMap;
use std::ops::Range;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use super::brackets;
use super::values::SyntaxFault;

/// The most levels of lists and maps. The language needs seven.
const DEPTH: usize = 100;

/// The spans of the values of one document.
#[derive(Debug)]
pub(super) struct Spans {
    places: Vec<PlaceOf>,
    root: Option<usize>,
    has_aliases: bool,
}

/// The span of one value.
#[derive(Clone, Debug)]
pub(super) struct PlaceOf {
    /// The span, in bytes; a block list or map ends where its last value ends.
    pub span: Range<usize>,
    /// The line it starts on, from 1.
    pub line: usize,
    /// True for a plain scalar, in which `//` is probably meant as a comment.
    pub plain: bool,
    /// The number of levels of lists and maps in it.
    levels: usize,
    inside: Inside,
}

impl PlaceOf {
    /// The span of the value of an empty text.
    pub(super) const fn nowhere() -> Self {
        Self { span: 0..0, line: 1, plain: false, levels: 0, inside: Inside::Nothing }
    }
}

#[derive(Clone, Debug)]
enum Inside {
    Nothing,
    List(Vec<usize>),
    Map(Vec<(usize, usize)>),
}

/// A list or map whose end has not been read yet.
struct Open {
    place: usize,
    is_map: bool,
    children: Vec<usize>,
}

impl Spans {
    /// Reads the spans of the text's only document.
    pub(super) fn read(text: &str) -> Result<Self, SyntaxFault> {
        Self::read_as_written(text).or_else(|fault| {
            // The parser refuses a bracket in the column of its key, which is how most people and
            // formatters write it, behind an element in quotes.
            if !matches!(text.as_bytes().get(fault.offset), Some(b']' | b'}')) {
                return Err(fault);
            }
            let mut spans =
                Self::read_as_written(&brackets::with_brackets_joined(text)).map_err(|_| fault)?;
            let lines: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
            for place in &mut spans.places {
                place.line = 1 + lines.partition_point(|end| *end < place.span.start);
            }
            Ok(spans)
        })
    }

    fn read_as_written(text: &str) -> Result<Self, SyntaxFault> {
        let offsets = Offsets::new(text);
        let mut spans = Self { places: Vec::new(), root: None, has_aliases: false };
        let mut anchors: BTreeMap<usize, usize> = BTreeMap::new();
        let mut open: Vec<Open> = Vec::new();
        let mut documents = 0;
        let mut read = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let fault = SyntaxFault {
                    offset: offsets.of(error.marker()),
                    reason: error.info().to_owned(),
                    help: None,
                };
                spans.explained(text, fault, &open, read)
            })?;
            read = offsets.of(&span.end);
            let refuse = |reason: String, help| SyntaxFault {
                offset: offsets.of(&span.start),
                reason,
                help: Some(help),
            };
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let reason = "a config is one document, and a second one starts";
                        return Err(refuse(reason.into(), "remove the `---` or what follows it"));
                    }
                }
                Event::Scalar(_, style, anchor, _) => {
                    let place = spans.scalar(text, &offsets, &span, style);
                    anchors.insert(anchor, place);
                    spans.close(place, &mut open);
                }
                Event::Alias(anchor) => {
                    let Some(place) = anchors.get(&anchor) else {
                        let reason = "an alias to an anchor that is not defined";
                        return Err(refuse(reason.into(), "define it before with `&`"));
                    };
                    if open.len() + spans.places[*place].levels > DEPTH {
                        return Err(too_deep(offsets.of(&span.start)));
                    }
                    spans.has_aliases = true;
                    spans.close(*place, &mut open);
                }
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                    if open.len() == DEPTH {
                        return Err(too_deep(offsets.of(&span.start)));
                    }
                    let start = offsets.of(&span.start);
                    let place = spans.push(start..offsets.of(&span.end), span.start.line(), false);
                    anchors.insert(anchor, place);
                    let is_map = matches!(event, Event::MappingStart(..));
                    open.push(Open { place, is_map, children: Vec::new() });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(ended) = open.pop() {
                        let place = ended.place;
                        spans.end(text, offsets.of(&span.start), ended);
                        spans.close(place, &mut open);
                    }
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        Ok(spans)
    }

    /// A better reason for a fault of the parser: a bracket that is not closed, or one too many
    /// levels, if the parser has read further than the events that it has returned, up to `read`.
    fn explained(&self, text: &str, fault: SyntaxFault, open: &[Open], read: usize) -> SyntaxFault {
        if let Some(deep) = brackets::too_deep(text, read, DEPTH - open.len())
            && deep < fault.offset
        {
            return too_deep(deep);
        }
        let mut starts = open.iter().map(|open| self.places[open.place].span.start);
        let is_bracket = |at: &usize| matches!(text.as_bytes().get(*at), Some(b'[' | b'{'));
        let outermost = starts.find(is_bracket).unwrap_or(read);
        let Some(at) = brackets::unclosed(text, outermost, fault.offset) else { return fault };
        let (bracket, help) = match text.as_bytes()[at] {
            b'[' => ('[', "write `]` behind the last element"),
            _ => ('{', "write `}` behind the last member"),
        };
        let reason = format!("this `{bracket}` is not closed");
        SyntaxFault { offset: at, reason, help: Some(help) }
    }

    /// True if the text has aliases.
    pub(super) const fn has_aliases(&self) -> bool {
        self.has_aliases
    }

    /// The span of the document's value.
    pub(super) fn root(&self) -> Option<&PlaceOf> {
        self.root.map(|root| &self.places[root])
    }

    /// The span of the `n`-th element of a list.
    pub(super) fn element(&self, list: &PlaceOf, n: usize) -> Option<&PlaceOf> {
        match &list.inside {
            Inside::List(elements) => elements.get(n).map(|place| &self.places[*place]),
            Inside::Nothing | Inside::Map(_) => None,
        }
    }

    /// The spans of key and value of the `n`-th entry of a map.
    pub(super) fn entry(&self, map: &PlaceOf, n: usize) -> Option<(&PlaceOf, &PlaceOf)> {
        match &map.inside {
            Inside::Map(entries) => {
                entries.get(n).map(|(key, value)| (&self.places[*key], &self.places[*value]))
            }
            Inside::Nothing | Inside::List(_) => None,
        }
    }

    fn push(&mut self, span: Range<usize>, line: usize, plain: bool) -> usize {
        self.places.push(PlaceOf { span, line, plain, levels: 0, inside: Inside::Nothing });
        self.places.len() - 1
    }

    fn scalar(&mut self, text: &str, offsets: &Offsets, span: &Span, style: ScalarStyle) -> usize {
        let (start, end) = (offsets.of(&span.start), offsets.of(&span.end));
        let written = text.get(start..end).unwrap_or_default().trim_end();
        let plain = style == ScalarStyle::Plain;
        self.push(start..start + written.len(), span.start.line(), plain)
    }

    /// Adds a complete value to the open list or map, or makes it the document.
    fn close(&mut self, place: usize, open: &mut [Open]) {
        match open.last_mut() {
            Some(parent) => parent.children.push(place),
            None => self.root = Some(place),
        }
    }

    /// Ends a list or map: in flow style at its bracket, in block style with its last value.
    fn end(&mut self, text: &str, end: usize, ended: Open) {
        let (first, last) = (ended.children.first().copied(), ended.children.last().copied());
        let start = self.places[ended.place].span.start;
        let is_flow = matches!(text.as_bytes().get(start), Some(b'[' | b'{'));
        self.places[ended.place].span = match (is_flow, first, last) {
            (false, Some(first), Some(last)) => {
                let own = start.min(self.places[first].span.start);
                own..self.places[last].span.end.max(own)
            }
            // The parser's span of a bracket may go on to the end of a comment behind it.
            (true, ..) => start..(end + 1).min(text.len()),
            _ => start..end.max(start),
        };
        let levels = ended.children.iter().map(|child| self.places[*child].levels).max();
        self.places[ended.place].levels = levels.unwrap_or(0) + 1;
        self.places[ended.place].inside = if ended.is_map {
            let pairs = ended.children.chunks_exact(2).map(|pair| (pair[0], pair[1]));
            Inside::Map(pairs.collect())
        } else {
            Inside::List(ended.children)
        };
    }
}

fn too_deep(offset: usize) -> SyntaxFault {
    SyntaxFault {
        offset,
        reason: format!("nested deeper than {DEPTH} levels"),
        help: Some("the deepest config has seven"),
    }
}

/// An event of a parser, and where its scalar stands.
pub(super) struct ParserEvent {
    /// The event with its anchor and its tag; of a scalar also whether it is plain.
    pub event: String,
    /// The bytes of a scalar, if it is one; the end of one in quotes may be behind it.
    pub scalar: Option<Range<usize>>,
}

/// The events of a parser but for those that begin documents; `None` if the text is not YAML.
pub(super) fn events(text: &str) -> Option<Vec<ParserEvent>> {
    let offsets = Offsets::new(text);
    let mut all = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        let place = offsets.of(&span.start)..offsets.of(&span.end);
        all.push(match event {
            Event::DocumentStart(_) => continue,
            Event::Scalar(value, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let event = format!("{value:?} {is_plain} {anchor} {tag:?}");
                ParserEvent { event, scalar: Some(place) }
            }
            other => ParserEvent { event: format!("{other:?}"), scalar: None },
        });
    }
    Some(all)
}

/// The byte offsets of a text's characters, because the parser counts characters.
struct Offsets {
    /// Empty for a text in ASCII, where both are equal.
    bytes: Vec<usize>,
    len: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(offset, _)| offset).collect()
        };
        Self { bytes, len: text.len() }
    }

    fn of(&self, marker: &Marker) -> usize {
        if self.bytes.is_empty() {
            marker.index().min(self.len)
        } else {
            self.bytes.get(marker.index()).copied().unwrap_or(self.len)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<'t>(text: &'t str, path: &[usize]) -> &'t str {
        let spans = Spans::read(text).unwrap();
        let mut place = spans.root().unwrap();
        for step in path {
            place = spans
                .element(place, *step)
                .or_else(|| spans.entry(place, *step).map(|(_, value)| value))
                .unwrap();
        }
        &text[place.span.clone()]
    }

    #[test]
    fn values_are_found_in_every_style() {
        let text = "ä: [1, {b: 'zwei' }]\r\nö:\r\n  - x y # c\r\n  - \"ß\"\r\nlast: 3";
        assert_eq!(written(text, &[0]), "[1, {b: 'zwei' }]");
        assert_eq!(written(text, &[0, 1, 0]), "'zwei'");
        assert_eq!(written(text, &[1, 0]), "x y");
        assert_eq!(written(text, &[1, 1]), "\"ß\"");
        assert_eq!(written(text, &[1]), "- x y # c\r\n  - \"ß\"");
        assert_eq!(written(text, &[2]), "3");
        let commented = "a: [\n  {b: 1} # one }\n]\n";
        assert_eq!(written(commented, &[0, 0]), "{b: 1}");
    }

    #[test]
    fn a_bracket_may_stand_in_the_column_of_its_key() {
        let text =
            "a:\n  b: [\n    'c',\n    \"d\" # e ]\n  ]\nf: {\n  g: [1] }\nh: [\n \"i\"\n]\n";
        assert_eq!(written(text, &[0, 0]), "[\n    'c',\n    \"d\" # e ]\n  ]");
        assert_eq!(written(text, &[0, 0, 1]), "\"d\"");
        assert_eq!(written(text, &[2, 0]), "\"i\"");
        let spans = Spans::read(text).unwrap();
        let (key, _) = spans.entry(spans.root().unwrap(), 2).unwrap();
        assert_eq!(key.line, 8);
    }

    #[test]
    fn an_alias_stands_where_its_anchor_is() {
        let text = "a: &x {k: [1, 2]}\nb: *x\n";
        assert_eq!(written(text, &[1, 0, 1]), "2");
    }

    #[test]
    fn odd_texts_are_refused_or_read_but_never_panic() {
        let deep = format!("{}x{}", "[".repeat(101), "]".repeat(101));
        assert!(Spans::read(&deep).is_err());
        let block: String = (0..5_000).flat_map(|i| [" ".repeat(i), "a:\n".into()]).collect();
        assert!(Spans::read(&block).is_err());
        for text in ["", "\u{feff}a: 1", "a: *b", "? [x]\n: y", "%", "- \t- x", "a: |\n  b\n", "]"]
        {
            let _ = Spans::read(text);
        }
        assert!(Spans::read("").unwrap().root().is_none());
    }
}

//! Brackets of flow style in a text that is not YAML: which one is not closed, and where they nest
//! too deep.

/// The innermost bracket at or behind `at` that is still open at `until`, or closed by a bracket of
/// the other kind, and that nothing behind `until` closes either. Offsets are bytes.
pub(super) fn unclosed(text: &str, at: usize, until: usize) -> Option<usize> {
    let mut open: Vec<(usize, u8)> = Vec::new();
    for (place, sign) in signs(text, at).take_while(|(place, _)| *place < until) {
        if matches!(sign, b'[' | b'{') {
            let before = place.checked_sub(1).map_or(b' ', |before| text.as_bytes()[before]);
            // In a plain scalar of block style a bracket is an ordinary character.
            if !open.is_empty() || before.is_ascii_whitespace() {
                open.push((place, sign));
            }
        } else if let Some((place, opening)) = open.pop()
            && opening != opposite(sign)
        {
            return Some(place);
        }
    }
    let (last, _) = open.pop()?;
    is_left_open(text, last).then_some(last)
}

/// True if no bracket of the same kind closes the one at `at`.
fn is_left_open(text: &str, at: usize) -> bool {
    let mut open = Vec::new();
    for (_, sign) in signs(text, at) {
        if matches!(sign, b'[' | b'{') {
            open.push(sign);
        } else if open.pop() != Some(opposite(sign)) {
            return true;
        } else if open.is_empty() {
            return false;
        }
    }
    true
}

const fn opposite(closing: u8) -> u8 {
    if closing == b']' { b'[' } else { b'{' }
}

/// The byte offset behind `at` where brackets nest deeper than `levels`.
pub(super) fn too_deep(text: &str, at: usize, levels: usize) -> Option<usize> {
    let mut open = 0_usize;
    signs(text, at).find_map(|(place, sign)| {
        open = if matches!(sign, b'[' | b'{') { open + 1 } else { open.saturating_sub(1) };
        (open > levels).then_some(place)
    })
}

/// The path of which the bracket at the byte `at` is a part, as in `items[].id`: in flow style it
/// ends the text before it.
pub(super) fn path(text: &str, at: usize) -> Option<&str> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_part = |c: char| is_name(c) || matches!(c, '[' | ']' | '=');
    let (before, behind) = (text.get(..at)?, text.get(at..)?);
    if !behind.starts_with('[') || !before.ends_with(is_name) {
        return None;
    }
    let start =
        at - before.chars().rev().take_while(|c| is_part(*c)).map(char::len_utf8).sum::<usize>();
    let mut open = 0_i32;
    let is_in = |c: &char| {
        open += i32::from(*c == '[') - i32::from(*c == ']');
        open >= 0 && is_part(*c)
    };
    let end = at + behind.chars().take_while(is_in).map(char::len_utf8).sum::<usize>();
    text.get(start..end).map(|path| path.trim_start_matches('['))
}

/// The text with each closing bracket that begins a line on the line of what is before it. Bytes
/// keep their places: what is between becomes blanks.
pub(super) fn with_brackets_joined(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut scan = Scan::default();
    let mut end = 0;
    for (place, byte) in text.bytes().enumerate() {
        let kind = scan.next(byte);
        if kind == Kind::Plain && matches!(byte, b']' | b'}') && bytes[end..place].contains(&b'\n')
        {
            bytes[end..place].fill(b' ');
        }
        if kind != Kind::Comment && !byte.is_ascii_whitespace() {
            end = place + 1;
        }
    }
    // What was replaced are whole characters, since it is behind one and before another.
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The brackets from the byte `at` on, outside quotes and comments.
fn signs(text: &str, at: usize) -> impl Iterator<Item = (usize, u8)> {
    let mut scan = Scan::default();
    text.bytes().enumerate().skip(at).filter(move |(_, byte)| {
        scan.next(*byte) == Kind::Plain && matches!(byte, b'[' | b'{' | b']' | b'}')
    })
}

/// What a byte is a part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Quoted,
    Comment,
}

/// Tells quotes and comments from the rest, byte by byte.
struct Scan {
    quote: Option<u8>,
    is_comment: bool,
    escaped: bool,
    before: u8,
}

impl Default for Scan {
    fn default() -> Self {
        Self { quote: None, is_comment: false, escaped: false, before: b' ' }
    }
}

impl Scan {
    fn next(&mut self, byte: u8) -> Kind {
        let last = std::mem::replace(&mut self.before, byte);
        match (self.quote, byte) {
            (_, b'\n') if self.is_comment => self.is_comment = false,
            _ if self.is_comment => return Kind::Comment,
            (Some(b'"'), _) if self.escaped => self.escaped = false,
            (Some(b'"'), b'\\') => self.escaped = true,
            (Some(open), byte) if open == byte => self.quote = None,
            (None, b'#') if last.is_ascii_whitespace() => {
                self.is_comment = true;
                return Kind::Comment;
            }
            // Within a plain scalar a quote is an ordinary character.
            (None, b'"' | b'\'') if b" \t\n\r[{,:".contains(&last) => self.quote = Some(byte),
            (None, _) => return Kind::Plain,
            (Some(_), _) => {}
        }
        Kind::Quoted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_is_closed_or_left_open() {
        for (text, open) in [
            ("[a, {b: c}]", None),
            ("[a, ']', \"\\\"]\", don't] # ]", None),
            ("[a # ]\n]", None),
            ("a[1: {b}", None),
            ("[a, {b: c}", Some(0)),
            ("[a, b}", Some(0)),
            ("[a: {b]", Some(4)),
            ("[[x], {a\n- [7]\n", Some(6)),
        ] {
            assert_eq!(unclosed(text, 0, text.len()), open, "{text}");
        }
        assert_eq!(unclosed("a: [b] [c", 3, 6), None);
        assert_eq!(unclosed("a: [b, c]", 3, 6), None, "closed behind there");
    }

    #[test]
    fn closing_brackets_are_with_brackets_joined() {
        for (text, want) in [
            ("a: [\n  \"b]\" # c ]\n]\nd: 1", "a: [\n  \"b]\"       ]\nd: 1"),
            ("a: {b: [c],\n\n# ü\n}", "a: {b: [c],       }"),
            ("a: [b]\nc: '\n]'", "a: [b]\nc: '\n]'"),
        ] {
            assert_eq!(with_brackets_joined(text), want);
        }
    }

    #[test]
    fn a_bracket_is_part_of_a_path() {
        for (text, want) in [
            ("{a: items[].id}", Some("items[].id")),
            ("[user, items[0].id]", Some("items[0].id")),
            ("[p.q[k=v].w, x]", Some("p.q[k=v].w")),
            ("{a: größe[]}", Some("größe[]")),
            ("[items[0]]", Some("items[0]")),
            ("{a: [b]}", None),
            ("{a: \"b\" [c]}", None),
        ] {
            let at = text.rmatch_indices('[').next().unwrap().0;
            assert_eq!(path(text, at), want, "{text}");
        }
    }

    #[test]
    fn nesting_is_counted() {
        assert_eq!(too_deep("[[x], [[y]]]", 0, 2), Some(7));
        assert_eq!(too_deep("[[x], [[y]]]", 0, 3), None);
    }
}

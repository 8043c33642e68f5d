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

/// The brackets from the byte `at` on, outside quotes and comments.
fn signs(text: &str, at: usize) -> impl Iterator<Item = (usize, u8)> {
    let mut quote = None;
    let mut is_comment = false;
    let mut escaped = false;
    let mut before = b' ';
    text.bytes().enumerate().skip(at).filter(move |(_, byte)| {
        let last = std::mem::replace(&mut before, *byte);
        match (quote, *byte) {
            (_, b'\n') if is_comment => is_comment = false,
            _ if is_comment => {}
            (Some(b'"'), _) if escaped => escaped = false,
            (Some(b'"'), b'\\') => escaped = true,
            (Some(open), byte) if open == byte => quote = None,
            (None, b'#') if last.is_ascii_whitespace() => is_comment = true,
            // Within a plain scalar a quote is an ordinary character.
            (None, b'"' | b'\'') if b" \t\n\r[{,:".contains(&last) => quote = Some(*byte),
            (None, b'[' | b'{' | b']' | b'}') => return true,
            _ => {}
        }
        false
    })
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

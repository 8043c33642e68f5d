//! A little colour for lines of YAML: keys and comments. It reads each line by itself, so inside
//! block texts it may see keys where there are none; it must never be asked what a line means.

/// What a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Anything else.
    Plain,
    /// The key of a member.
    Key,
    /// Dashes of lists.
    Mark,
    /// From a `#` to the end.
    Comment,
}

/// The pieces of a line, which make the line when joined.
pub(super) fn pieces(line: &str) -> Vec<(&str, Role)> {
    let (code, comment) = line.split_at(comment_start(line));
    let mut pieces = Vec::with_capacity(4);
    let mut rest = code;
    loop {
        let body = rest.trim_start();
        let dash = body == "-" || body.starts_with("- ");
        let taken = rest.len() - body.len() + usize::from(dash);
        if taken > 0 {
            let (mark, tail) = rest.split_at(taken);
            pieces.push((mark, Role::Mark));
            rest = tail;
        }
        if !dash {
            break;
        }
    }
    if let Some(colon) = key_end(rest) {
        let (key, tail) = rest.split_at(colon);
        pieces.push((key, Role::Key));
        rest = tail;
    }
    pieces.push((rest, Role::Plain));
    pieces.push((comment, Role::Comment));
    pieces.retain(|(piece, _)| !piece.is_empty());
    pieces
}

/// Where the comment starts; the line's end if it has none.
fn comment_start(line: &str) -> usize {
    let mut after_space = true;
    for (at, c) in unquoted(line) {
        if c == '#' && after_space {
            return at;
        }
        after_space = c == ' ' || c == '\t';
    }
    line.len()
}

/// Where the colon after a key is.
fn key_end(code: &str) -> Option<usize> {
    if code.starts_with(['{', '[']) {
        return None;
    }
    let colon = |at: usize| code[at + 1..].is_empty() || code[at + 1..].starts_with([' ', '\t']);
    unquoted(code).find(|(at, c)| *c == ':' && colon(*at)).map(|(at, _)| at)
}

/// The characters that are not in quotes, the quotes included. A quote opens only where a
/// scalar can start, so that an apostrophe inside a word opens none.
fn unquoted(line: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quote = None;
    let mut before = ' ';
    line.char_indices().filter(move |(_, c)| {
        let inside = quote.is_some();
        match quote {
            Some(open) if *c == open => quote = None,
            None if matches!(c, '"' | '\'') && " \t[{,".contains(before) => quote = Some(*c),
            _ => {}
        }
        before = *c;
        !inside
    })
}

#[cfg(test)]
mod tests {
    use super::Role::{Comment, Key, Mark, Plain};
    use super::*;

    #[test]
    fn keys_and_comments_are_told_apart() {
        assert_eq!(
            pieces("  - name: clicks  # per item"),
            [
                ("  -", Mark),
                (" ", Mark),
                ("name", Key),
                (": clicks  ", Plain),
                ("# per item", Comment)
            ]
        );
        assert_eq!(pieces("features:"), [("features", Key), (":", Plain)]);
        assert_eq!(pieces("# all"), [("# all", Comment)]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn quotes_hide_hashes_and_colons() {
        assert_eq!(pieces("a: \"x: # y\""), [("a", Key), (": \"x: # y\"", Plain)]);
        assert_eq!(pieces("it's: here # ok").last(), Some(&("# ok", Comment)));
        assert_eq!(pieces("url: http://x#y"), [("url", Key), (": http://x#y", Plain)]);
        assert_eq!(pieces("- [7, 14]"), [("-", Mark), (" ", Mark), ("[7, 14]", Plain)]);
    }
}

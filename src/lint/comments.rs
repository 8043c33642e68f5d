//! The comments of a YAML text: what follows a `#` that stands in no scalar.

use std::ops::Range;

/// The comments, each from its `#` to the end of its line.
pub(super) fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The quote in which a line begins, and the indentation of the block scalar that it may be of.
    let mut quote = None;
    let mut block: Option<Block> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_of_block = match &mut block {
            None => false,
            Some(_) if line.trim().is_empty() => true,
            Some(block) => indent >= *block.indent.get_or_insert(indent.max(block.parent + 1)),
        };
        if !is_of_block {
            let ends = scan(line, &mut quote);
            found.extend(ends.comment.map(|at| start + at..start + line.trim_end().len()));
            block = ends.begins_block.then_some(Block { parent: indent, indent: None });
        }
        start += line.len();
    }
    found
}

/// A block scalar: the indentation of the line that begins it, and its own, which its first line has.
struct Block {
    parent: usize,
    indent: Option<usize>,
}

/// What a line comes to.
struct LineEnd {
    /// Where its comment begins.
    comment: Option<usize>,
    /// Whether a block scalar follows.
    begins_block: bool,
}

/// Goes through a line that is not of a block scalar; `quote` is the one in which it stands.
fn scan(line: &str, quote: &mut Option<char>) -> LineEnd {
    let mut letters = line.char_indices().peekable();
    // The last letter that is no blank, outside of quotes, and whether blanks follow it.
    let (mut last, mut is_after_blank) = (None, true);
    let mut header = None;
    while let Some((at, letter)) = letters.next() {
        if let Some(open) = *quote {
            let next = letters.peek().map(|(_, next)| *next);
            if (open == '"' && letter == '\\')
                || (open == '\'' && letter == open && next == Some(open))
            {
                letters.next();
            } else if letter == open {
                *quote = None;
            }
            (last, is_after_blank) = (Some(open), false);
            continue;
        }
        // Only where a scalar begins it may be in quotes, or a block.
        let begins = last.is_none_or(|last| "[{,:-?".contains(last));
        match letter {
            '#' if is_after_blank => {
                return LineEnd { comment: Some(at), begins_block: header.is_some() };
            }
            '"' | '\'' if begins => *quote = Some(letter),
            '|' | '>' if begins && is_after_blank && last.is_some() => header = Some(letter),
            '+' | '-' | '0'..='9' if header.is_some() => {}
            letter if !letter.is_whitespace() => header = None,
            _ => {}
        }
        is_after_blank = letter.is_whitespace();
        if !is_after_blank {
            last = Some(letter);
        }
    }
    LineEnd { comment: None, begins_block: header.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_scalar_is_no_comment() {
        let text = "\
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

   # no
j: >-
    # no
   # 8
- k: |2
    # no
l: a | b # 9
m: \"\\\" # no\" #10\u{e4}
";
        let found: Vec<&str> = comments(text).into_iter().map(|range| &text[range]).collect();
        let want = ["# 1", "# 2", "# 3", "# 4", "# 5", "# 6", "# 7", "# 8", "# 9", "#10ä"];
        assert_eq!(found, want);
    }
}

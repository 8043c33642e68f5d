//! Plain words for the messages of the YAML parsers.

/// A part of a parser's message, the meaning in plain words, and what to do, if that is known.
type Phrase = (&'static str, &'static str, Option<&'static str>);

const QUOTE: Option<&str> = Some("put the text in quotes");
const INDENT: Option<&str> =
    Some("indent all members of a map alike, and the members of an element like its first one");

/// The first that matches is used.
const PHRASES: &[Phrase] = &[
    (
        "mapping values are not allowed",
        "a `:` where no value can begin",
        Some(
            "a text with `: ` in it needs quotes; otherwise look at the indentation of this line \
             and the one before",
        ),
    ),
    ("mapping keys are not allowed", "a `?` or a key where none can begin", INDENT),
    ("block sequence entries are not allowed", "a `-` where no list can begin", INDENT),
    ("is only valid inside a block", "a `-` where no list can begin", INDENT),
    ("did not find expected key", "a line that is not a member of the map above it", INDENT),
    (
        "expected '-' indicator",
        "a line between the elements of a list that is not one of them",
        INDENT,
    ),
    ("wrongly indented line in block scalar", "a line that is indented less than its text", INDENT),
    ("invalid indentation", "a wrong indentation", INDENT),
    ("simple key expect", "a key without `:`", Some("write `key: value`")),
    ("could not find expected ':'", "a key without `:`", Some("write `key: value`")),
    ("illegal placement of ':'", "a `:` where none can be", QUOTE),
    ("':' may not precede", "a `:` right before a bracket", Some("write a space after the `:`")),
    ("':' must be followed", "a `:` without a space after it", Some("write a space after the `:`")),
    ("found unexpected ':'", "a `:` without a space after it", Some("write a space after the `:`")),
    ("'-' must be followed", "a `-` without a space after it", Some("write a space after the `-`")),
    ("cannot start with '-'", "a `-` right before a bracket", Some("write a space after the `-`")),
    ("unexpected character", "a text that begins with `@`, `%` or a backtick", QUOTE),
    ("cannot start any token", "a text that begins with a character of YAML's own", QUOTE),
    ("found unexpected end of stream", "a quote that is not closed", Some("close the quote")),
    (
        "found unexpected document indicator",
        "a quote that is not closed before `---` or `...`",
        Some("close the quote"),
    ),
    (
        "unknown escape character",
        "a `\\` in double quotes before a letter that it does not go with",
        Some("write `\\\\`, or use single quotes"),
    ),
    (
        "hexadecimal number",
        "an escape such as `\\x41` with a wrong digit",
        Some("write `\\\\` for a `\\`, or use single quotes"),
    ),
    (
        "character escape code",
        "an escape that is not a character",
        Some("write `\\\\` for a `\\`, or use single quotes"),
    ),
    ("trailing content after double-quoted", "text behind a closing quote", QUOTE),
    ("unexpected end of plain scalar", "a text that ends too early", QUOTE),
    (
        "comment intercepting",
        "a comment within a text of several lines",
        Some("put the text on one line, or the comment elsewhere"),
    ),
    ("expected ',' or ']'", "a `,` or `]` is missing", None),
    ("expected ',' or '}'", "a `,` or `}` is missing", None),
    ("misplaced bracket", "a bracket that closes nothing", Some("remove it, or open it before")),
    ("expected node content", "a value is missing, or is not a text, list or map", QUOTE),
    ("duplicated anchor", "an anchor (`&`) that is defined twice", Some("rename one of them")),
    (
        "unknown anchor",
        "an alias to an anchor that is not defined",
        Some("define it before with `&`"),
    ),
    ("indentation for anchor", "an anchor (`&`) that is indented less than its value", INDENT),
    ("anchor or alias", "a `&` or `*` without a name behind it", QUOTE),
    ("scanning an anchor", "a `&` without a name behind it", QUOTE),
    ("scanning an alias", "a `*` without a name behind it", QUOTE),
    ("after document end", "text behind `...`, which ends the config", Some("remove the `...`")),
    ("document start", "text that belongs to nothing before it", INDENT),
    ("document-start", "text that belongs to nothing before it", INDENT),
    (
        "directive",
        "a line that begins with `%`, which is a directive of YAML",
        Some("remove it, or put the text in quotes"),
    ),
    (
        "block scalar",
        "a `|` or `>` that is not followed by a line break",
        Some("a text that begins with `|` or `>` needs quotes"),
    ),
    ("tag", "a `!`, which begins a YAML tag", QUOTE),
    ("handle wasn't declared", "a `!`, which begins a YAML tag", QUOTE),
    ("unexpected eof", "the text ends too early", None),
    ("expected next token", "the text ends too early", None),
    ("unprintable", "a character that is not printable", Some("remove it")),
    ("byte order mark", "a byte order mark (U+FEFF) in the middle", Some("remove it")),
    ("recursion limit", "nested too deep", None),
];

/// The meaning of a parser's message, and what to do; `None` if the message is plain enough.
pub(super) fn plain(said: &str) -> Option<(&'static str, Option<&'static str>)> {
    let said = said.to_ascii_lowercase();
    let phrase = PHRASES.iter().find(|(part, ..)| said.contains(part));
    phrase.map(|(_, words, help)| (*words, *help))
}

/// The tab that caused a fault at byte `at`: in the indentation of its line or of the line before,
/// or behind it if the parser mentions a tab. True if it is indentation.
pub(super) fn tab(text: &str, at: usize, said: &str) -> Option<(usize, bool)> {
    let is_indent = |tab: usize| {
        let start = text[..tab].rfind('\n').map_or(0, |end| end + 1);
        text[start..tab].bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
    };
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let before = text[..line.saturating_sub(1)].rfind('\n').map_or(0, |end| end + 1);
    let indent_of = |start: usize| {
        let line = text[start..].lines().next().unwrap_or_default();
        let indent = &line[..line.len() - line.trim_start().len()];
        indent.find('\t').map(|tab| start + tab).filter(|_| !line.trim().is_empty())
    };
    if let Some(tab) = indent_of(line).or_else(|| indent_of(before)) {
        return Some((tab, true));
    }
    let is_said = said
        .split(|c: char| !c.is_alphabetic())
        .any(|word| ["tab", "tabs"].iter().any(|known| word.eq_ignore_ascii_case(known)));
    if !is_said {
        return None;
    }
    let tabs = text[line..].match_indices('\t').map(|(tab, _)| line + tab);
    let first_indent = tabs.clone().find(|tab| *tab >= at && is_indent(*tab));
    first_indent.map(|tab| (tab, true)).or_else(|| tabs.clone().next().map(|tab| (tab, false)))
}

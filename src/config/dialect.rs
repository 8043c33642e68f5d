//! The members of `events` that say how a table in CSV is written: `columns`, `separator`, `quote`.

use crate::base::events::{Dialect, Quote};
use crate::diagnostic::{Faults, Label, codes};

use super::members::{Members, Slot};
use super::node::Value;

/// Reads the members into the dialect.
pub(super) fn read(events: &Members<'_>, dialect: &mut Dialect, faults: &mut Faults) {
    if let Some(slot) = events.get("columns") {
        dialect.columns = columns(slot, faults);
    }
    let [separator_slot, quote_slot] = ["separator", "quote"].map(|name| events.get(name));
    dialect.separator = separator_slot.and_then(|slot| separator(slot, faults));
    dialect.quote = quote_slot.and_then(|slot| quote(slot, faults)).unwrap_or_default();
    let byte = dialect.quote.byte();
    if let (Some(slot), Some(written), Some(byte)) = (separator_slot, &dialect.separator, byte)
        && written.as_bytes().contains(&byte)
    {
        let sign = char::from(byte);
        let message = format!("`separator` holds `{sign}`, in which cells may stand");
        let places = [Some(slot), quote_slot].into_iter().flatten();
        let labels = places.map(|s| Label { span: s.node.span.clone(), message: String::new() });
        let help = "write another separator; or say what cells stand in, such as `quote: none`";
        faults.add(codes::BAD_SEPARATOR.at_all(labels, message).help(help));
    }
}

/// The names of the columns, each once.
fn columns(slot: Slot<'_>, faults: &mut Faults) -> Option<Vec<String>> {
    let (elements, _) = slot.elements(faults)?;
    let mut names: Vec<String> = Vec::new();
    for node in elements {
        if node.is_text("") {
            let message = "`columns` has an empty name";
            let help = "give each column a name of its own, also those that no feature needs";
            faults.add(codes::WRONG_KIND.at(node.span.clone(), message).help(help));
            continue;
        }
        let Some(name) = slot.text_of(node, faults) else { continue };
        if names.contains(&name.value) {
            let message = format!("`columns` has `{}` twice", name.value);
            let help = "give each column a name of its own, also those that no feature needs";
            faults.add(codes::DUPLICATE_KEY.at(name.span, message).help(help));
            continue;
        }
        names.push(name.value);
    }
    (names.len() == elements.len()).then_some(names)
}

/// What stands between two cells, blanks included.
fn separator(slot: Slot<'_>, faults: &mut Faults) -> Option<String> {
    let Value::Text(written) = &slot.node.value else {
        slot.refuse(slot.node, faults);
        return None;
    };
    let message = match written.as_str() {
        // Between single quotes YAML knows no escapes.
        r"\t" => return Some("\t".to_owned()),
        "" => "`separator` is empty",
        text if text.contains(['\n', '\r']) => {
            "`separator` holds a line break, and lines are records"
        }
        text => return Some(text.to_owned()),
    };
    let help = "write what stands between two cells, in quotes: `separator: \";\"`, and \
                `separator: \"\\t\"` for a tab";
    faults.add(codes::BAD_SEPARATOR.at(slot.node.span.clone(), message).help(help));
    None
}

/// What cells may stand in.
fn quote(slot: Slot<'_>, faults: &mut Faults) -> Option<Quote> {
    let written = match &slot.node.value {
        Value::Bool(false) => return Some(Quote::None),
        Value::Text(written) => written.as_str(),
        _ => {
            slot.refuse(slot.node, faults);
            return None;
        }
    };
    match written.as_bytes() {
        b"none" => Some(Quote::None),
        b"\"" => Some(Quote::Double),
        [byte] if byte.is_ascii_punctuation() => Some(Quote::Other(*byte)),
        _ => {
            let message = format!("`quote` cannot be `{written}`");
            let help = "write one character such as `quote: \"'\"`, or `quote: none` if cells \
                        have no quotes";
            faults.add(codes::BAD_SEPARATOR.at(slot.node.span.clone(), message).help(help));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::node::Node;
    use crate::config::vocabulary::EVENTS;

    use super::*;

    /// The dialect of the members, and the code, message and help of each fault.
    fn dialect(text: &str) -> (Dialect, Vec<(&'static str, String)>) {
        let mut faults = Faults::default();
        let mut dialect = Dialect::default();
        let node = Node::read(text).unwrap();
        let members = Members::read(&node, "`events`", &[EVENTS], &mut faults).unwrap();
        read(&members, &mut dialect, &mut faults);
        let told = faults.into_vec().into_iter().map(|fault| {
            let help = fault.help.unwrap_or_default();
            (fault.code, format!("{}; {help}", fault.message))
        });
        (dialect, told.collect())
    }

    #[test]
    fn a_dialect_is_read_as_written() {
        let (ratings, faults) =
            dialect("{columns: [user, 7, rating, ts], separator: '::', quote: none}");
        assert_eq!(faults, []);
        let names = ["user", "7", "rating", "ts"].map(str::to_owned);
        assert_eq!(ratings.columns.as_deref(), Some(&names[..]));
        assert_eq!((ratings.separator.as_deref(), ratings.quote), (Some("::"), Quote::None));
        assert_eq!(ratings.members(), ["columns", "separator", "quote"]);
        for (text, separator, quote) in [
            ("{}", None, Quote::Double),
            ("{separator: ;}", Some(";"), Quote::Double),
            ("{separator: \" \"}", Some(" "), Quote::Double),
            ("{separator: \"\\t\"}", Some("\t"), Quote::Double),
            ("{separator: '\\t'}", Some("\t"), Quote::Double),
            ("{separator: \"\\x01\"}", Some("\u{1}"), Quote::Double),
            ("{separator: ¦, quote: \"'\"}", Some("¦"), Quote::Other(b'\'')),
            ("{separator: '\"', quote: false}", Some("\""), Quote::None),
            ("{quote: '\"'}", None, Quote::Double),
        ] {
            let (read, faults) = dialect(text);
            assert_eq!(faults, [], "{text}");
            assert_eq!((read.separator.as_deref(), read.quote), (separator, quote), "{text}");
        }
    }

    #[test]
    fn what_tells_no_cells_apart_is_a_fault() {
        for (text, code, said) in [
            ("{columns: []}", "wrong-kind", "`columns` is an empty list"),
            ("{columns: [a, [b]]}", "wrong-kind", "not a list"),
            ("{columns: [a, '']}", "wrong-kind", "`columns` has an empty name; give each"),
            ("{columns: [a, b, a]}", "duplicate-key", "`columns` has `a` twice; give each"),
            ("{separator: ''}", "bad-separator", "`separator` is empty; write what stands"),
            ("{separator: \"\\n\"}", "bad-separator", "holds a line break"),
            ("{separator: 7}", "wrong-kind", "not a number"),
            ("{separator: '\"'}", "bad-separator", "`separator` holds `\"`, in which cells"),
            ("{separator: \"a'b\", quote: \"'\"}", "bad-separator", "`quote: none`"),
            ("{quote: no}", "bad-separator", "`quote: none` if cells have no quotes"),
            ("{quote: ''}", "bad-separator", "`quote` cannot be ``"),
            ("{quote: x}", "bad-separator", "one character such as"),
            ("{quote: true}", "wrong-kind", "not a boolean"),
        ] {
            let (_, faults) = dialect(text);
            assert_eq!(faults.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [code], "{text}");
            assert!(faults[0].1.contains(said), "{text}: {}", faults[0].1);
        }
    }
}

//! Values as YAML on one line, in flow style.

use crate::base::escape::yaml;
use crate::config::node::{Node, Value};

/// The value, on one line. `None` for one with a YAML tag.
pub(super) fn flow(node: &Node) -> Option<String> {
    Some(match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Text(text) => yaml(text).into_owned(),
        Value::List(elements) => {
            format!("[{}]", elements.iter().map(flow).collect::<Option<Vec<_>>>()?.join(", "))
        }
        Value::Map(entries) => {
            let member =
                |key: &Node, value: &Node| Some(format!("{}: {}", flow(key)?, flow(value)?));
            let members = entries.iter().map(|entry| member(&entry.key, &entry.value));
            format!("{{{}}}", members.collect::<Option<Vec<_>>>()?.join(", "))
        }
        Value::Tagged => return None,
    })
}

fn float(number: f64) -> String {
    match number {
        _ if number.is_nan() => ".nan".to_owned(),
        f64::INFINITY => ".inf".to_owned(),
        f64::NEG_INFINITY => "-.inf".to_owned(),
        _ => format!("{number:?}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_text_is_read_back_as_itself(text in "[ -~äß€\t\n\u{7f}\u{85}\u{9b}\u{2028}\"'#:{}\\[\\]]{0,12}|[0-9]{1,3}[smhdwx]?") {
            let node = Node::read(&format!("{{a: {}}}\n", yaml(&text))).unwrap();
            prop_assert!(node.get("a").unwrap().is_text(&text), "{}", yaml(&text));
        }

        #[test]
        fn a_number_is_read_back_as_itself(number in any::<f64>()) {
            let node = Node::read(&format!("{{a: {}}}\n", float(number))).unwrap();
            let Value::Float(read) = node.get("a").unwrap().value else { panic!("{}", float(number)) };
            prop_assert!(read.to_bits() == number.to_bits() || (read.is_nan() && number.is_nan()));
        }
    }

    #[test]
    fn what_people_write_without_quotes_gets_none() {
        let text =
            "{name: ctr, windows: [7d, 30m], where: {device.os: ios, n: 3, p: 0.5}, explode: true}";
        let node = Node::read(text).unwrap();
        assert_eq!(flow(&node).unwrap(), text);
        let quoted = Node::read("{a: 'no', b: '7', c: 'items[].id', d: ''}").unwrap();
        assert_eq!(flow(&quoted).unwrap(), r#"{a: "no", b: "7", c: "items[].id", d: ""}"#);
    }
}

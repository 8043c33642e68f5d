//! Paths in jq commands that people paste into a shell: whatever a log names its members, the
//! command does nothing else.

use serde_json::Value as Json;

use crate::base::escape::is_printable;

/// The path to a member, for use between the single quotes of a shell: `.order["line-items"]`.
/// `None` for names with characters that are invisible or would be copied differently.
pub(super) fn path<'n>(names: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let mut path = String::new();
    for name in names {
        if !name.chars().all(is_printable) {
            return None;
        }
        if is_identifier(name) {
            path.push('.');
            path.push_str(name);
        } else {
            // jq writes texts as JSON does.
            let quoted = Json::from(name).to_string().replace('\'', r"'\''");
            path.push_str(if path.is_empty() { "." } else { "" });
            path.extend(["[", &quoted, "]"]);
        }
    }
    Some(path)
}

fn is_identifier(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_any_kind_make_a_path_and_nothing_else() {
        for (names, want) in [
            (&["items"][..], Some(".items")),
            (&["order", "line-items"], Some(r#".order["line-items"]"#)),
            (&["line-items", "a.b", "x"], Some(r#".["line-items"]["a.b"].x"#)),
            (&["1st"], Some(r#".["1st"]"#)),
            (&[""], Some(r#".[""]"#)),
            (&["a'; touch x; '"], Some(r#".["a'\''; touch x; '\''"]"#)),
            (&[r#"a"b\(c)"#], Some(r#".["a\"b\\(c)"]"#)),
            (&["größe"], Some(r#".["größe"]"#)),
            (&["a\nb"], None),
            (&["a", "\u{1b}[2J"], None),
            (&["a\u{202e}"], None),
        ] {
            assert_eq!(path(names.iter().copied()).as_deref(), want, "{names:?}");
        }
    }
}

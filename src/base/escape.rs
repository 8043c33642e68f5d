//! Escaping of text from outside, for people and for JSON: characters that control a terminal or
//! are invisible become escapes.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that is not printable escaped, such as `\u{1b}`, `\n` or
/// `\u{202e}`: one line without effect on a terminal.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~');
    if text.bytes().all(plain) || text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_printable(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.escape_default());
        }
    }
    Cow::Owned(escaped)
}

/// Words that YAML reads as something else than a text, in one version or another.
const YAML_WORDS: [&str; 7] = ["true", "false", "null", "yes", "no", "on", "off"];

/// A text as a value of YAML: in quotes where it would mean something else without.
#[must_use]
pub fn yaml(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let begins_plain = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let is_word = YAML_WORDS.iter().any(|word| word.eq_ignore_ascii_case(text));
    if (begins_plain && text.chars().all(is_plain) && !is_word) || is_duration(text) {
        return Cow::Borrowed(text);
    }
    // YAML reads what JSON writes, but for raw control characters.
    let quoted = serde_json::Value::from(text).to_string();
    Cow::Owned(json(&quoted).into_owned())
}

/// True for `7d`, `30m` and the like, which are texts without quotes as well.
fn is_duration(text: &str) -> bool {
    let unit = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    unit.len() < text.len() && matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w")
}

/// True for a character that is shown as itself: not a control character, line end or change of
/// direction, and not invisible, since that would make two keys look the same.
#[must_use]
pub fn is_printable(c: char) -> bool {
    !c.is_control() && !is_separator(c) && !is_direction(c) && !is_invisible(c)
}

/// True for the ends of lines and paragraphs.
const fn is_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// True for marks, embeddings, overrides and isolates of a writing direction.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}')
}

/// True for invisible characters: what Unicode calls default ignorable (soft hyphens, joiners,
/// fillers, variation selectors, tags), annotation marks, and the blank Braille pattern.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{206f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Serialized JSON with the control characters that JSON permits in texts, and the separators of
/// lines and paragraphs, escaped: the same values, on one line for every reader.
#[must_use]
pub fn json(json: &str) -> Cow<'_, str> {
    if json.bytes().all(|byte| byte.is_ascii() && byte != 0x7f) || !json.contains(is_raw_in_json) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 8);
    for c in json.chars() {
        if is_raw_in_json(c) {
            // Writing to memory cannot fail.
            let _ = write!(escaped, "\\u{:04x}", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// True for characters that serializers do not escape and [`json`] does. Line ends occur between
/// members and not in texts.
#[must_use]
pub fn is_raw_in_json(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}') || is_separator(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_where_yaml_needs_it() {
        for name in ["item", "geo.country", "größe", "a-b_c", "_id", "7d", "Note"] {
            assert_eq!(yaml(name), name);
        }
        for (name, written) in [
            ("items[].id", "\"items[].id\""),
            ("No", "\"No\""),
            ("7", "\"7\""),
            ("", "\"\""),
            ("a b", "\"a b\""),
        ] {
            assert_eq!(yaml(name), written);
        }
    }

    #[test]
    fn what_a_terminal_would_obey_or_hide_is_written_out() {
        for (text, shown) in [
            ("a\tb\r\n\u{1b}[2J\0\u{7f}", "a\\tb\\r\\n\\u{1b}[2J\\u{0}\\u{7f}"),
            ("\u{9b}31m\u{85}", "\\u{9b}31m\\u{85}"),
            ("\u{202e}evil\u{2066}\u{61c}", "\\u{202e}evil\\u{2066}\\u{61c}"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("a\u{ad}b\u{200d}\u{feff}", "a\\u{ad}b\\u{200d}\\u{feff}"),
            ("a\u{e0041}\u{e007f}\u{e01ef}", "a\\u{e0041}\\u{e007f}\\u{e01ef}"),
            ("❤\u{fe0f}\u{3164}\u{2800}", "❤\\u{fe0f}\\u{3164}\\u{2800}"),
        ] {
            assert_eq!(printable(text), shown);
            assert_eq!(printable(shown), shown, "an escape is printable");
        }
    }

    #[test]
    fn what_people_write_stays() {
        for text in
            ["", "plain · ключ · 鍵", "naïve e\u{301}", "שלום عربى हिन्दी", "👍🏽 🇯🇵 € 10\u{a0}000"]
        {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn json_keeps_its_values() {
        let value = "a\u{7f}\u{85}\u{9f}\u{a0}b\u{2028}\u{2029}ä\n€\u{1f600}";
        let written = serde_json::json!({ value: [value] }).to_string();
        let escaped = json(&written);
        let text = "a\\u007f\\u0085\\u009f\u{a0}b\\u2028\\u2029ä\\n€\u{1f600}";
        assert_eq!(escaped, format!("{{\"{text}\":[\"{text}\"]}}"));
        let read: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read, serde_json::json!({ value: [value] }));
        assert!(matches!(json("{\n  \"ä\": 1\n}"), Cow::Borrowed(_)));
    }
}

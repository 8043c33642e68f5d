//! Words as they are typed, with spaces between them: `type:click brand="Acme Co" user=u1,author=a7`.
//! What stands in quotes, or behind a backslash, is text and no sign that means something.

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word(Vec<Letter>);

/// A letter of a word, and whether it is text whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Letter {
    sign: char,
    is_text: bool,
}

/// The words of a text.
#[must_use]
pub fn words(text: &str) -> Vec<Word> {
    let (mut words, mut is_quoted, mut has_begun) = (Vec::<Word>::new(), false, false);
    let mut letters = text.chars();
    while let Some(sign) = letters.next() {
        if sign.is_whitespace() && !is_quoted {
            has_begun = false;
            continue;
        }
        if !has_begun {
            words.push(Word::default());
            has_begun = true;
        }
        let letter = match sign {
            '"' => {
                is_quoted = !is_quoted;
                continue;
            }
            '\\' => Letter { sign: letters.next().unwrap_or('\\'), is_text: true },
            sign => Letter { sign, is_text: is_quoted },
        };
        if let Some(word) = words.last_mut() {
            word.0.push(letter);
        }
    }
    words
}

impl Word {
    /// What it says.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.iter().map(|letter| letter.sign).collect()
    }

    /// Whether a sign that means something is in it.
    #[must_use]
    pub fn has(&self, sign: char) -> bool {
        self.0.iter().any(|letter| letter.is(sign))
    }

    /// What stands before the first such sign outside of brackets, and what stands behind it.
    #[must_use]
    pub fn split_once(&self, at: char) -> Option<(Self, Self)> {
        let mut depth = 0;
        let place = self.0.iter().position(|letter| {
            let is_it = depth == 0 && letter.is(at);
            depth = letter.depth_behind(depth);
            is_it
        })?;
        Some((Self(self.0[..place].to_vec()), Self(self.0[place + 1..].to_vec())))
    }

    /// What stands between commas. Brackets before a `=` belong to a path, which may have commas in
    /// them.
    #[must_use]
    pub fn parts(&self) -> Vec<Self> {
        let (mut parts, mut depth, mut is_value) = (vec![Self::default()], 0, false);
        for letter in &self.0 {
            if letter.is(',') && (depth == 0 || is_value) {
                parts.push(Self::default());
                (depth, is_value) = (0, false);
                continue;
            }
            is_value |= depth == 0 && letter.is('=');
            depth = letter.depth_behind(depth);
            if let Some(part) = parts.last_mut() {
                part.0.push(*letter);
            }
        }
        parts
    }

    /// Without this sign at its end.
    #[must_use]
    pub fn strip_end(&self, sign: char) -> Option<Self> {
        let (last, before) = self.0.split_last()?;
        last.is(sign).then(|| Self(before.to_vec()))
    }
}

impl Letter {
    const fn is(self, sign: char) -> bool {
        !self.is_text && self.sign as u32 == sign as u32
    }

    /// The depth of brackets behind it.
    const fn depth_behind(self, depth: usize) -> usize {
        if self.is('[') {
            depth + 1
        } else if self.is(']') {
            depth.saturating_sub(1)
        } else {
            depth
        }
    }
}

/// `name=value` as a word, which is read as this name and this value.
#[must_use]
pub fn condition(name: &str, value: &str) -> String {
    let is_read = |typed: &str| {
        // Another word behind it must stay one.
        let [word, _] = &words(&format!("{typed} x"))[..] else { return false };
        let [part] = &word.parts()[..] else { return false };
        let read = part.split_once('=').map(|(name, value)| (name.text(), value.text()));
        read.is_some_and(|read| read == (name.to_owned(), value.to_owned()))
    };
    let plain = format!("{name}={value}");
    let half = format!("{name}={}", quoted(value));
    let typed = [plain, half].into_iter().find(|typed| is_read(typed));
    typed.unwrap_or_else(|| format!("{}={}", quoted(name), quoted(value)))
}

/// A text as a word, which is read as this text.
#[must_use]
pub fn word(text: &str) -> String {
    let is_plain = |signs: &mut std::str::Chars<'_>| {
        signs.all(|sign| !sign.is_whitespace() && !matches!(sign, '"' | '\\'))
    };
    if !text.is_empty() && is_plain(&mut text.chars()) { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(words: &[Word]) -> Vec<String> {
        words.iter().map(Word::text).collect()
    }

    #[test]
    fn words_end_at_spaces_outside_of_quotes() {
        let cases: [(&str, &[&str]); 6] = [
            ("  late  type:click ", &["late", "type:click"]),
            (r#"brand="Acme Co" late"#, &["brand=Acme Co", "late"]),
            (r#""not closed yet"#, &["not closed yet"]),
            (r#"a="\"b\\" c"#, &[r#"a="b\"#, "c"]),
            (r#"a="" b"#, &["a=", "b"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(texts(&words(text)), expected, "{text}");
        }
    }

    #[test]
    fn parts_end_at_commas_and_names_at_signs_outside_of_brackets() {
        let read = |text: &str| -> Vec<(String, String)> {
            let parts = words(text)[0].parts();
            let split = parts.iter().map(|part| part.split_once('=').unwrap_or_default());
            split.map(|(name, value)| (name.text(), value.text())).collect()
        };
        let cases: [(&str, &[(&str, &str)]); 7] = [
            ("user=u1,author=a7", &[("user", "u1"), ("author", "a7")]),
            (r"user=u1,author=a\,7\\", &[("user", "u1"), ("author", r"a,7\")]),
            (r#"item="i,1",b=2"#, &[("item", "i,1"), ("b", "2")]),
            ("params[key=page].value=x=y", &[("params[key=page].value", "x=y")]),
            ("params[key=a,b].value=[x,c=1", &[("params[key=a,b].value", "[x"), ("c", "1")]),
            (r#""a=b"=c"#, &[("a=b", "c")]),
            ("params[key=page", &[("", "")]),
        ];
        for (text, expected) in cases {
            let expected: Vec<(String, String)> = expected
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect();
            assert_eq!(read(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            name in r#"[a-b=,\[\] "\\]{0,6}"#,
            value in r#"[a-b=,\[\] "\\]{0,6}"#,
        ) {
            let typed = format!("late {} x={}", condition(&name, &value), word(&value));
            let found = words(&typed);
            prop_assert_eq!(found.len(), 3, "{}", typed);
            let parts = found[1].parts();
            prop_assert_eq!(parts.len(), 1, "{}", typed);
            let (read_name, read_value) = parts[0].split_once('=').unwrap();
            prop_assert_eq!((read_name.text(), read_value.text()), (name, value.clone()));
            prop_assert_eq!(found[2].text(), format!("x={value}"));
        }
    }
}

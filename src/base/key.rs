//! Keys: the texts of a scope's attributes, in the scope's order.

use std::fmt;

/// One key of a scope: a text for each of its attributes; empty for the global scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub Vec<String>);

/// The text shown for the global key, which has no parts.
pub const GLOBAL: &str = "(global)";

/// The text form: parts joined by ` · `; `(global)` for the global key.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(GLOBAL);
        }
        for (i, part) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" · ")?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

/// The parts of a typed key, which stand between commas; a backslash takes the character behind it
/// as it is.
#[must_use]
pub fn parts(typed: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = typed.chars();
    while let Some(character) = characters.next() {
        let taken = match character {
            ',' => {
                parts.push(String::new());
                continue;
            }
            '\\' => characters.next().unwrap_or('\\'),
            other => other,
        };
        if let Some(part) = parts.last_mut() {
            part.push(taken);
        }
    }
    parts
}

//! One line of text that is being typed. It must not know what the text is for.

use crossterm::event::{KeyCode, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::key::Key;

/// A text and the place of the cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// What is typed so far.
    pub value: String,
    /// The characters before the cursor.
    pub cursor: usize,
}

impl Text {
    /// A text with the cursor at its end.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { cursor: value.chars().count(), value }
    }

    /// Applies a key as line editors do; `false` for keys that mean nothing to a text.
    pub fn press(&mut self, key: Key) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let word = control || key.modifiers.contains(KeyModifiers::ALT);
        let request = match key.code {
            KeyCode::Char('a') if control => InputRequest::GoToStart,
            KeyCode::Char('e') if control => InputRequest::GoToEnd,
            KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
            KeyCode::Char('u') if control => InputRequest::DeleteFromStart,
            KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
            KeyCode::Char('h') if control => InputRequest::DeletePrevChar,
            KeyCode::Char(letter) if !word && !letter.is_control() => {
                InputRequest::InsertChar(letter)
            }
            KeyCode::Backspace if word => InputRequest::DeletePrevWord,
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left if word => InputRequest::GoToPrevWord,
            KeyCode::Right if word => InputRequest::GoToNextWord,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            _ => return false,
        };
        self.edit(&[request]);
        true
    }

    /// Puts pasted text in at the cursor; line breaks and other control characters become spaces.
    pub fn paste(&mut self, text: &str) {
        let letters = text.trim_end_matches(['\r', '\n']).chars();
        let requests: Vec<_> = letters
            .map(|letter| InputRequest::InsertChar(if letter.is_control() { ' ' } else { letter }))
            .collect();
        self.edit(&requests);
    }

    /// The width in cells of what stands before the cursor.
    #[must_use]
    pub fn column(&self) -> usize {
        let before: String = self.value.chars().take(self.cursor).collect();
        unicode_width::UnicodeWidthStr::width(before.as_str())
    }

    fn edit(&mut self, requests: &[InputRequest]) {
        let mut input = Input::new(std::mem::take(&mut self.value)).with_cursor(self.cursor);
        for request in requests {
            input.handle(*request);
        }
        self.cursor = input.cursor();
        self.value = input.value_and_reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> Text {
        let mut text = Text::default();
        for key in keys {
            text.press(*key);
        }
        text
    }

    #[test]
    fn letters_go_in_at_the_cursor() {
        let left = Key::plain(KeyCode::Left);
        let text = typed(&[Key::char('q'), Key::char('ü'), left, Key::char(' ')]);
        assert_eq!(text, Text { value: "q ü".into(), cursor: 2 });
        assert_eq!(text.column(), 2);
    }

    #[test]
    fn line_editing_keys_work() {
        let mut text = Text::new("user 42");
        assert!(text.press(Key::control('w')));
        assert_eq!(text.value, "user ");
        assert!(text.press(Key::control('u')));
        assert_eq!(text, Text::default());
        assert!(!text.press(Key::plain(KeyCode::Enter)));
    }

    #[test]
    fn pasted_lines_become_one() {
        let mut text = Text::default();
        text.paste("a\nb\u{1b}c\r\n");
        assert_eq!(text.value, "a b c");
    }
}

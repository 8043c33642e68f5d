//! One line of text that is being typed.

use crossterm::event::{KeyCode, KeyModifiers};
use tui_input::{Input, InputRequest};

use crate::base::escape::printable;

use super::key::Key;

/// The most letters that a text takes.
const MOST_LETTERS: usize = 500;

/// A text and the place of the cursor in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// What is typed so far.
    pub value: String,
    /// The characters before the cursor.
    pub cursor: usize,
    /// Whether all of it is selected: what is typed next replaces it.
    pub selected: bool,
}

impl Text {
    /// A text with the cursor at its end.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        Self { cursor: value.chars().count(), value, selected: false }
    }

    /// A text that the next letter replaces; other keys leave it to be edited.
    #[must_use]
    pub fn selected(value: impl Into<String>) -> Self {
        let text = Self::new(value);
        Self { selected: !text.value.is_empty(), ..text }
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
                self.insert(&[letter]);
                return true;
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
        let deletes = !matches!(
            request,
            InputRequest::GoToStart
                | InputRequest::GoToEnd
                | InputRequest::GoToPrevWord
                | InputRequest::GoToNextWord
                | InputRequest::GoToPrevChar
                | InputRequest::GoToNextChar
        );
        if std::mem::take(&mut self.selected) && deletes {
            *self = Self::default();
            return true;
        }
        self.edit(request);
        true
    }

    /// Puts the first line of pasted text in at the cursor, as far as there is room; control
    /// characters become spaces.
    pub fn paste(&mut self, text: &str) {
        let is_break = |letter| matches!(letter, '\r' | '\n');
        let line = text.trim_start_matches(is_break).split(is_break).next().unwrap_or_default();
        let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
        let letters: Vec<char> = line.chars().take(MOST_LETTERS).map(plain).collect();
        self.insert(&letters);
    }

    /// Puts letters in at the cursor, as far as there is room.
    fn insert(&mut self, letters: &[char]) {
        if std::mem::take(&mut self.selected) && !letters.is_empty() {
            *self = Self::default();
        }
        let room = MOST_LETTERS.saturating_sub(self.value.chars().count());
        let letters = &letters[..letters.len().min(room)];
        let at = self.value.char_indices().nth(self.cursor).map_or(self.value.len(), |(at, _)| at);
        self.value.insert_str(at, &letters.iter().collect::<String>());
        self.cursor += letters.len();
    }

    /// The width in cells of what stands before the cursor.
    #[must_use]
    pub fn column(&self) -> usize {
        let before: String = self.value.chars().take(self.cursor).collect();
        unicode_width::UnicodeWidthStr::width(&*printable(&before))
    }

    fn edit(&mut self, request: InputRequest) {
        let mut input = Input::new(std::mem::take(&mut self.value)).with_cursor(self.cursor);
        input.handle(request);
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
        assert_eq!(text, Text { value: "q ü".into(), cursor: 2, selected: false });
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
    fn what_is_selected_is_replaced_by_what_is_typed() {
        let after = |key: Key| {
            let mut text = Text::selected("old");
            text.press(key);
            text.press(Key::char('x'));
            text.value
        };
        assert_eq!(after(Key::char('n')), "nx");
        assert_eq!(after(Key::plain(KeyCode::Backspace)), "x");
        assert_eq!(after(Key::control('w')), "x");
        assert_eq!(after(Key::plain(KeyCode::End)), "oldx");
        assert_eq!(after(Key::plain(KeyCode::Home)), "xold");
        let mut text = Text::selected("old");
        text.paste("new\n");
        assert_eq!(text.value, "new");
    }

    #[test]
    fn a_paste_ends_with_its_first_line() {
        let mut text = Text::new("[]");
        text.press(Key::plain(KeyCode::Left));
        text.paste("\r\na\u{1b}b\tc\r\nd\n");
        assert_eq!(text, Text { value: "[a b c]".into(), cursor: 6, selected: false });
        text.paste("\n\r\n");
        assert_eq!(text.value, "[a b c]");
    }

    #[test]
    fn a_text_takes_some_hundred_letters_however_they_come() {
        let mut pasted = Text::new("x");
        pasted.press(Key::plain(KeyCode::Home));
        pasted.paste(&"ü€".repeat(1_000_000));
        assert_eq!(pasted.value.chars().count(), MOST_LETTERS);
        assert_eq!(pasted.cursor, MOST_LETTERS - 1);
        assert!(pasted.value.starts_with("ü€ü") && pasted.value.ends_with('x'));
        pasted.paste("more");
        assert_eq!(pasted.value.chars().count(), MOST_LETTERS);

        let typed = typed(&vec![Key::char('a'); 100_000]);
        assert_eq!(typed.value, "a".repeat(MOST_LETTERS));
        assert_eq!(typed.cursor, MOST_LETTERS);
    }
}

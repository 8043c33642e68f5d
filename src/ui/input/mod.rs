//! What the terminal reports, as messages. Releases of keys and moves of the mouse mean nothing
//! here.

pub mod command;
pub(in crate::ui) mod decode;
pub mod goto;
pub mod key;
pub mod line_command;
pub mod line_edit;

use std::time::Duration;

use crossterm::event::{Event, KeyEventKind, MouseButton, MouseEvent, MouseEventKind};

use super::message::{Gesture, Message, Mouse};
use key::Key;

/// The message that an event of the terminal is, if it is one. `at` is the time since the
/// workbench started.
#[must_use]
pub fn message(event: Event, at: Duration) -> Option<Message> {
    match event {
        Event::Key(event) => {
            let key = Key::from(event);
            // A held key repeats motions; the commands that take a key once do not mind either,
            // because terminals without key release report repeats as presses anyway.
            let counts = event.kind != KeyEventKind::Release;
            (counts && key.is_named()).then_some(Message::Key { key, at })
        }
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Mouse(event) => mouse(event).map(Message::Mouse),
        Event::Resize(width, height) => Some(Message::Resize { width, height }),
        Event::FocusGained | Event::FocusLost => None,
    }
}

fn mouse(event: MouseEvent) -> Option<Mouse> {
    let gesture = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => Gesture::Press,
        MouseEventKind::Drag(MouseButton::Left) => Gesture::Drag,
        MouseEventKind::Up(MouseButton::Left) => Gesture::Release,
        MouseEventKind::ScrollUp => Gesture::Wheel(-1),
        MouseEventKind::ScrollDown => Gesture::Wheel(1),
        MouseEventKind::ScrollLeft => Gesture::WheelSideways(-1),
        MouseEventKind::ScrollRight => Gesture::WheelSideways(1),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved => return None,
    };
    Some(Mouse { gesture, x: event.column, y: event.row })
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;

    fn key(kind: KeyEventKind) -> Option<Message> {
        let event = KeyEvent::new_with_kind(KeyCode::Char('.'), KeyModifiers::NONE, kind);
        message(Event::Key(event), Duration::ZERO)
    }

    #[test]
    fn a_release_is_no_press() {
        let pressed = Some(Message::Key { key: Key::char('.'), at: Duration::ZERO });
        assert_eq!(key(KeyEventKind::Press), pressed);
        assert_eq!(key(KeyEventKind::Repeat), pressed);
        assert_eq!(key(KeyEventKind::Release), None);
        let locked = Event::Key(KeyEvent::new(KeyCode::CapsLock, KeyModifiers::NONE));
        assert_eq!(message(locked, Duration::ZERO), None);
    }

    #[test]
    fn a_mouse_that_only_moves_says_nothing() {
        let moved = MouseEvent {
            kind: MouseEventKind::Moved,
            column: 3,
            row: 4,
            modifiers: KeyModifiers::NONE,
        };
        assert_eq!(message(Event::Mouse(moved), Duration::ZERO), None);
    }
}

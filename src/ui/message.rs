//! What the model is told, and what it asks for in return. Plain data.

use std::sync::Arc;
use std::time::Duration;

use crate::session::protocol::Command;
use crate::session::snapshot::{Snapshot, Tone};

use super::input::key::Key;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// A key was pressed.
    Key {
        /// Which.
        key: Key,
        /// When, since the workbench started. Digits that follow each other quickly are a count.
        at: Duration,
    },
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(Mouse),
    /// The screen has another size.
    Resize {
        /// In cells.
        width: u16,
        /// In cells.
        height: u16,
    },
    /// The session published something new.
    Snapshot(Arc<Snapshot>),
    /// Another program asks to read the config again.
    Reload,
    /// The terminal wants to stop the program.
    Suspend,
    /// The message that is shown has been there long enough.
    Fade,
    /// Something worth saying, from outside the session.
    Say(Tone, String),
}

/// What the mouse did, and over which cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What it did.
    pub gesture: Gesture,
    /// The column of the screen.
    pub x: u16,
    /// The line of the screen.
    pub y: u16,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// The left button went down.
    Press,
    /// The mouse moved with the left button down.
    Drag,
    /// The left button went up.
    Release,
    /// The wheel turned by so many notches; down is positive.
    Wheel(i32),
    /// The wheel turned sideways; right is positive.
    WheelSideways(i32),
}

/// Something that the model wants done outside.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the session.
    Send(Command),
    /// Open the config in the editor.
    OpenEditor {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// Go back to the shell until it continues the program.
    Suspend,
    /// Leave.
    Quit {
        /// Whether the text of the last screen stays in the terminal.
        keep_screen: bool,
    },
    /// Take or give back the mouse.
    SetMouse(bool),
    /// Paint every cell again.
    Redraw,
    /// Hand a text to the clipboard of the terminal.
    Copy(String),
}

/// Adds a message to those that wait, or merges it into the last of them where only the newest
/// or the sum counts: sizes, drags, notches of the wheel, snapshots.
pub fn enqueue(waiting: &mut Vec<Message>, next: Message) {
    match (waiting.last_mut(), &next) {
        (Some(last @ Message::Resize { .. }), Message::Resize { .. })
        | (Some(last @ Message::Snapshot(_)), Message::Snapshot(_)) => *last = next,
        (Some(Message::Mouse(last)), Message::Mouse(mouse)) => {
            let merged = match (last.gesture, mouse.gesture) {
                (Gesture::Drag, Gesture::Drag) => Some(Gesture::Drag),
                (Gesture::Wheel(a), Gesture::Wheel(b)) => Some(Gesture::Wheel(a.saturating_add(b))),
                (Gesture::WheelSideways(a), Gesture::WheelSideways(b)) => {
                    Some(Gesture::WheelSideways(a.saturating_add(b)))
                }
                _ => None,
            };
            match merged {
                Some(gesture) => *last = Mouse { gesture, ..*mouse },
                None => waiting.push(next),
            }
        }
        _ => waiting.push(next),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mouse(gesture: Gesture, x: u16) -> Message {
        Message::Mouse(Mouse { gesture, x, y: 0 })
    }

    #[test]
    fn only_what_counts_is_kept() {
        let mut waiting = Vec::new();
        for message in [
            mouse(Gesture::Wheel(1), 3),
            mouse(Gesture::Wheel(1), 3),
            mouse(Gesture::Wheel(-1), 4),
            mouse(Gesture::Press, 4),
            mouse(Gesture::Drag, 5),
            mouse(Gesture::Drag, 9),
            Message::Resize { width: 80, height: 24 },
            Message::Resize { width: 100, height: 30 },
            Message::Reload,
        ] {
            enqueue(&mut waiting, message);
        }
        assert_eq!(
            waiting,
            [
                mouse(Gesture::Wheel(1), 4),
                mouse(Gesture::Press, 4),
                mouse(Gesture::Drag, 9),
                Message::Resize { width: 100, height: 30 },
                Message::Reload,
            ]
        );
    }
}

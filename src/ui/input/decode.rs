//! The bytes of a terminal as events: keys, the mouse, pastes. Nothing that has begun and does not
//! end holds back what follows: the reader says how long it may wait, and then gives it up.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// How long the rest of a sequence may take to come after its escape, after more of it, and within
/// a paste.
const ESCAPE: Duration = Duration::from_millis(25);
const SEQUENCE: Duration = Duration::from_millis(100);
const PASTE: Duration = Duration::from_millis(500);
/// The longest sequence that means something, and the bytes of a paste that are kept.
const LONGEST: usize = 64;
const PASTED: usize = 64 * 1024;

const ESC: u8 = 0x1b;
const CANCEL: u8 = 0x03;
const PASTE_END: &[u8] = b"\x1b[201~";

/// What has begun.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// A letter of several bytes: those that have come.
    Letter(Vec<u8>),
    /// An escape: a key of its own, or the start of something.
    Escape,
    /// `ESC [` and what followed.
    Control(Vec<u8>),
    /// `ESC O`.
    Shift,
    /// `ESC [ [`, of the console's function keys.
    Console,
    /// `ESC [ M` and the bytes of an old mouse.
    Mouse(Vec<u8>),
    /// An answer of the terminal, up to its terminator; whether an escape has come in it.
    Answer(bool),
    /// Pasted text, and the last bytes of it, which may be its end.
    Paste { text: Vec<u8>, tail: Vec<u8> },
}

/// Turns bytes into events.
#[derive(Debug, Default)]
pub(in crate::ui) struct Decoder {
    state: State,
    /// Whether a key is held with alt.
    alt: bool,
}

impl Decoder {
    /// How long to wait for more bytes before [giving up](Self::give_up); `None` where nothing has
    /// begun.
    pub(in crate::ui) fn patience(&self) -> Option<Duration> {
        match self.state {
            State::Ground => None,
            State::Escape => Some(ESCAPE),
            State::Paste { .. } => Some(PASTE),
            _ => Some(SEQUENCE),
        }
    }

    /// Takes bytes that have come together.
    pub(in crate::ui) fn take(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        // Somebody wants to leave: no paste that is still coming is a single byte.
        if matches!(self.state, State::Paste { .. }) && bytes == [CANCEL] {
            self.give_up(events);
        }
        for byte in bytes {
            self.take_byte(*byte, events);
        }
    }

    /// No more bytes have come: what has begun is over.
    pub(in crate::ui) fn give_up(&mut self, events: &mut Vec<Event>) {
        match std::mem::take(&mut self.state) {
            State::Escape => self.key(KeyCode::Esc, KeyModifiers::NONE, events),
            State::Paste { mut text, tail } => {
                text.extend(tail);
                paste(&text, events);
            }
            _ => {}
        }
        self.alt = false;
    }

    fn take_byte(&mut self, byte: u8, events: &mut Vec<Event>) {
        match std::mem::take(&mut self.state) {
            State::Ground => self.begin(byte, events),
            State::Letter(bytes) => self.letter(bytes, byte, events),
            State::Escape => match byte {
                b'[' => self.state = State::Control(Vec::new()),
                b'O' => self.state = State::Shift,
                b'P' | b']' | b'^' | b'_' | b'X' => self.state = State::Answer(false),
                ESC => {
                    self.key(KeyCode::Esc, KeyModifiers::NONE, events);
                    self.state = State::Escape;
                }
                _ => {
                    self.alt = true;
                    self.begin(byte, events);
                }
            },
            State::Control(bytes) => self.control(bytes, byte, events),
            State::Shift => match shifted(byte) {
                Some(code) => self.key(code, KeyModifiers::NONE, events),
                None if is_control(byte) => self.begin(byte, events),
                None => {}
            },
            State::Console => {
                if let number @ b'A'..=b'E' = byte {
                    self.key(KeyCode::F(number - b'A' + 1), KeyModifiers::NONE, events);
                } else if is_control(byte) {
                    self.begin(byte, events);
                }
            }
            State::Mouse(mut bytes) => {
                bytes.push(byte);
                match bytes[..] {
                    [button, x, y] => {
                        let place = |byte: u8| u16::from(byte.saturating_sub(32));
                        mouse(
                            u16::from(button.saturating_sub(32)),
                            place(x),
                            place(y),
                            false,
                            events,
                        );
                    }
                    _ => self.state = State::Mouse(bytes),
                }
            }
            State::Answer(escaped) => match byte {
                b'\\' if escaped => {}
                // The end of an answer in the words of xterm, and somebody who wants to leave.
                0x07 => {}
                CANCEL => self.begin(byte, events),
                byte => self.state = State::Answer(byte == ESC),
            },
            State::Paste { mut text, mut tail } => {
                tail.push(byte);
                if tail == PASTE_END {
                    paste(&text, events);
                    return;
                }
                while !PASTE_END.starts_with(&tail) {
                    let first = tail.remove(0);
                    if text.len() < PASTED {
                        text.push(first);
                    }
                }
                self.state = State::Paste { text, tail };
            }
        }
    }

    /// The first byte of something.
    fn begin(&mut self, byte: u8, events: &mut Vec<Event>) {
        let control = |letter: u8| (KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL);
        let plain = |code| (code, KeyModifiers::NONE);
        let (code, modifiers) = match byte {
            ESC => {
                self.state = State::Escape;
                return;
            }
            b'\r' => plain(KeyCode::Enter),
            b'\t' => plain(KeyCode::Tab),
            0x7f => plain(KeyCode::Backspace),
            0 => control(b' '),
            0x01..=0x1a => control(byte - 1 + b'a'),
            0x1c..=0x1f => control(byte - 0x1c + b'4'),
            0x20..=0x7e => plain(KeyCode::Char(char::from(byte))),
            _ => return self.letter(Vec::new(), byte, events),
        };
        self.key(code, modifiers, events);
    }

    /// A byte of a letter beyond ASCII. What is no letter is passed over.
    fn letter(&mut self, mut bytes: Vec<u8>, byte: u8, events: &mut Vec<Event>) {
        if !bytes.is_empty() && byte & 0xc0 != 0x80 {
            return self.begin(byte, events);
        }
        bytes.push(byte);
        match std::str::from_utf8(&bytes) {
            Ok(text) => {
                if let Some(letter) = text.chars().next() {
                    self.key(KeyCode::Char(letter), KeyModifiers::NONE, events);
                }
            }
            // Its rest is to come.
            Err(error) if error.error_len().is_none() => self.state = State::Letter(bytes),
            Err(_) => self.alt = false,
        }
    }

    /// A byte behind `ESC [`.
    fn control(&mut self, mut bytes: Vec<u8>, byte: u8, events: &mut Vec<Event>) {
        match byte {
            b'[' if bytes.is_empty() => self.state = State::Console,
            b'M' if bytes.is_empty() => self.state = State::Mouse(Vec::new()),
            b'~' if bytes == b"200" => {
                self.state = State::Paste { text: Vec::new(), tail: Vec::new() };
            }
            0x20..=0x3f => {
                bytes.push(byte);
                if bytes.len() <= LONGEST {
                    self.state = State::Control(bytes);
                }
            }
            0x40..=0x7e => self.controlled(&bytes, byte, events),
            // It was never ended: a key is a key.
            _ => self.begin(byte, events),
        }
    }

    /// A whole sequence.
    fn controlled(&mut self, bytes: &[u8], last: u8, events: &mut Vec<Event>) {
        let is_mouse = bytes.first() == Some(&b'<');
        let text = std::str::from_utf8(&bytes[usize::from(is_mouse)..]).unwrap_or_default();
        let numbers: Vec<u16> = text.split(';').filter_map(|part| part.parse().ok()).collect();
        if is_mouse {
            if let (&[button, x, y], b'M' | b'm') = (&numbers[..], last) {
                mouse(button, x, y, last == b'm', events);
            }
            return;
        }
        let code = match last {
            b'Z' => Some(KeyCode::BackTab),
            b'~' => numbers.first().and_then(|number| numbered(*number)),
            _ => shifted(last),
        };
        let Some(code) = code else { return };
        let held = numbers.get(1).map_or(0, |held| held.saturating_sub(1));
        let mut modifiers = modifiers(held & 1 > 0, held & 2 > 0, held & 4 > 0);
        if code == KeyCode::BackTab {
            modifiers |= KeyModifiers::SHIFT;
        }
        self.key(code, modifiers, events);
    }

    fn key(&mut self, code: KeyCode, mut modifiers: KeyModifiers, events: &mut Vec<Event>) {
        if std::mem::take(&mut self.alt) {
            modifiers |= KeyModifiers::ALT;
        }
        if matches!(code, KeyCode::Char(letter) if letter.is_uppercase()) {
            modifiers |= KeyModifiers::SHIFT;
        }
        events.push(Event::Key(KeyEvent::new(code, modifiers)));
    }
}

fn is_control(byte: u8) -> bool {
    byte < 0x20
}

fn paste(text: &[u8], events: &mut Vec<Event>) {
    events.push(Event::Paste(String::from_utf8_lossy(text).into_owned()));
}

fn modifiers(shift: bool, alt: bool, control: bool) -> KeyModifiers {
    let held =
        [(shift, KeyModifiers::SHIFT), (alt, KeyModifiers::ALT), (control, KeyModifiers::CONTROL)];
    held.into_iter().filter(|(is_held, _)| *is_held).map(|(_, modifier)| modifier).collect()
}

/// The key of a letter behind `ESC O` or `ESC [`.
const fn shifted(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

/// The key of a number before `~`.
const fn numbered(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=26 => KeyCode::F((number - 12) as u8),
        28 | 29 => KeyCode::F((number - 13) as u8),
        31..=34 => KeyCode::F((number - 14) as u8),
        _ => return None,
    })
}

/// What the mouse did, at a column and a row from 1.
fn mouse(button: u16, x: u16, y: u16, is_release: bool, events: &mut Vec<Event>) {
    let buttons = [MouseButton::Left, MouseButton::Middle, MouseButton::Right];
    let which = buttons.get(usize::from(button & 3)).copied();
    let kind = match (button & 0xc0, button & 0x20 > 0, which) {
        (0, false, Some(which)) if is_release => MouseEventKind::Up(which),
        (0, false, Some(which)) => MouseEventKind::Down(which),
        (0, true, Some(which)) => MouseEventKind::Drag(which),
        (0, false, None) => MouseEventKind::Up(MouseButton::Left),
        (0, true, None) => MouseEventKind::Moved,
        (0x40, ..) => match button & 3 {
            0 => MouseEventKind::ScrollUp,
            1 => MouseEventKind::ScrollDown,
            2 => MouseEventKind::ScrollLeft,
            _ => MouseEventKind::ScrollRight,
        },
        _ => return,
    };
    let modifiers = modifiers(button & 4 > 0, button & 8 > 0, button & 16 > 0);
    let (column, row) = (x.saturating_sub(1), y.saturating_sub(1));
    events.push(Event::Mouse(MouseEvent { kind, column, row, modifiers }));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::key::Key;
    use super::*;

    /// The events of bytes that come at once, and then nothing more.
    fn decoded(bytes: &[u8]) -> Vec<Event> {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        decoder.take(bytes, &mut events);
        if decoder.patience().is_some() {
            decoder.give_up(&mut events);
        }
        assert_eq!(decoder.patience(), None);
        events
    }

    /// The same in words.
    fn words(bytes: &[u8]) -> String {
        let word = |event| match event {
            Event::Key(key) => Key::from(key).to_string(),
            Event::Paste(text) => format!("paste({text})"),
            Event::Mouse(MouseEvent { kind, column, row, .. }) => {
                format!("{kind:?}@{column},{row}")
            }
            _ => "other".to_owned(),
        };
        decoded(bytes).into_iter().map(word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn keys_have_their_names() {
        for (bytes, keys) in [
            (&b"aG \r\t\x7f\x08"[..], "a G space enter tab backspace ctrl-h"),
            (b"\x03\x1a\x0a\x1d", "ctrl-c ctrl-z ctrl-j ctrl-5"),
            ("ü€😀".as_bytes(), "ü € 😀"),
            (b"\x1b", "esc"),
            (b"\x1b\x1b", "esc esc"),
            (b"\x1bx\x1b\x7f\x1b\xc3\xbc", "alt-x alt-backspace alt-ü"),
            (b"\x1b[A\x1b[B\x1bOC\x1bOD\x1b[H\x1bOF", "up down right left home end"),
            (b"\x1b[1~\x1b[3~\x1b[4~\x1b[5~\x1b[6~\x1b[7~", "home delete end pgup pgdn home"),
            (b"\x1bOP\x1b[11~\x1b[[B\x1b[15~\x1b[17~\x1b[24~", "f1 f1 f2 f5 f6 f12"),
            (
                b"\x1b[Z\x1b[1;2D\x1b[1;5C\x1b[1;3A\x1b[3;5~",
                "shift-tab shift-left ctrl-right alt-up ctrl-delete",
            ),
        ] {
            assert_eq!(words(bytes), keys);
        }
    }

    #[test]
    fn the_mouse_has_its_places() {
        for (bytes, gestures) in [
            (&b"\x1b[<0;5;7M\x1b[<0;6;7m"[..], "Down(Left)@4,6 Up(Left)@5,6"),
            (b"\x1b[<32;300;7M\x1b[<35;1;1M", "Drag(Left)@299,6 Moved@0,0"),
            (b"\x1b[<64;1;1M\x1b[<65;1;1M", "ScrollUp@0,0 ScrollDown@0,0"),
            (b"\x1b[M !!\x1b[M#!\"", "Down(Left)@0,0 Up(Left)@0,1"),
        ] {
            assert_eq!(words(bytes), gestures);
        }
    }

    #[test]
    fn a_paste_is_one_text() {
        assert_eq!(words(b"\x1b[200~a\nq\x1b[A\x1b[201~q"), "paste(a\nq\x1b[A) q");
        let mut long = b"\x1b[200~".to_vec();
        long.extend(b"abc ".repeat(1_000_000));
        long.extend(b"\x1b[201~.");
        let events = decoded(&long);
        assert!(matches!(&events[..], [Event::Paste(text), Event::Key(_)] if text.len() == PASTED));
    }

    /// Whatever has begun without an end, keys mean what they mean again when it is given up, and
    /// the key that leaves does so at once.
    #[test]
    fn what_never_ends_holds_nothing_back() {
        for begun in [
            "\x1b[200~",
            "\x1b[200~some text",
            "\x1b[",
            "\x1b[12;",
            "\x1b[<0;1",
            "\x1bPq",
            "\x1b]52;c;",
            "\x1b_x",
            "\x1bO",
            "\x1b[[",
            "\x1b[M!",
            "\u{e4}".split_at(0).1,
        ] {
            let bytes = &begun.as_bytes()[..begun.len() - usize::from(begun == "ä")];
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            decoder.take(bytes, &mut events);
            assert!(decoder.patience().is_some(), "{begun:?}");
            decoder.give_up(&mut events);
            decoder.take(b"j", &mut events);
            let last = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::NONE);
            assert_eq!(events.last(), Some(&Event::Key(last)), "{begun:?}");

            if begun == "\x1b[M!" {
                continue;
            }
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            decoder.take(bytes, &mut events);
            decoder.take(&[CANCEL], &mut events);
            let last = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            let leaves = events.last() == Some(&Event::Key(last));
            assert!(leaves, "{begun:?}: {events:?}");
        }
    }

    #[test]
    fn answers_are_no_keys() {
        for answer in [
            "\x1bP>|term(1.2q)\x1b\\",
            "\x1b]11;rgb:0/0/0\x07",
            "\x1b]11;rgb:0/0/0\x1b\\",
            "\x1b[?62;4c",
            "\x1b[24;80R",
            "\x1b[?1;2$y",
            "\x1b_Gi=1;OK\x1b\\",
            "\x1b[I\x1b[O",
        ] {
            let keys = words(answer.as_bytes());
            assert!(keys.is_empty() || answer.ends_with('R'), "{answer:?}: {keys}");
        }
    }

    proptest! {
        /// However the bytes are divided, their events are the same, and a given-up rest leaves
        /// nothing behind.
        #[test]
        fn bytes_may_come_in_any_pieces(
            bytes in prop::collection::vec(prop_oneof![
                any::<u8>(), Just(ESC), Just(b'['), Just(b';'), Just(b'2'), Just(b'0'), Just(b'~'),
            ], 0..60),
            cuts in prop::collection::vec(0_usize..60, 0..8),
        ) {
            prop_assume!(!bytes.contains(&CANCEL));
            let (mut decoder, mut events) = (Decoder::default(), Vec::new());
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            for pair in cuts.windows(2) {
                decoder.take(&bytes[pair[0]..pair[1]], &mut events);
            }
            if decoder.patience().is_some() {
                decoder.give_up(&mut events);
            }
            prop_assert_eq!(events, decoded(&bytes));
            prop_assert_eq!(decoder.patience(), None);
        }
    }
}

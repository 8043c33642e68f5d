//! Plays keys and looks at screens: a model joined to the made-up session, without a terminal.

use std::time::Duration;

use counterscope::session::protocol::Command;
use counterscope::ui::input::key::Key;
use counterscope::ui::message::{Effect, Gesture, Message, Mouse};
use counterscope::ui::model::{Model, Options};
use counterscope::ui::update::update;
use counterscope::ui::view::view;
use crossterm::event::KeyCode;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use crate::world::World;

/// A screen, the session behind it, and all that the screen has asked for.
pub(crate) struct Driver {
    pub(crate) model: Model,
    pub(crate) world: World,
    /// Effects other than looks, in order.
    pub(crate) effects: Vec<Effect>,
    pub(crate) clock: Duration,
    /// How many looks were sent.
    pub(crate) looks: usize,
}

impl Driver {
    pub(crate) fn new(width: u16, height: u16) -> Self {
        let options = Options { theme: "dark".into(), mouse: true, ..Options::default() };
        Self::with(&options, World::default(), width, height)
    }

    pub(crate) fn with(options: &Options, world: World, width: u16, height: u16) -> Self {
        let model = Model::new(options, (width, height));
        let mut driver =
            Self { model, world, effects: vec![], clock: Duration::from_secs(1), looks: 0 };
        driver.tell(Message::Resize { width, height });
        driver.publish();
        driver
    }

    /// Gives the model a message, the session the commands that follow, and the model what the
    /// session then publishes, until nothing more follows.
    pub(crate) fn tell(&mut self, message: Message) {
        let mut obeyed = false;
        for effect in update(&mut self.model, message) {
            match &effect {
                Effect::Send(command) => {
                    self.world.obey(command.clone());
                    obeyed = true;
                    match command {
                        Command::Viewport(_) => self.looks += 1,
                        _ => self.effects.push(effect),
                    }
                }
                _ => self.effects.push(effect),
            }
        }
        if obeyed {
            self.publish();
        }
    }

    /// Lets the session publish.
    pub(crate) fn publish(&mut self) {
        let looks = self.looks;
        self.tell(Message::Snapshot(self.world.snapshot()));
        assert!(self.looks - looks < 5, "a look is answered by another look for ever");
    }

    /// Presses keys, named as in the command table, half a second apart.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            self.clock += Duration::from_millis(500);
            self.tell(Message::Key { key: key(name), at: self.clock });
        }
        self
    }

    /// Presses keys as fast as they can be typed.
    pub(crate) fn quickly(&mut self, keys: &str) -> &mut Self {
        self.clock += Duration::from_secs(1);
        for name in keys.split(' ') {
            self.clock += Duration::from_millis(30);
            self.tell(Message::Key { key: key(name), at: self.clock });
        }
        self
    }

    /// Types text, character by character.
    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        for letter in text.chars() {
            self.tell(Message::Key { key: Key::char(letter), at: self.clock });
        }
        self
    }

    pub(crate) fn mouse(&mut self, gesture: Gesture, x: u16, y: u16) -> &mut Self {
        self.tell(Message::Mouse(Mouse { gesture, x, y }));
        self
    }

    /// The commands since the last call, looks left out.
    pub(crate) fn sent(&mut self) -> Vec<Command> {
        let sent = |effect| match effect {
            Effect::Send(command) => Some(command),
            _ => None,
        };
        std::mem::take(&mut self.effects).into_iter().filter_map(sent).collect()
    }

    /// Draws the screen.
    pub(crate) fn screen(&self) -> Buffer {
        let (width, height) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| view(&self.model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as lines of text.
    pub(crate) fn text(&self) -> String {
        crate::screen::text(&self.screen())
    }
}

/// The key of a name of the command table.
pub(crate) fn key(name: &str) -> Key {
    if let Some(letter) = name.strip_prefix("ctrl-") {
        return Key::control(letter.chars().next().unwrap());
    }
    Key::plain(match name {
        "space" => KeyCode::Char(' '),
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "backspace" => KeyCode::Backspace,
        "f1" => KeyCode::F(1),
        letter => KeyCode::Char(letter.chars().next().unwrap()),
    })
}

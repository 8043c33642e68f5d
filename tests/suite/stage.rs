//! A real session with a screen and no terminal: keys go in, and the screen is looked at once the
//! session has answered all of them. Times of the wall are left out of what it shows. It must not
//! know what a test is about.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use counterscope::session::protocol::Command;
use counterscope::session::snapshot::{
    Config, EventRow, FilteredEvents, Members, Profile, Snapshot, State,
};
use counterscope::ui::input::key::Key;
use counterscope::ui::message::{Effect, Message};
use counterscope::ui::model::{Model, Options};
use counterscope::ui::update::update;
use counterscope::ui::view::view;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tempfile::TempDir;

use crate::driver::key;
use crate::live::setup;
use crate::stepper::Stepper;

/// By the session's clock.
const DEADLINE: Duration = Duration::from_secs(600);

/// A session that stands at the end of its log, with its screen. Its config is a copy.
pub(crate) struct Stage {
    path: PathBuf,
    stepper: Stepper,
    pub(crate) model: Model,
    clock: Duration,
    /// The shares of the events that were looked at for a filter, as they were shown.
    shares: Vec<f64>,
    /// What the session said last, which the screen leaves out.
    said: String,
    /// What is deleted with it.
    folders: Vec<TempDir>,
}

impl Stage {
    /// Opens a log with a config of this text, which lies in a file of this name.
    pub(crate) fn open((name, text): (&str, &str), log: &Path, size: (u16, u16)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join(name);
        fs::write(&config, text).unwrap();
        let stepper = Stepper::start(setup(&config, log, None)).unwrap();
        let options = Options { theme: "dark".into(), mouse: true, ..Options::default() };
        let mut stage = Self {
            path: config,
            stepper,
            model: Model::new(&options, size),
            clock: Duration::from_secs(1),
            shares: Vec::new(),
            said: String::new(),
            folders: vec![folder],
        };
        stage.resize(size);
        stage
    }

    /// Opens a log and a config of these texts.
    pub(crate) fn of_log(config: &str, log: &str, size: (u16, u16)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.ndjson");
        fs::write(&path, log).unwrap();
        let mut stage = Self::open(("features.yaml", config), &path, size);
        stage.folders.push(folder);
        stage
    }

    /// Gives the screen another size.
    pub(crate) fn resize(&mut self, (width, height): (u16, u16)) {
        self.tell(Message::Resize { width, height });
        self.settle();
    }

    /// Gives the screen another look: a theme, and whether it has ASCII alone.
    pub(crate) fn look(&mut self, theme: &str, ascii: bool) {
        let options = Options { theme: theme.into(), ascii, ..Options::default() };
        let Model { theme, glyphs, .. } = Model::new(&options, self.model.size);
        (self.model.theme, self.model.glyphs) = (theme, glyphs);
    }

    /// Presses keys, named as in the command table.
    pub(crate) fn press(&mut self, keys: &str) {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            self.clock += Duration::from_millis(500);
            self.tell(Message::Key { key: key(name), at: self.clock });
            self.settle();
        }
    }

    /// Types text, letter by letter.
    pub(crate) fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            self.tell(Message::Key { key: Key::char(letter), at: self.clock });
        }
        self.settle();
    }

    /// Puts a filter on, whole.
    pub(crate) fn filter(&mut self, text: &str) {
        self.press("/ backspace");
        self.type_text(text);
        self.press("enter");
    }

    /// What the filter of the events lets through.
    pub(crate) fn filtered(&self) -> FilteredEvents {
        self.snapshot().events.filtered.clone().unwrap()
    }

    /// The events in view.
    pub(crate) fn rows(&self) -> Vec<EventRow> {
        self.snapshot().events.rows.clone()
    }

    /// The text of the config.
    pub(crate) fn config(&self) -> String {
        self.snapshot().config.text.to_string()
    }

    fn snapshot(&self) -> &Snapshot {
        self.model.snapshot.as_ref().unwrap()
    }

    /// Saves the config with a part of its text replaced, and lets the session read it.
    pub(crate) fn save(&mut self, old: &str, new: &str) {
        let text = fs::read_to_string(&self.path).unwrap();
        assert!(text.contains(old), "the config has no `{old}`");
        fs::write(&self.path, text.replacen(old, new, 1)).unwrap();
        self.stepper.send(Command::Reload);
        self.settle();
    }

    /// Deletes the config, and lets the session look for it.
    pub(crate) fn delete_config(&mut self) {
        fs::remove_file(&self.path).unwrap();
        self.stepper.send(Command::Reload);
        self.settle();
    }

    /// Waits until the config was held against the whole log.
    pub(crate) fn cover(&mut self) {
        while self.snapshot().config.counted.is_empty() {
            let snapshot = self.next();
            self.tell(Message::Snapshot(Arc::new(timeless(&snapshot))));
        }
        self.settle();
    }

    /// The next snapshot.
    fn next(&mut self) -> Arc<Snapshot> {
        let next = self.stepper.next(DEADLINE);
        let next = next.unwrap_or_else(|| panic!("no answer: {:?}", self.model.snapshot));
        if let Some(notice) = &next.notice {
            self.said.clone_from(&notice.text);
        }
        next
    }

    /// What the session said last.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    /// The shares of the events that were looked at for a filter, as they were shown meanwhile.
    pub(crate) fn shares_of(&mut self, act: impl FnOnce(&mut Self)) -> Vec<f64> {
        self.shares.clear();
        act(self);
        std::mem::take(&mut self.shares)
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

    /// The selected line of a tree.
    pub(crate) fn selected(&self) -> String {
        let text = self.text();
        let line = text.lines().find(|line| line.contains('▌')).unwrap_or_default();
        line.trim_matches(['║', '▌', ' ', '▐']).to_owned()
    }

    fn tell(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            if let Effect::Send(command) = effect {
                self.stepper.send(command);
            }
        }
    }

    /// Waits until the session has done all that it was told, and shows it. A look of its own
    /// number is answered after all that was asked for before it.
    fn settle(&mut self) {
        self.model.look.generation += 1;
        self.stepper.send(Command::Viewport(self.model.look.clone()));
        loop {
            let snapshot = self.next();
            let generation = snapshot.generation;
            let filtered = snapshot.events.filtered.as_ref();
            self.shares.extend(filtered.and_then(|filtered| filtered.searched));
            let is_whole = is_whole(&snapshot, self.model.look.history);
            self.tell(Message::Snapshot(Arc::new(timeless(&snapshot))));
            if is_whole && generation == self.model.look.generation {
                return;
            }
        }
    }
}

/// Whether nothing of what is in view is still on its way.
fn is_whole(snapshot: &Snapshot, points: usize) -> bool {
    let stands = matches!(snapshot.transport.state, State::Paused | State::Ended);
    let is_sorted = snapshot.values.ordering.is_none();
    let has_history = snapshot.detail.as_ref().is_none_or(|detail| !detail.history.is_unfinished);
    let is_found = snapshot.events.filtered.as_ref().is_none_or(|it| it.searched.is_none());
    let open = snapshot.events.open.as_ref();
    let is_read = open.is_none_or(|open| open.members != Members::Reading);
    let is_told = !matches!(snapshot.profile, Profile::Reading(_));
    let is_written = !snapshot.config.saves_test;
    let is_explained = snapshot.explained.as_ref().is_none_or(|told| told.waits.is_none());
    stands
        && is_explained
        && is_written
        && is_found
        && is_read
        && is_told
        && is_sorted
        && (has_history || points == 0)
}

/// The snapshot without what differs from run to run: times of the wall, and folders.
fn timeless(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    snapshot.transport.took = None;
    snapshot.transport.rate = None;
    snapshot.notice = snapshot.notice.filter(|notice| notice.feature.is_some());
    let mut config = Config::clone(&snapshot.config);
    config.path = Some(snapshot.source.config.clone());
    if let Some(change) = &mut config.change {
        change.took = Duration::from_millis(3);
    }
    snapshot.config = Arc::new(config);
    snapshot
}

//! The one loop: messages from the keyboard, from signals and from the session go into the
//! model, its effects go out, and what changed is drawn. All that is impure in the screen is here
//! and in the terminal's guard.

mod fading;
mod keys;
mod signals;

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::Command as Program;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, at, never, select_biased};
use crossterm::event;
use crossterm::style::Print;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::base::clock;
use crate::session::protocol::{Command, Link};
use crate::session::snapshot::Tone;

use super::message::{self, Effect, Message};
use super::model::{Model, Options};
use super::terminal::{self, Guard, Output};
use super::{clipboard, editor, input, update, view};

use fading::Fading;
use keys::Keys;
use signals::{Signal, Signals};

/// The least time between a frame and the next after a key, and while playing.
const FRAME_AFTER_INPUT: Duration = Duration::from_millis(16);
const FRAME_WHILE_PLAYING: Duration = Duration::from_millis(33);
/// How long messages are taken before a frame is due again.
const DRAIN: Duration = Duration::from_millis(4);
/// The most cells that one frame draws.
const MOST_CELLS: u32 = 65_535;

/// Why the workbench ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The user left.
    Quit,
    /// A signal asked for it; shells expect 128 and its number as the exit code.
    Signal(i32),
    /// The session's worker is gone.
    SessionEnded,
}

/// How it ends once the terminal is gone.
const HANGUP: Exit = Exit::Signal(1);

/// Runs the workbench on the terminal until the user leaves. The session is told to quit.
///
/// `Err` where stdin or stdout is no terminal ([`io::ErrorKind::Unsupported`], with words for the
/// user), and where the terminal fails.
pub fn run(link: &Link, options: &Options) -> io::Result<Exit> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "the workbench needs a terminal on stdin and stdout; \
             `counterscope values` and `counterscope check` do without",
        ));
    }
    // crossterm writes broken codes instead of colours where NO_COLOR is set, which wipes bold and
    // reverse too; the mono theme uses no colour in the first place.
    crossterm::style::force_color_output(true);
    // A signal that comes from here on finds someone who gives the terminal back.
    let signals = Signals::new()?;
    let guard = Guard::new(options.mouse)?;
    let ended = Workbench::new(link, options, signals).and_then(Workbench::run);
    let (exit, kept) = match ended {
        Err(error) if terminal::is_gone(&error) => (HANGUP, None),
        ended => ended?,
    };
    drop(guard);
    if let Some(screen) = kept {
        io::stdout().write_all(screen.as_bytes())?;
    }
    Ok(exit)
}

type Screen = Terminal<CrosstermBackend<Output>>;

struct Workbench<'a> {
    link: &'a Link,
    editor: Option<String>,
    config: Option<PathBuf>,
    model: Model,
    screen: Screen,
    keys: Keys,
    signals: Signals,
    /// A message once another thread has fallen over.
    panics: Receiver<()>,
    started: Instant,
    /// When the last frame was drawn, and what has changed since.
    drawn: Instant,
    stale: Option<Duration>,
    fading: Fading,
    last: Buffer,
    exit: Option<(Exit, bool)>,
}

impl<'a> Workbench<'a> {
    fn new(link: &'a Link, options: &Options, signals: Signals) -> io::Result<Self> {
        let (width, height) = crossterm::terminal::size()?;
        let area = drawable(width, height);
        let screen = Terminal::with_options(
            CrosstermBackend::new(Output::new()),
            TerminalOptions { viewport: Viewport::Fixed(area) },
        )?;
        let now = clock::instant();
        Ok(Self {
            link,
            editor: options.editor.clone(),
            config: options.config.clone(),
            model: Model::new(options, (area.width, area.height)),
            screen,
            signals,
            panics: terminal::panics(),
            keys: Keys::new()?,
            started: now,
            drawn: now,
            stale: Some(Duration::ZERO),
            fading: Fading::default(),
            last: Buffer::empty(area),
            exit: None,
        })
    }

    fn run(mut self) -> io::Result<(Exit, Option<String>)> {
        // The first look is sent with the first size.
        let area = self.last.area;
        self.tell(Message::Resize { width: area.width, height: area.height })?;
        loop {
            if let Some((exit, keep)) = self.exit {
                let _ = self.link.commands.send(Command::Quit);
                return Ok((exit, keep.then(|| text(&self.last))));
            }
            let now = clock::instant();
            let (frame, fade) = (self.stale.map(|floor| self.drawn + floor), self.fading.due());
            if frame.is_some_and(|due| due <= now) {
                self.draw()?;
            } else if fade.is_some_and(|due| due <= now) {
                self.tell(Message::Fade)?;
            } else {
                self.wait(frame.into_iter().chain(fade).min())?;
            }
        }
    }

    /// Waits for something to happen, or for what is due, and takes what has come.
    fn wait(&mut self, due: Option<Instant>) -> io::Result<()> {
        let mut waiting = Vec::new();
        let timer = due.map_or_else(never, at);
        select_biased! {
            recv(self.signals.received) -> signal => self.signal(signal.ok(), &mut waiting),
            recv(self.panics) -> _ => self.exit = Some((Exit::SessionEnded, false)),
            recv(self.keys.events) -> event => self.key(event.ok(), &mut waiting),
            recv(self.link.pings) -> ping => self.ping(ping.is_ok(), &mut waiting),
            recv(timer) -> _ => return Ok(()),
        }
        let until = clock::instant() + DRAIN;
        while clock::instant() < until {
            if let Ok(signal) = self.signals.received.try_recv() {
                self.signal(Some(signal), &mut waiting);
            } else if let Ok(event) = self.keys.events.try_recv() {
                self.key(Some(event), &mut waiting);
            } else if self.link.pings.try_recv().is_ok() {
                self.ping(true, &mut waiting);
            } else {
                break;
            }
        }
        for message in waiting {
            self.tell(message)?;
        }
        Ok(())
    }

    fn key(&mut self, event: Option<event::Event>, waiting: &mut Vec<Message>) {
        let Some(event) = event else {
            // Nobody reads keys any more: the terminal is gone.
            self.exit = Some((HANGUP, false));
            return;
        };
        let at = clock::instant().duration_since(self.started);
        if let Some(message) = input::message(event, at) {
            message::enqueue(waiting, message);
        }
    }

    fn ping(&mut self, alive: bool, waiting: &mut Vec<Message>) {
        if let Some(snapshot) = self.link.take() {
            message::enqueue(waiting, Message::Snapshot(snapshot));
        }
        if !alive {
            self.exit = Some((Exit::SessionEnded, false));
        }
    }

    fn signal(&mut self, signal: Option<Signal>, waiting: &mut Vec<Message>) {
        match signal {
            Some(Signal::End(number)) => self.exit = Some((Exit::Signal(number), false)),
            Some(Signal::Stop) => message::enqueue(waiting, Message::Suspend),
            Some(Signal::Reload) => message::enqueue(waiting, Message::Reload),
            Some(Signal::Resize) => {
                if let Ok((width, height)) = crossterm::terminal::size() {
                    message::enqueue(waiting, Message::Resize { width, height });
                }
            }
            Some(Signal::Continue | Signal::Child) | None => {}
        }
    }

    /// Gives the model a message, and carries its effects out.
    fn tell(&mut self, message: Message) -> io::Result<()> {
        let (message, floor) = match message {
            Message::Resize { width, height } => {
                let area = drawable(width, height);
                self.screen.resize(area)?;
                (Message::Resize { width: area.width, height: area.height }, FRAME_AFTER_INPUT)
            }
            Message::Snapshot(_) => (message, FRAME_WHILE_PLAYING),
            _ => (message, FRAME_AFTER_INPUT),
        };
        self.stale = Some(self.stale.map_or(floor, |already| already.min(floor)));
        for effect in update::update(&mut self.model, message) {
            self.carry_out(effect)?;
        }
        self.fading.look(self.model.passing(), clock::instant());
        Ok(())
    }

    fn carry_out(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Send(command) => {
                if self.link.commands.send(command).is_err() {
                    self.exit = Some((Exit::SessionEnded, false));
                }
            }
            Effect::Quit { keep_screen } => self.exit = Some((Exit::Quit, keep_screen)),
            Effect::SetMouse(on) => terminal::set_mouse(on)?,
            Effect::Redraw => self.repaint()?,
            Effect::Copy(text) => {
                execute!(Output::new(), Print(clipboard::sequence(&text)))?;
            }
            Effect::OpenEditor { line, column } => self.edit(line, column)?,
            Effect::Suspend => {
                self.keys.pause();
                terminal::leave();
                let stopped = self.signals.stop();
                self.take_back()?;
                if let Err(error) = stopped {
                    self.tell(Message::Say(Tone::Error, format!("cannot stop: {error}")))?;
                }
            }
        }
        Ok(())
    }

    /// The config's file: the one that was named, or the one that the example was written to.
    fn config(&self) -> Option<PathBuf> {
        let written = || self.model.snapshot.as_ref()?.config.path.as_deref().map(PathBuf::from);
        self.config.clone().or_else(written)
    }

    fn edit(&mut self, line: usize, column: usize) -> io::Result<()> {
        let (Some(command), Some(path)) = (self.editor.clone(), self.config()) else {
            let words = "no editor found: set $EDITOR".to_owned();
            return self.tell(Message::Say(Tone::Warning, words));
        };
        self.keys.pause();
        terminal::leave();
        let arguments = editor::arguments(&command, &path, line, column);
        let ended = program(&command)
            .args(arguments)
            .spawn()
            .and_then(|child| self.signals.accompany(child));
        self.take_back()?;
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                self.tell(Message::Say(Tone::Warning, format!("`{command}` ended with {status}")))
            }
            Err(error) => {
                self.tell(Message::Say(Tone::Error, format!("cannot start `{command}`: {error}")))
            }
        }
    }

    /// Takes the terminal again after another program had it.
    fn take_back(&mut self) -> io::Result<()> {
        terminal::enter(self.model.mouse)?;
        self.keys.resume();
        self.repaint()
    }

    /// Draws every cell anew at the next frame, at the size that the terminal has now.
    fn repaint(&mut self) -> io::Result<()> {
        let (width, height) = crossterm::terminal::size()?;
        self.tell(Message::Resize { width, height })
    }

    fn draw(&mut self) -> io::Result<()> {
        if !terminal::is_taken() {
            // Another thread has fallen over and is saying why; its end ends the workbench.
            self.stale = None;
            return Ok(());
        }
        queue!(Output::new(), BeginSynchronizedUpdate)?;
        let frame = self.screen.draw(|frame| view::view(&self.model, frame))?;
        self.last = frame.buffer.clone();
        execute!(Output::new(), EndSynchronizedUpdate)?;
        self.drawn = clock::instant();
        self.stale = None;
        Ok(())
    }
}

/// The part of the terminal that is drawn on.
fn drawable(width: u16, height: u16) -> Rect {
    let most = (MOST_CELLS / u32::from(width.max(1))) as u16;
    Rect { x: 0, y: 0, width, height: height.min(most) }
}

/// A screen as plain lines.
fn text(screen: &Buffer) -> String {
    let width = usize::from(screen.area.width).max(1);
    let mut text = String::new();
    for row in screen.content.chunks(width) {
        let line: String = row.iter().map(ratatui::buffer::Cell::symbol).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The user's editor, whose command may hold arguments and quotes.
fn program(command: &str) -> Program {
    if cfg!(unix) {
        let mut shell = Program::new("sh");
        shell.arg("-c").arg(format!("{command} \"$@\"")).arg(command);
        return shell;
    }
    let mut words = command.split_whitespace();
    let mut program = Program::new(words.next().unwrap_or_default());
    program.args(words);
    program
}

//! The terminal's modes: taken all together and given back all together, however the program ends.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Once};

use crossbeam_channel::{Receiver, Sender, unbounded};
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::style::{Print, ResetColor};
use crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{execute, queue};

use crate::base::panic_guard::is_guarded;

/// Whether the modes are taken. One process has one terminal, so the panic hook and every way
/// out share this.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Says that a panic was reported, in whatever thread.
static PANICS: LazyLock<(Sender<()>, Receiver<()>)> = LazyLock::new(unbounded);

/// Takes the terminal: raw mode, the alternate screen, bracketed paste, and the mouse if it is
/// wanted. Does nothing if it is taken already. After an error nothing is left taken.
pub fn enter(mouse: bool) -> io::Result<()> {
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let entered = enter_modes(mouse);
    if entered.is_err() {
        leave();
    }
    entered
}

fn enter_modes(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    let mut out = io::stdout();
    queue!(out, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
    if mouse {
        queue_mouse(&mut out)?;
    }
    out.flush()
}

/// Presses, drags and the wheel, without the moves in between, which would come in floods. The
/// Windows console knows no such difference.
fn queue_mouse(out: &mut io::Stdout) -> io::Result<()> {
    if cfg!(windows) {
        queue!(out, EnableMouseCapture)
    } else {
        queue!(out, Print("\x1b[?1000h\x1b[?1002h\x1b[?1006h"))
    }
}

/// Gives the terminal back. Does nothing if it is not taken. Never fails: where the terminal is
/// gone there is nothing to give back, and the rest is given back all the same.
pub fn leave() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    // The synchronized update of a frame that was cut short would hold the screen back.
    let _ = execute!(out, terminal::EndSynchronizedUpdate);
    let _ = execute!(out, DisableMouseCapture, DisableBracketedPaste, ResetColor, Show);
    let _ = execute!(out, LeaveAlternateScreen);
    let _ = terminal::disable_raw_mode();
}

/// Takes or gives back the mouse alone.
pub fn set_mouse(on: bool) -> io::Result<()> {
    let mut out = io::stdout();
    if on {
        queue_mouse(&mut out)?;
    } else {
        queue!(out, DisableMouseCapture)?;
    }
    out.flush()
}

/// Whether the terminal is taken. It is not any more once a panic, in any thread, is reported.
#[must_use]
pub fn is_taken() -> bool {
    TAKEN.load(Ordering::SeqCst)
}

/// From now on a panic, in any thread, gives the terminal back before it is reported.
pub fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // One that is caught is no reason to leave.
            if !is_guarded() {
                leave();
                report(panic);
                // Sender and receiver live as long as the program.
                let _ = PANICS.0.send(());
            }
        }));
    });
}

/// A message for each panic that was reported: no thread can be relied on after that.
#[must_use]
pub fn panics() -> Receiver<()> {
    PANICS.1.clone()
}

/// Whether an error says that the terminal is gone.
#[must_use]
pub fn is_gone(error: &io::Error) -> bool {
    #[cfg(unix)]
    let hung_up = rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::IO);
    #[cfg(not(unix))]
    let hung_up = false;
    hung_up || error.kind() == io::ErrorKind::BrokenPipe
}

/// Stdout, to draw on. Once the terminal is gone, what is drawn goes nowhere and nothing fails: the
/// reader of keys tells of it, and no part of the way out may fall over it.
#[derive(Debug)]
pub struct Output(io::Stdout);

impl Output {
    /// The program's own.
    #[must_use]
    pub fn new() -> Self {
        Self(io::stdout())
    }
}

impl Default for Output {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if is_gone(&error) => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if is_gone(&error) => Ok(()),
            flushed => flushed,
        }
    }
}

/// Gives the terminal back when it goes out of scope.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// Takes the terminal, see [`enter`].
    pub fn new(mouse: bool) -> io::Result<Self> {
        give_back_on_panic();
        enter(mouse)?;
        Ok(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

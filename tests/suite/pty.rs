//! A program in a pseudo-terminal, and the screen that a person would see.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterscope::base::clock;
use crossbeam_channel::{Receiver, unbounded};
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Pty {
    screen: Arc<Mutex<vt100::Parser>>,
    /// A ping for each piece of output.
    output: Receiver<usize>,
    /// Its handles, until it hangs up.
    keys: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
    reading: Option<std::thread::JoinHandle<()>>,
    /// Whether nothing is to be read any more.
    is_over: Arc<AtomicBool>,
    child: Box<dyn Child + Send + Sync>,
}

impl Pty {
    /// Starts a program on a terminal of so many columns and rows.
    pub(crate) fn start(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let (ping, output) = unbounded();
        let mut reader = pair.master.try_clone_reader().unwrap();
        let seen = Arc::clone(&screen);
        let is_over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&is_over);
        let reading = std::thread::spawn(move || {
            let mut bytes = vec![0; 65_536];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                seen.lock().unwrap().process(&bytes[..n]);
                let _ = ping.send(n);
                if ends.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let keys = Some(pair.master.take_writer().unwrap());
        let (master, reading) = (Some(pair.master), Some(reading));
        Self { screen, output, keys, master, reading, is_over, child }
    }

    /// Sends bytes as the keyboard would.
    pub(crate) fn send(&mut self, bytes: &str) {
        let keys = self.keys.as_mut().unwrap();
        keys.write_all(bytes.as_bytes()).unwrap();
        keys.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.screen.lock().unwrap().screen_mut().set_size(cells(rows), cells(columns));
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Goes away as a terminal whose window is closed, and waits for the end of the program.
    pub(crate) fn hang_up(&mut self) -> ExitStatus {
        self.is_over.store(true, Ordering::Relaxed);
        // The reader ends at the next output.
        self.send("j");
        self.reading.take().unwrap().join().unwrap();
        (self.keys, self.master) = (None, None);
        self.end()
    }

    /// Looks at the screen as it is.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(self.screen.lock().unwrap().screen())
    }

    pub(crate) fn text(&self) -> String {
        self.look(vt100::Screen::contents)
    }

    /// Waits until the screen is as described.
    pub(crate) fn wait(&self, what: &str, is: impl Fn(&vt100::Screen) -> bool) {
        let until = clock::instant() + PATIENCE;
        while !self.look(&is) {
            let left = until.saturating_duration_since(clock::instant());
            assert!(!left.is_zero(), "no {what} in time; the screen is\n{}", self.text());
            let _ = self.output.recv_timeout(left.min(Duration::from_millis(100)));
        }
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_text(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text));
    }

    /// How many bytes come within a while.
    pub(crate) fn bytes_within(&self, span: Duration) -> usize {
        let until = clock::instant() + span;
        let mut bytes = 0;
        while let Ok(n) = self.output.recv_deadline(until) {
            bytes += n;
        }
        bytes
    }

    /// Waits until nothing has come for a while.
    pub(crate) fn settle(&self) {
        while self.bytes_within(Duration::from_millis(300)) > 0 {}
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    /// Signals the program and all that it has started, as a shell's `fg` does.
    pub(crate) fn signal_group(&self, signal: Signal) {
        kill_process_group(self.id(), signal).unwrap();
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap() as i32).unwrap()
    }

    /// The letter of the process's state: `S` sleeping, `T` stopped.
    #[cfg(target_os = "linux")]
    pub(crate) fn state(&self) -> Option<char> {
        let id = self.child.process_id()?;
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit(')').next()?.trim().chars().next()
    }

    /// Waits for the end of the program, and for its last output.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let until = clock::instant() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                self.settle();
                return status;
            }
            assert!(clock::instant() < until, "it does not end; the screen is\n{}", self.text());
            let _ = self.output.recv_timeout(Duration::from_millis(50));
        }
    }

    /// Every mode is as a shell wants it.
    pub(crate) fn assert_modes_restored(&self) {
        self.look(|screen| {
            assert!(!screen.alternate_screen(), "the alternate screen is left");
            assert!(!screen.hide_cursor(), "the cursor is shown");
            assert!(!screen.bracketed_paste(), "pastes are not bracketed");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
            assert!(!screen.inverse() && !screen.bold(), "no style is left on");
        });
        assert!(!self.is_raw(), "the line discipline is as it was");
    }

    /// Whether the terminal passes keys on unread.
    pub(crate) fn is_raw(&self) -> bool {
        let Some(modes) = self.master.as_ref().and_then(|master| master.get_termios()) else {
            return false;
        };
        // The set of local flags, as text: naming its type would take a crate of its own.
        let flags = format!("{:?}", modes.local_flags);
        !flags.contains("ICANON") || !flags.contains("ECHO ")
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

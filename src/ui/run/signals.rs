//! The thread that receives signals, and the stop that the user asks for with ctrl-z.

#[cfg(not(unix))]
use std::io;

use crossbeam_channel::{Receiver, Sender};

/// A signal that means something to the workbench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// End now; the signal's number.
    End(i32),
    /// The terminal, or another program, wants the workbench to stop.
    Stop,
    /// The workbench runs again.
    Continue,
    /// Read the config again.
    Reload,
}

/// The signals that have come.
pub(super) struct Signals {
    /// In the order in which they came.
    pub(super) received: Receiver<Signal>,
    again: Sender<Signal>,
}

#[cfg(unix)]
mod unix {
    use std::io;
    use std::thread;

    use crossbeam_channel::unbounded;
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGUSR1};

    use super::{Signal, Signals};

    impl Signals {
        /// Receives signals from now on. Once this value is gone, those that end a program end it
        /// as they do by default.
        pub(in super::super) fn new() -> io::Result<Self> {
            let wanted = [SIGTERM, SIGINT, SIGHUP, SIGTSTP, SIGCONT, SIGUSR1];
            let mut signals = signal_hook::iterator::Signals::new(wanted)?;
            let (send, received) = unbounded();
            let again = send.clone();
            thread::Builder::new().name("signals".into()).spawn(move || {
                for number in signals.forever() {
                    let signal = match number {
                        SIGTSTP => Signal::Stop,
                        SIGCONT => Signal::Continue,
                        SIGUSR1 => Signal::Reload,
                        number => Signal::End(number),
                    };
                    if send.send(signal).is_err() && matches!(signal, Signal::End(_)) {
                        let _ = signal_hook::low_level::emulate_default_handler(number);
                    }
                }
            })?;
            Ok(Self { received, again })
        }

        /// Stops the whole process group, as the terminal would for a program that leaves ctrl-z
        /// to it; returns when the shell lets it run again.
        pub(in super::super) fn stop(&self) -> io::Result<()> {
            while self.received.try_recv().is_ok_and(|signal| signal == Signal::Continue) {}
            rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
            // The stop can come a moment after the call returns: only the signal to continue
            // tells that it is over.
            loop {
                match self.received.recv() {
                    Ok(Signal::Continue) | Err(_) => return Ok(()),
                    Ok(end @ Signal::End(_)) => {
                        let _ = self.again.send(end);
                        return Ok(());
                    }
                    Ok(Signal::Stop | Signal::Reload) => {}
                }
            }
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// There are no signals here.
    pub(super) fn new() -> io::Result<Self> {
        let (again, received) = crossbeam_channel::unbounded();
        Ok(Self { received, again })
    }

    /// There is no shell to go back to.
    pub(super) fn stop(&self) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "programs cannot be stopped here"))
    }
}

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
    /// A program that was started has ended or has stopped.
    Child,
    /// The terminal has another size. The reader of keys tells it too, but loses it where a key
    /// comes at the same moment.
    Resize,
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
    use std::process::{Child, ExitStatus};
    use std::thread;
    use std::time::Duration;

    use crossbeam_channel::{RecvTimeoutError, unbounded};
    use signal_hook::consts::{
        SIGABRT, SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS,
        SIGTERM, SIGTRAP, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH, SIGXCPU, SIGXFSZ,
    };

    use super::{Signal, Signals};

    /// The signals that end a program, as far as a program can receive them and goes on after them.
    const ENDS: [i32; 14] = [
        SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP,
        SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
    ];
    /// Those that only this system knows: SIGSTKFLT, SIGPWR, and the ones for programs' own use.
    #[cfg(target_os = "linux")]
    const MORE_ENDS: (i32, i32, std::ops::RangeInclusive<i32>) = (16, 30, 34..=64);

    /// How long a program's end can go unnoticed if the signal that tells it gets lost.
    const PATIENCE: Duration = Duration::from_millis(200);
    /// How long after a program's end a signal is still taken as meant for it.
    const GRACE: Duration = Duration::from_millis(50);

    impl Signals {
        /// Receives signals from now on. Once this value is gone, those that end a program end it
        /// as they do by default, except SIGHUP: a terminal that is gone may have been noticed
        /// before its signal came, and a shell and the system each send one. What is still being
        /// written at the exit is written to its end.
        pub(in super::super) fn new() -> io::Result<Self> {
            let mut wanted = vec![SIGTSTP, SIGCONT, SIGCHLD, SIGUSR1, SIGWINCH];
            wanted.extend(ENDS);
            #[cfg(target_os = "linux")]
            {
                let (fault, power, own) = MORE_ENDS;
                wanted.extend([fault, power].into_iter().chain(own));
            }
            let mut signals = signal_hook::iterator::Signals::new(wanted)?;
            let (send, received) = unbounded();
            let again = send.clone();
            thread::Builder::new().name("signals".into()).spawn(move || {
                for number in signals.forever() {
                    let signal = match number {
                        SIGTSTP => Signal::Stop,
                        SIGCONT => Signal::Continue,
                        SIGCHLD => Signal::Child,
                        SIGWINCH => Signal::Resize,
                        SIGUSR1 => Signal::Reload,
                        number => Signal::End(number),
                    };
                    let ends = matches!(signal, Signal::End(number) if number != SIGHUP);
                    if send.send(signal).is_err() && ends {
                        let _ = signal_hook::low_level::emulate_default_handler(number);
                    }
                }
            })?;
            Ok(Self { received, again })
        }

        /// Waits for a program that has the terminal. Keys that interrupt or stop a program mean
        /// that one: the workbench is not interrupted, but stops along, so that the shell is there.
        pub(in super::super) fn accompany(&self, mut child: Child) -> io::Result<ExitStatus> {
            let mut held = Vec::new();
            let mut ended = None;
            loop {
                // A key that ended the program has reached the workbench too, perhaps a moment
                // after the end itself.
                let patience = if ended.is_some() { GRACE } else { PATIENCE };
                match self.received.recv_timeout(patience) {
                    Ok(Signal::Stop) if ended.is_none() => {
                        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
                    }
                    // Keys that end a program are the other one's.
                    Ok(Signal::End(SIGINT | SIGQUIT)) => {}
                    Ok(signal @ (Signal::End(_) | Signal::Reload)) => {
                        held.push(signal);
                    }
                    Err(RecvTimeoutError::Timeout) if ended.is_some() => break,
                    _ => {}
                }
                if ended.is_none() {
                    ended = child.try_wait()?;
                }
            }
            for signal in held {
                let _ = self.again.send(signal);
            }
            ended.ok_or_else(|| io::ErrorKind::Interrupted.into())
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
                    Ok(_) => {}
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

    /// Waits for a program that has the terminal.
    pub(super) fn accompany(
        &self,
        mut child: std::process::Child,
    ) -> io::Result<std::process::ExitStatus> {
        child.wait()
    }

    /// There is no shell to go back to.
    pub(super) fn stop(&self) -> io::Result<()> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "programs cannot be stopped here"))
    }
}

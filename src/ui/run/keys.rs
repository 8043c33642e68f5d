//! The thread that reads the terminal. It can be paused, so that it does not take the keys of a
//! program that has the terminal meanwhile.

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use crossterm::event::Event;

/// How often the thread looks whether it is to pause.
const POLL: Duration = Duration::from_millis(50);

enum Order {
    /// Read nothing until [`Order::Resume`]; said to have begun through the channel.
    Pause(Sender<()>),
    Resume,
}

/// The thread's two ends.
pub(super) struct Keys {
    /// What the terminal reports; disconnected when it can be read no longer.
    pub(super) events: Receiver<Event>,
    orders: Sender<Order>,
}

impl Keys {
    /// Starts reading. The thread ends with this value, at its next look.
    pub(super) fn new() -> io::Result<Self> {
        let (events_in, events) = unbounded();
        let (orders, orders_out) = unbounded();
        let mut source = Source::default();
        thread::Builder::new()
            .name("keys".into())
            .spawn(move || while read(&mut source, &orders_out, &events_in) {})?;
        Ok(Self { events, orders })
    }

    /// Returns when nothing is read any more.
    pub(super) fn pause(&self) {
        let (begun, wait) = bounded(1);
        if self.orders.send(Order::Pause(begun)).is_ok() {
            let _ = wait.recv();
        }
    }

    /// Reads again, after dropping what was typed for another program.
    pub(super) fn resume(&self) {
        let mut source = Source::default();
        let mut dropped = Vec::new();
        while matches!(source.read(Duration::ZERO, &mut dropped), Ok(true)) {}
        let _ = self.orders.send(Order::Resume);
    }
}

/// Passes events on, if there are some in time; `false` to end.
fn read(source: &mut Source, orders: &Receiver<Order>, events: &Sender<Event>) -> bool {
    match orders.try_recv() {
        Ok(Order::Pause(begun)) => {
            *source = Source::default();
            let _ = begun.send(());
            return loop {
                match orders.recv() {
                    Ok(Order::Resume) => break true,
                    Ok(Order::Pause(begun)) => drop(begun.send(())),
                    Err(_) => break false,
                }
            };
        }
        Err(TryRecvError::Disconnected) => return false,
        Ok(Order::Resume) | Err(TryRecvError::Empty) => {}
    }
    let mut found = Vec::new();
    match source.read(POLL, &mut found) {
        Ok(_) => found.into_iter().all(|event| events.send(event).is_ok()),
        Err(error) => error.kind() == io::ErrorKind::Interrupted,
    }
}

/// The terminal, read byte for byte: a sequence that never ends must not hold keys back.
#[cfg(unix)]
#[derive(Default)]
struct Source(crate::ui::input::decode::Decoder);

#[cfg(unix)]
impl Source {
    /// Waits so long for something; returns whether there was something.
    fn read(&mut self, patience: Duration, events: &mut Vec<Event>) -> io::Result<bool> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let patience = self.0.patience().unwrap_or(patience);
        let stdin = io::stdin();
        let mut files = [PollFd::new(&stdin, PollFlags::IN)];
        let limit = Timespec { tv_sec: 0, tv_nsec: i64::from(patience.subsec_nanos()) };
        if poll(&mut files, Some(&limit))? == 0 {
            self.0.give_up(events);
            return Ok(false);
        }
        let mut bytes = [0; 4096];
        match rustix::io::read(&stdin, &mut bytes)? {
            // Nobody is at the other end any more.
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.0.take(&bytes[..length], events);
                Ok(true)
            }
        }
    }
}

/// The terminal, as its own interface tells of it.
#[cfg(not(unix))]
#[derive(Default)]
struct Source;

#[cfg(not(unix))]
impl Source {
    /// Waits so long for something; returns whether there was something.
    fn read(&mut self, patience: Duration, events: &mut Vec<Event>) -> io::Result<bool> {
        let any = crossterm::event::poll(patience)?;
        if any {
            events.push(crossterm::event::read()?);
        }
        Ok(any)
    }
}

//! The thread that reads the terminal. It can be paused, so that it does not take the keys of a
//! program that has the terminal meanwhile.

use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, unbounded};
use crossterm::event::{self, Event};

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
        thread::Builder::new()
            .name("keys".into())
            .spawn(move || while read(&orders_out, &events_in) {})?;
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
        while matches!(event::poll(Duration::ZERO), Ok(true)) && event::read().is_ok() {}
        let _ = self.orders.send(Order::Resume);
    }
}

/// Passes one event on, if there is one in time; `false` to end.
fn read(orders: &Receiver<Order>, events: &Sender<Event>) -> bool {
    match orders.try_recv() {
        Ok(Order::Pause(begun)) => {
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
    match event::poll(POLL).and_then(|any| if any { event::read().map(Some) } else { Ok(None) }) {
        Ok(Some(event)) => events.send(event).is_ok(),
        Ok(None) => true,
        Err(error) => error.kind() == io::ErrorKind::Interrupted,
    }
}

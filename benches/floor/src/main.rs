//! The floor under a replay: every line of a log is parsed into a typed struct and dropped. It
//! must not know counterscope.
//!
//! ```sh
//! cargo run --release --manifest-path benches/floor/Cargo.toml -- sonic feed.ndjson
//! ```

#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};
use std::process::ExitCode;

use serde::Deserialize;

/// How much of the file is read at once; no line may be longer.
const PIECE: usize = 1 << 20;

/// An event with the members that `benches/peers/feed.yaml` uses. Texts are borrowed from the line
/// where they have no escapes.
#[derive(Deserialize)]
struct Event<'l> {
    ts: i64,
    #[serde(borrow)]
    event: Cow<'l, str>,
    #[serde(borrow)]
    user: Cow<'l, str>,
    #[serde(borrow)]
    item: Cow<'l, str>,
    #[serde(borrow)]
    author: Cow<'l, str>,
    watch_time: Option<f64>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let parsed = match arguments.as_slice() {
        [parser, log] if parser == "sonic" => lines(log, |line| {
            sonic_rs::from_slice::<Event<'_>>(line).map(seen).map_err(io::Error::other)
        }),
        [parser, log] if parser == "serde" => lines(log, |line| {
            serde_json::from_slice::<Event<'_>>(line).map(seen).map_err(io::Error::other)
        }),
        _ => Err(io::Error::other("usage: counterscope-floor sonic|serde LOG")),
    };
    match parsed {
        Ok(events) => {
            println!("{events} events");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Makes the compiler believe that every member is used.
fn seen(event: Event<'_>) {
    let Event { ts, event, user, item, author, watch_time } = event;
    black_box((ts, event.len(), user.len(), item.len(), author.len(), watch_time));
}

/// Calls `parse` with every line of a file, and tells how many there were.
fn lines(path: &str, mut parse: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut piece = vec![0; PIECE];
    let (mut held, mut count) = (0, 0);
    loop {
        let read = file.read(&mut piece[held..])?;
        let text = &piece[..held + read];
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', text) {
            parse(&text[from..end])?;
            count += 1;
            from = end + 1;
        }
        let end = held + read;
        if read == 0 {
            if from < end {
                parse(&piece[from..end])?;
                count += 1;
            }
            return Ok(count);
        }
        if from == 0 && end == PIECE {
            return Err(io::Error::other("a line is too long"));
        }
        piece.copy_within(from..end, 0);
        held = end - from;
    }
}

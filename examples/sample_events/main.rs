//! Writes a lifelike event log, the same one for the same seed:
//!
//! ```sh
//! cargo run --release --example sample_events -- shop.ndjson.gz
//! ```
//!
//! It must not know how counterscope reads a log; `sample-events/README.md` says what is in one.

#![expect(clippy::print_stderr, reason = "an example is a program")]

mod feed;
mod journal;
mod news;
mod random;
mod rhythm;
mod shop;
mod video;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use flate2::Compression;
use flate2::write::GzEncoder;

use journal::Journal;
use news::Story;
use random::Random;

/// Writes a lifelike event log.
#[derive(Parser)]
struct Arguments {
    /// The file to write; packed if its name ends in `.gz`.
    out: PathBuf,
    /// What the log is of.
    #[arg(long, value_enum, default_value = "shop")]
    world: World,
    /// How many lines to write.
    #[arg(long, default_value_t = 60_000)]
    events: u64,
    /// The number that chance begins with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What is wrong in the news.
    #[arg(long, value_enum, default_value = "seconds")]
    story: Story,
    /// Over how many days the lines are spread, about [default: 18; for the feed, 90; for the news, 12].
    #[arg(long)]
    days: Option<u32>,
}

/// What a log is of.
#[derive(Clone, Copy, ValueEnum)]
enum World {
    /// A shop's search, in Metarank's format.
    Shop,
    /// Video feeds, as flat objects.
    Video,
    /// A feed with many keys, as flat objects in order of time: a log for measuring.
    Feed,
    /// A news app in which something is wrong, as flat objects.
    News,
}

impl World {
    /// Over how many days a log is spread.
    const fn days(self) -> u32 {
        match self {
            Self::Shop | Self::Video => 18,
            Self::Feed => 90,
            Self::News => 12,
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match write(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot write `{}`: {error}", arguments.out.display());
            ExitCode::FAILURE
        }
    }
}

fn write(arguments: &Arguments) -> io::Result<()> {
    let file = BufWriter::new(File::create(&arguments.out)?);
    if arguments.out.extension().is_some_and(|name| name == "gz") {
        let mut packed = GzEncoder::new(file, Compression::best());
        simulate(arguments, &mut packed)?;
        packed.finish()?.flush()
    } else {
        let mut plain = file;
        simulate(arguments, &mut plain)?;
        plain.flush()
    }
}

fn simulate(arguments: &Arguments, out: &mut impl Write) -> io::Result<()> {
    let mut random = Random::new(arguments.seed);
    let Arguments { world, events, .. } = *arguments;
    let days = f64::from(arguments.days.unwrap_or(world.days()).max(1));
    match world {
        World::Shop => shop::simulate(&mut random, &mut Journal::new(out, events), events, days),
        World::Video => video::simulate(&mut random, &mut Journal::new(out, events), events, days),
        World::News => news::simulate(
            &mut random,
            &mut Journal::new(out, events),
            events,
            days,
            arguments.story,
        ),
        World::Feed => feed::simulate(&mut random, out, events, days),
    }
}

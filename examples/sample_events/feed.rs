//! A feed of short videos as one plain log for measuring: many keys, a few of them hot, every line
//! in order and whole. It must not know files.

use std::io::{self, Write};

use super::random::{Random, Weighted, shuffled};
use super::rhythm::{Arrivals, START};

const USERS: usize = 100_000;
const VIDEOS: usize = 50_000;
const AUTHORS: usize = 5_000;
/// How often each type of event happens, out of a hundred.
const TYPES: [(&str, f64); 6] = [
    ("show", 50.0),
    (WATCH, 30.0),
    ("click", 10.0),
    ("like", 6.0),
    ("share", 2.5),
    ("dislike", 1.5),
];
/// The type whose events say how long and how much of a video was watched.
const WATCH: &str = "watch";
const COUNTRIES: [&str; 24] = [
    "AR", "AU", "BR", "CA", "CL", "CO", "DE", "EG", "ES", "FR", "GB", "ID", "IN", "IT", "JP", "KE",
    "KR", "MX", "NG", "PL", "TR", "US", "VN", "ZA",
];
const CATEGORIES: [&str; 16] = [
    "animals", "art", "books", "cars", "comedy", "cooking", "dance", "diy", "fashion", "film",
    "fitness", "gaming", "music", "news", "science", "travel",
];
const FEEDS: [(&str, f64); 3] = [("main", 70.0), ("trending", 25.0), ("following", 5.0)];
const DEVICES: [&str; 3] = ["android", "ios", "web"];
/// The places of a feed that is loaded at once.
const PLACES: usize = 40;
/// Half of all watches are shorter, in seconds.
const USUAL_WATCH: f64 = 15.0;

struct Video {
    author: usize,
    category: &'static str,
}

/// Writes the log.
pub(crate) fn simulate(
    random: &mut Random,
    out: &mut impl Write,
    lines: u64,
    days: f64,
) -> io::Result<()> {
    let authors = Weighted::zipf(AUTHORS, 0.7);
    let videos: Vec<Video> = (0..VIDEOS)
        .map(|_| Video {
            author: authors.draw(random),
            category: CATEGORIES[random.below(CATEGORIES.len())],
        })
        .collect();
    let homes: Vec<&str> = (0..USERS).map(|_| *random.one_of(&COUNTRIES)).collect();
    // Who is the n-th most active, and what the n-th most popular, is not to be read off a name.
    let (users, active) = (shuffled(random, USERS), Weighted::zipf(USERS, 0.8));
    let (shown, popular) = (shuffled(random, VIDEOS), Weighted::zipf(VIDEOS, 0.95));
    let types = Weighted::new(TYPES.map(|(_, share)| share));
    let feeds = Weighted::new(FEEDS.map(|(_, share)| share));
    let mut arrivals = Arrivals::new(lines as f64, days);
    for _ in 0..lines {
        let time = START + arrivals.next(random) as i64;
        let (kind, _) = TYPES[types.draw(random)];
        let user = users[active.draw(random)];
        let n = shown[popular.draw(random)];
        let Video { author, category } = videos[n];
        let country = homes[user];
        let (feed, _) = FEEDS[feeds.draw(random)];
        let request = random.bits();
        let place = random.below(PLACES);
        let device = random.one_of(&DEVICES);
        write!(
            out,
            r#"{{"ts":{time},"event":"{kind}","user":"u{user:06}","item":"v{n:07}","author":"a{author:05}","country":"{country}","category":"{category}","feed":"{feed}","request":"{request:016x}","position":{place},"device":"{device}""#
        )?;
        if kind == WATCH {
            let seconds = USUAL_WATCH * (0.9 * random.normal()).exp();
            // Most see little of a video, some see it to its end.
            let completion = random.share().powf(1.3);
            write!(out, r#","watch_time":{seconds:.3},"completion":{completion:.4}"#)?;
        }
        out.write_all(b"}\n")?;
    }
    Ok(())
}

//! Video feeds as flat objects: posts are shown, watched, liked and shared, fresh ones most. It
//! must not know files.

use std::io::{self, Write};

use counterscope::base::Timestamp;

use super::journal::Journal;
use super::random::{Random, Weighted, some_of};
use super::rhythm::{Arrivals, DAY, HOUR};

const COUNTRIES: [&str; 7] = ["US", "BR", "DE", "IN", "FR", "JP", "NG"];
const FEEDS: [&str; 3] = ["for_you", "following", "explore"];
const TAGS: [&str; 9] =
    ["music", "cats", "cooking", "sports", "travel", "news", "comedy", "science", "diy"];

/// A visit writes about so many lines.
const LINES_A_VISIT: f64 = 8.4;
/// The chance that one who has seen a post sees another.
const APPETITE: f64 = 0.84;
/// Where a line is lost for some hours: Brazil.
const DARK: &str = "BR";

struct Post {
    author: usize,
    born: f64,
    /// The length in seconds.
    length: f64,
    /// The chance that someone who watched it to the end likes it.
    charm: f64,
    tags: Vec<&'static str>,
}

/// Writes the log.
pub(crate) fn simulate(
    random: &mut Random,
    journal: &mut Journal<'_, impl Write>,
    lines: u64,
    days: f64,
) -> io::Result<()> {
    let users = (lines as f64 / 12.0).clamp(300.0, 200_000.0) as usize;
    let authors = Weighted::zipf((users / 20).max(10), 0.8);
    let visitors = Weighted::zipf(users, 0.5);
    let mut arrivals = Arrivals::new(lines as f64 / LINES_A_VISIT, days);
    let mut posts: Vec<Post> = Vec::new();
    let pace = DAY * days / (lines as f64 / 40.0).max(60.0);
    let mut next_post = -8.0 * DAY;
    let outage = (0.4 * days).floor() * DAY + 10.0 * HOUR;
    let outage = outage..outage + 7.0 * HOUR;
    let viral = (0.65 * days).floor() * DAY + 8.0 * HOUR;
    let mut star = None;
    loop {
        let now = arrivals.next(random);
        while next_post < now {
            if star.is_none() && next_post > viral {
                star = Some(posts.len());
            }
            let tags = some_of(random, &TAGS, 3);
            posts.push(Post {
                author: authors.draw(random),
                born: next_post,
                length: (8.0 + random.wait(25.0)).round(),
                charm: random.between(0.05, 0.4),
                tags,
            });
            next_post += random.wait(pace);
        }
        if !journal.write_until(now)? {
            return Ok(());
        }
        let user = visitors.draw(random);
        let country = COUNTRIES[(user % 11).min(user % 7)];
        if country == DARK && outage.contains(&now) {
            continue;
        }
        let feed = FEEDS[random.below(3).min(random.below(3))];
        let mut time = now;
        while random.happens(APPETITE) {
            let heat =
                star.map_or(0.0, |star| 0.45 * (-(time - posts[star].born) / (18.0 * HOUR)).exp2());
            let n = match star {
                Some(star) if random.happens(heat) => star,
                _ => fresh(random, &posts, time),
            };
            time = watch(random, journal, time, &Viewer { user, country, feed }, n, &posts[n]);
        }
    }
}

/// Who watches, and where.
struct Viewer {
    user: usize,
    country: &'static str,
    feed: &'static str,
}

/// A post that is there, the newer the likelier.
fn fresh(random: &mut Random, posts: &[Post], now: f64) -> usize {
    let there = posts.partition_point(|post| post.born < now).max(1);
    let back = random.wait(there.min(60) as f64) as usize;
    there - 1 - back.min(there - 1)
}

/// Someone is shown a post, and perhaps watches, likes and shares it; returns when that ends.
fn watch(
    random: &mut Random,
    journal: &mut Journal<'_, impl Write>,
    now: f64,
    viewer: &Viewer,
    n: usize,
    post: &Post,
) -> f64 {
    let Viewer { user, country, feed } = viewer;
    let Post { author, tags, .. } = post;
    let line = |kind: &str, at: i64, more: &str| {
        format!(
            r#"{{"ts":"{}","event":"{kind}","user_id":{user},"post_id":"p{n}","author_id":"a{author}","geo":{{"country":"{country}"}},"feed":"{feed}","tags":{tags:?}{more}}}"#,
            Timestamp(at)
        )
    };
    journal.record(random, now, |at| line("show", at, ""));
    let mut time = now + 300.0 + random.wait(600.0);
    let share = (random.share() * 1.4).min(1.0);
    if random.happens(0.55) {
        let watched = (post.length * share * 10.0).round() / 10.0;
        time += watched * 1_000.0;
        journal
            .record(random, time, |at| line("watch", at, &format!(r#","watch_time":{watched}"#)));
        if random.happens(post.charm * share) {
            time += 400.0;
            journal.record(random, time, |at| line("like", at, ""));
            if random.happens(0.2) {
                time += 900.0;
                journal.record(random, time, |at| line("share", at, ""));
            }
        }
    }
    time + 200.0
}

//! A news app as flat objects: articles are shown and opened. In each story one thing is wrong, as
//! it goes wrong in practice. It must not know files.

use std::io::{self, Write};

use clap::ValueEnum;
use counterscope::base::Timestamp;

use super::journal::Journal;
use super::random::{Random, Weighted};
use super::rhythm::{Arrivals, DAY, HOUR};

/// What is wrong.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Story {
    /// The apps write seconds into a member of milliseconds.
    Seconds,
    /// One client calls an event by another name.
    Renamed,
    /// One user opens one article, again and again.
    Fan,
    /// An article that everybody read is read by nobody any more.
    Quiet,
    /// A number is written as text.
    Text,
}

/// A visit writes about so many lines.
const LINES_A_VISIT: f64 = 7.0;
/// When it goes wrong, in days since the start.
const TURN: f64 = 7.0;
const CLIENTS: [(&str, &str); 3] = [("ios", "5.1"), ("android", "5.2"), ("web", "2026.9")];
const SECTIONS: [u32; 5] = [12, 20, 36, 41, 57];
/// The article that a fan opens, and the one that falls quiet.
const STAR: usize = 30;

struct Article {
    born: f64,
    /// The chance that someone who has seen it opens it.
    appeal: f64,
    section: u32,
}

/// Writes the log.
pub(crate) fn simulate(
    random: &mut Random,
    journal: &mut Journal<'_, impl Write>,
    lines: u64,
    days: f64,
    story: Story,
) -> io::Result<()> {
    let readers = Weighted::zipf((lines as f64 / 12.0).clamp(100.0, 200_000.0) as usize, 0.4);
    let mut arrivals = Arrivals::new(lines as f64 / LINES_A_VISIT, days);
    let pace = DAY * days / 50.0;
    let mut articles: Vec<Article> = Vec::new();
    let mut next_article = -4.0 * DAY;
    let mut next_craze = TURN * DAY + 8.0 * HOUR;
    loop {
        let now = arrivals.next(random);
        while next_article < now || articles.len() <= STAR {
            let (appeal, section) = (random.between(0.1, 0.3), *random.one_of(&SECTIONS));
            articles.push(Article { born: next_article, appeal, section });
            next_article += pace * random.between(0.5, 1.5);
        }
        if !journal.write_until(now)? {
            return Ok(());
        }
        let user = readers.draw(random);
        let (os, app) = CLIENTS[user % 7 % 3];
        let visit = Visit { story, user, os, app };
        if story == Story::Fan {
            // Every few minutes, by one who does nothing else.
            while next_craze < now.min((TURN + 2.0) * DAY) {
                let fan = Visit { story, user: 4, os: "web", app: "2026.9" };
                fan.read(random, journal, next_craze, (STAR, &articles[STAR]), 1);
                next_craze += random.between(0.1, 1.0) * HOUR;
            }
        }
        let mut time = now;
        for place in 1..=3 + random.below(5) {
            let n = fresh(random, &articles, time, story);
            time = visit.show(random, journal, time, (n, &articles[n]), place);
        }
    }
}

/// An article that is there, the newer the likelier.
fn fresh(random: &mut Random, articles: &[Article], now: f64, story: Story) -> usize {
    let there = articles.partition_point(|article| article.born < now).max(1);
    // For some days everybody is shown the star, and then nobody.
    let is_hot = (TURN + 2.0) * DAY..(TURN + 5.4) * DAY;
    let n = there - 1 - (random.wait(8.0) as usize).min(there - 1);
    match story {
        Story::Quiet if is_hot.contains(&now) && random.happens(0.3) => STAR,
        Story::Quiet if n == STAR => n - 1,
        _ => n,
    }
}

/// Who reads, and with what.
struct Visit {
    story: Story,
    user: usize,
    os: &'static str,
    app: &'static str,
}

impl Visit {
    /// Someone is shown an article, and perhaps opens it; returns when that ends.
    fn show(
        &self,
        random: &mut Random,
        journal: &mut Journal<'_, impl Write>,
        now: f64,
        (n, article): (usize, &Article),
        place: usize,
    ) -> f64 {
        let is_opened = random.happens(article.appeal);
        let visible = (1_000.0 + random.wait(1_800.0)).round();
        // The timer of articles that are scrolled past got another unit, the one of articles that
        // are opened did not.
        let is_in_seconds = self.story == Story::Seconds && now > TURN * DAY && !is_opened;
        let visible =
            if is_in_seconds { format!("{:.1}", visible / 1_000.0) } else { visible.to_string() };
        let more = format!(r#","position":{place},"visible_ms":{visible}"#);
        journal.record(random, now, |at| self.line("impression", at, (n, article), &more));
        let next = now + 1_500.0 + random.wait(4_000.0);
        if is_opened { self.read(random, journal, next, (n, article), place) } else { next }
    }

    /// Someone opens an article; returns when it was read.
    fn read(
        &self,
        random: &mut Random,
        journal: &mut Journal<'_, impl Write>,
        now: f64,
        article: (usize, &Article),
        place: usize,
    ) -> f64 {
        let is_renamed = self.story == Story::Renamed && self.os == "android" && now > TURN * DAY;
        let kind = if is_renamed { "article_open" } else { "open" };
        let read = (5.0 + random.wait(40.0)).round();
        let more = format!(r#","position":{place},"read_s":{read}"#);
        journal.record(random, now, |at| self.line(kind, at, article, &more));
        now + read * 1_000.0
    }

    fn line(&self, kind: &str, at: i64, (n, article): (usize, &Article), more: &str) -> String {
        let Self { story, user, os, app } = self;
        let quote = if *story == Story::Text { "\"" } else { "" };
        let Article { section, .. } = article;
        format!(
            r#"{{"ts":"{}","event":"{kind}","user":"u{user}","article":"n{n}","section":{quote}{section}{quote},"device":{{"os":"{os}","app":"{app}"}}{more}}}"#,
            Timestamp(at)
        )
    }
}

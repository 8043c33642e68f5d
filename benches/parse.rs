//! Lines of JSON into batches: the scanner beside the parser that it stands in front of, over
//! lines made here, in both formats.
//!
//! ```sh
//! cargo bench --bench parse
//! ```

#![allow(missing_docs, reason = "criterion's macros make functions without any")]
#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends there")]

use std::fmt::Write as _;

use counterscope::base::events::EventSettings;
use counterscope::log::{EventSource, Reader};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// How many lines are read at a time.
const LINES: u64 = 20_000;

/// A number below `below`, the same at every run; small ones come more often.
fn pick(seed: u64, below: u64) -> u64 {
    let mixed = (seed ^ seed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = mixed ^ mixed >> 32;
    mixed % (1 + (mixed >> 40) % below)
}

fn flat() -> String {
    let mut log = String::new();
    for n in 0..LINES {
        let [user, item, country, request] =
            [20_000, 5_000, 30, u64::MAX].map(|of| pick(n ^ of, of));
        let kind = ["show", "show", "show", "click", "watch"][(n % 5) as usize];
        write!(
            log,
            "{{\"ts\":{},\"event\":\"{kind}\",\"user\":\"u{user:06}\",\"item\":\"v{item:07}\",\
             \"author\":\"a{:05}\",\"country\":\"c{country}\",\"category\":\"art\",\
             \"request\":\"{request:016x}\",\"position\":{},\"device\":\"phone\"",
            1_704_067_200_000 + n * 1500,
            item % 900,
            n % 50,
        )
        .unwrap();
        if kind == "watch" {
            write!(log, ",\"watch_time\":{}.{:03}", n % 90, n % 1000).unwrap();
        }
        log += "}\n";
    }
    log
}

fn metarank() -> String {
    let mut log = String::new();
    for n in 0..LINES {
        let [user, item] = [20_000, 5_000].map(|of| pick(n ^ of, of));
        let time = 1_704_067_200_000 + n * 1500;
        let fields =
            "[{\"name\":\"device\",\"value\":\"phone\"},{\"name\":\"position\",\"value\":3}]";
        if n % 3 == 0 {
            let items: Vec<_> =
                (item..item + 10).map(|item| format!("{{\"id\":\"lamp-{item}\"}}")).collect();
            writeln!(
                log,
                "{{\"event\":\"ranking\",\"id\":\"r{n}\",\"timestamp\":\"{time}\",\
                 \"user\":\"u{user}\",\"session\":\"s{n}\",\"fields\":{fields},\"items\":[{}]}}",
                items.join(","),
            )
        } else {
            writeln!(
                log,
                "{{\"event\":\"interaction\",\"id\":\"e{n}\",\"timestamp\":\"{time}\",\
                 \"type\":\"click\",\"item\":\"lamp-{item}\",\"ranking\":\"r{}\",\
                 \"user\":\"u{user}\",\"session\":\"s{n}\",\"fields\":{fields}}}",
                n - n % 3,
            )
        }
        .unwrap();
    }
    log
}

fn parse(c: &mut Criterion) {
    let logs = [
        ("flat", flat(), &["event", "user", "item", "author", "watch_time"][..]),
        ("metarank", metarank(), &["item", "user", "position", "item.brand"]),
    ];
    for (format, log, names) in logs {
        let log: &'static str = log.leak();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let settings = EventSettings::default();
        let mut group = c.benchmark_group(format);
        group.throughput(Throughput::Elements(LINES)).sample_size(20);
        for (name, scans) in [("scanner", true), ("parser", false)] {
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let reader = Reader::embedded("bench", log.as_bytes(), &settings, &names);
                    let mut reader = if scans { reader } else { reader.parse_only() };
                    let mut events = 0;
                    while let Some(batch) = reader.next_batch().unwrap() {
                        events += batch.len() as u64;
                    }
                    assert_eq!(events, LINES);
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, parse);
criterion_main!(benches);

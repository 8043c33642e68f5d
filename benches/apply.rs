//! What applying events costs from the tape: each aggregate in each shape by itself, what is
//! served with a refresh, and a feed's features together, over a made tape of Zipf-like keys.
//!
//! ```sh
//! cargo bench --bench apply
//! ```

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends there")]
#![allow(missing_docs, reason = "criterion's macros write items without any")]

use std::sync::Arc;

use counterscope::aggregate::REGISTRY;
use counterscope::base::Timestamp;
use counterscope::base::events::Format;
use counterscope::engine::{Engine, KeyIndex, demand};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;
use counterscope::tape::{BatchEncoder, Datum, Mark, Tape, TapeWriter};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const EVENTS: u32 = 200_000;
/// The time that the tape covers.
const DAYS: i64 = 90;
const DAY: i64 = 24 * 3_600_000;
const FEED: &str = "  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: shows, type: window_count, scope: item, interaction: show, bucket: 24h, periods: [7, 30]}
  - {name: ctr, type: rate, scope: item, top: click, bottom: show, bucket: 24h, periods: [7, 30]}
  - {name: like, type: counter, scope: item, interaction: like, half_life: [1h, 1d, 7d]}
  - {name: inter, type: counter, scope: [user, author], interaction: [click, like]}
  - {name: long, type: counter, scope: [user, author], aggregate: sum, value: watch, where: {watch: {gt: 30}}}
";

fn plan(features: &str) -> Arc<Plan> {
    let text = format!("events: {{format: flat}}\nfeatures:\n{features}");
    let (plan, report) = compile("config", &text);
    Arc::new(plan.unwrap_or_else(|| panic!("{}", counterscope::diagnostic::text(&report, false))))
}

fn tape(plan: &Plan) -> Tape {
    let demand = demand(plan, false);
    let mut recorder = BatchEncoder::new(&demand, Format::Flat, 1);
    let names = demand.attributes.clone();
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut below = |limit: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) % limit
    };
    for line in 0..EVENTS {
        let time =
            Timestamp(1_700_000_000_000 + i64::from(line) * (DAYS * DAY / i64::from(EVENTS)));
        // The product of two numbers is small more often than not: some keys are hot.
        let texts = [("item", 100), ("user", 200), ("author", 40)]
            .map(|(name, side)| (name, format!("{name}{}", below(side) * below(side))));
        let watch = i128::from(below(60));
        let mut fields = Vec::new();
        for (place, wanted) in names.iter().enumerate() {
            if wanted == "watch" {
                fields.push((place, Datum::Integer(watch)));
            } else if let Some((_, text)) = texts.iter().find(|(name, _)| name == wanted) {
                fields.push((place, Datum::text(text)));
            }
        }
        let kind = ["show", "show", "show", "show", "show", "click", "click", "like"];
        let mark = Mark { time, line, hash: u64::from(line), ..Mark::default() };
        recorder.event(mark, kind[below(8) as usize], fields.iter().cloned()).unwrap();
    }
    let mut tape = TapeWriter::new(demand);
    tape.extend(recorder.take(0));
    tape.finish();
    Tape::clone(&tape)
}

fn one(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    features: &str,
) {
    let plan = plan(features);
    let tape = tape(&plan);
    let index = KeyIndex::new(&plan, &tape, None);
    group.throughput(Throughput::Elements(u64::from(EVENTS)));
    group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
        bencher.iter(|| {
            let mut engine = Engine::new(Arc::clone(&plan));
            engine.apply(&tape, &index, tape.events());
            engine
        });
    });
}

fn aggregates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("aggregate");
    let shapes = [
        ("lifetime", ""),
        ("ring", ", bucket: 24h, windows: [7, 30]"),
        ("rolling", ", bucket: 24h, windows: [7], window: rolling"),
        ("decay", ", half_life: 1d"),
    ];
    for aggregate in REGISTRY {
        for (shape, members) in shapes {
            if shape == "decay" && !aggregate.decays() {
                continue;
            }
            let value = if aggregate.takes_value() { ", value: watch" } else { "" };
            let name = aggregate.name;
            let feature = format!(
                "  - {{name: f, type: counter, scope: item, aggregate: {name}{value}{members}}}\n"
            );
            one(&mut group, &format!("{name}, {shape}"), &feature);
        }
    }
    group.finish();
}

fn features(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("features");
    one(&mut group, "feed", FEED);
    for refresh in ["1m", "1h", "1d"] {
        let rate = format!(
            "  - {{name: ctr, type: rate, scope: item, top: click, bottom: show, bucket: 24h, \
             periods: [7], refresh: {refresh}}}\n"
        );
        one(&mut group, &format!("rate, refresh {refresh}"), &rate);
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = aggregates, features
}
criterion_main!(benches);

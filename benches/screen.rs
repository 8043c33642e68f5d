//! What a frame and a message cost: one draw on a large screen, and one key among 10,000 rows.

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on ends there")]
#![allow(missing_docs, reason = "criterion's macros write items without any")]

use std::hint::black_box;

use counterscope::ui::message::Message;
use counterscope::ui::update::update;
use criterion::{Criterion, criterion_group, criterion_main};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/suite/driver.rs"]
mod driver;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/suite/screen.rs"]
mod screen;
#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../tests/suite/world.rs"]
mod world;

use driver::Driver;
use world::World;

fn large() -> Driver {
    let options = counterscope::ui::Options::default();
    Driver::with(&options, World { keys: 10_000, ..World::default() }, 250, 80)
}

fn draw(criterion: &mut Criterion) {
    let driver = large();
    let mut terminal = Terminal::new(TestBackend::new(250, 80)).unwrap();
    criterion.bench_function("draw 250x80", |bencher| {
        bencher.iter(|| {
            let frame =
                terminal.draw(|frame| counterscope::ui::view::view(&driver.model, frame)).unwrap();
            black_box(frame.count);
        });
    });
}

fn messages(criterion: &mut Criterion) {
    let mut driver = large();
    let down = Message::Key { key: driver::key("j"), at: driver.clock };
    criterion.bench_function("a key among 10,000 rows", |bencher| {
        bencher.iter(|| black_box(update(&mut driver.model, down.clone())));
    });
    let mut driver = large();
    let snapshot = driver.world.snapshot();
    criterion.bench_function("a snapshot of 10,000 rows", |bencher| {
        bencher.iter(|| {
            black_box(update(&mut driver.model, Message::Snapshot(snapshot.clone())));
        });
    });
}

criterion_group!(benches, draw, messages);
criterion_main!(benches);

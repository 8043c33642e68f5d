//! A config, a log and places to go to, parted by lines of `---`: after any way through the log
//! every value is that of a straight replay, bit for bit.

use counterscope::base::Deadline;
use std::sync::Arc;

use counterscope::engine::{At, demand};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::plan::{OutputId, Plan};
use counterscope::session::replay::Replay;

/// Each byte of the third part is a place, in parts of 255 of the log.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut parts = text.splitn(3, "\n---\n");
    let (Some(config), Some(log)) = (parts.next(), parts.next()) else { return };
    let (Some(plan), _) = compile("fuzz.yaml", config) else { return };
    // A config of thousands of features says no more here, only more slowly.
    if plan.outputs.len() > 64 {
        return;
    }
    let plan = Arc::new(plan);
    let Some(mut replay) = load(&plan, log) else { return };
    let events = replay.tape().events();
    for place in parts.next().unwrap_or_default().bytes() {
        go(&mut replay, events * usize::from(place) / 255);
        let Some(mut straight) = load(&plan, log) else { return };
        go(&mut straight, replay.cursor());
        assert_eq!(readings(&replay), readings(&straight));
        assert_eq!(replay.engine().tallies(), straight.engine().tallies());
    }
}

fn load(plan: &Arc<Plan>, log: &str) -> Option<Replay> {
    let wanted = demand(plan, false);
    let mut reader =
        Reader::embedded("fuzz", log.as_bytes().to_vec(), &wanted.settings, &wanted.attributes);
    let mut replay = Replay::new(Arc::clone(plan), wanted);
    while let Some(batch) = reader.next_batch().ok()? {
        replay.extend(batch);
    }
    replay.finish();
    Some(replay)
}

fn go(replay: &mut Replay, events: usize) {
    replay.seek_to(events);
    while !replay.is_idle() {
        replay.work(&Deadline::passed());
    }
}

/// Every value at every key, live and served, as bits.
fn readings(replay: &Replay) -> Vec<(OutputId, String, [Option<u64>; 2])> {
    let (engine, index, plan) = (replay.engine(), replay.index(), replay.plan());
    let as_of = engine.clock().unwrap_or_default();
    let mut all = Vec::new();
    for output in (0..plan.outputs.len()).map(OutputId) {
        let scope = plan.scope_of(output);
        for slot in
            (0..index.keys(scope) as u32).filter(|slot| engine.is_written(index, output, *slot))
        {
            let values = [
                engine.live(index, output, At::Slot(slot), as_of),
                engine.served(index, output, At::Slot(slot), as_of),
            ];
            let bits = values.map(|value| value.map(f64::to_bits));
            all.push((output, index.key(scope, slot).to_string(), bits));
        }
    }
    all.sort_by(|a, b| (a.0.0, &a.1).cmp(&(b.0.0, &b.1)));
    all
}

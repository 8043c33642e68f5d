//! A tape as bytes: what is read back is what was written, and bytes that are not are an error
//! and no panic.

use std::io;

use counterscope::base::events::Order;
use counterscope::base::packed::Input;
use counterscope::engine::{KeyIndex, read_index, write_index};
use counterscope::plan::lower::compile;
use counterscope::plan::{Plan, ScopeId};
use counterscope::tape::{Column, Demand, Example, RowKind, Tape};
use proptest::prelude::*;

use crate::tape::{Line, any_line, demand, settings, tape, told};

pub(crate) fn written(tape: &Tape) -> Vec<u8> {
    let mut bytes = Vec::new();
    tape.write_to(&mut bytes).unwrap();
    bytes
}

fn read(demand: &Demand, mut bytes: &[u8]) -> io::Result<Tape> {
    let size = bytes.len() as u64;
    Tape::read_from(demand, None, &mut Input::new(&mut bytes, size))
}

/// Everything that a tape answers.
pub(crate) fn answers(tape: &Tape) -> impl PartialEq + std::fmt::Debug + use<> {
    let events = 0..tape.events() + 1;
    let rows: Vec<(RowKind, Option<u16>, usize, u64)> = (0..tape.rows())
        .map(|row| (tape.kind(row), tape.type_id(row), tape.row_event(row), tape.line(row)))
        .collect();
    let columns: Vec<Column> =
        (0..tape.demand().attributes.len()).map(|n| tape.column(n).clone()).collect();
    let of_events: Vec<_> =
        events.map(|n| (tape.end_row(n), tape.clock(n), tape.fingerprint(n))).collect();
    let examples: Vec<Example> = tape.rejections().examples().to_vec();
    let contents = tape.contents().clone();
    let said = (tape.impressions(), tape.reordered(), tape.is_finished(), examples, contents);
    (
        rows,
        columns,
        of_events,
        tape.times(..).to_vec(),
        tape.type_names().to_vec(),
        said,
        told(tape),
    )
}

fn any_demand() -> impl Strategy<Value = Demand> {
    (any::<bool>(), any::<bool>()).prop_map(|(in_order_of_log, listed)| {
        let order = if in_order_of_log { Order::Log } else { Order::Time };
        Demand { listed, ..demand(settings(order)) }
    })
}

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    proptest::collection::vec(any_line(), 0..60)
}

proptest! {
    #[test]
    fn a_tape_comes_back(demand in any_demand(), lines in any_lines()) {
        let tape = tape(&demand, &lines);
        let back = read(&demand, &written(&tape)).unwrap();
        prop_assert_eq!(answers(&back), answers(&tape));
        prop_assert_eq!(written(&back), written(&tape));
    }

    #[test]
    fn other_bytes_are_no_panic(
        demand in any_demand(),
        lines in any_lines(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = written(&tape(&demand, &lines));
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match read(&demand, &bytes) {
            Ok(tape) => drop(answers(&tape)),
            Err(error) => prop_assert_eq!(error.kind(), io::ErrorKind::InvalidData),
        }
    }

    #[test]
    fn noise_is_no_panic(bytes: Vec<u8>) {
        read(&demand(settings(Order::Time)), &bytes).unwrap_err();
    }
}

#[test]
fn demands_have_numbers_of_their_own() {
    let one = demand(settings(Order::Time));
    let mut others = vec![demand(settings(Order::Log)), one.clone(), one.clone(), one.clone()];
    others[1].attributes.swap(0, 1);
    others[2].listed = true;
    others[3].settings.impressions.used = false;
    for other in others {
        assert_ne!(other.number(), one.number(), "{other:?}");
    }
    assert_eq!(one.clone().number(), one.number());
}

/// What the features of a plan find by its keys: each row's slot, the keys of all slots.
pub(crate) fn keys(plan: &Plan, tape: &Tape, index: &KeyIndex) -> Vec<String> {
    let mut told = Vec::new();
    for scope in (0..plan.scopes.len()).map(ScopeId) {
        let slots: Vec<_> = (0..tape.rows()).map(|row| index.slots(scope, row).to_vec()).collect();
        told.push(format!("{slots:?}"));
        for slot in 0..index.keys(scope) as u32 {
            let key = index.key(scope, slot);
            assert_eq!(index.find(scope, &key.0), Some(slot));
            told.push(key.to_string());
        }
        assert_eq!(index.find(scope, &["nobody", "nobody"]), None);
    }
    told
}

pub(crate) fn plan(scopes: &[&str]) -> Plan {
    let features = scopes.iter().map(|scope| {
        format!("\n  - {{name: x, type: interaction_count, scope: {scope}, interaction: click}}")
            .replace("name: x", &format!("name: x{}", scope.len()))
    });
    let text = format!("features:{}", features.collect::<String>());
    compile("config.yaml", &text).0.unwrap()
}

proptest! {
    #[test]
    fn the_keys_of_a_tape_come_back_whatever_config_they_were_written_under(
        lines in any_lines(),
        change in any::<Option<(prop::sample::Index, u8)>>(),
    ) {
        let pairs = ["item", "[item, ranking]", "[ranking, item.brand]", "global"];
        let (plan, other) = (plan(&pairs), plan(&pairs[1..3]));
        let tape = tape(&demand(settings(Order::Time)), &lines);
        for writer in [&plan, &other] {
            let mut bytes = Vec::new();
            write_index(writer, &tape, &mut bytes).unwrap();
            if let Some((at, byte)) = change {
                let at = at.index(bytes.len());
                bytes[at] ^= byte;
            }
            let size = bytes.len() as u64;
            let found = read_index(&plan, &tape, &mut Input::new(&mut bytes.as_slice(), size));
            if change.is_none() {
                let anew = KeyIndex::new(&plan, &tape, None);
                prop_assert_eq!(keys(&plan, &tape, &found.unwrap()), keys(&plan, &tape, &anew));
            } else if let Err(error) = found {
                prop_assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            }
        }
    }
}

//! What is expected of a value that is captured, and the name of its test.

use crate::base::Value;
use crate::config::{Check, Expectation, Expected, Part, Spanned};
use crate::engine::{At, Freshness, InputRows, OutputValue};
use crate::explain::Position;
use crate::explain::outline::Moments;
use crate::plan::{OutputId, Plan};

use super::unplaced;

fn key(at: Position<'_>, output: OutputId, slot: u32) -> Vec<(Spanned<String>, String)> {
    let InputRows { plan, index, .. } = at.rows;
    let scope = plan.scope_of(output);
    let names = plan.key_attributes(scope).map(|name| unplaced(name.to_owned()));
    names.zip(index.key(scope, slot).0).collect()
}

pub(super) fn name(plan: &Plan, at: Position<'_>, output: OutputId, slot: u32) -> String {
    let key = key(at, output, slot);
    let key: Vec<String> =
        key.iter().map(|(name, text)| format!("{}={text}", name.value)).collect();
    let of = if key.is_empty() { String::new() } else { format!(" of {}", key.join(", ")) };
    let moment = Moments::Whole.text(at.as_of);
    format!("{}{of} as of {moment}", plan.outputs[output.0].name)
}

pub(super) fn expectation(
    plan: &Plan,
    at: Position<'_>,
    output: OutputId,
    slot: u32,
) -> Expectation {
    let named = unplaced(plan.outputs[output.0].name.clone());
    let expected = |part, freshness| {
        let value = at.engine.value(at.rows.index, output, At::Slot(slot), at.as_of, freshness);
        let check = match value {
            None => Check::Missing,
            Some(OutputValue::List(list)) => Check::List(list.texts().to_vec()),
            Some(OutputValue::Number(number)) => match Value::number(number) {
                Some(Value::Integer(whole)) => Check::Whole(whole),
                _ => Check::Number(number),
            },
        };
        Expected { output: named.clone(), part, checks: vec![check], span: 0..0 }
    };
    let mut values = vec![expected(Part::Live, Freshness::Live)];
    let feature = plan.outputs[output.0].feature.0;
    if plan.features[feature].refresh.is_positive() {
        values.push(expected(Part::Served, Freshness::Served));
    }
    Expectation {
        at: at.as_of,
        written: String::new(),
        key: key(at, output, slot),
        key_span: 0..0,
        values,
        line: 0,
    }
}

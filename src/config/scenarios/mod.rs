//! The reader of `tests`: events on a simulated clock, and what is expected after them. Whether the
//! outputs and keys are there, `plan::lower` says.

mod events;
mod expectations;
mod json;
mod moments;

use crate::base::Timestamp;
use crate::diagnostic::{Faults, codes};

use super::declared::Test;
use super::members::{Members, Slot};
use super::node::{Node, Value};
use super::vocabulary::TEST;

/// The moment from which offsets are counted, if a test does not say it: 2024-01-01T00:00Z, a
/// Monday.
pub const TEST_START: Timestamp = Timestamp(1_704_067_200_000);

/// The valid tests.
pub(super) fn read(slot: Slot<'_>, faults: &mut Faults) -> Vec<Test> {
    let elements = match &slot.node.value {
        Value::List(elements) => elements.as_slice(),
        // All of them are commented out.
        Value::Null => &[],
        _ => {
            slot.refuse(slot.node, faults);
            return Vec::new();
        }
    };
    let mut tests: Vec<Test> = Vec::new();
    for element in elements {
        let Some(test) = test(element, faults) else { continue };
        if let Some(first) = tests.iter().find(|known| known.name.value == test.name.value) {
            let message = format!("two tests are called `{}`", test.name.value);
            let fault = codes::DUPLICATE_NAME.at(test.name.span.clone(), message);
            let fault = fault.label(first.name.span.clone(), "first here");
            faults.add(fault.help("give each test a name of its own"));
        }
        tests.push(test);
    }
    tests
}

fn test(node: &Node, faults: &mut Faults) -> Option<Test> {
    let before = faults.errors();
    let members = Members::read(node, "a test", &[TEST], faults)?;
    let name = members.demand("name", faults).and_then(|slot| slot.text(faults));
    let start = match members.get("start") {
        Some(slot) => moments::absolute(&slot, faults).unwrap_or(TEST_START),
        None => TEST_START,
    };
    let events = members.demand("events", faults);
    let events = events.map(|slot| events::read(&slot, start, faults)).unwrap_or_default();
    let expectations = members.demand("expect", faults);
    let expectations = expectations.map(|slot| expectations::read(&slot, start, faults));
    let metadata = members.get("metadata").map(|slot| json::metadata(&slot, faults));
    let test = Test {
        name: name?,
        line: node.line,
        start,
        metadata: metadata.unwrap_or_default(),
        events,
        expectations: expectations.unwrap_or_default(),
    };
    (faults.errors() == before).then_some(test)
}

/// The maps of a list, which is not empty. What is no map is a fault.
fn maps<'n>(slot: &Slot<'n>, faults: &mut Faults) -> Vec<&'n Node> {
    let Value::List(elements) = &slot.node.value else {
        slot.refuse(slot.node, faults);
        return Vec::new();
    };
    elements
        .iter()
        .filter(|element| {
            let is_map = matches!(element.value, Value::Map(_));
            if !is_map {
                slot.refuse(element, faults);
            }
            is_map
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Comparison, Millis, Value as Scalar};
    use crate::config::declared::{Check, Part};

    fn tests(text: &str) -> (Vec<Test>, Vec<(&'static str, String)>) {
        let text = format!("features: []\ntests:\n{text}");
        let (document, report) = crate::config::read("test", &text);
        let faults = report.diagnostics.into_iter().filter(|fault| fault.code != "no-features");
        let at = |fault: &crate::diagnostic::Diagnostic| text[fault.labels[0].span.clone()].into();
        (document.unwrap().tests, faults.map(|fault| (fault.code, at(&fault))).collect())
    }

    #[test]
    fn events_and_expectations_are_read() {
        let (read, faults) = tests(
            "- name: one\n  events:\n  - {at: 0s, click: {item: a, geo: {c: de}, tags: [x, 1]}, \
             repeat: 3, every: 1h, id: 7}\n  - {at: 2024-02-01, buy: }\n  expect:\n  \
             - {at: 1d, key: {item: a, n: 7}, a: 3, b: missing, c: {ge: 0, lt: 0.5}, d: 2/3, \
             served: {a: {near: 1, within: 0.1}}}\n  - {at: 2d, l: [x, 1], r: {top: 1, \
             bottom_all: {gt: 2}, value: 0.5}}\n",
        );
        assert_eq!(faults, []);
        let [test] = read.as_slice() else { panic!("{read:?}") };
        assert_eq!((test.name.value.as_str(), test.line, test.start), ("one", 3, TEST_START));
        let [click, buy] = test.events.as_slice() else { panic!("{:?}", test.events) };
        assert_eq!((click.at, click.repeat, click.every), (TEST_START, 3, Millis(3_600_000)));
        assert_eq!(click.id, Some(serde_json::json!(7)));
        let attributes = serde_json::json!({"item": "a", "geo": {"c": "de"}, "tags": ["x", 1]});
        assert_eq!(serde_json::Value::from(click.attributes.clone()), attributes);
        assert_eq!((buy.kind.value.as_str(), buy.at.to_string().as_str(), buy.repeat), {
            ("buy", "2024-02-01T00:00:00.000Z", 1)
        });
        let expected = |number: usize| {
            let values = test.expectations[number].values.iter();
            let each = values.map(|it| (it.output.value.as_str(), it.part, it.checks.clone()));
            each.collect::<Vec<_>>()
        };
        let side = |name: &str| Part::SIDES.into_iter().find(|it| it.0 == name).unwrap().1;
        let number = |number: f64| Scalar::number(number).unwrap();
        assert_eq!(
            expected(0),
            [
                ("a", Part::Live, vec![Check::Whole(3)]),
                ("b", Part::Live, vec![Check::Missing]),
                ("c", Part::Live, {
                    let bounds = [Comparison::AtLeast(number(0.0)), Comparison::Less(number(0.5))];
                    bounds.map(Check::Compare).to_vec()
                }),
                ("d", Part::Live, vec![Check::Number(2.0 / 3.0)]),
                ("a", Part::Served, vec![Check::Near { value: 1.0, within: 0.1 }]),
            ]
        );
        assert_eq!(
            expected(1),
            [
                ("l", Part::Live, vec![Check::List(vec!["x".into(), "1".into()])]),
                ("r", side("top"), vec![Check::Whole(1)]),
                ("r", side("bottom_all"), {
                    vec![Check::Compare(Comparison::Greater(number(2.0)))]
                }),
                ("r", Part::Live, vec![Check::Number(0.5)]),
            ]
        );
        let key = &test.expectations[0].key;
        let key: Vec<_> = key.iter().map(|(name, text)| (&*name.value, &**text)).collect();
        assert_eq!(key, [("item", "a"), ("n", "7")]);
        assert_eq!(test.expectations[0].at, TEST_START.plus(Millis::DAY));
        assert_eq!(test.expectations[0].written, "1d");
    }

    #[test]
    fn what_cannot_be_read_is_a_fault_at_its_place() {
        let event =
            |event: &str| format!("- {{name: x, events: [{event}], expect: [{{at: 0s, a: 1}}]}}\n");
        let expect =
            |it: &str| format!("- {{name: x, events: [{{at: 0s, b: }}], expect: [{it}]}}\n");
        let cases = [
            ("- x\n".to_owned(), "wrong-kind", "x"),
            ("- {name: x, expect: [{at: 0s, a: 1}]}\n".to_owned(), "missing-member", "x"),
            ("- {name: x, events: []}\n".to_owned(), "missing-member", "x"),
            (
                "- {name: x, events: [], expect: [{at: 0s, a: 1}], evnts: 1}\n".to_owned(),
                { "unknown-member" },
                "evnts",
            ),
            ("- {name: x, events: [], expect: []}\n".to_owned(), "bad-test", "[]"),
            (
                "- {name: x, events: [], start: soon, expect: [{at: 0s, a: 1}]}\n".to_owned(),
                { "bad-moment" },
                "soon",
            ),
            (event("{click: {item: a}}"), "missing-member", "{click: {item: a}}"),
            (event("{at: 1, click: }"), "bad-moment", "1"),
            (event("{at: -1d, click: }"), "bad-moment", "-1d"),
            (event("{at: 900000d, click: }"), "bad-moment", "900000d"),
            (event("{at: 1d}"), "bad-test", "{at: 1d}"),
            (event("{at: 1d, click: , buy: {a: 1}}"), "bad-test", "buy"),
            (event("{at: 1d, click: , item: a}"), "unknown-member", "item"),
            (event("{at: 1d, click: , evry: 1h}"), "unknown-member", "evry"),
            (event("{at: 1d, click: , repeat: 0}"), "bad-number", "0"),
            (event("{at: 1d, click: , repeat: 2000000}"), "bad-number", "2000000"),
            (event("{at: 1d, click: , every: 1}"), "bad-duration", "1"),
            (event("{at: 1d, click: , every: 1h}"), "bad-test", "every"),
            (event("{at: 1d, type: id, click: {}}"), "bad-test", "click"),
            (event("{at: 1d, type: id, attributes: 3}"), "wrong-kind", "3"),
            (event("{at: 1d, click: {a: .inf}}"), "bad-test", ".inf"),
            (expect("{a: 1}"), "missing-member", "{a: 1}"),
            (expect("{at: 1d}"), "bad-test", "{at: 1d}"),
            (expect("{at: 1d, key: x, a: 1}"), "wrong-kind", "x"),
            (expect("{at: 1d, key: {a: [1]}, a: 1}"), "bad-key", "[1]"),
            (expect("{at: 1d, served: 3}"), "bad-expectation", "3"),
            (expect("{at: 1d, a: much}"), "bad-expectation", "much"),
            (expect("{at: 1d, a: true}"), "bad-expectation", "true"),
            (expect("{at: 1d, a: }"), "bad-expectation", "a"),
            (expect("{at: 1d, a: {}}"), "bad-expectation", "{}"),
            (expect("{at: 1d, a: {gr: 1}}"), "bad-expectation", "gr"),
            (expect("{at: 1d, a: {gt: x}}"), "bad-expectation", "x"),
            (expect("{at: 1d, a: {ge: 5, lt: 2}}"), "bad-expectation", "ge: 5, lt: 2"),
            (expect("{at: 1d, a: {le: 2, gt: 2}}"), "bad-expectation", "le: 2, gt: 2"),
            (expect("{at: 1d, a: {near: 1}}"), "bad-expectation", "near"),
            (expect("{at: 1d, a: {within: 1}}"), "bad-expectation", "within"),
            (expect("{at: 1d, a: 1/0}"), "bad-expectation", "1/0"),
            (expect("{at: 1d, a: 1, a: 2}"), "duplicate-key", "a"),
            (expect("{at: 1d, served: {a: {top: 1}}}"), "bad-expectation", "top"),
        ];
        let wrong = cases.into_iter().filter_map(|(text, code, at)| {
            let (_, faults) = tests(&text);
            (faults != [(code, at.to_owned())]).then_some((text, faults))
        });
        assert_eq!(wrong.collect::<Vec<_>>(), []);
        let twice = event("{at: 1d, click: }").repeat(2);
        assert_eq!(tests(&twice).1, [("duplicate-name", "x".to_owned())]);
        assert_eq!(tests("").0, []);
    }
}

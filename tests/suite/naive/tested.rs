//! Tests in configs against the naive scan: the events of a log, written as those of a test, have
//! the values of the log, live and served.

use std::collections::BTreeMap;
use std::sync::Arc;

use counterscope::base::Timestamp;
use counterscope::plan::lower::compile_with_document;
use counterscope::scenario::Suite;
use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::timeline::{Line, What};
use super::{Case, Drawn, cases, config as cases_of, of_output, timeline};

/// The line without a field that is called like a member: a test has one attribute of a name.
fn told_apart(mut line: Line) -> Line {
    if let What::Interaction { fields, .. } = &mut line.what {
        fields.retain(|(name, _)| *name != "session");
    }
    line
}

/// A line as an event of a test.
fn event(line: &Line) -> Json {
    let mut members: Map<String, Json> = serde_json::from_str(&line.text()).unwrap();
    members.remove("timestamp");
    let id = members.remove("id").unwrap();
    let kind = match members.remove("event") {
        Some(kind) if kind != "interaction" => kind,
        _ => members.remove("type").unwrap(),
    };
    if let Some(Json::Array(fields)) = members.remove("fields") {
        for field in fields {
            members.insert(field["name"].as_str().unwrap().to_owned(), field["value"].clone());
        }
    }
    json!({"at": Timestamp(line.time).to_string(), "id": id, kind.as_str().unwrap(): members})
}

proptest! {
    #![proptest_config(cases_of(60))]

    #[test]
    fn tests_read_what_the_naive_scan_says(
        Drawn(plan, log) in cases(),
        place in any::<prop::sample::Index>(),
        later in prop_oneof![Just(0), 0i64..86_400_000],
    ) {
        let log: Vec<Line> = log.into_iter().map(told_apart).collect();
        let timeline = timeline(&plan, &log);
        let case = Case::new(&plan, &log, &timeline);
        let at = place.get(&timeline.taken).clock + later;
        case.check_final(Some(at))?;
        let of_log: Vec<_> = case
            .final_values(Some(at), None)
            .into_iter()
            .map(|(name, key, live, served)| {
                let key = key.into_iter().map(|(name, text)| (name.to_owned(), text));
                (name, key.collect::<BTreeMap<String, String>>(), live, served)
            })
            .collect();
        let as_of = Timestamp(at).to_string();
        let expected = of_log.iter().map(|(name, key, ..)| {
            let any = json!({"exists": true});
            json!({"at": as_of, "key": key, name.as_str(): any, "served": {name.as_str(): any}})
        });
        let expected: Vec<Json> = expected.collect();
        prop_assume!(!expected.is_empty());
        let mut text: Json = serde_json::from_str(&plan.text()).unwrap();
        let events: Vec<Json> = log.iter().map(event).collect();
        text["tests"] = json!([{"name": "one", "events": events, "expect": expected}]);
        let text = text.to_string();
        let (compiled, document, report) = compile_with_document("config", &text);
        let faults = || format!("{}\n{text}", counterscope::diagnostic::text(&report, false));
        prop_assert!(compiled.is_some(), "{}", faults());
        let suite = Suite::new(compiled.unwrap(), document, Arc::from(text.as_str()));
        let outcome = suite.run(0).unwrap();
        prop_assert_eq!(&outcome.problems, &Vec::<String>::new());
        let found = outcome.cells.chunks_exact(2).map(|cells| {
            let key = cells[0].key.iter().map(|part| (part.name.clone(), part.value.clone()));
            let [live, served] = [0, 1].map(|cell: usize| of_output(cells[cell].value.clone()));
            (cells[0].output.clone(), key.collect::<BTreeMap<_, _>>(), live, served)
        });
        prop_assert_eq!(found.collect::<Vec<_>>(), of_log);
    }
}

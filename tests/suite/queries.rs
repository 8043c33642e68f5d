//! Queries of many clients while a session replays its log: each answer is of one position, and what
//! it says is what a straight replay has there.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use counterscope::base::{Deadline, Key, Timestamp};
use counterscope::engine::{OutputValue, demand};
use counterscope::log::{EventSource as _, Reader};
use counterscope::plan::lower::compile;
use counterscope::session;
use counterscope::session::protocol::{Command, Target};
use counterscope::session::query::{Answer, Query, QueryError, QueryHandle, answer};
use counterscope::session::replay::Replay;
use counterscope::session::snapshot::Snapshot;

use crate::kill::log;
use crate::live::{Live, setup};

const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: recent, type: window_count, scope: item, interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}
  - {name: seen, type: window_count, scope: user, interaction: click, bucket: 1h, periods: [24]}
  - {name: fans, type: counter, scope: item, interaction: click, aggregate: top_k, k: 2, value: user, refresh: 30m}
";
const EVENTS: u32 = 6_000;
const CLIENTS: usize = 8;
const ASKED: usize = 40;

/// A straight replay of the log, at its first event.
fn load(config: &str, log: &Path) -> Replay {
    let plan = Arc::new(compile("config.yaml", config).0.unwrap());
    let wanted = demand(&plan, false);
    let mut replay = Replay::new(plan, wanted.clone());
    let mut reader = Reader::open(&[log.to_owned()], &wanted.settings, &wanted.attributes).unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        replay.extend(batch);
    }
    replay.finish();
    replay
}

fn at(replay: &mut Replay, events: usize) {
    replay.seek_to(events);
    while !replay.is_idle() {
        replay.work(&Deadline::never());
    }
}

fn query() -> Query {
    let outputs = ["clicks", "recent_1", "recent_24", "fans"].map(str::to_owned).to_vec();
    let keys = (0..40).map(|item| Key(vec![format!("p{item}")])).collect();
    Query { outputs, keys, as_of: None }
}

#[test]
fn each_answer_is_of_one_position() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("config.yaml"), CONFIG).unwrap();
    fs::write(path("log.ndjson"), log(EVENTS)).unwrap();
    let running = session::start(setup(&path("config.yaml"), &path("log.ndjson"), None)).unwrap();
    let queries: QueryHandle = running.queries.clone();
    let commands = running.link.commands.clone();
    let mut live = Live::of(running);
    live.wait("end", |snapshot: &Snapshot| snapshot.transport.cursor == EVENTS as usize);
    // Each client goes somewhere else before it asks; others may have gone on by then.
    let ask = |client: usize, queries: &QueryHandle| -> Vec<Answer> {
        let ask = |number: usize| {
            let place = (client * ASKED + number) * 7919 % EVENTS as usize;
            commands.send(Command::Seek(Target::Event(place))).unwrap();
            queries.ask(query()).unwrap()
        };
        (0..ASKED).map(ask).collect()
    };
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| (client, queries.clone(), ask))
            .map(|(client, queries, ask)| scope.spawn(move || ask(client, &queries)))
            .collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    live.quit();
    assert_eq!(queries.ask(query()).unwrap_err().to_string(), "the session has ended");

    assert_eq!(answers.len(), CLIENTS * ASKED);
    let values = answers.iter().flat_map(|answer| answer.values.iter().flatten().flatten());
    let lists = values.flatten().flatten().filter(|value| {
        let [live, served] = [&value.live, &value.served];
        matches!((live, served), (Some(OutputValue::List(live)), Some(OutputValue::List(served)))
            if live != served)
    });
    assert!(lists.count() > CLIENTS, "hardly any list differs from what is served");
    let by_position: BTreeMap<usize, Vec<Answer>> =
        answers.into_iter().fold(BTreeMap::new(), |mut found, answer| {
            found.entry(answer.position).or_insert_with(Vec::new).push(answer);
            found
        });
    assert!(by_position.len() > 3, "{:?}", by_position.keys());
    let mut straight = load(CONFIG, &path("log.ndjson"));
    for (position, answers) in by_position {
        at(&mut straight, position);
        let expected = answer(&query(), &straight);
        assert_eq!(expected.position, position);
        for found in answers {
            assert!(found == expected, "at {position}: {found:?} is not {expected:?}");
        }
    }
}

#[test]
fn what_there_is_no_value_for_is_told_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.ndjson");
    fs::write(&file, log(300)).unwrap();
    let mut replay = load(CONFIG, &file);
    at(&mut replay, 300);
    let known = replay.index().key(replay.plan().scope_of(counterscope::plan::OutputId(0)), 0);
    let other = Key(vec!["nobody".into()]);
    let pair = Key(vec!["p1".into(), "u1".into()]);
    let asked = Query {
        outputs: vec!["clicks".to_owned(), "clack".to_owned()],
        keys: vec![known.clone(), other.clone(), pair.clone()],
        as_of: None,
    };
    let found = answer(&asked, &replay).values.unwrap();
    let clicks = found[0].as_ref().unwrap();
    assert!(clicks[0].as_ref().unwrap().live.is_some());
    assert_eq!(clicks[1], Err(QueryError::UnknownKey(other)));
    assert_eq!(clicks[2], Err(QueryError::UnknownKey(pair)));
    assert_eq!(found[1], Err(QueryError::UnknownOutput("clack".to_owned())));

    let clock = replay.as_of().unwrap();
    let as_of = |moment: i64| {
        let asked = Query {
            outputs: vec!["recent_1".to_owned()],
            keys: vec![known.clone()],
            as_of: Some(Timestamp(clock.0 + moment)),
        };
        answer(&asked, &replay)
    };
    // A day later nothing is left in a window of an hour.
    let later = as_of(86_400_000);
    assert_eq!(later.as_of, Some(Timestamp(clock.0 + 86_400_000)));
    let later = later.values.unwrap()[0].clone().unwrap()[0].clone().unwrap();
    assert!(
        later.live.as_ref().is_none_or(|count| *count == OutputValue::Number(0.0)),
        "{later:?}"
    );
    let earlier = as_of(-1).values.unwrap_err();
    assert!(earlier.to_string().contains("is before the clock"), "{earlier}");
}

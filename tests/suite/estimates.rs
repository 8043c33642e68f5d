//! Estimates: what a session, its store and `plan` make of so many different values that they are
//! not counted exactly any more.

use std::fmt::Write as _;
use std::fs;

use counterscope::base::TextList;
use counterscope::session::protocol::{Command, Layout, Selected, Sort, SortBy, Viewport};
use counterscope::session::snapshot::{Detail, History, Reading};

use crate::live::{Live, setup};

const CONFIG: &str = "\
features:
  - {name: users, type: counter, scope: item, aggregate: distinct, value: user}
  - {name: views, type: counter, scope: item}
  - {name: each, type: ratio, top: views, bottom: users}
";

/// 3,000 different users of one item, three of another.
fn log() -> String {
    let mut log = String::new();
    for number in 0..3_003 {
        let (item, user) = if number < 3_000 { ("many", number) } else { ("few", number % 3) };
        writeln!(
            log,
            "{{\"ts\": {}, \"type\": \"view\", \"item\": \"{item}\", \"user\": {user}}}",
            1_718_000_000 + number
        )
        .unwrap();
    }
    log
}

/// The detail of a cell, by the places of its key and of its output.
fn detail(live: &mut Live, generation: u64, (row, column): (usize, usize)) -> Detail {
    live.settle();
    live.send(Command::Viewport(Viewport {
        generation,
        layout: Layout::Wide(0),
        sort: Sort { by: SortBy::Key, descending: false },
        rows: 9,
        columns: 9,
        selected: Selected { row, column, ..Selected::default() },
        ..Viewport::default()
    }));
    let shown = live.wait("the detail", |snapshot| {
        snapshot.generation == generation && snapshot.values.ordering.is_none()
    });
    shown.detail.clone().unwrap()
}

/// Whether a value is exact; `None` where such values always are.
fn is_exact(detail: &Detail) -> Option<bool> {
    detail.exactness.map(|exactness| exactness.is_exact)
}

#[test]
fn a_list_of_estimated_counts_is_told_and_comes_back_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let [config, lines, store] =
        ["config.yaml", "log.ndjson", "store"].map(|name| folder.path().join(name));
    fs::write(
        &config,
        "features: [{name: top, type: counter, scope: item, aggregate: top_k, k: 2, value: user}]",
    )
    .unwrap();
    // Beside 3,000 users that come once, one that comes thirty times and one that comes twenty.
    let mut text = log();
    for number in 0..50 {
        let user = if number % 5 < 3 { "often" } else { "at times" };
        writeln!(
            text,
            "{{\"ts\": {}, \"type\": \"view\", \"item\": \"many\", \"user\": \"{user}\"}}",
            1_718_003_010 + number
        )
        .unwrap();
    }
    fs::write(&lines, text).unwrap();
    let list = |texts: &[&str]| {
        let texts = texts.iter().map(|text| (*text).to_owned());
        Reading::List(TextList::of(texts).unwrap())
    };
    for round in 0..2 {
        let mut live = Live::start(setup(&config, &lines, Some(store.clone())));
        let [few, many] = [(1, (0, 0)), (2, (1, 0))].map(|(n, at)| detail(&mut live, n, at));
        assert_eq!((&few.live, is_exact(&few)), (&list(&["0", "1"]), Some(true)), "{round}");
        let expected = list(&["often", "at times"]);
        assert_eq!((&many.live, is_exact(&many)), (&expected, Some(false)), "{round}");
        assert_eq!(many.served.reading, many.live);
        assert_eq!(many.parts[0].role, "top 2 of user over any event, about");
        assert_eq!(many.parts[0].reading, many.live);
        assert_eq!(many.history, History::default(), "a list has no chart");
        live.quit();
    }
}

#[test]
fn an_estimate_is_told_and_comes_back_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let [config, lines, store] =
        ["config.yaml", "log.ndjson", "store"].map(|name| folder.path().join(name));
    fs::write(&config, CONFIG).unwrap();
    fs::write(&lines, log()).unwrap();
    let mut first = None;
    for round in 0..2 {
        let mut live = Live::start(setup(&config, &lines, Some(store.clone())));
        let [few, many, each] =
            [(1, (0, 0)), (2, (1, 0)), (3, (1, 2))].map(|(n, at)| detail(&mut live, n, at));
        assert_eq!((few.live.number(), is_exact(&few)), (Some(3.0), Some(true)));
        let estimate = many.live.number().unwrap();
        assert!((estimate - 3_000.0).abs() < 3_000.0 * 5.0 * 0.0082, "{estimate}");
        assert!(estimate.fract() == 0.0 && is_exact(&many) == Some(false));
        assert!(many.parts[0].role.ends_with(", about"), "{:?}", many.parts);
        assert_eq!((each.live.number(), is_exact(&each)), (Some(3_000.0 / estimate), None));
        let roles: Vec<&str> = each.parts.iter().map(|part| part.role.as_str()).collect();
        assert_eq!(roles, ["top: views", "bottom: users, about"]);
        let bits = estimate.to_bits();
        assert_eq!(*first.get_or_insert(bits), bits, "round {round}");
        live.quit();
    }
}

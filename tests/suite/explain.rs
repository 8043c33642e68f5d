//! `explain` as a shell sees it: what is wrong is said, and the JSON holds together. What it says of
//! values is tested in `naive`, how it reads in `recipes`.

use serde_json::Value;

use crate::commands::Place;

fn explained(place: &Place, words: &[&str]) -> Value {
    let mut all = vec!["explain", "good.yaml", "log.ndjson", "--format", "json"];
    all.extend(words);
    let ran = place.run(&all);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[test]
fn what_is_misspelt_or_has_no_key_is_led_on() {
    let place = Place::new();
    let config = "features:\n- {name: newest, type: counter, scope: user, aggregate: last, value: order}\n\
                  - {name: all, type: counter, scope: global}\n";
    std::fs::write(place.path().join("c.yaml"), config).unwrap();
    let log = "{\"ts\":1718000000,\"user\":\"u\",\"order\":7,\"geo\":{\"country\":\"de\"}}\n";
    std::fs::write(place.path().join("l"), log).unwrap();
    let explain =
        |words: &[&str]| place.run(&[&["explain", "c.yaml", "l", "--feature"], words].concat());
    for (field, near) in [
        ("usr", "; did you mean `user`?"),
        ("ordr", "; did you mean `order`?"),
        ("country", "; did you mean `geo.country`?"),
        ("xyz", ""),
    ] {
        let ran = explain(&["newest", "--key", "u", "--by", field]);
        let note = format!("note: none of the events that count has `{field}`{near}\n");
        assert_eq!((ran.code, ran.err), (Some(0), note));
    }
    for words in [&["all"][..], &["all", "--key", "(global)"], &["all", "--key", "global"]] {
        let ran = explain(words);
        assert!(ran.code == Some(0) && ran.out.starts_with("all = 1, as of"), "{ran:?}");
    }
    let ran = explain(&["all", "--key", "u"]);
    let told = "error: a feature whose scope is global has one value and no key `u`\nhelp: leave \
                `--key` out\n";
    assert_eq!((ran.code, ran.err.as_str()), (Some(2), told));
}

#[test]
fn json_has_the_value_and_its_events() {
    let place = Place::new();
    let told = explained(&place, &["--feature", "ctr", "--key", "b, c"]);
    let [ctr] = told["explanations"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&ctr["output"], &ctr["value"]), (&"ctr_1".into(), &1.0.into()));
    assert_eq!(ctr["formula"], "2 / 2");
    let is_moment = |it: &Value| it.as_str().is_some_and(|it| it.len() == 24 && it.ends_with('Z'));
    assert!(is_moment(&ctr["as_of"]) && is_moment(&ctr["last_write"]), "{ctr}");
    let [top, bottom] = ctr["sides"].as_array().unwrap().as_slice() else { panic!("{ctr}") };
    assert_eq!(
        (&top["contributions"]["count"], &bottom["contributions"]["total"]),
        (&2.into(), &2.0.into())
    );
    let newest = &top["contributions"]["listed"][0];
    assert!(is_moment(&newest["event"]["ts"]) && is_moment(&top["window"]["to"]), "{newest}");
    assert_eq!(
        (&newest["event"]["line"], &newest["before"], &newest["after"]),
        (&4.into(), &1.0.into(), &2.0.into())
    );
    assert_eq!(newest["event"]["attributes"], serde_json::json!({ "item": "b, c" }));
    let setting = |name: &str| {
        let settings = ctr["settings"].as_array().unwrap();
        settings.iter().find(|it| it["name"] == name).unwrap().clone()
    };
    assert_eq!(
        (&setting("bucket")["from"], &setting("bucket")["line"]),
        (&"feature".into(), &3.into())
    );
    assert_eq!(setting("ttl")["from"], "built-in");

    let pair = explained(&place, &["--feature", "pair", "--key", r"u1,b\, c"]);
    let pair = &pair["explanations"][0];
    assert_eq!((&pair["value"], &pair["served"]["value"]), (&2.0.into(), &1.0.into()));
    let before = explained(
        &place,
        &["--feature", "clicks", "--key", "b, c", "--at", "2024-06-01T10:01:30Z"],
    );
    assert_eq!(before["explanations"][0]["value"], 1.0);

    let by = explained(&place, &["--feature", "clicks", "--key", "item=b, c", "--by", "user"]);
    let side = &by["explanations"][0]["sides"][0];
    assert_eq!(
        (&side["listed"][0]["value"], &side["listed"][0]["share"]),
        (&"u1".into(), &1.0.into())
    );
    let near = explained(&place, &["--feature", "clicks", "--key", "b, d"]);
    let near = &near["explanations"][0];
    assert_eq!(
        (&near["reading"], &near["near_keys"][0][0]),
        (&"never-seen".into(), &"b, c".into())
    );
}

#[test]
fn an_event_that_lacks_a_part_of_the_key_is_told_at_the_rest_of_it() {
    let place = Place::new();
    let config = "features: [{name: bought, type: counter, scope: [user, item], interaction: buy, \
                  where: {test: {exists: false}}}]\n";
    std::fs::write(place.path().join("good.yaml"), config).unwrap();
    let lines = [
        r#""buy","user":"u1","item":"i1""#,
        r#""buy","user":"u1""#,
        r#""buy","user":"u1","item":[]"#,
        r#""buy","item":"i1""#,
        // Another part of the key, no part of it, another type, and what the filter drops.
        r#""buy","user":"u2""#,
        r#""buy""#,
        r#""see","user":"u1""#,
        r#""buy","user":"u1","test":true"#,
    ];
    let lines = lines.iter().zip(1_718_000_000..);
    let log: Vec<String> =
        lines.map(|(rest, ts)| format!("{{\"ts\":{ts},\"type\":{rest}}}")).collect();
    std::fs::write(place.path().join("log.ndjson"), log.join("\n")).unwrap();
    let text = ["explain", "good.yaml", "log.ndjson", "--feature", "bought", "--key", "u1,i1"];
    let text = place.run(&text).out;
    let told = "  did not count, of the events with this key:
    2  no `item`, a part of the key
      #3  2024-06-10T06:13:22Z  buy  user=u1 item=[]
      #2  2024-06-10T06:13:21Z  buy  user=u1
    1  no `user`, a part of the key
      #4  2024-06-10T06:13:23Z  buy  item=i1
";
    assert!(text.contains("1 event adds up to 1") && text.contains(told), "{text}");
    let groups = |key: &str| {
        let told = explained(&place, &["--feature", "bought", "--key", key]);
        let groups = told["explanations"][0]["sides"][0]["not_counted"].as_array().unwrap().clone();
        groups.iter().map(|it| (it["reason"].clone(), it["count"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(groups("u1,i1"), [("key".into(), 2.into()), ("key".into(), 1.into())]);
    let before = ["--feature", "bought", "--key", "u1,i1", "--at", "2024-06-10T06:13:20Z"];
    let before = explained(&place, &before);
    assert_eq!(before["explanations"][0]["sides"][0]["not_counted"], serde_json::json!([]));
}

#[test]
fn what_is_wrong_is_said() {
    let place = Place::new();
    for (words, said) in [
        (
            &["good.yaml", "--feature", "clicks", "--key", "a"][..],
            "error: `explain` needs a log: the value is that of its events\nhelp: write `counterscope explain CONFIG LOG --feature NAME --key KEY`\n",
        ),
        (
            &["good.yaml", "log.ndjson"],
            "error: `explain` needs `--feature NAME`\nhelp: the config has clicks, ctr, pair\n",
        ),
        (
            &["good.yaml", "log.ndjson", "--feature", "click"],
            "error: the config has no feature `click`\nhelp: did you mean `clicks`?\n",
        ),
        (
            &["good.yaml", "log.ndjson", "--feature", "clicks"],
            "error: `explain` needs the key that it is to explain\nhelp: write `--key ITEM`\n",
        ),
        (
            &["good.yaml", "log.ndjson", "--feature", "pair", "--key", "u1"],
            "error: the key `u1` has 1 part, and the feature is by user,item\nhelp: write `--key USER,ITEM`\n",
        ),
        (
            &["good.yaml", "log.ndjson", "--feature", "pair", "--key", "user=u1,user=u2"],
            "error: the key `user=u1,user=u2` does not name each of user,item once\nhelp: write `--key USER,ITEM`\n",
        ),
    ] {
        let all: Vec<&str> = std::iter::once("explain").chain(words.iter().copied()).collect();
        let ran = place.run(&all);
        assert_eq!(
            (ran.code, ran.out.as_str(), ran.err.as_str()),
            (Some(2), "", said),
            "{words:?}"
        );
    }
    let faulty =
        place.run(&["explain", "faulty.yaml", "log.ndjson", "--feature", "clicks", "--key", "a"]);
    assert_eq!((faulty.code, faulty.out.as_str()), (Some(1), ""));
    assert!(faulty.err.contains("error[unknown-member]"), "{}", faulty.err);
    let by = [
        "explain",
        "good.yaml",
        "log.ndjson",
        "--feature",
        "clicks",
        "--key",
        "b, c",
        "--by",
        "colour",
    ];
    let by = place.run(&by);
    assert!(by.err.ends_with("note: none of the events that count has `colour`\n"), "{}", by.err);
}

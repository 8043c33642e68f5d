//! Lints: the page that documents their numbers, and their settings in configs, comments and flags.

use std::fmt::Write as _;

use counterscope::diagnostic::lints::THRESHOLDS;

use crate::commands::Place;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints.md");
const HEAD: &str = "| lint | number | default | what it is | why |\n|---|---|---:|---|---|\n";

#[test]
fn the_page_has_each_number_with_its_reason() {
    let text = std::fs::read_to_string(PAGE).unwrap();
    let (lead, _) = text.split_once(HEAD).unwrap();
    let mut page = format!("{lead}{HEAD}");
    let mut before = "";
    for threshold in THRESHOLDS {
        let code = threshold.code.name;
        let link = format!("[`{code}`](diagnostics/{code}.md)");
        let first = if code == before { "" } else { &link };
        before = code;
        let (name, default) = (threshold.name, threshold.default);
        let (means, reason) = (threshold.means, threshold.reason);
        writeln!(page, "| {first} | `{name}` | {default} | {means} | {reason} |").unwrap();
    }
    crate::screen::assert_file(PAGE, &page);
}

/// What a check says of a config.
fn said(config: &str, log: &str) -> String {
    let place = Place::new();
    place.write("f.yaml", config);
    place.write("log.ndjson", log);
    place.run(&["check", "f.yaml", "log.ndjson"]).out
}

#[test]
fn a_comment_that_allows_what_is_no_lint_is_told_with_the_nearest() {
    let with =
        |comment: &str| said(&CONFIG.replacen("click}", &format!("click}} {comment}"), 1), LOG);
    let told = with("# allow: same-menaing, small-divisor: few events");
    let want = "there is no lint `same-menaing`; did you mean `same-meaning`?\n --> f.yaml:3:87";
    assert!(told.contains(want), "{told}");
    assert_eq!(told.matches("unknown-lint").count(), 1, "{told}");
    let told = with("# allow: small-divisor same-valuos");
    assert!(told.contains("there is no lint `same-valuos`"), "{told}");
    let told = with("# allow: bad-filter");
    assert!(told.contains("`bad-filter` is an error, which is always told"), "{told}");
    for comment in [
        "# allow: same-meaning, by half-life",
        "# allow: same-meaning for now",
        "# they allow: nothing",
        "# all is well",
    ] {
        assert!(!with(comment).contains("unknown-lint"), "{comment}");
    }
    let text = format!(
        "{CONFIG}  - {{name: \"a\", type: interaction_count, scope: item, interaction: view, description: \"x # allow: typo-typo\"}}\n"
    );
    assert!(!said(&text, LOG).contains("unknown-lint"));
}

#[test]
fn the_divisor_is_where_a_small_one_is_told() {
    let config = "features:\n  - name: ctr\n    type: rate\n    scope: item\n    bucket: 1d\n    \
                  periods: [7]\n    top: click\n    bottom: view\n";
    let line = |n: i64| {
        let at = 1_718_000_000 + n;
        format!("{{\"ts\":{at},\"type\":\"view\",\"item\":\"i{n}\"}}\n")
    };
    let log: String = (0..12).map(line).collect();
    let told = said(config, &log);
    assert!(told.contains("[small-divisor]") && told.contains(" --> f.yaml:8:13"), "{told}");
}

#[test]
fn lengths_of_time_are_told_without_their_smallest_parts() {
    let config = "features:\n  - {name: c, type: window_count, interaction: click, scope: item, \
                  bucket: 1d, periods: [30], refresh: 1h}\n";
    let line = |n: i64| {
        let at = 1_718_000_000_000 + n * 86_123_457 / 100;
        format!("{{\"timestamp\":{at},\"type\":\"click\",\"item\":\"i{}\"}}\n", n * 20 / 4000)
    };
    let log: String = (0..4000).map(line).collect();
    let told = said(config, &log);
    assert!(told.contains("the log spans 39d20h, too little"), "{told}");
    assert!(told.contains("[served-differs]") && told.contains("before the end"), "{told}");
    let age = told.split("written ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
    assert!(age.ends_with('h'), "{age}");
}

#[test]
fn two_spellings_are_those_of_events_that_are_counted() {
    let log = |kind: &str| {
        let line = |n: i64| {
            let (kind, item) = if n % 2 == 0 { ("click", "lamp") } else { (kind, "Lamp") };
            let at = 1_718_000_000 + n;
            format!("{{\"ts\":{at},\"type\":\"{kind}\",\"item\":\"{item}\"}}\n")
        };
        (0..8).map(line).collect::<String>()
    };
    let config =
        "features:\n  - {name: c, type: interaction_count, interaction: click, scope: item}\n";
    assert!(said(config, &log("click")).contains("two-spellings"));
    assert!(!said(config, &log("view")).contains("two-spellings"));
    let all = format!(
        "{config}  - {{name: v, type: interaction_count, interaction: view, scope: item}}\n"
    );
    assert!(said(&all, &log("view")).contains("two-spellings"));
}

#[test]
fn an_attribute_that_is_not_there_is_told_beside_those_of_its_events() {
    let view = |n: i64| {
        let at = 1_718_000_000 + n;
        format!("{{\"ts\":{at},\"type\":\"view\",\"item\":\"i{n}\"}}\n")
    };
    let mut log: String = (0..3000).map(view).collect();
    log.push_str("{\"ts\":1718009999,\"type\":\"watch\",\"video\":\"v\",\"seconds\":9}\n");
    let of = |scope: &str, interaction: &str| {
        let feature = format!("{{name: c, type: counter, scope: {scope}{interaction}}}");
        said(&format!("features:\n  - {feature}\n"), &log)
    };
    let told = of("film", ", interaction: watch");
    assert!(told.contains("help: events of watch have ts, type, video, seconds"), "{told}");
    let told = of("film", ", interaction: [watch, view]");
    assert!(told.contains("help: events of watch, view have "), "{told}");
    let told = of("secs", ", interaction: watch");
    assert!(told.contains("help: events of watch have "), "{told}");
    let told = of("second", ", interaction: watch");
    assert!(told.contains("did you mean `seconds`?"), "{told}");
    assert!(of("film", "").contains("help: events have "), "{}", of("film", ""));
}

#[test]
fn a_fault_of_a_default_is_told_once() {
    let windows = |name: &str| {
        format!(
            "  - {{name: {name}, type: window_count, interaction: click, scope: item, periods: [7]}}\n"
        )
    };
    let text = |bucket: &str| {
        format!("defaults: {{bucket: {bucket}}}\nfeatures:\n{}{}", windows("a"), windows("b"))
    };
    let codes = |bucket: &str| {
        let told = said(&text(bucket), LOG);
        ["bad-duration", "wrong-kind", "missing-member"].map(|code| told.matches(code).count())
    };
    assert_eq!(codes("1 day"), [1, 0, 0]);
    assert_eq!(codes("[1d]"), [0, 1, 0]);
    assert_eq!(codes("1d"), [0, 0, 0]);
}

#[test]
fn a_ratio_of_what_is_not_there_is_told_by_its_name() {
    let config = format!("{CONFIG}  - {{name: share, type: ratio, top: clicks, bottom: shows}}\n");
    let told = said(&config, LOG);
    let want = "there is no feature or output `shows`, the `bottom` of `share`";
    assert!(told.contains(want), "{told}");
}

const CONFIG: &str = "\
features:
  - {name: ctr, type: rate, scope: item, top: click, bottom: view, bucket: 1d, periods: [7]}
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: popular, type: interaction_count, scope: item, interaction: click}
";

/// Two clicks of one view, and a view without.
const LOG: &str = r#"{"ts":1718000000,"type":"view","item":"lamp"}
{"ts":1718000001,"type":"click","item":"lamp"}
{"ts":1718000002,"type":"click","item":"lamp"}
{"ts":1718000003,"type":"view","item":"desk"}
"#;

/// The exit code of a check, and the codes that it prints, each with its severity.
fn check(config: &str, flags: &[&str]) -> (Option<i32>, Vec<String>) {
    let place = Place::new();
    place.write("lint.yaml", config);
    place.write("lint.ndjson", LOG);
    let ran = place.run(&[&["check", "lint.yaml", "lint.ndjson"], flags].concat());
    let codes = ran.out.lines().filter_map(|line| Some(line.split_once("]:")?.0.to_owned() + "]"));
    (ran.code, codes.collect())
}

#[test]
fn sections_comments_and_flags_say_what_is_told() {
    let rate = "warning[rate-above-one]".to_owned();
    let same = "warning[same-meaning]".to_owned();
    let (both, none) = (vec![same.clone(), rate.clone()], Vec::<String>::new());
    let with = |section: &str| format!("{CONFIG}lints: {section}\n");
    assert_eq!(check(CONFIG, &[]), (Some(0), both.clone()));
    assert_eq!(check(&with("{same-meaning: allow}"), &[]), (Some(0), vec![rate.clone()]));
    let commented =
        CONFIG.replace("click}\n  - {name: pop", "click}\n  # allow: same-meaning\n  - {name: pop");
    assert_eq!(check(&commented, &[]), (Some(0), vec![rate.clone()]));
    assert_eq!(check(CONFIG, &["--lint", "same-meaning=allow"]), (Some(0), vec![rate.clone()]));
    let flags = ["--lint", "same-meaning=warn"];
    assert_eq!(check(&with("{same-meaning: allow}"), &flags), (Some(0), both.clone()));
    let denied = vec!["error[same-meaning]".to_owned(), rate];
    assert_eq!(check(&with("{same-meaning: deny}"), &[]), (Some(1), denied));
    let errors = both.iter().map(|code| code.replace("warning", "error")).collect();
    assert_eq!(check(CONFIG, &["--deny-warnings"]), (Some(1), errors));
    let flags =
        ["--deny-warnings", "--lint", "same-meaning=allow", "--lint", "rate-above-one=allow"];
    assert_eq!(check(CONFIG, &flags), (Some(0), none));
}

#[test]
fn what_is_allowed_at_one_place_is_told_at_others() {
    let rate = |name: &str, more: &str| {
        format!(
            "  - {{name: {name}, type: rate, scope: item, top: click, bottom: view, bucket: 1d, \
             periods: [{}]}}{more}\n",
            name.len()
        )
    };
    let of = |first: &str, second: &str| {
        let text = format!("features:\n{}{}", rate("a", first), rate("bb", second));
        let text = format!("{text}lints: {{small-divisor: {{keys: 1}}, rate-above-one: allow}}\n");
        check(&text, &[]).1.len()
    };
    let allow = "   # allow: small-divisor";
    assert_eq!((of("", ""), of(allow, ""), of("", allow), of(allow, allow)), (1, 1, 1, 0));
}

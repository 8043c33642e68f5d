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

//! Configs as people have them: Metarank's own, with many faults at once, or broken at random.

use counterscope::diagnostic::{Report, Severity, json, text};
use counterscope::plan::Plan;
use counterscope::plan::lower::compile;
use proptest::prelude::*;

/// The shape of a real Metarank config, with every part that is not for counters.
const METARANK: &str = r#"
features:
  - name: popularity
    type: number
    scope: item
    source: item.popularity # a field
    ttl: 60d
    refresh: 1h
  - {name: title_length, type: word_count, source: metadata.title, scope: item}
  - name: genre
    type: string
    scope: item
    source: item.genres
    values: [drama, "science fiction"]
  - {name: liked, type: interacted_with, interaction: click, field: item.genres, scope: session, count: 10}
  - name: match
    type: field_match
    itemField: item.title
    rankingField: ranking.query
    method: {type: ngram, language: en, n: 3}
  - name: ctr
    type: rate
    top: click
    bottom: seen
    scope: item
    bucket: 24h
    periods: [7,30]
    normalize:
      weight: 10
  - {name: cart, type: interaction_count, interaction: cart, scope: session}
models:
  default:
    type: lambdamart
    backend: {type: xgboost, iterations: 100, seed: 0}
    weights: {click: 1}
    features: [popularity, ctr]
state: {type: redis, host: localhost}
train: {type: discard}
source: {type: file}
inference: {msmarco: {type: cross-encoder}}
api: {port: 8080, host: "0.0.0.0"}
core:
  clickthrough: {maxParallelSessions: 10000, maxSessionLength: 45m}
  tracking: {analytics: true}
bootstrap:
  syntheticImpression: {enabled: true, eventName: seen}
"#;

/// A config that uses most of the language.
const WHOLE: &str = r#"# counters
events: {format: flat, timestamp: ts, type: event, unit: ms, order: log, dedup: 1d, id: id}
impressions: {enabled: false, name: seen, session: 10m}
defaults: {refresh: 1m, ttl: 60d, bucket: 1h}
features:
  - &likes {name: likes, type: counter, scope: post, interaction: like, half_life: [1h, 7d]}
  - {<<: *likes, name: shows, interaction: show}
  - {name: rate, type: ratio, top: likes, bottom: shows, default: 0, prior: {rate: global, weight: 5}}
  - {name: w, type: window_count, scope: [user, "ä.b"], interaction: x, periods: [1, 24]}
  - {name: r, type: rate, top: x, bottom: y, scope: [user, "ä.b"], bucket_size: 1d, windows: 7}
  - name: sums
    type: counter
    scope: global
    aggregate: sum
    value: seconds
    windows: [6h, 2]
    window: sawtooth
    where: {seconds: {gt: 3, le: 9.5}, any: [{a: [1, b]}, {not: {c: {exists: true}}}]}
    description: |
      Seconds // watched
  - name: "{event}_{by}"
    matrix: {event: [show, like], by: {post: [post], pair: [user, author]}}
    exclude: [{event: like, by: pair}]
    type: counter
    interaction: "{event}"
    scope: "{by}"
"#;

fn good(text: &str) -> (Plan, Report) {
    let (plan, report) = compile("test.yaml", text);
    let told = counterscope::diagnostic::text(&report, false);
    (plan.unwrap_or_else(|| panic!("{told}")), report)
}

#[test]
fn a_metarank_config_loads_unchanged() {
    let (plan, report) = good(METARANK);
    assert!(report.diagnostics.iter().all(|d| d.severity == Severity::Note));
    let outputs: Vec<_> = plan.outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(outputs, ["ctr_7", "ctr_30", "cart"]);
    let impressions = &plan.events.impressions;
    assert!(impressions.enabled && impressions.used);
    assert_eq!((impressions.name.as_str(), impressions.session.0), ("seen", 45 * 60_000));
    let skipped = "models state train source inference api core.clickthrough.maxParallelSessions \
                   core.tracking popularity (number) title_length (word_count) genre (string) liked (interacted_with) match \
                   (field_match)";
    assert_eq!(plan.skipped.join(" "), skipped);
}

#[test]
fn a_metarank_config_is_told_what_its_server_takes_otherwise() {
    let models =
        "models: {m: {type: lambdamart, features: [clicks, ctr_30, price, clickz, other]}}";
    let text = format!(
        "{models}\nfeatures:\n\
         - {{name: clicks, type: window_count, interaction: click, scope: item, count: 10, bucket_size: 24h, windows: [7, 14]}}\n\
         - {{name: price, type: number, scope: item, source: item.price}}\n\
         - {{name: ctr, type: rate, top: click, bottom: impression, bucket: 24h, periods: [7, 30]}}\n\
         - {{name: hourly, type: rate, top: click, bottom: impression, bucket: 24h, periods: [7], refresh: 1h}}\n"
    );
    let (plan, report) = good(&text);
    let told: Vec<_> = report
        .diagnostics
        .iter()
        .map(|d| (d.code, &text[d.labels[0].span.clone()], d.message.as_str()))
        .collect();
    let help = |n: usize| report.diagnostics[n].help.as_deref();
    assert_eq!(
        told,
        [
            ("skipped", "models", "parts of Metarank's own are not read: models"),
            (
                "model-reference",
                "ctr_30",
                "the model `m` names `ctr_30`, an output of the feature `ctr`"
            ),
            (
                "model-reference",
                "clickz",
                "the model `m` names `clickz`, and there is no such feature"
            ),
            (
                "model-reference",
                "other",
                "the model `m` names `other`, and there is no such feature"
            ),
            (
                "skipped",
                "count",
                "`count` is not followed, as Metarank's server does not follow it either: clicks"
            ),
            ("skipped", "number", "features that are not counters are not read: price (number)"),
            (
                "metarank-refresh",
                "ctr",
                "a rate without `refresh` is served live here, and refreshed once an hour by Metarank: ctr"
            ),
        ]
    );
    assert_eq!(help(1), Some("a model names features: write `ctr`"));
    assert_eq!(help(2), Some("did you mean `clicks`?"));
    let outputs: Vec<_> = plan.outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(outputs, ["clicks_7", "clicks_14", "ctr_7", "ctr_30", "hourly_7"]);
    // Defaults are the config's own word for it, and without Metarank's parts nobody asks.
    let refreshed = text.replace(models, &format!("defaults: {{refresh: 5m}}\n{models}"));
    assert!(!good(&refreshed).1.diagnostics.iter().any(|d| d.code == "metarank-refresh"));
    let alone = "features: [{name: ctr, type: rate, top: a, bottom: b, bucket: 1d, periods: [7]}]";
    assert!(good(alone).1.diagnostics.is_empty());
}

#[test]
fn words_of_other_systems_lead_to_those_that_exist() {
    let help = |word: &str| {
        let feature = format!("{{name: a, type: counter, scope: x, aggregate: {word}, value: y}}");
        let report = compile("test", &format!("features: [{feature}]")).1;
        report.diagnostics[0].help.clone().unwrap()
    };
    for (word, own) in [
        ("maximum", "max"),
        ("latest", "last"),
        ("earliest", "first"),
        ("standard_deviation", "stddev"),
        ("time_since", "since"),
        ("nunique", "distinct"),
        ("cardinality", "distinct"),
        ("most_frequent", "top_k"),
        ("topk", "top_k"),
        ("mode", "top_k"),
    ] {
        assert_eq!(help(word), format!("did you mean `{own}`?"));
    }
}

#[test]
fn an_alias_of_an_aggregate_is_taken_and_told() {
    let with = |word: &str| {
        good(&format!(
            "features: [{{name: a, type: counter, scope: x, aggregate: {word}, value: y}}]"
        ))
    };
    for (word, own) in [
        ("avg", "mean"),
        ("average", "mean"),
        ("count_distinct", "distinct"),
        ("unique", "distinct"),
        ("unique_count", "distinct"),
        ("approx_count_distinct", "distinct"),
        ("std", "stddev"),
        ("stdev", "stddev"),
    ] {
        let (plan, report) = with(word);
        assert_eq!(plan.states, with(own).0.states, "{word}");
        let [told] = report.diagnostics.as_slice() else { panic!("{:?}", report.diagnostics) };
        let message = format!("`{word}` is read as `{own}`");
        assert_eq!((told.code, told.message.as_str()), ("alias", message.as_str()));
    }
}

#[test]
fn metaranks_windows_and_buckets_have_both_their_names() {
    let with = |members: &str| {
        let feature =
            format!("{{name: a, type: window_count, scope: item, interaction: x, {members}}}");
        good(&format!("features: [{feature}]")).0.states
    };
    assert_eq!(with("bucket: 1h, periods: [7]"), with("bucket_size: 1h, windows: [7]"));
}

#[test]
fn the_whole_language_compiles_without_a_word() {
    let (plan, report) = good(WHOLE);
    assert!(report.diagnostics.is_empty(), "{}", text(&report, false));
    let outputs: Vec<_> = plan.outputs.iter().map(|output| output.name.as_str()).collect();
    let want = "likes_1h likes_7d shows_1h shows_7d rate_1h rate_7d w_1 w_24 r sums_6h sums_2 \
                show_post show_pair like_post";
    assert_eq!(outputs.join(" "), want);
    let description = plan.features.iter().find_map(|f| f.description.as_deref());
    assert_eq!(description, Some("Seconds // watched\n"));
    let lines: Vec<_> = plan.features.iter().map(|feature| feature.line).collect();
    assert_eq!(lines, [6, 7, 8, 9, 10, 11, 21, 21, 21]);
}

#[test]
fn all_faults_are_told_at_once_and_in_order() {
    let text = "events: {formatt: flat}\n\
                features:\n\
                - {name: a, type: window_count, scope: item // by item, interaction: click, bucket: 5 parsecs, periods: [0]}\n\
                - {name: b, type: interaction_count, interaction: click}\n\
                - {name: b c, type: interaction_count, scope: [item, item], interaction: [x]}\n\
                - {name: d, type: ratio, top: nothing, bottom: e}\n\
                - {name: e, type: interaction_count, scope: item, interaction: click}\n\
                - {name: e, type: interaction_count, scope: user, interaction: click}\n\
                - {name: f, type: rate, top: e, bottom: x, bucket: 1d, periods: [1], refresh: 60}\n\
                - {name: g, type: wndow_count, scope: item}\n\
                - {name: h, type: interaction_count, scope: item, scope: user, interaction: x, where: {a: {b: 1}}}\n";
    let (plan, report) = compile("test.yaml", &text.replace(" // by item,", ","));
    assert!(plan.is_none());
    let told: Vec<_> = report
        .diagnostics
        .iter()
        .map(|d| (report.place(d.labels[0].span.start).line, d.code))
        .collect();
    let want = [
        (1, "unknown-member"),
        (3, "bad-duration"),
        (3, "bad-number"),
        (4, "missing-member"),
        (5, "bad-name"),
        (5, "bad-scope"),
        (5, "wrong-kind"),
        (6, "bad-operand"),
        (8, "duplicate-name"),
        (9, "bad-duration"),
        (10, "unknown-type"),
        (11, "duplicate-key"),
        (11, "bad-filter"),
    ];
    assert_eq!(told, want);
    assert!(report.diagnostics.iter().all(|d| d.help.is_some()));
}

#[test]
fn a_slash_comment_hides_no_other_fault() {
    let text = "features:\n\
                \x20 - name: a\n\
                \x20   type: interaction_count\n\
                \x20   // what is counted\n\
                \x20   interaction: click // of users\n\
                \x20   scop: item\n";
    let (_, report) = compile("test.yaml", text);
    let told: Vec<_> = report.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(told, ["slash-comment", "slash-comment", "unknown-member"]);
}

#[test]
fn a_misspelt_member_is_told_once() {
    let feature =
        "name: a, type: counter, scope: x, aggregate: sum, value: v, windows: [1h], bucket: 1h";
    for member in ["name", "type", "scope", "aggregate", "value", "windows", "bucket"] {
        let (at, end) = (member.len() - 2, member.len());
        // The last two letters the other way round, where they differ; else one too many.
        let mut letters: Vec<u8> = member.bytes().collect();
        letters.swap(at, end - 1);
        let misspelt = String::from_utf8(letters).unwrap();
        assert_ne!(misspelt, member);
        let text = feature.replacen(&format!("{member}: "), &format!("{misspelt}: "), 1);
        let (plan, report) = compile("test.yaml", &format!("features: [{{{text}}}]"));
        assert!(plan.is_none());
        let told: Vec<_> =
            report.diagnostics.iter().map(|d| (d.code, d.help.clone().unwrap())).collect();
        assert_eq!(told, [("unknown-member", format!("did you mean `{member}`?"))], "{text}");
    }
}

/// The codes and helps of a feature's faults.
fn helps(feature: &str) -> Vec<(&'static str, String)> {
    let (_, report) = compile("test.yaml", &format!("features: [{{{feature}}}]"));
    report.diagnostics.iter().map(|d| (d.code, d.help.clone().unwrap())).collect()
}

#[test]
fn words_of_other_systems_lead_to_the_members_here() {
    for (feature, members) in [
        (
            "name: a, type: counter, filter: {b: c}, key: item, agg: sum, field: price",
            &["where", "scope", "aggregate", "value"][..],
        ),
        (
            "name: a, type: counter, group_by: [item], event: x, halflife: 1d",
            &["scope", "interaction", "half_life"],
        ),
        (
            "name: a, type: counter, scope: i, interval: [7d], granularity: 1d",
            &["windows", "bucket"],
        ),
        (
            "name: a, type: window_count, entity: i, interaction: x, bucket: 1d, interval: [7]",
            &["scope", "windows"],
        ),
        (
            "name: a, type: rate, numerator: x, denominator: y, bucket: 1d, periods: [7]",
            &["top", "bottom"],
        ),
    ] {
        let want: Vec<_> = members
            .iter()
            .map(|member| ("unknown-member", format!("did you mean `{member}`?")))
            .collect();
        assert_eq!(helps(feature), want, "{feature}");
    }
    // The member of that name takes other words.
    for window in ["7d", "[7]"] {
        let told =
            helps(&format!("name: a, type: counter, scope: i, window: {window}, bucket: 1d"));
        assert_eq!(told[0], ("conflicting-members", "did you mean `windows`?".to_owned()));
    }
    let told = helps("name: a, type: counter, scope: i, window: rolling");
    assert!(told[0].1.starts_with("add `windows"), "{told:?}");
}

#[test]
fn the_side_of_a_ratio_that_is_an_event_type_leads_to_a_rate() {
    let (_, report) = compile(
        "test.yaml",
        "features:\n- {name: views, type: interaction_count, scope: i, interaction: view}\n\
         - {name: a, type: ratio, top: click, bottom: views}\n\
         - {name: b, type: ratio, top: views, bottom: view}\n\
         - {name: c, type: ratio, top: views, bottom: viewz}\n",
    );
    let helps: Vec<_> = report.diagnostics.iter().map(|d| d.help.as_deref().unwrap()).collect();
    let rate = |is: &str, name: &str| {
        format!(
            "a ratio divides features; {is} an event type, `type: rate` divides those, or name a \
             feature that counts it: `- {{name: {name}, type: interaction_count, interaction: \
             {name}, scope: …}}`"
        )
    };
    assert_eq!(helps, [&rate("if it is", "click"), &rate("is", "view"), "did you mean `views`?"]);
}

#[test]
fn a_fault_of_a_matrix_tells_the_combination() {
    let text = "features:\n\
                - name: '{e}_{h}'\n  matrix: {e: [a, b], h: [1h, soon]}\n  type: counter\n  \
                interaction: '{e}'\n  scope: x\n  half_life: '{h}'\n\
                - name: 'r_{e}'\n  matrix: {e: [p, q]}\n  type: ratio\n  top: '{e}'\n  bottom: p\n\
                - {name: p, type: interaction_count, scope: x, interaction: y}\n\
                - {name: 's_{w}', matrix: {w: [count, summ]}, type: counter, scope: x, aggregate: '{w}'}\n";
    let (_, report) = compile("test.yaml", text);
    let told: Vec<_> = report
        .diagnostics
        .iter()
        .map(|fault| {
            let last = fault.labels.last().unwrap();
            (fault.code, &text[last.span.clone()], last.message.as_str())
        })
        .collect();
    let want = [
        ("bad-duration", "'{e}_{h}'", "with e: a, h: soon"),
        ("bad-operand", "'r_{e}'", "with e: q"),
        ("unknown-word", "'s_{w}'", "with w: summ"),
    ];
    assert_eq!(told, want);
}

#[test]
fn places_are_bytes_and_columns_are_characters() {
    let text =
        "features:\r\n- {name: x, type: interaction_count, scope: \"äöü\", interaktion: x}\r\n";
    let (_, report) = compile("test.yaml", text);
    let unknown = report.diagnostics.iter().find(|d| d.code == "unknown-member").unwrap();
    let span = unknown.labels[0].span.clone();
    assert_eq!(&text[span.clone()], "interaktion");
    assert_eq!(report.place(span.start).column, 52);
}

#[test]
fn a_large_matrix_is_quick_work() {
    let axis: Vec<String> = (0..100).map(|n| format!("e{n}")).collect();
    let text = format!(
        "features: [{{name: '{{a}}_{{b}}', matrix: {{a: [{0}], b: [{0}]}}, type: counter, \
         interaction: '{{a}}', scope: '{{b}}', half_life: [1h, 1d]}}]",
        axis.join(", ")
    );
    let (plan, _) = good(&text);
    assert_eq!((plan.features.len(), plan.outputs.len()), (10_000, 20_000));
    assert_eq!((plan.scopes.len(), plan.inputs.len()), (100, 10_000));
}

/// Pieces that break a YAML text in one way or another.
const PIECES: [&str; 26] = [
    "",
    " ",
    "\n",
    "\t",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "'",
    "\"",
    "#",
    " // x",
    "&a ",
    "*a",
    "<<: ",
    "|\n",
    "0",
    "-1",
    "99999999999999999999",
    "ä",
    "\r\n",
    "{event}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever is done to a config, it is read or refused, and each fault can be shown.
    #[test]
    fn no_text_is_a_panic(
        metarank: bool,
        edits in prop::collection::vec((0.0..1.0_f64, 0_usize..12, 0..PIECES.len()), 1..6),
    ) {
        let mut config: Vec<char> = if metarank { METARANK } else { WHOLE }.chars().collect();
        for (at, cut, piece) in edits {
            let at = (at * config.len() as f64) as usize;
            let end = (at + cut).min(config.len());
            config.splice(at..end, PIECES[piece].chars());
        }
        let config: String = config.into_iter().collect();
        let (plan, report) = compile("test.yaml", &config);
        prop_assert_eq!(plan.is_none(), report.has_errors());
        for diagnostic in &report.diagnostics {
            for label in &diagnostic.labels {
                prop_assert!(config.get(label.span.clone()).is_some(), "{:?}", diagnostic);
            }
        }
        prop_assert_eq!(text(&report, true).is_empty(), report.diagnostics.is_empty());
        prop_assert!(json(&report).contains("diagnostics"));
    }
}

#[test]
fn the_reference_shows_every_word_and_its_examples_are_clean() {
    use counterscope::config::vocabulary::{
        DEFAULTS, EVENTS, EVERY, IMPRESSIONS, METARANK_SECTIONS, SECTIONS, TYPES,
    };
    let page = include_str!("../../docs/language.md");
    let groups = [SECTIONS, METARANK_SECTIONS, EVENTS, IMPRESSIONS, DEFAULTS, EVERY];
    let of_types = TYPES.iter().flat_map(|kind| kind.members.iter().copied());
    let members = groups.into_iter().chain(of_types).flatten();
    let words = members.flat_map(|member| [Some(member.name), member.other_name]).flatten();
    let aggregates = counterscope::aggregate::REGISTRY.iter().map(|aggregate| aggregate.name);
    for word in words.chain(TYPES.iter().map(|kind| kind.name)).chain(aggregates) {
        let shown = page.contains(&format!("`{word}`"));
        assert!(shown || page.contains(&format!("`{word}: ")), "docs/language.md lacks `{word}`");
    }
    let mut examples = 0;
    for (fence, _) in page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```")) {
        let (_, report) = good(fence);
        assert!(report.diagnostics.is_empty(), "{fence}{}", text(&report, false));
        examples += 1;
    }
    assert_eq!(examples, page.matches("```").count() / 2, "a fence that is no example");
}

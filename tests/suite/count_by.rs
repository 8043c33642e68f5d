//! `a` among contributors: a feature that counts by their field is added where that means something,
//! and what is there already is gone to.

use std::fmt::Write as _;

use counterscope::ui::views::values::VALUES;

use crate::stage::Stage;

const CONFIG: &str = "\
features:
  - {name: clicks, type: counter, interaction: click, scope: item}
  - {name: rate, type: rate, top: click, bottom: show, scope: item, bucket: 1h, periods: [3, 6]}
";

/// Clicks and shows; only clicks have a `place`, all have `tags` and a `client`.
fn log() -> String {
    let mut log = String::new();
    for n in 0..40_u64 {
        let time = 1_772_409_600_000 + n * 60_000;
        let kind = if n % 2 == 0 { r#""click","place":"top""# } else { r#""show""# };
        writeln!(
            log,
            r#"{{"timestamp":{time},"type":{kind},"item":"i","tags":["a","b"],"client":"web"}}"#
        )
        .unwrap();
    }
    log
}

/// Groups the events of the selected value by a field, and has a feature count by it.
fn count_by(stage: &mut Stage, field: &str) {
    stage.press("1 t");
    stage.type_text(field);
    stage.press("enter a j k j k");
}

#[test]
fn what_is_added_is_named_and_a_list_counts_by_its_elements() {
    let mut stage = Stage::of_log(CONFIG, &log(), (120, 40));
    count_by(&mut stage, "tags");
    let new = "  - {name: clicks_by_tags, type: counter, interaction: click, scope: tags, explode: true}\n";
    assert!(stage.config().contains(new), "{}", stage.config());
    assert!(stage.said().contains(": `clicks_by_tags` added"), "{}", stage.said());
    stage.press("1 l");
    count_by(&mut stage, "client");
    assert!(stage.config().contains("name: rate_by_client"), "{}", stage.config());
    let added = "`rate_by_client_3`, `rate_by_client_6` added";
    assert!(stage.said().contains(added), "{}", stage.said());
}

#[test]
fn a_field_that_the_events_of_a_side_lack_is_refused() {
    let mut stage = Stage::of_log(CONFIG, &log(), (120, 40));
    stage.press("1 t");
    stage.type_text("colour");
    // What no event has is asked for once more.
    stage.press("enter enter a j k j k");
    assert_eq!(stage.said(), "no event that `clicks` counts has `colour`");
    stage.press("1 l");
    count_by(&mut stage, "place");
    assert_eq!(
        stage.said(),
        "`place` is in events of `top`, but in none of `bottom`: `rate` by it would have no value"
    );
    assert_eq!(stage.config(), CONFIG);
}

#[test]
fn what_is_there_already_is_gone_to() {
    let there = "  - {name: by_client, type: counter, scope: client, interaction: click}\n";
    let text = format!("{CONFIG}{there}");
    let mut stage = Stage::of_log(&text, &log(), (120, 40));
    count_by(&mut stage, "client");
    assert_eq!(stage.said(), "`by_client` is there already, and counts this");
    assert_eq!(stage.config(), text);
    assert_eq!(stage.model.view, VALUES);
    assert!(stage.text().contains("by_client = 20"), "{}", stage.text());
}

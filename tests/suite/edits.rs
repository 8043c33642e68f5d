//! Edits of the config's text on command: what is written, what is refused, and what is taken
//! back; the session takes an edit up as it does any save.

use std::fs;

use counterscope::session::protocol::{Command, ConfigEdit};
use counterscope::session::{ConfigSource, Setup, Start};

use crate::live::{Live, setup};
use crate::reload::{CLICKS, Place, RECENT, config};

fn count_by(feature: &str, field: &str) -> Command {
    Command::EditConfig(ConfigEdit::CountBy { feature: feature.into(), field: field.into() })
}

const UNDO: Command = Command::EditConfig(ConfigEdit::Undo);

fn text(place: &Place) -> String {
    fs::read_to_string(place.path("config.yaml")).unwrap()
}

#[test]
fn a_feature_that_counts_by_a_field_is_taken_up_and_taken_back() {
    let before = format!("# Mine.\n{}", config(&[CLICKS, RECENT]));
    let mut place = Place::open(|path| fs::write(path("config.yaml"), &before).unwrap());
    place.live.send(count_by("recent", "item"));
    let snapshot = place.applied(2);
    let new = "  - {name: recent_by_item, type: window_count, scope: item, interaction: click, \
               bucket: 1h, periods: [1, 24], refresh: 30m}\n";
    assert_eq!(text(&place), format!("{before}{new}"));
    let change = snapshot.config.change.as_ref().unwrap();
    assert_eq!(change.added, ["recent_by_item_1", "recent_by_item_24"]);
    place.check(&text(&place));

    place.live.send(count_by("clicks", "user"));
    place.applied(3);
    place.live.send(UNDO);
    place.applied(4);
    assert_eq!(text(&place), format!("{before}{new}"));
    place.live.send(UNDO);
    place.applied(5);
    assert_eq!(text(&place), before);
    place.live.send(UNDO);
    place.live.said("has written nothing to the config");
}

#[test]
fn what_was_saved_meanwhile_is_not_overwritten() {
    let mut place = Place::with(&[CLICKS]);
    let saved = config(&[CLICKS, RECENT]);
    place.save(&saved);
    // The session has not seen the save.
    let stepper = place.live.stepper();
    stepper.send(count_by("clicks", "user"));
    stepper.step_alone();
    place.live.said("has changed since it was read: nothing was written");
    assert_eq!(text(&place), saved);

    let mut place = Place::with(&[CLICKS]);
    place.live.send(count_by("clicks", "user"));
    place.applied(2);
    let saved = text(&place) + RECENT;
    place.save(&saved);
    place.applied(3);
    place.live.send(UNDO);
    place.live.said("the config was saved after the last edit");
    assert_eq!(text(&place), saved);
}

#[test]
fn an_edit_that_makes_no_valid_config_is_refused_with_the_reason() {
    let mut place = Place::with(&[CLICKS]);
    let before = text(&place);
    for (feature, field, words) in [
        ("likes", "user", "the config has no feature `likes`"),
        ("clicks", "", "cannot be counted by ``"),
    ] {
        place.live.send(count_by(feature, field));
        place.live.said(words);
    }
    place.save("features: [");
    place.live.wait("rejection", |snapshot| snapshot.config.stale);
    place.live.send(count_by("clicks", "user"));
    place.live.said("the config has errors: mend them first");
    place.save(&before);
    place.live.send(Command::Reload);
    place.live.wait("good", |snapshot| !snapshot.config.stale);
    assert_eq!(text(&place), before);
}

#[test]
fn the_built_in_config_is_written_to_a_file_and_the_session_goes_on_with_it() {
    let place = Place::with(&[CLICKS]);
    let text =
        "features:\n  - {name: clicks, type: interaction_count, scope: item, interaction: click}\n";
    let built_in = ConfigSource::Embedded { name: "example.yaml", text };
    let files = setup(&place.path("config.yaml"), &place.path("logs/log.ndjson"), None);
    let mut live = Live::start(Setup { config: built_in, start: Start::End, ..files });
    assert_eq!(live.settle().config.path, None);
    live.send(count_by("clicks", "user"));
    live.said("the built-in config has no file");
    let write = Command::EditConfig(ConfigEdit::WriteExample);
    live.send(write.clone());
    let snapshot = live.said("example.yaml is written, and the session goes on with it");
    assert_eq!(snapshot.config.path.as_deref(), Some("./example.yaml"));
    assert_eq!(snapshot.config.version, 1);
    let file = live.stepper().folder.path().join("example.yaml");
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
    live.send(write);
    live.said("the config is a file already");
    fs::write(&file, format!("{text}{RECENT}")).unwrap();
    live.send(Command::Reload);
    live.wait("new version", |snapshot| snapshot.config.version == 2 && !snapshot.config.stale);
}

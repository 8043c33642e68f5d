//! The profile of the log in the workbench: read when it is first shown and not before, kept beside
//! the column cache, and a list that folds.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use counterscope::session::Setup;
use counterscope::session::protocol::{Command, Viewport};
use counterscope::session::snapshot::{LogProfile, Profile, ProfileEntry, Snapshot};
use counterscope::ui::views::log::LOG;
use tempfile::TempDir;

use crate::columns::age;
use crate::live::setup;
use crate::stage::Stage;
use crate::stepper::Stepper;

const CONFIG: &str = "\
events: {id: id, dedup: 1d}
features:
  - name: clicks
    type: interaction_count
    interaction: click
    scope: item
";

/// Events of two types with members that no feature uses; one is late, one is there twice, one line
/// is cut off.
fn log(events: i64) -> String {
    let mut log = String::new();
    for n in 0..events {
        let time = 1_772_409_600_000 + n * 60_000 - if n == 20 { 7_200_000 } else { 0 };
        let kind = if n % 4 == 0 { "view" } else { "click" };
        let id = if n == 30 { 29 } else { n };
        let app = if n == 20 { "kiosk" } else { "web" };
        writeln!(
            log,
            r#"{{"timestamp":{time},"type":"{kind}","id":{id},"item":"i{}","client":{{"app":"{app}"}}}}"#,
            n % 3
        )
        .unwrap();
        if n == 10 {
            log.push_str("{\"timestamp\":\n");
        }
    }
    log
}

struct Files {
    folder: TempDir,
    setup: Setup,
}

impl Files {
    fn new(events: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, path) = (folder.path().join("c.yaml"), folder.path().join("events.ndjson"));
        fs::write(&config, CONFIG).unwrap();
        fs::write(&path, log(events)).unwrap();
        age(&path, 60);
        let store = folder.path().join("store");
        let setup = setup(&config, &path, Some(store));
        Self { folder, setup }
    }

    fn profile(&self) -> PathBuf {
        self.folder.path().join("store/profile")
    }

    /// Opens a session that shows the log or not, and lets it do all that there is to do.
    fn open(&self, shows_log: bool) -> (Stepper, Vec<Arc<Snapshot>>) {
        let mut stepper = Stepper::start(self.setup.clone()).unwrap();
        let look = Viewport { generation: 1, profile: shows_log, ..Viewport::default() };
        stepper.send(Command::Viewport(look));
        let mut shown = Vec::new();
        while !stepper.is_idle() {
            stepper.step();
            shown.extend(stepper.take());
        }
        (stepper, shown)
    }
}

fn told(shown: &[Arc<Snapshot>]) -> Arc<LogProfile> {
    match &shown.last().unwrap().profile {
        Profile::Read(told) => Arc::clone(told),
        other => panic!("{other:?}"),
    }
}

fn names(entries: &[ProfileEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.name.as_str()).collect()
}

#[test]
fn it_tells_every_field_what_is_late_twice_and_rejected() {
    let (stepper, shown) = Files::new(400).open(true);
    let told = told(&shown);
    let titles: Vec<(&str, &str)> =
        told.sections.iter().map(|it| (it.title.as_str(), it.said.as_str())).collect();
    assert_eq!(
        titles,
        [
            ("Types", "2 types"),
            ("Order", ""),
            ("Late", "1 event behind a later one in the log"),
            ("Duplicates", "1 event"),
            ("Rejected", "1 line"),
        ]
    );
    let [types, order, late, duplicates, rejected] = told.sections.as_slice() else { panic!() };
    assert_eq!(names(&types.entries), ["click", "view"]);
    assert_eq!(types.entries[0].cells, ["300", "75.0%"]);
    let fields = &types.entries[0].entries;
    assert_eq!(names(fields), ["timestamp", "type", "id", "item", "client", "client.app"]);
    let app = &fields[5];
    assert_eq!(app.cells, ["100%", "text", "1"]);
    assert_eq!(names(&app.entries), ["web", "seen", "example"]);
    assert_eq!(app.entries[0].cells, ["300", "100%"]);
    let id = &fields[2];
    assert!(id.words.starts_with("1 … "), "{id:?}");
    assert!(names(&order.entries).starts_with(&["read as", "times", "order", "ahead"]));
    assert_eq!(names(&late.entries)[1], "client.app kiosk");
    assert_eq!(duplicates.entries[0].name, "line 32");
    assert!(duplicates.entries[0].words.starts_with("has the id of line 31, 1m later"));
    assert_eq!(rejected.entries[0].entries[0].name, "line 12");
    stepper.quit();
}

#[test]
fn the_log_is_read_for_it_when_it_is_first_shown_and_not_before() {
    let files = Files::new(20_000);
    let (mut stepper, shown) = files.open(false);
    let is_unasked = |it: &Profile| matches!(it, Profile::Unknown | Profile::Waiting);
    assert!(shown.iter().all(|snapshot| is_unasked(&snapshot.profile)));
    assert!(!files.profile().exists());
    let look = |generation, profile| Viewport { generation, profile, ..Viewport::default() };
    stepper.send(Command::Viewport(look(2, true)));
    let mut shares = Vec::new();
    while !stepper.is_idle() {
        stepper.step();
        if let Some(Profile::Reading(share)) = stepper.take().map(|it| it.profile.clone()) {
            shares.push(share);
        }
    }
    assert!(shares.is_sorted() && shares.first() == Some(&0.0), "{shares:?}");
    assert!(files.profile().exists());
    stepper.quit();
}

#[test]
fn a_second_start_shows_it_without_reading_the_log_and_a_damaged_one_is_read_again() {
    let files = Files::new(2_000);
    let (stepper, shown) = files.open(true);
    assert!(stepper.profiled_shares() > 0);
    stepper.quit();
    let first = told(&shown);
    let written = fs::read(files.profile()).unwrap();
    let (stepper, shown) = files.open(true);
    assert_eq!(stepper.profiled_shares(), 0, "the log is not read");
    stepper.quit();
    assert_eq!(told(&shown), first);
    assert_eq!(fs::read(files.profile()).unwrap(), written);
    let mut damaged = written.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(files.profile(), &damaged).unwrap();
    let (stepper, shown) = files.open(true);
    stepper.quit();
    assert_eq!(told(&shown), first);
    assert_eq!(fs::read(files.profile()).unwrap(), written, "it is written anew");
    // Another log has another one.
    let path = files.folder.path().join("events.ndjson");
    fs::write(&path, log(100)).unwrap();
    age(&path, 60);
    let (stepper, shown) = files.open(true);
    stepper.quit();
    assert_ne!(told(&shown), first);
}

#[test]
fn without_memory_for_it_that_is_said() {
    let mut files = Files::new(400);
    files.setup.max_memory = Some(9 << 20);
    let (stepper, shown) = files.open(true);
    stepper.quit();
    let words = "--max-memory leaves no room to look through the log";
    assert_eq!(shown.last().unwrap().profile, Profile::Unreadable(words.to_owned()));
}

/// The lines that the screen shows of the list, without what is beside it.
fn lines(stage: &Stage) -> Vec<String> {
    let text = stage.text();
    let lines = text.lines().map(|line| line.trim_matches(['║', ' ', '▐']).to_owned());
    lines.skip_while(|line| !line.starts_with("Types")).skip(1).collect()
}

#[test]
fn keys_fold_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.ndjson");
    fs::write(&path, log(400)).unwrap();
    let mut stage = Stage::open(("features.yaml", CONFIG), &path, (120, 60));
    stage.press("2");
    while stage.model.view != LOG {
        stage.press("tab");
    }
    let marked = |stage: &Stage| {
        lines(stage).into_iter().find(|line| line.starts_with('▌')).unwrap_or_default()
    };
    assert!(marked(&stage).starts_with("▌▸ click "), "{}", stage.text());
    // Into the type, to its item, into that and back out again.
    for (keys, selected) in [
        ("l", "▌▾ click "),
        ("l", "▌  ▸ timestamp"),
        ("0 3 j", "▌  ▸ item "),
        ("l l", "▌      i"),
        ("h", "▌  ▾ item "),
        ("h", "▌  ▸ item "),
        ("h", "▌▾ click "),
        ("h", "▌▸ click "),
        ("j", "▌▸ view "),
        ("end", "▌▸ invalid JSON"),
        ("home", "▌▸ click "),
    ] {
        stage.press(keys);
        assert!(marked(&stage).starts_with(selected), "{keys}: {}", stage.text());
    }
    stage.press("l esc");
    assert!(stage.model.log.open.is_empty());
}

//! Saves of a real config file under a running session, in all the ways in which editors save:
//! each good version is applied once, at the event where the session stands, and a bad one
//! changes nothing.

use std::fs;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use counterscope::base::clock;
use counterscope::diagnostic::Severity;
use counterscope::session::protocol::{Command, Speed, Target};
use counterscope::session::snapshot::{Extent, LogChange, Snapshot, State, Unused};
use counterscope::session::{Setup, Start};
use tempfile::TempDir;

use crate::kill::log;
use crate::live::{Live, setup};
use crate::log::gzip;

pub(crate) const EVENTS: usize = 6_000;
/// Where the sessions of these tests stand.
const HERE: usize = 4_321;

pub(crate) const CLICKS: &str =
    "  - {name: clicks, type: interaction_count, scope: item, interaction: click}\n";
pub(crate) const RECENT: &str = "  - {name: recent, type: window_count, scope: user, interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}\n";
const BRAND: &str =
    "  - {name: brand, type: interaction_count, scope: item.brand, interaction: click}\n";
pub(crate) const CTR: &str =
    "  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [12]}\n";
const BAD: &str = "  - {name: clicks, type: interaction_count, scoop: item, interaction: click}\n";

pub(crate) fn config(features: &[&str]) -> String {
    format!("features:\n{}", features.concat())
}

/// Something that is done to a file.
type Act<'a> = &'a dyn Fn(&Path);

/// A session in the middle of a log, in a folder of its own.
pub(crate) struct Place {
    folder: TempDir,
    pub(crate) live: Live,
}

impl Place {
    /// Opens a session over `config.yaml`, made by `make`, and goes to [`HERE`].
    pub(crate) fn open(make: impl FnOnce(&dyn Fn(&str) -> PathBuf)) -> Self {
        Self::over(EVENTS, make)
    }

    /// The same over a log of so many events.
    pub(crate) fn over(events: usize, make: impl FnOnce(&dyn Fn(&str) -> PathBuf)) -> Self {
        Self::by(Live::start, events, make)
    }

    /// The same in a session that starts so.
    pub(crate) fn by(
        start: fn(Setup) -> Live,
        events: usize,
        make: impl FnOnce(&dyn Fn(&str) -> PathBuf),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        // Out of the config's folder: a log that is read is none of its saves.
        fs::create_dir(path("logs")).unwrap();
        fs::write(path("logs/log.ndjson"), log(events as u32)).unwrap();
        // Whatever is written later is written at another time.
        let written = fs::File::options().append(true).open(path("logs/log.ndjson")).unwrap();
        written.set_modified(UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
        make(&path);
        let setup = setup(&path("config.yaml"), &path("logs/log.ndjson"), None);
        let mut place = Self { folder, live: start(setup) };
        place.live.wait("end", |snapshot| snapshot.transport.cursor == events);
        place.live.send(Command::Seek(Target::Event(HERE)));
        place.live.wait("place", |snapshot| snapshot.transport.cursor == HERE);
        place
    }

    pub(crate) fn with(features: &[&str]) -> Self {
        Self::open(|path| fs::write(path("config.yaml"), config(features)).unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn save(&self, text: &str) {
        fs::write(self.path("config.yaml"), text).unwrap();
    }

    /// Waits until a version is applied and everything stands again.
    pub(crate) fn applied(&mut self, version: u32) -> std::sync::Arc<Snapshot> {
        let what = format!("version {version}");
        let is_it = |snapshot: &Snapshot| {
            assert!(snapshot.config.version <= version, "applied twice: {:?}", snapshot.notice);
            snapshot.config.version == version && !snapshot.config.stale && stands(snapshot)
        };
        self.live.wait(&what, is_it)
    }

    fn rejected(&mut self) -> std::sync::Arc<Snapshot> {
        self.live.wait("rejection", |snapshot| snapshot.config.stale)
    }

    /// Holds the values against those of a session that knows nothing else.
    pub(crate) fn check(&mut self, features: &str) {
        let file = self.path("logs/straight.yaml");
        fs::write(&file, features).unwrap();
        let mut straight = Live::start(setup(&file, &self.path("logs/log.ndjson"), None));
        straight.settle();
        straight.send(Command::Seek(Target::Event(HERE)));
        straight.wait("place", |snapshot| snapshot.transport.cursor == HERE);
        let (found, expected) = (self.live.rows(), straight.rows());
        assert!(expected.len() > 50, "{}", expected.len());
        assert!(found == expected, "other values");
        straight.quit();
    }
}

fn stands(snapshot: &Snapshot) -> bool {
    matches!(snapshot.transport.state, State::Paused) && snapshot.transport.cursor == HERE
}

#[test]
fn a_save_in_two_writes() {
    let mut place = Place::with(&[CLICKS]);
    let text = config(&[CLICKS, RECENT]);
    let other = config(&[RECENT]);
    for (version, text, cut) in [(2, &text, text.len() - 20), (3, &other, other.len() - 30)] {
        place.save("");
        place.save(&text[..cut]);
        let snapshot = place.rejected();
        assert_eq!(snapshot.config.version, version - 1, "half a config is not applied");
        place.save(text);
        let snapshot = place.applied(version);
        assert_eq!(*snapshot.config.text, **text);
        place.check(text);
    }
}

#[test]
fn a_bad_save_changes_nothing_until_a_good_one() {
    let mut place = Place::with(&[CLICKS, RECENT]);
    let good = config(&[CLICKS, RECENT]);
    for bad in [config(&[BAD, RECENT]), "features: [{".to_owned(), "\u{0}".to_owned()] {
        place.save(&bad);
        let snapshot = place.live.wait("rejection", |snapshot| *snapshot.config.text == *bad);
        assert!(snapshot.config.stale && snapshot.config.version == 1);
        assert!(snapshot.config.report.count(Severity::Error) > 0);
        let notice = snapshot.notice.as_ref().unwrap();
        assert!(notice.text.contains("v1 stays in use"), "{}", notice.text);
        place.check(&good);
    }
    // It goes on playing.
    place.live.send(Command::SetSpeed(Speed::Max));
    place.live.send(Command::Play);
    let end = place.live.wait("end", |snapshot| snapshot.transport.state == State::Ended);
    assert!(end.config.stale && end.transport.cursor == EVENTS);
    place.live.send(Command::Seek(Target::Event(HERE)));
    let good = config(&[CLICKS]);
    place.save(&good);
    place.applied(2);
    place.check(&good);
}

#[test]
fn a_save_that_needs_more_of_the_log() {
    let mut place = Place::with(&[CLICKS]);
    // Another attribute, then impressions, then another order, and back.
    let ordered = format!("events: {{order: log}}\n{}", config(&[CLICKS, BRAND, CTR]));
    let texts =
        [config(&[CLICKS, BRAND]), config(&[CLICKS, BRAND, CTR]), ordered, config(&[CLICKS])];
    for (version, text) in (2..).zip(&texts) {
        place.save(text);
        place.applied(version);
        place.check(text);
    }
}

/// `explode` is part of the key, also where no list is there to be taken apart.
#[test]
fn a_save_that_takes_lists_apart() {
    let mut place = Place::with(&[BRAND, CLICKS]);
    let exploding = BRAND.replace("scope", "explode: true, scope");
    for (version, brand) in [(2, exploding.as_str()), (3, BRAND)] {
        place.save(&config(&[brand, CLICKS]));
        let snapshot = place.applied(version);
        let change = snapshot.config.change.as_ref().unwrap();
        assert_eq!(change.changed, ["brand"]);
    }
}

/// A reading of the log that is under way goes on if it brings all that the next save needs: here
/// it could not begin again.
#[test]
fn a_save_while_more_of_the_log_is_read() {
    let mut place = Place::over(20 * EVENTS, |path| {
        fs::write(path("config.yaml"), config(&[CLICKS])).unwrap();
    });
    place.save(&config(&[CLICKS, BRAND]));
    place.live.wait("reading", |snapshot| {
        let is_read = matches!(snapshot.transport.state, State::Reloading { done } if done > 0.0);
        is_read || snapshot.config.version > 1
    });
    let (log, away) = (place.path("logs/log.ndjson"), place.path("logs/away.ndjson"));
    fs::rename(&log, &away).unwrap();
    let last = config(&[BRAND, &RECENT.replace("scope: user", "scope: item")]);
    place.save(&last);
    place.live.wait("the last save", |snapshot| {
        *snapshot.config.text == *last && !snapshot.config.stale && stands(snapshot)
    });
    place.live.wait("its outputs", |snapshot| {
        snapshot.source.scopes.iter().map(|scope| scope.columns.len()).sum::<usize>() == 3
    });
    fs::rename(&away, &log).unwrap();
    place.check(&last);
}

/// What the log has gained since it was read comes with the attribute that it is read again for:
/// columns of more events than there are would be those of none.
#[test]
fn a_save_that_needs_more_of_a_log_that_grew() {
    let mut place = Place::with(&[CLICKS]);
    let (log, longer) = (place.path("logs/log.ndjson"), log(EVENTS as u32 + 500));
    fs::write(&log, &longer).unwrap();
    let first = config(&[CLICKS, BRAND]);
    place.save(&first);
    let snapshot = place.applied(2);
    assert_eq!(snapshot.transport.total, EVENTS + 500);
    place.check(&first);
    // Of the same length, but of other events.
    fs::write(&log, longer.replace("\"p1\"", "\"p2\"")).unwrap();
    let second = config(&[
        CLICKS,
        BRAND,
        "  - {name: s, type: interaction_count, scope: session, interaction: click}\n",
    ]);
    place.save(&second);
    place.applied(3);
    place.check(&second);
}

#[test]
fn the_last_of_many_saves_stands() {
    let mut place = Place::with(&[CLICKS]);
    let mut last = String::new();
    for round in 0..12 {
        last = match round % 4 {
            0 => config(&[CLICKS, BRAND]),
            1 => config(&[BAD]),
            2 => config(&[CLICKS, CTR, RECENT]),
            _ => format!("{}# {round}\n", config(&[CLICKS, RECENT, BRAND])),
        };
        place.save(&last);
        place.live.pass(Duration::from_millis([0, 5, 70, 130, 20][round % 5]));
    }
    place.live.wait("last version", |snapshot| {
        *snapshot.config.text == *last && !snapshot.config.stale && stands(snapshot)
    });
    let outputs = |snapshot: &Snapshot| {
        let scopes = snapshot.source.scopes.iter();
        scopes.map(|scope| scope.columns.len()).sum::<usize>()
    };
    place.live.wait("its outputs", |snapshot| outputs(snapshot) == 4 && stands(snapshot));
    place.check(&last);
}

/// A bad save while a good one waits for the log to be read again: the good one is applied, and
/// said to be what it was.
#[test]
fn a_bad_save_while_a_good_one_is_on_its_way() {
    let mut place = Place::with(&[CLICKS]);
    let good = config(&[CLICKS, BRAND]);
    place.save(&good);
    place.live.wait("reading again", |snapshot| *snapshot.config.text == *good);
    place.save(&config(&[BAD]));
    let snapshot = place.live.wait("both", |snapshot| {
        snapshot.config.version == 2 && snapshot.config.stale && stands(snapshot)
    });
    let added = snapshot.config.change.as_ref().unwrap();
    assert_eq!(added.added, ["brand"]);
    assert!(added.diff.iter().all(|(_, line)| !line.contains("scoop")), "{:?}", added.diff);
    place.check(&good);
}

/// A save that goes back to the text in use while another one is being taken up: it is taken up
/// after that one, and stands.
#[test]
fn a_save_that_is_undone_while_it_is_taken_up() {
    let mut place = Place::over(20 * EVENTS, |path| {
        fs::write(path("config.yaml"), config(&[CLICKS])).unwrap();
    });
    let features: Vec<String> =
        (0..8).map(|n| RECENT.replace("recent", &format!("recent{n}"))).collect();
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    let next = config(&features);
    place.save(&next);
    place.live.send(Command::Reload);
    place.live.wait("the next text", |snapshot| *snapshot.config.text == *next);
    let first = config(&[CLICKS]);
    place.save(&first);
    place.live.send(Command::Reload);
    let outputs = |snapshot: &Snapshot| -> Vec<String> {
        let columns = snapshot.source.scopes.iter().flat_map(|scope| &scope.columns);
        columns.map(|column| column.output.clone()).collect()
    };
    place.live.wait("the first text again", |snapshot| {
        *snapshot.config.text == *first
            && !snapshot.config.stale
            && outputs(snapshot) == ["clicks"]
            && snapshot.config.version != 2
            && stands(snapshot)
    });
    place.check(&first);
}

/// What is known of a log is that of the one that was read last.
#[test]
fn a_log_that_is_read_again_is_told_anew() {
    let mut place = Place::with(&[CLICKS]);
    let about = |snapshot: &Snapshot| std::sync::Arc::clone(&snapshot.source.about_log);
    let before = about(&place.live.settle());
    assert_eq!((before.extent, before.problems.len()), (Extent::Whole, 0));
    let text = log(EVENTS as u32 + 2_000).replace("\"like\"", "\"love\"");
    let packed = gzip(text.as_bytes());
    fs::write(place.path("logs/log.ndjson"), &packed[..packed.len() * 9 / 10]).unwrap();
    place.save(&config(&[CLICKS, BRAND]));
    let told = place.applied(2);
    let after = about(&told);
    assert_eq!(after.extent, Extent::Cut);
    assert!(after.form.as_ref().is_some_and(|form| form.contains("gzip")), "{:?}", after.form);
    assert_eq!(after.span.map(|span| span.0), before.span.map(|span| span.0));
    assert_ne!(after.span, before.span);
    let named = |name: &str| after.types.iter().any(|(known, _)| known == name);
    assert!(named("love") && !named("like"), "{:?}", after.types);
    let notice = told.notice.as_ref().unwrap();
    assert!(notice.text.contains("v2 applied"), "{}", notice.text);
    assert!(notice.text.contains("damaged or cut off"), "{}", notice.text);
}

/// What is in use already makes no new version.
#[test]
fn reading_again_when_asked() {
    let mut place = Place::with(&[CLICKS]);
    place.live.send(Command::Reload);
    let snapshot = place.live.said("config.yaml is unchanged — v1 stays in use");
    assert_eq!(snapshot.config.version, 1);
    place.check(&config(&[CLICKS]));
    fs::remove_file(place.path("config.yaml")).unwrap();
    place.live.send(Command::Reload);
    let snapshot = place.live.said("config.yaml is gone — v");
    assert!(snapshot.notice.as_ref().unwrap().text.contains("v1 stays in use"));
    place.check(&config(&[CLICKS]));
}

#[test]
fn a_bad_save_that_is_undone() {
    let mut place = Place::with(&[CLICKS]);
    place.save(&config(&[BAD]));
    assert!(place.rejected().config.report.has_errors());
    place.save(&config(&[CLICKS]));
    let snapshot = place.live.wait("the old text", |snapshot| !snapshot.config.stale);
    assert_eq!(snapshot.config.version, 1);
    assert!(!snapshot.config.report.has_errors());
    place.check(&config(&[CLICKS]));
}

#[test]
fn a_config_that_is_gone_for_good() {
    let mut place = Place::with(&[CLICKS]);
    fs::remove_file(place.path("config.yaml")).unwrap();
    let snapshot = place.live.said("config.yaml is gone — v");
    assert!(snapshot.notice.as_ref().unwrap().text.contains("v1 stays in use"));
    assert_eq!((snapshot.config.version, snapshot.config.stale), (1, true));
    assert_eq!(snapshot.config.unused, Some(Unused::Deleted));
    place.check(&config(&[CLICKS]));
    // The same text again is no other version.
    place.save(&config(&[CLICKS]));
    let snapshot = place.live.wait("the old text", |snapshot| !snapshot.config.stale);
    assert_eq!((snapshot.config.version, snapshot.config.unused), (1, None));
    let back = config(&[RECENT]);
    place.save(&back);
    place.applied(2);
    place.check(&back);

    // Emptied for good, it is a config with a fault.
    place.save("");
    let snapshot = place.rejected();
    assert!(snapshot.config.text.is_empty() && snapshot.config.version == 2);
    place.check(&back);
}

/// What is no file is said so, and never waited for: the next good save is taken.
#[cfg(unix)]
#[test]
fn something_else_in_the_place_of_the_config() {
    let mut place = Place::with(&[CLICKS]);
    let path = place.path("config.yaml");
    let pipe = |path: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let link = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    let folder = |path: &Path| fs::create_dir(path).unwrap();
    let socket = |path: &Path| drop(std::os::unix::net::UnixListener::bind(path).unwrap());
    let kinds: [(Act<'_>, &str); 4] =
        [(&pipe, "a pipe"), (&link, "a device"), (&folder, "a directory"), (&socket, "a socket")];
    let mut version = 1;
    for (make, words) in kinds {
        fs::remove_file(&path).unwrap();
        make(&path);
        let snapshot = place.live.said(&format!("it is {words}, not a regular file"));
        assert_eq!(snapshot.config.unused, Some(Unused::Unreadable));
        if path.is_dir() {
            fs::remove_dir(&path).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        version += 1;
        let good = config(&[if version % 2 == 0 { RECENT } else { CLICKS }]);
        place.save(&good);
        assert_eq!(place.applied(version).config.unused, None);
        place.check(&good);
    }
}

/// Whatever becomes of the log is said once and stands in the header; values stay those of the log
/// that was read.
#[test]
fn a_log_that_changes_behind_the_screen() {
    let all = log(EVENTS as u32);
    let append = |path: &Path| {
        let more = log(EVENTS as u32 + 40);
        let mut file = fs::File::options().append(true).open(path).unwrap();
        std::io::Write::write_all(&mut file, &more.as_bytes()[all.len()..]).unwrap();
    };
    let cut = |path: &Path| fs::write(path, &all[..all.len() / 6 * 5]).unwrap();
    let rewrite = |path: &Path| fs::write(path, all.replace("click", "clikk")).unwrap();
    let replace = |path: &Path| {
        let other = path.with_extension("other");
        fs::write(&other, &all).unwrap();
        fs::rename(other, path).unwrap();
    };
    let delete = |path: &Path| fs::remove_file(path).unwrap();
    let pipe = |path: &Path| {
        fs::remove_file(path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let endless = |path: &Path| {
        fs::remove_file(path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    };
    let changes: [(Act<'_>, LogChange, &str); 7] = [
        (&append, LogChange::Grown, "log grew by "),
        (&cut, LogChange::Cut, "log became shorter"),
        (&rewrite, LogChange::Rewritten, "log rewritten"),
        (&replace, LogChange::Replaced, "log replaced"),
        (&delete, LogChange::Deleted, "log deleted"),
        // What is no regular file may never end.
        (&pipe, LogChange::Replaced, "log replaced"),
        (&endless, LogChange::Replaced, "log replaced"),
    ];
    for (change, expected, words) in changes {
        let mut place = Place::with(&[CLICKS]);
        let before = place.live.rows();
        assert_eq!(place.live.settle().transport.log, None);
        let path = place.path("logs/log.ndjson");
        change(&path);
        let snapshot = place.live.said(words);
        assert_eq!(snapshot.transport.log, Some(expected));
        assert!(!snapshot.config.stale);
        assert!(place.live.rows() == before, "other values");

        // A save that needs more of the log reads what is there now, and says so.
        place.save(&config(&[CLICKS, RECENT, BRAND]));
        if !path.is_file() {
            let snapshot = place.live.said("the config was not applied");
            let kind = match path.metadata().map(|found| found.file_type().is_fifo()) {
                Ok(true) => "it is a pipe, not a regular file",
                Ok(false) => "it is a device, not a regular file",
                Err(_) => "cannot open the log",
            };
            let words = &snapshot.notice.as_ref().unwrap().text;
            assert!(words.contains(kind), "{words}");
            assert_eq!(snapshot.config.unused, Some(Unused::LogUnreadable));
            assert_eq!(snapshot.transport.log, Some(expected));
            assert!(place.live.rows() == before, "other values");
            continue;
        }
        let snapshot = place.live.said("the log changed and was read again");
        let change = snapshot.config.change.as_ref().unwrap();
        assert!(change.other_log && change.largest.is_none() && change.values_changed == 0);
        assert_eq!(snapshot.transport.log, None);
        if expected != LogChange::Rewritten {
            place.check(&config(&[CLICKS, RECENT, BRAND]));
        }
    }
}

/// A log that the first config cannot read: what a mended one reads of it is new, and told once it
/// is there.
#[test]
fn a_save_that_makes_the_log_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mended = config(&[CLICKS]);
    let broken =
        mended.replace("features:", "events: {format: flat, timestamp: no_such}\nfeatures:");
    fs::write(path("log.ndjson"), log(EVENTS as u32)).unwrap();
    fs::write(path("config.yaml"), broken).unwrap();
    let mut live = Live::start(setup(&path("config.yaml"), &path("log.ndjson"), None));
    let snapshot = live.settle();
    assert_eq!(snapshot.transport.total, 0);
    let arrived = live.wait("arrival", |snapshot| snapshot.transport.took.is_some());
    fs::write(path("config.yaml"), &mended).unwrap();
    let snapshot = live.wait("second version", |snapshot| snapshot.config.version == 2);
    assert_eq!(snapshot.transport.cursor, EVENTS);
    assert_eq!(snapshot.transport.took, arrived.transport.took, "nobody sent the cursor anywhere");
    let change = snapshot.config.change.as_ref().unwrap();
    let keys = snapshot.values.unfiltered_rows;
    assert!(keys > 10 && change.keys_new == keys, "{} of {keys}", change.keys_new);
    assert_eq!((change.values_changed, change.keys_gone), (0, 0));
    let words = &snapshot.notice.as_ref().unwrap().text;
    assert!(words.contains(&format!("{keys} keys new; largest: clicks{{")), "{words}");
    live.quit();
}

/// Only what is served changes: that counts.
#[test]
fn another_refresh_moves_served_values() {
    let mut place = Place::with(&[RECENT]);
    let other = config(&[RECENT]).replace("refresh: 30m", "refresh: 5h");
    assert_ne!(other, config(&[RECENT]));
    place.save(&other);
    let snapshot = place.applied(2);
    let change = snapshot.config.change.as_ref().unwrap();
    assert!(change.values_changed > 0 && change.largest.is_some(), "{change:?}");
}

#[test]
fn a_session_that_starts_with_a_broken_config() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("log.ndjson"), log(EVENTS as u32)).unwrap();
    fs::write(path("config.yaml"), config(&[BAD])).unwrap();
    let setup =
        Setup { start: Start::End, ..setup(&path("config.yaml"), &path("log.ndjson"), None) };
    let mut live = Live::start(setup);
    let snapshot = live.wait("end", |snapshot| snapshot.transport.state == State::Ended);
    assert!(snapshot.config.stale && snapshot.config.version == 0);
    assert!(!snapshot.config.report.diagnostics.is_empty() && snapshot.values.rows.is_empty());
    fs::write(path("config.yaml"), config(&[CLICKS, CTR])).unwrap();
    live.wait("values", |snapshot| {
        snapshot.config.version == 1
            && !snapshot.config.stale
            && snapshot.transport.state == State::Ended
            && !snapshot.values.rows.is_empty()
    });
    let mut straight =
        Live::start(crate::live::setup(&path("config.yaml"), &path("log.ndjson"), None));
    assert!(live.rows() == straight.rows());
}

/// A moment between two writes.
pub(crate) fn pause(duration: Duration) {
    let until = clock::instant() + duration;
    let (_hold, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(until.saturating_duration_since(clock::instant()));
}

#[test]
fn what_does_not_fit_the_log_is_among_the_problems() {
    let odd = "  - {name: odd, type: counter, interaction: [click, clik], scope: item.brnd, where: {item: 3}}\n";
    let mut place = Place::with(&[CLICKS, odd]);
    let warned = |count: usize| {
        move |snapshot: &Snapshot| {
            snapshot.config.report.count(Severity::Warning) == count
                && !snapshot.config.counted.is_empty()
        }
    };
    let seen = place.live.wait("warnings", warned(3));
    let report = &seen.config.report;
    let found: Vec<_> = report
        .diagnostics
        .iter()
        .map(|d| (d.code, &report.text[d.labels[0].span.clone()]))
        .collect();
    assert_eq!(
        found,
        [("unseen-type", "clik"), ("unseen-attribute", "item.brnd"), ("kinds-differ", "3")]
    );
    let [clicks, odd] = &*seen.config.counted else { panic!("{:?}", seen.config.counted) };
    assert!(clicks.counted > 0 && clicks.counted == clicks.events(), "{clicks:?}");
    assert!(odd.counted == 0 && odd.unlike.events == odd.events(), "{odd:?}");

    // It is looked at again after a save; a text that is not in use says only what it says itself.
    place.save(&config(&[CLICKS]));
    place.applied(2);
    let mended = place.live.wait("no warnings", warned(0));
    assert_eq!(mended.config.counted.len(), 1);
    place.save(&config(&[BAD]));
    assert_eq!(place.rejected().config.report.count(Severity::Warning), 0);
    place.save(&config(&[CLICKS, &CTR.replace("click,", "clack,")]));
    place.applied(3);
    place.live.wait("a warning", warned(1));
}

/// Tests are no features: what they say changes no value.
#[test]
fn a_save_of_tests_alone_changes_no_value() {
    let mut place = Place::with(&[CLICKS, RECENT]);
    let before = place.live.rows();
    let test = "tests:\n- name: one\n  events: [{at: 0s, click: {item: a}}]\n  \
                expect: [{at: 0s, key: {item: a}, clicks: 1}]\n";
    let text = config(&[CLICKS, RECENT]) + test;
    for (version, text) in [(2, &text), (3, &text.replace("clicks: 1", "clicks: 2"))] {
        place.save(text);
        let snapshot = place.applied(version);
        let change = snapshot.config.change.as_ref().unwrap();
        assert!(change.added.is_empty() && change.changed.is_empty(), "{change:?}");
        assert!(change.removed.is_empty(), "{change:?}");
        assert!(place.live.rows() == before, "other values");
    }
    // A test that cannot be run is a fault, and the values stay.
    place.save(&text.replace("clicks: 1", "clocks: 1"));
    let snapshot = place.rejected();
    assert_eq!(snapshot.config.report.diagnostics[0].code, "unknown-output");
    assert!(place.live.rows() == before, "other values");
}

//! The columns that a session keeps beside its store: what they are good for, when they are not
//! used, and that their loss costs time and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use counterscope::base::clock;
use counterscope::log::Identity;
use counterscope::session::Setup;
use counterscope::session::snapshot::Tone;
use tempfile::TempDir;

use crate::kill::log;
use crate::live::{Live, setup};
use crate::reload::pause;

const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: pairs, type: window_count, scope: [user, item], interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [12], refresh: 1h}
";

/// A folder with a config and a log that was written a while ago.
struct Place(TempDir);

impl Place {
    fn new(log: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.save(CONFIG);
        place.log(log, 100);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn columns(&self) -> PathBuf {
        self.path("store/columns")
    }

    fn save(&self, config: &str) {
        fs::write(self.path("config.yaml"), config).unwrap();
    }

    /// Writes the log, as if that was so many seconds ago.
    fn log(&self, log: &str, seconds: u64) {
        fs::write(self.path("log.ndjson"), log).unwrap();
        age(&self.path("log.ndjson"), seconds);
    }

    fn setup(&self, store: bool) -> Setup {
        let store = store.then(|| self.path("store"));
        setup(&self.path("config.yaml"), &self.path("log.ndjson"), store)
    }

    /// Runs a session with the store to the end of the log; its values must be those of a session
    /// without a store.
    fn session(&self) {
        let mut live = Live::start(self.setup(true));
        let found = live.rows();
        live.quit();
        let mut straight = Live::start(self.setup(false));
        let expected = straight.rows();
        straight.quit();
        assert!(expected.len() > 50, "{}", expected.len());
        let other = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        assert!(found == expected, "{} and {} rows: {other:?}", found.len(), expected.len());
    }

    /// Whether a session that is started now takes its events from the columns: one that reads the
    /// log writes them anew.
    fn is_read(&self) -> bool {
        age(&self.columns(), 1_000);
        let written = fs::metadata(self.columns()).unwrap().modified().unwrap();
        self.session();
        fs::metadata(self.columns()).unwrap().modified().unwrap() == written
    }
}

/// Makes a file one that was written so many seconds ago, and waits until its last change is no
/// longer one that was made just now.
pub(crate) fn age(path: &Path, seconds: u64) {
    let now = UNIX_EPOCH + Duration::from_millis(clock::wall().0 as u64);
    let time = now.checked_sub(Duration::from_secs(seconds)).unwrap();
    fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    while !Identity::of(&[path.to_owned()]).unwrap().is_settled_at(clock::wall()) {
        pause(Duration::from_millis(5));
    }
}

#[test]
fn a_log_that_is_known_is_not_read_again() {
    let all = log(6_000);
    let place = Place::new(&all);
    place.session();
    assert!(place.columns().is_file());
    place.session();
    assert!(place.is_read());
    // Other states of the same attributes, a scope that was not there before.
    place.save(&CONFIG.replace("[user, item]", "[item, user]"));
    place.session();
    assert!(place.is_read());
}

#[test]
fn events_that_are_out_of_order_are_kept_in_order() {
    let all = log(6_000);
    let mut lines: Vec<&str> = all.split_inclusive('\n').collect();
    let late = lines.remove(1_000);
    lines.push(late);
    let place = Place::new(&lines.concat());
    place.session();
    let mut live = Live::start(place.setup(true));
    let mut cursors = Vec::new();
    live.wait("end", |snapshot| {
        cursors.push(snapshot.transport.cursor);
        snapshot.transport.cursor == 6_000
    });
    live.quit();
    assert!(cursors.iter().all(|cursor| *cursor == 0 || *cursor == 6_000), "{cursors:?}");
    assert!(place.is_read());
}

#[test]
fn a_log_or_a_demand_that_changed_is_read() {
    let all = log(6_000);
    let place = Place::new(&all);
    place.session();
    let first = fs::read(place.columns()).unwrap();
    place.log(&all, 99);
    place.session();
    let second = fs::read(place.columns()).unwrap();
    assert_ne!(first, second, "another time of change");
    place.log(
        &(all.clone() + &all.lines().next_back().unwrap().replace("\"id\":\"e", "\"id\":\"n")),
        99,
    );
    place.session();
    let third = fs::read(place.columns()).unwrap();
    assert_ne!(second, third, "one more line");
    place.save(&CONFIG.replace("[user, item]", "[session, item]"));
    place.session();
    let fourth = fs::read(place.columns()).unwrap();
    assert_ne!(third, fourth, "another attribute");
    place.session();
    assert_eq!(fourth, fs::read(place.columns()).unwrap());
}

/// Neither the columns nor the states of a log are those of one that was put in its place with the
/// size, the ends and the time of the old one.
#[test]
fn a_log_that_is_rewritten_with_its_time_kept_is_read() {
    let all = log(6_000);
    let place = Place::new(&all);
    let path = place.path("log.ndjson");
    place.session();
    let lines: Vec<&str> = all.split_inclusive('\n').collect();
    let middle = all.len() / 2;
    for (from, to) in [(2_900, 3_100), (3_333, 3_334), (4_000, 4_001)] {
        let rewrite = |(number, line): (usize, &&str)| {
            if (from..to).contains(&number) {
                line.replace("click", "clikk")
            } else {
                (*line).to_owned()
            }
        };
        let other: String = lines.iter().enumerate().map(rewrite).collect();
        assert!(other != all && other.len() == all.len() && middle > 200_000);
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, &other).unwrap();
        fs::File::options().append(true).open(&path).unwrap().set_modified(time).unwrap();
        place.session();
    }
}

/// A change of rights is no change of the log: it is read again, and states go on.
#[cfg(unix)]
#[test]
fn other_rights_do_not_cost_the_states() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new(&log(6_000));
    let path = place.path("log.ndjson");
    place.session();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let mut live = Live::start(place.setup(true));
    live.said("resumed at event 6,000");
    live.quit();
    fs::hard_link(&path, place.path("another name")).unwrap();
    let mut live = Live::start(place.setup(true));
    live.said("resumed at event 6,000");
    live.quit();
}

#[test]
fn a_log_that_was_written_just_now_is_not_relied_on() {
    let place = Place::new(&log(2_000));
    let ahead = place.path("log.ndjson");
    let now = UNIX_EPOCH + Duration::from_millis(clock::wall().0 as u64);
    let time = now + Duration::from_secs(60);
    fs::File::options().append(true).open(ahead).unwrap().set_modified(time).unwrap();
    place.session();
    assert!(!place.columns().exists());
}

#[test]
fn a_save_that_needs_more_of_the_log_keeps_what_it_read() {
    let place = Place::new(&log(6_000));
    place.session();
    let first = fs::read(place.columns()).unwrap();
    let mut live = Live::start(place.setup(true));
    live.wait("end", |snapshot| snapshot.transport.cursor == 6_000);
    place.save(&CONFIG.replace("[user, item]", "[session, item]"));
    live.wait("second version", |snapshot| snapshot.config.version == 2);
    live.settle();
    live.quit();
    assert_ne!(first, fs::read(place.columns()).unwrap());
    assert!(place.is_read());
    place.session();
}

#[test]
fn damaged_columns_are_said_so_and_written_anew() {
    let place = Place::new(&log(6_000));
    place.session();
    let good = fs::read(place.columns()).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    for bad in [&flipped[..], &good[..good.len() - 1], b"", b"something else"] {
        fs::write(place.columns(), bad).unwrap();
        fs::write(place.path("store/columns.new"), "half written").unwrap();
        let mut live = Live::start(place.setup(true));
        live.wait("words", |snapshot| {
            snapshot.notice.as_ref().is_some_and(|notice| {
                let text = &notice.text;
                text.contains("the log is read again") && notice.tone == Tone::Note
                    || text.contains("resumed")
            })
        });
        live.settle();
        live.quit();
        let found = fs::read(place.columns()).unwrap();
        let at = found.iter().zip(&good).position(|(a, b)| a != b);
        assert!(
            found == good,
            "{bad_len} {} {} {at:?}",
            found.len(),
            good.len(),
            bad_len = bad.len()
        );
        assert!(!place.path("store/columns.new").exists());
    }
    place.session();
}

/// Where the columns cannot be written, a session says so once and goes on; its states are kept.
#[test]
fn columns_that_cannot_be_written_cost_nothing_else() {
    let place = Place::new(&log(6_000));
    // A folder in the way of the file.
    fs::create_dir_all(place.path("store")).unwrap();
    fs::write(place.path("store/counterscope.lock"), "").unwrap();
    fs::create_dir(place.path("store/columns.new")).unwrap();
    let mut live = Live::start(place.setup(true));
    let snapshot = live.said("the next start reads the log again");
    assert_eq!(snapshot.notice.as_ref().unwrap().tone, Tone::Warning);
    live.quit();
    assert!(!place.columns().exists());
    let mut live = Live::start(place.setup(true));
    live.wait("states", |snapshot| {
        assert!(snapshot.transport.cursor == 0 || snapshot.transport.cursor == 6_000);
        snapshot.transport.cursor == 6_000
    });
    live.quit();
    fs::remove_dir(place.path("store/columns.new")).unwrap();
    // One that is set aside.
    fs::create_dir_all(place.columns().join("folder")).unwrap();
    place.session();
    assert!(place.path("store/columns.corrupt-1/folder").is_dir());
    assert!(place.is_read());
}

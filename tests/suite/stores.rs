//! Sessions on a store: going on from it when the log grew, when it changed, when the config
//! changed; and what is said when the store is in use, damaged or full.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use counterscope::base::Timestamp;
use counterscope::engine::{StoreHeader, demand};
use counterscope::log::{EventSource, Reader};
use counterscope::plan::lower::compile;
use counterscope::session::replay::Replay;
use counterscope::session::snapshot::Tone;
use counterscope::session::{LogSource, SessionError, Setup, Start};
use counterscope::store::{self, Store as _, StoreError};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::kill::log;
use crate::live::{Live, setup};

const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: recent, type: window_count, scope: user, interaction: click, bucket: 1h, periods: [1, 24], refresh: 30m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 2h, periods: [12], refresh: 1h}
  - {name: wishes, type: counter, scope: user, interaction: click, aggregate: distinct, value: item, bucket: 1h, windows: [3]}
  - {name: liked, type: counter, scope: user, interaction: [click, like], aggregate: top_k, k: 3, value: item, bucket: 1h, windows: [3], refresh: 40m}
";

/// A folder with a config and a log; the store is made by the first session.
struct Place(TempDir);

impl Place {
    fn new(lines: &[String]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.save(CONFIG);
        place.log(lines);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn save(&self, config: &str) {
        fs::write(self.path("config.yaml"), config).unwrap();
    }

    fn log(&self, lines: &[String]) {
        fs::write(self.path("log.ndjson"), lines.concat()).unwrap();
    }

    fn setup(&self, store: bool) -> Setup {
        let store = store.then(|| self.path("store"));
        setup(&self.path("config.yaml"), &self.path("log.ndjson"), store)
    }

    /// Runs a session with the store to the end of the log: what it says must hold these words,
    /// and its values be those of a session without a store.
    fn session(&self, words: &str) {
        let mut live = Live::start(self.setup(true));
        if !words.is_empty() {
            live.said(words);
        }
        let found = live.rows();
        live.quit();
        self.check(&found);
    }

    fn check(&self, found: &[String]) {
        let mut straight = Live::start(self.setup(false));
        let expected = straight.rows();
        straight.quit();
        assert!(expected.len() > 50, "{}", expected.len());
        assert!(found == expected, "other values");
    }
}

/// A log as lines.
fn lines(events: u32) -> Vec<String> {
    log(events).split_inclusive('\n').map(str::to_owned).collect()
}

/// The lines with other keys, every third of them from a place on.
fn renamed(lines: &[String], from: usize) -> Vec<String> {
    let mut renamed = lines.to_vec();
    for line in renamed.iter_mut().skip(from).step_by(3) {
        for (old, new) in [("\"item\":\"p1", "\"item\":\"n1"), ("\"user\":\"u1", "\"user\":\"n1")] {
            *line = line.replace(old, new);
        }
    }
    assert_ne!(renamed, lines);
    renamed
}

/// The bytes of all files below a folder.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let size = |path: PathBuf| {
        if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() }
    };
    entries.map(size).sum()
}

/// What was superseded is given back: neither opening a store again and again nor saves that
/// replace most of what it holds make it grow for ever.
#[test]
fn ten_rounds_leave_a_store_no_larger_than_a_few() {
    let place = Place::new(&lines(5_000));
    let other = CONFIG.replace("bucket: ", "ttl: 40d, bucket: ");
    assert_ne!(other, CONFIG);
    let store = place.path("store");
    for saves in [false, true] {
        let mut early = 0;
        for round in 0..10 {
            place.save(if saves && round % 2 == 1 { &other } else { CONFIG });
            place.session("");
            if round < 3 {
                early = early.max(size(&store));
            }
            let now = size(&store);
            assert!(now <= early * 2, "round {round}, saves: {saves}: {now} bytes after {early}");
        }
    }
}

#[test]
fn a_log_that_grew_is_replayed_from_where_it_ended() {
    let all = lines(9_000);
    // Impressions that the end of the log released are released elsewhere once it has grown:
    // what counts them is filled. Without any, nothing is.
    let without = CONFIG.lines().filter(|line| !line.contains("ctr")).map(|l| format!("{l}\n"));
    for (config, filled) in [(CONFIG.to_owned(), true), (without.collect(), false)] {
        let place = Place::new(&all[..5_000]);
        place.save(&config);
        place.session("");
        // New keys come with the new lines, and are found again by the session after the next.
        let mut grown = renamed(&all[..7_000], 5_000);
        place.log(&grown);
        let mut live = Live::start(place.setup(true));
        let mut cursors = Vec::new();
        live.wait("end", |snapshot| {
            cursors.push(snapshot.transport.cursor);
            snapshot.transport.cursor == 7_000
        });
        assert!(cursors.iter().all(|cursor| *cursor == 0 || *cursor >= 5_000), "{cursors:?}");
        let snapshot = live.said("resumed at event 5,000");
        assert_eq!(snapshot.notice.as_ref().unwrap().text.contains("computing"), filled);
        let found = live.rows();
        live.quit();
        place.check(&found);
        place.session("resumed at event 7,000");
        grown.extend_from_slice(&all[7_000..]);
        place.log(&grown);
        place.session("resumed at event 7,000");
        place.session("resumed at event 9,000");
    }
}

/// The store of a session that stood in the middle knows the keys of the whole log, in an order
/// that is another one when what came later changes.
#[test]
fn a_log_that_changed_after_the_position_is_resumed() {
    let all = lines(4_000);
    let place = Place::new(&all);
    let time = all[1_000].split_once("\"timestamp\":").unwrap().1;
    let time = time.split_once(',').unwrap().0.parse().unwrap();
    let start = Start::At(Timestamp(time));
    let mut live = Live::start(Setup { start, ..place.setup(true) });
    live.wait("place", |snapshot| snapshot.transport.cursor == 1_001);
    live.settle();
    live.quit();
    place.log(&renamed(&all, 1_100));
    place.session("resumed at event 1,001");
    place.session("resumed at event 4,000");
    place.session("resumed at event 4,000");
}

#[test]
fn a_log_that_changed_is_replayed_anew() {
    let all = lines(6_000);
    let place = Place::new(&all);
    place.session("");
    let mut other = all.clone();
    other[1_234] = other[1_234].replace(r#""user":"u"#, r#""user":"w"#);
    assert_ne!(other, all);
    place.log(&other);
    place.session("the log changed before event 6,000");
    place.session("resumed at event 6,000");
    // A line that comes late, but belongs before the end.
    other.push(other[4_000].replace("\"id\":\"e", "\"id\":\"late"));
    place.log(&other);
    place.session("the log changed before event 6,000");
    place.session("resumed at event 6,001");
    place.log(&all[..3_000]);
    place.session("the log changed before event 6,001");
    place.session("resumed at event 3,000");
}

#[test]
fn several_logs_are_resumed_in_their_merged_order() {
    let all = lines(6_000);
    let halves = |which: usize| -> Vec<String> {
        all.iter()
            .enumerate()
            .filter(|(n, _)| n % 2 == which)
            .map(|(_, line)| line.clone())
            .collect()
    };
    let place = Place::new(&halves(0));
    fs::write(place.path("second.ndjson"), halves(1).concat()).unwrap();
    let logs = vec![place.path("log.ndjson"), place.path("second.ndjson")];
    let setup = |store| Setup { log: LogSource::Files(logs.clone()), ..place.setup(store) };
    let mut rows = Vec::new();
    for (store, words) in [(false, ""), (true, ""), (true, "resumed at event 6,000")] {
        let mut live = Live::start(setup(store));
        if !words.is_empty() {
            live.said(words);
        }
        rows.push(live.rows());
        live.quit();
    }
    assert!(rows[0] == rows[1] && rows[0] == rows[2]);
}

#[test]
fn a_changed_feature_alone_is_rebuilt() {
    let place = Place::new(&lines(6_000));
    place.session("");
    let changed = CONFIG.replace("item, interaction: click", "item, interaction: like");
    place.save(&changed);

    let (plan, _) = compile("config.yaml", &changed);
    let plan = Arc::new(plan.unwrap());
    let wanted = demand(&plan, false);
    let mut replay = Replay::new(Arc::clone(&plan), wanted.clone());
    let log = [place.path("log.ndjson")];
    let mut reader = Reader::open(&log, &wanted.settings, &wanted.attributes).unwrap();
    while let Some(batch) = reader.next_batch().unwrap() {
        replay.extend(batch);
    }
    replay.finish();
    let (held, _) = store::open(&place.path("store")).unwrap();
    let saved = StoreHeader::read(&held).unwrap().unwrap();
    let found = saved.restore(&held, &plan, replay.tape(), replay.index()).unwrap().unwrap();
    assert_eq!((found.missing.states.len(), found.missing.served.len()), (1, 0));
    drop(held);

    place.session("resumed at event 6,000; computing new features");
    place.session("resumed at event 6,000");
}

#[test]
fn a_broken_config_leaves_the_store_to_the_mended_one() {
    let place = Place::new(&lines(6_000));
    place.session("");
    place.save("features: [{name: clicks}]");
    let mut live = Live::start(place.setup(true));
    let snapshot = live.wait("end", |snapshot| snapshot.transport.cursor == 6_000);
    assert!(snapshot.config.stale && snapshot.config.version == 0);
    live.quit();
    let mut live = Live::start(place.setup(true));
    live.wait("end", |snapshot| snapshot.transport.cursor == 6_000);
    place.save(CONFIG);
    live.wait("first version", |snapshot| snapshot.config.version == 1);
    let found = live.rows();
    live.quit();
    place.check(&found);
    place.session("resumed at event 6,000");
}

#[test]
fn a_store_in_use_is_refused_with_a_remedy() {
    let place = Place::new(&lines(200));
    let live = Live::start(place.setup(true));
    let error = Live::try_start(place.setup(true)).err().unwrap();
    assert!(matches!(error, SessionError::Store(StoreError::InUse { .. })), "{error:?}");
    let words = error.to_string();
    let pid = format!("(pid {})", std::process::id());
    for part in ["in use by another counterscope", &pid, "--ephemeral", "--store DIR"] {
        assert!(words.contains(part), "{words}");
    }
    live.quit();
    let setup = Setup { store: Some(place.path("log.ndjson")), ..place.setup(true) };
    let error = Live::try_start(setup).err().unwrap();
    assert!(matches!(error, SessionError::Store(StoreError::NotAFolder { .. })), "{error:?}");
    let setup = Setup { store: Some(place.0.path().to_owned()), ..place.setup(true) };
    let error = Live::try_start(setup).err().unwrap();
    assert!(matches!(error, SessionError::Store(StoreError::Foreign { .. })), "{error:?}");
}

#[test]
fn a_damaged_store_is_set_aside_and_built_anew() {
    let place = Place::new(&lines(6_000));
    place.session("");
    let file = place.path("store/data/db");
    let mut bytes = fs::read(&file).unwrap();
    bytes.fill(0x5a);
    fs::write(&file, bytes).unwrap();
    let mut live = Live::start(place.setup(true));
    let snapshot = live.said("data.corrupt-1");
    assert_eq!(snapshot.notice.as_ref().unwrap().tone, Tone::Warning);
    let found = live.rows();
    live.quit();
    place.check(&found);
    assert!(place.path("store/data.corrupt-1").is_dir());
    place.session("resumed at event 6,000");
}

/// Whichever file of a store is damaged, and whenever that is found, the session goes on: with the
/// states that can be read, with a new store, or without one.
#[test]
fn a_session_goes_on_whichever_file_of_its_store_is_damaged() {
    let place = Place::new(&lines(1_500));
    let made = place.path("made");
    let (mut store, _) = store::open(&made).unwrap();
    for round in 0..60_u64 {
        let word = |number: u64| xxh3_64_with_seed(&number.to_le_bytes(), round).to_le_bytes();
        let puts = vec![(round.to_le_bytes().to_vec(), (0..4_000).flat_map(word).collect())];
        store.commit(store::Batch { puts, deletes: vec![] }).unwrap();
    }
    drop(store);
    let mut straight = Live::start(place.setup(false));
    let expected = straight.rows();
    straight.quit();
    let entries = |folder: &str| fs::read_dir(made.join(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries("data")
        .chain(entries("data/blobs"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    assert!(files.len() > 10, "{files:?}");
    let mut damaged = 0;
    for (number, file) in files.iter().enumerate().step_by(2) {
        let folder = place.path("store");
        fs::remove_dir_all(&folder).ok();
        copy(&made, &folder);
        let target = folder.join(file.strip_prefix(&made).unwrap());
        let mut bytes = fs::read(&target).unwrap();
        let middle = bytes.len() / 2;
        if number % 4 == 0 {
            bytes.truncate(middle);
        } else if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 1;
        }
        fs::write(&target, bytes).unwrap();
        let mut live = Live::start(place.setup(true));
        assert!(live.rows() == expected, "other values with {}", target.display());
        let notice = live.settle().notice.clone();
        damaged += usize::from(notice.is_some_and(|notice| notice.text.contains("damaged")));
        live.quit();
    }
    assert!(damaged > 1, "{damaged}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(drop).unwrap() }
    }
}

/// A disk without room, as the limit of a process on the size of its files.
#[cfg(unix)]
mod full {
    use super::*;

    /// The child of the test below. As an ordinary test it has nothing to do.
    #[test]
    fn child() {
        let Some(folder) = crate::full::folder() else { return };
        let path = |name: &str| folder.join(name);
        let paths = (path("config.yaml"), path("log.ndjson"), path("store"));
        let mut live = Live::start(setup(&paths.0, &paths.1, Some(paths.2)));
        let snapshot = live.said("nothing more is written");
        println!("\nsaid {:?}", snapshot.notice.as_ref().unwrap());
        let found = live.rows();
        live.quit();
        let mut straight = Live::start(setup(&paths.0, &paths.1, None));
        assert!(found == straight.rows(), "other values");
        println!("\nwent on");
    }

    #[test]
    fn a_full_disk_ends_the_writing_and_nothing_else() {
        let place = Place::new(&lines(20_000));
        // Less room than the states of the log take, however few commits bring them there.
        crate::full::goes_on("stores::full::child", 24, place.0.path());
        // With room again, it goes on from what was committed, or from nothing.
        place.session("");
        place.session("resumed at event 20,000");
    }
}

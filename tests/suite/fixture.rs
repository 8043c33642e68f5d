//! A store that was made by this format's first version of the program is opened by every later
//! one. `tests/fixtures/store-1` holds it with its config, its log and the values that it must
//! show; `COUNTERSCOPE_BLESS=1` makes it anew, which is right only as long as the format's
//! number has not been released: a new number gets a new folder beside the old one.

use std::fs;
use std::path::{Path, PathBuf};

use counterscope::base::Timestamp;
use counterscope::base::bytes::{Bytes, put_text, put_u64};
use counterscope::session::{Setup, Start};
use counterscope::store;

use crate::kill::log;
use crate::live::{Live, setup};
use crate::screen::is_blessed;

/// How many events the log has, and after how many the store is closed and opened again.
const EVENTS: u32 = 900;
const PAUSE: usize = 400;

/// A kind of every state: counts, windows, rates, sums, extremes, decays, what is served.
const CONFIG: &str = "\
features:
  - {name: clicks, type: interaction_count, scope: item, interaction: click}
  - {name: recent, type: window_count, scope: user, interaction: click, bucket: 10m, periods: [1, 24], refresh: 30m}
  - {name: ctr, type: rate, top: click, bottom: impression, bucket: 1h, periods: [1, 12], normalize: {weight: 10}, refresh: 1h}
  - {name: brand, type: counter, scope: [user, item.brand], interaction: click, aggregate: sum, value: item.price, half_life: [1h, 1d], ttl: 12h}
  - {name: spent, type: counter, scope: item, interaction: click, aggregate: sum, value: item.price, windows: [2h], bucket: 30m}
  - {name: dearest, type: counter, scope: global, interaction: [click, like], aggregate: max, value: item.price, windows: [6h], bucket: 30m, window: rolling}
";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-1")
}

/// All files below a folder, by their paths below it.
fn files(folder: &Path, below: &str, found: &mut Vec<(String, Vec<u8>)>) {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in names {
        let (path, name) = (folder.join(&name), format!("{below}{name}"));
        if path.is_dir() {
            files(&path, &format!("{name}/"), found);
        } else {
            found.push((name, fs::read(path).unwrap()));
        }
    }
}

/// A folder as one packed file, since the database's files are mostly room for what is to come.
fn pack(folder: &Path) -> Vec<u8> {
    let mut found = Vec::new();
    files(folder, "", &mut found);
    let mut bytes = Vec::new();
    for (name, content) in found {
        put_text(&mut bytes, &name);
        put_u64(&mut bytes, content.len() as u64);
        bytes.extend(content);
    }
    zstd::encode_all(bytes.as_slice(), 19).unwrap()
}

fn unpack(packed: &[u8], folder: &Path) {
    let bytes = zstd::decode_all(packed).unwrap();
    let mut bytes = Bytes(&bytes);
    while !bytes.is_empty() {
        let path = folder.join(bytes.text().unwrap());
        let (content, rest) = bytes.u64().map(|length| bytes.0.split_at(length as usize)).unwrap();
        bytes.0 = rest;
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn bless() {
    let place = tempfile::tempdir().unwrap();
    let path = |name: &str| place.path().join(name);
    let text = log(EVENTS);
    fs::write(path("config.yaml"), CONFIG).unwrap();
    fs::write(path("log.ndjson"), &text).unwrap();
    let all = || setup(&path("config.yaml"), &path("log.ndjson"), Some(path("store")));
    let time = text.lines().nth(PAUSE).unwrap().split_once("\"timestamp\":").unwrap().1;
    let time = Timestamp(time.split_once(',').unwrap().0.parse().unwrap());
    // Two commits at least, so that one segment overlays another.
    let mut live = Live::start(Setup { start: Start::At(time), ..all() });
    live.wait("pause", |snapshot| snapshot.transport.cursor >= PAUSE);
    live.settle();
    live.quit();
    let mut live = Live::start(all());
    let rows = live.rows();
    live.quit();
    // The columns are of the log at its place, and made again at any other.
    fs::remove_file(path("store/columns")).ok();
    fs::create_dir_all(fixture()).unwrap();
    fs::copy(path("config.yaml"), fixture().join("config.yaml")).unwrap();
    fs::copy(path("log.ndjson"), fixture().join("log.ndjson")).unwrap();
    fs::write(fixture().join("values.txt"), rows.join("\n") + "\n").unwrap();
    fs::write(fixture().join("store.zst"), pack(&path("store"))).unwrap();
}

#[test]
fn a_store_of_format_one_is_opened() {
    if is_blessed() {
        bless();
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("store");
    unpack(&fs::read(fixture().join("store.zst")).unwrap(), &folder);
    let (held, notices) = store::open(&folder).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    drop(held);

    let paths = (fixture().join("config.yaml"), fixture().join("log.ndjson"));
    let mut live = Live::start(setup(&paths.0, &paths.1, Some(folder)));
    let snapshot = live.said("resumed at event 900");
    let words = &snapshot.notice.as_ref().unwrap().text;
    assert!(!words.contains("computing"), "{words}");
    let expected = fs::read_to_string(fixture().join("values.txt")).unwrap();
    let expected: Vec<&str> = expected.lines().collect();
    assert!(expected.len() > 300, "{}", expected.len());
    assert!(live.rows() == expected, "other values");
    live.quit();
}

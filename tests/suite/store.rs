//! A process that is killed while it commits leaves a whole commit behind.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use counterscope::store::{self, Batch, Store as _};

/// Tells the child, which is this binary again, where its store is.
const FOLDER: &str = "COUNTERSCOPE_TEST_STORE";
const ROUNDS: u64 = 30;
const KEYS: u32 = 300;

/// The number of the commit that every key holds; 0 in an empty store.
fn committed(store: &store::SledStore) -> u64 {
    let mut found: Vec<u64> = Vec::new();
    store
        .scan(b"k", &mut |_, value| {
            found.push(u64::from_le_bytes(value[..8].try_into().unwrap()));
        })
        .unwrap();
    assert!(found.is_empty() || found.len() == KEYS as usize, "{} keys", found.len());
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "a torn commit: {found:?}");
    found.first().copied().unwrap_or(0)
}

/// The child of the test below: commits for ever, telling each commit when it is done. As an
/// ordinary test it has nothing to do.
#[test]
#[expect(clippy::disallowed_methods, reason = "a child of the test harness takes no arguments")]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (mut store, notices) = store::open(folder.as_ref()).unwrap();
    assert_eq!(notices, Vec::<String>::new());
    for number in committed(&store) + 1.. {
        let value = |key: u32| {
            let padding = (u64::from(key) * number) as usize % 700;
            [number.to_le_bytes().as_slice(), &vec![b'.'; padding]].concat()
        };
        let puts = (0..KEYS).map(|key| ([b"k", &key.to_be_bytes()[..]].concat(), value(key)));
        store.commit(Batch { puts: puts.collect(), deletes: vec![] }).unwrap();
        println!("\ncommitted {number}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn a_kill_at_any_moment_leaves_a_whole_commit() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("store");
    let mut random: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut told = 0;
    for _ in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::child", "--nocapture"])
            .env(FOLDER, &folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, receiver) = mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let number = line.strip_prefix("committed ").map(|n| n.parse::<u64>().unwrap());
                if number.is_some_and(|number| sender.send(number).is_err()) {
                    break;
                }
            }
        });
        // Some commits, and then a random part of the next one.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        for _ in 0..random >> 62 {
            told = receiver.recv_timeout(Duration::from_secs(60)).expect("the child commits");
        }
        let (_hold, pause) = mpsc::channel::<()>();
        let _ = pause.recv_timeout(Duration::from_micros(random >> 32 & 0x7fff));
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        told = receiver.try_iter().last().unwrap_or(told);

        let (store, notices) = store::open(&folder).unwrap();
        assert_eq!(notices, Vec::<String>::new());
        let found = committed(&store);
        assert!(found >= told, "commit {told} was told done, and {found} is there");
    }
    assert!(told >= ROUNDS / 2, "the child hardly committed: {told}");
}

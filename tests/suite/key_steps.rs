//! Going through the events of one key in a real session.

use std::fs;

use counterscope::base::Key;
use counterscope::session::protocol::{Command, Target};

use crate::live::{self, Live};

const CONFIG: &str = "\
features:
  - {name: likes, type: interaction_count, scope: post, interaction: like}
  - {name: shows, type: interaction_count, scope: user, interaction: show}
";

/// The posts of the events, in their order.
const POSTS: [&str; 7] = ["a", "b", "a", "c", "b", "a", "c"];

#[test]
fn a_key_is_followed_from_event_to_event_and_both_ends_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let (config, log) = (folder.path().join("c.yaml"), folder.path().join("log.ndjson"));
    fs::write(&config, CONFIG).unwrap();
    let line = |(n, post): (usize, &&str)| {
        format!("{{\"ts\": {}, \"event\": \"like\", \"post\": \"{post}\"}}\n", 1_700_000_000 + n)
    };
    fs::write(&log, POSTS.iter().enumerate().map(line).collect::<String>()).unwrap();
    let mut live = Live::start(live::setup(&config, &log, None));
    live.settle();
    live.send(Command::Seek(Target::Start));
    live.wait("the start", |snapshot| snapshot.transport.cursor == 0);

    let step = |events| Command::StepOfKey {
        output: "likes".to_owned(),
        key: Key(vec!["a".to_owned()]),
        events,
    };
    for (events, cursor) in [(1, 1), (1, 3), (1, 6), (-1, 3), (2, 6), (-5, 1)] {
        live.send(step(events));
        live.wait("an event of the key", |snapshot| snapshot.transport.cursor == cursor);
    }
    live.send(step(-1));
    let told = live.wait("the end of the key's events", |snapshot| {
        snapshot
            .notice
            .as_ref()
            .is_some_and(|notice| notice.text.contains("before this one changes likes"))
    });
    assert_eq!(told.transport.cursor, 1, "and it stays where it is");
}

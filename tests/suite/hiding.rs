//! Hidden outputs of a real session: they are no columns, no rows and nothing is read for them,
//! before and after a reload.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use counterscope::session::protocol::{Command, Layout, Sort, SortBy, Viewport};
use counterscope::session::snapshot::Snapshot;

use crate::live::{self, Live};

const CONFIG: &str = "\
features:
  - name: \"{event}_by_{by}\"
    matrix: {event: [show, like], by: {post: [post], user: [user], both: [user, post]}}
    type: counter
    interaction: \"{event}\"
    scope: \"{by}\"
    half_life: [1h, 1d]
  - {name: likes, type: interaction_count, scope: post, interaction: like}
";

const LOG: &str = "\
{\"ts\": 1700000000, \"event\": \"show\", \"post\": \"p1\", \"user\": \"u1\"}
{\"ts\": 1700000100, \"event\": \"like\", \"post\": \"p2\", \"user\": \"u1\"}
{\"ts\": 1700000200, \"event\": \"show\", \"post\": \"p2\", \"user\": \"u2\"}
{\"ts\": 1700000300, \"event\": \"like\", \"post\": \"p10\", \"user\": \"u2\"}
";

struct Session {
    live: Live,
    generation: u64,
}

impl Session {
    fn look(&mut self, layout: Layout, by: SortBy, hidden: &[&str]) -> Arc<Snapshot> {
        self.generation += 1;
        let generation = self.generation;
        let hidden: BTreeSet<String> = hidden.iter().map(|name| (*name).to_owned()).collect();
        self.live.send(Command::Viewport(Viewport {
            generation,
            layout,
            hidden: Arc::new(hidden),
            sort: Sort { by, descending: false },
            ..Viewport::default()
        }));
        self.live.wait("the look", |snapshot| {
            snapshot.generation == generation && snapshot.values.ordering.is_none()
        })
    }
}

fn rows(snapshot: &Snapshot) -> Vec<String> {
    let row = |row: &counterscope::session::snapshot::Row| match &row.output {
        Some(output) => format!("{} {}", output.name, row.key),
        None => format!("{} {}", row.key, row.cells.len()),
    };
    snapshot.values.rows.iter().map(row).collect()
}

fn columns(snapshot: &Snapshot, scope: usize) -> Vec<&str> {
    snapshot.source.scopes[scope].columns.iter().map(|column| column.output.as_str()).collect()
}

#[test]
fn hidden_outputs_are_not_read_and_stay_hidden_after_a_reload() {
    let folder = tempfile::tempdir().unwrap();
    let (config, log) = (folder.path().join("c.yaml"), folder.path().join("log.ndjson"));
    fs::write(&config, CONFIG).unwrap();
    fs::write(&log, LOG).unwrap();
    let mut session =
        Session { live: Live::start(live::setup(&config, &log, None)), generation: 0 };
    session.live.settle();

    let whole = session.look(Layout::Wide(0), SortBy::Key, &[]);
    let all = ["show_by_post_1h", "show_by_post_1d", "like_by_post_1h", "like_by_post_1d", "likes"];
    assert_eq!(columns(&whole, 0), all);
    assert_eq!(rows(&whole), ["p1 5", "p2 5", "p10 5"]);
    let entries: Vec<_> = whole.source.entries.iter().collect();
    assert_eq!((entries[0].name.as_str(), entries[0].line), ("{event}_by_{by}", 2));
    assert_eq!((entries[0].outputs.len(), entries[0].states, entries[0].is_matrix), (12, 12, true));
    assert_eq!((entries[1].outputs.len(), entries[1].line, entries[1].is_matrix), (1, 8, false));

    // The keys that only a hidden feature has written are gone with it.
    let hidden = ["like_by_post_1h", "like_by_post_1d", "likes", "gone"];
    let some = session.look(Layout::Wide(0), SortBy::Key, &hidden);
    assert_eq!(columns(&some, 0), all[..2]);
    assert_eq!(rows(&some), ["p1 2", "p2 2"]);
    assert_eq!((some.source.hidden, some.source.entries.len()), (3, 2));
    let long = session.look(Layout::Long, SortBy::Column(0), &hidden);
    assert_eq!((long.values.total_rows, long.values.unfiltered_rows), (4 + 8 + 8, 20));
    assert!(!rows(&long).iter().any(|row| hidden.iter().any(|name| row.starts_with(name))));

    let nothing = session.look(Layout::Wide(0), SortBy::Key, &all);
    assert_eq!((nothing.source.scopes.len(), nothing.values.total_rows), (3, 0));
    assert!(nothing.detail.is_none());

    session.look(Layout::Wide(0), SortBy::Key, &hidden);
    fs::write(&config, CONFIG.replace("half_life: [1h, 1d]", "half_life: [1h, 1d, 7d]")).unwrap();
    session.live.send(Command::Reload);
    let after = session.live.wait("the new columns", |snapshot| {
        snapshot.values.ordering.is_none() && columns(snapshot, 0).contains(&"show_by_post_7d")
    });
    let shown = ["show_by_post_1h", "show_by_post_1d", "show_by_post_7d", "like_by_post_7d"];
    assert_eq!(columns(&after, 0), shown);
    assert_eq!(rows(&after), ["p1 4", "p2 4", "p10 4"]);
    session.live.quit();
}

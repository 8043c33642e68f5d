//! Keys and what they do to the model and the session.

use counterscope::base::Timestamp;
use counterscope::session::protocol::{Command, Layout, SortBy, Speed, Target};
use counterscope::session::snapshot::{LogChange, State, Tone};
use counterscope::ui::input::key::Key;
use counterscope::ui::message::{Effect, Message};
use counterscope::ui::model::Options;
use counterscope::ui::update::update;
use counterscope::ui::views::config::CONFIG;
use counterscope::ui::views::detail::DETAIL;
use counterscope::ui::views::events::EVENTS;
use counterscope::ui::views::page;
use counterscope::ui::views::values::VALUES;

use crate::driver::Driver;
use crate::world::World;

/// Keys, pressed one after the other on a fresh screen, and the commands that they send.
#[test]
fn keys_become_commands() {
    use Command::{Pause, Play, Reload, Seek, SetSpeed, Step};
    let cases: &[(&str, &[Command])] = &[
        ("space", &[Play]),
        ("space space", &[Play, Pause]),
        (". ,", &[Step(1), Step(-1)]),
        ("5 .", &[Step(5)]),
        ("7 0 ,", &[Step(-70)]),
        ("0 3 .", &[Step(3)]),
        (">", &[SetSpeed(Speed::Times(14_400.0))]),
        ("<", &[SetSpeed(Speed::Times(900.0))]),
        ("=", &[SetSpeed(Speed::Times(1.0))]),
        ("9 9 >", &[SetSpeed(Speed::Max)]),
        ("g g", &[Seek(Target::Start)]),
        ("G space space", &[Seek(Target::End), Seek(Target::Start), Play, Pause]),
        ("G", &[Seek(Target::End)]),
        ("g x .", &[Step(1)]),
        ("g esc", &[]),
        ("5 0 g p", &[Seek(Target::Percent(50.0))]),
        ("7 7 g e", &[Seek(Target::Event(77))]),
        ("r", &[Reload]),
        ("2 k k enter", &[Seek(Target::Event(17_710))]),
        ("? . space", &[]),
    ];
    for (keys, commands) in cases {
        assert_eq!(Driver::new(100, 30).press(keys).sent(), *commands, "{keys}");
    }
}

#[test]
fn braces_go_through_the_events_of_the_selected_key() {
    let mut driver = Driver::new(100, 30);
    let detail = driver.model.snapshot.as_ref().and_then(|snapshot| snapshot.detail.clone());
    let (output, key) = detail.map(|detail| (detail.column.output, detail.key)).unwrap();
    let step = |events| Command::StepOfKey { output: output.clone(), key: key.clone(), events };
    driver.press("} 5 {");
    assert_eq!(driver.sent(), [step(1), step(-5)]);
}

#[test]
fn a_count_may_begin_with_the_digit_of_a_view() {
    let mut driver = Driver::new(100, 30);
    driver.quickly("2 5 .");
    assert_eq!(driver.sent(), [Command::Step(25)]);
    assert_eq!(driver.model.view, VALUES);
    driver.quickly("1 2 ,");
    assert_eq!(driver.sent(), [Command::Step(-12)]);
    assert_eq!(driver.model.view, VALUES);
    // Digits that come slowly are views.
    driver.press("2 3 .");
    assert_eq!(driver.sent(), [Command::Step(1)]);
    assert_eq!(driver.model.view, CONFIG);
    driver.quickly("1 2 j");
    assert_eq!(driver.model.view, EVENTS, "only a step takes such a count");
}

#[test]
fn prompts_go_where_they_are_told() {
    let mut driver = Driver::new(100, 30);
    driver.press("g t").type_text("14:05").press("enter");
    let wanted = Timestamp::parse("2026-03-02T14:05", None).unwrap();
    assert_eq!(driver.sent(), [Command::Seek(Target::Time(wanted))]);
    driver.press("g e").type_text("1,204").press("enter");
    assert_eq!(driver.sent(), [Command::Seek(Target::Event(1204))]);
    driver.press("g p").type_text("q?").press("backspace backspace 5 enter");
    assert_eq!(driver.sent(), [Command::Seek(Target::Percent(5.0))]);

    driver.press("g p").type_text("200").press("enter");
    assert_eq!(driver.sent(), []);
    assert!(driver.model.prompt.as_ref().unwrap().error.is_some());
    driver.press("esc");
    assert_eq!(driver.model.prompt, None);
}

#[test]
fn a_filter_works_as_it_is_typed() {
    let mut driver = Driver::new(100, 30);
    driver.press("j j j");
    let before = driver.model.table.clone();
    driver.press("/").type_text("item-00");
    assert_eq!(driver.world.look.filter, "item-00");
    assert_eq!(driver.model.snapshot.as_ref().unwrap().values.total_rows, 100);
    assert_eq!(driver.model.table.selected.row, 0);
    driver.press("esc");
    assert_eq!(driver.model.table, before);
    driver.press("/").type_text("q1").press("enter");
    assert_eq!(driver.world.look.filter, "q1");
    assert!(driver.sent().is_empty(), "letters of a filter are no commands");
    driver.press("esc");
    assert_eq!(driver.world.look.filter, "");
    driver.press("/");
    driver.tell(Message::Paste("item-7\n".into()));
    assert_eq!(driver.world.look.filter, "item-7");
}

#[test]
fn sorting_takes_the_selected_column() {
    let mut driver = Driver::new(100, 30);
    driver.press("l l s");
    let sort = driver.world.look.sort;
    assert_eq!((sort.by, sort.descending), (SortBy::Column(2), true));
    driver.press("s");
    assert!(!driver.world.look.sort.descending);
    driver.press("S");
    assert!(driver.world.look.sort.descending);
    driver.press("K");
    let sort = driver.world.look.sort;
    assert_eq!((sort.by, sort.descending), (SortBy::Key, false));
    driver.press("R");
    assert_eq!(driver.world.look.sort.by, SortBy::Recent);
}

#[test]
fn scopes_keep_their_own_place() {
    let mut driver = Driver::new(100, 30);
    driver.press("j j l s");
    let first = driver.model.table.clone();
    driver.press("tab");
    assert_eq!(driver.model.layout, Layout::Wide(1));
    assert_eq!(driver.model.table.selected.row, 0);
    driver.press("tab tab tab");
    assert_eq!(driver.model.layout, Layout::Wide(0), "around the end");
    assert_eq!(driver.model.table, first);
    driver.press("shift-tab");
    assert_eq!(driver.model.layout, Layout::Wide(3));
    driver.press("w");
    assert_eq!(driver.model.layout, Layout::Long);
    driver.press("w");
    assert_eq!(driver.model.layout, Layout::Wide(3));
}

#[test]
fn the_selected_column_is_always_in_view() {
    let mut driver = Driver::new(80, 24);
    driver.press("tab");
    let pane = driver.model.areas().pane(VALUES).unwrap().inner;
    let columns = driver.model.columns();
    for keys in ["l"; 50].into_iter().chain(["h"; 50]) {
        driver.press(keys);
        let snapshot = driver.model.snapshot.as_ref().unwrap();
        let table = &driver.model.table;
        let fit = counterscope::ui::panes::values::fit(
            &snapshot.values,
            &snapshot.source,
            driver.model.layout,
            table.first_column,
            pane.width,
            &[],
        );
        let shown = table.first_column..table.first_column + fit.max(1);
        assert!(shown.contains(&table.selected.column), "{shown:?} {}", table.selected.column);
        assert!(table.selected.column < columns);
        // What is drawn has been asked for.
        let asked = driver.world.look.first_column..;
        assert!(asked.contains(&table.first_column));
        assert!(
            driver.world.look.first_column + driver.world.look.columns >= shown.end.min(columns)
        );
    }
}

/// A held selection stays on its line of the screen, whatever happens to the order.
#[test]
fn nothing_jumps_under_a_held_selection() {
    let mut driver = Driver::new(100, 30);
    driver.press("pgdn pgdn j j");
    let line = |driver: &Driver| driver.model.table.selected.row - driver.model.table.first_row;
    let (held, at) = (driver.model.table.selected.key.clone(), line(&driver));
    assert!(held.is_some());
    for cursor in [30_000, 9_000, 45_000, 12_345] {
        driver.world.cursor = cursor;
        driver.publish();
        assert_eq!(driver.model.table.selected.key, held);
        assert_eq!(line(&driver), at, "at {cursor}");
        let values = &driver.model.snapshot.as_ref().unwrap().values;
        let row = &values.rows[values.selected_row - values.first_row];
        assert_eq!(Some(&row.key), held.as_ref());
    }
}

/// At first, and after `home`, the top of the order is selected, whoever is there.
#[test]
fn the_top_stays_selected_until_the_selection_moves() {
    let mut driver = Driver::new(100, 30);
    driver.press("j j home");
    for cursor in [30_000, 9_000, 45_000] {
        driver.world.cursor = cursor;
        driver.publish();
        assert_eq!(driver.model.table.selected.row, 0);
        assert_eq!(driver.model.table.first_row, 0);
        assert_eq!(driver.model.table.selected.key, None);
    }
}

#[test]
fn rows_around_the_screen_are_asked_for() {
    let mut driver = Driver::new(100, 30);
    let rows = page(&driver.model, VALUES);
    for keys in ["pgdn"; 70] {
        driver.press(keys);
        let (look, table) = (&driver.world.look, &driver.model.table);
        assert!(look.first_row <= table.first_row.saturating_sub(rows));
        assert!(look.first_row + look.rows >= table.first_row + 2 * rows);
    }
    assert_eq!(driver.model.table.selected.row, 1_203);
    assert_eq!(driver.model.table.first_row, 1_204 - rows);
}

#[test]
fn a_look_is_sent_only_when_the_view_changed() {
    let mut driver = Driver::new(100, 30);
    let looks = driver.looks;
    for _ in 0..5 {
        driver.publish();
    }
    driver.press(". ,");
    assert_eq!(driver.looks, looks);
    // Playing makes the selection stay with its key, once.
    driver.press("space");
    assert_eq!(driver.looks, looks + 1);
    driver.press("j");
    assert!(driver.looks > looks);
    assert_eq!(driver.model.look.generation, driver.world.look.generation);
}

#[test]
fn events_scroll_around_the_cursor() {
    let mut driver = Driver::new(100, 30);
    driver.press("2 k k");
    assert_eq!(driver.model.selected_event(), Some(17_710));
    driver.press("pgup pgup pgup");
    let number = driver.model.selected_event().unwrap();
    let events = &driver.model.snapshot.as_ref().unwrap().events;
    assert_eq!(events.rows.len(), page(&driver.model, EVENTS));
    assert!(events.rows.iter().any(|row| row.number == number));
    driver.press("home");
    assert_eq!(driver.model.selected_event(), Some(1));
    driver.press("end");
    assert_eq!(driver.model.selected_event(), Some(48_213));
    assert_eq!(
        driver.model.snapshot.as_ref().unwrap().events.rows.len(),
        page(&driver.model, EVENTS)
    );
    driver.press("esc");
    assert_eq!(driver.model.selected_event(), Some(17_712));
}

#[test]
fn at_the_end_of_the_log_the_list_is_full_all_the_same() {
    let mut driver = Driver::new(160, 45);
    driver.press("2 G");
    let rows = &driver.model.snapshot.as_ref().unwrap().events.rows;
    assert_eq!(rows.len(), page(&driver.model, EVENTS));
    assert_eq!(rows.last().unwrap().number, 48_213);
    driver.press("g g");
    let rows = &driver.model.snapshot.as_ref().unwrap().events.rows;
    assert_eq!(rows.len(), page(&driver.model, EVENTS));
    assert_eq!(rows[0].number, 1);
}

#[test]
fn escape_closes_one_thing_at_a_time_and_never_quits() {
    let mut driver = Driver::new(100, 30);
    driver.press("/").type_text("item").press("enter Z ? /").type_text("zoom").press("enter");
    assert!(driver.model.help.is_some());
    driver.press("esc");
    assert_eq!(driver.model.help, None);
    assert_eq!(driver.model.zoom, Some(VALUES));
    driver.press("esc");
    assert_eq!(driver.model.zoom, None);
    assert_eq!(driver.model.table.filter, "item");
    driver.press("esc");
    assert_eq!(driver.model.table.filter, "");
    driver.press("esc esc esc esc");
    assert!(driver.effects.is_empty());
}

#[test]
fn q_backs_out_and_quits_at_the_root() {
    let quit = |keep_screen| vec![Effect::Quit { keep_screen }];
    let mut driver = Driver::new(100, 30);
    driver.press("Z ? q q");
    assert!(driver.effects.is_empty());
    assert_eq!(driver.press("q").effects, quit(false));
    assert_eq!(Driver::new(100, 30).press("Q").effects, quit(true));
    assert_eq!(Driver::new(100, 30).press("ctrl-c ctrl-c").effects, quit(false));
    let mut driver = Driver::new(100, 30);
    assert!(driver.press("ctrl-c j ctrl-c").effects.is_empty(), "another key disarms it");
    let mut driver = Driver::new(100, 30);
    driver.press("/ ctrl-c ctrl-c");
    assert_eq!(driver.effects, quit(false), "also while something is typed");
    assert_eq!(Driver::new(1, 1).press("q").effects, quit(false), "also where nothing fits");
}

#[test]
fn a_seek_is_cancelled_by_escape() {
    let world = World { state: State::Seeking { done: 0.2 }, ..World::default() };
    let mut driver = Driver::with(&Options::default(), world, 100, 30);
    driver.press("esc");
    assert_eq!(driver.sent(), [Command::Cancel]);
}

#[test]
fn the_editor_opens_where_one_looks() {
    let mut driver = Driver::new(100, 30);
    driver.press("l l o");
    assert_eq!(driver.effects, [Effect::OpenEditor { line: 18, column: 1 }]);
    let world = World { stale: true, ..World::default() };
    let mut driver = Driver::with(&Options::default(), world, 100, 30);
    driver.press("3 o e o e o E o");
    let at = |line, column| Effect::OpenEditor { line, column };
    assert_eq!(driver.effects, [at(4, 5), at(6, 13), at(4, 5), at(6, 13)]);
}

#[test]
fn marks_are_gone_to_in_order() {
    let mut driver = Driver::new(100, 30);
    driver.press("g g ] ] [");
    let cursors = [12, 24, 12].map(|share| 48_213 * share / 100);
    let times: Vec<_> = driver
        .sent()
        .into_iter()
        .filter_map(|command| match command {
            Command::Seek(Target::Time(at)) => Some(at),
            _ => None,
        })
        .collect();
    assert_eq!(times.len(), 3);
    assert_eq!(times[0], times[2]);
    assert!(times[0] < times[1]);
    assert_eq!(driver.world.cursor, cursors[2]);
}

#[test]
fn following_lasts_as_long_as_the_log_is_read() {
    let mut driver = Driver::new(100, 30);
    driver.world.state = State::Loading { done: 0.3 };
    driver.publish();
    let message = Message::Key { key: Key::char('F'), at: driver.clock };
    let effects = update(&mut driver.model, message);
    assert!(effects.contains(&Effect::Send(Command::Seek(Target::End))), "{effects:?}");
    assert!(driver.text().contains("FOLLOWING 30 %"), "{}", driver.text());
    driver.world.state = State::Ended;
    driver.publish();
    assert_eq!(driver.sent(), []);
    assert!(!driver.text().contains("FOLLOWING"), "{}", driver.text());

    driver.press("F");
    assert_eq!(driver.sent(), [Command::Seek(Target::End)]);
    let text = driver.text();
    assert!(text.contains("what is added to the log now is not followed"), "{text}");
    assert!(!text.contains("FOLLOWING"), "{text}");

    // News takes the place of that answer.
    driver.world.say(Tone::Warning, "the log changed");
    driver.publish();
    let text = driver.text();
    assert!(text.contains("the log changed") && !text.contains("not followed"), "{text}");
}

#[test]
fn a_log_that_changed_stands_in_the_header() {
    let mut driver = Driver::new(100, 30);
    driver.world.log = Some(LogChange::Deleted);
    driver.publish();
    assert!(driver.text().lines().next().unwrap().contains("LOG DELETED"), "{}", driver.text());
}

#[test]
fn zoom_gives_the_main_pane_the_body() {
    let mut driver = Driver::new(160, 45);
    driver.press("Z");
    let areas = driver.model.areas();
    assert!([DETAIL, EVENTS, CONFIG].iter().all(|view| areas.pane(*view).is_none()));
    assert_eq!(driver.world.look.history, 0, "what is not shown is not asked for");
    let events = driver.world.look.events.clone();
    assert_eq!((events.before, events.after), (0, 0), "nor are the events beside it");
    driver.press("Z");
    assert!(driver.model.areas().pane(DETAIL).is_some());
}

//! What stays where it is: the subject of the selection, columns, and words of the header.

use counterscope::session::snapshot::State;
use counterscope::ui::message::Message;
use counterscope::ui::views::page;
use counterscope::ui::views::values::VALUES;

use crate::driver::Driver;

#[test]
fn going_from_change_to_change_stays_with_the_key() {
    for key in ["}", "{"] {
        let mut driver = Driver::new(160, 45);
        let selected = driver.world.snapshot().detail.clone().unwrap().key;
        assert!(!driver.model.table.held);
        driver.press(key);
        assert_eq!(driver.model.table.selected.key, Some(selected.clone()));
        driver.press(key);
        assert_eq!(driver.world.snapshot().detail.clone().unwrap().key, selected);
    }
}

#[test]
fn playing_keeps_its_subject_and_the_top_of_the_table() {
    let mut driver = Driver::new(160, 45);
    driver.press("space");
    assert_eq!(driver.world.state, State::Playing);
    let mut subject = driver.world.snapshot().detail.clone().unwrap().key;
    for _ in 0..400 {
        driver.world.tick();
        driver.publish();
        let snapshot = driver.model.snapshot.clone().unwrap();
        assert_eq!(driver.model.table.first_row, 0);
        let key = snapshot.detail.as_ref().unwrap().key.clone();
        if key != subject {
            // It has left the page: the one at the top is the next.
            let page = &snapshot.values.rows[..page(&driver.model, VALUES)];
            assert!(page.iter().all(|row| row.key != subject));
            assert_eq!(page[0].key, key);
            subject = key;
        }
    }
    assert!(driver.model.table.held);
}

#[test]
fn columns_come_back_when_there_is_room_for_them() {
    let mut driver = Driver::new(46, 16);
    driver.press("l l l");
    assert!(driver.model.table.first_column > 0);
    driver.tell(Message::Resize { width: 160, height: 45 });
    assert_eq!(driver.model.table.first_column, 0);
    assert_eq!(driver.model.table.selected.column, 3);
}

#[test]
fn the_room_of_keys_stays_when_none_is_in_view() {
    let mut driver = Driver::new(160, 45);
    let place = |driver: &Driver| {
        let text = driver.text();
        let head = text.lines().find(|line| line.contains("impressions_7")).unwrap().to_owned();
        head.find("clicks_1").unwrap()
    };
    let before = place(&driver);
    driver.press("/").type_text("no such key");
    assert_eq!(place(&driver), before);
}

#[test]
fn what_changes_in_the_header_stands_left_of_the_state() {
    let mut driver = Driver::new(160, 45);
    driver.press("space");
    let text = driver.text();
    let header = text.lines().next().unwrap();
    assert!(header.find("ev/s").unwrap() < header.find("PLAYING").unwrap(), "{header}");
}

#[test]
fn an_order_that_is_older_says_so() {
    let driver = Driver::new(160, 45);
    let mut snapshot = (*driver.world.snapshot()).clone();
    assert!(!driver.text().contains("sorted as of"));
    snapshot.values.ordered_at = snapshot.transport.clock;
    let mut driver = driver;
    driver.tell(Message::Snapshot(snapshot.into()));
    assert!(driver.text().contains("sorted as of 21:15:33"));
}

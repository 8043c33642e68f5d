//! Random keys, mice, sizes and snapshots: nothing panics, and what must always hold holds.

use std::time::Duration;

use counterscope::session::snapshot::State;
use counterscope::ui::message::{Gesture, Message, Mouse};
use counterscope::ui::model::Options;
use counterscope::ui::views::values::VALUES;
use counterscope::ui::views::{commands, page};
use proptest::prelude::*;

use crate::driver::{Driver, key};
use crate::world::World;

#[derive(Clone, Debug)]
enum Act {
    Keys(&'static str),
    Type(char),
    Mouse(Gesture, u16, u16),
    Resize(u16, u16),
    World { cursor: usize, keys: usize, total: usize, stale: bool, state: State },
    Paste(String),
}

fn acts() -> impl Strategy<Value = Act> {
    let keys: Vec<&'static str> = commands().flat_map(|entry| entry.keys).copied().collect();
    let gesture = prop_oneof![
        Just(Gesture::Press),
        Just(Gesture::Drag),
        Just(Gesture::Release),
        any::<i32>().prop_map(Gesture::Wheel),
        (-3..3_i32).prop_map(Gesture::Wheel),
        any::<i32>().prop_map(Gesture::WheelSideways),
    ];
    let state = prop_oneof![
        Just(State::Playing),
        Just(State::Paused),
        Just(State::Ended),
        any::<f64>().prop_map(|done| State::Loading { done }),
        any::<f64>().prop_map(|done| State::Seeking { done }),
    ];
    prop_oneof![
        8 => proptest::sample::select(keys).prop_map(Act::Keys),
        2 => any::<char>().prop_map(Act::Type),
        2 => "[0-9+:gj.]".prop_map(|text| Act::Type(text.chars().next().unwrap_or(' '))),
        3 => (gesture, 0..180_u16, 0..50_u16).prop_map(|(g, x, y)| Act::Mouse(g, x, y)),
        1 => (0..200_u16, 0..60_u16).prop_map(|(width, height)| Act::Resize(width, height)),
        1 => (0..60_000_usize, 0..300_usize, 0..50_000_usize, any::<bool>(), state).prop_map(
            |(cursor, keys, total, stale, state)| {
                Act::World { cursor: cursor.min(total), keys, total, stale, state }
            }
        ),
        1 => any::<String>().prop_map(Act::Paste),
    ]
}

fn act(driver: &mut Driver, act: Act) {
    match act {
        Act::Keys(keys) => {
            driver.press(keys);
        }
        Act::Type(letter) => {
            driver.type_text(&letter.to_string());
        }
        Act::Mouse(gesture, x, y) => driver.tell(Message::Mouse(Mouse { gesture, x, y })),
        Act::Resize(width, height) => driver.tell(Message::Resize { width, height }),
        Act::Paste(text) => driver.tell(Message::Paste(text)),
        Act::World { cursor, keys, total, stale, state } => {
            let world = &mut driver.world;
            (world.cursor, world.keys, world.total) = (cursor, keys, total);
            (world.stale, world.state) = (stale, state);
            driver.publish();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_message_and_no_size_breaks_the_screen(
        width in 0..180_u16,
        height in 0..60_u16,
        ascii in any::<bool>(),
        acts in proptest::collection::vec(acts(), 1..40),
    ) {
        let options = Options { theme: "dark".into(), ascii, ..Options::default() };
        let world = World { keys: 120, ..World::default() };
        let mut driver = Driver::with(&options, world, width, height);
        for next in acts {
            act(&mut driver, next);
            driver.screen();
            let (table, rows) = (&driver.model.table, page(&driver.model, VALUES));
            if rows > 0 {
                let shown = table.first_row..table.first_row + rows;
                prop_assert!(shown.contains(&table.selected.row), "{table:?} in {shown:?}");
            }
        }
    }
}

/// Drawing changes nothing, and the same model is always drawn the same.
#[test]
fn drawing_is_a_function_of_the_model() {
    let mut driver = Driver::new(160, 45);
    for keys in ["j", "l", "2", "k", "3", "1", "w", "Z", "?"] {
        driver.press(keys);
        let before = driver.model.clone();
        assert_eq!(driver.screen(), driver.screen());
        assert_eq!(driver.model, before);
    }
}

/// A screen whose size the model has not heard of yet is drawn without a fault.
#[test]
fn a_frame_of_another_size_is_drawn() {
    use ratatui::{Terminal, backend::TestBackend};
    let driver = Driver::new(160, 45);
    for (width, height) in [(80, 24), (1, 1), (0, 0), (300, 100), (10, 60), (159, 44)] {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| counterscope::ui::view::view(&driver.model, frame)).unwrap();
    }
}

#[test]
fn keys_before_the_first_snapshot_do_no_harm() {
    for entry in commands() {
        for keys in entry.keys {
            let mut model = counterscope::ui::model::Model::new(&Options::default(), (100, 30));
            for name in keys.split(' ') {
                let message = Message::Key { key: key(name), at: Duration::ZERO };
                counterscope::ui::update::update(&mut model, message);
            }
        }
    }
}

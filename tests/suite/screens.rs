//! Whole screens as text: every size class, every view, every theme, and what lies over them.

use counterscope::session::protocol::Speed;
use counterscope::session::snapshot::{State, Tone};
use counterscope::ui::message::{Gesture, Message};
use counterscope::ui::model::Options;
use counterscope::ui::views::values::VALUES;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use crate::driver::Driver;
use crate::screen::assert_screen;
use crate::world::World;

const SIZES: [(u16, u16); 7] = [(160, 45), (100, 30), (80, 24), (60, 16), (40, 8), (20, 5), (1, 1)];

fn options(theme: &str, ascii: bool) -> Options {
    Options { theme: theme.into(), ascii, mouse: true, ..Options::default() }
}

fn playing() -> World {
    let mut world = World { state: State::Playing, ..World::default() };
    world.say(Tone::Good, "config v7 applied in 9 ms: 1 changed, 1 added, 812 keys moved");
    world
}

#[test]
fn values_at_every_size() {
    for (width, height) in SIZES {
        let mut driver = Driver::with(&options("dark", false), playing(), width, height);
        driver.press("j j l");
        assert_screen(&format!("values-{width}x{height}"), &driver.screen());
    }
}

#[test]
fn values_in_ascii() {
    for (width, height) in SIZES {
        let mut driver = Driver::with(&options("dark", true), playing(), width, height);
        driver.press("j j l");
        let screen = driver.screen();
        assert_screen(&format!("ascii-{width}x{height}"), &screen);
        let odd: Vec<&str> = screen
            .content
            .iter()
            .map(ratatui::buffer::Cell::symbol)
            .filter(|s| !s.is_ascii())
            .collect();
        assert!(odd.is_empty(), "{odd:?}");
    }
}

#[test]
fn the_other_views() {
    for (width, height) in [(160, 45), (100, 30), (80, 24), (60, 16)] {
        let mut driver = Driver::new(width, height);
        driver.press("2 k k k");
        assert_screen(&format!("events-{width}x{height}"), &driver.screen());
        let world = World { stale: true, ..World::default() };
        let mut driver = Driver::with(&options("dark", false), world, width, height);
        driver.press("3 e");
        assert_screen(&format!("problems-{width}x{height}"), &driver.screen());
        driver.world.stale = false;
        driver.publish();
        assert_screen(&format!("config-{width}x{height}"), &driver.screen());
    }
}

#[test]
fn long_layout_and_zoom() {
    let mut driver = Driver::new(100, 30);
    assert_screen("long-100x30", &driver.press("w").screen());
    assert_screen("zoom-100x30", &driver.press("w Z").screen());
}

#[test]
fn what_lies_over_the_screen() {
    let mut driver = Driver::new(100, 30);
    assert_screen("help-100x30", &driver.press("?").screen());
    assert_screen("help-search-100x30", &driver.press("/").type_text("sort").screen());
    let mut driver = Driver::new(100, 30);
    assert_screen("filter-100x30", &driver.press("/").type_text("item-01").screen());
    let mut driver = Driver::new(80, 24);
    assert_screen("sequence-80x24", &driver.press("g").screen());
    assert_screen("time-80x24", &driver.press("t").type_text("noon").press("enter").screen());
}

#[test]
fn loading_shows_how_far_it_is() {
    let world = World { state: State::Loading { done: 0.43 }, total: 20_000, ..World::default() };
    let driver = Driver::with(&options("dark", false), world, 100, 30);
    assert_screen("loading-100x30", &driver.screen());
    assert!(driver.text().contains("LOADING 43 %"));
}

#[test]
fn states_are_said_in_words() {
    for (state, words) in [
        (State::Playing, "PLAYING 1h/s"),
        (State::Paused, "PAUSED"),
        (State::Ended, "ENDED"),
        (State::Seeking { done: 0.5 }, "SEEKING 50 %"),
        (State::Reloading { done: 0.25 }, "UPDATING 25 %"),
    ] {
        for (width, height) in [(160, 45), (100, 30), (80, 24), (60, 16)] {
            let world = World { state, speed: Speed::Times(3_600.0), ..World::default() };
            let driver = Driver::with(&options("dark", false), world, width, height);
            let text = driver.text();
            assert!(text.contains(words), "{words} at {width}x{height}:\n{text}");
        }
    }
    let world = World { stale: true, ..World::default() };
    assert!(Driver::with(&options("dark", false), world, 40, 8).text().contains("STALE"));
}

#[test]
fn themes_differ_in_colour_alone() {
    let draw = |theme| Driver::with(&options(theme, false), playing(), 160, 45).screen();
    let symbols =
        |buffer: &Buffer| buffer.content.iter().map(|c| c.symbol().to_owned()).collect::<Vec<_>>();
    let (dark, light, mono) = (draw("dark"), draw("light"), draw("mono"));
    assert_eq!(symbols(&dark), symbols(&light));
    assert_eq!(symbols(&dark), symbols(&mono));
    assert!(dark.content.iter().any(|cell| cell.fg == Color::Cyan));
    assert!(light.content.iter().any(|cell| cell.fg == Color::Blue));
    assert!(mono.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn no_color_means_the_mono_theme() {
    let options = Options { no_color: true, ..options("dark", false) };
    let screen = Driver::with(&options, playing(), 100, 30).screen();
    assert!(screen.content.iter().all(|cell| cell.fg == Color::Reset));
}

/// The selected row has a sign of its own and its cell is reversed, in every theme.
#[test]
fn the_selected_row_is_told_without_colour() {
    for theme in ["dark", "light", "mono"] {
        for (width, height) in [(160, 45), (100, 30), (80, 24), (60, 16), (40, 8)] {
            for ascii in [false, true] {
                let mut driver = Driver::with(&options(theme, ascii), playing(), width, height);
                driver.press("j j");
                let screen = driver.screen();
                let rows: Vec<u16> = (0..height)
                    .filter(|y| {
                        (0..width).any(|x| screen[(x, *y)].modifier.contains(Modifier::REVERSED))
                    })
                    .collect();
                assert_eq!(rows.len(), 1, "{theme} {width}x{height}");
                let bar = driver.model.glyphs.selected;
                let line: String = (0..width).map(|x| screen[(x, rows[0])].symbol()).collect();
                assert!(line.contains(bar), "{theme} {width}x{height}: {line}");
            }
        }
    }
}

#[test]
fn a_message_passes_and_does_not_come_back() {
    let mut driver = Driver::with(&options("dark", false), playing(), 100, 30);
    let shows = |driver: &Driver, words: &str| driver.text().contains(words);
    assert!(driver.model.passing().is_some());
    driver.press("j j");
    assert!(shows(&driver, "812 keys moved"));
    driver.tell(Message::Fade);
    assert!(!shows(&driver, "812 keys moved"));
    assert_eq!(driver.model.passing(), None);

    driver.world.say(Tone::Good, "config v8 applied");
    driver.publish();
    assert!(shows(&driver, "config v8 applied"));
    driver.press("x");
    assert!(shows(&driver, "`x` does nothing here"));
    driver.press("j");
    assert!(!shows(&driver, "`x` does nothing here") && !shows(&driver, "config v8 applied"));

    driver.world.say(Tone::Good, "config v9 applied");
    driver.publish();
    driver.press("esc");
    assert!(!shows(&driver, "config v9 applied"), "closed by hand");
}

#[test]
fn what_is_wrong_is_said_until_it_is_closed() {
    let mut driver = Driver::new(100, 30);
    driver.world.say(Tone::Error, "the disk is full; nothing more is written");
    driver.publish();
    assert_eq!(driver.model.passing(), None);
    driver.tell(Message::Fade);
    driver.press("x j");
    assert!(driver.text().contains("the disk is full"));
    driver.press("esc");
    assert!(!driver.text().contains("the disk is full"));
}

#[test]
fn nothing_flickers_between_a_key_and_its_answer() {
    let mut driver = Driver::new(100, 30);
    let before = driver.model.shown.clone();
    // The session has not answered yet.
    let _ = counterscope::ui::update::update(
        &mut driver.model,
        Message::Key { key: crate::driver::key("tab"), at: driver.clock },
    );
    assert_eq!(driver.model.shown, before);
    driver.screen();
}

#[test]
fn the_mouse_does_what_lies_under_it() {
    let mut driver = Driver::new(160, 45);
    let areas = driver.model.areas();
    let table = areas.pane(VALUES).unwrap().inner;
    driver.mouse(Gesture::Press, table.x + 2, table.y + 4);
    assert_eq!(driver.model.table.selected.row, 3);
    driver.mouse(Gesture::Wheel(2), table.x + 2, table.y + 4);
    assert_eq!(driver.model.table.first_row, 6);
    assert_eq!(driver.model.table.selected.row, 6);

    let strip = areas.timeline.unwrap();
    let (first, cells) = strip.cells;
    driver.sent();
    driver.mouse(Gesture::Press, first + cells / 2, strip.track);
    let middle = driver.world.cursor as f64 / driver.world.total as f64;
    assert!((middle - 0.5).abs() < 0.02, "{middle}");
    driver.mouse(Gesture::Drag, first + cells * 3, strip.track + 5);
    assert_eq!(driver.world.cursor, driver.world.total);
    driver.mouse(Gesture::Release, 0, 0).mouse(Gesture::Drag, first, strip.track);
    assert_eq!(driver.world.cursor, driver.world.total, "a drag that began elsewhere");

    let tabs = driver.text();
    let tabs = tabs.lines().nth(1).unwrap();
    driver.mouse(Gesture::Press, tabs.find("Config").unwrap() as u16, 1);
    assert!(driver.text().contains("[3 Config]"));
}

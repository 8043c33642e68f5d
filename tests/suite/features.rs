//! The list of features: how it looks at every size, and what its keys do to the table below.

use std::sync::Arc;

use counterscope::session::protocol::{Command, ConfigEdit, Layout};
use counterscope::ui::input::command::Context;
use counterscope::ui::message::{Effect, Gesture, Message};
use counterscope::ui::model::Options;
use counterscope::ui::update::update;
use counterscope::ui::views::values::VALUES;

use crate::driver::Driver;
use crate::screen::assert_screen;
use crate::world::World;

/// The outputs of the table in front, as the session shows them.
fn columns(driver: &Driver) -> Vec<String> {
    let scope = &driver.model.scopes()[driver.model.scope];
    scope.columns.iter().map(|column| column.output.clone()).collect()
}

fn hidden(driver: &Driver) -> Vec<String> {
    driver.world.look.hidden.iter().cloned().collect()
}

#[test]
fn the_list_at_every_size() {
    for (width, height) in [(160, 45), (100, 30), (80, 24), (40, 8)] {
        let mut driver = Driver::new(width, height);
        driver.press("f l j space j j");
        assert_screen(&format!("features-{width}x{height}"), &driver.screen());
        driver.press("f");
        assert_screen(&format!("features-hidden-{width}x{height}"), &driver.screen());
    }
    let options = Options { ascii: true, theme: "mono".into(), ..Options::default() };
    let mut driver = Driver::with(&options, World::default(), 80, 24);
    driver.press("f l j space");
    assert!(driver.text().is_ascii());
    driver.press("/").type_text("_7");
    assert_screen("features-filter-80x24", &driver.screen());
}

#[test]
fn what_is_hidden_is_no_column_until_it_is_shown_again() {
    let mut driver = Driver::new(100, 30);
    let all = columns(&driver);
    driver.press("l f");
    assert_eq!(driver.model.context(), Context::Features);
    // The list opens at the entry of the selected cell; an entry stands for all of its outputs.
    driver.press("space");
    assert_eq!(hidden(&driver), ["clicks_1", "clicks_7"]);
    assert_eq!(columns(&driver), all[2..]);
    driver.press("l j j space");
    assert_eq!(hidden(&driver), ["clicks_1"], "one of its outputs is shown again");
    driver.press("h space");
    assert_eq!(hidden(&driver), ["clicks_1", "clicks_7"], "what is left of it is hidden too");
    driver.press("space");
    assert_eq!(columns(&driver), all);
    driver.press("j s");
    assert_eq!(columns(&driver), ["impressions_7"]);
    assert_eq!(driver.model.snapshot.as_ref().unwrap().source.hidden, all.len() - 1 + 39 + 1 + 1);
    driver.press("a q");
    assert_eq!((columns(&driver), hidden(&driver)), (all, vec![]));
    assert_eq!(driver.model.context(), Context::View(VALUES));
}

#[test]
fn enter_goes_to_the_column_and_shows_it() {
    let mut driver = Driver::new(100, 30);
    driver.press("2 f").press("end enter");
    assert_eq!(driver.model.context(), Context::View(VALUES));
    assert_eq!(driver.model.layout, Layout::Wide(3));
    driver.press("f /").type_text("seen_17").press("enter space");
    assert_eq!(hidden(&driver), ["seen_17"]);
    driver.press("down enter");
    assert_eq!((driver.model.layout, hidden(&driver)), (Layout::Wide(1), vec![]));
    assert_eq!(columns(&driver)[driver.model.table.selected.column], "seen_17");
    // From the long layout too.
    driver.press("w f /").type_text("ctr").press("enter enter");
    assert_eq!(driver.model.layout, Layout::Wide(0));
    assert_eq!(columns(&driver)[driver.model.table.selected.column], "ctr_7");
}

#[test]
fn the_selected_column_stays_when_others_are_hidden() {
    let mut driver = Driver::new(100, 30);
    driver.press("l l l s f home space esc");
    assert_eq!(columns(&driver), ["impressions_7", "ctr_7"]);
    assert_eq!(driver.model.table.selected.column, 1);
    assert_eq!(
        driver.world.look.sort.by,
        counterscope::session::protocol::SortBy::Column(1),
        "the order too"
    );
}

#[test]
fn a_scope_without_columns_is_passed_over() {
    let mut driver = Driver::new(100, 30);
    driver.press("f /").type_text("seen").press("enter space esc esc tab");
    assert_eq!(driver.model.layout, Layout::Wide(2));
    driver.press("shift-tab shift-tab");
    assert_eq!(driver.model.layout, Layout::Wide(3));
    // Where everything is hidden the table says so.
    driver.press("f a home");
    for _ in 0..6 {
        driver.press("space j");
    }
    driver.press("esc tab");
    assert!(
        driver.text().contains("all outputs are hidden · f, a shows them"),
        "{}",
        driver.text()
    );
    assert!(driver.text().contains("45 hidden f"));
}

#[test]
fn a_filter_narrows_the_list_as_it_is_typed() {
    let mut driver = Driver::new(100, 30);
    driver.press("f /").type_text("SEEN_3");
    assert!(driver.text().contains("seen_39") && !driver.text().contains("seen_4 "));
    assert!(driver.sent().is_empty(), "its letters are no commands");
    driver.press("esc");
    assert_eq!(driver.model.list.as_ref().unwrap().filter, "");
    driver.press("/").type_text("nowhere").press("enter");
    assert!(driver.text().contains("nothing contains \"nowhere\""));
    driver.press("space enter s l");
    assert_eq!(hidden(&driver), Vec::<String>::new());
    driver.press("esc");
    assert!(driver.model.list.is_some(), "the filter goes first");
    driver.press("esc");
    assert!(driver.model.list.is_none());
}

#[test]
fn the_editor_opens_at_the_entry() {
    let mut driver = Driver::new(100, 30);
    driver.press("f home j o");
    let opened = driver.effects.contains(&Effect::OpenEditor { line: 10, column: 1 });
    assert!(opened, "{:?}", driver.effects);
}

#[test]
fn the_mouse_selects_opens_and_hides() {
    let mut driver = Driver::new(100, 30);
    driver.press("f");
    let area = driver.model.areas().list().inner;
    driver.mouse(Gesture::Press, area.x + 12, area.y + 3);
    assert_eq!(driver.model.list.as_ref().unwrap().selected, 2);
    driver.mouse(Gesture::Press, area.x + 12, area.y + 1);
    driver.mouse(Gesture::Press, area.x + 12, area.y + 1);
    assert!(driver.text().contains("clicks_7"));
    driver.mouse(Gesture::Press, area.x + 3, area.y + 2);
    assert_eq!(hidden(&driver), ["clicks_1"]);
    driver.mouse(Gesture::Press, 0, 29);
    assert!(driver.model.list.is_none());
}

#[test]
fn a_table_that_is_being_sorted_says_so() {
    let world = World { ordering: Some(0.43), ..World::default() };
    let driver = Driver::with(&Options::default(), world, 100, 30);
    assert!(driver.text().contains("sorting 43 %"), "{}", driver.text());
}

#[test]
fn the_built_in_example_opens_as_soon_as_it_is_written() {
    let mut driver = Driver::new(100, 30);
    let mut built_in = (*driver.world.snapshot()).clone();
    let mut config = (*built_in.config).clone();
    config.path = None;
    built_in.config = Arc::new(config);
    let built_in = Arc::new(built_in);
    let opens =
        |driver: &Driver| driver.effects.iter().any(|it| matches!(it, Effect::OpenEditor { .. }));
    let write = Effect::Send(Command::EditConfig(ConfigEdit::WriteExample));
    for (keys, is_opened) in [("o", true), ("o j", false)] {
        driver.effects.clear();
        for key in keys.split(' ') {
            // Until the file is there the config has no place.
            driver.model.snapshot = Some(Arc::clone(&built_in));
            let key = crate::driver::key(key);
            for effect in update(&mut driver.model, Message::Key { key, at: driver.clock }) {
                driver.effects.push(effect);
            }
        }
        assert!(driver.effects.contains(&write) && !opens(&driver), "{:?}", driver.effects);
        driver.publish();
        assert_eq!(opens(&driver), is_opened, "{:?}", driver.effects);
    }
}

//! The watch on the config's file: every way in which editors save is seen by a session as users have
//! it, with threads and the system's own events of files.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use counterscope::session::protocol::Command;
use counterscope::session::snapshot::State;
use counterscope::session::{Setup, Start};

use crate::kill::log;
use crate::live::{Live, setup};
use crate::reload::{CLICKS, CTR, EVENTS, Place, RECENT, config, pause};

fn watched_over(make: impl FnOnce(&dyn Fn(&str) -> PathBuf)) -> Place {
    Place::by(Live::threaded, EVENTS, make)
}

fn watched(features: &[&str]) -> Place {
    watched_over(|path| fs::write(path("config.yaml"), config(features)).unwrap())
}

/// Saves one text after the other in one way, which must each be applied, and once.
fn saves_are_seen(place: &mut Place, save: impl Fn(&Place, &str)) {
    for (version, features) in
        [(2, &[CLICKS, RECENT][..]), (3, &[RECENT]), (4, &[RECENT, CLICKS, CTR]), (5, &[CLICKS])]
    {
        let text = config(features);
        save(place, &text);
        let snapshot = place.applied(version);
        assert_eq!(*snapshot.config.text, *text);
        place.check(&text);
    }
    // What was seen twice would be applied by now, or soon.
    place.live.send(Command::Step(0));
    assert_eq!(place.live.settle().config.version, 5);
}

#[test]
fn a_save_in_place() {
    saves_are_seen(&mut watched(&[CLICKS]), Place::save);
}

#[test]
fn a_save_by_renaming() {
    saves_are_seen(&mut watched(&[CLICKS]), |place, text| {
        fs::write(place.path(".config.yaml.swp"), text).unwrap();
        fs::rename(place.path(".config.yaml.swp"), place.path("config.yaml")).unwrap();
    });
}

#[test]
fn a_save_that_moves_the_old_version_away() {
    saves_are_seen(&mut watched(&[CLICKS]), |place, text| {
        fs::rename(place.path("config.yaml"), place.path("config.yaml~")).unwrap();
        fs::write(place.path("config.yaml"), text).unwrap();
        fs::remove_file(place.path("config.yaml~")).unwrap();
    });
}

#[test]
fn a_save_that_deletes_first() {
    saves_are_seen(&mut watched(&[CLICKS]), |place, text| {
        fs::remove_file(place.path("config.yaml")).unwrap();
        pause(Duration::from_millis(150));
        place.save(text);
    });
}

#[cfg(unix)]
#[test]
fn a_save_of_what_a_link_leads_to() {
    let mut place = watched_over(|path| {
        fs::create_dir(path("elsewhere")).unwrap();
        fs::write(path("elsewhere/real.yaml"), config(&[CLICKS])).unwrap();
        std::os::unix::fs::symlink("elsewhere/real.yaml", path("config.yaml")).unwrap();
    });
    saves_are_seen(&mut place, |place, text| {
        fs::write(place.path("elsewhere/new.yaml"), text).unwrap();
        fs::rename(place.path("elsewhere/new.yaml"), place.path("elsewhere/real.yaml")).unwrap();
    });
}

/// As a deployment does: the link leads to another folder, and what is there is edited later.
#[cfg(unix)]
#[test]
fn a_link_that_is_pointed_elsewhere() {
    use std::os::unix::fs::symlink;

    let mut place = watched_over(|path| {
        for folder in ["one", "two"] {
            fs::create_dir(path(folder)).unwrap();
            fs::write(path(folder).join("real.yaml"), config(&[CLICKS])).unwrap();
        }
        symlink("one", path("current")).unwrap();
        symlink("current/real.yaml", path("config.yaml")).unwrap();
    });
    let (second, third) = (config(&[RECENT]), config(&[RECENT, CTR]));
    fs::write(place.path("two/real.yaml"), &second).unwrap();
    symlink("two", place.path("next")).unwrap();
    fs::rename(place.path("next"), place.path("current")).unwrap();
    place.applied(2);
    place.check(&second);
    fs::write(place.path("two/real.yaml"), &third).unwrap();
    place.applied(3);
    place.check(&third);

    // The link itself is replaced by one to yet another folder.
    fs::create_dir(place.path("three")).unwrap();
    fs::write(place.path("three/other.yaml"), &second).unwrap();
    symlink("three/other.yaml", place.path("config.new")).unwrap();
    fs::rename(place.path("config.new"), place.path("config.yaml")).unwrap();
    place.applied(4);
    fs::write(place.path("three/other.yaml"), &third).unwrap();
    place.applied(5);
    place.check(&third);
}

/// Also when the directory is gone for so long that this is told, and when it never was.
#[test]
fn a_directory_that_is_made_again() {
    for is_told in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("log.ndjson"), log(EVENTS as u32)).unwrap();
        let make = |text: &str| {
            fs::create_dir_all(path("in/here")).unwrap();
            fs::write(path("in/here/config.yaml"), text).unwrap();
        };
        make(&config(&[CLICKS]));
        let setup = Setup {
            start: Start::End,
            ..setup(&path("in/here/config.yaml"), &path("log.ndjson"), None)
        };
        let mut live = Live::threaded(setup);
        live.wait("end", |snapshot| snapshot.transport.state == State::Ended);
        for (version, text) in [(2, config(&[RECENT])), (3, config(&[CLICKS]))] {
            fs::remove_dir_all(path("in")).unwrap();
            if is_told {
                live.said("config.yaml is gone — v");
            }
            make(&text);
            live.wait("the save", |snapshot| snapshot.config.version == version);
        }
        live.quit();
    }
}

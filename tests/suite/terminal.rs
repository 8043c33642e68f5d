//! The workbench on a real pseudo-terminal, with a made-up session behind it. The tests start
//! this very test binary again, told to run [`child`] only.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use counterscope::base::panic_guard::guarded;
use counterscope::session::protocol::{Command, Link};
use counterscope::session::snapshot::Snapshot;
use counterscope::ui::{self, Options};
use crossbeam_channel::{RecvTimeoutError, bounded, unbounded};
use portable_pty::CommandBuilder;
use rustix::process::{Signal, getpid, kill_process};

use crate::pty::Pty;
use crate::world::World;

/// What the child is told by its environment: the command of the editor, or that it is a child.
const ROLE: &str = "COUNTERSCOPE_TEST_CHILD";
/// The file that a child writes how it was left to, instead of the terminal.
const HEARD: &str = "COUNTERSCOPE_TEST_HEARD";
/// Told in the place of an editor: a panic behind the screen is caught.
const CATCHES: &str = "catches";

#[expect(clippy::disallowed_methods, reason = "a child is told its part by a variable")]
fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

#[expect(clippy::disallowed_methods, reason = "as the command line does")]
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some()
}

/// The program in the pseudo-terminal. As an ordinary test, without a role,
/// it has nothing to do.
#[test]
fn child() {
    let Some(editor) = role() else { return };
    let (commands, orders) = unbounded();
    let (ping, pings) = bounded(1);
    let newest: Arc<Mutex<Option<Arc<Snapshot>>>> = Arc::default();
    let publish = {
        let newest = Arc::clone(&newest);
        move |world: &World| {
            *newest.lock().unwrap() = Some(world.snapshot());
            let _ = ping.try_send(());
        }
    };
    let catches = editor == CATCHES;
    let worker = std::thread::spawn(move || {
        let mut world = World::default();
        loop {
            match orders.recv_timeout(Duration::from_millis(20)) {
                Ok(Command::Reload) if catches => {
                    let caught = guarded(|| -> () { panic!("code of others") });
                    assert_eq!(caught, Err("code of others".to_owned()));
                    world.obey(Command::Step(1));
                    publish(&world);
                }
                Ok(Command::Reload) => panic!("told to read the config again"),
                Ok(command) => {
                    if !world.obey(command) {
                        return;
                    }
                    publish(&world);
                }
                Err(RecvTimeoutError::Timeout) if world.is_playing() => {
                    world.tick();
                    publish(&world);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
    let options = Options {
        theme: "dark".into(),
        no_color: no_color(),
        mouse: true,
        editor: Some(editor).filter(|command| !command.is_empty()),
        config: Some("configs/features.yaml".into()),
        ..Options::default()
    };
    let left = ui::run(&Link { commands, newest, pings }, &options);
    #[expect(clippy::disallowed_methods, reason = "a child is told its part by a variable")]
    if let Some(heard) = std::env::var_os(HEARD) {
        kill_process(getpid(), Signal::HUP).unwrap();
        std::fs::write(heard, format!("{left:?}")).unwrap();
        kill_process(getpid(), Signal::TERM).unwrap();
        loop {
            std::thread::park();
        }
    }
    println!("left: {left:?}");
    let _ = worker.join();
}

fn command(editor: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "terminal::child", "--nocapture", "--test-threads=1"]);
    command.env(ROLE, editor);
    command.env_remove("NO_COLOR");
    command.env("TERM", "xterm-256color");
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command
}

fn start() -> Pty {
    let pty = Pty::start(command(""), 100, 30);
    pty.wait_text("17,712/48,213");
    pty
}

#[test]
fn it_starts_answers_and_quits() {
    let mut pty = start();
    pty.look(|screen| {
        assert!(screen.alternate_screen() && screen.hide_cursor() && screen.bracketed_paste());
        assert_ne!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    });
    assert!(pty.is_raw());
    pty.send("...");
    pty.wait_text("17,715/48,213");
    pty.send("25,");
    pty.wait_text("17,690/48,213");
    pty.send(" ");
    pty.wait_text("PLAYING");
    pty.send(" ");
    pty.wait_text("PAUSED");
    pty.send("/item-00\r");
    pty.wait_text("100 of 1,204");
    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
    assert!(pty.text().contains("left: Ok(Quit)"), "{}", pty.text());
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let mut pty = start();
    for (columns, rows) in [(160, 45), (80, 24), (100, 30)] {
        pty.resize(columns, rows);
        pty.wait("the last line", |screen| {
            screen.rows(0, columns).nth(usize::from(rows) - 1).unwrap().contains("q quit")
        });
    }
    // A key at the same moment does not hide the new size.
    for (columns, rows) in [(80, 24), (120, 40)].repeat(8) {
        pty.send("j");
        pty.resize(columns, rows);
        pty.wait("the last line", |screen| {
            screen.rows(0, columns).nth(usize::from(rows) - 1).unwrap().contains("q quit")
        });
    }
    pty.resize(20, 5);
    pty.wait_text("40x8 or larger");
    pty.send("q");
    assert!(pty.end().success(), "keys work where nothing fits");
    pty.assert_modes_restored();
}

#[test]
fn a_signal_ends_it_with_the_terminal_restored() {
    for (signal, number) in [
        (Signal::TERM, 15),
        (Signal::INT, 2),
        (Signal::HUP, 1),
        (Signal::QUIT, 3),
        (Signal::ALARM, 14),
        (Signal::USR2, 12),
        (Signal::VTALARM, 26),
    ] {
        let mut pty = start();
        pty.signal(signal);
        pty.end();
        pty.assert_modes_restored();
        let left = format!("left: Ok(Signal({number}))");
        assert!(pty.text().contains(&left), "{}", pty.text());
    }
}

/// Nobody is at the other end any more: it ends as by the signal that tells this, and falls over
/// nothing on its way out, nor over the same signal once more. Another signal ends it there.
#[test]
fn a_terminal_that_is_gone_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let heard = folder.path().join("heard");
    let mut command = command("");
    command.env(HEARD, &heard);
    let mut pty = Pty::start(command, 100, 30);
    pty.wait_text("17,712/48,213");
    let status = pty.hang_up();
    assert_eq!(std::fs::read_to_string(&heard).unwrap(), "Ok(Signal(1))");
    let signal = status.signal().unwrap_or_default();
    assert!(signal.starts_with("Terminated"), "{status:?}");
}

/// What begins on the keyboard's line and never ends holds no key back.
#[test]
fn an_unfinished_sequence_does_not_keep_one_in() {
    for begun in ["\u{1b}[200~", "\u{1b}[12;", "\u{1b}P"] {
        let mut pty = start();
        pty.send(begun);
        pty.settle();
        pty.send("\u{3}");
        pty.wait_text("ctrl-c");
        pty.send("\u{3}");
        assert!(pty.end().success(), "{begun:?}");
        pty.assert_modes_restored();
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_it_continues() {
    let mut pty = start();
    pty.send("...");
    pty.wait_text("17,715/48,213");
    pty.send("\u{1a}");
    pty.wait("shell's screen", |screen| !screen.alternate_screen() && !pty.is_raw());
    pty.settle();
    pty.assert_modes_restored();
    #[cfg(target_os = "linux")]
    assert_eq!(pty.state(), Some('T'));
    pty.signal(Signal::CONT);
    pty.wait("screen again", |screen| {
        screen.alternate_screen() && screen.contents().contains("17,715/48,213")
    });
    assert!(pty.is_raw());
    pty.send(".");
    pty.wait_text("17,716/48,213");
    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_read() {
    let mut pty = start();
    pty.send("r");
    pty.end();
    pty.assert_modes_restored();
    assert!(pty.text().contains("told to read the config again"), "{}", pty.text());
    assert!(pty.text().contains("left: Ok(SessionEnded)"), "{}", pty.text());
}

#[test]
fn a_panic_that_is_caught_leaves_the_screen_alone() {
    let mut pty = Pty::start(command(CATCHES), 100, 30);
    pty.wait_text("17,712/48,213");
    pty.send("r");
    pty.wait_text("17,713/48,213");
    assert!(pty.is_raw());
    pty.look(|screen| {
        assert!(screen.alternate_screen());
        assert!(!screen.contents().contains("code of others"), "{}", screen.contents());
    });
    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
}

#[test]
fn another_program_can_ask_to_read_the_config_again() {
    let mut pty = start();
    pty.signal(Signal::USR1);
    pty.end();
    assert!(pty.text().contains("told to read the config again"), "{}", pty.text());
}

#[test]
fn the_editor_gets_file_line_and_keys() {
    let folder = tempfile::tempdir().unwrap();
    let heard = folder.path().join("heard");
    let editor = format!("printf '[%s]\\n' > '{0}' \"$@\"; head -n 1 >> '{0}'; :", heard.display());
    let mut pty = Pty::start(command(&editor), 100, 30);
    pty.wait_text("17,712/48,213");
    pty.send("o");
    pty.wait("editor's screen", |screen| !screen.alternate_screen() && !pty.is_raw());
    pty.send("typed for the editor\r");
    pty.wait("screen again", |screen| {
        screen.alternate_screen() && screen.contents().contains("17,712/48,213")
    });
    let heard = std::fs::read_to_string(&heard).unwrap();
    let config = std::path::absolute("configs/features.yaml").unwrap();
    assert_eq!(heard, format!("[+2]\n[{}]\ntyped for the editor\n", config.display()));
    pty.send(".");
    pty.wait_text("17,713/48,213");
    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
}

/// An editor that is sent to the background takes the workbench along, or the shell would wait
/// for it behind a terminal that nobody reads.
#[test]
fn an_editor_that_stops_stops_everything() {
    let folder = tempfile::tempdir().unwrap();
    let heard = folder.path().join("heard");
    let editor = format!("kill -TSTP 0; head -n 1 > '{}'; :", heard.display());
    let mut pty = Pty::start(command(&editor), 100, 30);
    pty.wait_text("17,712/48,213");
    pty.send("o");
    pty.wait("editor's screen", |screen| !screen.alternate_screen() && !pty.is_raw());
    #[cfg(target_os = "linux")]
    pty.wait("stop", |_| pty.state() == Some('T'));
    pty.settle();
    pty.signal_group(Signal::CONT);
    pty.send("\u{3}");
    pty.wait("screen again", |screen| {
        screen.alternate_screen() && screen.contents().contains("17,712/48,213")
    });
    pty.send(".");
    pty.wait_text("17,713/48,213");
    pty.send("q");
    assert!(pty.end().success(), "the interrupt was the editor's");
    pty.assert_modes_restored();
}

#[test]
fn without_an_editor_it_says_how_to_set_one() {
    let mut pty = start();
    pty.send("o");
    pty.wait_text("no editor found: set $EDITOR");
    pty.send("q");
    assert!(pty.end().success());
}

#[test]
fn an_idle_screen_draws_nothing() {
    let mut pty = start();
    for (name, keys) in [
        ("values", "1"),
        ("events", "2"),
        ("an event", "l"),
        ("config", "3"),
        ("explain", "4"),
        ("log", "6"),
        ("features", "f"),
        ("help", "\u{1b}?"),
    ] {
        pty.send(keys);
        pty.settle();
        assert_eq!(pty.bytes_within(Duration::from_millis(700)), 0, "{name}");
    }
}

#[test]
fn the_mouse_is_given_back_when_asked() {
    let mut pty = start();
    pty.send("%");
    pty.wait("free mouse", |screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None);
    pty.send("%");
    pty.wait("mouse", |screen| screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None);
    // A notch of the wheel over the table, in the terminal's words.
    pty.send("\u{1b}[<65;10;10M");
    pty.wait_text("4–22 of 1,204");
    pty.send("q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
}

#[test]
fn no_color_leaves_bold_and_reverse() {
    let mut command = command("");
    command.env("NO_COLOR", "1");
    let pty = Pty::start(command, 100, 30);
    pty.wait_text("17,712/48,213");
    pty.look(|screen| {
        let cells = || (0..30).flat_map(|y| (0..100).filter_map(move |x| screen.cell(y, x)));
        assert!(cells().any(vt100::Cell::inverse), "the selected cell is reversed");
        assert!(cells().any(vt100::Cell::bold));
        assert!(cells().all(|cell| cell.fgcolor() == vt100::Color::Default));
    });
}

#[test]
fn leaving_the_screen_behind() {
    let mut pty = start();
    pty.send("Q");
    assert!(pty.end().success());
    pty.assert_modes_restored();
    // The first lines have scrolled away under what the test binary says at its end.
    assert!(pty.text().contains("item-0376") && pty.text().contains("36.7 %"), "{}", pty.text());
}

#[test]
fn without_a_terminal_it_refuses_clearly() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "terminal::child", "--nocapture"])
        .env(ROLE, "")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("needs a terminal on stdin and stdout"), "{said}");
    assert!(!said.contains('\u{1b}'), "not one escape sequence");
}

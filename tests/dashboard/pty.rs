//! The real program in a pseudo-terminal: it starts, listens to keys, and leaves the terminal as it found it.
//! Everything waits for what is on the screen, never for a time.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, missing_docs)]

use std::io::{Read, Write};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyModifiers};
use lsdoctor::dashboard::{Action, Chord, Keymap, Screen};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

/// No machine is so slow that a screen takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

struct Tui {
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    /// To a thread of its own, because a terminal whose keys nobody reads lets its writer wait.
    keys: Sender<Vec<u8>>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open, so that the terminal's modes can be read after the program's end.
    _slave: Box<dyn SlavePty + Send>,
    /// What `stty` would tell before the program began.
    modes: String,
}

impl Tui {
    fn demo(size: (u16, u16), arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lsdoctor"));
        command.arg("demo");
        command.args(arguments);
        Self::start(command, size)
    }

    fn start(mut command: CommandBuilder, (cols, rows): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("PATH", std::env::var_os("PATH").unwrap());
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 200)));
        let raw = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (screen, bytes) = (parser.clone(), raw.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                bytes.lock().unwrap().extend_from_slice(&buffer[..count]);
                screen.lock().unwrap().process(&buffer[..count]);
            }
        });
        let mut writer = pair.master.take_writer().unwrap();
        let (keys, pressed) = channel::<Vec<u8>>();
        std::thread::spawn(move || pressed.into_iter().try_for_each(|keys| writer.write_all(&keys)));
        Self { parser, raw, keys, child, master: pair.master, _slave: pair.slave, modes }
    }

    fn screen(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    fn until(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let start = Instant::now();
        while !holds(self.parser.lock().unwrap().screen()) {
            assert!(start.elapsed() < PATIENCE, "never came: {what}\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn see(&self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    fn press(&self, keys: &str) {
        self.keys.send(keys.as_bytes().to_vec()).unwrap();
    }

    fn printed(&self, text: &str) -> bool {
        String::from_utf8_lossy(&self.raw.lock().unwrap()).contains(text)
    }

    fn signal(&self, name: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end, and tells the exit code; the terminal must be as it was.
    fn ends(&mut self) -> u32 {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "does not end\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        };
        self.until("a terminal as it was", |screen| {
            !screen.alternate_screen()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
                && !screen.bracketed_paste()
                && !screen.hide_cursor()
        });
        assert_eq!(modes(&*self.master), self.modes);
        status.exit_code()
    }
}

/// What `stty` tells of a terminal.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}

/// The bytes by which a terminal sends a key.
fn bytes(chord: &Chord) -> String {
    let key = chord.event();
    let held = key.modifiers;
    match key.code {
        KeyCode::Char(letter) if held.contains(KeyModifiers::CONTROL) => char::from(letter as u8 & 0x1f).to_string(),
        KeyCode::Char(letter) => letter.to_string(),
        KeyCode::Enter => "\r".to_owned(),
        KeyCode::Esc => "\x1b".to_owned(),
        KeyCode::Tab => "\t".to_owned(),
        KeyCode::BackTab => "\x1b[Z".to_owned(),
        KeyCode::Up => "\x1b[A".to_owned(),
        KeyCode::Down => "\x1b[B".to_owned(),
        KeyCode::Right => "\x1b[C".to_owned(),
        KeyCode::Left => "\x1b[D".to_owned(),
        KeyCode::Home => "\x1b[H".to_owned(),
        KeyCode::End => "\x1b[F".to_owned(),
        KeyCode::PageUp => "\x1b[5~".to_owned(),
        KeyCode::PageDown => "\x1b[6~".to_owned(),
        other => panic!("no bytes for {other:?}"),
    }
}

#[test]
fn it_starts_and_quits() {
    let mut tui = Tui::demo((100, 30), &[]);
    tui.see("Overview");
    tui.until("alternate screen, mouse and paste", |screen| {
        screen.alternate_screen()
            && screen.bracketed_paste()
            && screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None
    });
    assert!(tui.printed("\x1b[?2026h"), "frames come in one piece");
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn every_way_to_quit_leaves_the_terminal_as_it_was() {
    let quits = |action| matches!(action, Action::Quit | Action::QuitPrinting);
    for binding in Keymap::built_in().on_screen(Screen::Overview, true).filter(|b| quits(b.action)) {
        for chord in &binding.keys {
            let mut tui = Tui::demo((80, 24), &[]);
            tui.see("Overview");
            tui.press(&bytes(chord));
            assert_eq!(tui.ends(), 0, "{chord}");
        }
    }
}

/// All keys of the table do the same here, by a configuration: so each is seen to arrive as what it is.
#[test]
fn every_key_of_the_table_arrives() {
    let keymap = Keymap::built_in();
    let mut chords: Vec<Chord> = Vec::new();
    let mut config = "[keys]\n".to_owned();
    for (action, keys, _) in keymap.actions() {
        chords.extend(keys.iter().filter(|key| !chords.contains(key)).copied().collect::<Vec<_>>());
        if !["theme", "quit"].contains(&action.as_str()) {
            config.push_str(&format!("{action} = []\n"));
        }
    }
    let list: Vec<_> = chords.iter().map(|chord| format!("\"{chord}\"")).collect();
    config.push_str(&format!("theme = [{}]\nquit = [\"ctrl-x\"]\n", list.join(", ")));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, config).unwrap();

    let mut tui = Tui::demo((80, 24), &["--config", file.to_str().unwrap()]);
    tui.see(" ctrl-x quit");
    let names = ["light", "sixteen", "no color", "dark"];
    for (chord, name) in chords.iter().zip(names.iter().cycle()) {
        tui.press(&bytes(chord));
        tui.until(&format!("{name}, by {chord}"), |screen| screen.contents().contains(&format!("Theme: {name}.")));
    }
    assert!(chords.len() > 50, "{}", chords.len());
    tui.press("\x18");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn all_keys_pressed_one_after_the_other_leave_it_well() {
    let mut tui = Tui::demo((80, 24), &[]);
    tui.see("Overview");
    let ends = |action| matches!(action, Action::Quit | Action::QuitPrinting | Action::Suspend);
    let log = "following|There is no log|Waiting for the log";
    let own = ["Checks", "outcome", log, "Network path to", "Cached licenses", "Endpoint", "What changed", ""];
    for (screen, own) in Screen::ALL.into_iter().zip(own) {
        tui.press(&format!("\r{}", screen.number()));
        tui.until(own, |screen| own.split('|').any(|text| screen.contents().contains(text)));
        for binding in Keymap::built_in().on_screen(screen, true).filter(|b| !ends(b.action)) {
            for chord in binding.keys.iter().filter(|chord| chord.event().code != KeyCode::Esc) {
                // Enter leaves the search field, the number leaves the help.
                tui.press(&format!("\r{}{}", screen.number(), bytes(chord)));
            }
        }
    }
    // A terminal that tells of its focus, or answers what nobody asked.
    tui.press("\x1b[I\x1b[O\x1b[?62c");
    tui.press("\r4");
    tui.see("Network path to");
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn keys_reach_every_screen() {
    let mut tui = Tui::demo((100, 30), &[]);
    tui.see("Overview");
    for (key, seen) in [
        ("2", "Container engine"),
        ("3", "following"),
        ("4", "Network path to api.localstack.cloud"),
        ("5", "Cached licenses"),
        ("6", "Endpoint"),
        ("7", "What changed"),
        ("8", "Explain"),
        ("\t", "pass · "),
        ("\x1b[Z", "Explain"),
    ] {
        tui.press(" ");
        tui.press(key);
        tui.see(seen);
    }
    tui.press("?");
    tui.see("On this screen: Explain");
    tui.press("G");
    tui.see("quit, and keep this screen");
    tui.press("q");
    tui.until("help closed", |screen| !screen.contents().contains("quit, and keep this screen"));
    tui.press("\x03");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn the_log_is_searched_by_typing_and_pasting() {
    let mut tui = Tui::demo((100, 30), &[]);
    tui.see("Overview");
    // Pause, go back to the beginning, and three steps on: the container ended for want of a token.
    tui.press(" ,,,...3");
    tui.see("Reason: No credentials");
    tui.press("/exit");
    tui.see("\"exit\" 1 of 1");
    tui.press("\x15\x1b[200~license\x1b[201~");
    tui.see("\"license\" 2 of 2");
    tui.press("\r");
    tui.see("follow");
    tui.press("l");
    tui.see("license lines,");
    tui.press("Q");
    assert_eq!(tui.ends(), 0);
    tui.until("the last screen stays", |screen| screen.contents().contains("license lines,"));
}

/// More keys at once than any buffer on the way holds: each counts, and none waits for the next.
#[test]
fn a_storm_of_keys_arrives_whole() {
    let mut tui = Tui::demo((80, 24), &[]);
    tui.see("Overview");
    // Four themes take turns: one press more than a multiple of four, and the screen that tells when all are through.
    tui.press(&format!(" {}2", "t".repeat(20 * 1024 + 1)));
    tui.see("outcome");
    tui.see("Theme: light.");
    // The same many as one paste, which is text and no keys: what is typed afterwards still is.
    tui.press(&format!("3/\x1b[200~{}\x1b[201~", "q".repeat(20 * 1024)));
    tui.see("qqqq");
    tui.press("\x15exit");
    tui.see("\"exit\"");
    tui.press("\r");
    // Where nothing is typed, a paste does nothing.
    tui.press(&format!("2\x1b[200~{}\x1b[201~t", "q".repeat(20 * 1024)));
    tui.see("Theme: sixteen.");
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn a_remedy_is_copied_through_the_terminal() {
    let mut tui = Tui::demo((100, 30), &[]);
    tui.see("Overview");
    tui.press(" ,,,...");
    tui.see("NOT ACTIVATED");
    tui.press("y");
    tui.see("Copied: docker rm -f localstack-main");
    // OSC 52, and the beginning of the command in base64.
    assert!(tui.printed("\x1b]52;c;ZG9ja2VyIHJt"));
    tui.press("o");
    tui.until("the link in the bottom line", |screen| {
        let link = "https://docs.localstack.cloud/aws/getting-started/auth-token/";
        screen.contents().lines().last().is_some_and(|line| line.contains(link))
    });
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn the_mouse_clicks_and_can_be_given_back() {
    let mut tui = Tui::demo((100, 30), &[]);
    tui.see("Overview");
    tui.press(" \x1b[<0;18;1M");
    tui.see("Container engine");
    tui.press("m");
    tui.until("no mouse", |screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None);
    tui.press("m");
    tui.until("mouse", |screen| screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None);
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn it_follows_the_size_of_the_terminal() {
    let mut tui = Tui::demo((120, 40), &[]);
    tui.see("4 Network");
    for (cols, rows, seen) in [(80, 24, "4 Net "), (30, 8, "too small"), (60, 18, " 1 Overview  2  3 ")] {
        tui.parser.lock().unwrap().screen_mut().set_size(rows.try_into().unwrap(), cols.try_into().unwrap());
        tui.master.resize(PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }).unwrap();
        tui.see(seen);
    }
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn signals_end_it_cleanly() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut tui = Tui::demo((80, 24), &[]);
        tui.see("Overview");
        tui.signal(signal);
        assert_eq!(tui.ends(), 0, "{signal}");
    }
}

#[test]
fn it_is_suspended_and_goes_on() {
    let mut command = CommandBuilder::new("sh");
    // A shell with job control: the program is stopped, the terminal is the shell's, `fg` brings it back.
    let program = env!("CARGO_BIN_EXE_lsdoctor");
    command.args(["-c", &format!("set -m; {program} demo; echo stopped; read line; fg; echo over")]);
    let mut tui = Tui::start(command, (80, 24));
    tui.see("Overview");
    tui.press("\x1a");
    tui.until("the shell's screen", |screen| !screen.alternate_screen() && screen.contents().contains("stopped"));
    tui.press("\r");
    tui.until("the dashboard again", |screen| screen.alternate_screen() && screen.contents().contains("Overview"));
    tui.press("q");
    tui.see("over");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn without_colour_none_is_sent() {
    let mut command = CommandBuilder::new("env");
    command.args(["NO_COLOR=1", env!("CARGO_BIN_EXE_lsdoctor"), "demo", "--ascii"]);
    let mut tui = Tui::start(command, (80, 24));
    tui.see("Overview");
    tui.press(" ,,,...");
    tui.see("x NOT ACTIVATED");
    assert!(!tui.printed("\x1b[38;") && !tui.printed("\x1b[48;"));
    assert!(tui.screen().is_ascii(), "{}", tui.screen());
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn nothing_is_written_while_nothing_changes() {
    let mut tui = Tui::demo((80, 24), &[]);
    tui.see("Overview");
    tui.press(" 8");
    tui.see("paused");
    // Quiet begins when a second has passed without a byte; two further seconds must add none.
    let quiet = |seconds: u64| {
        let before = tui.raw.lock().unwrap().len();
        std::thread::sleep(Duration::from_secs(seconds));
        tui.raw.lock().unwrap().len() == before
    };
    let start = Instant::now();
    while !quiet(1) {
        assert!(start.elapsed() < PATIENCE, "it never grows quiet");
    }
    assert!(quiet(2));
    tui.press("q");
    assert_eq!(tui.ends(), 0);
}

#[test]
fn a_terminal_that_goes_away_ends_the_program() {
    let size = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lsdoctor"));
    command.arg("demo");
    command.env("TERM", "xterm-256color");
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains("Overview") {
        let count = reader.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..count]);
    }
    drop((reader, pair.master));
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it went on without a terminal");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

//! The app in a real pseudo-terminal, driven by keys and read from its screen.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::Desk;

/// Longest wait for something to appear; far beyond what any step takes.
const PATIENCE: Duration = Duration::from_mins(4);

/// The app in a pseudo-terminal.
pub struct Terminal {
    screen: Arc<Mutex<vt100::Parser>>,
    /// All that it wrote.
    written: Arc<Mutex<Vec<u8>>>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    fn open(desk: &Desk, arguments: &str, rows: u16, cols: u16) -> Self {
        Self::open_with(desk, arguments, rows, cols, &[])
    }

    /// Opens it with these environment variables besides the usual ones.
    pub fn open_with(
        desk: &Desk,
        arguments: &str,
        rows: u16,
        cols: u16,
        variables: &[(&str, &str)],
    ) -> Self {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let mut command = CommandBuilder::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"));
        command.args(arguments.split_whitespace());
        Self::start(desk, command, size, variables)
    }

    /// Has a shell with job control run a script, in which `$0` is the program.
    pub fn open_shell(desk: &Desk, script: &str) -> Self {
        let size = PtySize {
            rows: 24,
            cols: 80,
            pixel_width: 0,
            pixel_height: 0,
        };
        let mut command = CommandBuilder::new("sh");
        command.args(["-mc", script]);
        command.arg(assert_cmd::cargo::cargo_bin!("ebcle-tui"));
        Self::start(desk, command, size, &[])
    }

    fn start(
        desk: &Desk,
        mut command: CommandBuilder,
        size: PtySize,
        variables: &[(&str, &str)],
    ) -> Self {
        let pair = native_pty_system().openpty(size).unwrap();
        command.cwd(desk.path());
        command.env("HOME", desk.path());
        command.env("EBCLE_MEASURE", "false");
        command.env("EBCLE_START", "false");
        command.env("EBCLE_REMEMBER", "false");
        command.env("XDG_CACHE_HOME", desk.path().join(".cache"));
        command.env("XDG_CONFIG_HOME", desk.path().join(".config"));
        command.env("XDG_STATE_HOME", desk.path().join(".state"));
        command.env("XDG_DATA_HOME", desk.path().join(".data"));
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(size.rows, size.cols, 0)));
        let mut output = pair.master.try_clone_reader().unwrap();
        let parser = screen.clone();
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let kept = written.clone();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                kept.lock().unwrap().extend(&buffer[..count]);
                parser.lock().unwrap().process(&buffer[..count]);
            }
        });
        Self {
            screen,
            written,
            keys: pair.master.take_writer().unwrap(),
            child,
            _master: pair.master,
        }
    }

    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// All that it wrote so far, escape sequences too.
    pub fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap()).into_owned()
    }

    /// The colours of the text on its screen, each once.
    pub fn colours(&self) -> Vec<vt100::Color> {
        let parser = self.screen.lock().unwrap();
        let screen = parser.screen();
        let (rows, columns) = screen.size();
        let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        let cells = cells.filter_map(|(row, column)| screen.cell(row, column));
        let mut found = Vec::new();
        for colour in cells.map(vt100::Cell::fgcolor) {
            if !found.contains(&colour) {
                found.push(colour);
            }
        }
        found
    }

    /// Waits until the screen shows `part`.
    pub fn sees(&self, part: &str) {
        let begun = Instant::now();
        while !self.text().contains(part) {
            assert!(
                begun.elapsed() < PATIENCE,
                "'{part}' never appeared:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&self, signal: &str) {
        let pid = self.child.process_id().unwrap().to_string();
        let killed = std::process::Command::new("kill")
            .args([signal, &pid])
            .status();
        assert!(killed.unwrap().success());
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for the end; gives whether the user's own screen is back, and all that was written.
    pub fn written_at_end(self) -> (bool, String) {
        let written = self.written.clone();
        let (_, restored) = self.ends();
        let written = String::from_utf8_lossy(&written.lock().unwrap()).into_owned();
        (restored, written)
    }

    /// Waits for the end; gives the exit code and whether the user's own screen is back.
    pub fn ends(mut self) -> (u32, bool) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it does not end:\n{}",
                self.text()
            );
            thread::sleep(Duration::from_millis(20));
        };
        thread::sleep(Duration::from_millis(200));
        let parser = self.screen.lock().unwrap();
        let restored = !parser.screen().alternate_screen() && !parser.screen().hide_cursor();
        (status.exit_code(), restored)
    }
}

#[test]
fn a_whole_training_is_followed_from_data_to_export() {
    let desk = Desk::new();
    let small = "--limit 60 --epochs 2 --batch-size 20 --device cpu";
    let mut terminal = Terminal::open(&desk, small, 24, 80);
    terminal.sees("image entropy and the depth cap");
    terminal.sees("channel-sum");
    terminal.press("2");
    terminal.sees("plan the capped network");
    terminal.press("a");
    terminal.press("21\r");
    terminal.sees("resnet-20 and resnet-26");
    terminal.press("\u{1b}");
    thread::sleep(Duration::from_millis(300));
    terminal.press("a");
    terminal.press("14\r");
    terminal.sees("resnet-14");
    terminal.press("\r");
    terminal.sees("baseline against capped");
    terminal.press("s");
    terminal.sees("inconclusive");
    terminal.press("4");
    terminal.sees("past trainings and their results");
    terminal.sees("resnet-14");
    terminal.press("e");
    terminal.press("\r");
    let begun = Instant::now();
    while !desk.path().join("export").exists() {
        assert!(
            begun.elapsed() < PATIENCE,
            "nothing was exported:\n{}",
            terminal.text()
        );
        thread::sleep(Duration::from_millis(20));
    }
    terminal.press("?");
    terminal.sees("Keys and actions");
    terminal.press("\u{1b}");
    thread::sleep(Duration::from_millis(300));
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

#[test]
fn ctrl_c_in_a_training_from_a_kept_profile_keeps_finished_epochs_and_the_terminal() {
    let desk = Desk::new();
    let small = "--limit 60 --epochs 500 --batch-size 20 --device cpu";
    let mut first = Terminal::open(&desk, small, 24, 80);
    first.sees("channel-sum");
    first.press("q");
    assert_eq!(first.ends(), (0, true));
    let kept = std::fs::read_dir(desk.path().join(".cache/ebcle-tui/profiles")).unwrap();
    assert_eq!(kept.count(), 1);
    let mut terminal = Terminal::open(&desk, small, 24, 80);
    terminal.sees("channel-sum");
    terminal.press("3");
    terminal.sees("start the training");
    terminal.press("s");
    terminal.sees("2 of 500");
    terminal.press("\u{3}");
    terminal.sees("A training is running. Quit?");
    terminal.press("\u{3}");
    let written = terminal.written_at_end();
    let last = "stopped; finished epochs are kept: `ebcle-tui resume ";
    assert!(written.1.contains(last), "{}", written.1);
    assert!(written.0);
    let run = std::fs::read_dir(desk.path().join("runs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let metrics = std::fs::read_to_string(run.join("metrics.csv")).unwrap();
    assert!(metrics.lines().count() >= 3, "{metrics}");
    assert!(std::fs::read_dir(run.join("checkpoints")).unwrap().count() >= 2);
}

#[test]
fn a_small_terminal_shows_what_matters() {
    let desk = Desk::new();
    let mut terminal = Terminal::open(&desk, "--limit 60", 5, 20);
    terminal.sees("cap ");
    terminal.sees("s start");
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

#[test]
fn signals_restore_the_terminal() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let desk = Desk::new();
        let terminal = Terminal::open(&desk, "--limit 60", 24, 80);
        terminal.sees("channel-sum");
        terminal.kill(signal);
        assert_eq!(terminal.ends(), (130, true), "{signal}");
    }
}

#[test]
fn ctrl_z_leaves_the_terminal_to_the_shell_and_fg_comes_back() {
    let desk = Desk::new();
    let script = "\"$0\" --limit 60; echo left with $?; read line; fg";
    let mut terminal = Terminal::open_shell(&desk, script);
    terminal.sees("channel-sum");
    terminal.press("\u{1a}");
    terminal.sees("left with");
    assert!(!terminal.text().contains("channel-sum"));
    terminal.press("\r");
    terminal.sees("channel-sum");
    terminal.press("2");
    terminal.sees("plan the capped network");
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

#[test]
fn where_no_shell_could_bring_it_back_ctrl_z_says_so() {
    let desk = Desk::new();
    let mut terminal = Terminal::open(&desk, "--limit 60", 24, 80);
    terminal.sees("channel-sum");
    terminal.press("\u{1a}");
    terminal.sees("no shell could bring the program back");
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

#[test]
fn a_huge_paste_is_refused_and_a_dropped_folder_is_read() {
    let desk = Desk::new();
    let folder = desk.images("my flowers", 2, 3, 8);
    let mut terminal = Terminal::open(&desk, "--limit 60", 24, 100);
    terminal.sees("channel-sum");
    terminal.press("a");
    let paste = |text: &str| format!("\u{1b}[200~{text}\u{1b}[201~");
    terminal.press(&paste(&"x".repeat(1_000_000)));
    terminal.sees("too long for a path");
    terminal.press(&paste(&format!("'{}' ", folder.display())));
    terminal.press("\r");
    terminal.sees("2 classes");
    terminal.press("a");
    terminal.press(&paste(&"y".repeat(1_000_000)));
    terminal.kill("-TERM");
    assert_eq!(terminal.ends(), (130, true));
}

/// Of the tests' build alone: it panics at a paste of what `TEST_EBCLE_PANIC` holds.
#[test]
fn a_panic_gives_the_terminal_back_and_is_said() {
    let desk = Desk::new();
    let variables = [("TEST_EBCLE_PANIC", "panic on purpose")];
    let mut terminal = Terminal::open_with(&desk, "--limit 60", 24, 80, &variables);
    terminal.sees("channel-sum");
    terminal.press("\u{1b}[200~panic on purpose\u{1b}[201~");
    let written = terminal.written.clone();
    let (code, restored) = terminal.ends();
    assert_eq!((code, restored), (101, true));
    let written = String::from_utf8_lossy(&written.lock().unwrap()).into_owned();
    let (_, after) = written.rsplit_once("\u{1b}[?1049l").unwrap();
    assert!(after.contains("panic on purpose"), "{after}");
    let log = desk.path().join(".cache/ebcle-tui/ebcle-tui.log");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("panic on purpose"), "{log}");
}

/// Whether a process runs.
#[cfg(target_os = "linux")]
fn runs(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.trim()));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

/// The terminal goes when the shell that leads its session is killed: with a signal, and without one that is heard.
#[cfg(target_os = "linux")]
#[test]
fn a_closed_terminal_ends_the_program_and_finished_epochs_are_kept() {
    for trap in ["", "trap '' HUP; "] {
        let desk = Desk::new();
        let small = "export EBCLE_ARCHITECTURE=resnet-14 EBCLE_DEPTH=7";
        let program = "exec \"$0\" --limit 60 --epochs 500 --batch-size 20 --device cpu";
        let script = format!("{trap}{small}; sh -c 'echo $$ > pid; {program}' \"$0\"; true");
        let mut terminal = Terminal::open_shell(&desk, &script);
        terminal.sees("channel-sum");
        let trains = trap.is_empty();
        if trains {
            terminal.press("3");
            terminal.sees("start the training");
            terminal.press("s");
            terminal.sees("2 of 500");
        }
        let pid = std::fs::read_to_string(desk.path().join("pid")).unwrap();
        assert!(runs(&pid));
        terminal.kill("-KILL");
        let begun = Instant::now();
        while runs(&pid) {
            assert!(begun.elapsed() < PATIENCE, "it does not end: {trap}");
            thread::sleep(Duration::from_millis(20));
        }
        if !trains {
            continue;
        }
        let listed = desk.json("runs --json");
        assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
        let runs = std::fs::read_dir(desk.path().join("runs")).unwrap();
        let runs: Vec<_> = runs.map(|run| run.unwrap().path()).collect();
        let metrics = std::fs::read_to_string(runs[0].join("metrics.csv")).unwrap();
        assert!(metrics.lines().count() >= 3, "{metrics}");
    }
}

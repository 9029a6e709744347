//! Studies that are designed, stopped and continued in the app.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::support::Desk;
use crate::terminal::Terminal;

#[test]
fn a_sweep_is_started_stopped_and_continued_in_the_app() {
    let desk = Desk::new();
    let small =
        "--limit 60 --transform side=8 --epochs 40 --batch-size 20 --seeds 1,2 --device cpu";
    let mut terminal = Terminal::open_with(&desk, small, 36, 120, &[]);
    terminal.sees("channel-sum");
    terminal.press("2");
    terminal.sees("plan the capped network");
    terminal.press("a");
    terminal.press("14\r");
    terminal.sees("resnet-14");
    terminal.press("5");
    terminal.sees("no studies in");
    terminal.press("n");
    terminal.sees("How deep does the network need to be");
    terminal.press("\u{1b}[C");
    terminal.sees("From which depth on");
    terminal.press("j\r");
    terminal.press("8\r");
    terminal.sees("cannot be cut to 8");
    terminal.press("\u{15}7,9\r");
    terminal.press("\r9\r");
    terminal.press("\r");
    terminal.sees("‹ no ›");
    terminal.press("s");
    terminal.sees("run 1 of 2");
    terminal.press("3s");
    terminal.sees("a study is running: stop it first");
    terminal.press("5");
    terminal.sees(" of 40 ");
    terminal.press("s");
    terminal.sees("Stop the study?");
    terminal.press("y");
    terminal.sees("c continues it");
    terminal.sees("unfinished: 0 of 2 runs");
    let folder = desk.path().join("runs/sweep-glyphs-side8-resnet-14");
    assert!(folder.join("sweep.toml").is_file() && !folder.join("sweep.json").exists());
    terminal.press("c");
    terminal.sees("run 1 of 2");
    terminal.sees("is finished; its report is in");
    terminal.sees("constant MACs");
    let outcome: Value =
        serde_json::from_slice(&std::fs::read(folder.join("sweep.json")).unwrap()).unwrap();
    assert_eq!(outcome["depths"], serde_json::json!([7, 9]));
    assert_eq!(outcome["variants"].as_array().unwrap().len(), 1);
    assert!(folder.join("sweep.html").is_file());
    terminal.press("\t\r");
    terminal.sees("past trainings and their results");
    terminal.press("q");
    thread::sleep(Duration::from_millis(50));
    assert_eq!(terminal.ends(), (0, true));
}

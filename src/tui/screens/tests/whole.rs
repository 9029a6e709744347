//! Start, help, words, questions, the log and the small view: states and pictures.

use crate::run::{RunStatus, Update};
use crate::tui::app::{App, Message, Question, Tone};
use crate::tui::fixtures::{self, press};

use super::train::training;
use super::{LARGE, MIDDLE, SMALL, picture, ready};

/// An app that has said some things, with the log open, after these keys.
pub(super) fn logged(size: (u16, u16), keys: &str) -> App {
    let mut app = ready(size, "");
    app.update(Message::Failed(
        "the folder of runs cannot be watched: no space is left on the device".to_owned(),
    ));
    for number in 1..=40 {
        let later = app.now + jiff::SignedDuration::from_secs(17);
        app.update(Message::Tick(later));
        let sentence = format!("wrote {number} files to /home/ada/reports/{number:02}");
        app.say(Tone::Good, sentence);
    }
    app.update(Message::Failed("train-images-idx3-ubyte.gz cannot be fetched: https://example.org/mnist/train-images-idx3-ubyte.gz: no connection; check the network, or name another mirror in /home/ada/.config/ebcle-tui/datasets.toml".to_owned()));
    app.toast = None;
    press(&mut app, keys);
    app
}

/// The start of an app whose last run is unfinished.
pub(super) fn start(size: (u16, u16)) -> App {
    let mut app = ready(size, "");
    app.runs.listings[0].status = RunStatus::Unfinished;
    app.open_start();
    app
}

pictures! {
    log_80x24: logged(SMALL, "L");
    log_120x36: logged(MIDDLE, "L/fetch");
    log_200x60: logged(LARGE, "Lkk");
    help_200x60: ready(LARGE, "?");
    words_depth_200x60: ready(LARGE, "2i");
    start_200x60: start(LARGE);
    confirm_quit_120x36: { let mut app = training(MIDDLE, 1, 6); press(&mut app, "q"); app };
    confirm_quit_200x60: { let mut app = training(LARGE, 1, 6); press(&mut app, "q"); app };
    help_80x24: ready(SMALL, "?");
    actions_search_120x36: ready(MIDDLE, ":width");
    words_data_80x24: ready(SMALL, "i");
    words_train_120x36: { let mut app = training(MIDDLE, 1, 6); press(&mut app, "i"); app };
    start_80x24: start(SMALL);
    start_120x36: start(MIDDLE);
    long_training_80x24: { let mut app = ready(SMALL, "3"); app.ask(Question::Long { price: "about 5 h 20 min, 1.2 GB of checkpoints".to_owned() }); app };
    help_train_120x36: { let mut app = training(MIDDLE, 1, 6); press(&mut app, "?"); app };
    confirm_quit_80x24: { let mut app = training(SMALL, 1, 6); press(&mut app, "q"); app };
    small_79x24: training((79, 24), 2, 6);
    small_40x10: training((40, 10), 2, 6);
    small_20x4: training((20, 4), 2, 6);
    small_idle_20x4: ready((20, 4), "");
    small_question_20x6: { let mut app = training((20, 6), 1, 6); press(&mut app, "s"); app };
    small_finished_30x8: {
        let mut app = training((30, 8), 5, 20);
        let summary = fixtures::summary(&[1, 2, 3, 4, 5], 0.002);
        app.update(Message::Update(Update::Finished(Box::new(summary))));
        app
    };
}

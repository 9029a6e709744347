//! The Studies screen: states and pictures.

use std::path::PathBuf;

use crate::run::Update;
use crate::study::cluster::{CellDoing, JobState, Standing};
use crate::tui::app::{App, Effect, Message};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;
use crate::tui::screens::studies::{Priced, StudyUpdate};

use super::{LARGE, MIDDLE, SMALL, WIDEST, picture, ready};

/// An app that shows studies, after these keys.
pub(super) fn studies(size: (u16, u16), keys: &str) -> App {
    let mut app = ready(size, "5");
    app.update(Message::StudiesListed(Ok(fixtures::studies())));
    app.update(fixtures::grid_read());
    for letter in keys.chars() {
        let key = match letter {
            '\t' => Key::Tab,
            '\n' => Key::Enter,
            letter => Key::Char(letter),
        };
        app.update(Message::Key(key));
    }
    // Nothing of it was submitted to Slurm.
    app.update(Message::JobsSeen(PathBuf::from("runs/desk"), Ok(None)));
    app
}

/// An app that shows a grid whose cells are jobs, after these keys; the answer is some seconds old.
pub(super) fn jobs(size: (u16, u16), standing: Standing, keys: &str) -> App {
    let mut app = ready(size, "5");
    let mut list = vec![fixtures::submitted()];
    list.extend(fixtures::studies());
    let folder = list[0].path.clone();
    let effects = app.update(Message::StudiesListed(Ok(list)));
    assert_eq!(effects, [Effect::LookAtJobs(folder.clone())]);
    app.update(Message::JobsSeen(folder, Ok(Some(standing))));
    for letter in keys.chars() {
        let key = if letter == '\t' {
            Key::Tab
        } else {
            Key::Char(letter)
        };
        app.update(Message::Key(key));
    }
    app.now += jiff::SignedDuration::from_secs(7);
    app
}

/// Where the files alone tell what the cells do.
pub(super) fn jobs_not_asked() -> Standing {
    let mut standing = fixtures::standing();
    let why = "there is no squeue on this machine";
    standing.not_asked = Some(why.to_owned());
    for cell in &mut standing.cells {
        if cell.job.is_live() || cell.doing == CellDoing::Left {
            if cell.doing != CellDoing::Running {
                cell.doing = CellDoing::Unknown;
            }
            cell.job.state = JobState::Unknown;
            [cell.job.word, cell.job.why, cell.job.node] = [const { None }; 3];
        }
    }
    standing
}

/// An app that conducts a study, and is in the second of four runs.
pub(super) fn studying(size: (u16, u16)) -> App {
    let mut app = studies(size, "ns");
    let mut tell = |update| app.update(Message::Study(Box::new(update)));
    tell(StudyUpdate::Planned(522.0));
    for line in [
        "plan: 7, 9, 11, 13 convolutions against 19",
        "round 1, 2 of 4: 9 against 49 convolutions",
    ] {
        tell(StudyUpdate::Said(line.to_owned()));
    }
    tell(StudyUpdate::Interruptible(false));
    tell(StudyUpdate::Cell(2, 6));
    tell(StudyUpdate::RunStarted {
        path: PathBuf::from("runs/recommend-glyphs-resnet-50/cells/round-1-9"),
        settings: Box::new(fixtures::settings()),
        plan: Box::new(fixtures::plan()),
    });
    for event in fixtures::events_until(1, 6) {
        tell(StudyUpdate::Run(Update::Event(event)));
    }
    let now = app.now + jiff::SignedDuration::from_secs(200);
    app.update(Message::Tick(now));
    app
}

/// An app that conducts a study on four devices, of which one is at its second try and one was given up.
pub(super) fn spreading(size: (u16, u16)) -> App {
    let mut app = studies(size, "ns");
    let mut tell = |update| app.update(Message::Study(Box::new(update)));
    for line in [
        "mnist-resnet-20-channel-sum on cuda:0 (1 of 6)",
        "cifar10-resnet-56-channel-sum on cuda:1 (2 of 6)",
    ] {
        tell(StudyUpdate::Said(line.to_owned()));
    }
    let warning = "cuda:2 gets no more runs: 3 in a row failed on it";
    tell(StudyUpdate::Warned(warning.to_owned()));
    tell(StudyUpdate::Interruptible(false));
    tell(StudyUpdate::Cell(3, 6));
    tell(StudyUpdate::Workers(fixtures::workers()));
    let now = app.now + jiff::SignedDuration::from_secs(200);
    app.update(Message::Tick(now));
    app
}

/// An app whose form of a sweep is priced.
pub(super) fn study_priced(size: (u16, u16)) -> App {
    let mut app = studies(size, "nlp");
    let row = |depth: usize| {
        [
            format!("{depth} convolutions, glyphs"),
            "48 s".to_owned(),
            "3.1 MB".to_owned(),
        ]
    };
    let priced = Priced {
        rows: [7, 9, 21, 35, 49].map(row).to_vec(),
        sentence: "about 4 min, 15 MB of checkpoints (training 3 min, evaluation 40 s)".to_owned(),
        seconds: 244.0,
    };
    app.update(Message::Study(Box::new(StudyUpdate::Priced(Box::new(
        priced,
    )))));
    app
}

pictures! {
    studies_empty_80x24: {
        let mut app = ready(SMALL, "5");
        app.update(Message::StudiesListed(Ok(Vec::new())));
        app
    };
    studies_recommend_80x24: studies(SMALL, "");
    studies_recommend_120x36: studies(MIDDLE, "\tj");
    studies_recommend_200x60: studies(LARGE, "");
    studies_sweep_80x24: studies(SMALL, "j");
    studies_sweep_120x36: studies(MIDDLE, "j\tlv");
    studies_sweep_200x60: studies(LARGE, "j");
    studies_grid_80x24: studies(SMALL, "jj");
    studies_grid_120x36: studies(MIDDLE, "jj\tj");
    studies_grid_verdict_120x36: studies(MIDDLE, "jjvv");
    studies_grid_200x60: studies(LARGE, "jjv");
    studies_probe_80x24: studies(SMALL, "jjj");
    studies_probe_120x36: studies(MIDDLE, "jjjz");
    studies_probe_200x60: studies(LARGE, "jjj");
    studies_unfinished_80x24: studies(SMALL, "jjjj");
    studies_held_80x24: studies(SMALL, "jjjjj");
    studies_jobs_80x24: jobs(SMALL, fixtures::standing(), "");
    studies_jobs_120x36: jobs(MIDDLE, fixtures::standing(), "\tjjj");
    studies_jobs_200x60: jobs(LARGE, fixtures::standing(), "");
    studies_jobs_not_asked_120x36: jobs(MIDDLE, jobs_not_asked(), "");
    studies_jobs_ended_120x36: {
        let mut standing = fixtures::standing();
        standing.cells.retain(|cell| !cell.job.is_live());
        jobs(MIDDLE, standing, "")
    };
    studies_jobs_stopping_120x36: jobs(MIDDLE, fixtures::stopping(), "");
    studies_jobs_cancelling_80x24: jobs(SMALL, fixtures::standing(), "xy");
    question_cancel_jobs_80x24: jobs(SMALL, fixtures::standing(), "x");
    question_cancel_jobs_120x36: jobs(MIDDLE, fixtures::standing(), "\tx");
    question_retry_jobs_80x24: jobs(SMALL, fixtures::standing(), "t");
    question_retry_jobs_200x60: jobs(LARGE, fixtures::standing(), "t");
    studies_grid_reading_80x24: {
        let mut app = studies(SMALL, "jj");
        app.studies.forget_grid();
        app
    };
    studies_unreadable_80x24: studies(SMALL, "jjjjjj");
    study_form_80x24: studies(SMALL, "n");
    study_form_120x36: studies(MIDDLE, "n");
    study_form_sweep_80x24: studies(SMALL, "nlj");
    study_form_grid_80x24: studies(SMALL, "nllj");
    study_form_wrong_80x24: {
        let mut app = studies(SMALL, "nj\n");
        app.update(Message::Key(Key::Ctrl('u')));
        press(&mut app, "ten");
        app.update(Message::Key(Key::Enter));
        app
    };
    study_form_refused_120x36: {
        let mut app = studies(MIDDLE, "ns");
        let sentence = "a budget of 10s is too small for resnet-50: 2 of its depths beside the deepest, over 5 seeds of 13 epochs, take about 12 min: use --budget 13m or more, or fewer images (--limit)";
        app.update(Message::Study(Box::new(StudyUpdate::Failed(sentence.to_owned()))));
        app.toast = None;
        app
    };
    study_priced_80x24: study_priced(SMALL);
    study_priced_120x36: study_priced(MIDDLE);
    study_running_80x24: studying(SMALL);
    study_running_120x36: studying(MIDDLE);
    study_running_200x60: studying(LARGE);
    study_spread_80x24: spreading(SMALL);
    study_spread_120x36: spreading(MIDDLE);
    study_spread_200x60: spreading(LARGE);
    study_paused_80x24: { let mut app = studying(SMALL); press(&mut app, " "); app };
    study_stop_80x24: { let mut app = studying(SMALL); press(&mut app, "s"); app };
    study_form_200x60: studies(LARGE, "n");
    study_priced_200x60: study_priced(LARGE);
    studies_grid_300x80: studies(WIDEST, "jj");
}

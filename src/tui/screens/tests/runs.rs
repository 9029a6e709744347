//! The Runs screen: states and pictures.

use std::path::PathBuf;

use crate::run::{self, Activity};
use crate::tui::app::{App, Message};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;
use crate::tui::screens::runs::RunsMessage;

use super::train::training;
use super::{LARGE, MIDDLE, SMALL, WIDEST, picture, ready};

/// An app with a run that is trained, one that is silent and one whose process was killed.
pub(super) fn live_runs(size: (u16, u16)) -> App {
    let mut app = ready(size, "4j");
    let mut runs = fixtures::listings();
    let killed = Activity::Killed {
        writer: fixtures::running().writer().unwrap().clone(),
    };
    let activities = [fixtures::silent(), fixtures::running(), killed];
    for (run, activity) in runs.iter_mut().zip(activities) {
        run.status = crate::run::RunStatus::Unfinished;
        run.summary = None;
        run.activity = activity;
    }
    let details = fixtures::run_data(&runs[1]);
    app.update(Message::RunsListed(runs, Vec::new()));
    app.update(Message::RunLoaded(Box::new(details)));
    app
}

/// Runs with long names, tags and notes, as many as `count`, and these keys.
pub(super) fn many_runs(size: (u16, u16), count: usize, keys: &str) -> App {
    let mut app = ready(size, "4");
    let five = fixtures::listings();
    let mut runs: Vec<_> = (0..count).map(|at| five[at % five.len()].clone()).collect();
    for (at, run) in runs.iter_mut().enumerate() {
        run.created -= jiff::SignedDuration::from_hours(29 * at as i64);
        run.name = format!("{at:02}-{}", run.name);
        run.path = PathBuf::from("runs").join(&run.name);
        if at % 4 == 1 {
            run.notes.tags = vec!["good".to_owned(), "paper".to_owned()];
        }
        if at % 4 == 0 {
            run.notes.note = "for figure 3, with the wider stem".to_owned();
        }
        if at % 5 == 4 {
            run.dataset = "folder:/home/ada/pictures/flowers-102/resized".to_owned();
        }
    }
    let details = fixtures::run_data(&runs[0]);
    app.update(Message::RunsListed(runs, Vec::new()));
    app.update(Message::RunLoaded(Box::new(details)));
    press(&mut app, keys);
    app
}

/// An app that compares runs of which the second has another learning rate, the third other images.
pub(super) fn compared(size: (u16, u16), count: usize, keys: &str) -> App {
    let mut app = many_runs(size, 5, "");
    press(&mut app, &" ".repeat(count));
    press(&mut app, "c");
    let chosen: Vec<_> = app.runs.chosen().into_iter().cloned().collect();
    let found = chosen.iter().enumerate().map(|(at, run)| {
        let mut data = fixtures::run_data(run);
        match at {
            1 => {
                data = fixtures::summarised(data, 0.012);
                data.manifest.settings.recipe.learning_rate = 0.05;
                data.manifest.settings.recipe.batch_size = 64;
            }
            2 => data.manifest.data_fingerprint = "cd".repeat(32),
            _ => data = fixtures::summarised(data, 0.0),
        }
        (run.path.clone(), Ok(data))
    });
    let message = RunsMessage::Compared(found.collect());
    app.update(Message::Runs(Box::new(message)));
    press(&mut app, keys);
    app
}

/// As [`compared`], with the energy of all runs but the third.
pub(super) fn compared_by_energy(size: (u16, u16), count: usize, keys: &str) -> App {
    let mut app = compared(size, count, "");
    let comparison = app.runs.comparison.as_mut().unwrap();
    for (at, compared) in comparison.runs.iter_mut().enumerate() {
        let Some(Ok(data)) = compared.data.as_mut().filter(|_| at != 2) else {
            continue;
        };
        for row in &mut data.metrics {
            let watts = [84.0, 91.0][row.network as usize] + at as f64;
            row.train_joules = Some(watts * row.train_seconds);
        }
        let summary = run::summarise(&data.manifest, &data.plan, &data.path, &data.metrics);
        data.summary = Some(summary);
    }
    for letter in keys.chars() {
        app.update(Message::Key(match letter {
            '\t' => Key::Tab,
            letter => Key::Char(letter),
        }));
    }
    app
}

pictures! {
    runs_values_120x36: { let mut app = ready(MIDDLE, "4z"); press(&mut app, "[[["); app };
    runs_first_training_80x24: {
        let mut app = training(SMALL, 1, 0);
        app.update(Message::RunsListed(Vec::new(), Vec::new()));
        press(&mut app, "4");
        app
    };
    runs_live_80x24: live_runs(SMALL);
    runs_live_120x36: live_runs(MIDDLE);
    runs_diverged_80x24: {
        let mut app = ready(SMALL, "4");
        let mut runs = fixtures::listings();
        let summary = fixtures::diverged_summary(&[1, 3, 4, 5]);
        runs[0].status = crate::run::RunStatus::of(Some(&summary));
        runs[0].summary = Some(summary);
        let details = fixtures::run_data(&runs[0]);
        app.update(Message::RunsListed(runs, Vec::new()));
        app.update(Message::RunLoaded(Box::new(details)));
        app
    };
    runs_80x24: ready(SMALL, "4");
    runs_120x36: ready(MIDDLE, "4");
    runs_200x60: ready(LARGE, "4");
    runs_filter_80x24: ready(SMALL, "4/verdict:non");
    runs_filter_120x36: many_runs(MIDDLE, 40, "/arch:res");
    runs_filter_200x60: { let mut app = many_runs(LARGE, 40, "/acc>92% not tag:good"); app.update(Message::Key(Key::Enter)); app };
    runs_filter_accepted_80x24: { let mut app = ready(SMALL, "4/dataset:glyphs acc>0.5"); app.update(Message::Key(Key::Enter)); app };
    runs_filter_completing_80x24: { let mut app = many_runs(SMALL, 40, "/not d"); app.update(Message::Key(Key::Tab)); app };
    runs_wrong_filter_80x24: {
        let mut app = ready(SMALL, "4/mnist");
        app.update(Message::Paste(" datset:x".to_owned()));
        app.update(Message::Key(Key::Enter));
        app
    };
    runs_wrong_filter_120x36: {
        let mut app = many_runs(MIDDLE, 40, "/");
        app.update(Message::Paste("saved>much".to_owned()));
        app.update(Message::Key(Key::Enter));
        app
    };
    runs_no_match_80x24: { let mut app = ready(SMALL, "4/tag:bad"); app.update(Message::Key(Key::Enter)); app };
    runs_40_80x24: many_runs(SMALL, 40, "");
    runs_40_120x36: many_runs(MIDDLE, 40, "");
    runs_40_200x60: many_runs(LARGE, 40, "jjj");
    runs_marked_80x24: many_runs(SMALL, 40, "  j ");
    runs_marked_120x36: many_runs(MIDDLE, 40, "  j >>>");
    runs_marked_200x60: many_runs(LARGE, 40, "  j >!");
    runs_compared_80x24: compared(SMALL, 2, "");
    runs_compared_120x36: compared(MIDDLE, 3, "");
    runs_compared_200x60: compared(LARGE, 5, "");
    runs_compared_scrolled_80x24: { let mut app = compared(SMALL, 5, "jjj"); app.update(Message::Key(Key::Right)); app };
    runs_compared_enlarged_120x36: compared(MIDDLE, 3, "z");
    runs_compared_energy_200x60: compared_by_energy(LARGE, 3, "");
    runs_compared_picked_120x36: compared_by_energy(MIDDLE, 3, "\tppg");
    runs_compared_picked_80x24: compared_by_energy(SMALL, 2, "p");
    runs_note_80x24: many_runs(SMALL, 5, "n");
    runs_note_120x36: many_runs(MIDDLE, 5, "  n");
    runs_tags_80x24: many_runs(SMALL, 5, "jt");
    runs_tags_wrong_200x60: { let mut app = many_runs(LARGE, 5, "jt+"); app.update(Message::Key(Key::Enter)); app };
    runs_delete_80x24: many_runs(SMALL, 5, "  x");
    export_exists_80x24: {
        let mut app = ready(SMALL, "4 e");
        app.update(Message::Key(Key::Enter));
        app.update(Message::Runs(Box::new(RunsMessage::ExportExists)));
        app
    };
    runs_empty_120x36: {
        let mut app = ready(MIDDLE, "4");
        app.update(Message::RunsListed(Vec::new(), Vec::new()));
        app
    };
    runs_empty_80x24: {
        let mut app = ready(SMALL, "4");
        app.update(Message::RunsListed(Vec::new(), Vec::new()));
        app
    };
    runs_note_200x60: many_runs(LARGE, 5, "n");
    runs_live_200x60: live_runs(LARGE);
    export_120x36: ready(MIDDLE, "4e");
    export_200x60: ready(LARGE, "4e");
    runs_300x80: many_runs(WIDEST, 40, "");
    export_80x24: ready(SMALL, "4e");
}

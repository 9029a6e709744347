//! The form and the Train screen: states and pictures.

use std::path::PathBuf;

use crate::evidence::{Baselines, TestSet, Trials, judge};
use crate::run::{Activity, ChartSymbols, News, Told, Update};
use crate::training::{Diverged, Event, Role};
use crate::tui::app::{App, Message};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;

use super::{LARGE, MIDDLE, SMALL, WIDEST, picture, ready};

/// An app whose training diverged in seed 2, with these other seeds trained to their end.
pub(super) fn diverged(size: (u16, u16), seeds: &[u64]) -> App {
    let mut app = training(size, 5, 20);
    let summary = fixtures::diverged_summary(seeds);
    app.update(Message::Update(Update::Finished(Box::new(summary))));
    app
}

/// An app that trains, and has finished `epochs` epochs of `seed`.
pub(super) fn training(size: (u16, u16), seed: u64, epochs: usize) -> App {
    let mut app = ready(size, "3s");
    app.update(Message::Started(PathBuf::from(
        "runs/2026-11-24-140207-glyphs-resnet-50",
    )));
    for event in fixtures::events_until(seed, epochs) {
        app.update(Message::Update(Update::Event(event)));
    }
    app.update(Message::Load(fixtures::load()));
    let now = app.now + jiff::SignedDuration::from_secs(4360);
    app.update(Message::Tick(now));
    app
}

/// An app whose capped network diverged, while the baseline trains on.
pub(super) fn one_diverged(size: (u16, u16)) -> App {
    let mut app = training(size, 2, 6);
    app.update(Message::Update(Update::Event(Event::Diverged(Diverged {
        seed: 2,
        network: Role::Capped,
        epoch: 7,
        step: 12,
        tensor: Some("stages.0.1.conv.weight".to_owned()),
        message: "seed 2 diverged in epoch 7: capped, stages.0.1.conv.weight is not finite"
            .to_owned(),
    }))));
    app
}

/// A training on a device that shows its energy, with joules along the x axes and the chart of gradient norms.
pub(super) fn joules(size: (u16, u16)) -> App {
    let mut app = training(size, 3, 12);
    for row in app.live.iter_mut().flat_map(|live| &mut live.metrics) {
        row.train_joules = Some([84.0, 91.0][row.network as usize] * row.train_seconds);
    }
    press(&mut app, "PPXXX");
    app
}

/// An app that follows a run which another process trains.
pub(super) fn following(size: (u16, u16), activity: Activity) -> App {
    let mut app = ready(size, "");
    app.update(Message::News(Box::new(fixtures::begun(2, 6, activity))));
    let now = app.now + jiff::SignedDuration::from_secs(4360);
    app.update(Message::Tick(now));
    app
}

/// An app that follows a run of which two processes train the seeds.
pub(super) fn following_several(size: (u16, u16)) -> App {
    let mut app = ready(size, "");
    let begun = fixtures::begun_by_several(&[(1, 20), (2, 9), (3, 6)], fixtures::running());
    app.update(Message::News(Box::new(begun)));
    let finished = Event::SeedFinished { seed: 1 };
    let time = app.now;
    let update = Update::Event(finished);
    let told = News::Told(Box::new(Told { time, update }));
    app.update(Message::News(Box::new(told)));
    app.update(Message::Tick(
        app.now + jiff::SignedDuration::from_secs(420),
    ));
    app
}

pictures! {
    form_80x24: ready(SMALL, "3");
    form_120x36: ready(MIDDLE, "3");
    form_priced_80x24: {
        let mut app = ready(SMALL, "3");
        let found = Ok(Some(fixtures::costs()));
        app.update(Message::Priced { job: 1, found });
        app
    };
    form_wrong_80x24: {
        let mut app = ready(SMALL, "3jj");
        app.update(Message::Key(Key::Enter));
        press(&mut app, "000");
        app
    };
    form_automatic_80x24: {
        let mut app = ready(SMALL, "3kkkkkkk");
        app.settings.automatic = crate::run::Automatic::ALL;
        app.update(Message::Key(Key::Right));
        app
    };
    train_starting_80x24: training(SMALL, 1, 0);
    train_80x24: training(SMALL, 1, 6);
    train_120x36: training(MIDDLE, 3, 9);
    train_200x60: training(LARGE, 2, 13);
    train_enlarged_log_80x24: {
        let mut app = training(SMALL, 1, 9);
        app.update(Message::Key(Key::Tab));
        press(&mut app, "zg");
        app
    };
    train_seeds_200x60: training(LARGE, 5, 12);
    train_seeds_80x24: training(SMALL, 4, 12);
    train_each_seed_120x36: { let mut app = training(MIDDLE, 4, 12); press(&mut app, "B"); app };
    train_values_80x24: { let mut app = training(SMALL, 4, 12); press(&mut app, "[[[["); app };
    train_values_120x36: { let mut app = training(MIDDLE, 4, 12); press(&mut app, "[[[["); app };
    train_values_enlarged_200x60: { let mut app = training(LARGE, 4, 12); press(&mut app, "B[[[[z"); app };
    train_zoomed_80x24: { let mut app = training(SMALL, 4, 12); press(&mut app, "++{"); app };
    train_zoomed_120x36: { let mut app = training(MIDDLE, 4, 12); press(&mut app, "+++"); app };
    train_zoomed_200x60: { let mut app = training(LARGE, 4, 12); press(&mut app, "++++++["); app };
    train_smoothed_80x24: { let mut app = training(SMALL, 1, 12); press(&mut app, "b"); app };
    train_smoothed_120x36: { let mut app = training(MIDDLE, 4, 12); press(&mut app, "bb"); app };
    train_log_120x36: {
        let mut app = training(MIDDLE, 4, 12);
        app.update(Message::Key(Key::Tab));
        press(&mut app, "gG");
        app
    };
    train_seconds_120x36: { let mut app = training(MIDDLE, 3, 12); press(&mut app, "XX"); app };
    train_steps_200x60: { let mut app = training(LARGE, 1, 12); press(&mut app, "X"); app };
    train_other_charts_120x36: {
        let mut app = training(MIDDLE, 2, 12);
        for _ in 0..4 {
            press(&mut app, "p");
            app.update(Message::Key(Key::Tab));
        }
        press(&mut app, "pp");
        app
    };
    train_joules_120x36: joules(MIDDLE);
    train_joules_80x24: joules(SMALL);
    train_joules_200x60: joules(LARGE);
    train_octants_80x24: { let mut app = training(SMALL, 4, 12); app.charts.symbols = ChartSymbols::Octants; app };
    train_half_blocks_80x24: { let mut app = training(SMALL, 4, 12); app.charts.symbols = ChartSymbols::HalfBlocks; app };
    train_ascii_80x24: { let mut app = training(SMALL, 4, 12); app.charts.symbols = ChartSymbols::Ascii; app };
    train_one_diverged_80x24: one_diverged(SMALL);
    train_one_diverged_120x36: one_diverged(MIDDLE);
    train_paused_with_warning_80x24: {
        let mut app = training(SMALL, 1, 6);
        for event in [Event::Paused, Event::Warning { message: "epoch 6 took 12 % longer than the one before: something else uses this machine".to_owned() }] {
            app.update(Message::Update(Update::Event(event)));
        }
        app
    };
    train_followed_80x24: following(SMALL, fixtures::running());
    train_followed_120x36: following(MIDDLE, fixtures::running());
    train_followed_silent_120x36: following(MIDDLE, fixtures::silent());
    train_finished_80x24: {
        let mut app = training(SMALL, 5, 20);
        let summary = fixtures::summary(&[1, 2, 3, 4, 5], 0.002);
        app.update(Message::Update(Update::Finished(Box::new(summary))));
        app
    };
    train_diverged_80x24: diverged(SMALL, &[]);
    train_diverged_in_one_seed_80x24: diverged(SMALL, &[1, 3, 4, 5]);
    train_not_learned_80x24: {
        let mut app = training(SMALL, 5, 20);
        let seeds = [1, 2, 3, 4, 5];
        let mut summary = fixtures::summary(&seeds, 0.002);
        let trials = Trials {
            differences: &[0.0; 5],
            baselines: Some(Baselines {
                seeds: &seeds,
                accuracies: &[0.1, 0.1, 0.3, 0.1, 0.1],
                test: TestSet { images: 1000, most_frequent: 100 },
            }),
            ..Trials::default()
        };
        summary.verdict = judge(trials, 0.01);
        app.update(Message::Update(Update::Finished(Box::new(summary))));
        app
    };
    train_failed_80x24: {
        let mut app = training(SMALL, 1, 4);
        app.update(Message::Update(Update::Failed("the device is out of memory at batch size 128: use a smaller batch".to_owned())));
        app
    };
    train_several_80x24: following_several(SMALL);
    train_several_120x36: following_several(MIDDLE);
    train_several_200x60: following_several(LARGE);
    train_several_killed_80x24: {
        let mut app = following_several(SMALL);
        let time = app.now;
        let sentence = "process 4711 on node-3, which trained it, is gone without having ended it";
        let update = Update::Failed(sentence.to_owned());
        app.update(Message::News(Box::new(News::Told(Box::new(Told { time, update })))));
        app.toast = None;
        app
    };
    form_200x60: ready(LARGE, "3jj");
    form_about_120x36: ready(MIDDLE, "3jj");
    form_300x80: ready(WIDEST, "3j");
    train_300x80: training(WIDEST, 4, 12);
}

//! Every screen as a picture, at several sizes.

use std::path::PathBuf;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::draw;
use crate::dataset::Source;
use crate::evidence::{Baselines, TestSet, Trials, judge};
use crate::run::{self, Activity, ChartSymbols, News, RunStatus, Told, Update};
use crate::study::cluster::{CellDoing, JobState, Standing};
use crate::training::{Diverged, Event, Role};
use crate::tui::app::{App, Effect, Message, Question, Tone};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;
use crate::tui::pictures::Pictures;
use crate::tui::screens::data::{Candidate, FetchProgress, Loaded, TaskProgress};
use crate::tui::screens::runs::RunsMessage;
use crate::tui::screens::studies::{Priced, StudyUpdate};
use crate::tui::theme::{Colours, Glyphs, Theme};

mod overlays;

fn buffer(app: &App, theme: Theme) -> Buffer {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = Buffer::empty(area);
    draw(&mut buffer, area, app, theme, &Pictures::half_blocks());
    theme.finish(&mut buffer);
    buffer
}

fn picture(app: &App) -> String {
    picture_in(app, Glyphs::Unicode)
}

fn picture_in(app: &App, glyphs: Glyphs) -> String {
    let buffer = buffer(app, Theme::new(Colours::None).with_glyphs(glyphs));
    buffer
        .area
        .rows()
        .map(|row| {
            let line: String = row
                .columns()
                .map(|cell| buffer[(cell.x, cell.y)].symbol().to_owned())
                .collect();
            line.trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn ready(size: (u16, u16), keys: &str) -> App {
    let mut app = fixtures::ready(size.0, size.1);
    press(&mut app, keys);
    app
}

/// An app that shows the readings of changed images, after these keys.
fn changes(size: (u16, u16), keys: &str) -> App {
    let mut app = ready(size, keys);
    press(&mut app, "cc");
    let found = Ok(fixtures::invariance());
    app.update(Message::ChangesMeasured { job: 1, found });
    app
}

/// An app whose training diverged in seed 2, with these other seeds trained to their end.
fn diverged(size: (u16, u16), seeds: &[u64]) -> App {
    let mut app = training(size, 5, 20);
    let summary = fixtures::diverged_summary(seeds);
    app.update(Message::Update(Update::Finished(Box::new(summary))));
    app
}

/// An app that trains, and has finished `epochs` epochs of `seed`.
fn training(size: (u16, u16), seed: u64, epochs: usize) -> App {
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
fn one_diverged(size: (u16, u16)) -> App {
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
fn joules(size: (u16, u16)) -> App {
    let mut app = training(size, 3, 12);
    for row in app.live.iter_mut().flat_map(|live| &mut live.metrics) {
        row.train_joules = Some([84.0, 91.0][row.network as usize] * row.train_seconds);
    }
    press(&mut app, "PPXXX");
    app
}

/// An app that follows a run which another process trains.
fn following(size: (u16, u16), activity: Activity) -> App {
    let mut app = ready(size, "");
    app.update(Message::News(Box::new(fixtures::begun(2, 6, activity))));
    let now = app.now + jiff::SignedDuration::from_secs(4360);
    app.update(Message::Tick(now));
    app
}

/// An app that follows a run of which two processes train the seeds.
fn following_several(size: (u16, u16)) -> App {
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

/// An app that shows studies, after these keys.
fn studies(size: (u16, u16), keys: &str) -> App {
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
    app
}

/// An app that shows a grid whose cells are jobs, after these keys; the answer is some seconds old.
fn jobs(size: (u16, u16), standing: Standing, keys: &str) -> App {
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
fn jobs_not_asked() -> Standing {
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
fn studying(size: (u16, u16)) -> App {
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
fn spreading(size: (u16, u16)) -> App {
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

/// An app with a run that is trained, one that is silent and one whose process was killed.
fn live_runs(size: (u16, u16)) -> App {
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

/// An app whose form of a sweep is priced.
fn study_priced(size: (u16, u16)) -> App {
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

/// An app in whose dialog a folder is typed, and a transform.
fn adding(size: (u16, u16)) -> App {
    let mut app = ready(size, "a~/flowers");
    for _ in 0..4 {
        app.update(Message::Key(Key::Down));
    }
    press(&mut app, "bits=3 grey");
    app
}

/// An app that has said some things, with the log open, after these keys.
fn logged(size: (u16, u16), keys: &str) -> App {
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

/// An app whose pair was timed.
fn measured(size: (u16, u16)) -> App {
    let mut app = ready(size, "2m");
    let found = Some(fixtures::measured());
    app.update(Message::Measured { job: 1, found });
    app.toast = None;
    app
}

/// An app with another architecture.
fn planned(size: (u16, u16), architecture: &str, keys: &str) -> App {
    let mut app = ready(size, "");
    app.settings.architecture = architecture.parse().unwrap();
    app.depth.architectures.push(app.settings.architecture);
    app.replan();
    press(&mut app, keys);
    app
}

/// An app that fetches MNIST.
fn fetching(size: (u16, u16)) -> App {
    let mut app = ready(size, "jjjf");
    app.update(Message::TaskProgress {
        source: Source::known("mnist"),
        progress: TaskProgress::Fetching(FetchProgress {
            doing: "receiving train-images-idx3-ubyte.gz".to_owned(),
            done: 4_200_000,
            size: 11_594_722,
            bytes_per_second: Some(1.3e6),
            seconds_left: Some(5.7),
        }),
    });
    app
}

/// An app whose dataset has been replaced by a changed one.
fn changed(size: (u16, u16), keys: &str, change: impl FnOnce(&mut Loaded)) -> App {
    let mut app = ready(size, "");
    let mut loaded = (*fixtures::loaded()).clone();
    change(&mut loaded);
    app.data.current = Some(Arc::new(loaded));
    press(&mut app, "rR");
    press(&mut app, keys);
    app
}

fn many_classes(size: (u16, u16)) -> App {
    changed(size, "", |loaded| {
        let profile = &mut loaded.analysis.profile;
        let ten = profile.per_class.clone();
        profile.per_class = (0..100)
            .map(|index| {
                let mut class = ten[index % 10].clone();
                class.name = format!("{}-{index:02}", class.name);
                class
            })
            .collect();
        profile.classes = 100;
    })
}

/// An app with a reading of the user's own, which is chosen.
fn own_reading(size: (u16, u16)) -> App {
    changed(size, "R", |loaded| {
        let definition = crate::depth::Definition {
            expression: "ceil(S_mean - 2 * S_sd)".to_owned(),
            unit: crate::depth::Unit::Blocks,
            place: None,
        };
        let first = loaded.analysis.readings[0].clone();
        loaded.analysis.readings.push(crate::depth::Reading {
            name: crate::depth::OwnRule::define("picture-paper", &definition).unwrap(),
            unit: definition.unit,
            value: 9.0,
            cap: 9,
            cap_interval: [9, 9],
            ..first
        });
    })
}

/// An app with a folder of which some files were left out.
fn left_out(size: (u16, u16)) -> App {
    changed(size, "", |loaded| {
        let profile = &mut loaded.analysis.profile;
        profile.skipped = [
            ("AVIF, which is not read here", 1200),
            ("no image, .txt", 2),
        ]
        .map(|(reason, files)| crate::dataset::Skipped {
            reason: reason.to_owned(),
            files,
        })
        .to_vec();
        profile.notes = vec![
            "flowers/test has no class folders: the images of flowers/val are the test images"
                .to_owned(),
        ];
    })
}

/// The start of an app whose last run is unfinished.
fn start(size: (u16, u16)) -> App {
    let mut app = ready(size, "");
    app.runs.listings[0].status = RunStatus::Unfinished;
    app.open_start();
    app
}

/// Runs with long names, tags and notes, as many as `count`, and these keys.
fn many_runs(size: (u16, u16), count: usize, keys: &str) -> App {
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
fn compared(size: (u16, u16), count: usize, keys: &str) -> App {
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
fn compared_by_energy(size: (u16, u16), count: usize, keys: &str) -> App {
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

const SMALL: (u16, u16) = (80, 24);
const MIDDLE: (u16, u16) = (120, 36);
const LARGE: (u16, u16) = (200, 60);
const WIDEST: (u16, u16) = (300, 80);

macro_rules! pictures {
    ($($name:ident: $app:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(picture(&$app));
            }
        )*
    };
}

pictures! {
    data_add_options_120x36: adding(MIDDLE);
    data_add_wrong_80x24: {
        let mut app = adding(SMALL);
        let sentence = "/flowers/b/001.png: it is 4x4, but /flowers/a/001.png is 2x3: give --resize 2x3, say";
        app.update(Message::Key(Key::Enter));
        let job = 2;
        app.update(Message::LoadFailed { job, sentence: sentence.to_owned() });
        app.toast = None;
        app
    };
    data_add_scanning_80x24: {
        let mut app = adding(SMALL);
        app.update(Message::Key(Key::Enter));
        let stage = run::Phase::Scanning(41_212);
        app.update(Message::LoadProgress { job: 2, stage });
        app
    };
    data_add_finding_80x24: {
        let mut app = adding(SMALL);
        app.update(Message::Key(Key::Enter));
        let stage = run::Phase::Finding { folders: 12, files: 41_212 };
        app.update(Message::LoadProgress { job: 2, stage });
        app
    };
    log_80x24: logged(SMALL, "L");
    log_120x36: logged(MIDDLE, "L/fetch");
    log_200x60: logged(LARGE, "Lkk");
    data_80x24: ready(SMALL, "");
    data_120x36: ready(MIDDLE, "");
    data_200x60: ready(LARGE, "c");
    data_left_out_80x24: left_out(SMALL);
    data_loading_80x24: fixtures::fresh(80, 24);
    data_missing_80x24: ready(SMALL, "jjj");
    data_register_80x24: ready(SMALL, "jjjj");
    data_fetching_80x24: fetching(SMALL);
    data_fetch_failed_80x24: {
        let mut app = fetching(SMALL);
        app.update(Message::FetchFailed {
            source: Source::known("mnist"),
            sentence: "train-images-idx3-ubyte.gz cannot be fetched: https://example.org/mnist/train-images-idx3-ubyte.gz: no connection; check the network, or name another mirror in /home/ada/.config/ebcle-tui/datasets.toml".to_owned(),
        });
        app
    };
    data_fetch_stopped_80x24: {
        let mut app = fetching(SMALL);
        press(&mut app, "f");
        app.update(Message::FetchFailed { source: Source::known("mnist"), sentence: "stopped".to_owned() });
        let mut entries = fixtures::entries();
        entries[3].offer = fixtures::offer(4_200_000);
        app.update(Message::DatasetsListed(entries));
        app.toast = None;
        app
    };
    data_verified_80x24: {
        let mut app = ready(SMALL, "jjjvk");
        app.update(Message::Verified {
            source: Source::known("mnist"),
            sound: false,
            sentence: "mnist is damaged: train-images-idx3-ubyte.gz in /home/ada/data/mnist is wrong: its MD5 is 00000000000000000000000000000000, not f68b3c2dcbeaaa9fbdd348bbdeb94873; remove it and press f to fetch it".to_owned(),
        });
        app
    };
    data_add_80x24: {
        let mut app = ready(SMALL, "a~/flowers");
        app.update(Message::Key(Key::Enter));
        app.update(Message::LoadFailed {
            job: 2,
            sentence: "cannot read /home/ada/flowers: No such file or directory (os error 2)".to_owned(),
        });
        app
    };
    data_add_completing_80x24: {
        let mut app = ready(SMALL, "a~/data/m");
        let found = ["medmnist", "mnist", "masks", "mosaics", "music"].map(|name| Candidate {
            name: name.to_owned(),
            folder: true,
        });
        app.update(Message::FolderListed { typed: "~/data/m".to_owned(), found: Ok(found.to_vec()) });
        app
    };
    data_classes_80x24: { let mut app = ready(SMALL, ""); app.update(Message::Key(Key::BackTab)); app };
    data_classes_120x36: {
        let mut app = ready(MIDDLE, "");
        app.update(Message::Key(Key::BackTab));
        press(&mut app, "jjj");
        app
    };
    data_channels_120x36: { let mut app = ready(MIDDLE, "c"); app.update(Message::Key(Key::BackTab)); app };
    data_changes_80x24: changes(SMALL, "");
    data_changes_focused_80x24: { let mut app = changes(SMALL, ""); app.update(Message::Key(Key::BackTab)); app };
    data_changes_120x36: { let mut app = changes(MIDDLE, "RR"); app.update(Message::Key(Key::BackTab)); app };
    data_many_classes_120x36: {
        let mut app = many_classes(MIDDLE);
        app.update(Message::Key(Key::BackTab));
        for _ in 0..4 {
            app.update(Message::Key(Key::PageDown));
        }
        app
    };
    data_grey_blocks_120x36: ready(MIDDLE, "rr");
    data_joint_colour_80x24: ready(SMALL, "RR");
    data_pooled_80x24: ready(SMALL, "rrr");
    data_pooled_120x36: ready(MIDDLE, "rrr");
    data_own_reading_80x24: own_reading(SMALL);
    data_own_reading_120x36: own_reading(MIDDLE);
    depth_80x24: ready(SMALL, "2");
    depth_120x36: ready(MIDDLE, "2");
    depth_200x60: ready(LARGE, "2j");
    depth_no_change_80x24: ready(SMALL, "2kkkrrr");
    depth_by_hand_80x24: ready(SMALL, "2jj+++");
    depth_typed_80x24: {
        let mut app = ready(SMALL, "2a21");
        app.update(Message::Key(Key::Enter));
        app
    };
    depth_stages_80x24: ready(SMALL, "2t");
    depth_timing_80x24: {
        let mut app = ready(SMALL, "2m");
        app.update(Message::MeasureProgress { job: 1, done: 17, of: 44 });
        app
    };
    depth_measured_120x36: measured(MIDDLE);
    depth_measured_80x24: measured(SMALL);
    depth_efficientnet_80x24: planned(SMALL, "efficientnet-b2", "2");
    depth_efficientnet_stages_80x24: planned(SMALL, "efficientnet-b2", "2t");
    depth_densenet_stages_80x24: planned(SMALL, "densenet-40", "2t");
    depth_resnext_200x60: planned(LARGE, "resnext-56", "2");
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
    runs_values_120x36: { let mut app = ready(MIDDLE, "4z"); press(&mut app, "[[["); app };
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
    runs_first_training_80x24: {
        let mut app = training(SMALL, 1, 0);
        app.update(Message::RunsListed(Vec::new(), Vec::new()));
        press(&mut app, "4");
        app
    };
    runs_live_80x24: live_runs(SMALL);
    runs_live_120x36: live_runs(MIDDLE);
    train_finished_80x24: {
        let mut app = training(SMALL, 5, 20);
        let summary = fixtures::summary(&[1, 2, 3, 4, 5], 0.002);
        app.update(Message::Update(Update::Finished(Box::new(summary))));
        app
    };
    train_diverged_80x24: diverged(SMALL, &[]);
    train_diverged_in_one_seed_80x24: diverged(SMALL, &[1, 3, 4, 5]);
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
    study_paused_80x24: { let mut app = studying(SMALL); press(&mut app, " "); app };
    study_stop_80x24: { let mut app = studying(SMALL); press(&mut app, "s"); app };
    form_200x60: ready(LARGE, "3jj");
    form_about_120x36: ready(MIDDLE, "3jj");
    study_form_200x60: studies(LARGE, "n");
    study_priced_200x60: study_priced(LARGE);
    data_add_120x36: ready(MIDDLE, "a~/flowers");
    data_add_200x60: ready(LARGE, "a~/flowers");
    depth_typing_80x24: ready(SMALL, "2a21");
    depth_typing_120x36: ready(MIDDLE, "2a21");
    depth_typing_200x60: ready(LARGE, "2a21");
    runs_note_200x60: many_runs(LARGE, 5, "n");
    runs_live_200x60: live_runs(LARGE);
    help_200x60: ready(LARGE, "?");
    words_depth_200x60: ready(LARGE, "2i");
    start_200x60: start(LARGE);
    confirm_quit_120x36: { let mut app = training(MIDDLE, 1, 6); press(&mut app, "q"); app };
    confirm_quit_200x60: { let mut app = training(LARGE, 1, 6); press(&mut app, "q"); app };
    export_120x36: ready(MIDDLE, "4e");
    export_200x60: ready(LARGE, "4e");
    data_300x80: ready(WIDEST, "");
    form_300x80: ready(WIDEST, "3j");
    runs_300x80: many_runs(WIDEST, 40, "");
    train_300x80: training(WIDEST, 4, 12);
    studies_grid_300x80: studies(WIDEST, "jj");
    help_80x24: ready(SMALL, "?");
    actions_search_120x36: ready(MIDDLE, ":width");
    words_data_80x24: ready(SMALL, "i");
    words_train_120x36: { let mut app = training(MIDDLE, 1, 6); press(&mut app, "i"); app };
    start_80x24: start(SMALL);
    start_120x36: start(MIDDLE);
    long_training_80x24: { let mut app = ready(SMALL, "3"); app.ask(Question::Long { price: "about 5 h 20 min, 1.2 GB of checkpoints".to_owned() }); app };
    help_train_120x36: { let mut app = training(MIDDLE, 1, 6); press(&mut app, "?"); app };
    confirm_quit_80x24: { let mut app = training(SMALL, 1, 6); press(&mut app, "q"); app };
    export_80x24: ready(SMALL, "4e");
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

#[test]
fn the_keys_of_the_small_view_pause_stop_and_quit() {
    use crate::training::Control;
    use crate::tui::app::Effect;
    let mut app = training((20, 4), 1, 6);
    press(&mut app, "1");
    assert_eq!(press(&mut app, " "), [Effect::Control(Control::Pause)]);
    assert_eq!(press(&mut app, "s"), []);
    assert_eq!(press(&mut app, "y"), [Effect::Control(Control::Stop)]);
    app.update(Message::Update(Update::Stopped));
    assert_eq!(press(&mut app, "q"), [Effect::Quit]);
    let mut app = ready((20, 4), "");
    assert!(matches!(press(&mut app, "s")[..], [Effect::StartRun(_)]));
}

/// What is typed into a field that the small view does not show is not lost, and nothing is typed unseen.
#[test]
fn a_field_keeps_its_text_while_the_terminal_is_small() {
    let mut app = ready(SMALL, "a~/flow");
    app.update(Message::Resize(30, 8));
    press(&mut app, "xyz");
    app.update(Message::Resize(80, 24));
    press(&mut app, "ers");
    assert!(picture(&app).contains("~/flowers"));
}

#[test]
fn in_ascii_every_screen_is_ascii() {
    for app in apps() {
        let picture = picture_in(&app, Glyphs::Ascii);
        let other = picture.chars().find(|symbol| !symbol.is_ascii());
        assert_eq!(other, None, "{picture}");
    }
}

#[test]
fn on_the_console_every_screen_has_what_its_font_has() {
    for app in apps() {
        let picture = picture_in(&app, Glyphs::Console);
        let other = picture.chars().find(|symbol| !Glyphs::Console.has(*symbol));
        assert!(matches!(other, None | Some('\n')), "{other:?} in {picture}");
    }
}

#[test]
fn screens_in_ascii() {
    let shown = |app: &App| picture_in(app, Glyphs::Ascii);
    insta::assert_snapshot!("ascii_data_80x24", shown(&ready(SMALL, "")));
    insta::assert_snapshot!("ascii_train_120x36", shown(&training(MIDDLE, 3, 9)));
}

/// No view has a colour of its own: on the backgrounds of its theme, every cell can be read.
#[test]
fn every_cell_of_every_screen_can_be_read_in_dark_and_light() {
    use ratatui::style::Color;
    for theme in [Theme::new(Colours::True), Theme::light(Colours::True)] {
        let mut allowed = theme.colours_used();
        // The edges of bands are no text.
        let bands = [None, Some(Role::Baseline), Some(Role::Capped)];
        allowed.extend(bands.into_iter().filter_map(|of| theme.band(of).bg));
        allowed.extend((0..8).filter_map(|run| theme.run(run).fg));
        let sizes = [SMALL, MIDDLE, LARGE];
        let at_all_sizes = apps().into_iter().flat_map(|app| {
            sizes.map(|size| {
                let mut app = app.clone();
                app.size = size;
                app
            })
        });
        for app in at_all_sizes {
            let drawn = buffer(&app, theme);
            // Images have their own colours, on both halves of a cell.
            let is_image = |cell: &ratatui::buffer::Cell| cell.bg != Color::Reset;
            for cell in drawn.content().iter().filter(|cell| !is_image(cell)) {
                assert!(
                    cell.fg == Color::Reset || allowed.contains(&cell.fg),
                    "{:?} of {:?}",
                    cell.fg,
                    cell.symbol()
                );
            }
        }
    }
}

#[test]
fn a_diverged_training_is_red() {
    let theme = Theme::new(Colours::True);
    let mut app = diverged(SMALL, &[1, 3, 4, 5]);
    app.update(Message::Tick(app.now));
    let buffer = buffer(&app, theme);
    let red = |symbol: &str| {
        buffer
            .content()
            .iter()
            .any(|cell| cell.symbol() == symbol && cell.fg == theme.error().fg.unwrap())
    };
    assert!(red("✗") && !buffer.content().iter().any(|cell| cell.symbol() == "✓"));
}

/// The capped network's curve, its value and its row are red where it diverged, with the reason.
#[test]
fn a_network_that_diverged_is_red_while_the_other_trains_on() {
    let theme = Theme::new(Colours::True);
    let red = |app: &App| {
        let buffer = buffer(app, theme);
        let cells = buffer
            .content()
            .iter()
            .filter(|cell| cell.fg == theme.error().fg.unwrap());
        let bold = cells.filter(|cell| cell.modifier.contains(theme.error().add_modifier));
        bold.map(|cell| cell.symbol().to_owned())
            .collect::<String>()
    };
    assert!(!red(&training(MIDDLE, 2, 6)).contains('✗'));
    let text = red(&one_diverged(MIDDLE));
    assert!(
        text.contains("diverged in epoch 7: stages.0.1.conv.weight is not finite"),
        "{text}"
    );
    assert!(
        text.chars().filter(|letter| *letter == '✗').count() >= 4,
        "{text}"
    );
}

/// Bands are behind curves in colours, and dots without them.
#[test]
fn bands_are_filled() {
    let app = training(MIDDLE, 4, 12);
    let theme = Theme::new(Colours::True);
    let buffer = buffer(&app, theme);
    for of in [None, Some(Role::Baseline), Some(Role::Capped)] {
        let shade = theme.band(of).bg.unwrap();
        let cells = buffer.content().iter();
        let filled = cells
            .filter(|cell| cell.bg == shade || cell.fg == shade)
            .count();
        assert!(filled > 20, "{of:?}: {filled}");
    }
}

/// An app in every state that is drawn in a way of its own.
fn apps() -> Vec<App> {
    let mut apps = vec![
        ready(SMALL, ""),
        ready(SMALL, "2"),
        ready(SMALL, "2t"),
        planned(SMALL, "efficientnet-b2", "2"),
        planned(SMALL, "resnet-110", "2"),
        measured(SMALL),
        ready(SMALL, "3"),
        ready(SMALL, "4"),
        ready(SMALL, "4e"),
        many_runs(SMALL, 40, "/not (acc>x"),
        many_runs(SMALL, 40, "*"),
        many_runs(SMALL, 5, "n"),
        compared(SMALL, 5, ""),
        compared(SMALL, 2, "z"),
        ready(SMALL, "a"),
        fetching(SMALL),
        many_classes(SMALL),
        own_reading(SMALL),
        ready(SMALL, "rrr"),
        ready(SMALL, "jjjj"),
        ready(SMALL, "?"),
        training(SMALL, 1, 0),
        training(SMALL, 2, 6),
        one_diverged(SMALL),
        {
            let mut app = training(SMALL, 4, 6);
            press(&mut app, "B[b");
            app
        },
        {
            let mut app = training(SMALL, 4, 6);
            press(&mut app, "XXGg++[");
            app
        },
        following(SMALL, fixtures::silent()),
        live_runs(SMALL),
        diverged(SMALL, &[]),
        diverged(SMALL, &[1]),
        studies(SMALL, ""),
        studies(SMALL, "j\tl"),
        studies(SMALL, "jj\tjl"),
        studies(SMALL, "jjj"),
        studies(SMALL, "jjjj"),
        studies(SMALL, "jjjjjj"),
        studies(SMALL, "nlj\n"),
        study_priced(SMALL),
        studying(SMALL),
        adding(SMALL),
        logged(SMALL, "L"),
        logged(SMALL, "L/no"),
    ];
    apps.extend(overlays::overlays().into_iter().map(|(_, app)| app));
    apps
}

#[test]
fn no_size_makes_it_panic() {
    let mut apps = apps();
    apps.push(fixtures::fresh(1, 1));
    for app in &mut apps {
        for (columns, rows) in (0..30).map(|size| (size, size)).chain([
            (1, 200),
            (400, 1),
            (80, 24),
            (81, 25),
            (99, 31),
            (300, 24),
            (80, 100),
            (400, 120),
        ]) {
            app.size = (columns, rows);
            buffer(app, Theme::new(Colours::True));
        }
    }
}

//! The Data screen: states and pictures.

use std::sync::Arc;

use crate::dataset::Source;
use crate::run;
use crate::tui::app::{App, Message};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;
use crate::tui::screens::data::{Candidate, FetchProgress, Loaded, TaskProgress};

use super::{LARGE, MIDDLE, SMALL, WIDEST, picture, ready};

/// An app that shows the readings of changed images, after these keys.
pub(super) fn changes(size: (u16, u16), keys: &str) -> App {
    let mut app = ready(size, keys);
    press(&mut app, "cc");
    let found = Ok(fixtures::invariance());
    app.update(Message::ChangesMeasured { job: 1, found });
    app
}

/// An app in whose dialog a folder is typed, and a transform.
pub(super) fn adding(size: (u16, u16)) -> App {
    let mut app = ready(size, "a~/flowers");
    for _ in 0..4 {
        app.update(Message::Key(Key::Down));
    }
    press(&mut app, "bits=3 grey");
    app
}

/// An app that fetches MNIST.
pub(super) fn fetching(size: (u16, u16)) -> App {
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
pub(super) fn changed(size: (u16, u16), keys: &str, change: impl FnOnce(&mut Loaded)) -> App {
    let mut app = ready(size, "");
    let mut loaded = (*fixtures::loaded()).clone();
    change(&mut loaded);
    app.data.current = Some(Arc::new(loaded));
    press(&mut app, "rR");
    press(&mut app, keys);
    app
}

pub(super) fn many_classes(size: (u16, u16)) -> App {
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
pub(super) fn own_reading(size: (u16, u16)) -> App {
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
pub(super) fn left_out(size: (u16, u16)) -> App {
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
    data_add_120x36: ready(MIDDLE, "a~/flowers");
    data_add_200x60: ready(LARGE, "a~/flowers");
    data_300x80: ready(WIDEST, "");
}

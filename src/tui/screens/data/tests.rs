//! What keys and messages change on the first screen.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Candidate, DataPanel};
use crate::dataset::Source;
use crate::depth::Rule;
use crate::tui::app::{App, Effect, Message};
use crate::tui::fixtures::{self, key, press, wait};
use crate::tui::keys::Key;
use crate::tui::screens::train::form;

#[test]
fn the_wanted_dataset_is_read_first() {
    let mut app = fixtures::fresh(80, 24);
    app.settings.dataset = "glyphs-noise".to_owned();
    let effects = app.update(Message::DatasetsListed(fixtures::entries()));
    assert!(matches!(
        &effects[..],
        [Effect::LoadDataset { source, .. }] if *source == Source::known("glyphs-noise")
    ));
}

#[test]
fn a_depth_that_is_given_holds_for_its_dataset_alone() {
    let mut app = fixtures::fresh(80, 24);
    app.settings.depth = Some(9);
    app.update(Message::DatasetsListed(fixtures::entries()));
    assert_eq!(app.settings.depth, Some(9));
    let mut elsewhere = fixtures::fresh(80, 24);
    elsewhere.settings.dataset = "not-there".to_owned();
    elsewhere.settings.depth = Some(9);
    elsewhere.update(Message::DatasetsListed(fixtures::entries()));
    assert_eq!(elsewhere.settings.depth, None);
}

#[test]
fn a_dataset_is_read_once_the_mark_rests_on_it() {
    let mut app = fixtures::ready(80, 24);
    assert!(press(&mut app, "jj").is_empty());
    assert!(wait(&mut app, 100).is_empty());
    let effects = wait(&mut app, 150);
    let [Effect::LoadDataset { source, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(*source, Source::known("glyphs-noise"));
    assert!(wait(&mut app, 1000).is_empty());
}

#[test]
fn results_of_a_dataset_that_was_left_are_dropped() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "j");
    let effects = wait(&mut app, 300);
    let [Effect::LoadDataset { job: stale, .. }] = effects[..] else {
        panic!("{effects:?}");
    };
    press(&mut app, "j");
    app.update(Message::Analysed {
        job: stale,
        loaded: fixtures::loaded(),
    });
    assert!(app.data.current.is_none());
    app.update(Message::LoadFailed {
        job: stale,
        sentence: "broken".to_owned(),
    });
    assert_eq!(app.data.failure, None);
    assert!(app.data.loading.is_some());
}

#[test]
fn a_dataset_seen_before_is_shown_at_once() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "j");
    assert!(app.data.current.is_none() && app.plan.is_none());
    press(&mut app, "k");
    assert!(app.data.current.is_some() && app.plan.is_some());
    assert!(wait(&mut app, 1000).is_empty());
}

/// The images of a dataset may fill the memory that one may take: those that were only looked at are let go.
#[test]
fn only_images_that_are_shown_or_trained_on_are_kept() {
    let mut app = fixtures::ready(80, 24);
    let look = |app: &mut App, key: &str| {
        press(app, key);
        let effects = wait(app, 300);
        let [Effect::LoadDataset { job, source, .. }] = &effects[..] else {
            panic!("{effects:?}");
        };
        let mut loaded = (*fixtures::loaded()).clone();
        loaded.source = source.clone();
        let loaded = Arc::new(loaded);
        app.update(Message::Analysed { job: *job, loaded });
    };
    look(&mut app, "j");
    look(&mut app, "j");
    let with_images = |app: &App| {
        let kept = app.data.recent.iter();
        let kept = kept.filter(|loaded| loaded.dataset.is_some());
        let mut names: Vec<String> = kept.map(|loaded| loaded.source.to_string()).collect();
        names.sort();
        names
    };
    assert_eq!(app.data.recent.len(), 3);
    assert_eq!(with_images(&app), ["glyphs", "glyphs-noise"]);
    assert!(app.data.current.as_ref().unwrap().dataset.is_some());
    press(&mut app, "kk");
    assert_eq!(with_images(&app), ["glyphs"], "back at the chosen one");
    let current = app.data.current.as_ref().unwrap();
    assert!(current.dataset.is_some());
    assert!(app.plan.is_some());
}

#[test]
fn a_missing_dataset_says_how_to_get_it_and_is_not_read() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "jjj");
    assert!(wait(&mut app, 1000).is_empty());
    assert!(
        app.data
            .failure
            .as_ref()
            .is_some_and(|text| text.contains("(key a: data folder)"))
    );
}

#[test]
fn a_folder_is_read_before_it_joins_the_list() {
    let mut app = fixtures::ready(80, 24);
    let known = app.data.entries.len();
    press(&mut app, "a~/q1");
    assert_eq!(app.screen.name(), "Data", "digits and q are typed, not run");
    let effects = key(&mut app, Key::Enter);
    let [Effect::AddPath { job, path, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(*path, PathBuf::from("/home/ada/q1"));
    assert!(key(&mut app, Key::Enter).is_empty(), "it is read once");
    app.update(Message::LoadFailed {
        job: *job,
        sentence: "cannot read /home/ada/q1: no such folder".to_owned(),
    });
    let error = app
        .data
        .adding
        .as_ref()
        .and_then(|adding| adding.field.error.clone());
    assert!(error.is_some_and(|text| text.contains("no such folder")));
    assert_eq!(app.data.entries.len(), known);

    key(&mut app, Key::Home);
    press(&mut app, "folder:");
    let effects = key(&mut app, Key::Enter);
    let [Effect::LoadDataset { job, source, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    let mut loaded = (*fixtures::loaded()).clone();
    loaded.source = source.clone();
    let effects = app.update(Message::Analysed {
        job: *job,
        loaded: Arc::new(loaded),
    });
    assert!(app.data.adding.is_none());
    assert_eq!(app.data.entries.len(), known + 1);
    assert_eq!(app.settings.dataset, "folder:/home/ada/q1");
    let [Effect::ListDatasets { added, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(*added, [Source::known("folder:/home/ada/q1")]);
}

#[test]
fn a_path_is_completed_as_a_shell_does_it() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "anpz:~");
    let text = |app: &App| {
        let adding = app.data.adding.as_ref();
        adding.map(|adding| adding.field.text().to_owned())
    };
    assert!(key(&mut app, Key::Tab).is_empty());
    assert_eq!(text(&app).as_deref(), Some("npz:~/"));
    press(&mut app, "m");
    let effects = key(&mut app, Key::Tab);
    let [Effect::ListFolder { typed, folder }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(typed, "npz:~/m");
    assert_eq!(*folder, PathBuf::from("/home/ada/"));
    let candidate = |name: &str, folder| Candidate {
        name: name.to_owned(),
        folder,
    };
    let found = vec![
        candidate("medmnist", true),
        candidate("medmnist.npz", false),
        candidate("music", true),
        candidate("other", true),
    ];
    let answer = |typed: &str, found| Message::FolderListed {
        typed: typed.to_owned(),
        found,
    };
    app.update(answer("npz:~/", Ok(Vec::new())));
    app.update(answer(typed, Ok(found.clone())));
    assert_eq!(text(&app).as_deref(), Some("npz:~/m"));
    let shown = |app: &App| {
        app.data
            .adding
            .as_ref()
            .map_or(0, |adding| adding.candidates.len())
    };
    assert_eq!(shown(&app), 3);
    press(&mut app, "e");
    assert_eq!(shown(&app), 0);
    app.update(answer("npz:~/me", Ok(found.clone())));
    assert_eq!(text(&app).as_deref(), Some("npz:~/medmnist"));
    press(&mut app, ".");
    app.update(answer("npz:~/medmnist.", Ok(found)));
    assert_eq!(text(&app).as_deref(), Some("npz:~/medmnist.npz"));
    app.update(answer(
        "npz:~/medmnist.npz",
        Err("cannot read it".to_owned()),
    ));
    let error = app.data.adding.and_then(|adding| adding.field.error);
    assert_eq!(error.as_deref(), Some("cannot read it"));
}

#[test]
fn a_list_that_comes_while_a_path_is_read_does_not_disturb_it() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "ax");
    let effects = key(&mut app, Key::Enter);
    let [Effect::AddPath { job, .. }] = effects[..] else {
        panic!("{effects:?}");
    };
    app.update(Message::DatasetsListed(fixtures::entries()));
    app.update(Message::LoadFailed {
        job,
        sentence: "no".to_owned(),
    });
    let error = app.data.adding.and_then(|adding| adding.field.error);
    assert_eq!(error.as_deref(), Some("no"));
}

#[test]
fn classes_are_scrolled_within_their_number() {
    let mut app = fixtures::ready(80, 24);
    key(&mut app, Key::BackTab);
    assert_eq!(app.data.panel, DataPanel::Parts);
    key(&mut app, Key::Up);
    assert_eq!(app.data.part, 0);
    press(&mut app, "j");
    key(&mut app, Key::PageDown);
    assert_eq!(app.data.part, 9);
    press(&mut app, "c");
    assert_eq!(app.data.part, 0);
    key(&mut app, Key::End);
    assert_eq!(app.data.part, 2);
    key(&mut app, Key::Home);
    assert_eq!(app.data.part, 0);
}

#[test]
fn a_reading_of_ones_own_is_reached_on_the_data_screen_and_in_the_form() {
    let definition = crate::depth::Definition {
        expression: "ceil(S_mean - 2 * S_sd)".to_owned(),
        unit: crate::depth::Unit::Convolutions,
        place: None,
    };
    let definitions = [("screen-paper".to_owned(), definition)];
    let mut app = fixtures::ready(80, 24);
    app.settings.readings = std::collections::BTreeMap::from(definitions)
        .try_into()
        .unwrap();
    let own = app.settings.readings.rules()[0].clone();
    let mut loaded = (*fixtures::loaded()).clone();
    loaded.analysis.readings.push(crate::depth::Reading {
        name: own.clone(),
        value: 9.0,
        cap: 9,
        cap_interval: [9, 9],
        ..loaded.analysis.readings[0].clone()
    });
    app.data.current = Some(Arc::new(loaded));
    app.replan();
    press(&mut app, "RRR");
    assert_eq!(app.settings.reading, own);
    assert_eq!(app.analysis.as_ref().map(|analysis| analysis.cap), Some(9));
    press(&mut app, "r");
    assert_eq!(app.settings.reading, Rule::ImageNats);
    press(&mut app, "3");
    while app
        .form
        .setting()
        .is_none_or(|setting| setting.key != "reading")
    {
        key(&mut app, Key::Up);
    }
    key(&mut app, Key::Left);
    assert_eq!(app.settings.reading, own);
    let reading = app.form.setting().unwrap();
    let text = form::text(reading, &app.settings);
    assert_eq!(text, "screen-paper");
    assert_eq!(
        form::set(reading, &app.settings, &text, None).as_ref(),
        Ok(&app.settings)
    );
    let said = form::set(reading, &app.settings, "tea", None).unwrap_err();
    assert!(said.contains("unknown reading 'tea'"), "{said}");
}

#[test]
fn a_folder_of_published_files_is_looked_into_from_then_on() {
    let mut app = fixtures::ready(80, 24);
    let folder = PathBuf::from("/data/cifar");
    for _ in 0..2 {
        assert!(app.update(Message::FolderAdded(folder.clone())).is_empty());
    }
    assert_eq!(app.settings.data_dirs, [folder]);
}

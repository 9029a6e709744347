//! What the keys f, v and Esc do, and what comes of it.

use super::*;
use crate::dataset::State;
use crate::tui::app::{Message, Toast};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;

fn progress(done: u64) -> Message {
    Message::TaskProgress {
        source: Source::known("mnist"),
        progress: TaskProgress::Fetching(FetchProgress {
            doing: "receiving a".to_owned(),
            done,
            size: 8_000_000,
            bytes_per_second: Some(2e6),
            seconds_left: Some(3.0),
        }),
    }
}

/// An app that fetches MNIST, which is marked.
fn fetching() -> App {
    let mut app = fixtures::ready(80, 24);
    let effects = press(&mut app, "jjjf");
    assert_eq!(
        effects,
        [Effect::Fetch {
            source: Source::known("mnist"),
            data_dir: None
        }]
    );
    app.update(progress(2_000_000));
    app
}

fn share(app: &App) -> Option<f64> {
    match &app.data.task(&Source::known("mnist"))?.progress {
        TaskProgress::Fetching(progress) => Some(progress.share()),
        TaskProgress::Checking => None,
    }
}

#[test]
fn what_is_missing_is_fetched_and_then_read() {
    let mut app = fetching();
    assert_eq!(share(&app), Some(0.25));
    let effects = app.update(Message::Fetched {
        source: Source::known("mnist"),
        sentence: "mnist is in data/mnist".to_owned(),
    });
    assert!(matches!(effects[..], [Effect::ListDatasets { .. }]));
    assert!(app.data.tasks.is_empty());
    let mut entries = fixtures::entries();
    entries[3].entry.state = State::Found("data/mnist".into());
    let effects = app.update(Message::DatasetsListed(entries));
    assert!(
        matches!(
            &effects[..],
            [Effect::LoadDataset { source, .. }] if *source == Source::known("mnist")
        ),
        "{effects:?}"
    );
}

#[test]
fn f_again_or_esc_stops_it_once_and_says_what_is_kept() {
    for key in [Key::Char('f'), Key::Esc] {
        let mut app = fetching();
        let stop = Effect::StopTask(Source::known("mnist"));
        assert_eq!(app.update(Message::Key(key)), [stop]);
        assert!(app.update(Message::Key(key)).is_empty());
        app.update(Message::FetchFailed {
            source: Source::known("mnist"),
            sentence: "stopped".to_owned(),
        });
        let note = app.data.note(&Source::known("mnist")).cloned();
        assert!(
            note.is_some_and(
                |note| note.stopped && note.sentence == "stopped: 2 MB of 8 MB are kept"
            ),
            "{:?}",
            app.data.notes
        );
        press(&mut app, "f");
        assert_eq!(app.data.note(&Source::known("mnist")), None);
    }
}

#[test]
fn a_failure_is_kept_with_its_dataset_and_told_to_who_has_gone_on() {
    let failed = || Message::FetchFailed {
        source: Source::known("mnist"),
        sentence: "a cannot be fetched".to_owned(),
    };
    let mut app = fetching();
    app.update(failed());
    assert_eq!(app.toast, None);
    let note = app
        .data
        .note(&Source::known("mnist"))
        .map(|note| note.stopped);
    assert_eq!(note, Some(false));
    let mut app = fetching();
    press(&mut app, "k");
    app.update(failed());
    let told = |toast: &Toast| toast.sentence == "a cannot be fetched";
    assert!(app.toast.as_ref().is_some_and(told));
}

#[test]
fn a_list_that_is_refreshed_leaves_what_is_shown() {
    let mut app = fetching();
    press(&mut app, "kkk");
    assert!(app.data.current.is_some());
    assert!(
        app.update(Message::DatasetsListed(fixtures::entries()))
            .is_empty()
    );
    assert!(app.data.current.is_some() && app.data.marked == 0);
}

#[test]
fn what_cannot_be_fetched_says_why() {
    let mut app = fixtures::ready(80, 24);
    let mut said = |keys: &str| {
        assert!(press(&mut app, keys).is_empty());
        app.toast.clone().map(|toast| toast.sentence)
    };
    assert!(said("f").is_some_and(|text| text.contains("embedded")));
    assert!(said("v").is_some_and(|text| text.contains("nothing to check")));
    assert!(said("jjjjf").is_some_and(|text| text.contains("image-net.org")));
    assert!(said("jf").is_some_and(|text| text.contains("mark a dataset")));
}

#[test]
fn files_are_checked_and_the_result_is_said() {
    let mut app = fixtures::ready(80, 24);
    let effects = press(&mut app, "jjjv");
    assert!(matches!(effects[..], [Effect::Verify { .. }]));
    let verified = || Message::Verified {
        source: Source::known("mnist"),
        sound: false,
        sentence: "mnist is damaged".to_owned(),
    };
    app.update(verified());
    let toast = app.toast.clone();
    assert!(
        toast.is_some_and(|toast| toast.tone == Tone::Bad && toast.sentence == "mnist is damaged")
    );
    press(&mut app, "v");
    assert_eq!(
        press(&mut app, "v"),
        [Effect::StopTask(Source::known("mnist"))]
    );
    app.toast = None;
    app.update(verified());
    assert_eq!(app.toast, None, "a check that was stopped says nothing");
}

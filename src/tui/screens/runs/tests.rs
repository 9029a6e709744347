//! What keys and messages change on the fourth screen.

use std::path::PathBuf;

use super::{Annotation, RunsEffect, RunsMessage};
use crate::run::{Trashed, Update};
use crate::tui::app::{App, Effect, Message, Overlay, Tone};
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;

fn paths() -> Vec<PathBuf> {
    fixtures::listings()
        .into_iter()
        .map(|run| run.path)
        .collect()
}

fn answer(app: &mut App, message: RunsMessage) -> Vec<Effect> {
    app.update(Message::Runs(Box::new(message)))
}

fn said(app: &App) -> (Tone, &str) {
    let toast = app.toast.as_ref().unwrap();
    (toast.tone, &toast.sentence)
}

#[test]
fn the_filter_is_typed_and_forgotten() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4/mnist");
    assert_eq!(app.runs.visible().len(), 1);
    key(&mut app, Key::Enter);
    assert_eq!(app.keys()[0].title, "4 Runs");
    assert_eq!(app.runs.visible().len(), 1);
    press(&mut app, "/ x");
    assert_eq!(app.runs.visible().len(), 0);
    key(&mut app, Key::Esc);
    assert_eq!(app.runs.visible().len(), 1, "the filter before is back");
    key(&mut app, Key::Esc);
    assert_eq!(app.runs.visible().len(), fixtures::listings().len());
}

/// `acc` is a word that no run has; with `>` it is the beginning of a term.
#[test]
fn a_term_that_is_not_finished_leaves_no_run_out() {
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "4/");
    let all = app.runs.listings.len();
    for (typed, shown) in [("acc", 0), (">", all), ("100", 0)] {
        press(&mut app, typed);
        assert_eq!(app.runs.visible().len(), shown, "{typed}");
    }
    app.runs.set_filter("dataset:mnist");
    let of_mnist = app.runs.visible().len();
    assert!(of_mnist > 0 && of_mnist < all);
    app.runs.set_filter("dataset:mnist acc>");
    assert_eq!(app.runs.visible().len(), of_mnist);
    app.runs.set_filter("dataset:mnist or ");
    assert_eq!(app.runs.visible().len(), all);
}

#[test]
fn a_wrong_filter_is_not_accepted() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4/mnist");
    app.update(Message::Paste(" datset:x".to_owned()));
    key(&mut app, Key::Enter);
    assert!(app.runs.filtering);
    assert_eq!(app.runs.visible().len(), 1);
    let wrong = app.runs.wrong.as_ref().unwrap();
    assert!(wrong.problem.contains("did you mean 'dataset'?"));
    for _ in 0.."datset:x".len() {
        key(&mut app, Key::Backspace);
    }
    press(&mut app, "cap:");
    key(&mut app, Key::Enter);
    let wrong = app.runs.wrong.as_ref().unwrap();
    assert!(app.runs.filtering && !wrong.incomplete, "{wrong:?}");
    press(&mut app, "2");
    key(&mut app, Key::Enter);
    assert!(!app.runs.filtering);
}

#[test]
fn details_of_a_run_that_was_left_are_dropped() {
    let mut app = fixtures::ready(80, 24);
    let listings = fixtures::listings();
    let effects = press(&mut app, "4j");
    assert_eq!(effects, [Effect::LoadRun(listings[1].path.clone())]);
    app.update(Message::RunLoaded(Box::new(fixtures::run_data(
        &listings[0],
    ))));
    assert!(app.runs.details().is_none());
}

#[test]
fn an_export_names_formats_and_folder_and_asks_before_it_writes_over_files() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4e");
    press(&mut app, "aj ");
    key(&mut app, Key::Up);
    key(&mut app, Key::Up);
    press(&mut app, "-q");
    let export = |effects: &[Effect]| {
        let [Effect::Runs(RunsEffect::Export(export))] = effects else {
            panic!("{effects:?}");
        };
        export.clone()
    };
    let wanted = export(&key(&mut app, Key::Enter));
    assert_eq!((wanted.formats.len(), wanted.overwrite), (8, false));
    let out = wanted.out.to_string_lossy().into_owned();
    assert!(out.starts_with("./export/") && out.ends_with("-q"));
    answer(&mut app, RunsMessage::ExportExists);
    let Some(Overlay::Export(dialog)) = &app.overlay else {
        panic!("{:?}", app.overlay);
    };
    assert!(
        dialog
            .folder
            .error
            .as_deref()
            .unwrap()
            .contains("Enter again")
    );
    let again = export(&key(&mut app, Key::Enter));
    assert!(again.overwrite && again.out == wanted.out);
    answer(&mut app, RunsMessage::ExportExists);
    press(&mut app, "2");
    let other = export(&key(&mut app, Key::Enter));
    assert!(!other.overwrite, "another folder was not asked about");
    app.update(Message::Failed("cannot write ./export: denied".to_owned()));
    assert_eq!(said(&app).0, Tone::Bad);
}

#[test]
fn marked_runs_are_exported_together() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4  e");
    let effects = key(&mut app, Key::Enter);
    let [Effect::Runs(RunsEffect::Export(export))] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(export.runs, paths()[..2]);
    assert_eq!(export.out, PathBuf::from("./export"));
}

#[test]
fn runs_are_deleted_after_a_yes_and_put_back() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4x");
    assert!(key(&mut app, Key::Esc).is_empty());
    press(&mut app, "x");
    let delete = |paths: &[PathBuf]| [Effect::Runs(RunsEffect::Delete(paths.to_vec()))];
    assert_eq!(press(&mut app, "y"), delete(&paths()[..1]));
    let trashed = Trashed {
        names: vec!["it".to_owned()],
        problems: Vec::new(),
    };
    let effects = answer(&mut app, RunsMessage::Deleted(trashed));
    assert!(matches!(effects[..], [Effect::ListRuns(_)]));
    assert_eq!(said(&app), (Tone::Good, "deleted it; U puts it back"));
    let effects = press(&mut app, "U");
    assert!(matches!(
        &effects[..],
        [Effect::Runs(RunsEffect::Restore(_))]
    ));
    answer(&mut app, RunsMessage::Restored(Vec::new()));
    assert_eq!(said(&app).0, Tone::Bad);
    press(&mut app, "*x");
    assert_eq!(press(&mut app, "y"), delete(&paths()));
    let refused = Trashed {
        names: Vec::new(),
        problems: vec!["runs/now is being trained".to_owned()],
    };
    answer(&mut app, RunsMessage::Deleted(refused));
    assert_eq!(said(&app), (Tone::Bad, "runs/now is being trained"));
}

#[test]
fn the_run_that_is_trained_here_is_not_deleted() {
    let mut app = fixtures::training();
    let mut listings = fixtures::listings();
    listings[0].path = PathBuf::from("runs/now");
    app.update(Message::RunsListed(listings, Vec::new()));
    press(&mut app, "4x");
    assert!(app.overlay.is_none());
    assert!(said(&app).1.contains("is being trained"));
}

#[test]
fn notes_and_tags_are_typed() {
    let mut app = fixtures::ready(80, 24);
    press(&mut app, "4nfor figure 3");
    let annotate = |runs: &[PathBuf], annotation| {
        let runs = runs.to_vec();
        [Effect::Runs(RunsEffect::Annotate { runs, annotation })]
    };
    let note = Annotation::Note("for figure 3".to_owned());
    assert_eq!(key(&mut app, Key::Enter), annotate(&paths()[..1], note));
    let message = RunsMessage::Annotated {
        changed: 1,
        problems: Vec::new(),
    };
    assert!(matches!(
        answer(&mut app, message)[..],
        [Effect::ListRuns(_)]
    ));
    press(&mut app, "tgood ?!");
    assert!(key(&mut app, Key::Enter).is_empty());
    let Some(Overlay::Annotate(dialog)) = &app.overlay else {
        panic!("{:?}", app.overlay);
    };
    assert!(
        dialog
            .field
            .error
            .as_deref()
            .unwrap()
            .contains("'?!' is not a tag")
    );
    key(&mut app, Key::Esc);
    press(&mut app, "  t");
    app.update(Message::Paste("good -bad".to_owned()));
    let changes = Annotation::Changes(vec!["good".to_owned(), "-bad".to_owned()]);
    assert_eq!(key(&mut app, Key::Enter), annotate(&paths()[..2], changes));
}

#[test]
fn the_two_latest_runs_are_compared_where_none_is_marked() {
    let mut app = fixtures::ready(120, 36);
    let compare = |paths: &[PathBuf]| Effect::Runs(RunsEffect::Compare(paths.to_vec()));
    assert_eq!(press(&mut app, "4c"), [compare(&paths()[..2])]);
    let found = fixtures::listings()[..2]
        .iter()
        .map(|run| (run.path.clone(), Ok(fixtures::run_data(run))))
        .collect();
    answer(&mut app, RunsMessage::Compared(found));
    assert_eq!(app.keys()[0].title, "4 Runs, compared");
    press(&mut app, "jjjjkz");
    key(&mut app, Key::Right);
    key(&mut app, Key::Esc);
    assert!(app.runs.comparison.is_some(), "the chart alone is left");
    key(&mut app, Key::Esc);
    assert!(app.runs.comparison.is_none() && app.runs.selected.is_empty());
    let marked = press(&mut app, " jc");
    assert_eq!(
        marked.last(),
        Some(&compare(&[paths()[0].clone(), paths()[2].clone()]))
    );
    key(&mut app, Key::Esc);
    app.runs.step(-100);
    press(&mut app, "c");
    assert!(
        said(&app).1.contains("Space"),
        "one run is compared with nothing"
    );
}

/// On a narrow terminal two are shown; `p` exchanges them with the others that a run has recorded.
#[test]
fn charts_of_a_comparison_are_picked_among_those_recorded() {
    use crate::tui::app::charts::Chart;
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "4c");
    let found = fixtures::listings()[..2]
        .iter()
        .map(|run| (run.path.clone(), Ok(fixtures::run_data(run))))
        .collect();
    answer(&mut app, RunsMessage::Compared(found));
    let shown = |app: &App| {
        let comparison = app.runs.comparison.as_ref().unwrap();
        app.compared_charts(comparison)
    };
    assert_eq!(shown(&app), (vec![Chart::Accuracy, Chart::Loss], 0));
    key(&mut app, Key::Tab);
    press(&mut app, "p");
    let (charts, focus) = shown(&app);
    assert_eq!((charts[0], focus), (Chart::Accuracy, 1));
    let mut seen = vec![charts[1]];
    for _ in 0..20 {
        press(&mut app, "p");
        let (charts, _) = shown(&app);
        assert_ne!(charts[0], charts[1]);
        seen.push(charts[1]);
    }
    assert!(seen.contains(&Chart::GradientNorm) && seen.contains(&Chart::Loss));
    assert!(!seen.contains(&Chart::Energy), "no run has recorded it");
    let now = shown(&app);
    press(&mut app, "pP");
    assert_eq!(shown(&app), now);
    press(&mut app, "g");
    assert!(app.charts.is_log(now.0[1]) && !app.charts.is_log(now.0[0]));
    app.update(Message::Resize(200, 60));
    assert_eq!(shown(&app).0.len(), 3, "energy has no place");
    key(&mut app, Key::BackTab);
    key(&mut app, Key::BackTab);
    assert_eq!(shown(&app).1, 2);
}

#[test]
fn paths_and_summaries_are_copied() {
    let mut app = fixtures::ready(80, 24);
    let copied = |effects: Vec<Effect>| match &effects[..] {
        [Effect::Copy(text)] => text.clone(),
        _ => panic!("{effects:?}"),
    };
    let path = copied(press(&mut app, "4y"));
    assert!(path.ends_with(paths()[0].to_str().unwrap()), "{path}");
    let line = copied(press(&mut app, "Y"));
    assert!(
        line.starts_with("glyphs resnet-50, cap 13 convolutions, 5 seeds: accuracy 91.8"),
        "{line}"
    );
    assert!(!line.contains('\n'));
    press(&mut app, "*");
    assert_eq!(copied(press(&mut app, "y")).lines().count(), 5);
}

#[test]
fn a_run_that_is_trained_is_followed_and_not_resumed() {
    let mut app = fixtures::ready(80, 24);
    let mut run = fixtures::listings()[1].clone();
    run.activity = fixtures::running();
    press(&mut app, "4j");
    // Its charts are read again when an epoch is finished, and not with every heartbeat.
    let effects = app.update(Message::RunsChanged(vec![run.clone()]));
    assert_eq!(effects, [Effect::LoadRun(run.path.clone())]);
    assert!(
        app.update(Message::RunsChanged(vec![run.clone()]))
            .is_empty()
    );
    assert!(press(&mut app, "r").is_empty());
    assert!(app.live.is_none() && app.screen.name() == "Runs");
    let said = app.toast.as_ref().unwrap().sentence.clone();
    assert_eq!(
        said,
        "this run is being trained by process 4711 on node-3: Enter follows it"
    );
    assert_eq!(key(&mut app, Key::Enter), [Effect::Follow(run.path)]);
    press(&mut app, "j");
    assert!(key(&mut app, Key::Enter).is_empty());
    assert!(app.charts.enlarged, "nobody trains that one");
}

#[test]
fn an_unfinished_run_is_resumed_and_a_finished_one_is_not() {
    let mut app = fixtures::ready(80, 24);
    assert!(
        press(&mut app, "4r").is_empty(),
        "the first one is finished"
    );
    let unfinished = fixtures::listings()[1].clone();
    press(&mut app, "j");
    assert!(
        press(&mut app, "r").is_empty(),
        "its details are not read yet"
    );
    let details = fixtures::run_data(&unfinished);
    app.update(Message::RunLoaded(Box::new(details.clone())));
    let path = unfinished.path;
    assert_eq!(press(&mut app, "r"), [Effect::ResumeRun(path.clone())]);
    assert!(app.is_training() && app.screen.name() == "Train");
    app.update(Message::Started(path));
    app.update(Message::Update(Update::EarlierEpochs(
        details.metrics.clone(),
    )));
    let live = app.live.as_ref().unwrap();
    assert_eq!(live.metrics, details.metrics);
    assert_eq!(live.settings, details.manifest.settings);
    press(&mut app, "4");
    assert!(press(&mut app, "r").is_empty(), "it trains already");
}

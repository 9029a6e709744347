//! The jobs of a grid that was submitted to Slurm.

use std::path::PathBuf;

use super::{hints, toast};
use crate::study::cluster::CellDoing;
use crate::tui::app::{App, Effect, Message};
use crate::tui::fixtures::{self, key, press};
use crate::tui::keys::Key;
use crate::tui::screens::studies::JobsAct;

/// The jobs of the marked grid are looked at again while they are live, and never twice at once.
#[test]
fn the_jobs_of_a_submitted_grid_are_looked_at() {
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "5");
    let study = fixtures::submitted();
    let look = Effect::LookAtJobs(study.path.clone());
    let later =
        |seconds: i64| Message::Tick(fixtures::now() + jiff::SignedDuration::from_secs(seconds));
    let seen = |standing| Message::JobsSeen(fixtures::submitted().path, Ok(standing));
    let listed = Message::StudiesListed(Ok(vec![study]));
    assert_eq!(app.update(listed).first(), Some(&look));
    assert_eq!(app.update(later(60)), [], "an answer is awaited");
    assert_eq!(app.update(seen(Some(fixtures::standing()))), []);
    assert_eq!(app.update(later(69)), []);
    assert_eq!(app.update(later(70)).first(), Some(&look));
    app.update(seen(Some(fixtures::standing())));
    key(&mut app, Key::Tab);
    press(&mut app, "jj");
    let effects = key(&mut app, Key::Enter);
    let cells = PathBuf::from("runs/paper/cells");
    assert!(
        effects.contains(&Effect::ListRuns(cells.clone())),
        "{effects:?}"
    );
    let opened = app.studies.opened.clone();
    assert_eq!(
        opened,
        Some((cells.clone(), Some(cells.join("cifar10-resnet-20-depth13"))))
    );
    // Neither on another screen nor where all is done.
    assert_eq!(app.update(later(200)), []);
    press(&mut app, "5");
    let mut standing = fixtures::standing();
    for cell in &mut standing.cells {
        cell.doing = CellDoing::Done;
    }
    app.update(seen(Some(standing)));
    assert_eq!(app.update(later(400)), []);
    assert_eq!(press(&mut app, "u").last(), Some(&look), "u looks again");
    app.update(seen(None));
    assert_eq!(app.update(later(600)), [], "nothing of it was submitted");
}

/// An app with a submitted grid, of which this is known.
fn submitted(standing: crate::study::cluster::Standing) -> App {
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "5");
    app.update(Message::StudiesListed(Ok(vec![fixtures::submitted()])));
    let path = fixtures::submitted().path;
    app.update(Message::JobsSeen(path, Ok(Some(standing))));
    app
}

#[test]
fn the_jobs_of_a_grid_are_cancelled_and_submitted_again_after_a_question() {
    let mut app = submitted(fixtures::standing());
    let path = fixtures::submitted().path;
    for (keys, act) in [("x", JobsAct::Cancel), ("\tt", JobsAct::Retry)] {
        assert!(press(&mut app, keys).is_empty(), "it asks");
        assert!(press(&mut app, "n").is_empty());
        press(&mut app, &keys[keys.len() - 1..]);
        let own = Box::new(app.settings.clone());
        let effect = Effect::ActOnJobs(act, path.clone(), own);
        assert_eq!(press(&mut app, "y"), [effect]);
        let held = hints(&app);
        assert!(
            !held.contains(&"x cancel jobs") && !held.contains(&"t try again"),
            "not twice at once: {held:?}"
        );
        let done = Message::JobsActed(path.clone(), Ok("the jobs are ended".to_owned()));
        let look = Effect::LookAtJobs(path.clone());
        assert_eq!(app.update(done).first(), Some(&look));
        assert_eq!(toast(&mut app), "paper: the jobs are ended");
        app.update(Message::JobsSeen(
            path.clone(),
            Ok(Some(fixtures::standing())),
        ));
        assert!(hints(&app).contains(&"x cancel jobs"));
    }
}

/// After jobs are cancelled, Slurm is asked more often for a while, so that what runs is not said to be stopping, or what is
/// stopping to run, for long.
#[test]
fn jobs_that_were_cancelled_are_looked_at_more_often() {
    let mut app = submitted(fixtures::standing());
    let path = fixtures::submitted().path;
    press(&mut app, "xy");
    let done = Message::JobsActed(path.clone(), Ok("the jobs are ended".to_owned()));
    let look = Effect::LookAtJobs(path.clone());
    assert_eq!(app.update(done), std::slice::from_ref(&look));
    let standing = fixtures::stopping();
    let seen = || Message::JobsSeen(path.clone(), Ok(Some(fixtures::stopping())));
    app.update(seen());
    let held = hints(&app);
    assert!(!held.contains(&"x cancel jobs") && !held.contains(&"c continue"));
    assert!(standing.in_words().contains("2 stopping"));
    let begun = app.now;
    let mut asked = Vec::new();
    for second in 1..60 {
        let effects = app.update(Message::Tick(
            begun + jiff::SignedDuration::from_secs(second),
        ));
        if effects.contains(&look) {
            asked.push(second);
            app.update(seen());
        }
    }
    assert_eq!(asked[..4], [2, 4, 6, 8]);
    assert_eq!(asked[14..], [38, 48, 58]);
}

/// What Slurm said before the jobs were cancelled is not the last word.
#[test]
fn an_answer_that_may_be_older_is_asked_for_again() {
    let mut app = submitted(fixtures::standing());
    let path = fixtures::submitted().path;
    let look = Effect::LookAtJobs(path.clone());
    press(&mut app, "xy");
    assert_eq!(press(&mut app, "u").last(), Some(&look));
    let refused = "scancel refused: access denied".to_owned();
    let done = Message::JobsActed(path.clone(), Err(refused));
    assert_eq!(app.update(done), [], "an answer is awaited");
    assert_eq!(toast(&mut app), "paper: scancel refused: access denied");
    let seen = Message::JobsSeen(path, Ok(Some(fixtures::standing())));
    assert_eq!(app.update(seen), [look]);
}

#[test]
fn only_what_can_be_done_with_jobs_has_keys() {
    let mut standing = fixtures::standing();
    standing.not_asked = Some("there is no squeue on this machine".to_owned());
    let mut app = submitted(standing);
    let held = hints(&app);
    assert!(!held.contains(&"x cancel jobs") && !held.contains(&"t try again"));
    assert!(press(&mut app, "xt").is_empty() && app.overlay.is_none());
    let mut standing = fixtures::standing();
    standing.cells.retain(|cell| cell.job.is_live());
    let app = submitted(standing);
    let held = hints(&app);
    assert!(held.contains(&"x cancel jobs") && !held.contains(&"t try again"));
    let mut standing = fixtures::standing();
    standing.cells.retain(|cell| !cell.job.is_live());
    let app = submitted(standing);
    let held = hints(&app);
    assert!(!held.contains(&"x cancel jobs") && held.contains(&"t try again"));
}

/// A grid that jobs train is not trained by this process too.
#[test]
fn a_grid_is_continued_only_where_no_job_of_it_lives() {
    let offers = |app: &App| hints(app).contains(&"c continue");
    let mut app = fixtures::ready(120, 36);
    press(&mut app, "5");
    app.update(Message::StudiesListed(Ok(vec![fixtures::submitted()])));
    assert!(!offers(&app), "nobody knows yet what its jobs do");
    let path = fixtures::submitted().path;
    app.update(Message::JobsSeen(path, Ok(None)));
    assert!(offers(&app), "nothing of it was submitted");
    let mut app = submitted(fixtures::standing());
    assert!(!offers(&app) && press(&mut app, "c").is_empty());
    assert_eq!(toast(&mut app), "jobs of paper wait or run: x cancels them");
    let mut standing = fixtures::standing();
    standing.cells.retain(|cell| !cell.job.is_live());
    let mut app = submitted(standing.clone());
    assert!(offers(&app));
    assert!(matches!(
        press(&mut app, "c")[..],
        [Effect::ContinueStudy(..)]
    ));
    standing.cells[0].doing = CellDoing::Unknown;
    assert!(!offers(&submitted(standing)), "Slurm could not be asked");
}

#[test]
fn leaving_waits_until_slurm_has_answered() {
    let mut app = submitted(fixtures::standing());
    press(&mut app, "ty");
    assert_eq!(press(&mut app, "q"), []);
    assert!(toast(&mut app).contains("waits"));
    let done = |app: &mut App| {
        let path = fixtures::submitted().path;
        app.update(Message::JobsActed(path, Ok("done".to_owned())))
    };
    assert_eq!(done(&mut app), [Effect::Quit]);
    let mut app = submitted(fixtures::standing());
    press(&mut app, "tyq");
    assert_eq!(press(&mut app, "q"), [Effect::Quit], "at once");
}

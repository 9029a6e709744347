//! Conducting and pricing studies for the fifth screen.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender};

use super::throttle::Throttle;
use super::{Report, Shared, acting};
use crate::format::{about, bytes, known, number_of};
use crate::messages::sentence;
use crate::report;
use crate::run::{Phase, Price, RunDirectory, Session, Settings, Summary, Update};
use crate::study::cluster::Standing;
use crate::study::grid::GridOutcome;
use crate::study::sweep::SweepOutcome;
use crate::study::{
    self, Asked, Engine, Progress, StudyError, Worker, grid, grid_design, recommend, sweep,
};
use crate::training::Control;
use crate::tui::app::{Effect, Message};
use crate::tui::screens::studies::{Doing, Priced, ShownGrid, StudyUpdate};

/// Longest wait for an update before the wish to stop is looked at again.
const WAIT: Duration = Duration::from_millis(100);

/// Follows a study: sends what it says to the app, and stops it when `cancel` is set.
struct Follower<'a> {
    asked: &'a Asked,
    cancel: &'a AtomicBool,
    pause: &'a AtomicBool,
    reports: &'a Sender<Report>,
    throttle: Throttle,
}

impl<'a> Follower<'a> {
    fn new(asked: &'a Asked, shared: &'a Shared, reports: &'a Sender<Report>) -> Self {
        Self {
            asked,
            cancel: &shared.cancel,
            pause: &shared.pause,
            reports,
            throttle: Throttle::new(),
        }
    }

    fn send(&self, update: StudyUpdate) {
        let message = Message::Study(Box::new(update));
        let _ = self.reports.send(Report::Message(Box::new(message)));
    }

    fn doing(&self, doing: Option<Doing>) {
        if doing.is_none() || self.throttle.pass() {
            self.send(StudyUpdate::Doing(doing));
        }
    }

    /// The price that a recommendation was planned with.
    fn planned(&self) -> Option<f64> {
        let Asked::Recommend { folder, .. } = self.asked else {
            return None;
        };
        let design = recommend::Design::read(folder).ok()??;
        Some(design.estimated_seconds)
    }
}

impl Progress for Follower<'_> {
    fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    fn is_paused(&self) -> bool {
        self.pause.load(Ordering::Relaxed)
    }

    fn say(&self, line: &str) {
        self.send(StudyUpdate::Said(line.to_owned()));
    }

    fn warn(&self, line: &str) {
        self.send(StudyUpdate::Warned(line.to_owned()));
    }

    fn cell(&self, number: usize, of: usize) {
        if number == 1
            && let Some(seconds) = self.planned()
        {
            self.send(StudyUpdate::Planned(seconds));
        }
        self.send(StudyUpdate::Cell(number, of));
    }

    fn workers(&self, workers: &[Worker]) {
        self.send(StudyUpdate::Workers(workers.to_vec()));
    }

    fn reading(&self, phase: Option<Phase>) {
        self.doing(phase.map(Doing::Reading));
    }

    fn timing(&self, steps: Option<(usize, usize)>) {
        self.doing(steps.map(|(done, of)| Doing::Timing(done, of)));
    }

    fn interruptible(&self, begins: bool) {
        self.send(StudyUpdate::Interruptible(begins));
    }

    fn follow(
        &self,
        session: &Session,
        settings: &Settings,
    ) -> Result<Option<Summary>, StudyError> {
        let path = session.directory().to_owned();
        if let Ok(plan) = RunDirectory::open(&path).and_then(|run| run.plan()) {
            self.send(StudyUpdate::RunStarted {
                path: path.clone(),
                settings: Box::new(settings.clone()),
                plan: Box::new(plan),
            });
        }
        let (mut stopping, mut paused) = (false, false);
        loop {
            if self.is_paused() != paused && !stopping {
                paused = !paused;
                session.control(if paused {
                    Control::Pause
                } else {
                    Control::Resume
                });
            }
            if self.is_cancelled() && !stopping {
                stopping = true;
                session.control(Control::Stop);
            }
            let update = match session.updates().recv_timeout(WAIT) {
                Ok(update) => update,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => {
                    let sentence = "the run ended without a result";
                    return Err(StudyError::Training(sentence.to_owned()));
                }
            };
            self.send(StudyUpdate::Run(update.clone()));
            match update {
                Update::Finished(summary) => return Ok(Some(*summary)),
                Update::Stopped => return Ok(None),
                Update::Failed(sentence) => {
                    let kept =
                        format!("{sentence}; finished epochs are kept in {}", path.display());
                    return Err(StudyError::Training(kept));
                }
                Update::EarlierEpochs(_) | Update::Event(_) => {}
            }
        }
    }

    fn swept(&self, outcome: &SweepOutcome) -> Result<(), StudyError> {
        report::study::swept(outcome)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn in_words(error: StudyError) -> String {
    sentence(&error)
}

/// Carries out what is asked of studies; all other effects are the event loop's.
///
/// # Errors
/// One sentence on what went wrong.
pub(super) fn perform(
    effect: &Effect,
    shared: &Shared,
    reports: &Sender<Report>,
) -> Result<(), String> {
    let send = |message: Message| {
        let _ = reports.send(Report::Message(Box::new(message)));
    };
    match effect {
        Effect::ListStudies(out) => {
            let lock = || {
                shared
                    .studies
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
            };
            let known = lock().clone();
            let found = study::list(out, &known).map_err(|error| error.to_string())?;
            lock().clone_from(&found);
            send(Message::StudiesListed(Ok(found)));
            Ok(())
        }
        Effect::ReadGrid(folder) => {
            let outcome = GridOutcome::read_shown(&folder.join(grid::OUTCOME));
            let outcome = outcome.map_err(|error| error.to_string())?;
            let shown = Arc::new(ShownGrid::of(outcome));
            send(Message::GridRead(folder.clone(), Ok(shown)));
            Ok(())
        }
        Effect::LookAtJobs(folder) => {
            let found = Standing::of(folder).map_err(|error| error.to_string());
            send(Message::JobsSeen(folder.clone(), found));
            Ok(())
        }
        Effect::ActOnJobs(act, folder, settings) => {
            let done = acting::act(*act, folder, settings).map_err(in_words)?;
            send(Message::JobsActed(folder.clone(), Ok(done)));
            Ok(())
        }
        Effect::AskRuns(folder, kind) => {
            let asked = study::pause_or_resume(folder, *kind).map_err(|error| error.to_string())?;
            send(Message::RunsAsked(folder.clone(), Ok(asked)));
            Ok(())
        }
        Effect::PriceStudy(asked) => price(asked, shared, reports),
        Effect::StartStudy(asked) => conduct(asked, shared, reports),
        Effect::ContinueStudy(study, own) => {
            let asked = Asked::again(study, own).map_err(|error| error.to_string())?;
            conduct(&asked, shared, reports)
        }
        _ => Ok(()),
    }
}

/// Conducts a study to its end and writes its report, or until it is stopped.
///
/// # Errors
/// One sentence on what went wrong.
fn conduct(asked: &Asked, shared: &Shared, reports: &Sender<Report>) -> Result<(), String> {
    let follower = Follower::new(asked, shared, reports);
    let found = report::study::conduct(asked, &follower).map_err(in_words)?;
    follower.send(match found {
        Some((folder, finding)) => StudyUpdate::Finished { folder, finding },
        None => StudyUpdate::Stopped,
    });
    Ok(())
}

/// Finds what a study costs.
///
/// # Errors
/// One sentence on what cannot be used, or does not fit.
fn price(asked: &Asked, shared: &Shared, reports: &Sender<Report>) -> Result<(), String> {
    let follower = Follower::new(asked, shared, reports);
    let found = priced(asked, &follower).map_err(in_words)?;
    follower.send(found.map_or(StudyUpdate::Stopped, |priced| {
        StudyUpdate::Priced(Box::new(priced))
    }));
    Ok(())
}

fn priced(asked: &Asked, progress: &Follower<'_>) -> Result<Option<Priced>, StudyError> {
    match asked {
        Asked::Recommend {
            settings,
            budget,
            folder,
        } => {
            let design = recommend::plan(settings, *budget, folder, &Engine::Machine, progress)?;
            Ok(design.map(|design| of_recommendation(&design)))
        }
        Asked::Sweep {
            settings,
            question,
            folder,
        } => {
            let price = sweep::price(settings, question, folder, progress)?;
            Ok(price.map(|price| Priced {
                rows: price.points.iter().map(of_point).collect(),
                sentence: in_all(&price.price),
                seconds: price.price.estimated_seconds,
            }))
        }
        Asked::Grid {
            file,
            settings,
            name,
        } => {
            let (design, _) = grid_design(file, settings, name.as_deref())?;
            let cells = grid::survey(&design, progress)?;
            let mut outcome = grid::outcome_of(&design, cells)?;
            let is_priced = grid::price(&design, &mut outcome, progress)?;
            Ok(is_priced.then(|| of_grid(&outcome)))
        }
    }
}

fn time_and_disk(price: Option<&Price>, otherwise: &str) -> [String; 2] {
    match price {
        Some(price) => [about(price.estimated_seconds), bytes(price.disk_bytes)],
        None => [otherwise.to_owned(), String::new()],
    }
}

fn in_all(price: &Price) -> String {
    match price.parts() {
        parts if parts.is_empty() => "nothing is left to train".to_owned(),
        parts => format!("{} ({parts})", price.text()),
    }
}

fn of_point(point: &sweep::PointPrice) -> [String; 3] {
    let [time, disk] = time_and_disk(point.price.as_ref(), "finished");
    let name = format!("{} convolutions, {}", point.conv_depth, point.dataset);
    [name, time, disk]
}

fn of_recommendation(design: &recommend::Design) -> Priced {
    let schedule = &design.schedule;
    let row = |name: String, depths: usize, epochs: usize, seeds: usize| {
        [
            name,
            number_of(depths, "depth", "depths"),
            format!(
                "{} × {}",
                number_of(seeds, "seed", "seeds"),
                number_of(epochs, "epoch", "epochs")
            ),
        ]
    };
    let rounds = schedule.rounds.iter().zip(1..);
    let mut rows: Vec<[String; 3]> = rounds
        .map(|(round, number)| {
            let name = format!("round {number}");
            row(name, round.depths, round.epochs, round.seeds.len())
        })
        .collect();
    rows.push(row(
        "final".to_owned(),
        schedule.finalists,
        schedule.epochs,
        schedule.seeds.len(),
    ));
    Priced {
        rows,
        sentence: recommend::plan_sentence(design),
        seconds: design.estimated_seconds,
    }
}

fn of_grid(outcome: &grid::GridOutcome) -> Priced {
    let mut rows: Vec<[String; 3]> = outcome
        .cells
        .iter()
        .map(|cell| {
            let [time, disk] = time_and_disk(cell.price.as_ref(), &cell.state.name());
            [outcome.label(cell), time, disk]
        })
        .collect();
    rows.extend(outcome.sweep_prices.iter().map(|sweep| {
        let [time, disk] = time_and_disk(Some(&sweep.price), "");
        let name = sweep.folder.file_name().unwrap_or_default();
        [name.to_string_lossy().into_owned(), time, disk]
    }));
    let price = outcome.price.as_ref();
    Priced {
        rows,
        sentence: known(price, in_all),
        seconds: price.map_or(0.0, |price| price.estimated_seconds),
    }
}

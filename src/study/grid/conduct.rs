//! Trains what is left of a grid, cell by cell, beside other processes that train the same grid.

use std::path::Path;
use std::time::Instant;

use super::super::engine::Engine;
use super::super::probed::probe;
use super::super::progress::{Interruptible, prepare};
use super::super::task::Task;
use super::super::train::{Trained, train, train_in_turn};
use super::super::{Progress, StudyError, sweep};
use super::survey::take_up;
use super::{CellOutcome, CellState, Design, Entry, GridOutcome, OUTCOME, conclude};
use crate::format::{about, known, percent_interval};
use crate::messages::sentence;
use crate::run::{Error, Prepared, ProbeClaims, RunDirectory, file, plan_pair};

/// Trains and probes what is left of the cells that [`survey`](super::survey()) found, conducts what is left of the sweeps, both by
/// the engine `on`, and keeps the outcome in the grid's folder after every cell; none where the user stopped it.
///
/// A cell or sweep that fails is noted and does not stop the others.
///
/// # Errors
/// Where the outcome cannot be written, and what a cell's folder holds cannot be read.
pub fn conduct(
    design: &Design,
    cells: Vec<CellOutcome>,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<GridOutcome>, StudyError> {
    let mut work = Work {
        design,
        cells,
        on,
        progress,
        costs: 0.0,
        seconds: 0.0,
    };
    // What jobs have left is not trained by this process.
    let trains = *on == Engine::Machine;
    let through = work.spread()?
        && (!trains || work.train(Others::Leave)? && work.train(Others::Await)?)
        && work.sweep();
    let outcome = work.conclude()?;
    Ok(through.then_some(outcome))
}

/// What `cells` and the sweeps that are finished say together.
///
/// # Errors
/// Where the outcome of a sweep cannot be read.
pub fn outcome_of(design: &Design, cells: Vec<CellOutcome>) -> Result<GridOutcome, Error> {
    let mut sweeps = Vec::new();
    for sweep in &design.sweeps {
        let path = sweep.folder.join(sweep::OUTCOME);
        if path.is_file() {
            sweeps.push(file::read_json(&path)?);
        }
    }
    let left = design.sweeps.len() - sweeps.len();
    let folder = design.folder.clone();
    Ok(conclude(folder, cells, design.probe, sweeps, left))
}

/// What to do about cells that other processes train.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Others {
    /// Leave them for later.
    Leave,
    /// Wait for them.
    Await,
}

/// A grid at work.
struct Work<'a> {
    design: &'a Design,
    cells: Vec<CellOutcome>,
    on: &'a Engine,
    progress: &'a dyn Progress,
    /// Multiply-accumulates trained in this process, and the seconds they took.
    costs: f64,
    seconds: f64,
}

impl Work<'_> {
    /// Trains and probes what is left of the cells whose device is a list, by a worker on each, or of all by jobs; false where the
    /// user stopped it.
    fn spread(&mut self) -> Result<bool, StudyError> {
        let (design, on, progress) = (self.design, self.on, self.progress);
        let workers_of = |at: usize| &design.entries[at].cell.settings.host.workers;
        let is_spread = |at: usize| *on != Engine::Machine || !workers_of(at).is_empty();
        let mut left = Vec::new();
        for at in (0..self.cells.len()).filter(|&at| is_spread(at)) {
            self.take_up(at)?;
            if self.cells[at].state.is_left() {
                left.push(at);
            }
        }
        while let Some(&first) = left.first() {
            let these: Vec<usize>;
            (these, left) = left
                .into_iter()
                .partition(|&at| workers_of(at) == workers_of(first));
            let Some(trainers) = on.trainers(&design.entries[first].cell.settings)? else {
                continue;
            };
            let tasks = these.iter().map(|&at| Task {
                cell: design.entries[at].cell.clone(),
                probe: design.probe,
                plan: None,
                number: at + 1,
            });
            let (tasks, of) = (tasks.collect(), self.cells.len());
            let begun = Instant::now();
            let mut ended = |task: usize, result: Result<(), StudyError>| {
                self.ended(these[task], result, begun)
            };
            if !trainers.train(&design.folder, tasks, of, progress, &mut ended)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes up what a worker has made of a cell; all began at `begun`.
    fn ended(
        &mut self,
        at: usize,
        result: Result<(), StudyError>,
        begun: Instant,
    ) -> Result<(), StudyError> {
        let entry = &self.design.entries[at];
        let was_finished = self.cells[at].state == CellState::Unprobed;
        let found = take_up(&mut self.cells[at], entry, self.design.probe);
        match result.and_then(|()| Ok(found?)) {
            Ok(()) => {
                let pair = self.cells[at].pair.as_ref().filter(|_| !was_finished);
                self.costs += pair.map_or(0.0, |pair| pair.cost);
                self.seconds = begun.elapsed().as_secs_f64();
                self.say(&self.progress(at));
            }
            Err(error) => self.fail(at, CellState::Failed, &error),
        }
        self.conclude()?;
        Ok(())
    }

    /// Trains and probes what is left of the cells; false where the user stopped it.
    fn train(&mut self, others: Others) -> Result<bool, StudyError> {
        for at in 0..self.cells.len() {
            self.take_up(at)?;
        }
        let datasets = self.design.entries.iter().map(|entry| entry.dataset);
        let last = datasets.max().unwrap_or(0);
        for dataset in 0..=last {
            let cells: Vec<usize> = (0..self.cells.len())
                .filter(|&at| {
                    self.design.entries[at].dataset == dataset && self.cells[at].state.is_left()
                })
                .collect();
            let Some(&first) = cells.first() else {
                continue;
            };
            let settings = &self.design.entries[first].cell.settings;
            let prepared = {
                let _nothing_yet = Interruptible::begin(self.progress);
                prepare(settings, self.progress)
            };
            let prepared = match prepared {
                Ok(prepared) => prepared,
                Err(error) => {
                    let error = error.into();
                    for at in cells {
                        self.fail(at, CellState::Missing, &error);
                    }
                    continue;
                }
            };
            for at in cells {
                match self.cell(at, &prepared, others) {
                    Ok(true) => {}
                    Ok(false) => return Ok(false),
                    Err(error) => self.fail(at, CellState::Failed, &error),
                }
                self.conclude()?;
            }
        }
        Ok(true)
    }

    /// Takes up what another process has finished of a cell meanwhile.
    fn take_up(&mut self, at: usize) -> Result<(), Error> {
        let cell = &mut self.cells[at];
        if matches!(cell.state, CellState::Waiting | CellState::Begun) {
            take_up(cell, &self.design.entries[at], self.design.probe)?;
        }
        Ok(())
    }

    fn fail(&mut self, at: usize, state: CellState, error: &StudyError) {
        let reason = sentence(error);
        self.say(&format!("{}: {reason}", self.cells[at].name));
        self.cells[at].fail(state, reason);
    }

    /// Trains and probes one cell; false where the user stopped it.
    fn cell(&mut self, at: usize, prepared: &Prepared, others: Others) -> Result<bool, StudyError> {
        let Entry { cell, .. } = &self.design.entries[at];
        self.progress.cell(at + 1, self.cells.len());
        self.say(&format!(
            "\n{} ({} of {})",
            cell.name(),
            at + 1,
            self.cells.len()
        ));
        let plan = plan_pair(&cell.settings, &prepared.analysis)?;
        let begun = Instant::now();
        let was_finished = self.cells[at].state == CellState::Unprobed;
        let summary = if others == Others::Await {
            train_in_turn(cell, prepared, &plan, self.progress)?
        } else {
            match train(cell, prepared, &plan, self.progress)? {
                Trained::Finished(summary) => Some(*summary),
                Trained::Stopped => None,
                Trained::Elsewhere(holder) => {
                    self.say(&format!(
                        "{} is being trained by process {} on {}: left for later",
                        cell.name(),
                        holder.pid,
                        holder.host
                    ));
                    return Ok(true);
                }
            }
        };
        let Some(summary) = summary else {
            return Ok(false);
        };
        let cost = self.cells[at].pair.as_ref().map_or(0.0, |pair| pair.cost);
        if !was_finished {
            self.costs += cost;
            self.seconds += begun.elapsed().as_secs_f64();
        }
        let directory = RunDirectory::open(&cell.path)?;
        self.cells[at].trained(&directory.plan()?);
        let kept = directory.claims()?;
        self.cells[at].finish(summary.clone(), kept.as_ref(), !self.design.probe);
        if self.design.probe {
            let Some(probes) = probe(cell, &summary, prepared, self.progress)? else {
                return Ok(false);
            };
            self.cells[at].finish(summary, Some(&ProbeClaims::from(&probes)), true);
        }
        self.say(&self.progress(at));
        Ok(true)
    }

    /// One line on a finished cell and on what remains.
    fn progress(&self, at: usize) -> String {
        let cell = &self.cells[at];
        let saved = cell.summary.as_ref().and_then(|summary| summary.time_saved);
        let left: f64 = self
            .cells
            .iter()
            .filter(|cell| matches!(cell.state, CellState::Waiting | CellState::Begun))
            .filter_map(|cell| Some(cell.pair.as_ref()?.cost))
            .sum();
        let remains = if self.costs > 0.0 && left > 0.0 {
            format!(
                " · about {} left for the cells",
                about(self.seconds / self.costs * left)
            )
        } else {
            String::new()
        };
        format!(
            "{}: time saved {} % · {}{remains}",
            cell.name,
            known(saved, |saved| percent_interval(
                saved.mean,
                saved.interval,
                1
            )),
            cell.verdict()
                .map_or_else(String::new, |verdict| format!("by itself {verdict}"))
        )
    }

    /// Conducts what is left of the sweeps; false where the user stopped it.
    fn sweep(&self) -> bool {
        for sweep in &self.design.sweeps {
            if sweep.folder.join(sweep::OUTCOME).is_file() {
                continue;
            }
            self.say(&format!("\n{}", folder_name(&sweep.folder)));
            let conducted = sweep::conduct(
                &sweep.settings,
                &sweep.question,
                &sweep.folder,
                self.on,
                self.progress,
            );
            match conducted {
                Ok(Some(outcome)) => self.say(&outcome.finding),
                Ok(None) => return false,
                Err(error) => {
                    let name = folder_name(&sweep.folder);
                    self.progress.warn(&format!("{name}: {}", sentence(&error)));
                }
            }
        }
        true
    }

    /// Judges all cells together and writes it down.
    fn conclude(&self) -> Result<GridOutcome, Error> {
        let outcome = outcome_of(self.design, self.cells.clone())?;
        file::write_json(&self.design.folder.join(OUTCOME), &outcome)?;
        Ok(outcome)
    }

    fn say(&self, line: &str) {
        self.progress.say(line);
    }
}

fn folder_name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or(folder.as_os_str())
        .display()
        .to_string()
}

//! `grid status`, `grid collect`, `grid cancel`: a grid that other machines train.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::{Value, json};

use super::cluster::{check_unchanged, nothing_submitted};
use super::{Which, table, tell};
use crate::cli::cluster::cancel as end;
use crate::cli::follow::Follower;
use crate::cli::options::Global;
use crate::cli::output;
use crate::format::number_of;
use crate::report::study::collect_grid;
use crate::run::{Activity, FolderClock, RunStatus, SUMMARY, parts};
use crate::study::cluster::{Attempts, Job, JobState, Jobs, jobs, last_lines};
use crate::study::grid::{CellOutcome, CellState, Design, GridOutcome, outcome_of, survey};
use crate::study::join_parts;

/// What `grid status --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    outcome: &'a GridOutcome,
    /// None of a grid of which nothing was submitted.
    #[serde(flatten)]
    jobs: Option<PrintedJobs>,
}

#[derive(Serialize)]
struct PrintedJobs {
    /// The job and the attempts of every cell that was submitted.
    jobs: Vec<Value>,
    /// Why Slurm could not be asked; null where it answered.
    jobs_not_asked: Option<String>,
}

/// Prints how far every cell has come, and what its job does.
pub(super) fn status(which: Which, global: &Global) -> anyhow::Result<ExitCode> {
    let (asked, kept) = which.submitted(global)?;
    let design = &asked.design;
    let mut cells = survey(design, &Follower::new(global)?)?;
    let known = kept.as_ref().map(|kept| jobs(&design.folder, kept));
    if let Some(known) = &known {
        known.mark(&mut cells)?;
    }
    let outcome = outcome_of(design, cells)?;
    if global.json {
        let jobs = known.as_ref().map(|known| {
            let cells = outcome.cells.iter().flat_map(|cell| {
                let attempts = |folder: &Path| Attempts::read(folder).ok().map(|it| it.number());
                let name = &cell.name;
                let whole = known.cells.get(name).and_then(|job| {
                    let attempts = attempts(&cell.run_dir)?;
                    Some(json!({ "cell": name, "job": job, "attempts": attempts }))
                });
                let parts = known.parts_of(name).filter_map(move |(seed, job)| {
                    let attempts = attempts(&parts::folder(&cell.run_dir, seed))?;
                    Some(json!({ "cell": name, "seed": seed, "job": job, "attempts": attempts }))
                });
                whole.into_iter().chain(parts)
            });
            PrintedJobs {
                jobs: cells.collect(),
                jobs_not_asked: known.not_asked.as_ref().map(ToString::to_string),
            }
        });
        output::print_json(&Printed {
            outcome: &outcome,
            jobs,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    table::states(&outcome, known.as_ref())?;
    if let Some(known) = &known {
        show(&outcome, design, known)?;
    }
    if let Some(changes) = kept.and_then(|kept| kept.changed(design.cells())) {
        output::print(&format!(
            "\nnote    the grid's file has changed since it was submitted: {changes}"
        ))?;
    }
    output::print(&format!("\n{}", outcome.finding))?;
    table::interactions(&outcome)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what the jobs do, who trains what, and the last words of what failed.
fn show(outcome: &GridOutcome, design: &Design, known: &Jobs) -> anyhow::Result<()> {
    let clock = FolderClock::of(&design.folder);
    let mut counts: BTreeMap<(JobState, String), usize> = BTreeMap::new();
    for cell in &outcome.cells {
        let job = known.of_cell(&cell.name);
        if let Some(job) = job {
            let words = match job.state {
                JobState::Running => "runs".to_owned(),
                _ => job.in_words(),
            };
            *counts.entry((job.state, words)).or_default() += 1;
        }
        show_parts(cell, known, &clock)?;
        let is_split = known.parts_of(&cell.name).next().is_some();
        match (&cell.state, job) {
            (CellState::Begun, _) if is_split => {}
            (CellState::Begun, Some(job)) if job.state != JobState::Waiting => {
                let activity = Activity::of(&cell.run_dir, RunStatus::Unfinished, &clock);
                let doing = activity.in_words();
                output::print(&format!("{}  {doing} · job {}", cell.name, job.id))?;
                if job.state == JobState::Ended {
                    show_slurms_lines(cell, known)?;
                }
            }
            (CellState::Failed, _) => show_last_lines(&cell.run_dir, design)?,
            (_, Some(job)) if !is_split && job.state == JobState::Waiting => {
                show_last_attempt(cell, job, known)?;
                show_slurms_lines(cell, known)?;
            }
            (CellState::Waiting, Some(job)) if job.state == JobState::Ended => {
                show_slurms_lines(cell, known)?;
            }
            _ => {}
        }
    }
    let parts: Vec<String> = counts
        .iter()
        .map(|((_, words), count)| format!("{}: {words}", number_of(*count, "cell", "cells")))
        .collect();
    output::print(&format!("\njobs    {}", parts.join(" · ")))?;
    if let Some(why) = &known.not_asked {
        output::print(&format!("note    {why}"))?;
    }
    let is_idle = |job: Option<&Job>| job.is_none_or(|job| job.state == JobState::Ended);
    let idle = outcome.cells.iter().filter(|cell| {
        let is_left = cell.state.is_left() || cell.state == CellState::Failed;
        is_left && is_idle(known.of_cell(&cell.name))
    });
    let idle = idle.count();
    if idle > 0 {
        output::print(&format!(
            "left    {} without a job: ebcle-tui grid retry --failed submits them again",
            number_of(idle, "cell", "cells")
        ))?;
    }
    Ok(())
}

/// Prints how the last attempt to train a cell ended whose job waits again.
fn show_last_attempt(cell: &CellOutcome, job: &Job, known: &Jobs) -> anyhow::Result<()> {
    let attempts = known.attempts(&cell.run_dir)?;
    if let Some(reason) = attempts.reason() {
        let number = number_of(attempts.number(), "attempt", "attempts");
        let (name, id) = (&cell.name, &job.id);
        output::print(&format!(
            "{name}  waits after {number}: {reason} · job {id}"
        ))?;
    }
    Ok(())
}

/// Prints what Slurm wrote into the log of the last attempt to train a cell, such as DUE TO TIME LIMIT, where that attempt was
/// killed and could not say why itself.
fn show_slurms_lines(cell: &CellOutcome, known: &Jobs) -> anyhow::Result<()> {
    for line in known.attempts(&cell.run_dir)?.slurms_lines() {
        output::print(&format!("  {line}"))?;
    }
    Ok(())
}

/// Prints how far the seeds of a cell are that was split, and the last words of those that failed.
fn show_parts(cell: &CellOutcome, known: &Jobs, clock: &FolderClock) -> anyhow::Result<()> {
    if !cell.state.is_left() && cell.state != CellState::Failed {
        return Ok(());
    }
    for (seed, job) in known.parts_of(&cell.name) {
        let part = parts::folder(&cell.run_dir, seed);
        let attempts = known.attempts(&part)?;
        let doing = if part.join(SUMMARY).is_file() {
            "done".to_owned()
        } else if let Some(reason) = attempts.given_up().filter(|_| !job.is_live()) {
            reason
        } else if job.state == JobState::Running {
            Activity::of(&part, RunStatus::Unfinished, clock).in_words()
        } else {
            job.in_words()
        };
        let name = parts::name(seed);
        output::print(&format!("{}/{name}  {doing} · job {}", cell.name, job.id))?;
    }
    Ok(())
}

/// Prints the last lines of what the last task of a cell said, or of those of its seeds that failed.
fn show_last_lines(run_dir: &Path, design: &Design) -> anyhow::Result<()> {
    let parts = design.cells().filter(|cell| cell.path == run_dir);
    let parts = parts.flat_map(|cell| &cell.settings.recipe.seeds);
    let parts = parts.map(|&seed| parts::folder(run_dir, seed));
    for folder in std::iter::once(run_dir.to_owned()).chain(parts) {
        let attempts = Attempts::read(&folder)?;
        if attempts.given_up().is_none() {
            continue;
        }
        let last = attempts
            .last_job()
            .map(|job| last_lines(&design.folder, job));
        for line in last.unwrap_or_default() {
            output::print(&format!("  {line}"))?;
        }
    }
    Ok(())
}

/// Writes the outcome and the report of what is trained so far.
pub(super) fn collect(which: Which, global: &Global) -> anyhow::Result<ExitCode> {
    let (asked, kept) = which.submitted(global)?;
    let design = &asked.design;
    if let Some(kept) = &kept {
        check_unchanged(which, &asked, kept)?;
    }
    let follower = Follower::new(global)?;
    join_parts(design.cells(), &follower)?;
    let mut cells = survey(design, &follower)?;
    if let Some(kept) = &kept {
        jobs(&design.folder, kept).mark(&mut cells)?;
    }
    let outcome = collect_grid(design, &asked.text, cells)?;
    tell(&outcome, design, global)
}

/// Ends the jobs of the grid.
pub(super) fn cancel(which: Which, global: &Global) -> anyhow::Result<ExitCode> {
    let (asked, kept) = which.submitted(global)?;
    kept.ok_or_else(|| nothing_submitted(which))?;
    end(&asked.design.folder, ["grid", "cell"], global)
}

//! `grid --on list|slurm`, `grid retry`: the cells of a grid on other machines.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{anyhow, bail, ensure};
use clap::Args;
use serde_json::json;

use super::{Asked, Which};
use crate::cli::cluster::{EngineName, Needs, print_commands, print_plan, tell_stopped};
use crate::cli::failure::INTERRUPTED;
use crate::cli::follow::Follower;
use crate::cli::options::{Global, path};
use crate::cli::output;
use crate::format::number_of;
use crate::messages::{self, quoted};
use crate::report::study::conduct_grid;
use crate::study::Engine;
use crate::study::cluster::{
    Jobs, Left, Order, Prepared, SlurmRequest, Submission, fit_as_asked, jobs, write_cells,
};
use crate::study::grid::{CellOutcome, CellState, survey};

#[derive(Args, Debug)]
#[command(next_help_heading = "On other machines")]
pub(super) struct ClusterOptions {
    /// Train the cells on machines that see the same files
    #[arg(long, value_name = "ENGINE", value_enum)]
    pub(super) on: Option<EngineName>,
    /// Write the commands of --on list into this file
    #[arg(long, value_name = "FILE", value_parser = path(), requires = "on")]
    output: Option<PathBuf>,
    /// Submit although the grid's file has other cells than when it was submitted first
    #[arg(long, requires = "on")]
    extend: bool,
    /// Stay until all cells are done, conduct the sweeps by jobs too, and write the report
    #[arg(long, requires = "on", conflicts_with = "dry_run")]
    wait: bool,
    #[command(flatten)]
    needs: Needs,
}

impl ClusterOptions {
    /// Writes the folders of what is left and prints a command for each.
    pub(super) fn list(
        &self,
        which: Which,
        dry_run: bool,
        global: &Global,
    ) -> anyhow::Result<ExitCode> {
        let asked = which.asked(global)?;
        let request = self.needs.request(asked.file.slurm.clone(), global)?;
        let cells = survey(&asked.design, &Follower::new(global)?)?;
        tell_left_out(&asked, &cells, false, global);
        let left: Vec<usize> = (0..cells.len())
            .filter(|&at| cells[at].state.is_left())
            .collect();
        if !dry_run {
            write_cells(&asked.design, &left, &asked.text)?;
        }
        let fit = fit_as_asked(&asked.design, &left, &request);
        tell(&fit.said);
        let mut units = Vec::new();
        for &at in &left {
            let cell = &asked.design.entries[at].cell;
            let split = fit.split.get(&at).copied();
            units.extend(Left::of(cell, &Jobs::default(), split, true)?.units);
        }
        let file = quoted(&which.file.to_string_lossy());
        let then = format!("ebcle-tui grid collect {file}");
        let output = self.output.as_deref();
        print_commands(&units, &request.own_program(), output, &then, global)
    }

    /// Submits what is left and has no job yet.
    pub(super) fn slurm(
        &self,
        which: Which,
        dry_run: bool,
        global: &Global,
    ) -> anyhow::Result<ExitCode> {
        let asked = which.asked(global)?;
        let kept = Submission::read(&asked.design.folder)?;
        let kept = kept.map(|kept| kept.made_by_us(&asked.design.folder));
        let kept = kept.transpose()?;
        let kept_as = kept.as_ref();
        if let Some(changes) = kept_as.and_then(|kept| kept.changed(asked.design.cells())) {
            ensure!(
                self.extend,
                "{} has changed since it was submitted: {changes}; put it back, or add --extend to submit it as it is now",
                which.file.display()
            );
        }
        let how = How {
            again: false,
            dry_run,
            wait: self.wait,
        };
        let request = self.needs.request(asked.file.slurm.clone(), global)?;
        let sent = send(&asked, kept, &request, how, global)?;
        if !self.wait || sent != ExitCode::SUCCESS {
            return Ok(sent);
        }
        Self::wait(&asked, request, global)
    }

    /// Waits for the cells, conducts the sweeps, and writes the report.
    fn wait(asked: &Asked, request: SlurmRequest, global: &Global) -> anyhow::Result<ExitCode> {
        let design = &asked.design;
        let on = Engine::Slurm(Box::new(request));
        let follower = Follower::new(global)?;
        let mut cells = survey(design, &follower)?;
        if let Some(kept) = Submission::read(&design.folder)? {
            jobs(&design.folder, &kept).mark(&mut cells)?;
        }
        let Some(outcome) = conduct_grid(design, &asked.text, cells, &on, &follower)? else {
            tell_stopped(&design.folder, global);
            return Ok(ExitCode::from(INTERRUPTED));
        };
        super::tell(&outcome, design, global)
    }
}

/// How cells are submitted.
#[derive(Clone, Copy, Debug)]
struct How {
    /// Whether cells that were given up are tried again.
    again: bool,
    /// Whether the scripts are printed and nothing is submitted.
    dry_run: bool,
    /// Whether they are waited for.
    wait: bool,
}

/// Submits again what is not done and has no job; with `failed` also what was given up.
pub(super) fn retry(
    which: Which,
    needs: &Needs,
    failed: bool,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let (asked, kept) = which.submitted(global)?;
    let kept = kept.ok_or_else(|| nothing_submitted(which))?;
    check_unchanged(which, &asked, &kept)?;
    let kept = kept.made_by_us(&asked.design.folder)?;
    let request = needs.request_again(asked.file.slurm.clone(), &kept, global)?;
    let how = How {
        again: failed,
        dry_run: false,
        wait: false,
    };
    send(&asked, Some(kept), &request, how, global)
}

/// That nothing of a grid was submitted.
pub(super) fn nothing_submitted(which: Which) -> anyhow::Error {
    let file = which.file.display();
    anyhow!("nothing of {file} was submitted: use ebcle-tui grid {file} --on slurm")
}

/// Checks that the grid's file says what it said when it was submitted.
pub(super) fn check_unchanged(
    which: Which,
    asked: &Asked,
    kept: &Submission,
) -> anyhow::Result<()> {
    if let Some(changes) = kept.changed(asked.design.cells()) {
        let file = which.file.display();
        bail!(
            "{file} has changed since it was submitted: {changes}; put it back, or submit it as it is now with ebcle-tui grid {file} --on slurm --extend"
        );
    }
    Ok(())
}

/// Submits what is left of a grid and has no job.
fn send(
    asked: &Asked,
    kept: Option<Submission>,
    request: &SlurmRequest,
    How {
        again,
        dry_run,
        wait,
    }: How,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let order = Order {
        design: &asked.design,
        text: &asked.text,
        request,
        failed: again,
        timed: true,
    };
    let follower = Follower::new(global)?;
    let Some(prepared) = Prepared::of(&order, kept, dry_run, &follower)? else {
        messages::say("stopped; nothing was submitted");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    tell_left_out(asked, &prepared.cells, wait, global);
    tell(&prepared.warnings);
    if dry_run {
        return print_plan(&prepared.planned, global);
    }
    let new = prepared.submit(&order)?;
    let with_job = prepared.with_job;
    if wait {
        for job in &new {
            output::say(global, &format!("job {}: {}", job.job, job.in_words()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if global.json {
        output::print_json(&json!({ "jobs": new, "with_job": with_job }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (job, planned) in new.iter().zip(&prepared.planned) {
        output::print(&format!(
            "job {}: {} in {}",
            job.job,
            job.in_words(),
            number_of(planned.tasks, "task", "tasks")
        ))?;
    }
    if with_job > 0 {
        let cells = number_of(with_job, "cell has", "cells have");
        output::say(global, &format!("{cells} a job already"));
    }
    if new.is_empty() {
        output::say(global, "nothing is left to submit");
    }
    Ok(ExitCode::SUCCESS)
}

/// Says which cells take longer than a task.
fn tell(warnings: &[String]) {
    for sentence in warnings {
        messages::say(&format!("warning: {sentence}"));
    }
}

/// Says which parts of the grid are not trained by jobs.
fn tell_left_out(asked: &Asked, cells: &[CellOutcome], waits: bool, global: &Global) {
    for cell in cells {
        let is_told = matches!(cell.state, CellState::Missing | CellState::Failed);
        if let Some(reason) = cell.reason.as_ref().filter(|_| is_told) {
            messages::say(&format!("left out: {}: {reason}", cell.name));
        }
    }
    if !asked.design.sweeps.is_empty() && !waits {
        output::say(
            global,
            "jobs do not train the sweeps of the grid unless somebody waits for them: `ebcle-tui grid FILE --on slurm --wait` does, and without --on they are trained here when the cells are done",
        );
    }
}

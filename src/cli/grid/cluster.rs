//! `grid --on list|slurm`, `grid retry`: the cells of a grid on other machines.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Asked, Which};
use crate::cli::failure::INTERRUPTED;
use crate::cli::follower::Follower;
use crate::cli::options::{Global, path};
use crate::cli::output;
use crate::format::number_of;
use crate::messages::{self, quoted};
use crate::study::cluster::{
    Amount, Order, Planned, Prepared, SlurmTable, Submission, cell_commands, this_program,
    write_cells,
};
use crate::study::grid::{CellOutcome, CellState, survey};

/// What starts the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    /// Print a command for each cell, for GNU parallel or any other engine
    List,
    /// Submit array jobs to Slurm
    Slurm,
}

#[derive(Args, Debug)]
#[command(next_help_heading = "On other machines")]
pub(super) struct ClusterOptions {
    /// Train the cells on machines that see the same files
    #[arg(long, value_name = "ENGINE", value_enum)]
    pub(super) on: Option<Engine>,
    /// Write the commands of --on list into this file
    #[arg(long, value_name = "FILE", value_parser = path(), requires = "on")]
    output: Option<PathBuf>,
    /// Submit although the grid's file has other cells than when it was submitted first
    #[arg(long, requires = "on")]
    extend: bool,
    #[command(flatten)]
    needs: Needs,
}

/// What Slurm is asked for, over the file's [slurm].
#[derive(Args, Debug)]
#[command(next_help_heading = "On other machines")]
pub(super) struct Needs {
    /// What starts ebcle-tui there [default: this program's own file]
    #[arg(long, value_name = "COMMAND")]
    program: Option<String>,
    /// Partition
    #[arg(long, value_name = "NAME")]
    partition: Option<String>,
    /// Account that pays
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
    /// GPUs of a task, such as 1 or a100:1
    #[arg(long, value_name = "GPUS")]
    gpus: Option<String>,
    /// CPU cores of a task
    #[arg(long, value_name = "N")]
    cpus: Option<u32>,
    /// Memory of a task, such as 16G
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Longest time of a task, such as 4:00:00
    #[arg(long, value_name = "TIME")]
    time: Option<String>,
    /// Cells of a task, one after the other [default: 1]
    #[arg(long, value_name = "N")]
    pack: Option<usize>,
    /// Tasks that run at the same time, at most
    #[arg(long, value_name = "N")]
    max_tasks: Option<usize>,
}

impl Needs {
    /// As a table, which wins over that of the grid's file.
    fn table(&self) -> anyhow::Result<SlurmTable> {
        let table = SlurmTable {
            partition: self.partition.clone(),
            account: self.account.clone(),
            gpus: self.gpus.clone().map(Amount::Text),
            cpus: self.cpus,
            memory: self.memory.clone(),
            time: self.time.clone(),
            pack: self.pack,
            max_tasks: self.max_tasks,
            program: self.program.clone(),
            ..SlurmTable::default()
        };
        table.check("command line")?;
        Ok(table)
    }
}

impl ClusterOptions {
    /// Writes the folders of what is left and prints a command for each.
    pub(super) fn list(
        &self,
        which: Which,
        dry_run: bool,
        global: &Global,
    ) -> anyhow::Result<ExitCode> {
        let above = self.needs.table()?;
        let asked = which.asked(global)?;
        let cells = survey(&asked.design, &Follower::new(global)?)?;
        tell_left_out(&asked, &cells, global);
        let left: Vec<usize> = (0..cells.len())
            .filter(|&at| cells[at].state.is_left())
            .collect();
        if !dry_run {
            write_cells(&asked.design, &left, &asked.text)?;
        }
        let program = match above.program.as_ref().or(asked.file.slurm.program.as_ref()) {
            Some(program) => program.clone(),
            None => this_program()?,
        };
        let mut text = cell_commands(&asked.design, &left, &program)?.join("\n");
        match &self.output {
            Some(path) => {
                if !left.is_empty() {
                    text.push('\n');
                }
                std::fs::write(path, text)
                    .with_context(|| format!("cannot write {}", path.display()))?;
            }
            None if left.is_empty() => {}
            None => output::print(&text)?,
        }
        let said = match left.len() {
            0 => "nothing is left to train; for the report".to_owned(),
            number => format!(
                "{}; when they have run",
                number_of(number, "command", "commands")
            ),
        };
        let file = quoted(&which.file.to_string_lossy());
        output::say(global, &format!("{said}: ebcle-tui grid collect {file}"));
        Ok(ExitCode::SUCCESS)
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
        if let Some(kept) = &kept {
            kept.check_version(&asked.design.folder)?;
            if let Some(changes) = kept.changed(&asked.design) {
                ensure!(
                    self.extend,
                    "{} has changed since it was submitted: {changes}; put it back, or add --extend to submit it as it is now",
                    which.file.display()
                );
            }
        }
        send(&asked, kept, &self.needs, Again::No, dry_run, global)
    }
}

/// Whether cells that were given up are tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    No,
    Failed,
}

/// Submits again what is not done and has no job; with `failed` also what was given up.
pub(super) fn retry(
    which: Which,
    needs: &Needs,
    failed: bool,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let asked = which.asked(global)?;
    let kept = submitted(which, &asked)?;
    kept.check_version(&asked.design.folder)?;
    let again = if failed { Again::Failed } else { Again::No };
    send(&asked, Some(kept), needs, again, false, global)
}

/// What was submitted of a grid, which has not changed since.
///
/// # Errors
/// Where nothing was submitted, or the grid's file has changed.
pub(super) fn submitted(which: Which, asked: &Asked) -> anyhow::Result<Submission> {
    let file = which.file.display();
    let kept = Submission::read(&asked.design.folder)?.with_context(|| {
        format!("nothing of {file} was submitted: use ebcle-tui grid {file} --on slurm")
    })?;
    check_unchanged(which, asked, &kept)?;
    Ok(kept)
}

/// Checks that the grid's file says what it said when it was submitted.
pub(super) fn check_unchanged(
    which: Which,
    asked: &Asked,
    kept: &Submission,
) -> anyhow::Result<()> {
    if let Some(changes) = kept.changed(&asked.design) {
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
    needs: &Needs,
    again: Again,
    dry_run: bool,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let above = needs.table()?;
    let order = Order {
        design: &asked.design,
        text: &asked.text,
        table: &asked.file.slurm,
        above: &above,
        failed: again == Again::Failed,
        timed: true,
    };
    let follower = Follower::new(global)?;
    let Some(prepared) = Prepared::of(&order, kept, dry_run, &follower)? else {
        messages::say("stopped; nothing was submitted");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let (planned, with_job) = (&prepared.planned, prepared.with_job);
    tell_left_out(asked, &prepared.cells, global);
    for warning in &prepared.warnings {
        messages::say(&format!("warning: {warning}"));
    }
    if dry_run {
        return print_plan(planned, global);
    }
    let new = prepared.submit(&order)?;
    if global.json {
        output::print_json(&json!({ "jobs": new, "with_job": with_job }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (job, planned) in new.iter().zip(planned) {
        output::print(&format!(
            "job {}: {} in {}",
            job.job,
            number_of(job.cells.len(), "cell", "cells"),
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

/// Says which parts of the grid are not trained by jobs.
fn tell_left_out(asked: &Asked, cells: &[CellOutcome], global: &Global) {
    for cell in cells {
        let is_told = matches!(cell.state, CellState::Missing | CellState::Failed);
        if let Some(reason) = cell.reason.as_ref().filter(|_| is_told) {
            messages::say(&format!("left out: {}: {reason}", cell.name));
        }
    }
    if !asked.design.sweeps.is_empty() {
        output::say(
            global,
            "jobs do not train the sweeps of the grid: `ebcle-tui grid FILE` trains them when the cells are done",
        );
    }
}

fn print_plan(planned: &[Planned], global: &Global) -> anyhow::Result<ExitCode> {
    if global.json {
        let all: Vec<_> = planned
            .iter()
            .map(|job| json!({ "tasks": job.tasks, "script": job.script }))
            .collect();
        output::print_json(&json!({ "jobs": all }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for job in planned {
        output::print(job.script.trim_end())?;
    }
    if planned.is_empty() {
        output::say(global, "nothing is left to submit");
    }
    Ok(ExitCode::SUCCESS)
}

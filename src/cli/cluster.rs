//! `--on slurm|list`: the runs of a study on other machines.

mod needs;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;

pub use self::needs::Needs;
use super::options::{Global, path};
use super::output;
use crate::format::number_of;
use crate::run::Error;
use crate::study::cluster::{
    Jobs, Left, Planned, SlurmRequest, SlurmTable, Submission, Unit, cancel as end, cell_commands,
    jobs, plan,
};
use crate::study::{Cell, Engine};

/// What starts the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EngineName {
    /// Print a command for each run, for GNU parallel or any other engine
    List,
    /// Submit array jobs to Slurm
    Slurm,
}

/// Where the runs of a study are trained.
#[derive(Args, Debug)]
#[command(next_help_heading = "On other machines")]
pub struct StudyOn {
    /// Train the runs on machines that see the same files
    #[arg(long, value_name = "ENGINE", value_enum)]
    on: Option<EngineName>,
    /// Write the commands of --on list into this file
    #[arg(long, value_name = "FILE", value_parser = path(), requires = "on")]
    output: Option<PathBuf>,
    /// End the jobs of the study, waiting or running; finished epochs are kept
    #[arg(long, requires = "on")]
    cancel: bool,
    #[command(flatten)]
    needs: Needs,
}

impl StudyOn {
    /// The engine that was named.
    pub fn name(&self) -> Option<EngineName> {
        self.on
    }

    /// Whether the jobs are to be ended.
    pub fn cancels(&self) -> bool {
        self.cancel && self.on == Some(EngineName::Slurm)
    }

    /// What is asked for of Slurm, or of a list of commands.
    ///
    /// # Errors
    /// As [`Needs::request`].
    pub fn request(&self, global: &Global) -> anyhow::Result<SlurmRequest> {
        self.needs.request(SlurmTable::default(), global)
    }

    /// Who trains the runs.
    ///
    /// # Errors
    /// As [`Needs::request`], and for options that only jobs have.
    pub fn engine(&self, global: &Global) -> anyhow::Result<Engine> {
        if self.on == Some(EngineName::Slurm) {
            return Ok(Engine::Slurm(Box::new(self.request(global)?)));
        }
        ensure!(
            self.on.is_some() || self.needs == Needs::default(),
            Error::Setting(
                "--partition, --account, --gpus, --cpus, --memory, --time, --pack, --max-tasks and --program are of jobs: add --on slurm"
                    .to_owned()
            )
        );
        Ok(Engine::Machine)
    }

    /// Prints the commands that train these runs, or writes them into the file that was named; `then` is what to do when they
    /// have run.
    ///
    /// # Errors
    /// As [`print_commands`].
    pub fn list(&self, runs: &[Cell], then: &str, global: &Global) -> anyhow::Result<ExitCode> {
        let request = self.request(global)?;
        let units = units_of(runs, &request, &Jobs::default())?;
        let program = request.own_program();
        print_commands(&units, &program, self.output.as_deref(), then, global)
    }
}

/// Says that the study in `folder` was stopped, and which of its jobs go on.
pub fn tell_stopped(folder: &Path, global: &Global) {
    let live = live_jobs(folder);
    let said = match live.as_slice() {
        [] => "stopped; finished epochs are kept, and the same command continues".to_owned(),
        [job] => format!(
            "stopped; job {job} goes on: the same command takes it up again, and `scancel {job}` ends it"
        ),
        jobs => {
            let jobs = jobs.join(" ");
            format!(
                "stopped; the jobs {jobs} go on: the same command takes them up again, and `scancel {jobs}` ends them"
            )
        }
    };
    output::say(global, &said);
}

/// The numbers of the jobs of the study in `folder` that wait or run.
fn live_jobs(folder: &Path) -> Vec<String> {
    let Ok(Some(kept)) = Submission::read(folder) else {
        return Vec::new();
    };
    let known = jobs(folder, &kept);
    let live = known.cells.values().filter(|job| job.is_live());
    let number = |id: &str| id.split('_').next().map(str::to_owned);
    let mut numbers: Vec<String> = live.filter_map(|job| number(&job.id)).collect();
    numbers.sort();
    numbers.dedup();
    numbers
}

/// Ends the jobs of the study in `folder`, which is called such as `grid` and its runs such as `cell`.
///
/// # Errors
/// Where nothing of it was submitted, and where Slurm refuses.
pub fn cancel(folder: &Path, [study, run]: [&str; 2], global: &Global) -> anyhow::Result<ExitCode> {
    let kept = Submission::read(folder)?
        .with_context(|| format!("nothing of {} was submitted", folder.display()))?;
    let ended = end(&kept)?;
    if global.json {
        output::print_json(&json!({ "cells": ended }))?;
    } else {
        output::print(&match ended {
            0 => format!("no job of the {study} waits or runs"),
            _ => format!(
                "the jobs of {} are ended; finished epochs are kept",
                number_of(ended, run, &format!("{run}s"))
            ),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the commands that train `units`, or writes them into the file `output`; `then` is what to do when they have run.
///
/// # Errors
/// Where a path is not valid UTF-8, and where the file cannot be written.
pub fn print_commands(
    units: &[Unit],
    program: &str,
    output: Option<&Path>,
    then: &str,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let commands = cell_commands(units, program)?;
    let mut text = commands.join("\n");
    match output {
        Some(path) => {
            if !commands.is_empty() {
                text.push('\n');
            }
            std::fs::write(path, text)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        None if commands.is_empty() => {}
        None => output::print(&text)?,
    }
    let said = match commands.len() {
        0 => "nothing is left to train; for the report".to_owned(),
        number => format!(
            "{}; when they have run",
            number_of(number, "command", "commands")
        ),
    };
    output::say(global, &format!("{said}: {then}"));
    Ok(ExitCode::SUCCESS)
}

/// Prints the scripts of the jobs that would train `runs` of the study in `folder`.
///
/// # Errors
/// Where a path is not valid UTF-8.
pub fn print_scripts(
    folder: &Path,
    runs: &[Cell],
    request: &SlurmRequest,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let kept = Submission::read(folder)?;
    let known = kept.as_ref().map(|kept| jobs(folder, kept));
    let known = known.unwrap_or_default();
    let units = units_of(runs, request, &known)?;
    print_plan(&plan(folder, &units, request, kept.as_ref())?, global)
}

/// What of `runs` is left and has no job, each whole or by its seeds.
fn units_of<'a>(
    runs: &'a [Cell],
    request: &SlurmRequest,
    known: &Jobs,
) -> anyhow::Result<Vec<Unit<'a>>> {
    let mut units = Vec::new();
    for run in runs {
        let split = request.seeds_of_task(&run.settings);
        units.extend(Left::of(run, known, split, true)?.units);
    }
    Ok(units)
}

/// Prints what would be submitted.
///
/// # Errors
/// Where that cannot be printed.
pub fn print_plan(planned: &[Planned], global: &Global) -> anyhow::Result<ExitCode> {
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

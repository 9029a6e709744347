//! `cell`: trains cells of a study, each from its folder alone.

mod counted;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::failure::INTERRUPTED;
use super::follow::Follower;
use super::options::{Global, path};
use super::output;
use crate::messages::{self, sentence};
use crate::run::{Summary, parts};
use crate::study::{Conducted, StudyError, conduct_cell};

/// Train cells of a study, each from its folder alone
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui cell runs/desk/cells/mnist-resnet-20-channel-sum
  ebcle-tui cell runs/desk/cells/mnist-resnet-20-channel-sum --device cuda:1

RUN_DIR is the run directory of a cell, in which the study that it belongs to has written cell.toml: all
settings, before they are fitted to the images. The cell is trained from where it stands and probed where
the study asks for that. RUN_DIR/seeds/seed-3 means one seed of it: the process that trains the last one
puts the cell together. Nothing is written outside RUN_DIR, so any number of cells can be trained at the
same time; the study itself takes up what is finished when its command is given again. Of several cells,
one that fails does not stop the others.

Exit codes: 0 done, also where it was done before; 1 failed, with the reason in one sentence; 130 stopped,
with all finished epochs kept: the same command goes on. With --count-tries also 75: failed, and worth
another try.")]
pub struct CellCommand {
    /// The run directory of a cell, or several
    #[arg(value_name = "RUN_DIR", required = true, value_parser = path())]
    run_dirs: Vec<PathBuf>,
    /// auto, cpu, cuda, cuda:N or cpu:A-B, these cores of the CPU [default: the study's]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Count the attempts in each run directory, and give up a cell that failed three times without finishing another
    /// epoch
    #[arg(long)]
    count_tries: bool,
    /// Another process has started this one: stop when standard input is closed
    #[arg(long, hide = true)]
    worker: bool,
}

impl CellCommand {
    /// The device that was given.
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Trains what is left of the cells.
    ///
    /// # Errors
    /// One sentence on what cannot be read, or on what went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        // Training a cell changes the working folder.
        let folders: Vec<PathBuf> = self
            .run_dirs
            .iter()
            .map(|folder| {
                std::path::absolute(folder)
                    .with_context(|| format!("cannot read {}", folder.display()))
            })
            .collect::<Result<_, _>>()?;
        let follower = if self.count_tries {
            Follower::of_task(global)?
        } else {
            Follower::new(global)?
        };
        if self.worker {
            follower.stop_with_input()?;
        }
        let train = |folder: &PathBuf| {
            let device = self.device.as_deref();
            conduct_cell(folder, device, global.cache("profiles"), &follower)
        };
        if self.count_tries {
            return counted::run(&folders, &train, global);
        }
        let mut failed = 0;
        let mut summaries: Vec<Summary> = Vec::new();
        for folder in &folders {
            match train(folder) {
                Ok(Some(found)) => {
                    tell(folder, &found, global);
                    if let Conducted::Cell(summary) = found {
                        summaries.push(*summary);
                    }
                }
                Ok(None) => return Ok(stopped()),
                Err(error) if folders.len() == 1 => return Err(error.into()),
                Err(error) => {
                    failed += 1;
                    say_error(folder, &error);
                }
            }
        }
        match summaries.as_slice() {
            [summary] if global.json && folders.len() == 1 => output::print_json(summary)?,
            summaries if global.json => output::print_json(&summaries)?,
            _ => {}
        }
        anyhow::ensure!(failed == 0, "{failed} of {} cells failed", folders.len());
        Ok(ExitCode::SUCCESS)
    }
}

fn stopped() -> ExitCode {
    messages::say("stopped; finished epochs are kept, and the same command goes on");
    ExitCode::from(INTERRUPTED)
}

fn tell(folder: &Path, found: &Conducted, global: &Global) {
    let name = name(folder);
    let said = match found {
        Conducted::Cell(summary) => format!("{name}: done: {}", summary.verdict.in_words()),
        Conducted::Seed => format!("{name}: done; other seeds of the cell are left"),
    };
    output::say(global, &said);
}

fn say_error(folder: &Path, error: &StudyError) {
    messages::say(&format!("error: {}: {}", name(folder), sentence(error)));
}

/// The folder's own name, of a seed such as `CELL/seed-3`.
fn name(folder: &Path) -> String {
    let own = |folder: &Path| {
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        name.to_string_lossy().into_owned()
    };
    match parts::of(folder) {
        Some((cell, seed)) => format!("{}/{}", own(&cell), parts::name(seed)),
        None => own(folder),
    }
}

//! `grid`: a table of datasets, architectures and readings, trained cell by cell.

mod asked;
mod cluster;
mod jobs;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use self::asked::{Asked, Which};
use self::cluster::ClusterOptions;
use super::cluster::{EngineName, Needs};
use super::failure::INTERRUPTED;
use super::follow::Follower;
use super::options::{Global, OutOption, path};
use super::output;
use crate::messages;
use crate::report::study::conduct_grid;
use crate::study::Engine;
use crate::study::grid::{Design, GridOutcome, outcome_of, place, price, survey};

/// Train a table of datasets x architectures x readings, each cell over all seeds
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "\
Examples:
  ebcle-tui grid configs/desk.toml --dry-run
  ebcle-tui grid configs/desk.toml --data-dir ~/data
  ebcle-tui grid configs/desk.toml --dataset cifar10=folder:/data/cifar10
  ebcle-tui grid configs/paper.toml --on slurm --partition gpu --gpus 1 --time 4:00:00
  ebcle-tui grid status configs/paper.toml

The grid is kept in OUT/<name of the file>/: a run directory for each cell in cells/, the results of all in
grid.json and report.md, .html and .tex. The same command continues where it stopped; a cell whose settings
have changed in the file is refused, a new one is trained. A cell whose dataset is not on this machine, or
that fails, does not stop the others: the exit code is 0 when every cell and sweep is done, else 1.

On many machines: --on list prints a command for each cell, for any engine; --on slurm submits array jobs.
Then `grid status` shows how far the cells are, `grid collect` writes the outcome and the report, `grid
cancel` ends the jobs, `grid retry --failed` submits again what failed. With --wait the command stays until
all cells are done, conducts the sweeps by jobs too, and writes the report. See docs/cluster.md.

The file:
  architectures = [\"resnet-20\", \"densenet-22\"]
  readings = [\"channel-sum\"]          # without it, the reading of [settings]
  depths = [7, 13]                    # capped at these convolutions too, whatever the reading says
  transforms = [[], \"bits=3\"]         # of every dataset: does depth help more where entropy is higher?
  probe = true                        # measure how near to the identity each block of every network is
  [settings]                          # of all cells, keys as in configs/default.toml
  seeds = [1, 2, 3, 4, 5]
  [[datasets]]                        # its settings win; an architecture replaces those above
  dataset = \"mnist\"
  limit = 6000
  [[sweeps]]                          # over depth, as `ebcle-tui sweep`
  dataset = \"glyphs\"
  architecture = \"resnet-20\"
  depths = [7, 13, 19]
  settings = { epochs = 10 }
  [slurm]                             # for --on slurm, see docs/cluster.md
  partition = \"gpu\"
  gpus = 1
  time = \"4:00:00\"")]
pub struct Grid {
    #[command(subcommand)]
    deed: Option<Deed>,
    /// The file that describes it
    #[arg(required = true, value_parser = path())]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// Print what would be trained, with its time and disk, or what --on would submit, and end
    #[arg(long)]
    dry_run: bool,
    /// Time no steps for --dry-run: MACs alone
    #[arg(long, requires = "dry_run")]
    no_measure: bool,
    /// Print how far the grid has come, and end
    #[arg(long, conflicts_with = "dry_run")]
    status: bool,
    #[command(flatten)]
    cluster: ClusterOptions,
}

/// What is done with a grid that was submitted.
#[derive(Debug, Subcommand)]
enum Deed {
    /// Print how far every cell has come, and what its job does
    #[command(after_help = "\
Examples:
  ebcle-tui grid status paper.toml
  ebcle-tui grid status paper.toml --json | jq '.jobs'")]
    Status(Of),
    /// Write the outcome and the report of what is trained so far; trains nothing
    #[command(after_help = "\
Examples:
  ebcle-tui grid collect paper.toml

The exit code is 0 when every cell and sweep is done, else 1.")]
    Collect(Of),
    /// End the jobs of the grid, waiting or running; finished epochs are kept
    #[command(after_help = "\
Examples:
  ebcle-tui grid cancel paper.toml
  ebcle-tui grid paper.toml --on slurm      goes on later")]
    Cancel(Of),
    /// Submit again what is not done and has no job any more
    #[command(after_help = "\
Examples:
  ebcle-tui grid retry paper.toml --failed
  ebcle-tui grid retry paper.toml --failed --memory 32G --time 12:00:00

What is not given is as at the last submission: partition, CPUs, time and the other options, data folders,
device, and what the config file said then (--config FILE puts that file in its place). The grid's file is
read as it is now.")]
    Retry(Box<Retry>),
}

#[derive(Args, Debug)]
struct Retry {
    #[command(flatten)]
    of: Of,
    /// Also the cells that were given up after three tries
    #[arg(long)]
    failed: bool,
    #[command(flatten)]
    needs: Needs,
}

/// A grid that something is done with.
#[derive(Args, Debug)]
struct Of {
    /// The file that describes it
    #[arg(value_parser = path())]
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

impl Of {
    fn which(&self) -> Which<'_> {
        Which {
            file: &self.file,
            place: &self.place,
        }
    }
}

/// Where a grid and its data are.
#[derive(Args, Debug)]
struct Place {
    #[command(flatten)]
    out: OutOption,
    /// Folder of the named datasets' files, or the folder above it
    #[arg(long, value_name = "DIR", value_parser = path())]
    data_dir: Option<PathBuf>,
    /// Read a dataset of the file from somewhere else, such as cifar10=folder:/data/cifar10
    #[arg(long = "dataset", value_name = "NAME=DATASET", value_parser = place)]
    places: Vec<(String, String)>,
    /// auto, cpu, cuda or cuda:N, or several, each with a process of its own: cuda:all, cuda:0,cuda:2 or
    /// cpu:0-3,cpu:4-7 (cores) [default: the file's]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
}

impl Grid {
    /// Trains what is left of the grid and prints what all of it says, or does with it what was asked for.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not known.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        match &self.deed {
            Some(Deed::Status(of)) => return jobs::status(of.which(), global),
            Some(Deed::Collect(of)) => return jobs::collect(of.which(), global),
            Some(Deed::Cancel(of)) => return jobs::cancel(of.which(), global),
            Some(Deed::Retry(retry)) => {
                return cluster::retry(retry.of.which(), &retry.needs, retry.failed, global);
            }
            None => {}
        }
        let which = Which {
            file: self.file.as_deref().context("no file is given")?,
            place: &self.place,
        };
        if self.status {
            return jobs::status(which, global);
        }
        match self.cluster.on {
            Some(EngineName::List) => return self.cluster.list(which, self.dry_run, global),
            Some(EngineName::Slurm) => return self.cluster.slurm(which, self.dry_run, global),
            None => {}
        }
        let follower = Follower::new(global)?;
        let asked = which.asked(global)?;
        let cells = survey(&asked.design, &follower)?;
        if self.dry_run {
            let mut outcome = outcome_of(&asked.design, cells)?;
            if !self.no_measure && !price(&asked.design, &mut outcome, &follower)? {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            if global.json {
                output::print_json(&outcome)?;
            } else {
                table::states(&outcome, None)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let on = Engine::Machine;
        let Some(outcome) = conduct_grid(&asked.design, &asked.text, cells, &on, &follower)? else {
            messages::say(&format!(
                "stopped; finished epochs are kept, and the same command continues {}",
                asked.design.folder.display()
            ));
            return Ok(ExitCode::from(INTERRUPTED));
        };
        tell(&outcome, &asked.design, global)
    }
}

/// Prints what a grid found; an error where something of it is left.
fn tell(outcome: &GridOutcome, design: &Design, global: &Global) -> anyhow::Result<ExitCode> {
    if global.json {
        output::print_json(outcome)?;
    } else {
        table::show(outcome)?;
    }
    if outcome.is_done() {
        return Ok(ExitCode::SUCCESS);
    }
    let cells = outcome
        .cells
        .iter()
        .filter(|cell| !cell.state.is_done())
        .count();
    anyhow::bail!(
        "{cells} of {} cells and {} of {} sweeps are left: see {}",
        outcome.cells.len(),
        outcome.sweeps_left,
        design.sweeps.len(),
        design.folder.join("report.html").display()
    )
}

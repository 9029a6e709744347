//! `grid`: a table of datasets, architectures and readings, trained cell by cell.

mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::failure::INTERRUPTED;
use super::follower::Follower;
use super::options::{Global, OutOption, path};
use super::output;
use crate::messages;
use crate::report::study::conduct_grid;
use crate::run::Layer;
use crate::study::grid::{Design, GridFile, outcome_of, place, price, survey};

/// Train a table of datasets x architectures x readings, each cell over all seeds
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui grid configs/desk.toml --dry-run
  ebcle-tui grid configs/desk.toml --data-dir ~/data
  ebcle-tui grid configs/desk.toml --dataset cifar10=folder:/data/cifar10
  ebcle-tui grid configs/paper.toml --status

The grid is kept in OUT/<name of the file>/: a run directory for each cell in cells/, the results of all in
grid.json and report.md, .html and .tex. The same command continues where it stopped; a cell whose settings
have changed in the file is refused, a new one is trained. A cell whose dataset is not on this machine, or
that fails, does not stop the others: the exit code is 0 when every cell and sweep is done, else 1.

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
  settings = { epochs = 10 }")]
pub struct Grid {
    /// The file that describes it
    #[arg(value_parser = path())]
    file: PathBuf,
    #[command(flatten)]
    out: OutOption,
    /// Folder of the named datasets' files, or the folder above it
    #[arg(long, value_name = "DIR", value_parser = path())]
    data_dir: Option<PathBuf>,
    /// Read a dataset of the file from somewhere else, such as cifar10=folder:/data/cifar10
    #[arg(long = "dataset", value_name = "NAME=DATASET", value_parser = place)]
    places: Vec<(String, String)>,
    /// auto, cpu, cuda or cuda:N [default: the file's]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Print what would be trained, with its time and disk, and end
    #[arg(long)]
    dry_run: bool,
    /// Time no steps for --dry-run: MACs alone
    #[arg(long, requires = "dry_run")]
    no_measure: bool,
    /// Print how far the grid has come, and end
    #[arg(long, conflicts_with = "dry_run")]
    status: bool,
}

impl Grid {
    /// Trains what is left of the grid and prints what all of it says.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not known.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let follower = Follower::new(global)?;
        let (grid, text) = GridFile::read(&self.file)?;
        let design = self.design(&grid, global)?;
        let cells = survey(&design, &follower)?;
        if self.dry_run || self.status {
            let mut outcome = outcome_of(&design, cells)?;
            if self.dry_run && !self.no_measure && !price(&design, &mut outcome, &follower)? {
                return Ok(ExitCode::from(INTERRUPTED));
            }
            if global.json {
                output::print_json(&outcome)?;
            } else {
                table::states(&outcome)?;
                if self.status {
                    output::print(&format!("\n{}", outcome.finding))?;
                    table::interactions(&outcome)?;
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        let Some(outcome) = conduct_grid(&design, &text, cells, &follower)? else {
            messages::say(&format!(
                "stopped; finished epochs are kept, and the same command continues {}",
                design.folder.display()
            ));
            return Ok(ExitCode::from(INTERRUPTED));
        };
        if global.json {
            output::print_json(&outcome)?;
        } else {
            table::show(&outcome)?;
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

    fn design(&self, grid: &GridFile, global: &Global) -> anyhow::Result<Design> {
        let mut options = Layer::default().with_path("data-dir", self.data_dir.as_deref())?;
        if let Some(device) = &self.device {
            options = options.with("device", device.clone());
        }
        self.out.fill(&mut options);
        let above = [options, Layer::environment()?];
        let config = global.config_file();
        let below = config.as_deref().map(Layer::read).transpose()?;
        let below = below.as_slice();
        let design = Design::new(grid, &self.file, &above, below, &self.places)?;
        Ok(design.with_cache(global.cache("profiles").as_ref()))
    }
}

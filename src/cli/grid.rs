//! `grid`: a table of datasets, architectures and readings, trained cell by cell.

mod survey;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Args;

use self::survey::{is_probed, survey};
use super::cells::Trained;
use super::failure::{EndAtOnce, INTERRUPTED, interruption, sentence};
use super::options::{Global, OutOption, path};
use super::{cells, output, sweep};
use crate::evidence::probe::Line;
use crate::format::about;
use crate::messages;
use crate::report;
use crate::run::{Layer, Lock, Prepared, Probes, RunDirectory, Subject, Summary, file, plan_pair};
use crate::study::grid::{
    CellOutcome, CellState, Design, Entry, FILE, GridFile, OUTCOME, Outcome, conclude, place,
};
use crate::study::sweep as swept;
use crate::training::{Role, device};

/// Images of one forward pass of a probe.
const BATCH: usize = 128;

/// Train a table of datasets x architectures x readings, each cell over all seeds
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui grid configs/desk.toml --dry-run
  ebcle-tui grid configs/desk.toml --data-dir ~/data
  ebcle-tui grid configs/desk.toml --dataset cifar10=folder:/data/cifar10
  ebcle-tui grid configs/paper.toml --status

The grid lies in OUT/<name of the file>/: cells/ holds a run directory for each cell, grid.json and
report.md, .html and .tex what all of them say. The same command goes on where it was broken off, at any
moment; a cell whose settings were changed in the file meanwhile is refused, one that was added is trained.
A cell whose dataset is not on this machine, or that fails, does not stop the others: the exit code is 0
where every cell and sweep is done and 1 where something is left.

The file:
  architectures = [\"resnet-20\", \"densenet-22\"]
  readings = [\"channel-sum\"]          # the settings' own where left out
  probe = true                        # ask every trained network how near to the identity its blocks are
  [settings]                          # of all cells, keys as in configs/default.toml
  seeds = [1, 2, 3, 4, 5]
  [[datasets]]                        # with settings of its own; an architecture replaces those above
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
    /// Where named datasets lie: the folder that holds their files, or the folder above it
    #[arg(long, value_name = "DIR", value_parser = path())]
    data_dir: Option<PathBuf>,
    /// Read a dataset of the file from somewhere else, such as cifar10=folder:/data/cifar10
    #[arg(long = "dataset", value_name = "NAME=DATASET", value_parser = place)]
    places: Vec<(String, String)>,
    /// auto, cpu, cuda or cuda:N [default: the file's]
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Print what would be trained, and at what cost, and end
    #[arg(long)]
    dry_run: bool,
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
        let interrupted = interruption()?;
        let nothing_yet = EndAtOnce::on(&interrupted)?;
        let (grid, text) = GridFile::read(&self.file)?;
        let design = self.design(&grid, global)?;
        let cells = survey(&design, global)?;
        if self.dry_run || self.status {
            let outcome = conclude(
                design.folder.clone(),
                cells,
                design.probe,
                finished(&design)?,
                left(&design),
            );
            if global.json {
                output::print_json(&outcome)?;
            } else {
                table::states(&outcome)?;
                if self.status {
                    output::print(&format!("\n{}", outcome.finding))?;
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        file::make_folder(&design.folder)?;
        file::write_whole(&design.folder.join(FILE), text.as_bytes())?;
        drop(nothing_yet);

        let mut work = Work {
            design: &design,
            cells,
            interrupted: &interrupted,
            global,
            costs: 0.0,
            seconds: 0.0,
        };
        let through = work.train(Others::Leave)? && work.train(Others::Await)? && work.sweep();
        let outcome = work.conclude()?;
        if !through {
            messages::say(&format!(
                "stopped; finished epochs are kept: the same command goes on with {}",
                design.folder.display()
            ));
            return Ok(ExitCode::from(INTERRUPTED));
        }
        report::grid::write(&outcome, &text)?;
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
        let below: Vec<Layer> = global
            .config
            .as_deref()
            .map(Layer::read)
            .transpose()?
            .into_iter()
            .collect();
        let mut design = Design::new(grid, &self.file, &above, &below, &self.places)?;
        for entry in &mut design.entries {
            entry.cell.settings.cache = global.cache("profiles");
        }
        for sweep in &mut design.sweeps {
            sweep.settings.cache = global.cache("profiles");
        }
        Ok(design)
    }
}

/// The outcomes of the sweeps that are finished.
fn finished(design: &Design) -> anyhow::Result<Vec<swept::Outcome>> {
    let mut outcomes = Vec::new();
    for sweep in &design.sweeps {
        let path = sweep.folder.join(swept::OUTCOME);
        if path.is_file() {
            outcomes.push(file::read_json(&path)?);
        }
    }
    Ok(outcomes)
}

fn left(design: &Design) -> usize {
    let left = |sweep: &&crate::study::grid::Sweep| !sweep.folder.join(swept::OUTCOME).is_file();
    design.sweeps.iter().filter(left).count()
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
    interrupted: &'a Arc<AtomicBool>,
    global: &'a Global,
    /// Multiply-accumulates trained in this process, and the seconds they took.
    costs: f64,
    seconds: f64,
}

impl Work<'_> {
    /// Trains and probes what is left of the cells; false where the user stopped it.
    fn train(&mut self, others: Others) -> anyhow::Result<bool> {
        for at in 0..self.cells.len() {
            self.take_up(at)?;
        }
        let datasets = self.design.entries.iter().map(|entry| entry.dataset);
        let last = datasets.max().unwrap_or(0);
        for dataset in 0..=last {
            let cells: Vec<usize> = (0..self.cells.len())
                .filter(|&at| self.design.entries[at].dataset == dataset && self.is_left(at))
                .collect();
            let Some(&first) = cells.first() else {
                continue;
            };
            let waiting = EndAtOnce::on(self.interrupted)?;
            let settings = &self.design.entries[first].cell.settings;
            let prepared = match output::prepare(settings, self.global) {
                Ok(prepared) => prepared,
                Err(error) => {
                    for at in cells {
                        self.fail(at, CellState::Missing, &error);
                    }
                    continue;
                }
            };
            drop(waiting);
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
    fn take_up(&mut self, at: usize) -> anyhow::Result<()> {
        let cell = &mut self.cells[at];
        if matches!(cell.state, CellState::Waiting | CellState::Begun) {
            survey::take_up(cell, &self.design.entries[at], self.design.probe)?;
        }
        Ok(())
    }

    /// Whether a cell has something left to train or to probe.
    fn is_left(&self, at: usize) -> bool {
        matches!(
            self.cells[at].state,
            CellState::Waiting | CellState::Begun | CellState::Unprobed
        )
    }

    fn fail(&mut self, at: usize, state: CellState, error: &anyhow::Error) {
        let reason = sentence(error);
        self.say(&format!("{}: {reason}", self.cells[at].name));
        self.cells[at].fail(state, reason);
    }

    /// Trains and probes one cell; false where the user stopped it.
    fn cell(&mut self, at: usize, prepared: &Prepared, others: Others) -> anyhow::Result<bool> {
        let Entry { cell, .. } = &self.design.entries[at];
        self.say(&format!(
            "\n{} ({} of {})",
            cell.name(),
            at + 1,
            self.cells.len()
        ));
        let plan = plan_pair(&cell.settings, &prepared.analysis)?;
        let begun = Instant::now();
        let was_finished = self.cells[at].state == CellState::Unprobed;
        let (data, analysis) = (&prepared.dataset, &prepared.analysis);
        let summary = if others == Others::Await {
            cells::train_in_turn(cell, data, analysis, &plan, self.interrupted, self.global)?
        } else {
            match cells::train(cell, data, analysis, &plan, self.interrupted, self.global)? {
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
        let kept = RunDirectory::open(&cell.path)?.probes()?;
        self.cells[at].finish(summary.clone(), kept.as_ref(), !self.design.probe);
        if self.design.probe {
            let Some(lock) = cells::lock(&cell.path, self.interrupted, self.global)? else {
                return Ok(false);
            };
            let probes = self.probe(at, &lock, &summary, prepared)?;
            self.cells[at].finish(summary, Some(&probes), true);
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
                " · about {} left of the cells",
                about(self.seconds / self.costs * left)
            )
        } else {
            String::new()
        };
        format!(
            "{}: time saved {} % · {}{remains}",
            cell.name,
            output::estimate(saved),
            cell.verdict()
                .map_or_else(String::new, |verdict| format!("by itself {verdict}"))
        )
    }

    /// Probes both networks of every seed that is trained to its end.
    fn probe(
        &self,
        at: usize,
        lock: &Lock,
        summary: &Summary,
        prepared: &Prepared,
    ) -> anyhow::Result<Probes> {
        let cell = &self.design.entries[at].cell;
        let directory = RunDirectory::open(&cell.path)?;
        if let Some(probes) = directory.probes()?
            && is_probed(summary, Some(&probes))
        {
            return Ok(probes);
        }
        let run = directory.load()?;
        let opened = device::open(&cell.settings.device)?;
        let device = opened.device.inner();
        let cap = Line {
            cap: run.plan.cap,
            unit: run.plan.unit(),
        };
        let mut probes = Vec::new();
        for seed in &summary.seeds {
            for role in Role::BOTH {
                let subject = Subject::of_run(&run, seed.seed, role, &device)?;
                probes.push(subject.probe(&prepared.dataset, cap, BATCH, &device, &|_| {})?);
            }
        }
        let newer = Probes {
            dataset: prepared.dataset.name.clone(),
            device: opened.description,
            probes,
        };
        directory.add_probes(lock, newer)?;
        Ok(directory
            .probes()?
            .unwrap_or_else(|| unreachable!("they were written just now")))
    }

    /// Conducts what is left of the sweeps; false where the user stopped it.
    fn sweep(&self) -> bool {
        for sweep in &self.design.sweeps {
            if sweep.folder.join(swept::OUTCOME).is_file() {
                continue;
            }
            self.say(&format!("\n{}", folder_name(&sweep.folder)));
            let conducted = sweep::conduct(
                &sweep.settings,
                &sweep.question,
                &sweep.folder,
                self.interrupted,
                self.global,
            );
            match conducted {
                Ok(Some(outcome)) => self.say(&outcome.finding),
                Ok(None) => return false,
                Err(error) => {
                    let name = folder_name(&sweep.folder);
                    messages::say(&format!("{name}: {}", sentence(&error)));
                }
            }
        }
        true
    }

    /// Judges all cells together and writes it down.
    fn conclude(&self) -> anyhow::Result<Outcome> {
        let design = self.design;
        let (sweeps, left) = (finished(design)?, left(design));
        let outcome = conclude(
            design.folder.clone(),
            self.cells.clone(),
            design.probe,
            sweeps,
            left,
        );
        file::write_json(&design.folder.join(OUTCOME), &outcome)?;
        Ok(outcome)
    }

    fn say(&self, line: &str) {
        output::say(self.global, line);
    }
}

fn folder_name(folder: &Path) -> String {
    folder
        .file_name()
        .unwrap_or(folder.as_os_str())
        .display()
        .to_string()
}

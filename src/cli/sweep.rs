//! `sweep`: accuracy, time and parameters over depth, with the cap and a wrong cap as controls.

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use super::cluster::{EngineName, StudyOn, cancel, print_scripts, tell_stopped};
use super::failure::INTERRUPTED;
use super::follow::Follower;
use super::options::{Global, Options, PairArguments};
use super::output;
use crate::report;
use crate::study::sweep::{
    Question, SweepOutcome, SweepPrice, conduct, folder_name, points_left, price,
};

/// Accuracy, time and parameters over depth, with the cap and a wrong cap as controls
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui sweep glyphs resnet-20 --seeds 1..5 --epochs 10
  ebcle-tui sweep mnist resnet-20 --depths 7,13,19 --seeds 1..5 --limit 6000
  ebcle-tui sweep cifar10 densenet-40 --wrong-cap mnist --json > sweep.json
  ebcle-tui sweep glyphs resnet-20 --seeds 1..5 --epochs 10 --dry-run
  ebcle-tui sweep mnist resnet-20 --seeds 1..5 --on slurm --partition gpu --gpus 1 --time 4:00:00

Every depth is trained at constant width and at constant MACs, in one paired run; the deepest network,
which is both, beside the ordinary capped one. `sweep glyphs` sweeps its three variants, whose entropy
differs while the task does not. All of it is kept in OUT/sweep-DATASET-ARCH; Ctrl-C or SIGTERM stops after
the current step, and the same command continues.

On many machines: --on slurm submits the points as array jobs and waits for them; stopped, it leaves the
jobs alone, and the same command takes them up again, or ends them with --cancel. --on list prints a
command for each point; when they have run, the sweep's command without --on takes up what is finished.
See docs/cluster.md.")]
pub struct Sweep {
    #[command(flatten)]
    pair: PairArguments,
    /// Convolutions of every point, such as 7,13,19 [default: about five, from the family's floor to the architecture, with both caps]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    depths: Option<Vec<usize>>,
    /// The cap of other data: a dataset, or a number of convolutions [default: of the glyphs whose cap differs most]
    #[arg(long, value_name = "DATASET|N")]
    wrong_cap: Option<String>,
    /// Of glyphs, sweep no variant beside it
    #[arg(long)]
    no_variants: bool,
    /// Print what every point costs in time and on disk, or what --on would submit, and end
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    on: StudyOn,
    #[command(flatten)]
    options: Options,
}

impl Sweep {
    /// Sweeps and prints the outcome.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, or went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let settings = self.options.settings_of(&self.pair, global)?;
        let wrong_cap = self.wrong_cap.as_deref().map(str::parse).transpose()?;
        let question = Question {
            depths: self.depths.clone(),
            wrong_cap,
            no_variants: self.no_variants,
        };
        let name = folder_name(&settings);
        let folder = settings.out.join(name);
        let engine = self.on.engine(global)?;
        if self.on.cancels() {
            return cancel(&folder, ["sweep", "run"], global);
        }
        let follower = Follower::new(global)?;
        if let Some(name) = self
            .on
            .name()
            .filter(|&name| self.dry_run || name == EngineName::List)
        {
            let write = !self.dry_run;
            let Some(left) = points_left(&settings, &question, &folder, write, &follower)? else {
                return Ok(ExitCode::from(INTERRUPTED));
            };
            if name == EngineName::Slurm {
                return print_scripts(&folder, &left, &self.on.request(global)?, global);
            }
            let then = "the same command without --on takes up what is finished";
            return self.on.list(&left, then, global);
        }
        if self.dry_run {
            let Some(found) = price(&settings, &question, &folder, &follower)? else {
                return Ok(ExitCode::from(INTERRUPTED));
            };
            if global.json {
                output::print_json(&found)?;
            } else {
                show_price(&found)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let Some(outcome) = conduct(&settings, &question, &folder, &engine, &follower)? else {
            tell_stopped(&folder, global);
            return Ok(ExitCode::from(INTERRUPTED));
        };
        if global.json {
            output::print_json(&outcome)?;
        } else {
            show(&outcome)?;
        }
        let trained = outcome
            .variants
            .iter()
            .flat_map(|variant| &variant.curves)
            .flat_map(|curve| &curve.points)
            .any(|point| point.result.accuracy.is_some());
        if trained {
            Ok(ExitCode::SUCCESS)
        } else {
            Err(anyhow!(
                "no network was trained to its end: see {}",
                folder.display()
            ))
        }
    }
}

/// Prints the price of every point and of all.
fn show_price(found: &SweepPrice) -> anyhow::Result<()> {
    let rows = found
        .points
        .iter()
        .map(|point| {
            let price = point.price.as_ref();
            let mut row = vec![point.dataset.clone(), point.conv_depth.to_string()];
            row.extend(output::price_cells(price));
            row.push(if price.is_some() { "" } else { "finished" }.to_owned());
            row
        })
        .collect();
    output::print_table(&output::table(
        &["dataset", "convolutions", "time", "disk", ""],
        &[0, 4],
        rows,
    ))?;
    output::print(&format!("\nin all  {}", found.price.text()))
}

/// Prints an outcome for people.
fn show(outcome: &SweepOutcome) -> anyhow::Result<()> {
    for variant in &outcome.variants {
        output::print(&format!(
            "\n{} · {} · cap {} ({}) · {} seed{} · {} epoch{} · {}\n",
            variant.dataset,
            outcome.architecture,
            variant.cap.unit.of(variant.cap.cap),
            outcome.reading,
            outcome.seeds.len(),
            if outcome.seeds.len() == 1 { "" } else { "s" },
            outcome.epochs,
            if outcome.epochs == 1 { "" } else { "s" },
            outcome.device
        ))?;
        let rows = report::sweep::table(outcome, variant);
        output::print_table(&output::table(
            &report::sweep::COLUMNS,
            &[0, 7],
            rows.into_iter().map(Vec::from).collect(),
        ))?;
        for sentence in &variant.stopped {
            output::print(&format!("stopped  {sentence}"))?;
        }
    }
    output::print("")?;
    if outcome.variants.len() > 1 {
        for variant in &outcome.variants {
            output::print(&variant.finding)?;
        }
    }
    output::print(&outcome.finding)?;
    output::print(&format!("\nsweep  {}", outcome.folder.display()))
}

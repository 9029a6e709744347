//! `recommend`: how deep a network has to be, within a budget of time.

mod front;

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{anyhow, ensure};
use clap::Args;

use super::cluster::{EngineName, StudyOn, cancel, print_scripts, tell_stopped};
use super::failure::INTERRUPTED;
use super::follow::Follower;
use super::options::{Global, Options, PairArguments};
use super::output;
use crate::format::{about, number_of};
use crate::report::{self, study::conduct_recommend};
use crate::run::Error;
use crate::study::recommend::{
    Budget, Design, RecommendOutcome, first_runs, folder_name, plan, plan_sentence, price_sentence,
};

/// How deep a network has to be for this data, within a budget of time
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui recommend glyphs resnet-20 --budget 10m
  ebcle-tui recommend cifar10 resnet-50 --budget 2h --dry-run
  ebcle-tui recommend mnist resnet-20 --budget 1h --seeds 1..10 --epochs 5 --json > recommend.json
  ebcle-tui recommend cifar10 resnet-50 --budget 2h --on slurm --partition gpu --gpus 1

Candidates are the depths that the cap, the receptive-field border, half the depth and the other readings
name. After few epochs most are dropped by their accuracy on the hold-out; the others are trained over all
seeds beside the deepest network. The answer is the shallowest depth whose loss is less than --margin, with
a 95 % set of depths; the test images confirm it once. The budget decides the number of candidates, of
epochs (unless --epochs is given) and of seeds (unless --seeds gives several). All of it is kept in
OUT/recommend-DATASET-ARCH; Ctrl-C or SIGTERM stops after the current step, and the same command continues.

On many machines: --on slurm submits the runs of every round as array jobs and waits for them; the budget is
then that of one device, and the waiting in the queue is not priced. Stopped, it leaves the jobs alone, and
the same command takes them up again, or ends them with --cancel. See docs/cluster.md.")]
pub struct Recommend {
    #[command(flatten)]
    pair: PairArguments,
    /// Time that it may take, such as 90s, 10m or 1h30m
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    budget: String,
    /// Print what would be trained, with its price, or what --on slurm would submit first, and end
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    on: StudyOn,
    #[command(flatten)]
    options: Options,
}

impl Recommend {
    /// Finds a depth and prints it.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, does not fit into the budget, or went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let budget: Budget = self.budget.parse()?;
        let settings = self.options.settings_of(&self.pair, global)?;
        let folder = settings.out.join(folder_name(&settings));
        ensure!(
            self.on.name() != Some(EngineName::List),
            Error::Setting(
                "--on list: the rounds of a recommendation depend on the results of those before: use --on slurm, or --device with several devices"
                    .to_owned()
            )
        );
        let engine = self.on.engine(global)?;
        if self.on.cancels() {
            return cancel(&folder, ["recommendation", "run"], global);
        }
        let follower = Follower::new(global)?;
        if self.dry_run {
            let Some(design) = plan(&settings, budget, &folder, &engine, &follower)? else {
                return Ok(ExitCode::from(INTERRUPTED));
            };
            if self.on.name().is_some() {
                let runs = first_runs(&design, &folder);
                return print_scripts(&folder, &runs, &self.on.request(global)?, global);
            }
            if global.json {
                output::print_json(&design)?;
            } else {
                output::print(&planned(&design))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let found = conduct_recommend(&settings, budget, &folder, &engine, &follower)?;
        let Some(outcome) = found else {
            tell_stopped(&folder, global);
            return Ok(ExitCode::from(INTERRUPTED));
        };
        if global.json {
            output::print_json(&outcome)?;
        } else {
            output::print(&shown(&outcome))?;
        }
        if outcome.networks().any(|one| one.accuracy.is_some()) {
            Ok(ExitCode::SUCCESS)
        } else {
            Err(anyhow!(
                "no network was trained to its end: see {}",
                folder.display()
            ))
        }
    }
}

/// A table as text, without blanks at the ends of its lines.
fn text(header: &[&str], left: &[usize], rows: Vec<Vec<String>>) -> String {
    let table = output::table(header, left, rows);
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// A plan for people.
fn planned(design: &Design) -> String {
    let schedule = &design.schedule;
    let row = |name: String, depths: usize, epochs: usize, seeds: usize| {
        vec![
            name,
            depths.to_string(),
            epochs.to_string(),
            seeds.to_string(),
        ]
    };
    let rounds = schedule.rounds.iter().zip(1..);
    let mut rows: Vec<Vec<String>> = rounds
        .map(|(round, number)| {
            let name = format!("round {number}");
            row(name, round.depths, round.epochs, round.seeds.len())
        })
        .collect();
    let seeds = schedule.seeds.len();
    rows.push(row(
        "final".to_owned(),
        schedule.finalists,
        schedule.epochs,
        seeds,
    ));
    let table = text(&["", "depths", "epochs", "seeds"], &[0], rows);
    format!(
        "{table}\n\n{}\nin all  about {}",
        plan_sentence(design),
        about(design.estimated_seconds)
    )
}

/// An outcome for people.
fn shown(outcome: &RecommendOutcome) -> String {
    let schedule = &outcome.schedule;
    let mut shown = format!(
        "{} · {} · cap {} ({}) · {} of {} · {}\n",
        outcome.dataset,
        outcome.architecture,
        outcome.reading.counted(outcome.cap),
        outcome.reading,
        number_of(schedule.seeds.len(), "seed", "seeds"),
        number_of(schedule.epochs, "epoch", "epochs"),
        outcome.device
    );
    let vecs = |rows: Vec<[String; 5]>| rows.into_iter().map(Vec::from).collect();
    for (round, number) in outcome.rounds.iter().zip(1..) {
        let epochs = number_of(round.epochs, "epoch", "epochs");
        let rows = report::recommend::round_table(outcome, round);
        let table = text(&report::recommend::ROUND_COLUMNS, &[1, 4], vecs(rows));
        let _ = write!(
            shown,
            "\nround {number}, {epochs}, on the hold-out\n{table}\n"
        );
    }
    let rows = report::recommend::table(outcome);
    let table = text(
        &report::recommend::COLUMNS,
        &[0, 2, 6],
        rows.into_iter().map(Vec::from).collect(),
    );
    let _ = write!(
        shown,
        "\nfinal, on the hold-out; * no other network is better in both accuracy and seconds\n{table}\n"
    );
    let _ = write!(
        shown,
        "\n{}\n\n{}\n{}\n\nrecommend  {}",
        front::drawn(outcome),
        outcome.finding,
        price_sentence(outcome),
        outcome.folder.display()
    );
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::recommend::fixture;

    #[test]
    fn an_answer_is_printed_as_reviewed() {
        insta::assert_snapshot!("answer", shown(&fixture::outcome(5)));
    }

    #[test]
    fn an_undecided_answer_is_printed_as_reviewed() {
        insta::assert_snapshot!("undecided", shown(&fixture::outcome(2)));
    }

    #[test]
    fn a_plan_is_printed_as_reviewed() {
        insta::assert_snapshot!("plan", planned(&fixture::design(5)));
    }
}

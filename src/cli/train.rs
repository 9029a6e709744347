//! `train`: a paired training without the app, with progress bars.

mod detach;
mod spread;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::ensure;
use clap::Args;

pub use self::detach::{detach, shown};
pub use self::spread::Spread;
use super::failure::{EndAtOnce, INTERRUPTED, interruption};
use super::follow::{Talker, conclude};
use super::options::{EndOptions, Global, Options, PairArguments};
use super::{output, plan};
use crate::dataset::Dataset;
use crate::format::number_of;
use crate::network::Plan;
use crate::run::{
    Moved, Power, Prepared, Price, Resolved, Session, Settings, Work, choose_epochs, choose_rates,
    costs, networks,
};
use crate::signals;
use crate::training::device;

/// Train the baseline and the capped network side by side
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui train glyphs resnet-20 --epochs 5
  ebcle-tui train mnist resnet-20 --limit 6000 --epochs 3 --device cpu
  ebcle-tui train glyphs resnet-50 --seeds 1..10 --margin 0.01 --json > summary.json
  ebcle-tui train cifar10 resnet-56 --seeds 1..5 --dry-run
  ebcle-tui train cifar10 resnet-56 --seeds 1..5 --detach
  ebcle-tui train cifar10 resnet-56 --seeds 1..8 --device cuda:all

Ctrl-C or SIGTERM stops after the current step; finished epochs are kept in the run directory, and
`ebcle-tui resume` continues from them.

--on-end COMMAND is run by the shell (sh -c) with these variables: EBCLE_RUN_DIR, the run directory;
EBCLE_OUTCOME, finished, diverged, stopped or failed; EBCLE_VERDICT, non-inferior, inferior or
inconclusive, where seeds are trained; EBCLE_REASON, a sentence. What it prints goes to stderr, and its
exit code does not change that of the training.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct Train {
    #[command(flatten)]
    pair: PairArguments,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    end: EndOptions,
    /// Before training, time 20 steps of both networks anew, on batches of the dataset
    #[arg(long, help_heading = "Training")]
    measure: bool,
    /// Time nothing before training: widths and predicted time saved by MACs alone
    #[arg(long, conflicts_with = "measure", help_heading = "Training")]
    no_measure: bool,
    /// Print what the training costs in time and on disk, and end
    #[arg(long)]
    dry_run: bool,
    /// Train in the background, also after this terminal is closed: prints the run's folder, the process and how to
    /// follow it
    #[arg(long, conflicts_with = "dry_run")]
    detach: bool,
    /// This is the process in the background
    #[arg(long, hide = true, conflicts_with = "detach")]
    detached: bool,
}

/// Steps of a network from which on its price is found before a training: timing fewer would take as long as training.
const MIN_STEPS: usize = 200;

/// What is done beside the training.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extras {
    /// Steps of the pair are timed anew.
    pub measure: bool,
    /// The price is printed, and nothing is trained.
    pub dry_run: bool,
    /// Another process has started this one in the background and waits for the run's folder.
    pub detached: bool,
}

impl Train {
    /// The device that was given.
    pub fn device(&self) -> Option<&str> {
        self.options.training.given().text("device")
    }

    /// Trains and prints the summary.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, or went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = self.pair.layer();
        self.options.fill(&mut layer);
        self.end.fill(&mut layer);
        let mut settings = global.resolve(layer, None)?;
        settings.host.workers = device::without_own_cores(settings.host.workers);
        let timing = &mut settings.host.measure;
        *timing = self.measure || (*timing && !self.no_measure);
        if self.detach {
            return detach(global, &settings.out, None);
        }
        if self.detached {
            signals::leave_terminal();
        }
        let extras = Extras {
            measure: self.measure,
            dry_run: self.dry_run,
            detached: self.detached,
        };
        run_headless(&settings, global, extras)
    }
}

/// Prepares, measures the prediction where asked to, trains and prints the summary.
///
/// # Errors
/// One sentence on what cannot be read, is not known, or went wrong.
pub fn run_headless(
    settings: &Settings,
    global: &Global,
    extras: Extras,
) -> anyhow::Result<ExitCode> {
    settings.check_looks()?;
    let devices = spread::devices(settings)?;
    let interrupted = interruption()?;
    let nothing_yet = EndAtOnce::on(&interrupted)?;
    let prepared = output::prepare(settings, global)?;
    let profile = &prepared.analysis.profile;
    output::say_notes(global, &[], &settings.decided(profile));
    let fitted = settings.fitted(profile);
    let settings = &fitted;
    settings.recipe.check_data(&prepared.dataset)?;
    let Some(timed) = plan::by_time(settings, &prepared.analysis, global, &interrupted)? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let settings = &timed.settings;
    let mut plan = timed.plan;
    if extras.measure {
        match plan::measured(settings, &prepared.dataset, plan, global, &interrupted)? {
            Some(measured) => plan = measured,
            None => return Ok(ExitCode::from(INTERRUPTED)),
        }
    }
    let Some(chosen) = epochs(settings, &prepared.dataset, &plan, global, &interrupted)? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let settings = &chosen;
    let talker = Talker::new(global, settings);
    let images = [prepared.dataset.train.len(), prepared.dataset.test.len()];
    let work = Work::of(settings, images, false);
    if extras.dry_run || plan.capped.is_some() && work.steps() >= MIN_STEPS {
        ensure!(plan.capped.is_some(), plan.sentence());
        let price = price(settings, &plan, work, global)?;
        let shared = spread::shared(&price, settings.recipe.seeds.len(), devices.len());
        if extras.dry_run {
            show_price(&plan, &price, shared.as_deref(), global)?;
            return Ok(ExitCode::SUCCESS);
        }
        plan.predicted_seconds = Some(price.run_seconds());
        let shared = shared.unwrap_or_default();
        talker.say(&format!("{} ({}){shared}", price.text(), price.parts()));
    }
    talker.say(&format!(
        "{} · {}. {}",
        plan.dataset,
        plan.architecture,
        plan.sentence()
    ));
    let Some(resolved) = rates(settings, &prepared.dataset, &plan, global, &interrupted)? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let power = Power::of(settings, &plan.dataset, &plan.architecture);
    talker.say(&format!("{}.", power.sentence()));
    if !devices.is_empty() {
        let Prepared { dataset, analysis } = prepared;
        let (run, lock) = Session::lay_out(&resolved, dataset, &analysis, &plan)?;
        drop(nothing_yet);
        talker.say(&format!("run directory: {}", run.path().display()));
        let spread = Spread {
            run: &run,
            devices: &settings.host.workers,
            host: &settings.host,
            moved: &Moved::default(),
            detached: extras.detached,
        };
        return spread.run(lock, &interrupted, global);
    }
    let session = Session::start(&resolved, prepared.dataset, &prepared.analysis, &plan)?;
    drop(nothing_yet);
    talker.say(&format!("run directory: {}", session.directory().display()));
    let command = settings.host.on_end.as_deref();
    let shown = shown(extras.detached, session.directory(), global)?;
    conclude(session, &talker, &interrupted, shown, command)
}

/// The settings with the learning rates that are chosen on the hold-out, if they ask for that; none where the user stopped
/// it.
fn rates(
    settings: &Settings,
    dataset: &Arc<Dataset>,
    plan: &Plan,
    global: &Global,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<Resolved>> {
    let template = "learning rates {bar:26} {human_pos} of {human_len} steps";
    let resolved = output::steps(global, template, interrupted, |goes_on| {
        choose_rates(settings, dataset, plan, goes_on)
    })?;
    if let Some(check) = resolved.as_ref().and_then(|it| it.rate_check.as_ref()) {
        output::say(global, &format!("note: {}", check.sentence()));
    }
    Ok(resolved)
}

/// The settings with the epochs of the capped network, where both networks get the same seconds; none where the user stopped
/// it.
fn epochs(
    settings: &Settings,
    dataset: &Dataset,
    plan: &Plan,
    global: &Global,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<Settings>> {
    let chosen = output::steps(global, output::TIMING, interrupted, |goes_on| {
        choose_epochs(settings, dataset, plan, goes_on)
    })?;
    let of = |settings: &Settings| settings.recipe.capped_epochs;
    if let Some(epochs) = chosen.as_ref().and_then(of) {
        let epochs = number_of(epochs, "epoch", "epochs");
        output::say(
            global,
            &format!("note: the capped network is trained for {epochs}"),
        );
    }
    Ok(chosen)
}

/// The price of training the pair of `plan`, with a progress bar where networks have to be timed.
fn price(settings: &Settings, plan: &Plan, work: Work, global: &Global) -> anyhow::Result<Price> {
    let never = AtomicBool::new(false);
    let costs = output::steps(global, output::TIMING, &never, |goes_on| {
        costs(settings, &networks(plan), work.probe, goes_on)
    })?;
    Ok(Price::of(&costs.unwrap_or_default(), work))
}

/// Prints the price of a training.
fn show_price(
    plan: &Plan,
    price: &Price,
    shared: Option<&str>,
    global: &Global,
) -> anyhow::Result<()> {
    if global.json {
        return output::print_json(&serde_json::json!({
            "dataset": plan.dataset, "architecture": plan.architecture, "price": price,
        }));
    }
    output::print(&format!(
        "{} · {}. {}\n\n{} ({}){}",
        plan.dataset,
        plan.architecture,
        plan.sentence(),
        price.text(),
        price.parts(),
        shared.unwrap_or_default()
    ))
}

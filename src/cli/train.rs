//! `train`: a paired training without the app, with progress bars.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use clap::Args;
use crossbeam_channel::RecvTimeoutError;
use indicatif::{MultiProgress, ProgressBar};

use super::failure::{EndAtOnce, INTERRUPTED, interruption};
use super::options::{Global, Options, PairArguments};
use super::{output, plan};
use crate::dataset::Dataset;
use crate::evidence::rounded_p;
use crate::format::{about, count, fixed, known, number_of, percent, signed};
use crate::messages;
use crate::network::Plan;
use crate::run::{
    Power, Price, Resolved, Session, Settings, Summary, Update, Work, choose_epochs, choose_rates,
    costs, networks,
};
use crate::signals::PATIENCE;
use crate::training::{Control, Event, Role};

/// Train the baseline and the capped network side by side
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui train glyphs resnet-20 --epochs 5
  ebcle-tui train mnist resnet-20 --limit 6000 --epochs 3 --device cpu
  ebcle-tui train glyphs resnet-50 --seeds 1..10 --margin 0.01 --json > summary.json
  ebcle-tui train cifar10 resnet-56 --seeds 1..5 --dry-run

Ctrl-C or SIGTERM stops after the current step; finished epochs are kept in the run directory, and
`ebcle-tui resume` continues from them.")]
pub struct Train {
    #[command(flatten)]
    pair: PairArguments,
    #[command(flatten)]
    options: Options,
    /// Before training, time 20 steps of both networks anew, on batches of the dataset
    #[arg(long, help_heading = "Training")]
    measure: bool,
    /// Time nothing before training: widths and predicted time saved by MACs alone
    #[arg(long, conflicts_with = "measure", help_heading = "Training")]
    no_measure: bool,
    /// Print what the training costs in time and on disk, and end
    #[arg(long)]
    dry_run: bool,
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
}

impl Train {
    /// Trains and prints the summary.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, or went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut settings = self.options.settings_of(&self.pair, global)?;
        let timing = &mut settings.host.measure;
        *timing = self.measure || (*timing && !self.no_measure);
        let extras = Extras {
            measure: self.measure,
            dry_run: self.dry_run,
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
        if extras.dry_run {
            show_price(&plan, &price, global)?;
            return Ok(ExitCode::SUCCESS);
        }
        plan.predicted_seconds = Some(price.run_seconds());
        talker.say(&format!("{} ({})", price.text(), price.parts()));
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
    let session = Session::start(&resolved, prepared.dataset, &prepared.analysis, &plan)?;
    drop(nothing_yet);
    talker.say(&format!("run directory: {}", session.directory().display()));
    conclude(&session, &talker, &interrupted, global)
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
    let bar = output::bar(
        global,
        "learning rates {bar:26} {human_pos} of {human_len} steps",
    );
    let resolved = choose_rates(settings, dataset, plan, &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    let resolved = resolved?;
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
    let bar = output::bar(global, output::TIMING);
    let chosen = choose_epochs(settings, dataset, plan, &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    let chosen = chosen?;
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
    let bar = output::bar(global, output::TIMING);
    let costs = costs(settings, &networks(plan), work.probe, &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
        true
    });
    bar.finish_and_clear();
    Ok(Price::of(&costs?.unwrap_or_default(), work))
}

/// Prints the price of a training.
fn show_price(plan: &Plan, price: &Price, global: &Global) -> anyhow::Result<()> {
    if global.json {
        return output::print_json(&serde_json::json!({
            "dataset": plan.dataset, "architecture": plan.architecture, "price": price,
        }));
    }
    output::print(&format!(
        "{} · {}. {}\n\n{} ({})",
        plan.dataset,
        plan.architecture,
        plan.sentence(),
        price.text(),
        price.parts()
    ))
}

/// Follows a session to its end and prints its summary.
///
/// # Errors
/// One sentence on what went wrong.
pub fn conclude(
    session: &Session,
    talker: &Talker,
    interrupted: &AtomicBool,
    global: &Global,
) -> anyhow::Result<ExitCode> {
    let Some(summary) = follow(session, talker, interrupted)? else {
        talker.say(&stopped(session));
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if global.json {
        output::print_json(&summary)?;
    } else {
        show(&summary)?;
    }
    match summary.divergence() {
        None => Ok(ExitCode::SUCCESS),
        Some(reasons) => Err(anyhow!(if summary.seeds.is_empty() {
            format!(
                "the training diverged, and no seed has both networks trained to the end: {reasons}"
            )
        } else {
            format!("the training diverged: {reasons}; the summary is that of the other seeds")
        })),
    }
}

fn stopped(session: &Session) -> String {
    let directory = session.directory().display();
    format!("stopped; finished epochs are kept: continue with `ebcle-tui resume {directory}`")
}

/// Follows a session to its end; no summary where it was stopped.
///
/// # Errors
/// One sentence on what went wrong.
pub fn follow(
    session: &Session,
    talker: &Talker,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<Summary>> {
    let mut stopping: Option<Instant> = None;
    loop {
        if interrupted.load(Ordering::Relaxed) && stopping.is_none() {
            stopping = Some(Instant::now());
            talker.say("stopping after this step; press Ctrl-C again to stop at once");
            session.control(Control::Stop);
        }
        if stopping.is_some_and(|since| since.elapsed() > PATIENCE) {
            talker.say(&stopped(session));
            session.abandon();
            std::process::exit(i32::from(INTERRUPTED));
        }
        match session.updates().recv_timeout(Duration::from_millis(100)) {
            Ok(Update::Event(event)) => talker.show(&event),
            Ok(Update::Finished(summary)) => {
                talker.finish();
                return Ok(Some(*summary));
            }
            Ok(Update::Stopped) => {
                talker.finish();
                return Ok(None);
            }
            Ok(Update::Failed(sentence)) => {
                talker.finish();
                return Err(if session.directory().join("run.toml").is_file() {
                    anyhow!(
                        "{sentence}; finished epochs are kept in {}",
                        session.directory().display()
                    )
                } else {
                    anyhow!(sentence)
                });
            }
            Ok(Update::EarlierEpochs(_)) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(anyhow!("the run ended without a result"));
            }
        }
    }
}

/// Says on stderr how the training goes: bars in a terminal, a line for each epoch elsewhere.
pub struct Talker {
    quiet: bool,
    progress: MultiProgress,
    bars: [ProgressBar; 2],
    /// Epochs of each network, the baseline's first.
    epochs: [usize; 2],
}

impl Talker {
    /// Says nothing yet.
    pub fn new(global: &Global, settings: &Settings) -> Self {
        let progress = MultiProgress::with_draw_target(output::target(global));
        let bars = Role::BOTH.map(|role| {
            let bar = progress.add(output::bar(global, "{prefix:8} {bar:24} {msg}"));
            bar.set_prefix(role.name());
            bar
        });
        Self {
            quiet: global.quiet,
            progress,
            bars,
            epochs: Role::BOTH.map(|role| settings.recipe.epochs_of(role)),
        }
    }

    /// Says a line.
    pub fn say(&self, line: &str) {
        if self.quiet {
            return;
        }
        if self.progress.is_hidden() || self.progress.println(messages::lines(line)).is_err() {
            messages::say(line);
        }
    }

    fn bar(&self, role: Role) -> &ProgressBar {
        match role {
            Role::Baseline => &self.bars[0],
            Role::Capped => &self.bars[1],
        }
    }

    fn show(&self, event: &Event) {
        match event {
            Event::Started {
                device,
                steps_per_epoch,
                train_images,
                holdout_images,
                test_images,
                ..
            } => {
                for (bar, epochs) in self.bars.iter().zip(self.epochs) {
                    bar.set_length((steps_per_epoch * epochs) as u64);
                }
                let held_out = holdout_images.map_or_else(String::new, |images| {
                    format!(", {} held-out", count(images as u64))
                });
                self.say(&format!(
                    "device: {device} · {} training{held_out} and {} test images",
                    count(*train_images as u64),
                    count(*test_images as u64)
                ));
            }
            Event::WarmedUp { network, seconds } => {
                self.bar(*network)
                    .set_message(format!("warmed up in {}", about(*seconds)));
            }
            Event::SeedStarted { seed } => {
                for bar in &self.bars {
                    bar.reset();
                }
                self.say(&format!("seed {seed}"));
            }
            Event::Step {
                network,
                epoch,
                step,
                loss,
                images_per_second,
                ..
            } => {
                let bar = self.bar(*network);
                let epochs = self.epochs[*network as usize];
                let per_epoch = bar.length().unwrap_or(0) / epochs.max(1) as u64;
                bar.set_position((*epoch as u64 - 1) * per_epoch + *step as u64);
                bar.set_message(format!(
                    "epoch {epoch} of {epochs} · loss {} · {} images/s",
                    fixed(*loss, 3),
                    fixed(*images_per_second, 0)
                ));
            }
            Event::Evaluating { network, .. } => self.bar(*network).set_message("testing"),
            Event::Epoch(record) => self.say(&format!(
                "  {:8}  epoch {:>3} of {}   loss {}   {} accuracy {} %   {} s   {} images/s",
                record.network.name(),
                record.epoch,
                self.epochs[record.network as usize],
                fixed(record.train_loss, 3),
                record.validation_set(),
                percent(record.validation_accuracy(), 2),
                fixed(record.train_seconds, 1),
                fixed(record.images_per_second, 0),
            )),
            Event::Continued { from } => {
                let epochs: Vec<String> = from
                    .iter()
                    .map(|at| {
                        let network = at.network.name();
                        format!("seed {} {network} from epoch {}", at.seed, at.epoch)
                    })
                    .collect();
                self.say(&match epochs.as_slice() {
                    [] => "no epoch was finished: starts again".to_owned(),
                    epochs => format!("resumed: {}", epochs.join(", ")),
                });
            }
            Event::Diverged(diverged) => self.say(&format!("warning: {}", diverged.message)),
            Event::Warning { message } => self.say(&format!("warning: {message}")),
            _ => {}
        }
    }

    fn finish(&self) {
        for bar in &self.bars {
            bar.finish_and_clear();
        }
    }
}

fn p_value(p: Option<f64>) -> String {
    known(p, rounded_p)
}

/// Prints how long each network was trained, and how long it took to the same accuracy.
fn show_protocol(summary: &Summary) -> anyhow::Result<()> {
    if let Some(protocol) = summary.protocol_in_words() {
        output::print(&format!("protocol    {protocol}"))?;
    }
    if let Some(stopping) = summary.stopping_in_words() {
        output::print(&format!("stopping    {stopping}"))?;
    }
    if let Some(found) = &summary.time_to_accuracy {
        output::print(&format!(
            "to accuracy {}: {}",
            found.target_in_words(),
            found.in_words()
        ))?;
    }
    Ok(())
}

/// Prints a summary for people.
///
/// # Errors
/// Whatever stdout says.
pub fn show(summary: &Summary) -> anyhow::Result<()> {
    output::print(&format!(
        "\n{} · {} · capped at {} ({}) · {} · {}\n",
        summary.dataset,
        summary.architecture,
        summary.cap,
        if summary.depth_override {
            "by hand".to_owned()
        } else {
            summary.reading.to_string()
        },
        number_of(summary.epochs, "epoch", "epochs"),
        summary.device
    ))?;
    let mut rows = Vec::new();
    for seed in &summary.seeds {
        for (role, network) in [
            (Role::Baseline, &seed.baseline),
            (Role::Capped, &seed.capped),
        ] {
            rows.push(vec![
                seed.seed.to_string(),
                role.name().to_owned(),
                network.conv_depth.to_string(),
                count(network.parameters),
                percent(network.test_accuracy, 2),
                fixed(network.test_loss, 3),
                fixed(network.train_seconds, 1),
                fixed(network.images_per_second, 0),
            ]);
        }
    }
    output::print_table(&output::table(
        &[
            "seed",
            "network",
            "convolutions",
            "parameters",
            "accuracy %",
            "test loss",
            "training s",
            "images/s",
        ],
        &[1],
        rows,
    ))?;
    output::print(&format!(
        "\ntime saved  {} %",
        output::estimate(summary.time_saved)
    ))?;
    show_protocol(summary)?;
    if let Some(prediction) = &summary.prediction {
        output::print(&format!(
            "prediction  {}",
            prediction.against(summary.time_saved_per_epoch())
        ))?;
    }
    if let Some(sentence) = summary.price() {
        output::print(&format!("price       {sentence}"))?;
    }
    if let Some(difference) = summary.verdict.difference {
        output::print(&format!(
            "accuracy    {} points, capped against baseline",
            signed(difference.mean * 100.0, 2)
        ))?;
    }
    let over_images = summary.verdict.difference_over_images;
    if let Some([low, high]) = over_images.and_then(|one| one.interval) {
        output::print(&format!(
            "            95 % over seeds and test images: {} to {} points",
            signed(low * 100.0, 2),
            signed(high * 100.0, 2)
        ))?;
    }
    output::print(&format!(
        "verdict     {}: {}",
        summary.verdict.outcome, summary.verdict.reason
    ))?;
    if let Some(sentence) = summary.not_counted() {
        output::print(&format!("not counted {sentence}"))?;
    }
    for diverged in &summary.diverged {
        output::print(&format!("diverged    {}", diverged.message))?;
    }
    if let Some(p) = summary.verdict.p_values {
        output::print(&format!(
            "p-values    not worse by the margin {} (t), {} (Wilcoxon), {} (sign) · within it {} · different {} (t)",
            p_value(p.non_inferiority),
            p_value(p.non_inferiority_wilcoxon),
            p_value(p.non_inferiority_sign),
            p_value(p.equivalence),
            p_value(p.difference)
        ))?;
    }
    if let Some(busy) = summary.busy() {
        output::print(&format!("times       {busy}"))?;
    }
    output::print(&format!("run         {}", summary.run_dir.display()))
}

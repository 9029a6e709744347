//! `train`: a paired training without the app, with progress bars.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use clap::Args;
use crossbeam_channel::RecvTimeoutError;
use indicatif::{MultiProgress, ProgressBar};

use super::failure::{EndAtOnce, INTERRUPTED, interruption};
use super::options::{Global, Options};
use super::{output, plan};
use crate::evidence::rounded_p;
use crate::format::{about, count, fixed, known, number_of, percent, signed};
use crate::messages;
use crate::network::architecture_names;
use crate::run::{Session, Settings, Summary, Update, plan_pair};
use crate::signals::PATIENCE;
use crate::training::{Control, Event, Role};

/// Train the baseline and the capped network side by side
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui train glyphs resnet-20 --epochs 5
  ebcle-tui train mnist resnet-20 --limit 6000 --epochs 3 --device cpu
  ebcle-tui train glyphs resnet-50 --seeds 1..10 --margin 0.01 --json > summary.json

Ctrl-C or SIGTERM stops after the current step; finished epochs are kept in the run directory, and
`ebcle-tui resume` continues from them.")]
pub struct Train {
    #[arg(help = crate::dataset::Source::help())]
    dataset: String,
    #[arg(help = format!("The baseline: {}", architecture_names()))]
    architecture: String,
    #[command(flatten)]
    options: Options,
    /// Before training, time 20 steps of both networks and predict the time saved from them
    #[arg(long, help_heading = "Training")]
    measure: bool,
}

impl Train {
    /// Trains and prints the summary.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, or went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let settings = self
            .options
            .settings_of(&self.dataset, &self.architecture, global)?;
        run_headless(&settings, global, self.measure)
    }
}

/// Prepares, measures the prediction where asked to, trains and prints the summary.
///
/// # Errors
/// One sentence on what cannot be read, is not known, or went wrong.
pub fn run_headless(
    settings: &Settings,
    global: &Global,
    measure: bool,
) -> anyhow::Result<ExitCode> {
    let interrupted = interruption()?;
    let nothing_yet = EndAtOnce::on(&interrupted)?;
    let prepared = output::prepare(settings, global)?;
    let profile = &prepared.analysis.profile;
    output::say_notes(global, &[], &settings.decided(profile));
    let fitted = settings.fitted(profile);
    let settings = &fitted;
    settings.recipe.check_data(&prepared.dataset)?;
    let Some(widened) = plan::with_width(settings, &prepared, global, &interrupted)? else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let by_time = settings.needs_width();
    let settings = &widened;
    let mut plan = plan_pair(settings, &prepared.analysis)?;
    if measure || (by_time && plan.capped.is_some()) {
        match plan::measured(settings, &prepared.dataset, plan, global, &interrupted)? {
            Some(measured) => plan = measured,
            None => return Ok(ExitCode::from(INTERRUPTED)),
        }
    }
    let talker = Talker::new(global, settings);
    talker.say(&format!(
        "{} · {}. {}",
        plan.dataset,
        plan.architecture,
        plan.sentence()
    ));
    let session = Session::start(settings, prepared.dataset, &prepared.analysis, &plan)?;
    drop(nothing_yet);
    talker.say(&format!("run directory: {}", session.directory().display()));
    conclude(&session, &talker, &interrupted, global)
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
            Ok(Update::Kept(_)) | Err(RecvTimeoutError::Timeout) => {}
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
    epochs: usize,
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
            epochs: settings.recipe.epochs,
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
                epochs,
                train_images,
                test_images,
                ..
            } => {
                for bar in &self.bars {
                    bar.set_length((steps_per_epoch * epochs) as u64);
                }
                self.say(&format!(
                    "device: {device} · {} training and {} test images",
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
                let per_epoch = bar.length().unwrap_or(0) / self.epochs.max(1) as u64;
                bar.set_position((*epoch as u64 - 1) * per_epoch + *step as u64);
                bar.set_message(format!(
                    "epoch {epoch} of {} · loss {} · {} images/s",
                    self.epochs,
                    fixed(*loss, 3),
                    fixed(*images_per_second, 0)
                ));
            }
            Event::Evaluating { network, .. } => self.bar(*network).set_message("testing"),
            Event::Epoch(record) => self.say(&format!(
                "  {:8}  epoch {:>3} of {}   loss {}   test accuracy {} %   {} s   {} images/s",
                record.network.name(),
                record.epoch,
                self.epochs,
                fixed(record.train_loss, 3),
                percent(record.test_accuracy, 2),
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
    if let Some(prediction) = &summary.prediction {
        output::print(&format!(
            "prediction  {}",
            prediction.against(summary.time_saved)
        ))?;
    }
    if let Some(difference) = summary.verdict.difference {
        output::print(&format!(
            "accuracy    {} points, capped against baseline",
            signed(difference.mean * 100.0, 2)
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

//! `plan`: baseline and capped network side by side, before any training.

use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Arg, Args};
use serde::Serialize;

use super::failure::{INTERRUPTED, interruption};
use super::options::{
    CappedOptions, Choice, Chosen, DataOptions, Global, PairArguments, ReadingOptions,
};
use super::output;
use crate::dataset::Dataset;
use crate::depth::{Analysis, Unit};
use crate::format::{count, fixed, known, percent_interval, signed, significant};
use crate::network::{NetworkSummary, Plan, Rivals, TimedRivals};
use crate::run::settings::Setting;
use crate::run::{Host, Power, Prepared, Settings, TimedPlan, measure, plan_pair};

/// What the cap does to an architecture: depth, widths, parameters, MACs, predicted time
#[derive(Args, Debug)]
#[command(
    name = "plan",
    after_help = "\
Examples:
  ebcle-tui plan glyphs resnet-50
  ebcle-tui plan mnist resnet-20 --width iso-macs --json
  ebcle-tui plan glyphs densenet-bc-100-k24 --depth 9 --width-factor 1.5
  ebcle-tui plan stl10 efficientnet-b0
  ebcle-tui plan glyphs resnet-50 --width iso-time --device cpu --batch-size 32
  ebcle-tui plan glyphs resnet-50 --no-measure

Training steps (forward pass, backward pass, optimiser) of both networks are timed on the device, a second or two a network, on a CPU with fewer images where a step is long: first of several widths where the policy is balanced or iso-time, then of the pair. The cache keeps the times of each device. --measure times up to 20 steps of the pair anew, for a minute at most, on batches of the dataset as in training."
)]
pub struct PlanCommand {
    #[command(flatten)]
    pair: PairArguments,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    reading: ReadingOptions,
    #[command(flatten)]
    capped: CappedOptions,
    /// Time 20 training steps of the pair anew, on batches of the dataset
    #[arg(long, help_heading = "Time")]
    measure: bool,
    /// Time nothing: widths and time saved by MACs alone
    #[arg(long, conflicts_with = "measure", help_heading = "Time")]
    no_measure: bool,
    #[command(flatten)]
    timed: Chosen<Timed>,
}

/// Device, precision and batch size of the timed steps.
#[derive(Debug)]
struct Timed;

impl Choice for Timed {
    const HEADING: Option<&'static str> = Some("Time");

    fn takes(setting: &Setting) -> bool {
        matches!(setting.key, "device" | "precision" | "batch-size")
    }

    fn adapt(option: Arg) -> Arg {
        let help = match option.get_id().as_str() {
            "device" => "Where to time them: auto, cpu, cuda or cuda:N [default: auto]",
            "precision" => {
                "Number format of the timed steps: f32, or tf32 or bf16 on a GPU [default: f32]"
            }
            _ => "Images per timed step [default: by the number of images, 128 at most]",
        };
        option.help(help)
    }
}

const STEPS_TIMED: &str = "timing     {human_pos} steps";

/// What `plan --json` prints: the plan, and notes on how the dataset was read.
#[derive(Serialize)]
struct Noted<'a> {
    #[serde(flatten)]
    plan: &'a Plan,
    power: Power,
    rivals: TimedRivals,
    notes: Vec<String>,
}

impl PlanCommand {
    /// Plans the pair and prints it.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not known.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = self.pair.layer();
        self.timed.fill(&mut layer);
        self.data.fill(&mut layer);
        self.reading.fill(&mut layer);
        self.capped.fill(&mut layer);
        let mut settings = global.resolve(layer, None)?;
        let timing = &mut settings.host.measure;
        *timing = self.measure || (*timing && !self.no_measure);
        let interrupted = interruption()?;
        let stopped = Ok(ExitCode::from(INTERRUPTED));
        let prepared = if self.measure {
            Some(output::prepare(&settings, global)?)
        } else {
            None
        };
        let analysis = match &prepared {
            Some(prepared) => prepared.analysis.clone(),
            None => output::profile(&settings, false, global)?,
        };
        let settings = settings.fitted(&analysis.profile);
        let timed = match by_time(&settings, &analysis, global, &interrupted) {
            Err(error) if !self.measure && settings.device == "auto" => {
                let settings = Settings {
                    host: Host {
                        measure: false,
                        ..settings.host.clone()
                    },
                    ..settings
                };
                let plan = plan_pair(&settings, &analysis)?;
                output::say(global, &format!("note: no steps are timed: {error}"));
                Some(TimedPlan { settings, plan })
            }
            timed => timed?,
        };
        let Some(timed) = timed else {
            return stopped;
        };
        let TimedPlan { settings, mut plan } = timed;
        if let Some(Prepared { dataset, .. }) = &prepared {
            match measured(&settings, dataset, plan, global, &interrupted)? {
                Some(measured) => plan = measured,
                None => return stopped,
            }
        }
        let mut narrow = None;
        if settings.host.measure {
            match narrower(&settings, &plan, global, &interrupted)? {
                ControlFlow::Continue(found) => narrow = found,
                ControlFlow::Break(()) => return stopped,
            }
        }
        let notes = analysis.profile.notes;
        let power = Power::of(&settings, &plan.dataset, &plan.architecture);
        if global.json {
            output::print_json(&Noted {
                plan: &plan,
                power,
                rivals: TimedRivals {
                    depths: Rivals::of(&plan.baseline_spec),
                    narrow_baseline: narrow,
                },
                notes,
            })?;
        } else {
            show(&plan, narrow.as_ref())?;
            if plan.capped.is_some() {
                output::print(&format!("\n{}.", power.sentence()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The pair by timed steps, or by MACs where the settings say so, under a spinner; `None` once `interrupted` is set.
///
/// # Errors
/// One sentence on a device or batch size that cannot be used.
pub fn by_time(
    settings: &Settings,
    analysis: &Analysis,
    global: &Global,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<TimedPlan>> {
    let bar = output::bar(global, STEPS_TIMED);
    let found = settings.plan_by_time(analysis, &mut || {
        bar.inc(1);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    Ok(found?)
}

/// The baseline made narrower to the capped network's step time, under a spinner; a break once `interrupted` is
/// set.
fn narrower(
    settings: &Settings,
    plan: &Plan,
    global: &Global,
    interrupted: &AtomicBool,
) -> anyhow::Result<ControlFlow<(), Option<NetworkSummary>>> {
    let bar = output::bar(global, STEPS_TIMED);
    let found = settings.narrower(plan, &mut || {
        bar.inc(1);
        !interrupted.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    Ok(found?)
}

/// The plan with its prediction measured, under a progress bar; `None` once `interrupted` is set.
///
/// # Errors
/// One sentence on a device or batch size that cannot be used.
pub fn measured(
    settings: &Settings,
    dataset: &Arc<Dataset>,
    plan: Plan,
    global: &Global,
    interrupted: &AtomicBool,
) -> anyhow::Result<Option<Plan>> {
    let found = output::steps(global, output::TIMING, interrupted, |goes_on| {
        measure(settings, Arc::clone(dataset), &plan, goes_on)
    })?;
    Ok(found.map(|found| plan.with_measured(found)))
}

/// The predicted time saved as one sentence, with where it comes from.
fn prediction(plan: &Plan, saved: f64) -> String {
    let Some(found) = &plan.measured else {
        return format!(
            "Predicted time saved: {} % (from MACs; {}).",
            fixed(saved * 100.0, 0),
            plan.width_choice()
        );
    };
    let by_macs = plan.saved_by_macs();
    format!(
        "Predicted time saved: {} % (measured; {}).\n{} steps of {} images each on {}: {} s a step of the baseline, {} s of the capped network. By MACs alone it would be {} %.",
        percent_interval(saved, plan.prediction_interval(), 1),
        plan.width_choice(),
        found.steps,
        count(found.batch_size as u64),
        found.device,
        significant(found.baseline_seconds_per_step),
        significant(found.capped_seconds_per_step),
        known(by_macs, |saved| fixed(saved * 100.0, 0)),
    )
}

const RIVAL_COLUMNS: [&str; 4] = ["depth by", "rule", "convolutions", ""];

/// The cap and the depths that need no entropy, with the network that each leaves.
fn depths(plan: &Plan, narrow: Option<&NetworkSummary>) -> Vec<Vec<String>> {
    let own = plan.capped.as_ref().unwrap_or(&plan.baseline).conv_depth;
    let name = if plan.depth_override {
        "--depth".to_owned()
    } else {
        format!("cap, {}", plan.reading)
    };
    let cap = match plan.unit() {
        Unit::Convolutions => plan.cap.to_string(),
        Unit::Blocks => format!("{} blocks", plan.cap),
    };
    let raised = |is_raised: bool| if is_raised { "raised to the floor" } else { "" }.to_owned();
    let mut rows = vec![vec![
        name,
        cap,
        own.to_string(),
        raised(plan.raised_to_floor),
    ]];
    for (name, rival) in Rivals::of(&plan.baseline_spec).named() {
        rows.push(match rival {
            Some(rival) => vec![
                name.to_owned(),
                rival.depth.to_string(),
                rival.conv_depth.to_string(),
                raised(rival.conv_depth > rival.depth),
            ],
            None => vec![
                name.to_owned(),
                "none".to_owned(),
                String::new(),
                "no convolution's input sees the whole image".to_owned(),
            ],
        });
    }
    if let Some(narrow) = narrow {
        rows.push(vec![
            "narrower baseline".to_owned(),
            narrow.conv_depth.to_string(),
            narrow.conv_depth.to_string(),
            format!("the capped network's time: widths {}", narrow.widths_text()),
        ]);
    }
    rows
}

/// Prints the plan as its sentence and a table.
fn show(plan: &Plan, narrow: Option<&NetworkSummary>) -> anyhow::Result<()> {
    output::print(&format!(
        "{} · {}\n\n{}\n",
        plan.dataset,
        plan.architecture,
        plan.sentence()
    ))?;
    let capped = plan.capped.as_ref();
    let row = |name: &str, show: &dyn Fn(&NetworkSummary) -> String, change: String| {
        let cell = show(&plan.baseline);
        vec![name.to_owned(), cell, known(capped, show), change]
    };
    let number = |name: &str, of: &dyn Fn(&NetworkSummary) -> u64| {
        let change = capped.map(|capped| of(capped) as f64 / of(&plan.baseline) as f64 - 1.0);
        let change = known(change, |change| format!("{} %", signed(change * 100.0, 0)));
        row(name, &|network| count(of(network)), change)
    };
    let list = |name: &str, of: &dyn Fn(&NetworkSummary) -> &Vec<usize>| {
        let listed = |network: &NetworkSummary| {
            let numbers: Vec<String> = of(network).iter().map(ToString::to_string).collect();
            numbers.join(" · ")
        };
        row(name, &listed, String::new())
    };
    let widths = plan.baseline_spec.architecture.labels().width;
    let rows = vec![
        number("convolutions", &|network| network.conv_depth as u64),
        list("blocks per stage", &|network| &network.blocks),
        list(&format!("{widths} per stage"), &|network| &network.widths),
        number("parameters", &|network| network.parameters),
        number("MACs per image", &|network| network.macs),
    ];
    output::print_table(&output::table(
        &["", "baseline", "capped", "change"],
        &[0],
        rows,
    ))?;
    output::print("")?;
    output::print_table(&output::table(
        &RIVAL_COLUMNS,
        &[0, 3],
        depths(plan, narrow),
    ))?;
    if let Some(saved) = plan.predicted_time_saved {
        output::print(&format!("\n{}", prediction(plan, saved)))?;
    }
    if let Some(sentence) = &plan.adaptation {
        output::print(&format!("\n{sentence}"))?;
    }
    Ok(())
}

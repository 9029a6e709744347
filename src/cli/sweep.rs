//! `sweep`: accuracy, time and parameters over depth, with the cap and a wrong cap as controls.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::anyhow;
use clap::Args;

use super::failure::{EndAtOnce, INTERRUPTED, interruption};
use super::options::{Global, Options};
use super::{cells, output, plan};
use crate::dataset::Source;
use crate::dataset::glyphs::Variant as Glyphs;
use crate::depth::{Analysis, Unit};
use crate::network::{Cap, Input, Plan, Spec, baseline, depth_pair};
use crate::report;
use crate::run::{Automatic, Prepared, RunData, RunDirectory, Settings, file};
use crate::study::sweep::{
    Design, OUTCOME, Outcome, Question, StepTimes, WrongCap, folder_name, outcome, read_steps,
    write_steps,
};

/// Accuracy, time and parameters over depth, with the cap and a wrong cap as controls
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui sweep glyphs resnet-20 --seeds 1..5 --epochs 10
  ebcle-tui sweep mnist resnet-20 --depths 7,13,19 --seeds 1..5 --limit 6000
  ebcle-tui sweep cifar10 densenet-40 --wrong-cap mnist --json > sweep.json

Every depth is trained at constant width and at constant MACs, in one paired run; the deepest network,
which is both, beside the ordinary capped one. `sweep glyphs` sweeps its three variants, whose entropy
differs while the task does not. All of it lies in OUT/sweep-DATASET-ARCH; Ctrl-C or SIGTERM stops after
the current step, and the same command goes on.")]
pub struct Sweep {
    #[arg(help = crate::dataset::Source::help())]
    dataset: String,
    /// The deepest network: resnet-N (N = 6n + 2), densenet-N (3n + 4) or densenet-bc-N (6n + 4), both with -kK, resnext-N (9n + 2) with `-CxWd`, efficientnet-b0, -b1 or -b2
    architecture: String,
    /// Convolutions of every point, such as 7,13,19 [default: about five, from the family's floor to the architecture, with both caps]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    depths: Option<Vec<usize>>,
    /// The cap of other data: a dataset, or a number of convolutions [default: of the glyphs whose cap differs most]
    #[arg(long, value_name = "DATASET|N")]
    wrong_cap: Option<String>,
    /// Of glyphs, sweep no variant beside it
    #[arg(long)]
    no_variants: bool,
    #[command(flatten)]
    options: Options,
}

impl Sweep {
    /// Sweeps and prints the outcome.
    ///
    /// # Errors
    /// One sentence on what cannot be read, is not known, or went wrong.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let settings = self
            .options
            .settings_of(&self.dataset, &self.architecture, global)?;
        let wrong_cap = self.wrong_cap.as_deref().map(str::parse).transpose()?;
        let question = Question {
            depths: self.depths.clone(),
            wrong_cap,
            no_variants: self.no_variants,
        };
        let name = folder_name(&settings.dataset, settings.architecture);
        let folder = settings.out.join(name);
        let interrupted = interruption()?;
        let Some(outcome) = conduct(&settings, &question, &folder, &interrupted, global)? else {
            output::say(
                global,
                "stopped; finished epochs are kept: the same command goes on",
            );
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

/// Conducts a sweep in `folder`, or goes on with the one that lies there, and writes its outcome, figure
/// and page into it; none where the user stopped it.
///
/// # Errors
/// One sentence on what cannot be read, is not known, or went wrong.
pub fn conduct(
    settings: &Settings,
    question: &Question,
    folder: &Path,
    interrupted: &Arc<AtomicBool>,
    global: &Global,
) -> anyhow::Result<Option<Outcome>> {
    let nothing_yet = EndAtOnce::on(interrupted)?;
    let mut prepared = Vec::new();
    for dataset in datasets(settings, question)? {
        let settings = Settings {
            dataset: dataset.clone(),
            ..settings.clone()
        };
        prepared.push((dataset, output::prepare(&settings, global)?));
    }
    let images = &prepared[0].1;
    let profile = &images.analysis.profile;
    output::say_notes(global, &[], &settings.decided(profile));
    let settings = &Settings {
        automatic: Automatic::default(),
        ..settings.fitted(profile)
    };
    for (_, prepared) in &prepared {
        settings.recipe.check_data(&prepared.dataset)?;
    }
    let input = Input::from(&images.analysis.profile);
    let spec = baseline(settings.architecture, input)?;
    let design = designed(settings, question, &spec, &prepared, global)?;
    drop(nothing_yet);
    let Some(_lock) = cells::lock(folder, interrupted, global)? else {
        return Ok(None);
    };
    design.settle(folder)?;

    let steps = timed(&design, folder, &spec, images, interrupted, global)?;
    let Some(steps) = steps else { return Ok(None) };
    let mut runs = Vec::new();
    let points = prepared.len() * design.depths.len();
    for (variant, (dataset, prepared)) in prepared.iter().enumerate() {
        let mut of_variant: Vec<RunData> = Vec::new();
        for (at, &depth) in design.depths.iter().enumerate() {
            let number = variant * design.depths.len() + at + 1;
            output::say(
                global,
                &format!("point {number} of {points}: {dataset}, {depth} convolutions"),
            );
            let cell = design.cell(folder, variant, depth);
            let analysis = &prepared.analysis;
            let plan = design.plan(&spec, variant, depth, analysis.of(&settings.reading))?;
            let data = &prepared.dataset;
            let summary = cells::train_in_turn(&cell, data, analysis, &plan, interrupted, global)?;
            if summary.is_none() {
                return Ok(None);
            }
            of_variant.push(RunDirectory::open(&cell.path)?.load()?);
        }
        runs.push(of_variant);
    }
    let outcome = outcome(&design, folder, &runs, steps);
    file::write_sealed_json(&folder.join(OUTCOME), &outcome)?;
    report::sweep::write(&outcome, folder)?;
    Ok(Some(outcome))
}

/// The datasets of a sweep: the one that was named, or the glyphs in all variants, by rising entropy.
fn datasets(settings: &Settings, question: &Question) -> anyhow::Result<Vec<String>> {
    let source: Source = settings.dataset.parse()?;
    let variants = source.variants();
    if question.no_variants || variants.is_empty() {
        return Ok(vec![settings.dataset.clone()]);
    }
    Ok(variants.iter().map(|&name| name.to_owned()).collect())
}

fn glyphs() -> [&'static str; 3] {
    [Glyphs::Plain, Glyphs::Textured, Glyphs::Noise].map(Glyphs::name)
}

fn designed(
    settings: &Settings,
    question: &Question,
    spec: &Spec,
    prepared: &[(String, Prepared)],
    global: &Global,
) -> anyhow::Result<Design> {
    let variants: Vec<(String, Analysis)> = prepared
        .iter()
        .map(|(dataset, prepared)| (dataset.clone(), prepared.analysis.clone()))
        .collect();
    let wrong = wrong_caps(settings, question, &variants, global)?;
    Ok(Design::new(settings, question, spec, &variants, &wrong)?)
}

/// The wrong cap of each variant, with the dataset it is of.
fn wrong_caps(
    settings: &Settings,
    question: &Question,
    variants: &[(String, Analysis)],
    global: &Global,
) -> anyhow::Result<Vec<(Option<String>, Cap)>> {
    let read = |dataset: &str| -> anyhow::Result<(Option<String>, Cap)> {
        let known = variants.iter().find(|(name, _)| name == dataset);
        let analysis = match known {
            Some((_, analysis)) => analysis.clone(),
            None => output::profile(&other_data(settings, dataset), global)?,
        };
        let Some(reading) = analysis.get(&settings.reading) else {
            return Err(anyhow!(
                "the reading {} has no value on {dataset}: give the wrong cap as a number",
                settings.reading
            ));
        };
        let cap = Cap {
            depth: reading.cap,
            unit: reading.unit,
        };
        Ok((Some(dataset.to_owned()), cap))
    };
    match &question.wrong_cap {
        Some(WrongCap::Convolutions(depth)) => {
            let cap = Cap {
                depth: *depth,
                unit: Unit::Convolutions,
            };
            Ok(variants.iter().map(|_| (None, cap)).collect())
        }
        Some(WrongCap::Dataset(dataset)) => {
            let found = read(dataset)?;
            Ok(variants.iter().map(|_| found.clone()).collect())
        }
        None => {
            let candidates = glyphs()
                .into_iter()
                .map(read)
                .collect::<anyhow::Result<Vec<_>>>()?;
            variants
                .iter()
                .map(|(dataset, analysis)| {
                    let own = analysis.of(&settings.reading).cap;
                    candidates
                        .iter()
                        .filter(|(from, _)| from.as_ref() != Some(dataset))
                        .max_by_key(|(_, cap)| cap.depth.abs_diff(own))
                        .cloned()
                        .ok_or_else(|| anyhow!("no embedded dataset gives a wrong cap"))
                })
                .collect()
        }
    }
}

/// The settings under which another dataset is profiled.
fn other_data(settings: &Settings, dataset: &str) -> Settings {
    Settings {
        dataset: dataset.to_owned(),
        data_dir: None,
        resize: None,
        label: None,
        limit: None,
        ..settings.clone()
    }
}

/// Times steps of every depth against the deepest, those that are not timed yet; none where the user
/// stopped it.
fn timed(
    design: &Design,
    folder: &Path,
    spec: &Spec,
    images: &Prepared,
    interrupted: &AtomicBool,
    global: &Global,
) -> anyhow::Result<Option<Vec<StepTimes>>> {
    let mut steps = read_steps(folder)?;
    let deepest = design.plan(
        spec,
        0,
        design.deepest(),
        images.analysis.of(&design.settings.reading),
    )?;
    let settings = design.cell(folder, 0, design.deepest()).settings;
    for &depth in &design.depths[..design.depths.len() - 1] {
        if steps.iter().any(|steps| steps.depth == depth) {
            continue;
        }
        output::say(
            global,
            &format!(
                "timing steps at {depth} against {} convolutions",
                design.deepest()
            ),
        );
        let pair = depth_pair(
            &deepest.dataset,
            &deepest.baseline_spec,
            depth,
            deepest.reading.clone(),
        );
        let against = |spec: Option<Spec>| Plan {
            baseline_spec: deepest.baseline_spec.clone(),
            capped_spec: spec,
            ..pair.clone()
        };
        let mut found = Vec::new();
        for spec in [Some(pair.baseline_spec.clone()), pair.capped_spec.clone()] {
            let plan = against(spec);
            let data = &images.dataset;
            let measured = plan::measured(&settings, data, plan, global, interrupted)?;
            let Some(measured) = measured.and_then(|plan| plan.measured) else {
                return Ok(None);
            };
            found.push(measured);
        }
        if let [same, iso_macs] = found.as_slice() {
            steps.push(StepTimes {
                depth,
                same: same.clone(),
                iso_macs: iso_macs.clone(),
            });
            write_steps(folder, &steps)?;
        }
    }
    Ok(Some(steps))
}

/// Prints an outcome for people.
fn show(outcome: &Outcome) -> anyhow::Result<()> {
    for variant in &outcome.variants {
        output::print(&format!(
            "\n{} · {} · cap {} ({}) · {} seed{} · {} epoch{} · {}\n",
            variant.dataset,
            outcome.architecture,
            variant.cap.cap,
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
    for variant in &outcome.variants {
        output::print(&variant.finding)?;
    }
    if outcome.variants.len() > 1 {
        output::print(&outcome.finding)?;
    }
    output::print(&format!("\nsweep  {}", outcome.folder.display()))
}

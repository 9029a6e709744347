//! Conducts a recommendation: prices and plans it, then trains rounds and final.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::super::engine::{Engine, Trainers};
use super::super::progress::{Interruptible, plan_by_time, prepare};
use super::super::task::Task;
use super::super::train::{lock, train_in_turn};
use super::super::{Cell, Progress, State, StudyError};
use super::candidates::{candidates, rules};
use super::design::Stage;
use super::finding::plan_sentence;
use super::outcome::outcome;
use super::schedule::{Asked, Costs, fit};
use super::{Budget, Design, NamedDepth, OUTCOME, RecommendOutcome, RoundOutcome, SPENT};
use crate::network::{Input, baseline, legal_depths};
use crate::run::{
    Error, NetworkCost, Prepared, RunData, RunDirectory, Settings, TimedPlan, Work, costs, file,
    plan_pair,
};
use crate::training::Holdout;

/// Conducts a recommendation in `folder`, or continues the one there, whose runs the engine `on` trains, and writes its outcome
/// into it; none where the user stopped it.
///
/// # Errors
/// One sentence on what cannot be read, is not known, does not fit into the budget, or went wrong.
pub fn conduct(
    settings: &Settings,
    budget: Budget,
    folder: &Path,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<RecommendOutcome>, StudyError> {
    let nothing_yet = Interruptible::begin(progress);
    let ready = ready(settings, on, progress)?;
    drop(nothing_yet);
    let Some(_lock) = lock(folder, progress)? else {
        return Ok(None);
    };
    let Some(design) = designed(&ready, budget, folder, on, progress)? else {
        return Ok(None);
    };
    design.write(folder)?;
    progress.say(&plan_sentence(&design));
    let trainers = on.trainers(&design.settings)?;
    let mut work = At {
        design: &design,
        folder,
        prepared: &ready.prepared,
        trainers: trainers.as_ref(),
        progress,
        chosen: Chosen::default(),
        spent: Spent::read(folder)?,
        begun: 0,
    };
    let mut depths = design.depths.clone();
    let stages = design.stages();
    let (mut rounds, mut last) = (Vec::new(), Vec::new());
    for (at, stage) in stages.iter().enumerate() {
        let Some(runs) = work.train(stage, &depths)? else {
            return Ok(None);
        };
        let Some(round) = design.schedule.rounds.get(at) else {
            last = runs;
            break;
        };
        let round = RoundOutcome::of(&runs, round.kept, design.settings.margin);
        depths = round.kept();
        rounds.push(round);
    }
    let outcome = outcome(&design, folder, rounds, &last, work.spent.seconds);
    let nothing = || StudyError::Training("no depth is left to train".to_owned());
    let outcome = outcome.ok_or_else(nothing)?;
    file::write_sealed_json(&folder.join(OUTCOME), &outcome)?;
    Ok(Some(outcome))
}

/// The plan of a recommendation with its price, or that in `folder`, without training; none where the user stopped it.
///
/// # Errors
/// As [`conduct`].
pub fn plan(
    settings: &Settings,
    budget: Budget,
    folder: &Path,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<Design>, StudyError> {
    let _nothing_yet = Interruptible::begin(progress);
    let ready = ready(settings, on, progress)?;
    Ok(designed(&ready, budget, folder, on, progress)?)
}

/// The runs of the first stage of a design, in `folder`.
#[must_use]
pub fn first_runs(design: &Design, folder: &Path) -> Vec<Cell> {
    let stages = design.stages();
    let runs = stages.iter().take(1).flat_map(|stage| {
        let depths = design.depths.iter();
        depths.map(move |&depth| design.cell(folder, stage, depth))
    });
    runs.collect()
}

/// What a recommendation begins with.
struct Ready {
    settings: Settings,
    /// What the settings ask for of the schedule.
    asked: Asked,
    prepared: Prepared,
    rules: Vec<NamedDepth>,
    /// Candidates beside the deepest network, the most wanted first.
    candidates: Vec<usize>,
    deepest: usize,
}

/// Reads the images and finds the candidates.
fn ready(settings: &Settings, on: &Engine, progress: &dyn Progress) -> Result<Ready, StudyError> {
    settings.check_no_looks("a recommendation")?;
    on.trainers(settings)?;
    let prepared = prepare(settings, progress)?;
    let dataset = &prepared.dataset;
    dataset.check_classes().map_err(Error::from)?;
    let profile = &prepared.analysis.profile;
    let mut fitted = settings
        .fitted(profile)
        .for_study(Holdout::usual_share(dataset));
    let asked = Asked {
        epochs: fitted.recipe.epochs,
        fixed_epochs: !fitted.automatic.epochs,
        seeds: fitted.recipe.seeds.clone(),
    };
    fitted.automatic = fitted.automatic.rates();
    if fitted.recipe.holdout.is_none() {
        return Err(Error::Setting(
            "a recommendation chooses on a hold-out: leave --holdout out, or give a share above 0"
                .to_owned(),
        )
        .into());
    }
    fitted.recipe.check_data(dataset).map_err(Error::from)?;
    let spec = baseline(fitted.architecture, Input::from(profile)).map_err(Error::from)?;
    let legal = legal_depths(&spec);
    if legal.len() < 2 {
        return Err(Error::Setting(format!(
            "{} is the shallowest network of its family, with {} convolutions, so there is no depth to choose: name a deeper one",
            fitted.architecture, legal[0]
        ))
        .into());
    }
    let rules = rules(&fitted, &prepared.analysis, &spec);
    Ok(Ready {
        candidates: candidates(&rules, &legal),
        deepest: spec.conv_depth(),
        settings: fitted,
        asked,
        rules,
        prepared,
    })
}

/// The design in `folder`, or a new one that fits into the budget; none where the user stopped the timing of steps.
fn designed(
    ready: &Ready,
    budget: Budget,
    folder: &Path,
    on: &Engine,
    progress: &dyn Progress,
) -> Result<Option<Design>, Error> {
    let Ready {
        settings,
        asked,
        rules,
        ..
    } = ready;
    if let Some(kept) = Design::kept(folder, settings, budget, rules)? {
        return Ok(Some(kept));
    }
    let Some(costs) = priced(ready, on, progress)? else {
        return Ok(None);
    };
    let fitted = fit(&costs, asked, budget.seconds()).map_err(|least| {
        let schedule = &least.schedule;
        Error::Setting(format!(
            "a budget of {budget} is too small for {}: {} of its depths beside the deepest, over {} seeds of {} epochs, take about {}: use --budget {} or more, or fewer images (--limit)",
            settings.architecture,
            schedule.finalists,
            schedule.seeds.len(),
            schedule.epochs,
            crate::format::about(least.seconds),
            Budget::holding(least.seconds)
        ))
    })?;
    let mut depths = ready.candidates[..fitted.candidates].to_vec();
    depths.sort_unstable();
    Ok(Some(Design {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        budget,
        estimated_seconds: fitted.seconds,
        seconds_per_seed: fitted.seconds_per_seed,
        deepest: ready.deepest,
        depths,
        schedule: fitted.schedule,
        rules: rules.clone(),
        settings: settings.clone(),
    }))
}

/// What every candidate costs, from timed steps; none where the user stopped it.
fn priced(ready: &Ready, on: &Engine, progress: &dyn Progress) -> Result<Option<Costs>, Error> {
    let Prepared { dataset, analysis } = &ready.prepared;
    let timed_on = on.timed_on(&ready.settings);
    if let Some(note) = &timed_on.note {
        progress.say(note);
    }
    let mut found: Vec<NetworkCost> = Vec::new();
    let mut deepest = None;
    for &depth in &ready.candidates {
        let settings = Settings {
            depth: Some(depth),
            device: timed_on.device.clone(),
            ..ready.settings.clone()
        };
        progress.say(&format!("timing steps at {depth} convolutions"));
        let timed = plan_by_time(&settings, analysis, progress)?;
        let Some(TimedPlan { settings, plan }) = timed else {
            return Ok(None);
        };
        let networks = crate::run::networks(&plan);
        let timed = costs(&settings, &networks, false, &mut |done, of| {
            progress.timing(Some((done, of)));
            !progress.is_cancelled()
        });
        progress.timing(None);
        let Some(timed) = timed? else { return Ok(None) };
        if let [base, capped] = timed.as_slice() {
            deepest.get_or_insert(*base);
            found.push(*capped);
        }
    }
    let images = [dataset.train.len(), dataset.test.len()];
    Ok(deepest.map(|deepest| Costs {
        deepest,
        candidates: found,
        work: Work {
            seeds: 1,
            ..Work::of(&ready.settings, images, false)
        },
    }))
}

/// A recommendation at work.
struct At<'a> {
    design: &'a Design,
    folder: &'a Path,
    prepared: &'a Prepared,
    /// Who trains the runs; none where this process does.
    trainers: Option<&'a Trainers<'a>>,
    progress: &'a dyn Progress,
    chosen: Chosen,
    spent: Spent,
    /// Runs that were begun, or found finished.
    begun: usize,
}

impl At<'_> {
    /// Trains what is left of a stage; none where the user stopped it.
    fn train(
        &mut self,
        stage: &Stage,
        depths: &[usize],
    ) -> Result<Option<Vec<RunData>>, StudyError> {
        let mut runs = Vec::new();
        let of = self.design.schedule.runs();
        if !self.spread(stage, depths)? {
            return Ok(None);
        }
        for (at, &depth) in depths.iter().enumerate() {
            self.begun += 1;
            if self.trainers.is_none() {
                self.progress.cell(self.begun, of);
                self.progress.say(&format!(
                    "{}, {} of {}: {depth} against {} convolutions",
                    stage.name.replace('-', " "),
                    at + 1,
                    depths.len(),
                    self.design.deepest
                ));
            }
            let mut cell = self.design.cell(self.folder, stage, depth);
            self.chosen.fill(&mut cell.settings, depth);
            if !matches!(cell.state()?, State::Finished(_)) {
                let plan = plan_pair(&cell.settings, &self.prepared.analysis)?;
                let begun = Instant::now();
                let trained = train_in_turn(&cell, self.prepared, &plan, self.progress);
                self.spent.add(begun, self.folder)?;
                if trained?.is_none() {
                    return Ok(None);
                }
            }
            let run = RunDirectory::open(&cell.path)?.load()?;
            self.chosen.learn(&run.manifest.settings, depth);
            runs.push(run);
        }
        Ok(Some(runs))
    }

    /// Trains what is left of a stage by workers or jobs, where it is not this process that trains; false where the user stopped
    /// it.
    ///
    /// The first run of all is trained before the others, to which it gives the deepest network's learning rate.
    fn spread(&mut self, stage: &Stage, depths: &[usize]) -> Result<bool, StudyError> {
        let Some(trainers) = self.trainers else {
            return Ok(true);
        };
        let (first, others) = depths.split_at(usize::from(self.begun == 0).min(depths.len()));
        let of = self.design.schedule.runs();
        let mut next = self.begun + 1;
        for depths in [first, others] {
            let mut tasks = Vec::new();
            for (&depth, number) in depths.iter().zip(next..) {
                let mut cell = self.design.cell(self.folder, stage, depth);
                self.chosen.fill(&mut cell.settings, depth);
                tasks.push(Task {
                    cell,
                    probe: false,
                    plan: None,
                    number,
                });
            }
            next += depths.len();
            let runs: Vec<PathBuf> = tasks.iter().map(|task| task.cell.path.clone()).collect();
            let begun = Instant::now();
            let through = trainers.train_whole(self.folder, tasks, of, self.progress);
            self.spent.add(begun, self.folder)?;
            if !through? {
                return Ok(false);
            }
            for (path, &depth) in runs.iter().zip(depths) {
                let manifest = RunDirectory::open(path)?.manifest()?;
                self.chosen.learn(&manifest.settings, depth);
            }
        }
        Ok(true)
    }
}

/// What was chosen in the first run of each network, and holds in all others: its learning rate, and how wide it is.
#[derive(Debug, Default)]
struct Chosen {
    deepest_rate: Option<f64>,
    rates: BTreeMap<usize, f64>,
    widths: BTreeMap<usize, f64>,
}

impl Chosen {
    fn fill(&self, settings: &mut Settings, depth: usize) {
        let recipe = &mut settings.recipe;
        let base = &mut recipe.baseline_learning_rate;
        *base = base.or(self.deepest_rate);
        let other = &mut recipe.capped_learning_rate;
        *other = other.or(self.rates.get(&depth).copied());
        let width = &mut settings.width_factor;
        *width = width.or(self.widths.get(&depth).copied());
    }

    fn learn(&mut self, settings: &Settings, depth: usize) {
        let recipe = &settings.recipe;
        self.deepest_rate = self.deepest_rate.or(recipe.baseline_learning_rate);
        let learned = [
            (&mut self.rates, recipe.capped_learning_rate),
            (&mut self.widths, settings.width_factor),
        ];
        for (known, value) in learned {
            known.extend(value.map(|value| (depth, value)));
        }
    }
}

/// Seconds at work so far, those before an interruption included.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Spent {
    seconds: f64,
}

impl Spent {
    fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(SPENT);
        if path.is_file() {
            return file::read_json(&path);
        }
        Ok(Self::default())
    }

    /// Adds the seconds since `begun` and keeps the sum.
    fn add(&mut self, begun: Instant, folder: &Path) -> Result<(), Error> {
        self.seconds += begun.elapsed().as_secs_f64();
        file::write_json(&folder.join(SPENT), self)
    }
}

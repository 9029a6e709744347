//! A recommendation made by hand, for tests: accuracies that saturate at 13 convolutions.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use super::candidates::rules;
use super::outcome::outcome as gathered;
use super::{Design, RecommendOutcome, Round, RoundOutcome, Schedule};
use crate::evidence::TestSet;
use crate::network::{Input, Spec, baseline};
use crate::run::{RunData, fixture, plan_pair, summarise_whole};
use crate::training::Role;

/// The images that choose.
const HELD_OUT: TestSet = TestSet {
    images: 500,
    most_frequent: 50,
};

/// A design with one round and a final over so many seeds.
pub fn design(seeds: usize) -> Design {
    let analysis = fixture::analysis();
    let seeds: Vec<u64> = (1..=seeds as u64).collect();
    let mut settings = fixture::manifest(&seeds, 40).settings;
    settings.dataset = "glyphs".to_owned();
    settings.architecture = "resnet-20".parse().unwrap();
    settings.recipe.holdout = Some(0.1);
    let spec: Spec = baseline(settings.architecture, Input::from(&analysis.profile)).unwrap();
    let aside = seeds.len() as u64 + 1;
    Design {
        version: "0.1.0".to_owned(),
        budget: "10m".parse().unwrap(),
        estimated_seconds: 522.0,
        seconds_per_seed: 90.0,
        deepest: 19,
        depths: vec![7, 9, 11, 13],
        schedule: Schedule {
            finalists: 2,
            epochs: 16,
            seeds,
            rounds: vec![Round {
                depths: 4,
                kept: 2,
                epochs: 8,
                seeds: vec![aside],
            }],
        },
        rules: rules(&settings, &analysis, &spec),
        settings,
    }
}

/// The outcome over so many seeds, with a final of 9 and 13 convolutions whose networks have these accuracies.
pub fn outcome_of(seeds: usize, accuracy: impl Fn(usize, u64) -> f64) -> RecommendOutcome {
    let design = design(seeds);
    let stages = design.stages();
    let runs = |stage: usize, depths: &[usize]| -> Vec<RunData> {
        let run = |&depth: &usize| run(&design, &stages[stage], depth, &accuracy);
        depths.iter().map(run).collect()
    };
    let mut round = RoundOutcome::of(&runs(0, &design.depths), 2, design.settings.margin);
    for standing in &mut round.standings {
        standing.kept = [9, 13].contains(&standing.conv_depth);
    }
    let folder = Path::new("runs/recommend-glyphs-resnet-20");
    gathered(&design, folder, vec![round], &runs(1, &[9, 13]), 546.0).unwrap()
}

/// Accuracies that saturate at 13 convolutions.
pub fn outcome(seeds: usize) -> RecommendOutcome {
    outcome_of(seeds, |depth, seed| {
        let plateau = match depth {
            ..9 => 0.8,
            9..13 => 0.889,
            13..19 => 0.8975,
            _ => 0.9,
        };
        plateau + ((seed * 7 + depth as u64) as f64).sin() * 0.002
    })
}

fn run(
    design: &Design,
    stage: &super::design::Stage,
    depth: usize,
    accuracy: &impl Fn(usize, u64) -> f64,
) -> RunData {
    let cell = design.cell(Path::new("runs"), stage, depth);
    let mut data = fixture::run(&stage.seeds, stage.epochs, stage.epochs);
    data.plan = plan_pair(&cell.settings, &data.analysis).unwrap();
    data.manifest.settings = cell.settings;
    data.manifest.holdout_set = Some(HELD_OUT);
    data.manifest.test_set = Some(HELD_OUT);
    data.path = cell.path;
    for row in &mut data.metrics {
        let network = match row.network {
            Role::Baseline => &data.plan.baseline,
            Role::Capped => data.plan.capped.as_ref().unwrap(),
        };
        let found = accuracy(network.conv_depth, row.seed);
        row.train_seconds *= match row.network {
            Role::Baseline => 1.0,
            Role::Capped => 0.6 + network.conv_depth as f64 / 30.0,
        };
        row.holdout_accuracy = Some(found);
        row.holdout_loss = Some(1.0 - found);
        row.test_accuracy = found;
    }
    let summary = summarise_whole(&data.manifest, &data.plan, &data.path, &data.metrics);
    data.summary = Some(summary);
    data
}

//! A sweep made by hand, for tests: accuracies that saturate at 9 convolutions whatever the entropy.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use super::{CapAt, Design, StepTimes, SweepOutcome, Variant, WrongCapAt};
use crate::depth::Unit;
use crate::network::{Cap, Input, Measured, Spec, baseline};
use crate::run::{RunData, fixture, summarise};
use crate::training::Role;

/// The outcome of a sweep over so many seeds.
pub fn outcome_of(seeds: usize, accuracy: impl Fn(usize, u64) -> f64) -> SweepOutcome {
    let (design, spec) = design(seeds);
    let folder = Path::new("runs/sweep-glyphs-resnet-14");
    let runs: Vec<Vec<RunData>> = (0..design.variants.len())
        .map(|variant| {
            let run = |&depth: &usize| run(&design, &spec, variant, depth, &accuracy);
            design.depths.iter().map(run).collect()
        })
        .collect();
    let measured = |share: f64| Measured {
        steps: 20,
        warm_up_steps: 2,
        device: "cpu".to_owned(),
        batch_size: 32,
        baseline_seconds_per_step: 0.5,
        capped_seconds_per_step: 0.5 * share,
        time_saved: 1.0 - share,
        interval: Some([0.99 - share, 1.01 - share]),
    };
    let steps = [(7, 0.5), (9, 0.7)].map(|(depth, share)| StepTimes {
        depth,
        same: measured(share),
        iso_macs: measured(share + 0.2),
    });
    super::outcome(&design, folder, &runs, steps.to_vec())
}

/// Accuracies that saturate at 9 convolutions.
pub fn outcome(seeds: usize) -> SweepOutcome {
    outcome_of(seeds, |depth, seed| {
        let plateau = if depth < 9 { 0.8 } else { 0.9 };
        plateau + (seed as f64 * 7.3 + depth as f64).sin() * 0.001
    })
}

fn design(seeds: usize) -> (Design, Spec) {
    let analysis = fixture::analysis();
    let seeds: Vec<u64> = (1..=seeds as u64).collect();
    let mut settings = fixture::manifest(&seeds, 1).settings;
    settings.dataset = "glyphs".to_owned();
    settings.architecture = "resnet-14".parse().unwrap();
    let spec = baseline(settings.architecture, Input::from(&analysis.profile)).unwrap();
    let cap = |depth| {
        let unit = Unit::Convolutions;
        CapAt::of(&spec, Cap { depth, unit })
    };
    let variant = |(dataset, entropy, own, wrong): (&str, f64, usize, usize)| Variant {
        dataset: dataset.to_owned(),
        entropy,
        cap: cap(own),
        wrong_cap: WrongCapAt {
            dataset: Some("glyphs-noise".to_owned()),
            at: cap(wrong),
        },
    };
    let variants = [
        ("glyphs-plain", 5.0, 5, 20),
        ("glyphs", 9.5, 10, 20),
        ("glyphs-noise", 19.2, 20, 5),
    ];
    let design = Design {
        version: "0.1.0".to_owned(),
        depths: vec![7, 9, 13],
        settings,
        variants: variants.map(variant).to_vec(),
    };
    (design, spec)
}

fn run(
    design: &Design,
    spec: &Spec,
    variant: usize,
    depth: usize,
    accuracy: &impl Fn(usize, u64) -> f64,
) -> RunData {
    let analysis = fixture::analysis();
    let cell = design.cell(Path::new("runs"), variant, depth);
    let seeds = &design.settings.recipe.seeds;
    let mut data = fixture::run(seeds, 1, 1);
    data.plan = design
        .plan(spec, variant, depth, analysis.chosen())
        .unwrap();
    data.manifest.settings = cell.settings;
    data.path = cell.path;
    for row in &mut data.metrics {
        let network = match row.network {
            Role::Baseline => &data.plan.baseline,
            Role::Capped => data.plan.capped.as_ref().unwrap(),
        };
        row.test_accuracy = accuracy(network.conv_depth, row.seed);
    }
    let summary = summarise(&data.manifest, &data.plan, &data.path, &data.metrics);
    data.summary = Some(summary);
    data
}

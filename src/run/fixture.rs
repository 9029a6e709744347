//! A run made by hand, for tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use super::files::claim;
use super::layout::{METRICS, SUMMARY};
use super::metrics::MetricsLog;
use super::{Host, Manifest, RunData, RunDirectory, Settings, summarise};
use crate::dataset::Shape;
use crate::depth::{Analysis, Reading, Rule};
use crate::entropy::{
    ChannelEntropy, ClassEntropy, Distribution, Estimator, Histogram, Moments, PooledHistogram,
    Profile,
};
use crate::network::{Input, NetworkSummary, Plan, PredictionSource, Spec, Stage, Width};
use crate::training::{EpochRecord, Role};

/// A run of `seeds` that asks for `epochs`, of which `finished` are trained; with a summary when all are.
pub fn run(seeds: &[u64], epochs: usize, finished: usize) -> RunData {
    let mut data = RunData {
        path: PathBuf::from("runs/20261124-140203-glyphs-resnet-50"),
        manifest: manifest(seeds, epochs),
        analysis: analysis(),
        plan: plan(),
        metrics: metrics(seeds, finished),
        summary: None,
        probes: None,
        samples: None,
        notes: super::Notes::default(),
    };
    if finished >= epochs {
        data.summary = Some(summarise(
            &data.manifest,
            &data.plan,
            &data.path,
            &data.metrics,
        ));
    }
    data
}

/// Writes a run below `out`.
pub fn on_disk(out: &Path, data: &RunData) -> RunDirectory {
    let mut manifest = data.manifest.clone();
    out.clone_into(&mut manifest.settings.out);
    let folder = claim(out, &manifest.folder_name()).unwrap();
    let filled = RunDirectory::fill(&folder, &manifest, &data.analysis, &data.plan, None);
    let (run, mut files) = filled.unwrap();
    let mut log = MetricsLog::open(&folder.join(METRICS)).unwrap();
    for row in &data.metrics {
        log.append(row, &mut files.announced(METRICS)).unwrap();
    }
    if let Some(summary) = &data.summary {
        files.replace_json(SUMMARY, summary).unwrap();
    }
    run
}

pub fn manifest(seeds: &[u64], epochs: usize) -> Manifest {
    let mut settings = Settings::resolve(&[]).unwrap();
    settings.reading = Rule::ChannelSum;
    settings.recipe.seeds = seeds.to_vec();
    settings.recipe.epochs = epochs;
    settings.automatic = crate::run::Automatic::default();
    settings.host = Host::default();
    Manifest {
        version: "0.1.0".to_owned(),
        created: "2026-11-24T14:02:03Z".parse().unwrap(),
        device: "cpu (2 threads)".to_owned(),
        data_fingerprint: "ab".repeat(32),
        settings_fingerprint: None,
        test_set: None,
        holdout_set: None,
        notes: Vec::new(),
        seeds_added: Vec::new(),
        settings,
        rate_check: None,
    }
}

pub fn analysis() -> Analysis {
    let information = information();
    let images = information.histogram.counts.iter().sum::<u64>() as usize;
    let reading = |name: Rule, value: f64, cap_interval: [usize; 2], fragility: &str| Reading {
        unit: name.unit(),
        name,
        value,
        cap: Rule::cap(value),
        cap_interval,
        fragility: fragility.to_owned(),
    };
    Analysis {
        profile: Profile {
            dataset: "glyphs".to_owned(),
            notes: Vec::new(),
            transform: Vec::new(),
            split: "train".to_owned(),
            skipped: Vec::new(),
            images,
            channels: 3,
            height: 32,
            width: 32,
            classes: 10,
            estimator: Estimator::PlugIn,
            image_information: information,
            grey: Moments {
                mean: 4.21,
                sd: 0.4,
            },
            joint_colour: Moments {
                mean: 6.37,
                sd: 0.5,
            },
            image_nats: None,
            channel_entropy: ["red", "green", "blue"]
                .map(|name| ChannelEntropy {
                    name: name.to_owned(),
                    mean: 3.8,
                    sd: 0.45,
                    quartiles: None,
                })
                .to_vec(),
            pooled_histogram: PooledHistogram {
                entropy: vec![7.6, 7.5, 7.4],
                sum: 22.5,
            },
            per_class: (0..10)
                .map(|class| ClassEntropy {
                    name: class.to_string(),
                    images: images / 10,
                    mean: 11.0 + f64::from(class) / 10.0,
                    sd: 1.2,
                    quartiles: None,
                })
                .collect(),
            estimates: Vec::new(),
            lossless: None,
            load_seconds: 0.31,
            seconds: 0.02,
            bytes: images as u64 * 3072,
        },
        readings: vec![
            reading(
                Rule::ChannelSum,
                11.4,
                [12, 12],
                "steady: no resample of 1,000 gives another cap",
            ),
            reading(
                Rule::ChannelSumMax,
                15.62,
                [15, 16],
                "90 of 1,000 resamples give 15",
            ),
            reading(
                Rule::GreyBlocks,
                4.21,
                [5, 5],
                "steady: no resample of 1,000 gives another cap",
            ),
            reading(
                Rule::DatasetHistogram,
                22.5,
                [23, 23],
                "steady: no resample of 1,000 gives another cap",
            ),
            reading(
                Rule::JointColour,
                6.37,
                [7, 7],
                "steady: no resample of 1,000 gives another cap",
            ),
        ],
        reading: Rule::ChannelSum,
        cap: 12,
        sample_curve: None,
        cached: false,
    }
}

fn information() -> Distribution {
    let edges: Vec<f64> = (0..=48).map(|edge| f64::from(edge) / 2.0).collect();
    let counts: Vec<u64> = edges[..48]
        .iter()
        .map(|&edge| (620.0 * (-((edge + 0.25 - 11.4) / 1.3).powi(2) / 2.0).exp()) as u64)
        .collect();
    Distribution {
        mean: 11.4,
        sd: 1.3,
        standard_error: 0.0206,
        min: 6.81,
        q1: 10.5,
        median: 11.41,
        q3: 12.3,
        p95: 13.5,
        max: 15.62,
        histogram: Histogram { edges, counts },
    }
}

pub fn plan() -> Plan {
    let spec = |stem_width: usize, blocks: [usize; 3]| Spec {
        architecture: "resnet-50".parse().unwrap(),
        input: Input {
            shape: Shape {
                channels: 3,
                height: 32,
                width: 32,
            },
            classes: 10,
        },
        stem_width,
        stem_stride: 1,
        head_width: None,
        stages: blocks
            .into_iter()
            .enumerate()
            .map(|(stage, blocks)| Stage {
                blocks,
                width: stem_width << stage,
                stride: if stage == 0 { 1 } else { 2 },
            })
            .collect(),
    };
    let summary = |spec: &Spec, name: &str, conv_depth, parameters, macs| NetworkSummary {
        name: name.to_owned(),
        conv_depth,
        blocks: spec.stages.iter().map(|stage| stage.blocks).collect(),
        widths: spec.stages.iter().map(|stage| stage.width).collect(),
        parameters,
        macs,
    };
    let baseline_spec = spec(16, [8, 8, 8]);
    let capped_spec = spec(26, [2, 2, 1]);
    Plan {
        dataset: "glyphs".to_owned(),
        architecture: "resnet-50".to_owned(),
        reading: Rule::ChannelSum,
        cap: 12,
        depth_override: false,
        floor: 7,
        raised_to_floor: false,
        width_policy: Width::Balanced,
        width_factor: None,
        width_measured: false,
        adaptation: None,
        baseline: summary(&baseline_spec, "resnet-50", 49, 758_554, 114_000_000),
        capped: Some(summary(
            &capped_spec,
            "resnet-50 capped at 11",
            11,
            256_734,
            62_100_000,
        )),
        predicted_time_saved: Some(0.389),
        prediction_source: PredictionSource::Macs,
        measured: None,
        predicted_seconds: None,
        baseline_spec,
        capped_spec: Some(capped_spec),
    }
}

/// Plausible records: accuracy rises, loss falls, the capped network is faster; the same on every call.
pub fn metrics(seeds: &[u64], epochs: usize) -> Vec<EpochRecord> {
    let mut rows = Vec::new();
    for &seed in seeds {
        for epoch in 1..=epochs {
            for network in Role::BOTH {
                let wobble =
                    ((seed * 31 + epoch as u64 * 7 + network as u64 * 3) % 11) as f64 / 11.0 - 0.5;
                let (speed, best, train_seconds) = match network {
                    Role::Baseline => (5.0, 0.935, 11.2 + 0.3 * wobble),
                    Role::Capped => (4.0, 0.938, 7.1 + 0.2 * wobble),
                };
                let progress = 1.0 - (-(epoch as f64) / speed).exp();
                let test_accuracy = 0.1 + (best - 0.1) * progress + 0.012 * wobble;
                rows.push(EpochRecord {
                    seed,
                    network,
                    epoch,
                    train_loss: 2.302 * (1.0 - progress) + 0.11 + 0.03 * wobble,
                    train_accuracy: 0.1 + 0.86 * progress,
                    test_loss: 2.302 * (1.0 - progress) + 0.2 - 0.05 * wobble,
                    test_accuracy,
                    train_seconds,
                    eval_seconds: 0.8,
                    images_per_second: 3968.0 / train_seconds,
                    learning_rate: 0.1 * (1.0 - epoch as f64 / (epochs as f64 + 1.0)),
                    data_wait_seconds: Some(0.004 * train_seconds),
                    holdout_loss: None,
                    holdout_accuracy: None,
                    kept_epoch: None,
                    gradient_norm: Some(2.4 * (1.0 - progress) + 0.3 + 0.1 * wobble),
                    gradient_norm_max: Some(4.8 * (1.0 - progress) + 0.9 + 0.2 * wobble),
                    train_joules: None,
                });
            }
        }
    }
    rows
}

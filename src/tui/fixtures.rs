//! Plausible data for the tests of this module: made by hand, not measured.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::app::{App, Effect, Loaded, Message, Samples, Start};
use crate::dataset::glyphs::Variant;
use crate::dataset::{Dataset, Entry, Shape, Source, Split, State};
use crate::depth::{Analysis, OwnRules, Reading, Rule, Unit};
use crate::entropy::{
    ChannelEntropy, ClassEntropy, Distribution, Estimator, Histogram, Moments, PooledHistogram,
    Profile,
};
use crate::evidence::{mean_interval, verdict};
use crate::network::{
    self, Architecture, Input, NetworkSummary, Plan, PredictionSource, Spec, Stage, Width,
};
use crate::run::{
    Manifest, NetworkResult, RunData, RunListing, RunStatus, SeedResult, Settings, Summary,
};
use crate::training::device::{DeviceInfo, Load, Precision};
use crate::training::{EpochRecord, Event, Recipe, Role};

pub fn now() -> Timestamp {
    "2026-11-24T14:02:07Z".parse().unwrap()
}

/// A number in 0..1 that depends on `seed` alone.
fn noise(seed: u64) -> f64 {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 31;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    (x >> 11) as f64 / (1_u64 << 53) as f64
}

pub fn settings() -> Settings {
    Settings {
        dataset: "glyphs".to_owned(),
        data_dir: None,
        data_dirs: Vec::new(),
        resize: None,
        label: None,
        unlabelled: false,
        limit: None,
        architecture: Architecture::ResNet { depth: 50 },
        reading: Rule::ChannelSum,
        depth: None,
        width: Width::Balanced,
        device: "auto".to_owned(),
        precision: Precision::F32,
        margin: 0.01,
        out: PathBuf::from("runs"),
        readings: OwnRules::default(),
        estimator: Estimator::PlugIn,
        lossless_images: None,
        recipe: Recipe {
            epochs: 20,
            batch_size: 128,
            learning_rate: 0.1,
            warmup_epochs: 1.0,
            momentum: 0.9,
            weight_decay: 0.0005,
            augment: true,
            crop_padding: 4,
            seeds: vec![1, 2, 3, 4, 5],
        },
    }
}

const SHAPE: Shape = Shape {
    channels: 3,
    height: 32,
    width: 32,
};

fn dataset() -> Dataset {
    let mut train = Split::default();
    for image in 0..640_u64 {
        let grain = image as f64 / 640.0;
        for channel in 0..3_u64 {
            for pixel in 0..1024_u64 {
                let (x, y) = ((pixel % 32) as f64 - 15.5, (pixel / 32) as f64 - 15.5);
                let ring = ((x * x + y * y).sqrt() - 9.0).abs() < 2.5;
                let ink = if ring {
                    200.0
                } else {
                    40.0 + 30.0 * channel as f64
                };
                let grit = (noise(image * 4096 + channel * 1024 + pixel) - 0.5) * 120.0 * grain;
                train.pixels.push((ink + grit).clamp(0.0, 255.0) as u8);
            }
        }
        train.labels.push((image % 10) as u32);
    }
    Dataset {
        name: "glyphs".to_owned(),
        shape: SHAPE,
        class_names: class_names(),
        train: Split {
            pixels: train.pixels.clone(),
            labels: train.labels.clone(),
        },
        test: train,
        flip_keeps_class: false,
    }
}

fn class_names() -> Vec<String> {
    [
        "ring", "cross", "bar", "wedge", "hook", "star", "wave", "grid", "arch", "dot",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn distribution() -> Distribution {
    let bins = 96_usize;
    let edges: Vec<f64> = (0..=bins).map(|edge| edge as f64 * 0.25).collect();
    let counts = edges[..bins]
        .iter()
        .map(|edge| {
            let z = (edge + 0.125 - 12.31) / 1.6;
            let tail = (edge + 0.125 - 9.0) / 1.2;
            (640.0 * (-z * z / 2.0).exp() + 120.0 * (-tail * tail / 2.0).exp()).round() as u64
        })
        .collect();
    Distribution {
        mean: 12.31,
        sd: 1.72,
        standard_error: 0.027,
        min: 6.02,
        q1: 11.20,
        median: 12.42,
        q3: 13.52,
        p95: 15.01,
        max: 17.63,
        histogram: Histogram { edges, counts },
    }
}

pub fn analysis() -> Analysis {
    let reading = |name: Rule, value: f64, interval: [usize; 2], fragility: &str| Reading {
        name,
        unit: name.unit(),
        value,
        cap: Rule::cap(value),
        cap_interval: interval,
        fragility: fragility.to_owned(),
    };
    let per_class = class_names()
        .into_iter()
        .enumerate()
        .map(|(index, name)| ClassEntropy {
            name,
            images: 400,
            mean: 11.2 + 2.4 * noise(index as u64 + 5),
            sd: 1.5,
        })
        .collect();
    let channel = |name: &str, mean: f64| ChannelEntropy {
        name: name.to_owned(),
        mean,
        sd: 0.61,
    };
    Analysis {
        profile: Profile {
            dataset: "glyphs".to_owned(),
            split: "train".to_owned(),
            images: 4000,
            channels: 3,
            height: 32,
            width: 32,
            classes: 10,
            estimator: Estimator::PlugIn,
            image_information: distribution(),
            grey: Moments {
                mean: 5.02,
                sd: 0.55,
            },
            joint_colour: Moments {
                mean: 8.31,
                sd: 0.72,
            },
            channel_entropy: vec![
                channel("red", 4.21),
                channel("green", 4.06),
                channel("blue", 4.04),
            ],
            pooled_histogram: PooledHistogram {
                entropy: vec![7.7, 7.6, 7.64],
                sum: 22.94,
            },
            per_class,
            estimates: Vec::new(),
            lossless: None,
            load_seconds: 0.35,
            seconds: 0.021,
            bytes: 12_288_000,
        },
        readings: vec![
            reading(
                Rule::ChannelSum,
                12.31,
                [13, 13],
                "no resample of 1,000 gives another cap",
            ),
            reading(
                Rule::ChannelSumMax,
                17.63,
                [17, 18],
                "37 of 1,000 resamples give 17",
            ),
            reading(
                Rule::GreyBlocks,
                5.02,
                [5, 6],
                "212 of 1,000 resamples give 5",
            ),
            reading(
                Rule::DatasetHistogram,
                22.94,
                [23, 23],
                "no resample of 1,000 gives another cap",
            ),
            reading(
                Rule::JointColour,
                8.31,
                [9, 9],
                "no resample of 1,000 gives another cap",
            ),
            reading(
                Rule::Lossless,
                11.42,
                [12, 12],
                "no resample of 1,000 gives another cap",
            ),
        ],
        reading: Rule::ChannelSum,
        cap: 13,
        sample_curve: None,
    }
}

fn summary_of(name: String, spec: &Spec) -> NetworkSummary {
    let mut side = spec.input.shape.height as u64;
    let mut channels = spec.stem_width as u64;
    let stem = spec.input.shape.channels as u64 * channels * 9;
    let (mut parameters, mut macs) = (stem, stem * side * side);
    for stage in &spec.stages {
        side /= stage.stride as u64;
        for _ in 0..stage.blocks {
            let width = stage.width as u64;
            let weights = 9 * (channels * width + width * width);
            parameters += weights + 4 * width;
            macs += weights * side * side;
            channels = width;
        }
    }
    let classes = spec.input.classes as u64;
    NetworkSummary {
        name,
        conv_depth: 1 + 2 * spec.stages.iter().map(|stage| stage.blocks).sum::<usize>(),
        blocks: spec.stages.iter().map(|stage| stage.blocks).collect(),
        widths: spec.stages.iter().map(|stage| stage.width).collect(),
        parameters: parameters + (channels + 1) * classes,
        macs: macs + channels * classes,
    }
}

/// A stand-in for [`network::plan`]: residual networks, capped by whole blocks from the last stage on.
#[expect(clippy::unnecessary_wraps, reason = "it has to be a planner")]
pub fn planner(
    dataset: &str,
    input: Input,
    architecture: Architecture,
    reading: &Reading,
    depth: Option<usize>,
    width: Width,
) -> Result<Plan, network::Error> {
    let Architecture::ResNet { depth: layers } = architecture;
    let spec = |blocks: [usize; 3], widths: [usize; 3]| Spec {
        architecture,
        input,
        stem_width: widths[0],
        stages: (0..3)
            .map(|stage| Stage {
                blocks: blocks[stage],
                width: widths[stage],
                stride: if stage == 0 { 1 } else { 2 },
            })
            .collect(),
    };
    let each = (layers - 2) / 6;
    let baseline_spec = spec([each; 3], [16, 32, 64]);
    let baseline = summary_of(architecture.to_string(), &baseline_spec);
    let wanted = match (depth, reading.unit) {
        (Some(depth), _) => (depth.max(1) - 1) / 2,
        (None, Unit::Convolutions) => (reading.cap.max(1) - 1) / 2,
        (None, Unit::Blocks) => reading.cap,
    };
    let blocks = wanted.max(3);
    let capped_spec = (blocks < 3 * each).then(|| {
        let factor = match width {
            Width::Same => 1.0,
            Width::IsoParams => 1.3,
            Width::Balanced => 1.625,
            Width::IsoMacs => 2.0,
        };
        let widths = [16.0, 32.0, 64.0].map(|channels: f64| (channels * factor) as usize);
        spec([blocks.div_ceil(3), (blocks + 1) / 3, blocks / 3], widths)
    });
    let capped = capped_spec.as_ref().map(|spec| {
        let depth = 1 + 2 * blocks;
        summary_of(format!("{architecture} capped at {depth}"), spec)
    });
    Ok(Plan {
        dataset: dataset.to_owned(),
        architecture: architecture.to_string(),
        reading: reading.name,
        cap: reading.cap,
        depth_override: depth.is_some(),
        floor: 7,
        raised_to_floor: wanted < 3,
        width_policy: width,
        predicted_time_saved: capped
            .as_ref()
            .map(|capped| 1.0 - capped.macs as f64 / baseline.macs as f64),
        baseline,
        capped,
        prediction_source: PredictionSource::Macs,
        baseline_spec,
        capped_spec,
    })
}

pub fn plan() -> Plan {
    let analysis = analysis();
    planner(
        "glyphs",
        Input {
            shape: SHAPE,
            classes: 10,
        },
        Architecture::ResNet { depth: 50 },
        analysis.of(Rule::ChannelSum),
        None,
        Width::Balanced,
    )
    .unwrap()
}

pub fn loaded() -> Arc<Loaded> {
    static LOADED: std::sync::OnceLock<Arc<Loaded>> = std::sync::OnceLock::new();
    Arc::clone(LOADED.get_or_init(make_loaded))
}

fn make_loaded() -> Arc<Loaded> {
    let dataset = dataset();
    let information: Vec<f64> = (0..640)
        .map(|image| 6.0 + 0.018 * f64::from(image))
        .collect();
    Arc::new(Loaded {
        source: Source::Glyphs(Variant::Textured),
        samples: Samples::pick(&dataset, &information, 6),
        dataset: Arc::new(dataset),
        analysis: analysis(),
    })
}

pub fn entries() -> Vec<Entry> {
    let entry = |source: Source, description: &'static str, state: State| Entry {
        source,
        description,
        state,
    };
    vec![
        entry(
            Source::Glyphs(Variant::Textured),
            "drawn glyphs, textured",
            State::Embedded,
        ),
        entry(
            Source::Glyphs(Variant::Plain),
            "drawn glyphs, flat",
            State::Embedded,
        ),
        entry(
            Source::Glyphs(Variant::Noise),
            "drawn glyphs under noise",
            State::Embedded,
        ),
        entry(
            Source::Mnist,
            "handwritten digits",
            State::Missing(
                "mnist was not found: put its four IDX files into ~/data/mnist, or give their folder with --data-dir DIR"
                    .to_owned(),
            ),
        ),
    ]
}

pub fn devices() -> Vec<DeviceInfo> {
    vec![
        DeviceInfo {
            name: "cuda".to_owned(),
            description: "NVIDIA GPU".to_owned(),
            usable: false,
            reason: Some("no NVIDIA driver is installed (libcuda was not found)".to_owned()),
            automatic: false,
        },
        DeviceInfo {
            name: "cpu".to_owned(),
            description: "AMD EPYC 9B45, 2 threads".to_owned(),
            usable: true,
            reason: None,
            automatic: true,
        },
    ]
}

fn record(seed: u64, network: Role, epoch: usize) -> EpochRecord {
    let key = seed * 10_000 + epoch as u64 * 2 + network as u64;
    let t = epoch as f64 / 20.0;
    let jitter = noise(key) - 0.5;
    let (top, pace, seconds) = match network {
        Role::Baseline => (0.934, 3.2, 11.2),
        Role::Capped => (0.937, 3.8, 7.1),
    };
    let accuracy = top * (1.0 - 0.72 * (-pace * t).exp()) + 0.03 * jitter * (1.0 - t);
    let train_seconds = seconds * (1.0 + 0.03 * jitter);
    EpochRecord {
        seed,
        network,
        epoch,
        train_loss: 2.1 * (-pace * t).exp() + 0.11 + 0.05 * jitter * (1.0 - t),
        train_accuracy: accuracy + 0.01,
        test_loss: 2.0 * (-pace * t).exp() + 0.2,
        test_accuracy: accuracy,
        train_seconds,
        eval_seconds: 0.4,
        images_per_second: 3968.0 / train_seconds,
        learning_rate: 0.1 * (1.0 - t),
    }
}

pub fn metrics(seeds: &[u64], epochs: usize) -> Vec<EpochRecord> {
    let mut rows = Vec::new();
    for &seed in seeds {
        for epoch in 1..=epochs {
            rows.extend(Role::BOTH.map(|network| record(seed, network, epoch)));
        }
    }
    rows
}

/// What a training says until `seed` has finished `epochs` epochs, and some steps of the next.
pub fn events_until(seed: u64, epochs: usize) -> Vec<Event> {
    let mut events = vec![
        Event::Started {
            device: "cpu (AMD EPYC 9B45, 2 threads)".to_owned(),
            train_images: 4000,
            test_images: 1000,
            steps_per_epoch: 31,
            epochs: 20,
            seeds: vec![1, 2, 3, 4, 5],
        },
        Event::WarmedUp {
            network: Role::Baseline,
            seconds: 1.0,
        },
        Event::WarmedUp {
            network: Role::Capped,
            seconds: 0.8,
        },
    ];
    for seed_now in 1..=seed {
        events.push(Event::SeedStarted { seed: seed_now });
        let (whole, more) = if seed_now < seed {
            (20, 0)
        } else {
            (epochs, 12)
        };
        for epoch in 1..=whole + usize::from(more > 0) {
            for network in Role::BOTH {
                let record = record(seed_now, network, epoch);
                let done = epoch <= whole;
                if !done && network == Role::Capped {
                    continue;
                }
                let before = if epoch == 1 {
                    2.3
                } else {
                    self::record(seed_now, network, epoch - 1).train_loss
                };
                for step in (3..=if done { 30 } else { more }).step_by(3) {
                    let share = step as f64 / 31.0;
                    let jitter = noise(seed_now * 77 + epoch as u64 * 1000 + step as u64) - 0.5;
                    events.push(Event::Step {
                        seed: seed_now,
                        network,
                        epoch,
                        step,
                        loss: before + (record.train_loss - before) * share + 0.12 * jitter,
                        learning_rate: 0.1,
                        images_per_second: record.images_per_second,
                    });
                }
                if done {
                    events.push(Event::Evaluating {
                        seed: seed_now,
                        network,
                        epoch,
                    });
                    events.push(Event::Epoch(record));
                    events.push(Event::Checkpointed {
                        seed: seed_now,
                        network,
                        epoch,
                    });
                }
            }
        }
        if seed_now < seed {
            events.push(Event::SeedFinished { seed: seed_now });
        }
    }
    events
}

pub fn load() -> Load {
    Load {
        process_memory: Some(1_240_000_000),
        machine_memory: Some(16_800_000_000),
        process_cores: Some(1.93),
        ..Load::default()
    }
}

pub fn summary(seeds: &[u64], dataset: &str, architecture: &str, shift: f64) -> Summary {
    let result = |seed: u64, network: Role| {
        let rows: Vec<EpochRecord> = metrics(&[seed], 20)
            .into_iter()
            .filter(|row| row.network == network)
            .collect();
        let last = rows.last().unwrap();
        let shift = if network == Role::Capped { shift } else { 0.0 };
        NetworkResult {
            test_accuracy: last.test_accuracy + shift + 0.006 * (noise(seed + 40) - 0.5),
            test_loss: last.test_loss,
            train_seconds: rows.iter().map(|row| row.train_seconds).sum(),
            images_per_second: last.images_per_second,
            parameters: 758_000,
            conv_depth: 49,
        }
    };
    let seeds: Vec<SeedResult> = seeds
        .iter()
        .map(|&seed| {
            let (baseline, capped) = (result(seed, Role::Baseline), result(seed + 9, Role::Capped));
            SeedResult {
                seed,
                time_saved: 1.0 - capped.train_seconds / baseline.train_seconds,
                accuracy_difference: capped.test_accuracy - baseline.test_accuracy,
                accuracy_difference_interval: None,
                baseline,
                capped,
            }
        })
        .collect();
    let differences: Vec<f64> = seeds.iter().map(|seed| seed.accuracy_difference).collect();
    let saved: Vec<f64> = seeds.iter().map(|seed| seed.time_saved).collect();
    Summary {
        run_dir: PathBuf::from("runs/2026-11-24-140207-glyphs-resnet-50"),
        dataset: dataset.to_owned(),
        architecture: architecture.to_owned(),
        reading: Rule::ChannelSum,
        cap: 13,
        device: "cpu (AMD EPYC 9B45, 2 threads)".to_owned(),
        precision: "f32".to_owned(),
        epochs: 20,
        batch_size: 128,
        seeds,
        time_saved: mean_interval(&saved),
        verdict: verdict(&differences, 0.01),
    }
}

pub fn listings() -> Vec<RunListing> {
    let listing = |created: &str,
                   dataset: &str,
                   architecture: &str,
                   cap: usize,
                   seeds: u64,
                   shift: Option<f64>| {
        let name = format!(
            "{}-{dataset}-{architecture}",
            created.replace([':', 'T', 'Z'], "-")
        );
        let all: Vec<u64> = (1..=seeds).collect();
        let summary = shift.map(|shift| summary(&all, dataset, architecture, shift));
        RunListing {
            path: PathBuf::from("runs").join(&name),
            name,
            created: created.parse().unwrap(),
            dataset: dataset.to_owned(),
            architecture: architecture.to_owned(),
            cap,
            seeds: seeds as usize,
            status: if summary.is_some() {
                RunStatus::Finished
            } else {
                RunStatus::Unfinished
            },
            summary,
        }
    };
    vec![
        listing(
            "2026-11-24T13:21:00Z",
            "glyphs",
            "resnet-50",
            13,
            5,
            Some(0.002),
        ),
        listing("2026-11-24T09:40:00Z", "glyphs", "resnet-110", 13, 5, None),
        listing(
            "2026-11-23T18:05:00Z",
            "mnist",
            "resnet-20",
            2,
            5,
            Some(-0.031),
        ),
        listing(
            "2026-11-20T11:30:00Z",
            "glyphs-noise",
            "resnet-56",
            22,
            3,
            Some(0.001),
        ),
        listing(
            "2025-12-31T23:10:00Z",
            "folder:flowers",
            "resnet-32",
            19,
            5,
            Some(-0.009),
        ),
    ]
}

pub fn run_data(listing: &RunListing) -> RunData {
    RunData {
        path: listing.path.clone(),
        manifest: Manifest {
            version: "0.1.0".to_owned(),
            created: listing.created,
            device: "cpu (AMD EPYC 9B45, 2 threads)".to_owned(),
            data_fingerprint: "5f1d".to_owned(),
            settings: settings(),
        },
        analysis: analysis(),
        plan: plan(),
        metrics: metrics(&[1, 2, 3], 20),
        summary: listing.summary.clone(),
    }
}

/// An app that has just begun, at a size.
pub fn fresh(columns: u16, rows: u16) -> App {
    let mut app = App::new(Start {
        settings: settings(),
        home: Some(PathBuf::from("/home/ada")),
        now: now(),
        zone: TimeZone::UTC,
        planner,
    });
    app.update(Message::Resize(columns, rows));
    app
}

/// An app that knows its datasets, devices and runs, and has profiled the first dataset.
pub fn ready(columns: u16, rows: u16) -> App {
    let mut app = fresh(columns, rows);
    let effects = app.update(Message::DatasetsListed(entries()));
    app.update(Message::DevicesListed(devices()));
    let Some(Effect::LoadDataset { job, .. }) = effects.first() else {
        panic!("the first dataset is not read: {effects:?}");
    };
    app.update(Message::Analysed {
        job: *job,
        loaded: loaded(),
    });
    let listings = listings();
    app.update(Message::RunsListed(listings.clone(), Vec::new()));
    app.update(Message::RunLoaded(Box::new(run_data(&listings[0]))));
    app
}

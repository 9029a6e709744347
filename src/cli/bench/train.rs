//! `bench train`: images per second of a network in training.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, anyhow};
use clap::Args;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;

use super::super::options::Global;
use super::super::output;
use super::median;
use crate::dataset::Shape;
use crate::format::{count, fixed, known};
use crate::kernels;
use crate::network::{Architecture, Input, Spec, baseline, scaled};
use crate::training::Recipe;
use crate::training::batches::{HostBatch, Images};
use crate::training::device::{self, Opened, Precision};
use crate::training::step::{Tally, Trainer};

/// Networks that are measured unless others are named.
const NETWORKS: [&str; 5] = [
    "resnet-20",
    "resnet-56",
    "densenet-40",
    "resnext-29",
    "efficientnet-b0",
];
const CLASSES: usize = 10;

/// How many images a second a network trains on: forward, backward and the step of the optimiser
///
/// Images are made up in memory, so that nothing is read or augmented. On a CPU every round trains each
/// network for some steps, one network after the other; a GPU finishes one network before the next.
/// Figures are medians over rounds.
#[derive(Args, Debug)]
pub struct Train {
    /// Architectures, such as resnet-20 [default: one or two of each family]
    #[arg(value_name = "ARCH")]
    architectures: Vec<String>,
    /// auto, cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// f32, or tf32 or bf16 on a GPU
    #[arg(long, value_name = "NAME", default_value = "f32")]
    precision: String,
    /// Images per step
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch_size: u32,
    /// Side of the images in pixels, three channels
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(4..=512))]
    side: u32,
    /// Multiply the networks' widths by X
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    width_factor: f64,
    /// Threads of the CPU [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    threads: Option<u32>,
    /// Rounds
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
    /// Steps of a network before the first round [default: 2 on a CPU, 8 on a GPU]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    warm_up: Option<u32>,
    /// Steps of a network in a round
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    steps: u32,
}

/// What `bench train --json` prints.
#[derive(Debug, Serialize)]
struct Figures {
    device: String,
    precision: Precision,
    threads: usize,
    batch_size: u32,
    side: u32,
    rounds: u32,
    steps: u32,
    optimised: bool,
    /// What the threads can do at most, products and sums in registers, in units of 10^9 operations per second;
    /// none for a device that is no CPU.
    peak_gflops: Option<f64>,
    networks: Vec<Network>,
}

/// One network's figures.
#[derive(Debug, Serialize)]
struct Network {
    architecture: String,
    width_factor: f64,
    parameters: u64,
    /// Products of one image's forward pass.
    macs: u64,
    /// Median over rounds.
    images_per_second: f64,
    /// Of each round, in order.
    of_rounds: Vec<f64>,
    /// Operations of convolutions and linear layers, forward and backward, in units of 10^9 per second.
    gflops: f64,
    /// Share of the measured peak. Kernels that get by with fewer products than the plain sum can pass 1.
    peak_share: Option<f64>,
}

impl Train {
    /// Measures and prints.
    ///
    /// # Errors
    /// One sentence on an unknown architecture or device.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let specs = self.specs()?;
        let opened = device::open(&self.device)?.with_precision(self.precision.parse()?)?;
        let threads = match self.threads {
            Some(threads) => threads as usize,
            None => std::thread::available_parallelism()?.get(),
        };
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        let bar = output::bar(global, "{msg:30} {bar:30} {pos} of {len}");
        bar.set_length(u64::from(self.rounds + 1) * specs.len() as u64);
        let mut speeds = vec![Vec::new(); specs.len()];
        let warm_up = self.warm_up.unwrap_or(opened.warm_up_steps() as u32);
        let mut peaks = Vec::new();
        // A GPU's memory is for one network at a time; on a CPU they take turns, so that its moods hit all of them.
        let cpu = kernels::serves_cpu(&opened.device);
        let together = if cpu { specs.len() } else { 1 };
        for (first, group) in (0..).step_by(together).zip(specs.chunks(together)) {
            let mut trainers: Vec<Option<Trainer>> = Vec::new();
            for (name, spec) in group {
                let trainer = Trainer::new(spec, &self.recipe(), 1, &opened.device)
                    .with_precision(opened.precision);
                let (trainer, recorded) = trainer.capture();
                recorded.map_err(|reason| {
                    anyhow!("a training step of {name} cannot be recorded: {reason}")
                })?;
                trainers.push(Some(trainer));
            }
            for round in 0..=self.rounds {
                if cpu {
                    peaks.push(pool.install(kernels::peak_gflops));
                }
                for (at, (name, spec)) in group.iter().enumerate() {
                    bar.set_message(name.clone());
                    let steps = if round == 0 { warm_up } else { self.steps };
                    let trainer = trainers[at]
                        .take()
                        .context("every network has its trainer")?;
                    let (trainer, seconds) = self.timed(&pool, &opened, trainer, spec, steps)?;
                    trainers[at] = Some(trainer);
                    if round > 0 {
                        speeds[first + at].push(f64::from(steps * self.batch_size) / seconds);
                    }
                    bar.inc(1);
                }
            }
        }
        bar.finish_and_clear();
        let peak_gflops = peaks.into_iter().reduce(f64::max);
        let networks = specs.iter().zip(speeds).map(|((name, spec), of_rounds)| {
            let images_per_second = median(of_rounds.iter().copied());
            let gflops = images_per_second * spec.macs() as f64 * 6.0 / 1e9;
            Network {
                architecture: name.clone(),
                width_factor: self.width_factor,
                parameters: spec.parameters(),
                macs: spec.macs(),
                images_per_second,
                of_rounds,
                gflops,
                peak_share: peak_gflops.map(|peak| gflops / peak),
            }
        });
        let figures = Figures {
            device: opened.description.clone(),
            precision: opened.precision,
            threads,
            batch_size: self.batch_size,
            side: self.side,
            rounds: self.rounds,
            steps: self.steps,
            optimised: super::OPTIMISED,
            peak_gflops,
            networks: networks.collect(),
        };
        if global.json {
            output::print_json(&figures)?;
        } else {
            show(&figures)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn specs(&self) -> anyhow::Result<Vec<(String, Spec)>> {
        let names: Vec<&str> = if self.architectures.is_empty() {
            NETWORKS.to_vec()
        } else {
            self.architectures.iter().map(String::as_str).collect()
        };
        let input = Input {
            shape: Shape {
                channels: 3,
                height: self.side as usize,
                width: self.side as usize,
            },
            classes: CLASSES,
        };
        names
            .into_iter()
            .map(|name| {
                let spec = baseline(name.parse::<Architecture>()?, input)?;
                let spec = scaled(&spec, self.width_factor)?;
                Ok((name.to_owned(), spec))
            })
            .collect()
    }

    fn recipe(&self) -> Recipe {
        Recipe {
            capped_epochs: None,
            epochs: 1,
            batch_size: self.batch_size as usize,
            learning_rate: 0.01,
            baseline_learning_rate: None,
            capped_learning_rate: None,
            rate_check: false,
            warmup_epochs: 0.0,
            momentum: 0.9,
            weight_decay: 5e-4,
            augment: false,
            crop_padding: 0,
            mirror: crate::training::Mirror::Auto,
            holdout: None,
            patience: None,
            seeds: vec![1],
        }
    }

    /// The trainer after `steps` steps, and their seconds.
    fn timed(
        &self,
        pool: &ThreadPool,
        opened: &Opened,
        mut trainer: Trainer,
        spec: &Spec,
        steps: u32,
    ) -> anyhow::Result<(Trainer, f64)> {
        let batch = self.batch(spec);
        let run = move || {
            opened.device.sync()?;
            let start = Instant::now();
            let mut tally = Tally::default();
            for _ in 0..steps {
                trainer = trainer.step(batch.clone(), 0.01, &mut tally)?;
            }
            opened.device.sync()?;
            let seconds = start.elapsed().as_secs_f64();
            // What the device could not compute shows where it is read.
            black_box(tally.read()?);
            Ok((trainer, seconds))
        };
        if kernels::serves_cpu(&opened.device) {
            pool.install(run)
        } else {
            run()
        }
    }

    /// Images of noise in all classes.
    fn batch(&self, spec: &Spec) -> HostBatch {
        let shape = spec.input.shape;
        let images = self.batch_size as usize;
        let values = (0..images * shape.bytes()).map(|index| {
            let hash = (index as u32).wrapping_mul(0x9E37_79B9);
            (hash ^ (hash >> 15)) as f32 / (1_u32 << 31) as f32 - 1.0
        });
        HostBatch {
            images: Images::Values(values.collect()),
            labels: (0..images).map(|index| (index % CLASSES) as i32).collect(),
            shape,
        }
    }
}

fn show(figures: &Figures) -> anyhow::Result<()> {
    output::print(&format!(
        "Images a second in training, medians of {} rounds of {} steps; batch {}, {}, {} threads, {}{}\n",
        figures.rounds,
        figures.steps,
        figures.batch_size,
        figures.precision,
        figures.threads,
        figures.device,
        super::NOT_OPTIMISED,
    ))?;
    let rows = figures
        .networks
        .iter()
        .map(|network| {
            vec![
                network.architecture.clone(),
                fixed(network.width_factor, 2),
                count(network.parameters),
                count(network.macs),
                fixed(network.images_per_second, 1),
                fixed(network.gflops, 0),
                known(network.peak_share, |share| {
                    format!("{} %", fixed(share * 100.0, 0))
                }),
            ]
        })
        .collect();
    output::print_table(&output::table(
        &[
            "network",
            "width",
            "parameters",
            "MACs",
            "images/s",
            "GFLOP/s",
            "of peak",
        ],
        &[0],
        rows,
    ))?;
    let Some(peak) = figures.peak_gflops else {
        return Ok(());
    };
    output::print(&format!(
        "\nThe peak is {} GFLOP/s, measured in the same run: products and sums in registers on {} threads. A network's\n\
         operations are those of plain convolutions, forward and backward; kernels that need fewer can pass the peak.",
        fixed(peak, 0),
        figures.threads,
    ))
}

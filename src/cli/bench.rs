//! `bench`: this machine's figures.

mod content;
mod frame;
mod train;

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand};
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use serde::Serialize;

use self::content::Content;
use self::frame::Frames;
use self::train::Train;
use super::options::Global;
use super::output;
use crate::dataset::{Dataset, Shape};
use crate::entropy::{Extent, count_bytes, sweep};
use crate::format::fixed;

/// Layouts that are measured: MNIST's, CIFAR's and ImageNet32's, STL-10's.
const SHAPES: [[usize; 3]; 3] = [[1, 28, 28], [3, 32, 32], [3, 96, 96]];
/// Parts in which the bare histogram takes the bytes: many more than cores, so that all are busy to the end.
const PARTS: usize = 256;
/// Whether this program is built as it is meant to be measured.
const OPTIMISED: bool = !cfg!(debug_assertions);
/// What follows the heading of figures.
const NOT_OPTIMISED: &str = if OPTIMISED {
    ""
} else {
    " (not an optimised build: these figures mean little)"
};

/// This machine's figures, as a table or as JSON
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui bench entropy
  ebcle-tui bench entropy --rounds 5 --json
  ebcle-tui bench train resnet-20 --batch-size 64 --threads 2
  ebcle-tui bench frame --points 100000 --columns 200 --rows 60")]
pub struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Entropy(Entropy),
    Train(Train),
    Frame(Frames),
}

/// How fast entropies are computed, beside the limit of a bare histogram
///
/// Images are made up in memory: `natural` ones are smooth with noise, their channels alike;
/// `random` ones are uniform noise. The limit is a 256-bin histogram of the same bytes, in eight
/// sub-histograms and nothing else. Every round measures the limit, the channels' entropies and the
/// full profile one after the other; figures are medians over rounds, ratios those of single rounds.
#[derive(Args, Debug)]
pub struct Entropy {
    /// Megabytes of pixels for each layout
    #[arg(long, value_name = "MB", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    megabytes: u32,
    /// Rounds
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: u32,
}

/// What `bench entropy --json` prints.
#[derive(Debug, Serialize)]
struct Figures {
    cores: usize,
    rounds: u32,
    optimised: bool,
    layouts: Vec<Layout>,
}

/// One layout and content on a number of cores. Speeds are gigabytes (10^9) of pixels a second.
#[derive(Debug, Serialize)]
struct Layout {
    channels: usize,
    height: usize,
    width: usize,
    content: Content,
    images: usize,
    cores: usize,
    /// Bare histogram.
    limit: f64,
    /// Entropy of each channel, with the pooled histogram.
    channel_entropy: f64,
    /// With grey level and joint colour.
    full: f64,
    channel_ratio: f64,
    full_ratio: f64,
    /// Shares of the full profile's time.
    shares: Shares,
}

/// Where the time of the full profile goes, as fractions of it.
#[derive(Debug, Serialize)]
struct Shares {
    channels: f64,
    grey: f64,
    joint_colour: f64,
}

impl Bench {
    /// Measures and prints.
    ///
    /// # Errors
    /// One sentence on an unknown network or device.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        match &self.what {
            What::Entropy(entropy) => entropy.run(global),
            What::Train(train) => train.run(global),
            What::Frame(frames) => frames.run(global),
        }
    }
}

impl Entropy {
    fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let cores = std::thread::available_parallelism()?.get();
        let bar = output::bar(global, "{msg:30} {bar:30} {pos} of {len}");
        bar.set_length(2 * SHAPES.len() as u64);
        let mut layouts = Vec::new();
        for [channels, height, width] in SHAPES {
            for content in Content::ALL {
                bar.set_message(format!("{channels}×{height}×{width} {content}"));
                let shape = Shape {
                    channels,
                    height,
                    width,
                };
                let dataset = content.dataset(shape, self.megabytes as usize * 1_000_000);
                let mut counts = vec![1];
                counts.extend((cores > 1).then_some(cores));
                for cores in counts {
                    layouts.push(self.measure(&dataset, content, cores)?);
                }
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        let figures = Figures {
            cores,
            rounds: self.rounds,
            optimised: OPTIMISED,
            layouts,
        };
        if global.json {
            output::print_json(&figures)?;
        } else {
            show(&figures)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn measure(&self, dataset: &Dataset, content: Content, cores: usize) -> anyhow::Result<Layout> {
        let pool = ThreadPoolBuilder::new().num_threads(cores).build()?;
        let bytes = dataset.train.pixels.len() as f64;
        let mut seconds: [Vec<f64>; 4] = Default::default();
        for round in 0..=self.rounds {
            let times = [
                timed(&pool, || bare(&dataset.train.pixels)),
                timed(&pool, || sweep(dataset, Extent::Channels)),
                timed(&pool, || sweep(dataset, Extent::Grey)),
                timed(&pool, || sweep(dataset, Extent::Full)),
            ];
            if round > 0 {
                for (all, time) in seconds.iter_mut().zip(times) {
                    all.push(time);
                }
            }
        }
        let [limit, channels, grey, full] = &seconds;
        let ratio = |of: &[f64]| median(limit.iter().zip(of).map(|(limit, of)| limit / of));
        let speed = |of: &[f64]| bytes / median(of.iter().copied()) / 1e9;
        let share = |of: &[f64]| median(of.iter().zip(full).map(|(of, full)| of / full)).min(1.0);
        let (to_channels, to_grey) = (share(channels), share(grey));
        Ok(Layout {
            channels: dataset.shape.channels,
            height: dataset.shape.height,
            width: dataset.shape.width,
            content,
            images: dataset.train.len(),
            cores,
            limit: speed(limit),
            channel_entropy: speed(channels),
            full: speed(full),
            channel_ratio: ratio(channels),
            full_ratio: ratio(full),
            shares: Shares {
                channels: to_channels,
                grey: (to_grey - to_channels).max(0.0),
                joint_colour: (1.0 - to_grey.max(to_channels)).max(0.0),
            },
        })
    }
}

/// Seconds of one run on a pool.
fn timed<T: Send>(pool: &ThreadPool, run: impl FnOnce() -> T + Send) -> f64 {
    pool.install(|| {
        let start = Instant::now();
        black_box(run());
        start.elapsed().as_secs_f64()
    })
}

/// Counts bytes in parallel and does nothing with the counts.
fn bare(bytes: &[u8]) -> u64 {
    bytes
        .par_chunks(bytes.len().div_ceil(PARTS).max(1))
        .map(|part| u64::from(black_box(count_bytes(part))[0]))
        .sum()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    crate::entropy::quantile(&values, 0.5)
}

fn show(figures: &Figures) -> anyhow::Result<()> {
    output::print(&format!(
        "GB/s of 8-bit pixels, medians of {} rounds; ratios to the bare histogram of the same rounds{}\n",
        figures.rounds, NOT_OPTIMISED,
    ))?;
    let header = [
        "layout", "content", "cores", "limit", "channels", "ratio", "full", "ratio", "channels",
        "grey", "joint",
    ];
    let percent = |fraction: f64| format!("{} %", fixed(fraction * 100.0, 0));
    let rows = figures
        .layouts
        .iter()
        .map(|layout| {
            vec![
                format!("{}×{}×{}", layout.channels, layout.height, layout.width),
                layout.content.to_string(),
                layout.cores.to_string(),
                fixed(layout.limit, 2),
                fixed(layout.channel_entropy, 2),
                fixed(layout.channel_ratio, 2),
                fixed(layout.full, 2),
                fixed(layout.full_ratio, 2),
                percent(layout.shares.channels),
                percent(layout.shares.grey),
                percent(layout.shares.joint_colour),
            ]
        })
        .collect();
    output::print_table(&output::table(&header, &[0, 1], rows))?;
    output::print(
        "\nThe last shares are where the time of the full profile goes: the channels, the grey level, the joint colour.",
    )
}

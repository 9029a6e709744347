//! `bench frame`: how fast the app draws a training.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::super::options::Global;
use super::super::output;
use crate::entropy::quantile;
use crate::format::{count, fixed};
use crate::run::{Layer, Settings, plan_pair};
use crate::tui::{Scene, frame_times};

/// How long the app takes to draw the Train screen
///
/// A training is made up in memory, so that nothing is trained. For every frame a loss comes in, all charts are computed and
/// drawn, and what has changed is encoded for the terminal, but not sent.
#[derive(Args, Debug)]
pub struct Frames {
    /// Losses inside epochs
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    points: u32,
    /// Seeds, all but the last of which are trained
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    seeds: u32,
    /// Epochs of each seed
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    epochs: u32,
    /// Columns of the terminal
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(80..=1000))]
    columns: u16,
    /// Rows of the terminal
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u16).range(24..=500))]
    rows: u16,
    /// Frames that are drawn
    #[arg(long = "frames", value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    count: u32,
}

/// What `bench frame --json` prints.
#[derive(Debug, Serialize)]
struct Figures {
    points: u32,
    seeds: u32,
    epochs: u32,
    columns: u16,
    rows: u16,
    frames: u32,
    optimised: bool,
    median_seconds: f64,
    p99_seconds: f64,
    max_seconds: f64,
}

impl Frames {
    /// Measures and prints.
    pub(super) fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let settings = global.resolve(Layer::default(), None)?;
        let settings = Settings {
            dataset: "glyphs".to_owned(),
            transform: Vec::new(),
            limit: None,
            ..settings
        };
        let analysis = output::profile(&settings, false, global)?;
        let plan = plan_pair(&settings, &analysis)?;
        let scene = Scene {
            points: self.points as usize,
            seeds: u64::from(self.seeds),
            epochs: self.epochs as usize,
            size: (self.columns, self.rows),
        };
        let mut seconds = frame_times(&settings, &plan, &scene, self.count as usize)?;
        seconds.sort_unstable_by(f64::total_cmp);
        let figures = Figures {
            points: self.points,
            seeds: self.seeds,
            epochs: self.epochs,
            columns: self.columns,
            rows: self.rows,
            frames: self.count,
            optimised: super::OPTIMISED,
            median_seconds: quantile(&seconds, 0.5),
            p99_seconds: quantile(&seconds, 0.99),
            max_seconds: quantile(&seconds, 1.0),
        };
        if global.json {
            output::print_json(&figures)?;
            return Ok(ExitCode::SUCCESS);
        }
        let milliseconds = |seconds: f64| fixed(seconds * 1e3, 2);
        output::print(&format!(
            "{} frames of {} × {} characters, {} losses, {} seeds of {} epochs{}\nmedian {} ms, 99th percentile {} ms, longest {} ms",
            count(u64::from(self.count)),
            self.columns,
            self.rows,
            count(u64::from(self.points)),
            self.seeds,
            self.epochs,
            super::NOT_OPTIMISED,
            milliseconds(figures.median_seconds),
            milliseconds(figures.p99_seconds),
            milliseconds(figures.max_seconds),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}

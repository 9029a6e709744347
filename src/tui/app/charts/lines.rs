//! The lines and bands of each chart.

use super::curves::{Curves, Places};
use super::points::smoothed;
use super::{Along, Chart, Charts, LoadSample};
use crate::evidence::Estimate;
use crate::run::{self, Band, Means};
use crate::training::{EpochRecord, Role};
use crate::tui::app::progress::{Points, StepLoss};

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Values inside epochs, not joined.
    Dots,
    /// What a smoothed line was before.
    Raw,
    /// One of several seeds.
    Seed,
    /// The mean over seeds, beside the line that is to be read first.
    Mean,
    /// What was predicted.
    Predicted,
    /// The line to be read first: the present seed, or the mean once all is over.
    Leading,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its network; none of both together.
    pub of: Option<Role>,
    pub kind: Kind,
    pub points: Points,
    /// Whether the network diverged where it ends.
    pub diverged: bool,
}

/// A band: x and its ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    pub of: Option<Role>,
    pub points: Vec<(f64, [f64; 2])>,
}

/// What the bands of a chart show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Means over so many seeds.
    Seeds(usize, Band),
    /// No band: beside the present seed is one that was trained before.
    Other,
    /// The interval over the epochs of one seed.
    Epochs,
}

impl Shown {
    /// In words, and in few characters.
    pub fn in_words(self) -> [String; 2] {
        match self {
            Self::Seeds(seeds, Band::Interval) => {
                [format!("{seeds} seeds, band: 95 %"), "95 %".to_owned()]
            }
            Self::Seeds(seeds, Band::Extremes) => [
                format!("{seeds} seeds, band: min to max"),
                "min–max".to_owned(),
            ],
            Self::Other => ["thin: previous seed".to_owned(), String::new()],
            Self::Epochs => ["band: 95 % over epochs".to_owned(), "95 %".to_owned()],
        }
    }
}

/// What is drawn in a chart, the later lines above.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lines {
    pub strips: Vec<Strip>,
    pub all: Vec<Line>,
    /// What the bands show, if there are any.
    pub shown: Option<Shown>,
    /// Text where there is no line.
    pub empty: &'static str,
}

impl Lines {
    fn add(&mut self, of: Option<Role>, kind: Kind, points: Points) {
        self.all.push(Line {
            of,
            kind,
            points,
            diverged: false,
        });
    }

    /// The line whose values are told: the one to be read first, before it was smoothed.
    pub fn told(&self, of: Option<Role>) -> Option<&Line> {
        let find = |kind| {
            let mut lines = self.all.iter();
            lines.find(|line| line.of == of && line.kind == kind && !line.points.is_empty())
        };
        find(Kind::Raw)
            .or_else(|| find(Kind::Leading))
            .or_else(|| find(Kind::Mean))
    }
}

impl Curves<'_> {
    /// The lines of a chart.
    pub fn lines(&self, chart: Chart, charts: &Charts) -> Lines {
        let places = Places::new(self, self.along(charts));
        let weight = if chart.is_smoothed() {
            charts.smoothing.weight()
        } else {
            0.0
        };
        let mut lines = match (chart, chart.of_epoch()) {
            (_, Some(value)) => self.over_epochs(&places, charts, weight, value),
            (Chart::Load, None) if self.has_gpu() => self.load_lines(&places, weight, |sample| {
                sample.gpu_use.map(|share| share * 100.0)
            }),
            (Chart::Load, None) => self.load_lines(&places, weight, |sample| sample.cores),
            (Chart::Power, None) => self.load_lines(&places, weight, |sample| sample.gpu_watts),
            (_, None) => self.saved_lines(&places, charts),
        };
        match chart {
            Chart::Loss => self.add_steps(&places, &mut lines, |step| Some(step.loss)),
            Chart::GradientNorm => {
                self.add_steps(&places, &mut lines, |step| step.gradient_norm);
            }
            _ => {}
        }
        lines.empty = self.empty(chart);
        lines
    }

    /// Whether the load of a GPU is known.
    pub fn has_gpu(&self) -> bool {
        self.loads.iter().any(|sample| sample.gpu_use.is_some())
    }

    /// Whether there are epochs, and none with a value of this chart.
    fn lacks(&self, chart: Chart) -> bool {
        let Some(value) = chart.of_epoch() else {
            return false;
        };
        let mut rows = self.metrics.iter();
        !self.metrics.is_empty() && rows.all(|row| value(row).is_nan())
    }

    /// What a chart without a line says.
    fn empty(&self, chart: Chart) -> &'static str {
        match chart {
            Chart::Load | Chart::Power if self.seed.is_none() => "not recorded",
            Chart::Power if !self.loads.is_empty() => "this device reports no power",
            Chart::Load | Chart::Power => "after the first seconds",
            Chart::Energy if self.lacks(chart) && self.seed.is_some() => {
                "this device counts no energy"
            }
            Chart::GradientNorm | Chart::Energy if self.lacks(chart) => "not recorded",
            _ if self.over => "no epoch was finished",
            Chart::Loss | Chart::GradientNorm => "after the first steps",
            Chart::Saved => "after the first epoch of both",
            _ => "after the first epoch",
        }
    }

    fn over_epochs(
        &self,
        places: &Places,
        charts: &Charts,
        weight: f64,
        value: fn(&EpochRecord) -> f64,
    ) -> Lines {
        let mut lines = Lines::default();
        let seeds = self.seeds();
        for role in Role::BOTH {
            let of_seed = |seed: u64| -> Points {
                let place = places.of_seed(self, seed, role);
                let points = run::curve(self.metrics, seed, role, value);
                placed(points, |epoch| place.at(epoch))
            };
            for &seed in seeds.iter().filter(|seed| Some(**seed) != self.seed) {
                let diverged = self.has_diverged(seed, role);
                if diverged || charts.each_seed && seeds.len() > 1 {
                    lines.all.push(Line {
                        of: Some(role),
                        kind: Kind::Seed,
                        points: of_seed(seed),
                        diverged,
                    });
                }
            }
            let means = run::means_over_seeds(self.metrics, role, value);
            let place = places.of_mean(self, role);
            let present = self.seed.map(of_seed);
            let alone = seeds.len() < 2 && seeds.last().copied() == self.seed;
            if !alone {
                lines.add_strip(Some(role), &means, |epoch| place.at(epoch), (1.0, weight));
            }
            let mean = placed(of_means(&means, 1.0), |epoch| place.at(epoch));
            match present {
                None => lines.add_leading(Some(role), mean, weight),
                Some(points) => {
                    if !alone && !mean.is_empty() && mean != points {
                        if means.seeds == 1 {
                            lines.shown = Some(Shown::Other);
                        }
                        lines.add(Some(role), Kind::Mean, smooth_or(mean, weight));
                    }
                    lines.add_leading(Some(role), points, weight);
                    if let (Some(seed), Some(line)) = (self.seed, lines.all.last_mut()) {
                        line.diverged = self.has_diverged(seed, role);
                    }
                }
            }
        }
        // Both leading lines lie above all else.
        lines.all.sort_by_key(|line| line.kind == Kind::Leading);
        lines
    }

    fn has_diverged(&self, seed: u64, role: Role) -> bool {
        self.diverged
            .iter()
            .any(|diverged| (diverged.seed, diverged.network) == (seed, role))
    }

    /// Values inside the epochs of the present seed, below all else.
    fn add_steps(&self, places: &Places, lines: &mut Lines, value: fn(&StepLoss) -> Option<f64>) {
        let Some(seed) = self.seed else {
            return;
        };
        let place = Role::BOTH.map(|role| places.of_seed(self, seed, role));
        // In one pass, and without growing: these are by far the most points.
        let mut of_both = [0; 2].map(|_| Points::with_capacity(self.steps.len()));
        for step in self.steps.iter().filter(|step| step.seed == seed) {
            let network = step.network as usize;
            if let Some(value) = value(step) {
                of_both[network].push((place[network].at(step.at), value));
            }
        }
        for (role, points) in Role::BOTH.into_iter().zip(of_both) {
            let line = Line {
                of: Some(role),
                kind: Kind::Dots,
                points,
                diverged: false,
            };
            lines.all.insert(0, line);
        }
    }

    fn saved_lines(&self, places: &Places, charts: &Charts) -> Lines {
        let mut lines = Lines::default();
        let saving = self.saving;
        let axis = self.axis(charts);
        if let Some(predicted) = self.predicted
            && !saving.means.points.is_empty()
        {
            let ends = [axis.low, axis.high].map(|x| (x, predicted * 100.0));
            lines.add(None, Kind::Predicted, ends.to_vec());
        }
        let of_seed = |seed: u64| -> Points {
            let place = places.of_seed(self, seed, Role::Baseline);
            let points = saving.seeds.get(&seed).cloned().unwrap_or_default();
            placed(points, |epoch| place.at(epoch))
                .into_iter()
                .map(|(x, y)| (x, y * 100.0))
                .collect()
        };
        if charts.each_seed && saving.seeds.len() > 1 {
            for &seed in saving.seeds.keys().filter(|seed| Some(**seed) != self.seed) {
                lines.add(None, Kind::Seed, of_seed(seed));
            }
        }
        let place = places.of_mean(self, Role::Baseline);
        let mut means = saving.means.clone();
        if means.seeds == 1 {
            // Over two epochs the interval is as wide as the chart is high.
            for (epoch, estimate) in &mut means.points {
                estimate.interval = estimate.interval.filter(|_| *epoch > 2.0);
            }
        }
        lines.add_strip(None, &means, |epoch| place.at(epoch), (100.0, 0.0));
        if means.seeds == 1 && !lines.strips.is_empty() {
            lines.shown = Some(Shown::Epochs);
        }
        let mean = placed(of_means(&means, 100.0), |epoch| place.at(epoch));
        let present = self.seed.map(of_seed).filter(|points| !points.is_empty());
        match present {
            Some(points) if points != mean => {
                if means.seeds == 1 && lines.shown.is_none() {
                    lines.shown = Some(Shown::Other);
                }
                lines.add(None, Kind::Mean, mean);
                lines.add(None, Kind::Leading, points);
            }
            _ => lines.add(None, Kind::Leading, mean),
        }
        lines
    }

    fn load_lines(
        &self,
        places: &Places,
        weight: f64,
        value: impl Fn(&LoadSample) -> Option<f64>,
    ) -> Lines {
        let mut lines = Lines::default();
        let Some(seed) = self.seed else {
            return lines;
        };
        for role in Role::BOTH {
            let place = places.of_seed(self, seed, role);
            let samples = self.loads.iter();
            let points = samples
                .filter(|sample| sample.network == role && sample.seed == seed)
                .filter_map(|sample| Some((place.at(sample.at), value(sample)?)))
                .collect();
            lines.add_leading(Some(role), points, weight);
        }
        lines.all.sort_by_key(|line| line.kind == Kind::Leading);
        lines
    }
}

impl Lines {
    /// Adds a line to be read first; where it is smoothed, as it was behind it.
    fn add_leading(&mut self, of: Option<Role>, points: Points, weight: f64) {
        if weight > 0.0 {
            let smooth = smoothed(&points, weight);
            self.add(of, Kind::Raw, points);
            self.add(of, Kind::Leading, smooth);
        } else {
            self.add(of, Kind::Leading, points);
        }
    }

    /// Adds the band of means, `times` as large as they are, its ends smoothed as the means are.
    fn add_strip(
        &mut self,
        of: Option<Role>,
        means: &Means,
        place: impl Fn(f64) -> f64,
        (times, weight): (f64, f64),
    ) {
        let end = |at: usize| {
            let ends = means.points.iter().filter_map(|(epoch, estimate)| {
                Some((place(*epoch), estimate.interval?[at] * times))
            });
            smooth_or(ends.collect(), weight)
        };
        let both = end(0).into_iter().zip(end(1));
        let points: Vec<(f64, [f64; 2])> =
            both.map(|((x, low), (_, high))| (x, [low, high])).collect();
        if points.is_empty() {
            return;
        }
        self.strips.push(Strip { of, points });
        if let Some(band) = means.band() {
            self.shown = Some(Shown::Seeds(means.seeds, band));
        }
    }
}

fn of_means(means: &Means, times: f64) -> Points {
    let mean = |(epoch, estimate): &(f64, Estimate)| (*epoch, estimate.mean * times);
    means.points.iter().map(mean).collect()
}

fn placed(points: Points, place: impl Fn(f64) -> f64) -> Points {
    let points = points.into_iter();
    points.map(|(epoch, y)| (place(epoch), y)).collect()
}

fn smooth_or(points: Points, weight: f64) -> Points {
    if weight > 0.0 {
        smoothed(&points, weight)
    } else {
        points
    }
}

/// The value along the x axis in words: `epoch 12`, `step 372`, `134 s`, `5,410 J`.
pub fn x_in_words(along: Along, x: f64) -> String {
    use crate::tui::format::{count, fixed};
    match along {
        Along::Epochs if (x - x.round()).abs() < 0.005 => format!("epoch {}", fixed(x, 0)),
        Along::Epochs => format!("epoch {}", fixed(x, 2)),
        Along::Steps => format!("step {}", count(x.max(0.0).round() as u64)),
        Along::Seconds if x < 100.0 => format!("{} s", fixed(x, 1)),
        Along::Seconds => format!("{} s", count(x.round() as u64)),
        Along::Joules if x < 100.0 => format!("{} J", fixed(x, 1)),
        Along::Joules => format!("{} J", count(x.round() as u64)),
    }
}

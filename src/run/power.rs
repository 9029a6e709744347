//! What a number of seeds can show, before anything is trained.

use std::path::Path;

use serde::Serialize;

use super::Settings;
use super::listing::summaries_of;
use crate::evidence::{MIN_SEEDS, margin_shown, seeds_needed};
use crate::format::{fixed, number_of};

/// Standard deviation over seeds of the difference of accuracy where no earlier run tells one.
const ASSUMED_SD: f64 = 0.006;
/// A true loss of accuracy beside none.
const LOSS: f64 = 0.001;

/// What the seeds of a run can show with a power of 0.8, by the test of its verdict over seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Power {
    /// Seeds that it is about: those of the settings, and at least as many as a verdict needs.
    pub seeds: usize,
    /// Standard deviation over seeds of the difference of accuracy, a fraction.
    pub sd: f64,
    /// Earlier runs of this dataset and architecture that it is from; 0 where it is assumed.
    pub runs: usize,
    /// The smallest margin that so many seeds show where the networks are equally accurate.
    pub margin_shown: Option<f64>,
    /// The margin of the settings as a fraction of accuracy; null where it depends on a baseline of which no run tells.
    pub margin: Option<f64>,
    /// Seeds that show that margin where the networks are equally accurate; null where more than 10,000 would be needed.
    pub seeds_needed: Option<usize>,
    /// The same where the capped network truly loses 0.001 of accuracy.
    pub seeds_needed_at_loss: Option<usize>,
}

/// What finished runs say of one dataset and architecture.
#[derive(Default)]
struct Seen {
    runs: usize,
    squares: f64,
    freedom: f64,
    baselines: Vec<f64>,
}

impl Seen {
    /// The runs below `out`.
    fn below(out: &Path, dataset: &str, architecture: &str) -> Self {
        let mut seen = Self::default();
        for summary in summaries_of(out, dataset, architecture) {
            let baselines = summary.seeds.iter().map(|seed| seed.baseline.test_accuracy);
            seen.baselines.extend(baselines);
            let differences = summary.seeds.iter().map(|seed| seed.accuracy_difference);
            seen.add(&differences.collect::<Vec<f64>>());
        }
        seen
    }

    fn add(&mut self, differences: &[f64]) {
        if differences.len() < 2 {
            return;
        }
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        self.runs += 1;
        self.squares += differences
            .iter()
            .map(|one| (one - mean).powi(2))
            .sum::<f64>();
        self.freedom += differences.len() as f64 - 1.0;
    }

    /// The standard deviation within runs, pooled over them; `None` without a spread.
    fn sd(&self) -> Option<f64> {
        let sd = (self.squares / self.freedom).sqrt();
        (sd.is_finite() && sd > 0.0).then_some(sd)
    }
}

impl Power {
    /// Of the runs of `dataset` and `architecture` below the settings' folder.
    #[must_use]
    pub fn of(settings: &Settings, dataset: &str, architecture: &str) -> Self {
        Self::seen(settings, &Seen::below(&settings.out, dataset, architecture))
    }

    fn seen(settings: &Settings, seen: &Seen) -> Self {
        let sd = seen.sd().unwrap_or(ASSUMED_SD);
        let seeds = settings.recipe.seeds.len().max(MIN_SEEDS);
        let margin = Some(settings.margin.beside(&seen.baselines)).filter(|one| one.is_finite());
        let needed = |difference: f64| seeds_needed(sd, margin?, difference, MIN_SEEDS);
        Self {
            seeds,
            sd,
            runs: if seen.sd().is_some() { seen.runs } else { 0 },
            margin_shown: margin_shown(sd, seeds, 0.0),
            margin,
            seeds_needed: needed(0.0),
            seeds_needed_at_loss: needed(-LOSS),
        }
    }

    /// What the seeds can show and how many the margin needs, one sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let points = |fraction: f64| fixed(fraction * 100.0, 2);
        let spread = if self.runs == 0 {
            format!(
                "an assumed spread of {} points between seeds",
                points(self.sd)
            )
        } else {
            format!(
                "the spread seen on this data ({} points between seeds, in {})",
                points(self.sd),
                number_of(self.runs, "run", "runs")
            )
        };
        let shown = self.margin_shown.map(points).unwrap_or_default();
        let mut sentence = format!(
            "{} seeds show that a loss is below {shown} points, with 80 % power, at {spread}",
            self.seeds
        );
        if let Some(margin) = self.margin {
            let needed = |seeds: Option<usize>| {
                seeds.map_or_else(|| "more than 10,000".to_owned(), |seeds| seeds.to_string())
            };
            let more = format!(
                "; a margin of {} points needs {} seeds, or {} if the capped network truly loses {} points",
                points(margin),
                needed(self.seeds_needed),
                needed(self.seeds_needed_at_loss),
                fixed(LOSS * 100.0, 1)
            );
            sentence.push_str(&more);
        }
        sentence
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::Margin;

    fn settings(seeds: u64, margin: Margin) -> Settings {
        let mut settings = Settings::default();
        settings.recipe.seeds = (1..=seeds).collect();
        settings.margin = margin;
        settings
    }

    /// By scipy 1.17's noncentral t distribution, `nct.sf(t.ppf(0.975, 14), 14, d * sqrt(15)) = 0.8` solved for d and times
    /// the spread, and seed by seed: 0.467 points; 0.5 points take 14 seeds, 20 at a true loss of 0.1.
    #[test]
    fn an_assumed_spread_is_said_to_be_one() {
        let power = Power::seen(&settings(15, Margin::Absolute(0.005)), &Seen::default());
        assert!((power.margin_shown.unwrap() - 0.004_668_140_445).abs() < 1e-9);
        assert_eq!(
            (power.seeds_needed, power.seeds_needed_at_loss),
            (NEEDED[0], NEEDED[1])
        );
        let said = power.sentence();
        assert!(
            said.contains("15 seeds show that a loss is below 0.47 points"),
            "{said}"
        );
        assert!(said.contains("an assumed spread of 0.60 points"), "{said}");
        assert_eq!(
            Power::seen(&settings(1, Margin::default()), &Seen::default()).seeds,
            5
        );
    }

    const NEEDED: [Option<usize>; 2] = [Some(14), Some(20)];

    /// Variances 0.0001 over two degrees of freedom and 0.0004 over one: pooled 0.0002.
    #[test]
    fn spreads_of_earlier_runs_are_pooled() {
        let mut seen = Seen {
            baselines: vec![0.9, 0.8],
            ..Seen::default()
        };
        seen.add(&[0.01, 0.02, 0.0]);
        seen.add(&[0.0, 0.028_284_271_25]);
        seen.add(&[0.5]);
        assert!((seen.sd().unwrap().powi(2) - 0.0002).abs() < 1e-9);
        let power = Power::seen(&settings(5, Margin::OfError(0.1)), &seen);
        assert_eq!(power.runs, 2);
        assert!((power.margin.unwrap() - 0.015).abs() < 1e-12);
        assert!(
            power
                .sentence()
                .contains("seen on this data (1.41 points between seeds, in 2 runs)")
        );
        let unknown = Power::seen(&settings(5, Margin::OfError(0.1)), &Seen::default());
        assert_eq!((unknown.margin, unknown.seeds_needed), (None, None));
        assert!(!unknown.sentence().contains("a margin of"));
    }
}

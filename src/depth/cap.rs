//! Caps with their intervals.

use serde::{Deserialize, Serialize};

use super::{Rule, Unit};
use crate::entropy::{Measurement, Profile};

/// One rule applied to one profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The rule.
    pub name: Rule,
    /// What the cap counts.
    pub unit: Unit,
    /// The statistic in bits.
    pub value: f64,
    /// The cap.
    pub cap: usize,
    /// Two-sided 95 % percentile interval of the cap over bootstrap resamples of the images.
    pub cap_interval: [usize; 2],
    /// How often resamples give another cap, as a sentence.
    pub fragility: String,
}

/// A profile with every reading of it; what `analyze --json` prints and `profile.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// The profile.
    #[serde(flatten)]
    pub profile: Profile,
    /// All readings, in the order of [`Rule::ALL`].
    pub readings: Vec<Reading>,
    /// The chosen rule.
    pub reading: Rule,
    /// Its cap.
    pub cap: usize,
}

impl Analysis {
    /// The same profile with another rule chosen.
    #[must_use]
    pub fn with_reading(mut self, rule: Rule) -> Self {
        self.reading = rule;
        self.cap = self.of(rule).cap;
        self
    }

    /// The reading by `rule`.
    ///
    /// # Panics
    /// Never for an analysis made by [`analyse`]: it holds every rule.
    #[must_use]
    pub fn of(&self, rule: Rule) -> &Reading {
        #[expect(clippy::expect_used, reason = "analyse fills in every rule")]
        self.readings
            .iter()
            .find(|reading| reading.name == rule)
            .expect("an analysis holds every rule")
    }
}

/// Applies every rule to a measurement; intervals from `resamples` bootstrap resamples of the images, seeded by `seed`.
#[must_use]
pub fn analyse(measurement: &Measurement, rule: Rule, resamples: usize, seed: u64) -> Analysis {
    let _ = (measurement, rule, resamples, seed);
    todo!()
}

//! Which estimate of an entropy?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How an entropy is estimated from a histogram of counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// `-Σ p log2 p` over the observed frequencies.
    #[default]
    PlugIn,
    /// Plug-in plus `(occupied bins - 1) / (2 N ln 2)` bits (Miller 1955), since plug-in is biased low.
    MillerMadow,
}

impl Estimator {
    /// Both, plug-in first.
    pub const ALL: [Self; 2] = [Self::PlugIn, Self::MillerMadow];

    /// Its name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PlugIn => "plug-in",
            Self::MillerMadow => "miller-madow",
        }
    }
}

impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An estimator that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown estimator '{0}': use plug-in or miller-madow")]
pub struct UnknownEstimator(pub String);

impl FromStr for Estimator {
    type Err = UnknownEstimator;

    fn from_str(text: &str) -> Result<Self, UnknownEstimator> {
        Self::ALL
            .into_iter()
            .find(|estimator| estimator.name() == text)
            .ok_or_else(|| UnknownEstimator(text.to_owned()))
    }
}

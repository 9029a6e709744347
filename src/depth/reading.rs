//! The named rules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::entropy::Profile;

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Convolutional layers along the main path; shortcut projections and squeeze-excite layers not counted.
    Convolutions,
    /// Residual blocks (or a family's nearest equivalent).
    Blocks,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Convolutions => "convolutions",
            Self::Blocks => "blocks",
        })
    }
}

/// A reading of the heuristic: which statistic of the profile, rounded up, is the cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// `ceil(mean S)` convolutions.
    #[default]
    ChannelSum,
    /// `ceil(max S)` convolutions.
    ChannelSumMax,
    /// `ceil(mean grey-level entropy)` blocks.
    GreyBlocks,
    /// `ceil(Σ channels of the pooled histogram's entropy)` convolutions.
    DatasetHistogram,
    /// `ceil(mean entropy of the joint colour)` convolutions.
    JointColour,
}

impl Rule {
    /// All rules, default first.
    pub const ALL: [Self; 5] = [
        Self::ChannelSum,
        Self::ChannelSumMax,
        Self::GreyBlocks,
        Self::DatasetHistogram,
        Self::JointColour,
    ];

    /// Its name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChannelSum => "channel-sum",
            Self::ChannelSumMax => "channel-sum-max",
            Self::GreyBlocks => "grey-blocks",
            Self::DatasetHistogram => "dataset-histogram",
            Self::JointColour => "joint-colour",
        }
    }

    /// The rule as a formula.
    #[must_use]
    pub const fn formula(self) -> &'static str {
        match self {
            Self::ChannelSum => "ceil(mean S)",
            Self::ChannelSumMax => "ceil(max S)",
            Self::GreyBlocks => "ceil(mean grey H)",
            Self::DatasetHistogram => "ceil(sum of pooled H)",
            Self::JointColour => "ceil(mean joint H)",
        }
    }

    /// What its cap counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::GreyBlocks => Unit::Blocks,
            _ => Unit::Convolutions,
        }
    }

    /// The statistic it rounds up, in bits.
    #[must_use]
    pub fn value(self, profile: &Profile) -> f64 {
        match self {
            Self::ChannelSum => profile.image_information.mean,
            Self::ChannelSumMax => profile.image_information.max,
            Self::GreyBlocks => profile.grey.mean,
            Self::DatasetHistogram => profile.pooled_histogram.sum,
            Self::JointColour => profile.joint_colour.mean,
        }
    }

    /// Rounds a statistic in bits up to a cap; at least 1, since no network has no layer.
    ///
    /// A whole number of bits that floating-point rounding has raised by less than 1e-9 stays that number.
    #[must_use]
    pub fn cap(bits: f64) -> usize {
        ((bits - 1e-9).ceil() as usize).max(1)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A reading that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("unknown reading '{name}': use one of {known}")]
pub struct Error {
    /// What was asked for.
    pub name: String,
    /// The known names.
    pub known: String,
}

impl FromStr for Rule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|rule| rule.name() == text)
            .ok_or_else(|| Error {
                name: text.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }
}

//! The named rules.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use super::own::OwnRule;
use super::statistics::Statistics;
use crate::entropy::Profile;
use crate::format::number_of;

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Convolutional layers along the main path; shortcut projections and squeeze-excite layers not counted.
    Convolutions,
    /// Residual blocks (or a family's nearest equivalent).
    Blocks,
}

impl Unit {
    /// Its name in six columns.
    #[must_use]
    pub const fn short(self) -> &'static str {
        match self {
            Self::Convolutions => "conv.",
            Self::Blocks => "blocks",
        }
    }

    /// So many of it, in few columns: `7 conv.`, `1 block`.
    #[must_use]
    pub fn in_short(self, count: usize) -> String {
        match self {
            Self::Convolutions => format!("{count} {}", self.short()),
            Self::Blocks => self.of(count),
        }
    }

    /// The same with the first letter of its name, for a narrow column: `7c`, `1b`.
    #[must_use]
    pub fn in_letter(self, count: usize) -> String {
        let letter = match self {
            Self::Convolutions => 'c',
            Self::Blocks => 'b',
        };
        format!("{count}{letter}")
    }

    /// So many of it: `1 block`, `7 convolutions`.
    #[must_use]
    pub fn of(self, count: usize) -> String {
        match self {
            Self::Convolutions => number_of(count, "convolution", "convolutions"),
            Self::Blocks => number_of(count, "block", "blocks"),
        }
    }
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
///
/// It is written by its name. A rule of the user's own that is read back by its name alone has lost what it stands
/// for, until [`OwnRules::defined`](super::OwnRules::defined) gives it back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Rule {
    /// `ceil(mean entropy of all values of an image together, in nats)` blocks: the statistic of the first author's
    /// script, in this project's unit.
    #[default]
    ImageNats,
    /// The same in convolutions.
    ImageNatsConvolutions,
    /// `ceil(mean S)` convolutions.
    ChannelSum,
    /// `ceil(max S)` convolutions.
    ChannelSumMax,
    /// `ceil(mean grey-level entropy)` blocks.
    GreyBlocks,
    /// `ceil(Σ channels of the pooled histogram's entropy)` convolutions.
    DatasetHistogram,
    /// `ceil(mean entropy of the joint colour)` convolutions.
    JointColour,
    /// `ceil(mean bits per pixel under a lossless coder)` convolutions.
    Lossless,
    /// An expression of the user's own.
    Own(Arc<OwnRule>),
}

impl Rule {
    /// All built-in rules, default first.
    pub const ALL: [Self; 8] = [
        Self::ImageNats,
        Self::ImageNatsConvolutions,
        Self::ChannelSum,
        Self::ChannelSumMax,
        Self::GreyBlocks,
        Self::DatasetHistogram,
        Self::JointColour,
        Self::Lossless,
    ];

    /// The rule of this name; of one that is not built in only the name is known.
    pub(super) fn of_name(name: &str) -> Self {
        name.parse().unwrap_or_else(|_| OwnRule::named(name))
    }

    /// The rule of the user's own that it is.
    #[must_use]
    pub fn own(&self) -> Option<&OwnRule> {
        match self {
            Self::Own(own) => Some(own),
            _ => None,
        }
    }

    /// Its name on the command line and in JSON.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ImageNats => "image-nats",
            Self::ImageNatsConvolutions => "image-nats-convolutions",
            Self::ChannelSum => "channel-sum",
            Self::ChannelSumMax => "channel-sum-max",
            Self::GreyBlocks => "grey-blocks",
            Self::DatasetHistogram => "dataset-histogram",
            Self::JointColour => "joint-colour",
            Self::Lossless => "lossless",
            Self::Own(rule) => rule.name(),
        }
    }

    /// The rule as a formula.
    #[must_use]
    pub fn formula(&self) -> &str {
        match self {
            Self::ImageNats | Self::ImageNatsConvolutions => "ceil(mean H of an image in nats)",
            Self::ChannelSum => "ceil(mean S)",
            Self::ChannelSumMax => "ceil(max S)",
            Self::GreyBlocks => "ceil(mean grey H)",
            Self::DatasetHistogram => "ceil(sum of pooled H)",
            Self::JointColour => "ceil(mean joint H)",
            Self::Lossless => "ceil(mean lossless bits per pixel)",
            Self::Own(rule) => rule.expression(),
        }
    }

    /// Where it is from, in a few words.
    #[must_use]
    pub const fn origin(&self) -> &'static str {
        match self {
            Self::ImageNats | Self::ImageNatsConvolutions => "the author's statistic, our unit",
            Self::Own(_) => "your own rule",
            _ => "our reading; the paper's abstract gives no rule",
        }
    }

    /// What its cap counts.
    #[must_use]
    pub fn unit(&self) -> Unit {
        match self {
            Self::ImageNats | Self::GreyBlocks => Unit::Blocks,
            Self::Own(rule) => rule.unit(),
            _ => Unit::Convolutions,
        }
    }

    /// A cap of it with its [unit](Self::unit): `8 blocks`; the number alone where only the name of a rule of the user's own
    /// is known.
    #[must_use]
    pub fn counted(&self, cap: usize) -> String {
        match self {
            Self::Own(rule) if rule.definition().is_none() => cap.to_string(),
            _ => self.unit().of(cap),
        }
    }

    /// The unit of the statistic that it rounds up; none of the user's own rules, whose statistic is a depth.
    #[must_use]
    pub const fn value_unit(&self) -> Option<&'static str> {
        match self {
            Self::ImageNats | Self::ImageNatsConvolutions => Some("nats"),
            Self::Own(_) => None,
            _ => Some("bits"),
        }
    }

    /// The statistic it rounds up, in its [unit](Self::value_unit); none where it was not measured, or is no number.
    #[must_use]
    pub fn value(&self, profile: &Profile) -> Option<f64> {
        match self {
            Self::ImageNats | Self::ImageNatsConvolutions => {
                profile.image_nats.as_ref().map(|nats| nats.mean)
            }
            Self::ChannelSum => Some(profile.image_information.mean),
            Self::ChannelSumMax => Some(profile.image_information.max),
            Self::GreyBlocks => Some(profile.grey.mean),
            Self::DatasetHistogram => Some(profile.pooled_histogram.sum),
            Self::JointColour => Some(profile.joint_colour.mean),
            Self::Lossless => profile.lossless.as_ref().map(|lossless| lossless.mean),
            Self::Own(rule) => rule
                .value(&Statistics::of(profile))
                .filter(|value| value.is_finite()),
        }
    }

    /// Rounds a statistic up to a cap; at least 1, since no network has no layer.
    ///
    /// A whole number that floating-point rounding has raised by less than 1e-9 stays that number.
    #[must_use]
    pub fn cap(value: f64) -> usize {
        ((value - 1e-9).ceil() as usize).max(1)
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::of_name(&String::deserialize(deserializer)?))
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
                known: Self::ALL.each_ref().map(Self::name).join(", "),
            })
    }
}

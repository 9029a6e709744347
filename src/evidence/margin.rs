//! The loss of accuracy that still counts as no worse.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A non-inferiority margin, declared before training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Margin {
    /// A fraction of accuracy: 0.01 is one percentage point.
    Absolute(f64),
    /// A share of the baseline's error, its mean over the seeds: of 0.1 and a baseline that is right for 90 % of the test
    /// images, one percentage point.
    OfError(f64),
}

/// What cannot be a margin.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MarginError(String);

impl Margin {
    /// As a fraction of accuracy, beside baselines of these test accuracies; not a number where it depends on them and there are
    /// none.
    #[must_use]
    pub fn beside(self, baselines: &[f64]) -> f64 {
        match self {
            Self::Absolute(margin) => margin,
            Self::OfError(share) => {
                let mean = baselines.iter().sum::<f64>() / baselines.len() as f64;
                share * (1.0 - mean)
            }
        }
    }

    /// The share of the baseline's error, of a margin that is one.
    #[must_use]
    pub const fn share(self) -> Option<f64> {
        match self {
            Self::Absolute(_) => None,
            Self::OfError(share) => Some(share),
        }
    }

    /// Such as `1 point` or `10 % of the baseline's error`.
    #[must_use]
    pub fn in_words(self) -> String {
        match self {
            Self::Absolute(margin) => percentage_points(margin),
            Self::OfError(share) => format!("{} % of the baseline's error", percent(share)),
        }
    }

    /// This margin, if it is above nothing and below everything.
    ///
    /// # Errors
    /// One sentence on what is wrong.
    pub fn checked(self) -> Result<Self, MarginError> {
        let within = |value: f64| value > 0.0 && value < 1.0;
        match self {
            Self::Absolute(margin) if !within(margin) => Err(MarginError(format!(
                "margin must lie between 0 and 1 (0.01 is one percentage point of accuracy), not {margin}"
            ))),
            Self::OfError(share) if !within(share) => Err(MarginError(format!(
                "a margin in percent of the baseline's error must lie between 0 and 100, not {}",
                percent(share)
            ))),
            _ => Ok(self),
        }
    }
}

impl Default for Margin {
    fn default() -> Self {
        Self::Absolute(0.01)
    }
}

impl From<f64> for Margin {
    fn from(margin: f64) -> Self {
        Self::Absolute(margin)
    }
}

fn percent(share: f64) -> f64 {
    (share * 1e10).round() / 1e8
}

/// Such as `1 point` or `0.5 points`.
pub(super) fn percentage_points(fraction: f64) -> String {
    let points = (fraction * 1e6).round() / 1e4;
    let noun = if points.to_bits() == 1.0_f64.to_bits() {
        "point"
    } else {
        "points"
    };
    format!("{points} {noun}")
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absolute(margin) => margin.fmt(f),
            Self::OfError(share) => write!(f, "{}%", percent(*share)),
        }
    }
}

impl FromStr for Margin {
    type Err = MarginError;

    fn from_str(text: &str) -> Result<Self, MarginError> {
        let wrong = |_| {
            MarginError(format!(
                "'{text}' is not a margin: use a fraction of accuracy such as 0.01, or a share of the baseline's error such as 10%"
            ))
        };
        let text = text.trim();
        match text.strip_suffix('%') {
            Some(percent) => percent
                .trim_end()
                .parse()
                .map(|percent: f64| Self::OfError(percent / 100.0)),
            None => text.parse().map(Self::Absolute),
        }
        .map_err(wrong)
    }
}

/// A number, or a text such as `10%`.
impl Serialize for Margin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absolute(margin) => serializer.serialize_f64(*margin),
            Self::OfError(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Margin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(margin) => Ok(Self::Absolute(margin)),
            Either::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_read_and_written() {
        for (text, margin, shown, words) in [
            ("0.01", Margin::Absolute(0.01), "0.01", "1 point"),
            (
                "10%",
                Margin::OfError(0.1),
                "10%",
                "10 % of the baseline's error",
            ),
            (
                " 2.5 % ",
                Margin::OfError(0.025),
                "2.5%",
                "2.5 % of the baseline's error",
            ),
        ] {
            let read: Margin = text.parse().unwrap();
            assert_eq!(
                (read, read.to_string(), read.in_words()),
                (margin, shown.to_owned(), words.to_owned())
            );
            let json = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<Margin>(&json).unwrap(), read);
        }
        assert!(
            "ten"
                .parse::<Margin>()
                .unwrap_err()
                .to_string()
                .contains("'ten' is not a margin")
        );
        for wrong in ["0", "1", "-0.1", "nan", "0%", "100%", "nan%"] {
            assert!(
                wrong.parse::<Margin>().unwrap().checked().is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_share_is_of_the_mean_error() {
        assert!((Margin::OfError(0.1).beside(&[0.9, 0.8]) - 0.015).abs() < 1e-12);
        assert!(Margin::OfError(0.1).beside(&[]).is_nan());
        assert!((Margin::Absolute(0.02).beside(&[]) - 0.02).abs() < 1e-12);
    }
}

//! The time that a recommendation may take.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::run::Error;

/// Longest budget: a year, in seconds.
const MOST: f64 = 365.0 * 86_400.0;

/// Seconds of training that a recommendation may take, such as `90s`, `10m` or `1h30m`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Budget(f64);

impl Budget {
    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> f64 {
        self.0
    }

    /// The least budget to be typed that holds so many seconds: in steps of 10 seconds, of minutes from 3 minutes on, of 10
    /// minutes from 2 hours on.
    #[must_use]
    pub fn holding(seconds: f64) -> Self {
        let step = match seconds {
            seconds if seconds < 180.0 => 10.0,
            seconds if seconds < 7_200.0 => 60.0,
            _ => 600.0,
        };
        Self((seconds / step).ceil() * step)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.round() as u64;
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        for (number, unit) in [(hours, "h"), (minutes, "m"), (rest, "s")] {
            if number > 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Budget {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || {
            Error::Setting(format!(
                "'{text}' is no budget: write numbers with their unit, such as 90s, 10m or 1h30m"
            ))
        };
        let mut rest = text.trim();
        let mut seconds = 0.0;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
            let (number, unit) = rest.split_at(end.ok_or_else(wrong)?);
            let number: f64 = number.parse().map_err(|_| wrong())?;
            let unit = unit.trim_start();
            let end = unit.find(|letter: char| !letter.is_alphabetic());
            let (unit, after) = unit.split_at(end.unwrap_or(unit.len()));
            seconds += number
                * match unit {
                    "s" => 1.0,
                    "m" | "min" => 60.0,
                    "h" => 3_600.0,
                    _ => return Err(wrong()),
                };
            rest = after.trim_start();
        }
        if seconds <= 0.0 {
            return Err(Error::Setting(format!(
                "a budget of {text} leaves no time to train: use for example 10m"
            )));
        }
        if seconds > MOST {
            return Err(Error::Setting(format!(
                "a budget of {text} is more than a year: use less"
            )));
        }
        Ok(Self(seconds))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_numbers_with_units() {
        let read = |text: &str| text.parse::<Budget>().unwrap();
        for (text, seconds, shown) in [
            ("90s", 90.0, "1m30s"),
            ("10m", 600.0, "10m"),
            (" 1h30m ", 5_400.0, "1h30m"),
            ("1.5h", 5_400.0, "1h30m"),
            ("2 min", 120.0, "2m"),
        ] {
            assert!((read(text).seconds() - seconds).abs() < 1e-9, "{text}");
            assert_eq!(read(text).to_string(), shown);
        }
        for text in [
            "", "10", "m", "10x", "-5m", "1.2.3m", "10m5", "ten", "1e3s", "∞",
        ] {
            let said = text.parse::<Budget>().unwrap_err().to_string();
            assert!(said.contains("is no budget"), "{text}: {said}");
        }
        for (text, part) in [
            ("0s", "leaves no time"),
            ("0h0m", "leaves no time"),
            ("99999h", "a year"),
        ] {
            let said = text.parse::<Budget>().unwrap_err().to_string();
            assert!(said.contains(part), "{text}: {said}");
        }
    }

    #[test]
    fn the_least_budget_is_rounded_up_and_can_be_typed() {
        for (seconds, shown) in [
            (0.1, "10s"),
            (61.0, "1m10s"),
            (250.0, "5m"),
            (7_201.0, "2h10m"),
        ] {
            let least = Budget::holding(seconds);
            assert!(least.seconds() >= seconds);
            assert_eq!(least.to_string(), shown);
            assert_eq!(shown.parse::<Budget>().unwrap(), least);
        }
    }
}

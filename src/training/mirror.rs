//! Whether training images are mirrored.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// Whether half of the training images are mirrored (left and right change places).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mirror {
    /// Where it is known that a mirrored image belongs to the same class: see
    /// [`crate::dataset::Dataset::flip_keeps_class`].
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl Mirror {
    /// Whether the dataset decides.
    #[must_use]
    pub const fn is_auto(&self) -> bool {
        matches!(self, Self::Auto)
    }

    /// Whether images are mirrored, of which `keeps_class` says whether a mirror is known to keep their class.
    #[must_use]
    pub const fn decide(self, keeps_class: bool) -> bool {
        match self {
            Self::Auto => keeps_class,
            Self::On => true,
            Self::Off => false,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

impl From<bool> for Mirror {
    fn from(mirrored: bool) -> Self {
        if mirrored { Self::On } else { Self::Off }
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Mirror {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "on" | "true" => Ok(Self::On),
            "off" | "false" => Ok(Self::Off),
            _ => Err(format!("mirror is auto, on or off, not '{text}'")),
        }
    }
}

impl<'de> Deserialize<'de> for Mirror {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Truth(bool),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Truth(truth) => Ok(truth.into()),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

//! From a baseline and a cap to the capped, broader network.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Error, Spec};
use crate::depth::Unit;

/// A limit on depth, with what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The limit.
    pub depth: usize,
    /// What it counts.
    pub unit: Unit,
}

/// How a capped network is broadened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Width {
    /// About half of the MACs that depth saves are spent on width.
    #[default]
    Balanced,
    /// As many parameters as the baseline, never more MACs.
    IsoParams,
    /// As many MACs as the baseline.
    IsoMacs,
    /// The baseline's widths.
    Same,
}

impl Width {
    /// All policies, default first.
    pub const ALL: [Self; 4] = [Self::Balanced, Self::IsoParams, Self::IsoMacs, Self::Same];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::IsoParams => "iso-params",
            Self::IsoMacs => "iso-macs",
            Self::Same => "same",
        }
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Width {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|width| width.name() == text)
            .ok_or_else(|| Error::UnknownWidth {
                name: text.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }
}

/// The capped, broader counterpart of `baseline`; `None` where the baseline is not deeper than the cap.
#[must_use]
pub fn capped(baseline: &Spec, cap: Cap, width: Width) -> Option<Spec> {
    let _ = (baseline, cap, width);
    todo!()
}

//! Names of architectures as users type them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// A network of a known family, by its published name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Architecture {
    /// The CIFAR form of ResNet, 6n + 2 layers (He et al. 2015, section 4.2).
    ResNet {
        /// Weighted layers: 6n + 1 convolutions and one fully connected layer.
        depth: usize,
    },
}

impl Architecture {
    /// Architectures that are offered without typing a name.
    #[must_use]
    pub fn suggested() -> Vec<Self> {
        [20, 32, 44, 50, 56, 110]
            .map(|depth| Self::ResNet { depth })
            .to_vec()
    }

    /// The family's name, such as `resnet`.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::ResNet { .. } => "resnet",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResNet { depth } => write!(f, "resnet-{depth}"),
        }
    }
}

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownArchitecture {
            name: text.to_owned(),
        };
        let depth = text.strip_prefix("resnet-").ok_or_else(unknown)?;
        let depth: usize = depth.parse().map_err(|_| unknown())?;
        if depth >= 8 && depth % 6 == 2 {
            return Ok(Self::ResNet { depth });
        }
        let below = (depth.max(8) - 2) / 6 * 6 + 2;
        let nearest = if depth < 8 {
            "resnet-8".to_owned()
        } else {
            format!("resnet-{below} and resnet-{}", below + 6)
        };
        Err(Error::IllegalDepth {
            family: "resnet".to_owned(),
            depth,
            rule: "6n + 2".to_owned(),
            nearest,
        })
    }
}

impl TryFrom<String> for Architecture {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Architecture> for String {
    fn from(architecture: Architecture) -> Self {
        architecture.to_string()
    }
}

//! Names of architectures as users type them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Error;

/// Growth rate of a `DenseNet` whose name gives none.
const USUAL_GROWTH: usize = 12;
/// Cardinality and group width of a `ResNeXt` whose name gives none.
const USUAL_GROUPS: (usize, usize) = (8, 64);
/// Largest depth that a name may give.
const DEEPEST: usize = 2_000;
/// Largest growth rate, and largest product of cardinality and group width, that a name may give.
const BROADEST: usize = 8_192;

/// A network of a known family, by its published name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Architecture {
    /// The CIFAR form of ResNet, 6n + 2 layers (He et al. 2015, section 4.2).
    ResNet {
        /// Weighted layers: 6n + 1 convolutions and one fully connected layer.
        depth: usize,
    },
    /// `DenseNet`, 3n + 4 layers, or `DenseNet-BC`, 6n + 4 layers (Huang et al. 2017, section 4).
    DenseNet {
        /// Weighted layers: convolutions and one fully connected layer.
        depth: usize,
        /// Channels that every layer adds.
        growth: usize,
        /// Whether it is the BC form: 1x1 bottlenecks, and transitions that halve the channels.
        bottleneck: bool,
    },
    /// The CIFAR form of `ResNeXt`, 9n + 2 layers (Xie et al. 2017, section 5.3).
    ResNeXt {
        /// Weighted layers: 9n + 1 convolutions and one fully connected layer.
        depth: usize,
        /// Groups of each 3x3 convolution.
        cardinality: usize,
        /// Channels of a group in the first stage; every stage doubles them.
        width: usize,
    },
    /// `EfficientNet` (Tan and Le 2019).
    EfficientNet(Variant),
}

/// A scale of `EfficientNet`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// The searched network.
    B0,
    /// 1.1 times its depth.
    B1,
    /// 1.1 times its width, 1.2 times its depth.
    B2,
}

impl Variant {
    /// All variants.
    pub const ALL: [Self; 3] = [Self::B0, Self::B1, Self::B2];

    /// Its name, such as `b0`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::B0 => "b0",
            Self::B1 => "b1",
            Self::B2 => "b2",
        }
    }
}

/// The depths of a family: `step` n + `offset`, n at least 1.
#[derive(Clone, Copy)]
struct Depths {
    family: &'static str,
    step: usize,
    offset: usize,
}

const RESNET: Depths = Depths {
    family: "resnet",
    step: 6,
    offset: 2,
};
const DENSENET: Depths = Depths {
    family: "densenet",
    step: 3,
    offset: 4,
};
const DENSENET_BC: Depths = Depths {
    family: "densenet-bc",
    step: 6,
    offset: 4,
};
const RESNEXT: Depths = Depths {
    family: "resnext",
    step: 9,
    offset: 2,
};

impl Depths {
    /// `depth`, if the family has it.
    fn check(self, depth: usize) -> Result<usize, Error> {
        let Self {
            family,
            step,
            offset,
        } = self;
        let least = step + offset;
        let most = (DEEPEST - offset) / step * step + offset;
        if (least..=most).contains(&depth) && (depth - offset).is_multiple_of(step) {
            return Ok(depth);
        }
        let nearest = if depth < least {
            format!("{family}-{least}")
        } else if depth > most {
            format!("{family}-{most}, the deepest")
        } else {
            let below = (depth - offset) / step * step + offset;
            format!("{family}-{below} and {family}-{}", below + step)
        };
        Err(Error::IllegalDepth {
            family: family.to_owned(),
            depth,
            rule: format!("{step}n + {offset}"),
            nearest,
        })
    }
}

impl Architecture {
    /// Architectures that are offered without typing a name.
    #[must_use]
    pub fn suggested() -> Vec<Self> {
        let mut all = [20, 32, 44, 50, 56, 110]
            .map(|depth| Self::ResNet { depth })
            .to_vec();
        all.extend(
            [(40, false), (100, true)].map(|(depth, bottleneck)| Self::DenseNet {
                depth,
                growth: USUAL_GROWTH,
                bottleneck,
            }),
        );
        let (cardinality, width) = USUAL_GROUPS;
        all.extend([29, 56].map(|depth| Self::ResNeXt {
            depth,
            cardinality,
            width,
        }));
        all.extend(Variant::ALL.map(Self::EfficientNet));
        all
    }

    /// The family's name, such as `resnet`.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::ResNet { .. } => RESNET.family,
            Self::DenseNet {
                bottleneck: false, ..
            } => DENSENET.family,
            Self::DenseNet { .. } => DENSENET_BC.family,
            Self::ResNeXt { .. } => RESNEXT.family,
            Self::EfficientNet(_) => "efficientnet",
        }
    }

    /// What a cap removes, one of these after the other: `block per stage` or the like.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::DenseNet { .. } => "layer per dense block",
            _ => "block per stage",
        }
    }

    /// What a stage's width counts in this family, as a plural.
    #[must_use]
    pub const fn width_name(self) -> &'static str {
        match self {
            Self::DenseNet { .. } => "growth rate",
            Self::ResNeXt { .. } => "grouped channels",
            Self::ResNet { .. } | Self::EfficientNet(_) => "channels",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = self.family();
        match *self {
            Self::ResNet { depth } => write!(f, "{family}-{depth}"),
            Self::DenseNet { depth, growth, .. } => {
                write!(f, "{family}-{depth}")?;
                if growth == USUAL_GROWTH {
                    return Ok(());
                }
                write!(f, "-k{growth}")
            }
            Self::ResNeXt {
                depth,
                cardinality,
                width,
            } => {
                write!(f, "{family}-{depth}")?;
                if (cardinality, width) == USUAL_GROUPS {
                    return Ok(());
                }
                write!(f, "-{cardinality}x{width}d")
            }
            Self::EfficientNet(variant) => write!(f, "{family}-{}", variant.name()),
        }
    }
}

impl FromStr for Architecture {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(name) = text.strip_prefix("efficientnet-") {
            return Variant::ALL
                .into_iter()
                .find(|variant| variant.name() == name)
                .map(Self::EfficientNet)
                .ok_or_else(|| Error::UnknownVariant {
                    name: name.to_owned(),
                });
        }
        let unknown = || Error::UnknownArchitecture {
            name: text.to_owned(),
        };
        let (depths, rest) = [DENSENET_BC, DENSENET, RESNET, RESNEXT]
            .into_iter()
            .find_map(|depths| {
                let rest = text.strip_prefix(depths.family)?.strip_prefix('-')?;
                Some((depths, rest))
            })
            .ok_or_else(unknown)?;
        let (depth, suffix) = match rest.split_once('-') {
            Some((depth, suffix)) => (depth, Some(suffix)),
            None => (rest, None),
        };
        let depth = depths.check(depth.parse().map_err(|_| unknown())?)?;
        match (depths.family, suffix) {
            ("resnet", None) => Ok(Self::ResNet { depth }),
            ("resnet", Some(_)) => Err(unknown()),
            ("resnext", suffix) => {
                let (cardinality, width) = suffix.map_or(Ok(USUAL_GROUPS), |suffix| {
                    groups(suffix).ok_or_else(|| Error::IllegalSuffix {
                        name: text.to_owned(),
                        rule: format!(
                            "-CxWd gives the cardinality and the width of a group, such as -8x64d, with C x W from 1 to {BROADEST}"
                        ),
                    })
                })?;
                Ok(Self::ResNeXt {
                    depth,
                    cardinality,
                    width,
                })
            }
            (family, suffix) => {
                let growth = suffix.map_or(Ok(USUAL_GROWTH), |suffix| {
                    growth(suffix).ok_or_else(|| Error::IllegalSuffix {
                        name: text.to_owned(),
                        rule: format!(
                            "-kK gives the growth rate, such as -k24, from 1 to {BROADEST}"
                        ),
                    })
                })?;
                Ok(Self::DenseNet {
                    depth,
                    growth,
                    bottleneck: family == DENSENET_BC.family,
                })
            }
        }
    }
}

/// Reads `kK`.
fn growth(suffix: &str) -> Option<usize> {
    let growth = suffix.strip_prefix('k')?.parse().ok()?;
    (1..=BROADEST).contains(&growth).then_some(growth)
}

/// Reads `CxWd`.
fn groups(suffix: &str) -> Option<(usize, usize)> {
    let (cardinality, width) = suffix.strip_suffix('d')?.split_once('x')?;
    let (cardinality, width): (usize, usize) = (cardinality.parse().ok()?, width.parse().ok()?);
    let channels = cardinality.checked_mul(width)?;
    (1..=BROADEST)
        .contains(&channels)
        .then_some((cardinality, width))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(name: &str) -> String {
        name.parse::<Architecture>().unwrap_err().to_string()
    }

    #[test]
    fn a_name_is_read_as_it_is_shown() {
        for architecture in Architecture::suggested() {
            let name = architecture.to_string();
            assert_eq!(name.parse(), Ok(architecture), "{name}");
        }
        for name in [
            "resnet-8",
            "resnet-1202",
            "densenet-22",
            "densenet-40-k24",
            "densenet-bc-10-k4",
            "densenet-bc-250-k24",
            "resnext-11-2x4d",
            "resnext-29-16x64d",
        ] {
            let architecture: Architecture = name.parse().unwrap();
            assert_eq!(architecture.to_string(), name);
            let json = serde_json::to_string(&architecture).unwrap();
            assert_eq!(json, format!("\"{name}\""));
        }
        assert_eq!(
            "densenet-40-k12"
                .parse::<Architecture>()
                .unwrap()
                .to_string(),
            "densenet-40"
        );
        assert_eq!(
            "resnext-29-8x64d".parse(),
            "resnext-29".parse::<Architecture>()
        );
    }

    #[test]
    fn an_illegal_depth_names_the_nearest_legal_ones() {
        for (name, parts) in [
            ("resnet-21", ["6n + 2", "resnet-20 and resnet-26"]),
            ("resnet-3", ["6n + 2", "nearest are resnet-8"]),
            ("densenet-41", ["3n + 4", "densenet-40 and densenet-43"]),
            (
                "densenet-bc-101-k24",
                ["6n + 4", "densenet-bc-100 and densenet-bc-106"],
            ),
            ("resnext-50", ["9n + 2", "resnext-47 and resnext-56"]),
            ("resnext-2", ["9n + 2", "resnext-11"]),
            ("densenet-40000", ["3n + 4", "densenet-1999, the deepest"]),
        ] {
            let said = complaint(name);
            for part in parts {
                assert!(said.contains(part), "{said:?} lacks {part:?}");
            }
        }
    }

    #[test]
    fn what_is_no_name_says_what_would_be_one() {
        for name in [
            "vgg-16",
            "resnet",
            "resnet-",
            "resnet-20-k3",
            "densenet-x",
            "",
        ] {
            let said = complaint(name);
            assert!(
                said.contains("unknown architecture") && said.contains("resnext-N"),
                "{said}"
            );
        }
        for name in ["densenet-40-12", "densenet-40-k0", "densenet-bc-100-kx"] {
            assert!(
                complaint(name).contains("-kK gives the growth rate"),
                "{name}"
            );
        }
        for name in [
            "resnext-29-8x64",
            "resnext-29-0x64d",
            "resnext-29-8x0d",
            "resnext-29-99999999999999999x9d",
        ] {
            assert!(complaint(name).contains("-CxWd"), "{name}");
        }
        assert!(complaint("efficientnet-b3").contains("efficientnet-b0"));
    }
}

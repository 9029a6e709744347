//! How the widths of a capped network are chosen, and what a width is in each family.
//!
//! | family | scaled | steps |
//! | --- | --- | --- |
//! | ResNet | channels of the first convolution, all stages in proportion | 1 |
//! | `DenseNet` | the growth rate | 1 |
//! | `ResNeXt` | the channels of a group | 1, at a fixed cardinality |
//! | `EfficientNet` | the width multiplier | wherever a width goes to its next multiple of 8 |

use std::fmt;
use std::iter;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Architecture, Error, Spec, densenet, efficientnet, resnet, resnext};

/// Largest multiple of the baseline's multiplier that is tried for an `EfficientNet`.
const BROADEST: f64 = 32.0;

/// How a capped network is widened.
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

/// Broadens `shallow` by `policy`: of the widths that cost no more MACs than the baseline, those whose
/// MACs (or parameters) come nearest to the policy's target.
pub(super) fn widened(baseline: &Spec, shallow: &Spec, policy: Width) -> Spec {
    let (limit, saved_from) = (baseline.macs(), shallow.macs());
    let (target, measure): (u64, fn(&Spec) -> u64) = match policy {
        Width::Same => return shallow.clone(),
        Width::IsoMacs => (limit, Spec::macs),
        Width::Balanced => (u64::midpoint(limit, saved_from), Spec::macs),
        Width::IsoParams => (baseline.parameters(), Spec::parameters),
    };
    ladder(shallow)
        .take_while(|spec| spec.macs() <= limit)
        .min_by_key(|spec| measure(spec).abs_diff(target))
        .unwrap_or_else(|| shallow.clone())
}

/// `spec` and all broader ones of its depth, the cheapest first.
fn ladder(spec: &Spec) -> Box<dyn Iterator<Item = Spec> + '_> {
    match spec.architecture {
        Architecture::ResNet { .. } => {
            Box::new((spec.stem_width..).map(move |stem| resnet::with_width(spec, stem)))
        }
        Architecture::DenseNet {
            growth, bottleneck, ..
        } => Box::new((growth..).map(move |growth| densenet::with_width(spec, growth, bottleneck))),
        Architecture::ResNeXt {
            cardinality, width, ..
        } => Box::new((width..).map(move |width| resnext::with_width(spec, width, cardinality))),
        Architecture::EfficientNet(variant) => {
            let usual = efficientnet::width_multiplier(variant);
            let octaves = iter::successors(Some(1.0), |from| Some(2.0 * from))
                .take_while(|from| *from < BROADEST);
            let multipliers = octaves
                .flat_map(move |from| efficientnet::multipliers(from * usual, 2.0 * from * usual));
            Box::new(
                multipliers.map(move |multiplier| efficientnet::with_multiplier(spec, multiplier)),
            )
        }
    }
}

/// `spec`, at its baseline's widths, with these multiplied by `factor` and rounded as the family rounds.
///
/// # Errors
/// [`Error::TooNarrow`] where a layer would be left without a channel.
pub fn scaled(spec: &Spec, factor: f64) -> Result<Spec, Error> {
    let whole = |width: usize, what: &str| {
        let scaled = (width as f64 * factor).round() as usize;
        if scaled > 0 {
            return Ok(scaled);
        }
        Err(Error::TooNarrow {
            architecture: spec.architecture.to_string(),
            factor,
            what: what.to_owned(),
            least: 1.0 / width as f64,
        })
    };
    Ok(match spec.architecture {
        Architecture::ResNet { .. } => resnet::with_width(spec, whole(spec.stem_width, "channel")?),
        Architecture::DenseNet {
            growth, bottleneck, ..
        } => densenet::with_width(spec, whole(growth, "channel a layer")?, bottleneck),
        Architecture::ResNeXt {
            cardinality, width, ..
        } => resnext::with_width(spec, whole(width, "channel a group")?, cardinality),
        Architecture::EfficientNet(variant) => {
            efficientnet::with_multiplier(spec, efficientnet::width_multiplier(variant) * factor)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::Unit;
    use crate::network::testing::{spec, widths};
    use crate::network::{Cap, capped};

    fn cut(deep: &Spec, depth: usize, width: Width) -> Spec {
        let cap = Cap {
            depth,
            unit: Unit::Convolutions,
        };
        capped(deep, cap, width).unwrap()
    }

    /// The nearest widths, found here by trying all of them.
    #[test]
    fn policies_come_as_near_to_their_targets_as_widths_allow() {
        for (name, steps) in [
            (
                "resnet-50",
                (1..400)
                    .map(f64::from)
                    .map(|stem| stem / 16.0)
                    .collect::<Vec<_>>(),
            ),
            (
                "densenet-40",
                (1..200).map(|growth| f64::from(growth) / 12.0).collect(),
            ),
            (
                "densenet-bc-100",
                (1..200).map(|growth| f64::from(growth) / 12.0).collect(),
            ),
            (
                "resnext-56",
                (1..600).map(|width| f64::from(width) / 64.0).collect(),
            ),
            (
                "efficientnet-b0",
                (0..3_000).map(|step| 1.0 + f64::from(step) / 1e3).collect(),
            ),
            (
                "efficientnet-b2",
                (0..3_000).map(|step| 1.0 + f64::from(step) / 1e3).collect(),
            ),
        ] {
            let deep = spec(name, 3, 32);
            let same = cut(&deep, 24, Width::Same);
            let candidates: Vec<(u64, u64)> = steps
                .iter()
                .filter(|factor| **factor >= 1.0)
                .map(|factor| scaled(&same, *factor).unwrap())
                .map(|spec| (spec.macs(), spec.parameters()))
                .take_while(|(macs, _)| *macs <= deep.macs())
                .collect();
            let half = u64::midpoint(deep.macs(), same.macs());
            let none_nearer = |width, target: u64, measure: fn(&(u64, u64)) -> u64| {
                let capped = cut(&deep, 24, width);
                let reached = measure(&(capped.macs(), capped.parameters())).abs_diff(target);
                assert!(capped.macs() <= deep.macs(), "{name} {width}");
                for candidate in &candidates {
                    let other = measure(candidate).abs_diff(target);
                    assert!(
                        reached <= other,
                        "{name} {width}: {reached} against {other}"
                    );
                }
            };
            none_nearer(Width::IsoMacs, deep.macs(), |candidate| candidate.0);
            none_nearer(Width::Balanced, half, |candidate| candidate.0);
            none_nearer(Width::IsoParams, deep.parameters(), |candidate| candidate.1);
            assert!(candidates.len() > 3, "{name}");
            assert!(
                cut(&deep, 24, Width::Balanced).macs() > same.macs(),
                "{name} grew"
            );
        }
    }

    #[test]
    fn what_grows_is_the_family_s_own() {
        let grown = |name, depth| {
            let same = cut(&spec(name, 3, 32), depth, Width::Same);
            let broad = cut(&spec(name, 3, 32), depth, Width::IsoMacs);
            assert!(widths(&broad) > widths(&same));
            broad
        };
        let densenet = grown("densenet-40", 22);
        assert_eq!(
            densenet.stem_width, 16,
            "the paper's, whatever the growth rate"
        );
        let bottleneck = grown("densenet-bc-100", 22);
        assert_eq!(bottleneck.stem_width, 2 * bottleneck.stages[0].width);
        let resnext = grown("resnext-29", 22);
        assert!(widths(&resnext).iter().all(|channels| channels % 8 == 0));
        assert_eq!(resnext.stem_width, 64);
        let efficientnet = grown("efficientnet-b0", 22);
        assert!(
            widths(&efficientnet)
                .iter()
                .all(|channels| channels % 8 == 0)
        );
    }

    #[test]
    fn a_factor_of_one_changes_nothing() {
        for name in [
            "resnet-20",
            "densenet-40",
            "densenet-bc-100",
            "resnext-29",
            "efficientnet-b2",
        ] {
            let spec = spec(name, 3, 32);
            assert_eq!(scaled(&spec, 1.0), Ok(spec));
        }
    }
}

//! From a baseline and a cap to the capped, broader network.

use std::fmt;
use std::iter;
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

/// The capped, broader counterpart of `baseline`; `None` where the baseline is not deeper than the
/// cap, or is itself the shallowest network of its family.
///
/// Depth first: from the [`floor`] of one block per stage, blocks are added, always to the stage
/// with the fewest, at equal count to the one where a block costs the fewest MACs and then the fewest
/// parameters, while the network stays within the cap. Then width, see [`Width`].
#[must_use]
pub fn capped(baseline: &Spec, cap: Cap, width: Width) -> Option<Spec> {
    if cap.holds(baseline) {
        return None;
    }
    let shallow = shallower(baseline, cap);
    (shallow.blocks() < baseline.blocks()).then(|| broaden(baseline, &shallow, width))
}

/// The shallowest network of the baseline's family: one block per stage, at the baseline's widths.
#[must_use]
pub fn floor(baseline: &Spec) -> Spec {
    baseline.with_blocks(&vec![1; baseline.stages.len()])
}

impl Cap {
    /// Whether `spec` is within the cap.
    #[must_use]
    pub fn holds(self, spec: &Spec) -> bool {
        self.depth_of(spec) <= self.depth
    }

    /// The depth of `spec` in the unit of the cap.
    #[must_use]
    pub fn depth_of(self, spec: &Spec) -> usize {
        match self.unit {
            Unit::Convolutions => spec.conv_depth(),
            Unit::Blocks => spec.blocks(),
        }
    }
}

/// The baseline cut to the cap, at the baseline's widths; its floor where even that is deeper.
fn shallower(baseline: &Spec, cap: Cap) -> Spec {
    let mut spec = floor(baseline);
    loop {
        let counts: Vec<usize> = spec.stages.iter().map(|stage| stage.blocks).collect();
        let next = (0..counts.len())
            .filter(|&stage| counts[stage] < baseline.stages[stage].blocks)
            .map(|stage| {
                let mut longer = counts.clone();
                longer[stage] += 1;
                (counts[stage], baseline.with_blocks(&longer))
            })
            .filter(|(_, longer)| cap.holds(longer))
            .min_by_key(|(count, longer)| (*count, longer.macs(), longer.parameters()));
        match next {
            Some((_, longer)) => spec = longer,
            None => return spec,
        }
    }
}

/// Broadens `shallow` by `policy`: of the integer widths that cost no more MACs than the baseline,
/// the one whose MACs (or parameters) come nearest to the policy's target.
fn broaden(baseline: &Spec, shallow: &Spec, policy: Width) -> Spec {
    let (limit, saved_from) = (baseline.macs(), shallow.macs());
    let (target, measure): (u64, fn(&Spec) -> u64) = match policy {
        Width::Same => return shallow.clone(),
        Width::IsoMacs => (limit, Spec::macs),
        Width::Balanced => (u64::midpoint(limit, saved_from), Spec::macs),
        Width::IsoParams => (baseline.parameters(), Spec::parameters),
    };
    let broader = |spec: &Spec| {
        Some(shallow.with_stem_width(spec.stem_width + 1)).filter(|spec| spec.macs() <= limit)
    };
    iter::successors(Some(shallow.clone()), broader)
        .min_by_key(|spec| measure(spec).abs_diff(target))
        .unwrap_or_else(|| shallow.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dataset::Shape;
    use crate::network::{Architecture, Input, baseline};

    fn resnet(depth: usize, side: usize) -> Spec {
        let shape = Shape {
            channels: 3,
            height: side,
            width: side,
        };
        baseline(Architecture::ResNet { depth }, Input { shape, classes: 10 }).unwrap()
    }

    fn convolutions(depth: usize) -> Cap {
        Cap {
            depth,
            unit: Unit::Convolutions,
        }
    }

    fn blocks(spec: &Spec) -> Vec<usize> {
        spec.stages.iter().map(|stage| stage.blocks).collect()
    }

    /// 22 convolutions hold a stem and ten blocks of two: 21, the tenth where it costs least.
    #[test]
    fn a_cap_is_spread_over_the_stages() {
        let capped = capped(&resnet(50, 32), convolutions(22), Width::Same).unwrap();
        assert_eq!(capped.conv_depth(), 21);
        assert_eq!(blocks(&capped), [4, 3, 3]);
    }

    #[test]
    fn a_cap_in_blocks_counts_blocks() {
        let cap = Cap {
            depth: 8,
            unit: Unit::Blocks,
        };
        let capped = capped(&resnet(50, 32), cap, Width::Same).unwrap();
        assert_eq!(blocks(&capped), [3, 3, 2]);
    }

    #[test]
    fn a_cap_below_the_floor_is_raised_to_it() {
        let capped = capped(&resnet(20, 28), convolutions(2), Width::Balanced).unwrap();
        assert_eq!(blocks(&capped), [1, 1, 1]);
        assert_eq!(capped.conv_depth(), 7);
    }

    #[test]
    fn a_shallow_baseline_asks_for_no_change() {
        assert_eq!(
            capped(&resnet(20, 32), convolutions(19), Width::Balanced),
            None
        );
        assert_eq!(
            capped(&resnet(8, 32), convolutions(2), Width::Balanced),
            None
        );
    }

    /// The nearest integer widths, found here by trying all of them.
    #[test]
    fn policies_come_as_near_to_their_targets_as_integers_allow() {
        let deep = resnet(50, 32);
        let same = capped(&deep, convolutions(22), Width::Same).unwrap();
        let by = |width| capped(&deep, convolutions(22), width).unwrap();
        let candidates: Vec<Spec> = (16..200)
            .map(|stem| same.with_stem_width(stem))
            .filter(|spec| spec.macs() <= deep.macs())
            .collect();
        let nearest = |target: u64, measure: fn(&Spec) -> u64| {
            candidates
                .iter()
                .min_by_key(|spec| measure(spec).abs_diff(target))
                .unwrap()
        };
        assert_eq!(&by(Width::IsoMacs), nearest(deep.macs(), Spec::macs));
        assert_eq!(
            &by(Width::IsoParams),
            nearest(deep.parameters(), Spec::parameters)
        );
        assert_eq!(
            &by(Width::Balanced),
            nearest(u64::midpoint(deep.macs(), same.macs()), Spec::macs)
        );
        assert!(by(Width::Balanced).stem_width > 16);
    }

    proptest! {
        #[test]
        fn never_deeper_than_the_cap_nor_costlier_than_the_baseline(
            n in 1_usize..12, cap in 1_usize..60, blocks_unit: bool, side in 8_usize..40, width in 0_usize..4,
        ) {
            let deep = resnet(6 * n + 2, side);
            let cap = Cap { depth: cap, unit: if blocks_unit { Unit::Blocks } else { Unit::Convolutions } };
            if let Some(shallow) = capped(&deep, cap, Width::ALL[width]) {
                prop_assert!(cap.holds(&shallow) || blocks(&shallow) == [1, 1, 1]);
                prop_assert!(shallow.macs() <= deep.macs());
                prop_assert!(shallow.blocks() < deep.blocks());
                prop_assert!(shallow.stem_width >= deep.stem_width);
            } else {
                prop_assert!(cap.holds(&deep) || n == 1);
            }
        }
    }
}

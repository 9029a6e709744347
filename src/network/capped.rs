//! From a baseline and a cap to the capped, wider network.

use super::width::widened;
use super::{Spec, Width};
use crate::depth::Unit;

/// A limit on depth, with what it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cap {
    /// The limit.
    pub depth: usize,
    /// What it counts.
    pub unit: Unit,
}

/// The capped, wider counterpart of `baseline`; `None` where the baseline is not deeper than the
/// cap, or is itself the shallowest network of its family.
///
/// Depth first: from the [`floor`] of one block per stage, blocks are added, always to the stage
/// with the fewest, at equal count to the one where a block costs the fewest MACs and then the fewest
/// parameters, while the network stays within the cap. Then width, see [`Width`].
///
/// A block is a layer in a dense block, a repeat in a stage of an `EfficientNet`.
#[must_use]
pub fn capped(baseline: &Spec, cap: Cap, width: Width) -> Option<Spec> {
    cut(baseline, cap).map(|shallow| widened(baseline, &shallow, width))
}

/// `baseline` cut to `cap` at its own widths; its floor where even that is deeper, itself where it is
/// not deeper.
#[must_use]
pub fn at_depth(baseline: &Spec, cap: Cap) -> Spec {
    cut(baseline, cap).unwrap_or_else(|| baseline.clone())
}

/// The capped counterpart of `baseline` before it is widened; `None` where there is none.
#[must_use]
pub fn cut(baseline: &Spec, cap: Cap) -> Option<Spec> {
    if cap.holds(baseline) {
        return None;
    }
    let shallow = shallower(baseline, cap);
    (shallow.blocks() < baseline.blocks()).then_some(shallow)
}

/// The shallowest network of the baseline's family: one block per stage, at the baseline's widths.
#[must_use]
pub fn floor(baseline: &Spec) -> Spec {
    baseline.with_blocks(&vec![1; baseline.stages.len()])
}

impl Cap {
    /// A limit in convolutions.
    #[must_use]
    pub const fn convolutions(depth: usize) -> Self {
        Self {
            depth,
            unit: Unit::Convolutions,
        }
    }

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::Architecture;
    use crate::network::testing::{blocks, spec};

    fn resnet(depth: usize, side: usize) -> Spec {
        spec(&format!("resnet-{depth}"), 3, side)
    }

    /// 22 convolutions hold a stem and ten blocks of two: 21, the tenth where it costs least.
    #[test]
    fn a_cap_is_spread_over_the_stages() {
        let capped = capped(&resnet(50, 32), Cap::convolutions(22), Width::Same).unwrap();
        assert_eq!(capped.conv_depth(), 21);
        assert_eq!(blocks(&capped), [4, 3, 3]);
    }

    /// A `DenseNet` has a stem and two transitions, so 22 convolutions leave 19 layers, the last of
    /// them in the last block, at a quarter of the resolution; in the BC form, 9 layers of two
    /// convolutions. A `ResNeXt`'s block has three, an `EfficientNet`'s three but for the first stage's two.
    #[test]
    fn every_family_is_cut_by_its_own_unit() {
        let cut = |name: &str, cap| {
            let capped = capped(&spec(name, 3, 32), Cap::convolutions(cap), Width::Same).unwrap();
            (capped.conv_depth(), blocks(&capped))
        };
        assert_eq!(cut("densenet-40", 22), (22, vec![6, 6, 7]));
        assert_eq!(cut("densenet-bc-100", 22), (21, vec![3, 3, 3]));
        assert_eq!(cut("resnext-56", 22), (22, vec![3, 2, 2]));
        assert_eq!(cut("efficientnet-b0", 22), (22, vec![1; 7]));
        assert_eq!(cut("efficientnet-b0", 36), (34, vec![1, 2, 2, 2, 1, 2, 1]));
    }

    #[test]
    fn every_family_has_a_floor_of_one_unit_per_stage() {
        for (name, depth) in [
            ("resnet-20", 7),
            ("densenet-40", 6),
            ("densenet-bc-100", 9),
            ("resnext-29", 10),
            ("efficientnet-b2", 22),
        ] {
            assert_eq!(floor(&spec(name, 1, 28)).conv_depth(), depth, "{name}");
        }
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
        let capped = capped(&resnet(20, 28), Cap::convolutions(2), Width::Balanced).unwrap();
        assert_eq!(blocks(&capped), [1, 1, 1]);
        assert_eq!(capped.conv_depth(), 7);
    }

    #[test]
    fn a_shallow_baseline_asks_for_no_change() {
        assert_eq!(
            capped(&resnet(20, 32), Cap::convolutions(19), Width::Balanced),
            None
        );
        assert_eq!(
            capped(&resnet(8, 32), Cap::convolutions(2), Width::Balanced),
            None
        );
    }

    proptest! {
        #[test]
        fn never_deeper_than_the_cap_nor_costlier_than_the_baseline(
            name in Architecture::any(11, 16), cap in 1_usize..70, blocks_unit: bool, side in 4_usize..100, width in 0_usize..4,
        ) {
            let deep = spec(&name, 3, side);
            let cap = Cap { depth: cap, unit: if blocks_unit { Unit::Blocks } else { Unit::Convolutions } };
            let least = floor(&deep);
            if let Some(shallow) = capped(&deep, cap, Width::ALL[width]) {
                prop_assert!(cap.holds(&shallow) || blocks(&shallow) == blocks(&least));
                prop_assert!(shallow.macs() <= deep.macs());
                prop_assert!(shallow.blocks() < deep.blocks());
                prop_assert!(shallow.conv_depth() < deep.conv_depth());
                for (after, before) in shallow.stages.iter().zip(&deep.stages) {
                    prop_assert!((1..=before.blocks).contains(&after.blocks));
                    prop_assert!(after.width >= before.width);
                    prop_assert_eq!(after.stride, before.stride);
                }
            } else {
                prop_assert!(cap.holds(&deep) || blocks(&deep) == blocks(&least));
            }
        }
    }
}

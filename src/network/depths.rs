//! An architecture at other depths than its own, for sweeps over depth.

use super::capped::{cut, floor};
use super::width::widened;
use super::{Cap, NetworkSummary, Plan, PredictionSource, Spec, Width};
use crate::depth::{Rule, Unit};

/// Every convolutional depth to which `baseline` can be cut, from its floor to its own.
#[must_use]
pub fn legal_depths(baseline: &Spec) -> Vec<usize> {
    let mut depths: Vec<usize> = (floor(baseline).conv_depth()..=baseline.conv_depth())
        .map(|depth| at_depth(baseline, convolutions(depth)).conv_depth())
        .collect();
    depths.dedup();
    depths
}

/// `baseline` cut to `cap` at its own widths; its floor where even that is deeper, itself where it is
/// not deeper.
#[must_use]
pub fn at_depth(baseline: &Spec, cap: Cap) -> Spec {
    cut(baseline, cap).unwrap_or_else(|| baseline.clone())
}

/// The pair of one depth of a sweep on `dataset`: `deepest` cut to `depth` convolutions, once at its own
/// widths, in the place of the baseline, and once with widths that bring its MACs as near to those of
/// `deepest` as can be, never above them, in the place of the capped network.
#[must_use]
pub fn depth_pair(dataset: &str, deepest: &Spec, depth: usize, reading: Rule) -> Plan {
    let same = at_depth(deepest, convolutions(depth));
    let broad = widened(deepest, &same, Width::IsoMacs);
    let name = format!("{} cut to {}", deepest.architecture, same.conv_depth());
    let broad_name = format!("{name}, {}", Width::IsoMacs);
    let mut plan = Plan {
        dataset: dataset.to_owned(),
        architecture: deepest.architecture.to_string(),
        reading,
        cap: depth,
        depth_override: true,
        floor: floor(deepest).conv_depth(),
        raised_to_floor: false,
        width_policy: Width::IsoMacs,
        width_factor: None,
        adaptation: deepest.adaptation(),
        baseline: NetworkSummary::new(name, &same),
        capped: Some(NetworkSummary::new(broad_name, &broad)),
        predicted_time_saved: None,
        prediction_source: PredictionSource::Macs,
        measured: None,
        baseline_spec: same,
        capped_spec: Some(broad),
    };
    plan.predicted_time_saved = plan.saved_by_macs();
    plan
}

const fn convolutions(depth: usize) -> Cap {
    Cap {
        depth,
        unit: Unit::Convolutions,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::testing::spec;

    /// By the families' formulas: 6n + 1 in steps of a block of 2; 3n + 3 in steps of a layer; 9n + 1 in
    /// steps of a block of 3.
    #[test]
    fn a_family_has_its_depths() {
        let depths = |name: &str| legal_depths(&spec(name, 3, 32));
        assert_eq!(depths("resnet-20"), [7, 9, 11, 13, 15, 17, 19]);
        assert_eq!(depths("resnet-8"), [7]);
        assert_eq!(depths("densenet-13"), [6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(depths("resnext-20"), [10, 13, 16, 19]);
        let efficient = depths("efficientnet-b0");
        assert_eq!((efficient[0], *efficient.last().unwrap()), (22, 49));
    }

    #[test]
    fn a_pair_is_one_depth_at_two_widths_within_the_deepest_one_s_cost() {
        for (name, depth) in [("resnet-20", 11), ("densenet-40", 12), ("resnext-29", 16)] {
            let deepest = spec(name, 3, 32);
            let plan = depth_pair("glyphs", &deepest, depth, Rule::ChannelSum);
            let broad = plan.capped.as_ref().unwrap();
            assert_eq!((plan.baseline.conv_depth, broad.conv_depth), (depth, depth));
            assert_eq!(plan.baseline.name, format!("{name} cut to {depth}"));
            assert_eq!(broad.name, format!("{name} cut to {depth}, iso-macs"));
            assert!(broad.macs <= deepest.macs() && broad.macs > plan.baseline.macs);
            assert_eq!(plan.capped_spec.as_ref().unwrap().macs(), broad.macs);
        }
    }
}

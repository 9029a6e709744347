//! The depths that a family has.

use super::capped::{at_depth, floor};
use super::{Cap, Spec};

/// Every convolutional depth to which `baseline` can be cut, from its floor to its own.
#[must_use]
pub fn legal_depths(baseline: &Spec) -> Vec<usize> {
    let mut depths: Vec<usize> = (floor(baseline).conv_depth()..=baseline.conv_depth())
        .map(|depth| at_depth(baseline, Cap::convolutions(depth)).conv_depth())
        .collect();
    depths.dedup();
    depths
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
}

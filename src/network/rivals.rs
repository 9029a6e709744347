//! Depths that need no entropy, to compare a cap with.

use serde::{Deserialize, Serialize};

use super::receptive::{Path, border};
use super::{Cap, NetworkSummary, Spec, at_depth};

/// A depth by a rule, and the network of the family that it leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RivalDepth {
    /// Convolutions by the rule.
    pub depth: usize,
    /// Convolutions of the baseline cut to it: the most within it, or the family's floor.
    pub conv_depth: usize,
}

/// The receptive-field border: the first convolution whose input already sees the whole image; null where no
/// convolution's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Border {
    /// Through all blocks.
    pub longest: Option<RivalDepth>,
    /// Through the shortcuts.
    pub shortest: Option<RivalDepth>,
}

/// The depths of a baseline by rules that look at no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rivals {
    /// By Richter et al. (arXiv 2106.12307).
    pub receptive_field_border: Border,
    /// Half of the baseline's convolutions, rounded down.
    pub half_depth: RivalDepth,
}

/// The rivals of a cap, with the one that timed steps give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimedRivals {
    /// By rules that look at no image.
    #[serde(flatten)]
    pub depths: Rivals,
    /// The baseline at its own depth, made narrower to the capped network's step time; null where nothing is measured or
    /// none is as fast.
    pub narrow_baseline: Option<NetworkSummary>,
}

impl Rivals {
    /// The rivals of a cap on `baseline`.
    #[must_use]
    pub fn of(baseline: &Spec) -> Self {
        let at = |depth| RivalDepth {
            depth,
            conv_depth: at_depth(baseline, Cap::convolutions(depth)).conv_depth(),
        };
        Self {
            receptive_field_border: Border {
                longest: border(baseline, Path::Longest).map(at),
                shortest: border(baseline, Path::Shortest).map(at),
            },
            half_depth: at(baseline.conv_depth() / 2),
        }
    }

    /// Every rival under its name.
    #[must_use]
    pub const fn named(self) -> [(&'static str, Option<RivalDepth>); 3] {
        let border = self.receptive_field_border;
        [
            ("receptive-field border", border.longest),
            ("border, shortest path", border.shortest),
            ("half depth", Some(self.half_depth)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::spec;

    #[test]
    fn rivals_are_depths_of_the_family() {
        let at = |depth, conv_depth| RivalDepth { depth, conv_depth };
        let rivals = Rivals::of(&spec("resnet-20", 3, 32));
        assert_eq!(rivals.receptive_field_border.longest, Some(at(13, 13)));
        assert_eq!(rivals.half_depth, at(9, 9));
        let rivals = Rivals::of(&spec("resnet-20", 3, 28));
        assert_eq!(rivals.receptive_field_border.longest, Some(at(12, 11)));
        let shallow = Rivals::of(&spec("resnet-8", 3, 32));
        assert_eq!(shallow.half_depth, at(3, 7), "raised to the floor");
        assert_eq!(shallow.receptive_field_border.longest, None);
        let json = serde_json::to_value(rivals).unwrap();
        assert_eq!(json["receptive_field_border"]["longest"]["depth"], 12);
        assert!(json["receptive_field_border"]["shortest"].is_null());
    }
}

//! Which depths are candidates: those that the cap and its rivals name.

use serde::{Deserialize, Serialize};

use super::super::sweep::{CapAt, farthest};
use crate::depth::Analysis;
use crate::network::{Cap, Overrides, RivalDepth, Rivals, Spec, floor};
use crate::run::Settings;

/// Most candidates beside the deepest network.
pub(super) const MOST: usize = 7;

/// A depth under the name of the rule that gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDepth {
    /// The rule, in a few words.
    pub name: String,
    /// The depth by the rule, and what it leaves of the deepest network.
    #[serde(flatten)]
    pub at: CapAt,
}

/// Name of the chosen cap among the rules.
pub(super) const CAP: &str = "cap";
/// Name of the receptive-field border.
pub(super) const BORDER: &str = "receptive-field border";
/// Name of half the depth.
pub(super) const HALF: &str = "half depth";

/// Every rule's depth, those first whose depth is a candidate first: the cap, the receptive-field border, half depth, the
/// family's floor, the caps of the other readings, the border on the shortest path.
pub(super) fn rules(settings: &Settings, analysis: &Analysis, deepest: &Spec) -> Vec<NamedDepth> {
    let given = Overrides {
        depth: settings.depth,
        ..Overrides::default()
    };
    let named = |name: String, cap: Cap| NamedDepth {
        name,
        at: CapAt::of(deepest, cap),
    };
    let mut rules = vec![named(
        CAP.to_owned(),
        given.cap(analysis.of(&settings.reading)),
    )];
    let [border, shortest, half] = Rivals::of(deepest).named();
    let rival = |(name, at): (&str, Option<RivalDepth>)| {
        at.map(|at| named(name.to_owned(), Cap::convolutions(at.depth)))
    };
    rules.extend([border, half].into_iter().filter_map(rival));
    let least = Cap::convolutions(floor(deepest).conv_depth());
    rules.push(named("the family's floor".to_owned(), least));
    for reading in &analysis.readings {
        if settings.depth.is_some() || reading.name != settings.reading {
            rules.push(named(
                format!("cap by {}", reading.name),
                Cap {
                    depth: reading.cap,
                    unit: reading.unit,
                },
            ));
        }
    }
    rules.extend(rival(shortest));
    rules
}

/// Depths to try beside the deepest, the most wanted first: those of the rules, then always the one farthest from all others.
pub(super) fn candidates(rules: &[NamedDepth], legal: &[usize]) -> Vec<usize> {
    let Some((&deepest, shallower)) = legal.split_last() else {
        return Vec::new();
    };
    let mut held = vec![deepest];
    for rule in rules {
        if !held.contains(&rule.at.conv_depth) {
            held.push(rule.at.conv_depth);
        }
    }
    while held.len() <= MOST.min(shallower.len()) {
        let Some(farthest) = farthest(legal, &held) else {
            break;
        };
        held.push(farthest);
    }
    held.remove(0);
    held.truncate(MOST);
    held
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::{Input, baseline, legal_depths};
    use crate::run::fixture;

    fn of(architecture: &str, depth: Option<usize>) -> (Vec<NamedDepth>, Vec<usize>) {
        let settings = Settings {
            depth,
            ..fixture::manifest(&[1], 1).settings
        };
        let input = Input::from(&fixture::analysis().profile);
        let deepest = baseline(architecture.parse().unwrap(), input).unwrap();
        let rules = rules(&settings, &fixture::analysis(), &deepest);
        let found = candidates(&rules, &legal_depths(&deepest));
        (rules, found)
    }

    /// The readings of the fixture: 12 (chosen), 16 and 23 convolutions, 5 blocks (11 convolutions), 7.
    #[test]
    fn candidates_are_the_depths_that_rules_name() {
        let (rules, found) = of("resnet-50", None);
        assert_eq!(found[..4], [11, 17, 23, 7], "cap, border, half, floor");
        assert_eq!(found.len(), MOST);
        assert!(!found.contains(&49), "the deepest is in every pair");
        let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names[..4], [CAP, BORDER, HALF, "the family's floor"]);
        assert!(names.contains(&"cap by grey-blocks"));
        let (_, given) = of("resnet-50", Some(30));
        assert_eq!(given[0], 29);
        let (_, few) = of("resnet-14", None);
        assert_eq!(few, [11, 7, 9], "cap, half depth, the only one left");
    }
}

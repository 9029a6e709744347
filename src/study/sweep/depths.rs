//! Which depths does a sweep train?

use crate::dataset::Shape;
use crate::network::{Architecture, Input, baseline, legal_depths};
use crate::run::Error;

/// Depths that a sweep has where none are named.
const USUAL_DEPTHS: usize = 5;

/// The depths asked for, rising, each of them once and legal.
pub(super) fn checked(
    asked: &[usize],
    legal: &[usize],
    architecture: Architecture,
) -> Result<Vec<usize>, Error> {
    let complain = |sentence: String| Err(Error::Setting(sentence));
    let own = legal[legal.len() - 1];
    let names: Vec<String> = legal.iter().map(usize::to_string).collect();
    for (at, depth) in asked.iter().enumerate() {
        if *depth > own {
            return complain(format!(
                "depth {depth} is above the {own} convolutions of {architecture}: use at most {own}, or a deeper architecture"
            ));
        }
        if !legal.contains(depth) {
            return complain(format!(
                "{architecture} cannot be cut to {depth} convolutions: its depths are {}",
                names.join(", ")
            ));
        }
        if asked[..at].contains(depth) {
            return complain(format!("depth {depth} is given twice"));
        }
    }
    if asked.len() < 2 {
        return complain(format!(
            "a sweep needs at least two depths: the depths of {architecture} are {}",
            names.join(", ")
        ));
    }
    let mut depths = asked.to_vec();
    depths.sort_unstable();
    Ok(depths)
}

/// Whether a sweep of `architecture` can have the depths `asked`; those of a family are the same for images of any size.
///
/// # Errors
/// [`Error::Setting`] with one sentence on why not.
pub fn check(asked: &[usize], architecture: Architecture) -> Result<(), Error> {
    let input = Input {
        shape: Shape {
            channels: 3,
            height: 32,
            width: 32,
        },
        classes: 10,
    };
    let legal = legal_depths(&baseline(architecture, input)?);
    checked(asked, &legal, architecture).map(drop)
}

/// About five depths: the shallowest, the deepest, and those of `held`, then always the one farthest
/// from all others.
pub(super) fn usual(legal: &[usize], held: Vec<usize>) -> Vec<usize> {
    let mut depths = held;
    depths.extend([legal[0], legal[legal.len() - 1]]);
    depths.sort_unstable();
    depths.dedup();
    while depths.len() < USUAL_DEPTHS.min(legal.len()) {
        let Some(farthest) = farthest(legal, &depths) else {
            break;
        };
        depths.push(farthest);
        depths.sort_unstable();
    }
    depths
}

/// The depth that is farthest from all of `held`, of equals the shallowest.
pub(in crate::study) fn farthest(legal: &[usize], held: &[usize]) -> Option<usize> {
    let distance = |depth: &usize| {
        let nearest = held.iter().map(|other| other.abs_diff(*depth)).min();
        (nearest, std::cmp::Reverse(*depth))
    };
    legal.iter().max_by_key(|depth| distance(depth)).copied()
}

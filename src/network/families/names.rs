//! Names of the form `family-depth-suffix`.

use crate::network::NetworkError;

/// Largest depth that a name may give.
const MAX_DEPTH: usize = 2_000;
/// Largest width that a name may give, in channels.
pub(super) const MAX_WIDTH: usize = 8_192;

/// The depths of a family: `step` n + `offset`, n at least 1.
#[derive(Clone, Copy)]
pub(super) struct Depths {
    pub(super) family: &'static str,
    pub(super) step: usize,
    pub(super) offset: usize,
}

impl Depths {
    /// Splits a name of this family into its depth and what follows that; `None` for any other name.
    pub(super) fn split(self, name: &str) -> Result<Option<(usize, Option<&str>)>, NetworkError> {
        let rest = name.strip_prefix(self.family);
        let Some(rest) = rest.and_then(|rest| rest.strip_prefix('-')) else {
            return Ok(None);
        };
        let (depth, suffix) = match rest.split_once('-') {
            Some((depth, suffix)) => (depth, Some(suffix)),
            None => (rest, None),
        };
        match depth.parse() {
            Ok(depth) => self.check(depth, suffix).map(|()| Some((depth, suffix))),
            Err(_) => Ok(None),
        }
    }

    /// Blocks of each stage of the network of `depth`.
    pub(super) const fn blocks(self, depth: usize) -> usize {
        (depth - self.offset) / self.step
    }

    fn check(self, depth: usize, suffix: Option<&str>) -> Result<(), NetworkError> {
        let Self {
            family,
            step,
            offset,
        } = self;
        let min = step + offset;
        let max = (MAX_DEPTH - offset) / step * step + offset;
        if (min..=max).contains(&depth) && (depth - offset).is_multiple_of(step) {
            return Ok(());
        }
        let suffix = suffix.map_or(String::new(), |suffix| format!("-{suffix}"));
        let name = |depth| format!("{family}-{depth}{suffix}");
        let nearest = if depth < min {
            name(min)
        } else if depth > max {
            format!("{}, the deepest", name(max))
        } else {
            let below = self.blocks(depth) * step + offset;
            format!("{} and {}", name(below), name(below + step))
        };
        Err(NetworkError::IllegalDepth {
            family: family.to_owned(),
            depth,
            rule: format!("{step}n + {offset}"),
            nearest,
        })
    }
}

/// The error for a name whose suffix breaks `rule`.
pub(super) fn illegal_suffix(name: &str, rule: String) -> NetworkError {
    NetworkError::IllegalSuffix {
        name: name.to_owned(),
        rule,
    }
}

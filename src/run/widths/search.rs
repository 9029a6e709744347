//! The choice of widths, by the ratio of step times of two networks.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::network::{Spec, Width, scaled, width_factors};
use crate::run::Error;

/// Multiples of channels that are tried.
const MULTIPLES: [usize; 4] = [1, 4, 8, 16];
/// Width of the network on which they are tried, a multiple of all.
const PROBED_WIDTH: usize = 32;
/// Share of the best time per MAC within which a multiple counts as efficient.
const EFFICIENT: f64 = 0.05;
/// Share of the target below which a time is near enough to it.
const NEAR: f64 = 0.05;
/// Fewest narrower networks to choose from.
const MIN_NARROWER: usize = 3;
/// Most networks that a search times.
const MAX_TIMED: usize = 8;
/// Networks that are guessed from times before the range is halved.
const MAX_GUESSED: usize = 4;
/// Exponents of the time as a power of the multiply-accumulates that a guess uses.
const EXPONENTS: [f64; 2] = [0.2, 3.0];

/// Step time of the second network over that of the first; `None` where the user stopped.
pub type Ratio<'a> = dyn FnMut(&Spec, &Spec) -> Result<Option<f64>, Error> + 'a;

/// A factor on the widths, and the network's step time over that of the reference.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    pub factor: f64,
    pub ratio: f64,
}

/// The networks of `base` by the factors on its widths that `keep` lets through, ascending: multiples of `multiple`
/// channels, with no more than `max_macs` multiply-accumulates.
pub fn candidates(
    base: &Spec,
    max_macs: u64,
    multiple: usize,
    keep: impl Fn(f64) -> bool,
) -> Result<Vec<(f64, Spec)>, Error> {
    let mut found = Vec::new();
    for factor in width_factors(base, multiple) {
        if !keep(factor) {
            continue;
        }
        let spec = scaled(base, factor)?;
        if spec.macs() <= max_macs {
            found.push((factor, spec));
        }
    }
    Ok(found)
}

/// The first of `candidates` has the baseline's widths: how wide the capped network becomes by `policy`, of which the step
/// time decides. `iso-time` takes the widest whose step takes no longer than that of `baseline`. `balanced` takes the one
/// whose step time is nearest to the mean of the baseline's and that of the first candidate, and no longer than the
/// baseline's. `None` where `ratio` gives none.
pub fn capped_width(
    baseline: &Spec,
    candidates: &[(f64, Spec)],
    policy: Width,
    ratio: &mut Ratio<'_>,
) -> Result<Option<Fit>, Error> {
    let target = |first: f64| match policy {
        Width::Balanced => f64::midpoint(1.0, first),
        _ => 1.0,
    };
    let found = search(baseline, candidates, target, ratio)?;
    Ok(found.map(|(target, below, above)| match above {
        Some(above)
            if policy == Width::Balanced
                && above.ratio <= 1.0
                && above.ratio - target < target - below.ratio =>
        {
            above
        }
        _ => below,
    }))
}

/// The widest of `candidates` whose step takes no longer than that of `reference`, or the first where none is as fast.
pub fn widest(
    reference: &Spec,
    candidates: &[(f64, Spec)],
    ratio: &mut Ratio<'_>,
) -> Result<Option<Fit>, Error> {
    let found = search(reference, candidates, |_| 1.0, ratio)?;
    Ok(found.map(|(_, below, _)| below))
}

/// Target, and the candidates on both sides of it: the widest that is known to be within it, the narrowest that is known to
/// be slower. Wider networks are taken to be slower. The first candidate is timed first, and gives the target; where it is
/// not faster than the reference, it is the answer.
#[allow(
    clippy::type_complexity,
    reason = "it is taken apart by its two callers"
)]
fn search(
    reference: &Spec,
    candidates: &[(f64, Spec)],
    target: impl Fn(f64) -> f64,
    ratio: &mut Ratio<'_>,
) -> Result<Option<(f64, Fit, Option<Fit>)>, Error> {
    let mut time = |at: usize| -> Result<Option<Fit>, Error> {
        let Some((factor, spec)) = candidates.get(at) else {
            return Ok(None);
        };
        let found = ratio(reference, spec)?;
        Ok(found.map(|ratio| Fit {
            factor: *factor,
            ratio,
        }))
    };
    let macs = |at: usize| candidates[at].1.macs() as f64;
    let Some(first) = time(0)? else {
        return Ok(None);
    };
    let target = target(first.ratio);
    let (mut below, mut above) = ((0, first), None::<(usize, Fit)>);
    let mut timed = 1;
    while first.ratio < 1.0 && below.1.ratio < target * (1.0 - NEAR) && timed < MAX_TIMED {
        let end = above.map_or(candidates.len(), |(at, _)| at);
        if end - below.0 <= 1 {
            break;
        }
        let guessed = match above {
            _ if timed > MAX_GUESSED => usize::midpoint(below.0, end),
            above => {
                let slope = above.map_or(1.0, |(at, fit)| {
                    let slower = (fit.ratio / below.1.ratio).ln();
                    slower / (macs(at) / macs(below.0)).ln()
                });
                let [least, most] = EXPONENTS;
                let growth = (target / below.1.ratio).powf(1.0 / slope.clamp(least, most));
                let goal = growth * macs(below.0);
                let within = (below.0..end).rev().find(|&at| macs(at) <= goal);
                within.unwrap_or(below.0)
            }
        };
        let at = guessed.clamp(below.0 + 1, end - 1);
        let Some(fit) = time(at)? else {
            return Ok(None);
        };
        timed += 1;
        if fit.ratio <= target {
            below = (at, fit);
        } else {
            above = Some((at, fit));
        }
    }
    Ok(Some((target, below.1, above.map(|(_, fit)| fit))))
}

/// The smallest multiple of channels whose time per multiply-accumulate is near that of the best, on `probe` widened to a
/// little more than [`PROBED_WIDTH`].
pub fn efficient_multiple(probe: &Spec, ratio: &mut Ratio<'_>) -> Result<Option<usize>, Error> {
    let at = |width: usize| scaled(probe, width as f64 / probe.stem_width as f64);
    let reference = at(PROBED_WIDTH)?;
    let mut times = Vec::new();
    for multiple in MULTIPLES {
        let wider = at(PROBED_WIDTH + multiple)?;
        let Some(time) = ratio(&reference, &wider)? else {
            return Ok(None);
        };
        times.push((multiple, time / wider.macs() as f64));
    }
    let best = times.iter().map(|(_, time)| *time);
    let best = best.min_by(|a, b| a.partial_cmp(b).unwrap_or(Ordering::Equal));
    let best = best.unwrap_or(f64::INFINITY) * (1.0 + EFFICIENT);
    let near = times.iter().find(|(_, time)| *time <= best);
    Ok(near.map(|(multiple, _)| *multiple))
}

/// `multiple`, halved until there are narrower networks in its steps.
pub fn narrow_multiple(spec: &Spec, multiple: usize) -> usize {
    let mut multiple = multiple;
    let narrower = |multiple| {
        let factors = width_factors(spec, multiple).into_iter();
        factors.filter(|factor| *factor < 1.0).count()
    };
    while multiple > 1 && narrower(multiple) < MIN_NARROWER {
        multiple /= 2;
    }
    multiple
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::network::{Cap, Input, at_depth, baseline};
    use crate::run::fixture;

    fn deep(name: &str) -> Spec {
        let input = Input::from(&fixture::analysis().profile);
        baseline(name.parse().unwrap(), input).unwrap()
    }

    /// Seconds of a step on a made-up device: multiply-accumulates, with channels rounded up to its multiple.
    fn seconds(spec: &Spec, multiple: usize) -> f64 {
        let width = spec.stages[0].width;
        let full = width.next_multiple_of(multiple) as f64 / width as f64;
        spec.macs() as f64 * full * full
    }

    #[test]
    fn the_multiple_of_a_device_is_found() {
        for multiple in MULTIPLES {
            let found = efficient_multiple(&deep("resnet-8"), &mut |one, other| {
                Ok(Some(seconds(other, multiple) / seconds(one, multiple)))
            });
            assert_eq!(found.unwrap(), Some(multiple));
        }
        let stopped = efficient_multiple(&deep("resnet-8"), &mut |_, _| Ok(None));
        assert_eq!(stopped.unwrap(), None);
    }

    /// A made-up device on which the step time grows with a power of the multiply-accumulates.
    struct Made {
        cost: f64,
        exponent: f64,
    }

    impl Made {
        fn ratio(&self, one: &Spec, other: &Spec) -> f64 {
            self.cost * (other.macs() as f64 / one.macs() as f64).powf(self.exponent)
        }
    }

    /// By trying all of them, in every family and for slow and fast widths.
    #[test]
    fn iso_time_takes_the_widest_that_fits_and_balanced_the_nearest_to_the_middle() {
        for name in [
            "resnet-50",
            "densenet-40",
            "resnext-29",
            "wide-resnet-28-2",
            "efficientnet-b1",
        ] {
            let deep = deep(name);
            let shallow = at_depth(&deep, Cap::convolutions(23));
            for (multiple, cost, exponent) in [
                (16, 0.5, 1.0),
                (16, 0.9, 0.7),
                (1, 0.9, 1.3),
                (8, 1.5, 1.0),
                (1, 9.0, 1.0),
            ] {
                let made = Made { cost, exponent };
                let all = candidates(&shallow, 8 * deep.macs(), multiple, |it| it >= 1.0).unwrap();
                assert_eq!(all[0], (1.0, shallow.clone()));
                let ratio = |spec: &Spec| made.ratio(&deep, spec);
                let mut timed = 0;
                let mut find = |policy| {
                    let found = capped_width(&deep, &all, policy, &mut |one, other| {
                        timed += 1;
                        Ok(Some(made.ratio(one, other)))
                    });
                    found.unwrap().unwrap()
                };
                let case = format!("{name}, multiples of {multiple}, {cost}");
                let widest_within = |target: f64| {
                    let within = all.iter().filter(|(_, spec)| ratio(spec) <= target);
                    within.map(|(factor, _)| *factor).fold(1.0, f64::max)
                };
                let wide = find(Width::IsoTime);
                let near = wide.ratio >= 1.0 - NEAR && wide.ratio <= 1.0;
                assert!(
                    near || wide.factor == widest_within(1.0),
                    "{case}: {wide:?}"
                );
                let first = ratio(&shallow);
                let half = find(Width::Balanced);
                if first >= 1.0 {
                    assert_eq!((wide.factor, half.factor), (1.0, 1.0), "{case}");
                    continue;
                }
                let target = f64::midpoint(1.0, first);
                let miss = |ratio: f64| (ratio - target).abs();
                let others = all.iter().map(|(_, spec)| ratio(spec));
                let best = others
                    .filter(|ratio| *ratio <= 1.0)
                    .map(miss)
                    .fold(f64::INFINITY, f64::min);
                assert!(
                    miss(half.ratio) <= best.max(NEAR * target) + 1e-12,
                    "{case}: {half:?}, {target}"
                );
                assert!(half.ratio <= 1.0, "{case}");
                assert!(timed <= 2 * MAX_TIMED, "{case}: {timed}");
            }
        }
    }

    #[test]
    fn a_search_that_is_stopped_finds_nothing() {
        let deep = deep("resnet-50");
        let shallow = at_depth(&deep, Cap::convolutions(23));
        let all = candidates(&shallow, 8 * deep.macs(), 16, |_| true).unwrap();
        for stop_at in [1, 2, 3] {
            let mut timed = 0;
            let found = widest(&deep, &all, &mut |_, _| {
                timed += 1;
                Ok((timed < stop_at).then_some(0.1))
            });
            assert_eq!(found.unwrap(), None);
        }
    }

    #[test]
    fn the_narrower_baseline_is_the_widest_that_is_as_fast() {
        let deep = deep("resnet-50");
        let capped = at_depth(&deep, Cap::convolutions(23));
        let all = candidates(&deep, deep.macs(), 4, |factor| factor <= 1.0).unwrap();
        let factors: Vec<f64> = all.iter().map(|(factor, _)| *factor).collect();
        assert_eq!(factors, [0.25, 0.5, 0.75, 1.0]);
        let made = Made {
            cost: 1.0,
            exponent: 0.5,
        };
        let find = |cost: f64| {
            let made = Made { cost, ..made };
            let find = widest(&capped, &all, &mut |one, other| {
                Ok(Some(made.ratio(one, other)))
            });
            find.unwrap().unwrap()
        };
        let expected = all
            .iter()
            .rfind(|(_, spec)| made.ratio(&capped, spec) <= 1.0);
        assert_eq!(find(1.0).factor, expected.unwrap().0);
        let slow = find(50.0);
        assert!(slow.factor == 0.25 && slow.ratio > 1.0, "{slow:?}");
    }

    #[test]
    fn a_baseline_has_narrower_networks() {
        let counted = |name, multiple| narrow_multiple(&deep(name), multiple);
        assert_eq!(counted("resnet-50", 16), 4, "4, 8 and 12 of 16 channels");
        assert_eq!(counted("densenet-40", 16), 2, "2, 4, 6, 8 and 10 of 12");
        assert_eq!(counted("resnext-29", 16), 16);
    }
}

//! Points of curves: thinning them out, smoothing, and reading values.

use crate::tui::app::progress::Points;

/// Halves how many there are: of every four of one kind those with the least and the greatest value stay, so that a spike does.
pub fn thin_out<T, K: PartialEq>(
    items: &mut Vec<T>,
    kind: impl Fn(&T) -> K,
    value: impl Fn(&T) -> f64,
) {
    let mut stays = vec![false; items.len()];
    let mut fours: Vec<(K, Vec<usize>)> = Vec::new();
    let mut choose = |four: &[usize]| {
        let by_value =
            |one: &&usize, other: &&usize| value(&items[**one]).total_cmp(&value(&items[**other]));
        let ends = [four.iter().min_by(by_value), four.iter().max_by(by_value)];
        for &at in ends.into_iter().flatten() {
            stays[at] = true;
        }
    };
    for (at, item) in items.iter().enumerate() {
        let kind = kind(item);
        let place = fours.iter().position(|(known, _)| *known == kind);
        let place = place.unwrap_or_else(|| {
            fours.push((kind, Vec::with_capacity(4)));
            fours.len() - 1
        });
        let four = &mut fours[place].1;
        four.push(at);
        if four.len() == 4 {
            choose(four);
            four.clear();
        }
    }
    for (_, rest) in &fours {
        choose(rest);
    }
    let mut stays = stays.into_iter();
    items.retain(|_| stays.next().unwrap_or(true));
}

/// The exponential mean of a curve, corrected for its start at 0; values that are not finite are left out.
pub fn smoothed(points: &[(f64, f64)], weight: f64) -> Points {
    let (mut sum, mut weights) = (0.0, 0.0);
    points
        .iter()
        .filter(|(_, y)| y.is_finite())
        .map(|&(x, y)| {
            sum = weight * sum + (1.0 - weight) * y;
            weights = weight * weights + (1.0 - weight);
            (x, sum / weights)
        })
        .collect()
}

/// The point that is nearest to `x` among points in the order of x.
pub fn nearest<T: Copy>(points: &[(f64, T)], x: f64) -> Option<(f64, T)> {
    let after = points.partition_point(|point| point.0 < x);
    let around = points[after.saturating_sub(1)..points.len().min(after + 1)].iter();
    around
        .copied()
        .min_by(|one, other| (one.0 - x).abs().total_cmp(&(other.0 - x).abs()))
}

/// The value at `x` of a line through `knots`, which begin at the origin; beyond the last, its slope goes on, or that of
/// `slope` where there is none.
pub fn along(knots: &[(f64, f64)], slope: Option<f64>, x: f64) -> f64 {
    let after = knots.partition_point(|knot| knot.0 < x);
    let before = after.checked_sub(1).map_or((0.0, 0.0), |at| knots[at]);
    if let Some(&(to, value)) = knots.get(after) {
        return before.1 + (value - before.1) * (x - before.0) / (to - before.0);
    }
    let last = after.checked_sub(2).map_or((0.0, 0.0), |at| knots[at]);
    let slope = if after > 0 {
        (before.1 - last.1) / (before.0 - last.0)
    } else {
        slope.unwrap_or(f64::NAN)
    };
    before.1 + slope * (x - before.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_spikes_and_kinds() {
        let mut items: Vec<(u8, f64)> = (0..1000).map(|at| (0, f64::from(at % 7))).collect();
        items[501].1 = 900.0;
        items[777].1 = -900.0;
        for (at, value) in [(0, 5.0), (100, 6.0), (400, 7.0)] {
            items.insert(at, (1, value));
        }
        while items.len() > 40 {
            let before = items.len();
            thin_out(&mut items, |item| item.0, |item| item.1);
            assert!(items.len() <= before / 2 + 2);
        }
        for value in [900.0, -900.0, 5.0, 7.0] {
            assert!(
                items
                    .iter()
                    .any(|item| item.1.to_bits() == f64::to_bits(value))
            );
        }
    }

    #[test]
    fn a_constant_stays_itself_when_smoothed_and_a_step_is_followed_slowly() {
        let constant: Points = (0..5).map(|x| (f64::from(x), 3.0)).collect();
        for (_, y) in smoothed(&constant, 0.9) {
            assert!((y - 3.0).abs() < 1e-12);
        }
        let curve = [(0.0, 0.0), (1.0, f64::NAN), (2.0, 1.0)];
        let found = smoothed(&curve, 0.6);
        assert_eq!(found.len(), 2);
        assert!((found[1].1 - 0.4 / 0.64).abs() < 1e-12);
    }

    #[test]
    fn values_are_read_at_the_nearest_point() {
        let points = [(1.0, 10.0), (2.0, 20.0), (4.0, 40.0)];
        assert_eq!(nearest(&points, 2.9), Some((2.0, 20.0)));
        assert_eq!(nearest(&points, 9.0), Some((4.0, 40.0)));
        assert_eq!(nearest(&points, -9.0), Some((1.0, 10.0)));
        assert_eq!(nearest::<f64>(&[], 1.0), None);
    }

    #[test]
    fn lines_go_on_beyond_their_knots() {
        let knots = [(1.0, 10.0), (2.0, 30.0)];
        for (x, expected) in [(0.5, 5.0), (1.0, 10.0), (1.5, 20.0), (3.0, 50.0)] {
            assert!((along(&knots, None, x) - expected).abs() < 1e-12);
        }
        assert!((along(&[], Some(4.0), 0.5) - 2.0).abs() < 1e-12);
        assert!(along(&[], None, 0.5).is_nan());
        assert!((along(&knots[..1], None, 2.0) - 20.0).abs() < 1e-12);
    }
}

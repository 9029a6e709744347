//! Ranks with ties.

/// Ranks from 1, upwards, tied values sharing the mean of their ranks; and how many values each tie holds.
pub(super) fn average_ranks(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut ties = Vec::new();
    let mut done = 0;
    for group in order.chunk_by(|&a, &b| values[a].total_cmp(&values[b]).is_eq()) {
        let rank = f64::midpoint((done + 1) as f64, (done + group.len()) as f64);
        for &index in group {
            ranks[index] = rank;
        }
        ties.push(group.len());
        done += group.len();
    }
    (ranks, ties)
}

/// `Σ (t³ - t)` over ties of `t` values.
pub(super) fn tie_sum(ties: &[usize]) -> f64 {
    ties.iter()
        .map(|&tie| (tie as f64).powi(3) - tie as f64)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tied_values_share_their_ranks() {
        let (ranks, ties) = average_ranks(&[0.5, 0.1, 0.5, 0.9, 0.5]);
        assert_eq!(ranks, [3.0, 1.0, 3.0, 5.0, 3.0]);
        assert_eq!(ties, [1, 3, 1]);
        assert!((tie_sum(&ties) - 24.0).abs() < 1e-12);
    }
}

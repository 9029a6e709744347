//! What the epochs' times say: training time saved, and how steady the machine was.

use std::collections::BTreeMap;

use super::Epochs;
use crate::entropy::quantile;
use crate::evidence::{Estimate, mean_interval, ratio_interval};
use crate::training::{EpochRecord, Role};

/// An epoch that both networks of a seed have finished.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedEpoch<'a> {
    /// The baseline's record.
    pub baseline: &'a EpochRecord,
    /// The capped network's record.
    pub capped: &'a EpochRecord,
}

/// The epochs that both networks have finished, seed by seed, in the order of the epochs.
#[must_use]
pub fn paired_epochs(metrics: &[EpochRecord]) -> BTreeMap<u64, Vec<PairedEpoch<'_>>> {
    let mut records: BTreeMap<(u64, usize), [Option<&EpochRecord>; 2]> = BTreeMap::new();
    for record in metrics {
        let pair = records.entry((record.seed, record.epoch)).or_default();
        pair[record.network as usize] = Some(record);
    }
    let mut seeds: BTreeMap<u64, Vec<PairedEpoch>> = BTreeMap::new();
    for ((seed, _), pair) in records {
        if let [Some(baseline), Some(capped)] = pair {
            let epochs = seeds.entry(seed).or_default();
            epochs.push(PairedEpoch { baseline, capped });
        }
    }
    seeds
}

/// Training time saved by the capped network, `1 - T_capped / T_baseline`, from whatever paired
/// epochs are finished.
///
/// With two seeds or more that have come equally far (as far as the furthest one): the mean of
/// their savings, each over all its paired epochs, with the 95 % Student t interval over seeds.
/// Otherwise: the saving over all paired epochs together, with the 95 % interval of a ratio of
/// totals over epochs ([`ratio_interval`]); no interval from one epoch. Epochs of one training are
/// not independent replications, so the interval over epochs speaks of this training alone.
/// `None` without a paired epoch or without measured time.
#[must_use]
pub fn time_saved(metrics: &[EpochRecord]) -> Option<Estimate> {
    estimate(&paired_epochs(metrics))
}

/// Energy saved by the capped network, `1 - E_capped / E_baseline`, by the statistics of [`time_saved`]; `None` where the
/// joules of an epoch are not known.
#[must_use]
pub fn energy_saved(metrics: &[EpochRecord]) -> Option<Estimate> {
    let rows = in_joules(metrics);
    (rows.len() == metrics.len())
        .then(|| time_saved(&rows))
        .flatten()
}

/// The epochs whose energy is known, with its joules in place of the seconds of training: so energy has the statistics and
/// the drawing of time.
#[must_use]
pub fn in_joules(metrics: &[EpochRecord]) -> Vec<EpochRecord> {
    let joules = |row: &EpochRecord| {
        let mut row = row.clone();
        row.train_seconds = row.train_joules?;
        Some(row)
    };
    metrics.iter().filter_map(joules).collect()
}

/// The estimate of [`time_saved`] after each paired epoch, with its number from 1, in the order of
/// [`epochs_in_training_order`]; the last is that of all.
#[must_use]
pub fn time_saved_so_far(metrics: &[EpochRecord]) -> Vec<(f64, Estimate)> {
    let mut seeds: BTreeMap<u64, Vec<PairedEpoch>> = BTreeMap::new();
    let pairs = epochs_in_training_order(metrics).into_iter().flatten();
    (1_u32..)
        .zip(pairs)
        .filter_map(|(number, pair)| {
            seeds.entry(pair.baseline.seed).or_default().push(pair);
            Some((f64::from(number), estimate(&seeds)?))
        })
        .collect()
}

/// The epochs that both networks have finished, by seeds in the order in which they were trained.
#[must_use]
pub fn epochs_in_training_order(metrics: &[EpochRecord]) -> Vec<Vec<PairedEpoch<'_>>> {
    let mut seeds = paired_epochs(metrics);
    metrics
        .iter()
        .filter_map(|row| seeds.remove(&row.seed))
        .collect()
}

/// The time saved over the paired epochs of `seeds`, see [`time_saved`].
fn estimate(seeds: &BTreeMap<u64, Vec<PairedEpoch>>) -> Option<Estimate> {
    let furthest = seeds.values().map(Vec::len).max()?;
    let level: Vec<f64> = seeds
        .values()
        .filter(|epochs| epochs.len() == furthest)
        .filter_map(|epochs| saving(epochs))
        .collect();
    if level.len() >= 2 {
        return mean_interval(&level);
    }
    over_epochs(seeds)
}

/// The saving over all paired epochs together, with the interval of a ratio of totals.
pub fn over_epochs(seeds: &BTreeMap<u64, Vec<PairedEpoch>>) -> Option<Estimate> {
    let (baseline, capped): (Vec<f64>, Vec<f64>) = seeds
        .values()
        .flatten()
        .map(|pair| (pair.baseline.train_seconds, pair.capped.train_seconds))
        .unzip();
    let kept = ratio_interval(&capped, &baseline)?;
    Some(Estimate {
        mean: 1.0 - kept.mean,
        interval: kept.interval.map(|[low, high]| [1.0 - high, 1.0 - low]),
    })
}

/// Largest share by which an epoch took longer than the median epoch of its network.
pub fn slowest_epoch(metrics: &[EpochRecord]) -> Option<f64> {
    Role::BOTH
        .into_iter()
        .filter_map(|role| {
            let mut seconds: Vec<f64> = metrics
                .iter()
                .filter(|record| record.network == role && record.train_seconds > 0.0)
                .map(|record| record.train_seconds)
                .collect();
            seconds.sort_by(f64::total_cmp);
            let last = *seconds.last().filter(|_| seconds.len() > 1)?;
            Some(last / quantile(&seconds, 0.5) - 1.0)
        })
        .max_by(f64::total_cmp)
}

/// `1 - T_capped / T_baseline` over all epochs of a seed's networks; `None` where no time was measured.
pub fn total_saving(epochs: &Epochs) -> Option<f64> {
    let total = |rows: &Vec<&EpochRecord>| rows.iter().map(|row| row.train_seconds).sum::<f64>();
    let [baseline, capped] = epochs.each_ref().map(total);
    let saved = 1.0 - capped / baseline;
    saved.is_finite().then_some(saved)
}

/// `1 - T_capped / T_baseline` over epochs; `None` where no time was measured.
fn saving(epochs: &[PairedEpoch]) -> Option<f64> {
    let total = |seconds: fn(&PairedEpoch) -> f64| epochs.iter().map(seconds).sum::<f64>();
    let baseline = total(|pair| pair.baseline.train_seconds);
    let saved = 1.0 - total(|pair| pair.capped.train_seconds) / baseline;
    saved.is_finite().then_some(saved)
}

/// Share of the training time of `metrics` in which training waited for images, from the epochs of
/// which it is known.
pub fn data_wait_share(metrics: &[EpochRecord]) -> Option<f64> {
    let (waited, trained) = metrics
        .iter()
        .filter_map(|record| Some((record.data_wait_seconds?, record.train_seconds)))
        .fold((0.0, 0.0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    (trained > 0.0).then(|| waited / trained)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::run::fixture;

    fn timed(seed: u64, epoch: usize, seconds: [f64; 2]) -> [EpochRecord; 2] {
        let mut rows = fixture::metrics(&[seed], epoch).split_off(2 * epoch - 2);
        rows[0].train_seconds = seconds[0];
        rows[1].train_seconds = seconds[1];
        rows.try_into().unwrap()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn nothing_paired_says_nothing() {
        assert_eq!(time_saved(&[]), None);
        assert_eq!(time_saved(&timed(1, 1, [2.0, 1.0])[..1]), None);
        assert_eq!(time_saved(&timed(1, 1, [0.0, 0.0])), None);
    }

    #[test]
    fn one_epoch_has_no_interval() {
        let saved = time_saved(&timed(1, 1, [4.0, 1.0])).unwrap();
        assert!(near(saved.mean, 0.75));
        assert_eq!(saved.interval, None);
    }

    /// Interval by numpy 2 and scipy 1.17.1: r = sum(c)/sum(b), d = c - r b,
    /// `t.ppf(.975, n-1) * sqrt(sum(d²)/(n-1)/n) / mean(b)`.
    #[test]
    fn one_seed_gives_the_total_saving_with_the_interval_of_a_ratio() {
        let rows: Vec<_> = [[10.0, 6.0], [11.0, 7.0], [10.5, 6.1]]
            .into_iter()
            .enumerate()
            .flat_map(|(index, seconds)| timed(1, index + 1, seconds))
            .collect();
        let saved = time_saved(&rows).unwrap();
        assert!(near(saved.mean, 1.0 - 19.1 / 31.5));
        let [low, high] = saved.interval.unwrap();
        assert!(near(f64::midpoint(low, high), saved.mean));
        assert!(near(high - low, 0.143_576_663_297_013_19));
    }

    #[test]
    fn seeds_that_came_equally_far_are_the_replications() {
        let mut rows: Vec<_> = timed(1, 1, [10.0, 6.0]).to_vec();
        rows.extend(timed(1, 2, [10.0, 6.0]));
        rows.extend(timed(2, 1, [10.0, 5.0]));
        let partial = time_saved(&rows).unwrap();
        assert!(near(partial.mean, 1.0 - 17.0 / 30.0));
        rows.extend(timed(2, 2, [10.0, 5.0]));
        let both = time_saved(&rows).unwrap();
        assert!(near(both.mean, 0.45));
        let [low, high] = both.interval.unwrap();
        assert!(near(high - low, 2.0 * 12.706_204_736_174_7 * 0.05));
    }

    /// Joules 80 times the seconds of the baseline and 120 times those of the capped network: 1 - 1.5 x (1 - time saved).
    #[test]
    fn energy_saved_is_paired_as_time_saved_is_and_needs_every_epoch() {
        let mut rows = fixture::metrics(&[1, 2, 3], 3);
        assert_eq!(energy_saved(&rows), None);
        for row in &mut rows {
            let watts = [80.0, 120.0][row.network as usize];
            row.train_joules = Some(watts * row.train_seconds);
        }
        let (energy, time) = (energy_saved(&rows).unwrap(), time_saved(&rows).unwrap());
        assert!(near(1.0 - energy.mean, 1.5 * (1.0 - time.mean)));
        let ([low, high], [from, to]) = (energy.interval.unwrap(), time.interval.unwrap());
        assert!(near(high - low, 1.5 * (to - from)));
        rows[4].train_joules = None;
        assert_eq!(energy_saved(&rows), None);
        assert_eq!(energy_saved(&[]), None);
    }

    #[test]
    fn the_course_ends_at_the_estimate_of_all() {
        let rows = fixture::metrics(&[3, 1], 4);
        let course = time_saved_so_far(&rows);
        let numbers: Vec<f64> = course.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(course[0].1.interval, None);
        assert_eq!(course.last().map(|(_, saved)| *saved), time_saved(&rows));
    }

    #[test]
    fn the_later_record_of_an_epoch_counts() {
        let mut rows: Vec<_> = timed(1, 1, [10.0, 6.0]).to_vec();
        rows.extend(timed(1, 1, [10.0, 2.0]));
        assert!(near(time_saved(&rows).unwrap().mean, 0.8));
    }
}

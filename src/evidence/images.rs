//! Two networks on the same test images: what one seed can say.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution};
use serde::{Deserialize, Serialize};

use super::bootstrap::bca;
use super::mcnemar;

/// Resamples of the test images.
const RESAMPLES: u64 = 10_000;
/// Their seed: the same images, the same interval.
const SEED: u64 = 0;

/// Two networks compared image by image.
///
/// It speaks of these two trained networks on other images like these, and not of other seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageComparison {
    /// Test images.
    pub images: usize,
    /// Images that the baseline alone classifies right.
    pub only_baseline: usize,
    /// Images that the capped network alone classifies right.
    pub only_capped: usize,
    /// Capped minus baseline accuracy.
    pub difference: f64,
    /// Its 95 % interval by the paired bootstrap over images (BCa); null where no image tells the networks apart.
    pub interval: Option<[f64; 2]>,
    /// Two-sided p-value of the exact test of McNemar that both are right equally often.
    pub mcnemar: f64,
}

/// Compares two networks by whether each classified each image right; `None` without images or where
/// the numbers of images differ.
#[must_use]
pub fn compare_images(baseline: &[bool], capped: &[bool]) -> Option<ImageComparison> {
    if baseline.len() != capped.len() || baseline.is_empty() {
        return None;
    }
    let count = |wanted: (bool, bool)| {
        baseline
            .iter()
            .zip(capped)
            .filter(|&(&baseline, &capped)| (baseline, capped) == wanted)
            .count()
    };
    let images = baseline.len();
    let (lost, gained) = (count((true, false)), count((false, true)));
    let difference = (gained as f64 - lost as f64) / images as f64;
    Some(ImageComparison {
        images,
        only_baseline: lost,
        only_capped: gained,
        difference,
        interval: interval(images as u64, gained as u64, lost as u64),
        mcnemar: mcnemar(lost as u64, gained as u64)?,
    })
}

/// BCa interval of `(gained - lost) / images` over resamples of the images. An image counts 1, 0 or -1,
/// so a resample is three binomial counts.
fn interval(images: u64, gained: u64, lost: u64) -> Option<[f64; 2]> {
    let n = images as f64;
    let share = |(gained, lost): (u64, u64)| (gained as f64 - lost as f64) / n;
    let first = Binomial::new(images, gained as f64 / n).ok()?;
    let rest = if gained == images {
        0.0
    } else {
        lost as f64 / (images - gained) as f64
    };
    let replicates = (0..RESAMPLES)
        .map(|stream| {
            let mut rng = ChaCha8Rng::seed_from_u64(SEED);
            rng.set_stream(stream);
            let up = first.sample(&mut rng);
            let down = Binomial::new(images - up, rest).ok()?.sample(&mut rng);
            Some(share((up, down)))
        })
        .collect::<Option<Vec<f64>>>()?;
    let sum = gained as f64 - lost as f64;
    let without = |value: f64| (sum - value) / (n - 1.0);
    let kinds = [
        (without(1.0), gained as f64),
        (without(-1.0), lost as f64),
        (without(0.0), (images - gained - lost) as f64),
    ];
    bca(
        share((gained, lost)),
        replicates,
        &kinds.into_iter().filter(|(_, times)| *times > 0.0),
        0.95,
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn flags(both: usize, only_baseline: usize, only_capped: usize) -> (Vec<bool>, Vec<bool>) {
        let part = |count, baseline, capped| std::iter::repeat_n((baseline, capped), count);
        part(both, true, true)
            .chain(part(only_baseline, true, false))
            .chain(part(only_capped, false, true))
            .unzip()
    }

    /// The Wald interval of a paired difference (Fleiss 1981), `d ± 1.96 √(b + c - (c - b)²/n) / n`,
    /// is near at so many images.
    #[test]
    fn the_interval_is_near_the_analytic_one() {
        let (baseline, capped) = flags(9_000, 220, 300);
        let compared = compare_images(&baseline, &capped).unwrap();
        assert_eq!((compared.only_baseline, compared.only_capped), (220, 300));
        let n = 9_520.0;
        let half = 1.96 * (520.0_f64 - 80.0 * 80.0 / n).sqrt() / n;
        let [low, high] = compared.interval.unwrap();
        assert!((compared.difference - 80.0 / n).abs() < 1e-12);
        assert!((low - (80.0 / n - half)).abs() < 2e-4, "{low}");
        assert!((high - (80.0 / n + half)).abs() < 2e-4, "{high}");
        assert_eq!(Some(compared), compare_images(&baseline, &capped));
    }

    #[test]
    fn images_that_tell_nothing_apart_give_no_interval() {
        let (baseline, capped) = flags(50, 0, 0);
        let compared = compare_images(&baseline, &capped).unwrap();
        assert_eq!(compared.interval, None);
        assert!((compared.mcnemar - 1.0).abs() < 1e-12);
        let (baseline, capped) = flags(0, 0, 50);
        assert_eq!(compare_images(&baseline, &capped).unwrap().interval, None);
        assert_eq!(compare_images(&[], &[]), None);
        assert_eq!(compare_images(&[true], &[]), None);
    }
}

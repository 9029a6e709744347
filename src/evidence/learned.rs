//! Is a network better than always naming the most frequent class?

use serde::{Deserialize, Serialize};

use super::at_least;

/// Level of the test that a baseline has learned.
pub const LEARNED: f64 = 0.05;

/// The images of a test set, and those that always naming the most frequent class classifies right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSet {
    /// Test images.
    pub images: usize,
    /// Those of the most frequent class.
    pub most_frequent: usize,
}

impl TestSet {
    /// Accuracy of always naming the most frequent class; not a number without an image.
    #[must_use]
    pub fn share(self) -> f64 {
        self.most_frequent as f64 / self.images as f64
    }

    /// p-value of the null hypothesis that a network of this test `accuracy` (a fraction) is no better: the exact
    /// one-sided binomial test over test images. 1 where the accuracy is not a number or there is no image.
    #[must_use]
    pub fn p(self, accuracy: f64) -> f64 {
        let hits = (accuracy * self.images as f64).round();
        if !(0.0..=self.images as f64).contains(&hits) {
            return 1.0;
        }
        at_least(hits as u64, self.images as u64, self.share()).unwrap_or(1.0)
    }

    /// Whether a network of this test accuracy is better than that, at the level [`LEARNED`].
    #[must_use]
    pub fn is_beaten_by(self, accuracy: f64) -> bool {
        self.p(accuracy) <= LEARNED
    }
}

/// The baselines of the seeds that are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Baselines<'a> {
    /// The seeds.
    pub seeds: &'a [u64],
    /// Test accuracy of each seed's baseline, a fraction.
    pub accuracies: &'a [f64],
    /// Their test set.
    pub test: TestSet,
}

impl Baselines<'_> {
    /// Which baselines are not better than always naming the most frequent class, one clause; `None` where all
    /// are better.
    #[must_use]
    pub fn obstacle(&self) -> Option<String> {
        let failed: Vec<String> = self
            .seeds
            .iter()
            .zip(self.accuracies)
            .filter(|&(_, &accuracy)| !self.test.is_beaten_by(accuracy))
            .map(|(seed, _)| seed.to_string())
            .collect();
        let which = match failed.as_slice() {
            [] => return None,
            all if all.len() == self.seeds.len() && all.len() > 1 => "in every seed".to_owned(),
            [one] => format!("in seed {one}"),
            [several @ .., last] => format!("in seeds {} and {last}", several.join(", ")),
        };
        Some(format!(
            "has not learned: {which} it is not better than always naming the most frequent class, which is right for {:.1} % of the {} test images (one-sided binomial test, p above {LEARNED})",
            self.test.share() * 100.0,
            self.test.images
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE_HUNDRED: TestSet = TestSet {
        images: 500,
        most_frequent: 50,
    };

    /// By scipy 1.17.1, `binomtest(61, 500, 0.1, alternative="greater")` gives 0.0618 and 62 gives 0.0465.
    #[test]
    fn the_binomial_test_decides() {
        assert!(!FIVE_HUNDRED.is_beaten_by(61.0 / 500.0));
        assert!(FIVE_HUNDRED.is_beaten_by(62.0 / 500.0));
        for accuracy in [f64::NAN, f64::INFINITY, -0.1, 1.1, 0.0] {
            assert!(!FIVE_HUNDRED.is_beaten_by(accuracy), "{accuracy}");
        }
        let empty = TestSet {
            images: 0,
            most_frequent: 0,
        };
        assert!(!empty.is_beaten_by(0.5));
    }

    #[test]
    fn seeds_that_did_not_learn_are_named() {
        let said = |accuracies: &[f64]| {
            Baselines {
                seeds: &[1, 2, 3],
                accuracies,
                test: FIVE_HUNDRED,
            }
            .obstacle()
        };
        assert_eq!(said(&[0.2, 0.3, 0.9]), None);
        let two = said(&[0.1, 0.3, 0.11]).unwrap_or_default();
        assert!(
            two.starts_with("has not learned: in seeds 1 and 3 it"),
            "{two}"
        );
        assert!(two.contains("10.0 % of the 500 test images"), "{two}");
        let one = said(&[0.2, 0.1, 0.3]).unwrap_or_default();
        assert!(one.contains("in seed 2 it"), "{one}");
        let all = said(&[0.1; 3]).unwrap_or_default();
        assert!(all.contains("in every seed it"), "{all}");
    }
}

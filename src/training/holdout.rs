//! A hold-out: a share of the training images of every class that no network is trained on. What is chosen (depth,
//! learning rate) is chosen on it, so that the test images are used once, at the end.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::TrainingError;
use crate::dataset::Dataset;

/// Share that is held out where something is chosen and no share is given.
pub const USUAL_SHARE: f64 = 0.1;
/// Seed of the choice: the same images are held out for all networks, depths and seeds.
const SEED: u64 = 0;

/// The training images in two parts, each as ascending indices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdout {
    /// Images that networks are trained on.
    pub trained: Vec<usize>,
    /// Images held out; none where no share is.
    pub held_out: Vec<usize>,
}

impl Holdout {
    /// Holds nothing out of `images` training images.
    #[must_use]
    pub fn none(images: usize) -> Self {
        Self {
            trained: (0..images).collect(),
            held_out: Vec::new(),
        }
    }

    /// Holds out `share` of the training images of every class, rounded, chosen with a fixed seed.
    ///
    /// # Errors
    /// [`TrainingError::Recipe`] where that is not at least one image of every class, or all of one.
    pub fn of(dataset: &Dataset, share: Option<f64>) -> Result<Self, TrainingError> {
        let labels = &dataset.train.labels;
        let Some(share) = share else {
            return Ok(Self::none(labels.len()));
        };
        let mut rng = ChaCha8Rng::seed_from_u64(SEED);
        let mut parts = Self::default();
        let mut classes: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (image, &class) in labels.iter().enumerate() {
            classes.entry(class).or_default().push(image);
        }
        for (class, mut of_class) in classes {
            let images = of_class.len();
            let count = (share * images as f64).round() as usize;
            if count == 0 || count == images {
                let name = dataset.class_names.get(class as usize);
                let name = name.map_or_else(|| class.to_string(), |name| format!("'{name}'"));
                return Err(TrainingError::Recipe(problem(share, &name, count, images)));
            }
            of_class.shuffle(&mut rng);
            parts.trained.extend(of_class.split_off(count));
            parts.held_out.extend(of_class);
        }
        parts.trained.sort_unstable();
        parts.held_out.sort_unstable();
        Ok(parts)
    }

    /// The usual share, or the least one that holds out an image of every class where that is more.
    #[must_use]
    pub fn usual_share(dataset: &Dataset) -> f64 {
        let fewest = dataset.train.class_counts().into_values().min();
        fewest.map_or(USUAL_SHARE, |images| least_share(images).max(USUAL_SHARE))
    }

    /// Number of held-out images of the most frequent class among them.
    #[must_use]
    pub fn most_frequent(&self, dataset: &Dataset) -> usize {
        let mut counts = vec![0; dataset.class_names.len()];
        for &image in &self.held_out {
            counts[dataset.train.labels[image] as usize] += 1;
        }
        counts.into_iter().max().unwrap_or(0)
    }
}

/// The least share, to three digits, that rounds to an image of so many.
fn least_share(images: usize) -> f64 {
    (500.0 / images as f64).ceil() / 1000.0
}

fn problem(share: f64, class: &str, count: usize, images: usize) -> String {
    if images == 1 {
        return format!(
            "class {class} has a single training image, which cannot be both trained on and held out: train without --holdout, or add images"
        );
    }
    if count == 0 {
        return format!(
            "a hold-out of {share} of the training images holds none of the {images} of class {class}: use --holdout {} or more",
            least_share(images)
        );
    }
    format!(
        "a hold-out of {share} of the training images holds all {images} of class {class}, so that none is left to train on: use a smaller --holdout"
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::dataset::{Shape, Split};

    /// `counts` images of each class, in turn.
    fn dataset(counts: [usize; 3]) -> Dataset {
        let most = counts.into_iter().max().unwrap();
        let in_turn = (0..most).flat_map(|round| {
            let classes = (0..3_u32).filter(move |&class| round < counts[class as usize]);
            classes.collect::<Vec<_>>()
        });
        let labels: Vec<u32> = in_turn.collect();
        Dataset {
            name: "test".to_owned(),
            notes: Vec::new(),
            shape: Shape {
                channels: 1,
                height: 1,
                width: 1,
            },
            skipped: Vec::new(),
            class_names: ["a", "b", "c"].map(str::to_owned).to_vec(),
            train: Split {
                pixels: vec![0; labels.len()],
                labels,
            },
            test: Split::default(),
            flip_keeps_class: false,
        }
    }

    #[test]
    fn every_class_is_held_out_in_proportion_and_no_image_twice() {
        let dataset = dataset([40, 20, 10]);
        let parts = Holdout::of(&dataset, Some(0.1)).unwrap();
        assert_eq!(parts, Holdout::of(&dataset, Some(0.1)).unwrap());
        let counts = |images: &[usize]| {
            [0, 1, 2].map(|class| {
                let labels = images.iter().map(|&image| dataset.train.labels[image]);
                labels.filter(|&label| label == class).count()
            })
        };
        assert_eq!(counts(&parts.held_out), [4, 2, 1]);
        assert_eq!(counts(&parts.trained), [36, 18, 9]);
        assert_eq!(parts.most_frequent(&dataset), 4);
        let mut all = [parts.trained.clone(), parts.held_out.clone()].concat();
        assert!(parts.trained.is_sorted() && parts.held_out.is_sorted());
        all.sort_unstable();
        assert_eq!(all, (0..70).collect::<Vec<_>>());
        assert_eq!(Holdout::of(&dataset, None).unwrap(), Holdout::none(70));
    }

    #[test]
    fn a_share_that_leaves_a_class_without_an_image_is_refused() {
        let said = |counts, share| Holdout::of(&dataset(counts), Some(share)).unwrap_err();
        let said = |counts, share| said(counts, share).to_string();
        let none = said([40, 20, 4], 0.1);
        assert!(
            none.contains("none of the 4 of class 'c': use --holdout 0.125 or more"),
            "{none}"
        );
        assert!(Holdout::of(&dataset([40, 20, 4]), Some(0.125)).is_ok());
        assert!(said([40, 20, 4], 0.9).contains("holds all 4 of class 'c'"));
        assert!(said([40, 20, 1], 0.5).contains("class 'c' has a single training image"));
    }

    #[test]
    fn the_usual_share_holds_an_image_of_every_class() {
        for counts in [[400, 200, 100], [40, 20, 5], [9, 3, 2], [7, 7, 7]] {
            let dataset = dataset(counts);
            let share = Holdout::usual_share(&dataset);
            assert!(share >= USUAL_SHARE);
            assert!(Holdout::of(&dataset, Some(share)).is_ok(), "{counts:?}");
        }
        let share = Holdout::usual_share(&dataset([40, 20, 5]));
        assert!((share - USUAL_SHARE).abs() < 1e-12);
    }
}

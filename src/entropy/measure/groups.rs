//! Disjoint groups of images, whose pooled counts are resampled in place of the images' own.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Most groups of images.
pub(super) const GROUPS: usize = 64;

/// Deals images to groups as they come, without knowing how many there will be: every run of 64
/// gives one to each group, beginning with a random one, by a fixed seed. So groups differ by at
/// most one image in size, and images that lie next to each other never share one.
#[derive(Clone, Debug)]
pub(super) struct Rotations {
    rng: ChaCha8Rng,
    starts: Vec<u8>,
}

impl Rotations {
    pub(super) fn new() -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(0),
            starts: Vec::new(),
        }
    }

    /// Makes sure that the first `images` images have a group.
    pub(super) fn reach(&mut self, images: usize) {
        while self.starts.len() * GROUPS < images {
            self.starts.push(self.rng.random());
        }
    }

    /// The group of an image that was reached.
    #[inline(always)]
    pub(super) fn group(&self, image: usize) -> usize {
        (image + usize::from(self.starts[image / GROUPS])) % GROUPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_of_equal_size_and_do_not_depend_on_when_they_are_asked_for() {
        let mut rotations = Rotations::new();
        rotations.reach(1000);
        let mut sizes = [0; GROUPS];
        for image in 0..1000 {
            sizes[rotations.group(image)] += 1;
        }
        assert!(sizes.iter().all(|size| (15..=16).contains(size)));
        let mut other = Rotations::new();
        for images in [1, 70, 71, 1000] {
            other.reach(images);
        }
        assert_eq!(rotations.starts, other.starts);
        assert!(
            rotations
                .starts
                .iter()
                .any(|start| *start != rotations.starts[0])
        );
    }
}

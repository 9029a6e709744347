//! Disjoint groups of images, whose pooled counts are resampled in place of the images' own.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Most groups of images.
pub(super) const GROUPS: usize = 64;

/// Images that are dealt one by one, so that small datasets fill all groups.
const SINGLY: usize = 16 * GROUPS;
/// Neighbours that are dealt together from then on: their counts are pooled at once.
const TOGETHER: usize = 8;

/// Deals images to groups as they come, without knowing how many there will be: the first ones
/// singly, all others with their neighbours. Every run of 64 hands gives one to each group,
/// beginning with a random one, by a fixed seed. So groups differ by at most one hand in size.
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
        let hands = images.checked_sub(1).map_or(0, |last| Self::hand(last) + 1);
        while self.starts.len() * GROUPS < hands {
            self.starts.push(self.rng.random());
        }
    }

    /// The group of an image that was reached.
    #[inline(always)]
    pub(super) fn group(&self, image: usize) -> usize {
        let hand = Self::hand(image);
        (hand + usize::from(self.starts[hand / GROUPS])) % GROUPS
    }

    /// How many images from this one on are dealt with the same hand.
    #[inline(always)]
    pub(super) const fn together(image: usize) -> usize {
        if image < SINGLY {
            1
        } else {
            TOGETHER - (image - SINGLY) % TOGETHER
        }
    }

    /// With which hand an image is dealt.
    #[inline(always)]
    const fn hand(image: usize) -> usize {
        if image < SINGLY {
            image
        } else {
            SINGLY + (image - SINGLY) / TOGETHER
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_of_equal_size_and_do_not_depend_on_when_they_are_asked_for() {
        let mut rotations = Rotations::new();
        rotations.reach(1000);
        let sizes = |rotations: &Rotations, images| {
            let mut sizes = [0; GROUPS];
            for image in 0..images {
                sizes[rotations.group(image)] += 1;
            }
            sizes
        };
        let small = sizes(&rotations, 1000);
        assert!(small.iter().all(|size| (15..=16).contains(size)));
        let mut other = Rotations::new();
        for images in [0, 1, 70, 71, 1000, 1024, 1025, 3000] {
            other.reach(images);
        }
        rotations.reach(3000);
        for image in 0..2999 {
            let next_is_same = rotations.group(image) == rotations.group(image + 1);
            let starts_a_run = Rotations::hand(image + 1).is_multiple_of(GROUPS);
            let alone = Rotations::together(image) == 1;
            assert!(next_is_same != alone || starts_a_run, "{image}");
        }
        let large = sizes(&rotations, 3000);
        assert!(large.iter().all(|size| (40..=48).contains(size)));
        assert_eq!(rotations.starts, other.starts);
        assert!(
            rotations
                .starts
                .iter()
                .any(|start| *start != rotations.starts[0])
        );
    }
}

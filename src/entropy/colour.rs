//! Counting joint RGB values, of which there are about as many as pixels.

use super::lookup::{Adder, LARGEST, LOOKUP, zeros};
use super::shannon::{Table, Tally};

/// Counts the joint colours of images of one size, one after another.
#[derive(Clone, Debug)]
pub(super) enum ColourCounter {
    /// At most 1,024 pixels.
    Small(Box<Rounds<13, { 1 << 13 }, { 1 << 10 }>>),
    /// At most 65,535 pixels.
    Medium(Box<Rounds<16, { 1 << 16 }, { 1 << 16 }>>),
    /// More.
    Large(Vec<u32>, Box<Table>),
}

impl ColourCounter {
    /// A counter for images of `area` pixels.
    pub(super) fn new(area: usize) -> Self {
        if area <= 1 << 10 {
            Self::Small(Box::new(Rounds::new()))
        } else if area <= LARGEST {
            Self::Medium(Box::new(Rounds::new()))
        } else {
            Self::Large(Vec::new(), Box::new(Table::new(area)))
        }
    }

    /// What the entropy of the joint 24-bit value of the pixels of an RGB image (three planes) is computed from.
    #[inline(always)]
    pub(super) fn tally<A: Adder>(&mut self, adder: A, rgb: &[u8]) -> Tally {
        match self {
            Self::Small(rounds) => rounds.tally(adder, rgb),
            Self::Medium(rounds) => rounds.tally(adder, rgb),
            Self::Large(keys, table) => sorted(keys, table, rgb),
        }
    }
}

/// The colours of the pixels of three planes.
#[inline(always)]
fn colours(rgb: &[u8]) -> impl ExactSizeIterator<Item = u32> {
    let (red, rest) = rgb.split_at(rgb.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    let pixels = red.iter().zip(green).zip(blue);
    pixels.map(|((&r, &g), &b)| u32::from_le_bytes([b, g, r, 0]))
}

/// Counts colours in rounds without a branch, by a table of `2^BITS` slots.
///
/// In a round every pixel first writes its number into the slot that its colour hashes to; the last
/// one stays. Then every pixel looks there: if that one has its own colour it is counted for it,
/// else it comes again in the next round, with another hash. Pixels of one colour share their slot,
/// so all or none of them are counted; and what is read was written in the same round, so that
/// nothing has to be cleared but the counts.
#[derive(Clone, Debug)]
pub(super) struct Rounds<const BITS: u32, const SLOTS: usize, const AREA: usize> {
    keys: Box<[u32; AREA]>,
    late: Box<[u32; AREA]>,
    places: Box<[u16; AREA]>,
    slots: Box<[u16; SLOTS]>,
    counts: Box<[u16; AREA]>,
}

impl<const BITS: u32, const SLOTS: usize, const AREA: usize> Rounds<BITS, SLOTS, AREA> {
    fn new() -> Self {
        Self {
            keys: zeros(),
            late: zeros(),
            places: zeros(),
            slots: zeros(),
            counts: zeros(),
        }
    }

    #[inline(always)]
    fn tally<A: Adder>(&mut self, adder: A, rgb: &[u8]) -> Tally {
        let mut pixels = 0;
        for (key, colour) in self.keys.iter_mut().zip(colours(rgb)) {
            *key = colour;
            pixels += 1;
        }
        let mut left = pixels;
        let mut sums = super::lookup::Sums::default();
        let mut factor = 0x9E37_79B1_u32;
        while left > 0 {
            let coming = self.round(left, factor);
            let counted = left.next_multiple_of(32).min(AREA);
            sums = sums.plus(adder.wide(&LOOKUP, &self.counts[..counted]));
            std::mem::swap(&mut self.keys, &mut self.late);
            left = coming;
            factor = factor.wrapping_mul(0x85EB_CA6B);
        }
        sums.tally(pixels, (pixels.max(1) as f64).log2())
    }

    /// Counts the first `pixels` keys by Knuth's multiplicative hash; the number of those that come again.
    #[inline(always)]
    fn round(&mut self, pixels: usize, factor: u32) -> usize {
        let keys = &self.keys[..pixels.min(AREA)];
        let places = &mut self.places[..keys.len()];
        for (place, key) in places.iter_mut().zip(keys) {
            *place = (key.wrapping_mul(factor) >> (32 - BITS)) as u16;
        }
        for (number, &place) in places.iter().enumerate() {
            self.slots[usize::from(place) % SLOTS] = number as u16;
        }
        self.counts[..keys.len().next_multiple_of(32).min(AREA)].fill(0);
        let mut late = 0;
        for (&key, &place) in keys.iter().zip(&*places) {
            let first = usize::from(self.slots[usize::from(place) % SLOTS]) % AREA;
            let same = self.keys[first] == key;
            self.counts[first] += u16::from(same);
            self.late[late % AREA] = key;
            late += usize::from(!same);
        }
        late
    }
}

/// Counts colours by sorting them.
fn sorted(keys: &mut Vec<u32>, table: &Table, rgb: &[u8]) -> Tally {
    keys.clear();
    keys.extend(colours(rgb));
    keys.sort_unstable();
    let mut tally = Tally::default();
    for same in keys.chunk_by(|left, right| left == right) {
        tally.add(same.len() as u64, table.get(same.len() as u32));
    }
    tally
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::lookup::{Job, Portable, run};
    use super::*;
    use crate::entropy::{Estimator, shannon};

    struct Counted<'a>(&'a mut ColourCounter, &'a [u8]);

    impl Job for Counted<'_> {
        type Output = Tally;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Tally {
            self.0.tally(adder, self.1)
        }
    }

    #[test]
    fn a_counter_of_colours_forgets_the_image_before() {
        let mut counter = ColourCounter::new(4);
        let four_colours = [1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9];
        let two_colours = [1, 1, 1, 1, 5, 5, 6, 6, 0, 0, 0, 0];
        for round in 0..300 {
            for (image, bits) in [(four_colours, 2.0), (two_colours, 1.0)] {
                let entropy = counter.tally(Portable, &image).bits(Estimator::PlugIn);
                assert!(
                    (entropy - bits).abs() < 1e-12,
                    "{entropy} for {bits}, round {round}"
                );
            }
        }
    }

    /// Images of every size, with few, some and many repeated colours.
    #[test]
    fn colours_are_counted_as_a_map_counts_them() {
        for area in [5_usize, 1_024, 2_048, 40_000, 65_535, 70_000] {
            let mut counter = ColourCounter::new(area);
            for levels in [2_u64, 40, 256] {
                let mut state = 1_u64;
                let rgb: Vec<u8> = (0..3 * area)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(99);
                        ((state >> 40) % levels) as u8
                    })
                    .collect();
                let mut map: HashMap<[u8; 3], u64> = HashMap::new();
                for pixel in 0..area {
                    *map.entry([0, 1, 2].map(|plane| rgb[plane * area + pixel]))
                        .or_default() += 1;
                }
                let counts: Vec<u64> = map.into_values().collect();
                let tallies = [
                    counter.tally(Portable, &rgb),
                    run(Counted(&mut counter, &rgb)),
                ];
                for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                    for tally in tallies {
                        let bits = tally.bits(estimator);
                        let error = bits - shannon::entropy(&counts, estimator);
                        assert!(error.abs() < 1e-9, "{error} at {area}, {levels}");
                    }
                }
            }
        }
    }
}

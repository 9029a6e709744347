//! Counting joint RGB values, of which there are about as many as pixels.

use super::lookup::{Adder, LARGEST, LOOKUP, Sums, zeros};
use super::shannon::{Table, Tally};

/// Pixels that the buffers of a counter hold.
const CAPACITY: usize = 1 << 16;
/// Pixels that are compared together.
const ROW: usize = 16;

/// Counts the joint colours of images of one size, one after another.
#[derive(Clone, Debug)]
pub(super) enum ColourCounter {
    /// At most 2,048 pixels, by a table that stays in a core's nearest cache with all the rest.
    Small(Box<Rounds<13, { 1 << 13 }>>),
    /// At most 16,384 pixels, by a table that just stays there.
    Medium(Box<Rounds<14, { 1 << 14 }>>),
    /// At most 65,535 pixels.
    Large(Box<Rounds<16, { 1 << 16 }>>),
    /// More.
    Sorted(Vec<u32>, Box<Table>),
}

impl ColourCounter {
    /// A counter for images of `area` pixels.
    pub(super) fn new(area: usize) -> Self {
        if area <= 1 << 11 {
            Self::Small(Box::new(Rounds::new(area)))
        } else if area <= 1 << 14 {
            Self::Medium(Box::new(Rounds::new(area)))
        } else if area <= LARGEST {
            Self::Large(Box::new(Rounds::new(area)))
        } else {
            Self::Sorted(Vec::new(), Box::new(Table::new(area)))
        }
    }

    /// What the entropy of the joint 24-bit value of the pixels of an RGB image (three planes) is computed from.
    #[inline(always)]
    pub(super) fn tally<A: Adder>(&mut self, adder: A, rgb: &[u8]) -> Tally {
        match self {
            Self::Small(rounds) => rounds.tally(adder, rgb),
            Self::Medium(rounds) => rounds.tally(adder, rgb),
            Self::Large(rounds) => rounds.tally(adder, rgb),
            Self::Sorted(keys, table) => sorted(keys, table, rgb),
        }
    }
}

/// The three planes of an image.
#[inline(always)]
fn planes(rgb: &[u8]) -> [&[u8]; 3] {
    let area = rgb.len() / 3;
    [0, 1, 2].map(|plane| &rgb[plane * area..][..area])
}

/// A colour as a number.
#[inline(always)]
const fn colour(red: u8, green: u8, blue: u8) -> u32 {
    u32::from_le_bytes([blue, green, red, 0])
}

/// Knuth's multiplicative hash, of the first round.
#[inline(always)]
const fn hash(colour: u32) -> u32 {
    colour.wrapping_mul(0x9E37_79B1)
}

/// The hash of a hash, for a further round.
#[inline(always)]
const fn again(key: u32) -> u32 {
    (key ^ key >> 15).wrapping_mul(0x85EB_CA6B)
}

/// Counts colours in rounds without a branch, by a table of `2^BITS` slots.
///
/// In a round every pixel first writes its number into the slot that its colour hashes to; the last
/// one stays. Then every pixel looks there. Those that find themselves, most of them where colours
/// are many, have begun a bin of one pixel and are done. Of the others, those that find their own
/// colour make its bin grow; the rest comes again in the next round, with another hash. Pixels of
/// one colour share their slot, so all or none of them are counted; and what is read was written in
/// the same round, so that nothing has to be cleared. Hashes are one-to-one and stand for their
/// colours.
#[derive(Clone, Debug)]
pub(super) struct Rounds<const BITS: u32, const SLOTS: usize> {
    log_area: f64,
    /// Hashes of the pixels of a round.
    keys: Box<[u32; CAPACITY]>,
    slots: Box<[u16; SLOTS]>,
    /// What each pixel finds in its slot.
    found: Box<[u16; CAPACITY]>,
    /// The pixels that find another one.
    others: Box<[u32; CAPACITY]>,
    /// The pixels whose bins grow, once for each time.
    growing: Box<[u16; CAPACITY]>,
    /// The counts of bins, by the pixels that began them; set for those that grow.
    counts: Box<[u16; CAPACITY]>,
}

impl<const BITS: u32, const SLOTS: usize> Rounds<BITS, SLOTS> {
    fn new(area: usize) -> Self {
        Self {
            log_area: (area.max(1) as f64).log2(),
            keys: zeros(),
            slots: zeros(),
            found: zeros(),
            others: zeros(),
            growing: zeros(),
            counts: zeros(),
        }
    }

    #[inline(always)]
    fn tally<A: Adder>(&mut self, adder: A, rgb: &[u8]) -> Tally {
        let [red, green, blue] = planes(rgb);
        let area = red.len().min(LARGEST);
        let (green, blue) = (&green[..area], &blue[..area]);
        for (pixel, key) in self.keys[..area].iter_mut().enumerate() {
            *key = hash(colour(red[pixel], green[pixel], blue[pixel]));
        }
        let mut sums = Sums::default();
        let mut left = area;
        while left > 0 {
            self.mark(left);
            let others = self.find(adder, left);
            let (late, growing) = self.part(others);
            sums = sums.plus(Sums::ones((left - others) as u64));
            sums = sums.plus(self.grow(growing));
            for key in &mut self.keys[..late] {
                *key = again(*key);
            }
            left = late;
        }
        sums.tally(area, self.log_area)
    }

    /// The first `pixels` keys write their numbers.
    #[inline(always)]
    fn mark(&mut self, pixels: usize) {
        let (fours, rest) = self.keys[..pixels].as_chunks::<4>();
        let mut number = 0_u16;
        for four in fours {
            for (key, index) in four.iter().zip(0..) {
                self.slots[slot::<BITS>(*key) % SLOTS] = number + index;
            }
            number = number.wrapping_add(4);
        }
        for (key, index) in rest.iter().zip(0..) {
            self.slots[slot::<BITS>(*key) % SLOTS] = number + index;
        }
    }

    /// They look what they find; how many find another one.
    #[inline(always)]
    fn find<A: Adder>(&mut self, adder: A, pixels: usize) -> usize {
        for (found, key) in self.found.iter_mut().zip(&self.keys[..pixels]) {
            *found = self.slots[slot::<BITS>(*key) % SLOTS];
        }
        let rows = pixels.div_ceil(ROW);
        self.found[pixels..rows * ROW].fill(0);
        let mut others = 0;
        for (row, first) in self.found.as_chunks::<ROW>().0[..rows]
            .iter()
            .zip((0..).step_by(ROW))
        {
            #[expect(clippy::expect_used, reason = "no row finds more pixels than it has")]
            let to = self.others[others..]
                .first_chunk_mut()
                .expect("the buffer holds every row");
            others += adder.greater(row, first, to);
        }
        others
    }

    /// Parts those that found another pixel: keys of another colour come again, which are put in
    /// front; pixels found by those of the same colour grow. How many there are of either.
    #[inline(always)]
    fn part(&mut self, others: usize) -> (usize, usize) {
        let (mut late, mut growing) = (0, 0);
        for &number in &self.others[..others] {
            let number = number as usize % CAPACITY;
            let (key, found) = (self.keys[number], self.found[number]);
            let same = self.keys[usize::from(found)] == key;
            self.growing[growing % CAPACITY] = found;
            growing += usize::from(same);
            self.keys[late % CAPACITY] = key;
            late += usize::from(!same);
        }
        (late, growing)
    }

    /// What the first `growing` bins add to the sums.
    #[inline(always)]
    fn grow(&mut self, growing: usize) -> Sums {
        let growing = &self.growing[..growing];
        for &bin in growing {
            self.counts[usize::from(bin)] = 1;
        }
        let mut sums = Sums::default();
        for &bin in growing {
            let count = &mut self.counts[usize::from(bin)];
            sums = sums.plus(LOOKUP.growth(*count));
            *count = count.wrapping_add(1);
        }
        sums
    }
}

/// The slot of a key.
#[inline(always)]
const fn slot<const BITS: u32>(key: u32) -> usize {
    (key >> (32 - BITS)) as usize
}

/// Counts colours by sorting them.
fn sorted(keys: &mut Vec<u32>, table: &Table, rgb: &[u8]) -> Tally {
    keys.clear();
    let [red, green, blue] = planes(rgb);
    let pixels = red.iter().zip(green).zip(blue);
    keys.extend(pixels.map(|((&r, &g), &b)| colour(r, g, b)));
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

    struct Counted<'a>(&'a mut ColourCounter, &'a [&'a [u8]]);

    impl Job for Counted<'_> {
        type Output = Vec<Tally>;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Vec<Tally> {
            let Self(counter, images) = self;
            images.iter().map(|rgb| counter.tally(adder, rgb)).collect()
        }
    }

    #[test]
    fn images_do_not_share_colours() {
        let four_colours: &[u8] = &[1, 2, 3, 4, 0, 0, 0, 0, 9, 9, 9, 9];
        let two_colours: &[u8] = &[1, 1, 1, 1, 5, 5, 6, 6, 0, 0, 0, 0];
        let images = [four_colours, two_colours].repeat(300);
        let tallies = Counted(&mut ColourCounter::new(4), &images).run(Portable);
        assert_eq!(tallies.len(), images.len());
        for (tally, bits) in tallies.iter().zip([2.0, 1.0].into_iter().cycle()) {
            let entropy = tally.bits(Estimator::PlugIn);
            assert!((entropy - bits).abs() < 1e-12, "{entropy} for {bits}");
        }
    }

    /// Images of every size, with few, some and many repeated colours.
    #[test]
    fn colours_are_counted_as_a_map_counts_them() {
        for area in [5_usize, 63, 1_024, 2_048, 9_216, 40_000, 65_535, 70_000] {
            let mut counter = ColourCounter::new(area);
            let mut state = 1_u64;
            let images: Vec<Vec<u8>> = (0..if area > 1_024 { 3 } else { 35 })
                .map(|number| {
                    let levels = [2_u64, 40, 256, 9][number % 4];
                    let value = |_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(99);
                        ((state >> 40) % levels) as u8
                    };
                    (0..3 * area).map(value).collect()
                })
                .collect();
            let images: Vec<&[u8]> = images.iter().map(Vec::as_slice).collect();
            let portable = Counted(&mut counter, &images).run(Portable);
            let best = run(Counted(&mut counter, &images));
            for ((rgb, portable), best) in images.iter().zip(portable).zip(best) {
                let mut map: HashMap<[u8; 3], u64> = HashMap::new();
                for pixel in 0..area {
                    *map.entry([0, 1, 2].map(|plane| rgb[plane * area + pixel]))
                        .or_default() += 1;
                }
                let counts: Vec<u64> = map.into_values().collect();
                for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
                    for tally in [portable, best] {
                        let bits = tally.bits(estimator);
                        let error = bits - shannon::entropy(&counts, estimator);
                        assert!(error.abs() < 1e-9, "{error} at {area}");
                    }
                }
            }
        }
    }
}

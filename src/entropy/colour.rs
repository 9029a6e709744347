//! Counting joint RGB values, of which there are about as many as pixels.

use super::lookup::{Adder, LARGEST, LOOKUP, Sums, zeros};
use super::shannon::{Table, Tally};

/// Pixels that the buffers of a counter hold.
const ROOM: usize = 1 << 16;

/// Counts the joint colours of images of one size, one after another.
#[derive(Clone, Debug)]
pub(super) enum ColourCounter {
    /// At most 1,024 pixels, by a table that stays in a core's nearest cache.
    Small(Box<Rounds<13, { 1 << 13 }>>),
    /// At most 65,535 pixels.
    Medium(Box<Rounds<16, { 1 << 16 }>>),
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
/// one stays. Then every pixel looks there: if that one has its own colour it is counted for it,
/// else it comes again in the next round, with another hash. Pixels of one colour share their slot,
/// so all or none of them are counted; and what is read was written in the same round, so that
/// nothing has to be cleared but the counts. Hashes are one-to-one and stand for their colours.
#[derive(Clone, Debug)]
pub(super) struct Rounds<const BITS: u32, const SLOTS: usize> {
    keys: Box<[u32; ROOM]>,
    late: Box<[u32; ROOM]>,
    slots: Box<[u16; SLOTS]>,
    counts: Box<[u16; ROOM]>,
}

impl<const BITS: u32, const SLOTS: usize> Rounds<BITS, SLOTS> {
    fn new() -> Self {
        Self {
            keys: zeros(),
            late: zeros(),
            slots: zeros(),
            counts: zeros(),
        }
    }

    #[inline(always)]
    fn tally<A: Adder>(&mut self, adder: A, rgb: &[u8]) -> Tally {
        let [red, green, blue] = planes(rgb);
        let area = red.len().min(ROOM);
        let (green, blue) = (&green[..area], &blue[..area]);
        for (pixel, key) in self.keys[..area].iter_mut().enumerate() {
            *key = hash(colour(red[pixel], green[pixel], blue[pixel]));
        }
        let mut sums = Sums::default();
        let mut left = area;
        while left > 0 {
            self.mark(left);
            let late = self.count(left);
            sums = sums.plus(adder.sums_of(&LOOKUP, &self.counts[..whole(left)]));
            for (key, &late) in self.keys[..late].iter_mut().zip(&*self.late) {
                *key = again(late);
            }
            left = late;
        }
        sums.tally(area, (area.max(1) as f64).log2())
    }

    /// The first half of a round: the first `pixels` keys write their numbers; their counts become 0.
    #[inline(always)]
    fn mark(&mut self, pixels: usize) {
        let slots = &mut *self.slots;
        let (fours, rest) = self.keys[..pixels].as_chunks::<4>();
        let mut number = 0_u16;
        for four in fours {
            for (key, index) in four.iter().zip(0..) {
                slots[slot::<BITS>(*key) % SLOTS] = number + index;
            }
            number = number.wrapping_add(4);
        }
        for (key, index) in rest.iter().zip(0..) {
            slots[slot::<BITS>(*key) % SLOTS] = number + index;
        }
        self.counts[..whole(pixels)].fill(0);
    }

    /// The second half: the number of keys that come again.
    #[inline(always)]
    fn count(&mut self, pixels: usize) -> usize {
        let keys = &*self.keys;
        let mut late = 0_u16;
        let mut one = |key: u32| {
            let first = usize::from(self.slots[slot::<BITS>(key) % SLOTS]);
            let same = u16::from(keys[first] == key);
            self.counts[first] = self.counts[first].wrapping_add(same);
            self.late[usize::from(late)] = key;
            late = late.wrapping_add(1 - same);
        };
        let (fours, rest) = keys[..pixels].as_chunks::<4>();
        for &[first, second, third, fourth] in fours {
            one(first);
            one(second);
            one(third);
            one(fourth);
        }
        for &key in rest {
            one(key);
        }
        usize::from(late)
    }
}

/// The slot of a key.
#[inline(always)]
const fn slot<const BITS: u32>(key: u32) -> usize {
    (key >> (32 - BITS)) as usize
}

/// That many counts or a few more, so that they are whole vectors.
#[inline(always)]
fn whole(counts: usize) -> usize {
    counts.next_multiple_of(32).min(ROOM)
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
        for area in [5_usize, 63, 1_024, 2_048, 40_000, 65_535, 70_000] {
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

//! Counting the values of single planes.

use super::shannon::{IntegerTable, Table, Tally};

/// Number of 8-bit values.
pub(super) const BINS: usize = 256;
/// Planes that are counted together.
pub(super) const TOGETHER: usize = 4;

/// Counts of one plane.
type Counts = [u16; BINS];

/// Counts four planes at a time, pixel by pixel in turn.
///
/// A processor adds to one counter per clock; adding to the same counter again costs several, since
/// it waits for the sum before. Four planes in turn hide that as four sub-histograms of one plane
/// would, but there is nothing to merge afterwards.
#[derive(Clone, Debug)]
pub(super) struct PlaneCounter {
    area: usize,
    integers: IntegerTable,
    table: Table,
    counts: [Counts; TOGETHER],
    pooled: [u32; BINS],
}

impl PlaneCounter {
    /// A counter for planes of `area` pixels.
    pub(super) fn new(area: usize) -> Self {
        Self {
            area,
            integers: IntegerTable::new(area),
            table: Table::new(area),
            counts: [[0; BINS]; TOGETHER],
            pooled: [0; BINS],
        }
    }

    /// What the entropies of four planes are computed from; their counts are added to `pool`.
    pub(super) fn four(
        &mut self,
        planes: [&[u8]; TOGETHER],
        pool: Option<&mut [u64; BINS]>,
    ) -> [Tally; TOGETHER] {
        if self.area > IntegerTable::LARGEST {
            let mut pool = pool;
            return planes.map(|plane| self.large(plane, pool.as_deref_mut()));
        }
        count(&mut self.counts, planes);
        if let Some(pool) = pool {
            self.pool(pool);
        }
        let tallies = self
            .counts
            .each_ref()
            .map(|counts| self.integers.tally(counts));
        self.counts = [[0; BINS]; TOGETHER];
        tallies
    }

    /// The same for one plane, whose quarters are counted in turn.
    pub(super) fn one(&mut self, plane: &[u8], pool: Option<&mut [u64; BINS]>) -> Tally {
        if self.area > IntegerTable::LARGEST {
            return self.large(plane, pool);
        }
        let quarter = plane.len() / TOGETHER;
        let (even, rest) = plane.split_at(quarter * TOGETHER);
        let part = |index: usize| &even[index * quarter..][..quarter];
        count(&mut self.counts, [part(0), part(1), part(2), part(3)]);
        let mut counts = [0; BINS];
        for quarter in &self.counts {
            for (sum, count) in counts.iter_mut().zip(quarter) {
                *sum += count;
            }
        }
        for &value in rest {
            counts[usize::from(value)] += 1;
        }
        self.counts = [[0; BINS]; TOGETHER];
        if let Some(pool) = pool {
            for (sum, &count) in pool.iter_mut().zip(&counts) {
                *sum += u64::from(count);
            }
        }
        self.integers.tally(&counts)
    }

    /// Adds the counts of all four planes to `pool`.
    fn pool(&mut self, pool: &mut [u64; BINS]) {
        let [a, b, c, d] = &self.counts;
        for (sum, (((&a, &b), &c), &d)) in self.pooled.iter_mut().zip(a.iter().zip(b).zip(c).zip(d))
        {
            *sum = u32::from(a) + u32::from(b) + u32::from(c) + u32::from(d);
        }
        for (sum, &count) in pool.iter_mut().zip(&self.pooled) {
            *sum += u64::from(count);
        }
    }

    /// A plane of more pixels than 16 bits can count.
    fn large(&self, plane: &[u8], pool: Option<&mut [u64; BINS]>) -> Tally {
        let mut counts = [0_u64; BINS];
        for part in plane.chunks(1 << 30) {
            for (sum, count) in counts.iter_mut().zip(count_bytes(part)) {
                *sum += u64::from(count);
            }
        }
        let mut tally = Tally::default();
        for &count in &counts {
            tally.add(count, self.table.get(count as u32));
        }
        if let Some(pool) = pool {
            for (sum, &count) in pool.iter_mut().zip(&counts) {
                *sum += count;
            }
        }
        tally
    }
}

/// Adds the values of four planes of equal length to their counts.
fn count(counts: &mut [Counts; TOGETHER], planes: [&[u8]; TOGETHER]) {
    let [a, b, c, d] = planes.map(|plane| plane.as_chunks::<8>().0);
    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
        for half in 0..2 {
            let values = [a, b, c, d].map(|word| u32::from_le_bytes(word.as_chunks::<4>().0[half]));
            for byte in 0..4 {
                for (counts, value) in counts.iter_mut().zip(values) {
                    let count = &mut counts[(value >> (8 * byte) & 255) as usize];
                    *count = count.wrapping_add(1);
                }
            }
        }
    }
    for (counts, plane) in counts.iter_mut().zip(planes) {
        for &value in plane.as_chunks::<8>().1 {
            counts[usize::from(value)] += 1;
        }
    }
}

/// Counts of the bytes of `values`, in eight sub-histograms of all of them: the bare histogram that
/// nothing that counts 8-bit values one by one can beat by much.
///
/// A count that passes 2^32 wraps.
#[must_use]
pub fn count_bytes(values: &[u8]) -> [u32; BINS] {
    let mut lanes = [[0_u32; BINS]; 8];
    let (words, rest) = values.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        for (index, lane) in lanes.iter_mut().enumerate() {
            let count = &mut lane[(word >> (8 * index) & 255) as usize];
            *count = count.wrapping_add(1);
        }
    }
    let [mut counts, others @ ..] = lanes;
    for &value in rest {
        counts[usize::from(value)] += 1;
    }
    for lane in &others {
        for (count, more) in counts.iter_mut().zip(lane) {
            *count = count.wrapping_add(*more);
        }
    }
    counts
}

/// Writes the grey level of each pixel of an RGB image (three planes) to `grey`.
///
/// ITU-R 601 luma rounded to 8 bits by the integers that Pillow's `convert("L")` uses:
/// `(19595 R + 38470 G + 7471 B + 32768) >> 16`.
pub(super) fn luma(rgb: &[u8], grey: &mut Vec<u8>) {
    let (red, rest) = rgb.split_at(rgb.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    grey.clear();
    grey.extend(red.iter().zip(green).zip(blue).map(|((&r, &g), &b)| {
        let weighted =
            19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768;
        (weighted >> 16) as u8
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{Estimator, shannon};

    #[test]
    fn counts_every_byte_also_behind_the_last_eight() {
        let values: Vec<u8> = (0..2003_u32)
            .map(|index| (index * index / 7) as u8)
            .collect();
        let mut expected = [0; BINS];
        for &value in &values {
            expected[usize::from(value)] += 1;
        }
        assert_eq!(count_bytes(&values), expected);
    }

    /// One plane, four together and large ones agree with counts made one by one.
    #[test]
    fn planes_of_every_size_are_counted_and_pooled() {
        for area in [1, 3, 7, 8, 784, 1_023, 70_001] {
            let planes: Vec<Vec<u8>> = (0..4_u32)
                .map(|plane| {
                    (0..area)
                        .map(|index| {
                            (index % 9973 * (index % 9973) / (plane + 1) % (1 + 80 * plane)) as u8
                        })
                        .collect()
                })
                .collect();
            let mut counter = PlaneCounter::new(area as usize);
            let mut expected = [0; BINS];
            let mut pools = [[0; BINS]; 2];
            let four = counter.four(
                std::array::from_fn(|index| planes[index].as_slice()),
                Some(&mut pools[0]),
            );
            for (plane, four) in planes.iter().zip(four) {
                let counts = count_bytes(plane).map(u64::from);
                for (sum, count) in expected.iter_mut().zip(counts) {
                    *sum += count;
                }
                let one = counter.one(plane, Some(&mut pools[1]));
                for tally in [one, four] {
                    let bits = tally.bits(Estimator::MillerMadow);
                    let error = bits - shannon::entropy(&counts, Estimator::MillerMadow);
                    assert!(error.abs() < 1e-11, "{error} at {area}");
                }
            }
            assert_eq!(pools, [expected; 2], "{area}");
        }
    }

    /// `Image.new("RGB", (1, 1), colour).convert("L")` in Pillow 13 for each colour.
    #[test]
    fn luma_is_that_of_pillow() {
        let colours = [
            ([255, 0, 0], 76),
            ([0, 255, 0], 150),
            ([0, 0, 255], 29),
            ([255, 255, 255], 255),
            ([12, 200, 77], 130),
            ([1, 2, 3], 2),
        ];
        for (rgb, expected) in colours {
            let mut grey = Vec::new();
            luma(&rgb, &mut grey);
            assert_eq!(grey, [expected], "{rgb:?}");
        }
    }
}

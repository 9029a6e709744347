//! Counting the values of single planes.
//!
//! A processor adds to one counter per clock; adding to the same counter again costs several, since
//! it waits for the sum before. So neighbouring pixels are counted in four sub-histograms, which are
//! merged afterwards. Reading a wide part of memory right after a narrow one was written stalls;
//! so there are two sets of sub-histograms, and a plane is added up while the next is counted.

use super::histogram::count_bytes;
use super::lookup::{Adder, BINS, LARGEST, LOOKUP, Lookup};
use super::shannon::{Table, Tally};

/// Sub-histograms that take neighbouring pixels in turn.
const LANES: usize = 4;
/// Bytes of a plane that go to those, where counts have 8 bits: what is left goes to one more.
const EVEN: usize = (LANES * u8::MAX as usize) & !7;
/// Largest plane whose sub-histograms cannot overflow 8 bits.
const SMALL: usize = EVEN + u8::MAX as usize;

/// Counts planes of one size, one after another.
#[derive(Clone, Debug)]
pub(super) struct PlaneCounter {
    area: usize,
    log_area: f64,
    table: Table,
    turn: usize,
    small: [[[u8; BINS]; LANES + 1]; 2],
    medium: [[[u16; BINS]; LANES]; 2],
    large: [Vec<u64>; 2],
}

impl PlaneCounter {
    /// A counter for planes of `area` pixels.
    pub(super) fn new(area: usize) -> Self {
        let large = area > LARGEST;
        Self {
            area,
            log_area: (area.max(1) as f64).log2(),
            table: Table::new(if large { area } else { 0 }),
            turn: 0,
            small: [[[0; BINS]; LANES + 1]; 2],
            medium: [[[0; BINS]; LANES]; 2],
            large: std::array::from_fn(|_| vec![0; if large { BINS } else { 0 }]),
        }
    }

    /// Counts a plane; what the one before gives can be had by [`Self::tally`] then.
    #[inline(always)]
    pub(super) fn count(&mut self, plane: &[u8]) {
        self.turn ^= 1;
        if self.area <= SMALL {
            let lanes = &mut self.small[self.turn];
            let (even, rest) = plane.split_at(plane.len().min(EVEN) & !7);
            let [lanes @ .., last] = lanes;
            count_in_turn(lanes, even, |count| *count = count.wrapping_add(1));
            for &value in rest {
                last[usize::from(value)] += 1;
            }
        } else if self.area <= LARGEST {
            let lanes = &mut self.medium[self.turn];
            let (even, rest) = plane.split_at(plane.len() & !7);
            count_in_turn(lanes, even, |count| *count = count.wrapping_add(1));
            for &value in rest {
                lanes[0][usize::from(value)] += 1;
            }
        } else {
            let counts = &mut self.large[self.turn];
            counts.fill(0);
            for part in plane.chunks(1 << 30) {
                for (sum, count) in counts.iter_mut().zip(count_bytes(part)) {
                    *sum += u64::from(count);
                }
            }
        }
    }

    /// What the entropy of a counted plane is computed from, the last one or the one before it; its
    /// counts are added to a `pool` and forgotten.
    #[inline(always)]
    pub(super) fn tally<A: Adder>(
        &mut self,
        adder: A,
        last: bool,
        pool: Option<Pool<'_>>,
    ) -> Tally {
        let turn = if last { self.turn } else { self.turn ^ 1 };
        let lookup: &Lookup = &LOOKUP;
        if self.area > LARGEST {
            return self.large(turn, pool);
        }
        let counts = if self.area > SMALL {
            let lanes = &mut self.medium[turn];
            let counts = merge_wide(lanes);
            *lanes = [[0; BINS]; LANES];
            counts
        } else {
            let lanes = &mut self.small[turn];
            let counts = merge(lanes);
            if let Some(sums) = adder.narrow(lookup, &counts) {
                *lanes = [[0; BINS]; LANES + 1];
                if let Some(pool) = pool {
                    pool.add(self.area, &counts);
                }
                return sums.tally(self.area, self.log_area);
            }
            let counts = merge_wide(&lanes.map(|lane| lane.map(u16::from)));
            *lanes = [[0; BINS]; LANES + 1];
            counts
        };
        if let Some(pool) = pool {
            pool.add(self.area, &counts);
        }
        adder.wide(lookup, &counts).tally(self.area, self.log_area)
    }

    /// A plane of more pixels than 16 bits can count.
    fn large(&self, turn: usize, pool: Option<Pool<'_>>) -> Tally {
        let counts = &self.large[turn];
        let mut tally = Tally::default();
        for &count in counts {
            tally.add(count, self.table.get(count as u32));
        }
        if let Some(pool) = pool {
            for (sum, &count) in pool.high.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        tally
    }
}

/// Adds each of eight neighbouring values to the sub-histogram whose turn it is.
#[inline(always)]
fn count_in_turn<T>(lanes: &mut [[T; BINS]], values: &[u8], add: impl Fn(&mut T)) {
    let Some(lanes) = lanes.first_chunk_mut::<LANES>() else {
        return;
    };
    for word in values.as_chunks::<8>().0 {
        let word = u64::from_le_bytes(*word);
        for index in 0..8 {
            add(&mut lanes[index % LANES][(word >> (8 * index) & 255) as usize]);
        }
    }
}

/// Sums of sub-histograms; what does not fit into 8 bits becomes 255.
#[inline(always)]
fn merge<const N: usize>(lanes: &[[u8; BINS]; N]) -> [u8; BINS] {
    let mut counts = lanes[0];
    for lane in &lanes[1..] {
        for (count, more) in counts.iter_mut().zip(lane) {
            *count = count.saturating_add(*more);
        }
    }
    counts
}

/// Sums of sub-histograms of at most [`LARGEST`] values.
#[inline(always)]
fn merge_wide<const N: usize>(lanes: &[[u16; BINS]; N]) -> [u16; BINS] {
    let mut counts = lanes[0];
    for lane in &lanes[1..] {
        for (count, more) in counts.iter_mut().zip(lane) {
            *count = count.wrapping_add(*more);
        }
    }
    counts
}

/// Pooled counts of many planes: 16-bit ones, emptied into large ones before they overflow.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    low: Vec<[u16; BINS]>,
    room: Vec<usize>,
    high: Vec<[u64; BINS]>,
}

impl Pools {
    /// So many pools.
    pub(super) fn new(pools: usize) -> Self {
        Self {
            low: vec![[0; BINS]; pools],
            room: vec![LARGEST; pools],
            high: vec![[0; BINS]; pools],
        }
    }

    /// One of the pools.
    #[inline(always)]
    pub(super) fn at(&mut self, index: usize) -> Pool<'_> {
        Pool {
            low: &mut self.low[index],
            room: &mut self.room[index],
            high: &mut self.high[index],
        }
    }

    /// The counts of every pool.
    pub(super) fn finish(mut self) -> Vec<[u64; BINS]> {
        for index in 0..self.low.len() {
            self.at(index).empty();
        }
        self.high
    }
}

/// One pool.
pub(super) struct Pool<'a> {
    low: &'a mut [u16; BINS],
    room: &'a mut usize,
    high: &'a mut [u64; BINS],
}

impl Pool<'_> {
    /// Adds the counts of a plane of `area` pixels, at most [`LARGEST`].
    #[inline(always)]
    fn add<T: Copy + Into<u16>>(mut self, area: usize, counts: &[T; BINS]) {
        if area > *self.room {
            self.empty();
        }
        *self.room -= area;
        for (sum, &count) in self.low.iter_mut().zip(counts) {
            *sum = sum.wrapping_add(count.into());
        }
    }

    #[cold]
    fn empty(&mut self) {
        for (high, low) in self.high.iter_mut().zip(self.low.iter_mut()) {
            *high += u64::from(std::mem::take(low));
        }
        *self.room = LARGEST;
    }
}

#[cfg(test)]
mod tests {
    use super::super::lookup::{Job, run};
    use super::*;
    use crate::entropy::{Estimator, shannon};

    /// Counts planes as a worker does: each is added up when the next has been counted.
    struct Counted<'a> {
        counter: &'a mut PlaneCounter,
        planes: &'a [Vec<u8>],
        pools: &'a mut Pools,
    }

    impl Job for Counted<'_> {
        type Output = Vec<Tally>;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Vec<Tally> {
            let mut tallies = Vec::new();
            for (index, plane) in self.planes.iter().enumerate() {
                self.counter.count(plane);
                if index > 0 {
                    tallies.push(self.counter.tally(adder, false, Some(self.pools.at(0))));
                }
            }
            tallies.push(self.counter.tally(adder, true, Some(self.pools.at(0))));
            tallies
        }
    }

    /// Planes of every size, of few and many levels, agree with counts made one by one.
    #[test]
    fn planes_of_every_size_are_counted_and_pooled() {
        for area in [
            1,
            3,
            7,
            8,
            784,
            1_020,
            1_024,
            SMALL as u32,
            SMALL as u32 + 1,
            9_216,
            65_535,
            70_001,
        ] {
            let planes: Vec<Vec<u8>> = (0..9_u32)
                .map(|plane| {
                    (0..area)
                        .map(|index| {
                            (index % 9973 * (index % 9973) / (plane % 4 + 1)
                                % (1 + 80 * (plane % 4))) as u8
                        })
                        .collect()
                })
                .collect();
            let mut counter = PlaneCounter::new(area as usize);
            let mut expected = [0; BINS];
            let mut pools = Pools::new(1);
            let tallies = run(Counted {
                counter: &mut counter,
                planes: &planes,
                pools: &mut pools,
            });
            for (plane, tally) in planes.iter().zip(tallies) {
                let counts = count_bytes(plane).map(u64::from);
                for (sum, count) in expected.iter_mut().zip(counts) {
                    *sum += count;
                }
                let bits = tally.bits(Estimator::MillerMadow);
                let error = bits - shannon::entropy(&counts, Estimator::MillerMadow);
                assert!(error.abs() < 1e-11, "{error} at {area}");
            }
            assert_eq!(pools.finish(), [expected], "{area}");
        }
    }
}

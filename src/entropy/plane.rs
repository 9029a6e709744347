//! Counting the values of single planes.
//!
//! A processor adds to one counter per clock; adding to the same counter again costs several, since
//! it waits for the sum before. So neighbouring pixels are counted in four sub-histograms. What an
//! entropy needs of them is added up while the next plane is counted, an eighth of the bins after an
//! eighth of its pixels: counting leaves the units idle that add up, and what was written byte by
//! byte can be read in wide words by then without a wait.

use super::histogram::count_bytes;
use super::lookup::{Adder, BINS, LARGEST, LOOKUP, Lookup, Some32};
use super::shannon::{Table, Tally};

/// Sub-histograms that take neighbouring pixels in turn.
const LANES: usize = 4;
/// Largest plane whose sub-histograms have 8 bits: only one of a single value can overflow, to 0.
const SMALL: usize = LANES * (u8::MAX as usize + 1);

/// Counts planes of one size, one after another.
#[derive(Clone, Debug)]
pub(super) struct PlaneCounter {
    area: usize,
    log_area: f64,
    table: Table,
    turn: usize,
    small: [Small; 2],
    medium: [[[u16; BINS]; LANES]; 2],
    large: [Vec<u64>; 2],
}

/// Sub-histograms of 8 bits, none of whose vectors lies in two lines of the cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Small {
    lanes: [[u8; BINS]; LANES],
    /// Values that fill a sub-histogram alone, with 256 pixels that it shows as none.
    alone: [Option<u8>; LANES],
}

impl Small {
    const EMPTY: Self = Self {
        lanes: [[0; BINS]; LANES],
        alone: [None; LANES],
    };

    /// Looks for sub-histograms that overflowed: those that show none of their first value.
    #[inline(always)]
    fn watch(&mut self, plane: &[u8]) {
        if plane.len() < SMALL {
            return;
        }
        for ((lane, alone), &value) in self.lanes.iter().zip(&mut self.alone).zip(plane) {
            *alone = (lane[usize::from(value)] == 0).then_some(value);
        }
    }

    /// The counts of an eighth of the bins that overflowed.
    #[cold]
    fn alone(&self, eighth: usize) -> Some32 {
        let mut counts: Some32 = [0; _];
        for value in self.alone.into_iter().flatten().map(usize::from) {
            if value / counts.len() == eighth {
                counts[value % counts.len()] += (SMALL / LANES) as u16;
            }
        }
        counts
    }
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
            small: [Small::EMPTY; 2],
            medium: [[[0; BINS]; LANES]; 2],
            large: std::array::from_fn(|_| vec![0; if large { BINS } else { 0 }]),
        }
    }

    /// Counts a plane, or none, and gives what the entropy of the one before it is computed from,
    /// whose counts are added to a `pool` and forgotten.
    #[inline(always)]
    pub(super) fn advance<A: Adder>(
        &mut self,
        adder: A,
        plane: &[u8],
        mut pool: Option<Pool<'_>>,
    ) -> Tally {
        let lookup: &Lookup = &LOOKUP;
        self.turn ^= 1;
        if self.area > LARGEST {
            return self.advance_large(plane, pool);
        }
        if let Some(pool) = &mut pool {
            pool.make_room(self.area);
        }
        let mut running = adder.begin(lookup);
        if self.area > SMALL {
            let [one, other] = &mut self.medium;
            let (new, old) = in_turn(self.turn, one, other);
            for (eighth, part) in eighths(plane).into_iter().enumerate() {
                count(new, part);
                let counts = take(adder, old, eighth);
                if let Some(pool) = &mut pool {
                    pool.add(adder, eighth, counts);
                }
                adder.add(lookup, &mut running, counts);
            }
        } else {
            let [one, other] = &mut self.small;
            let (new, old) = in_turn(self.turn, one, other);
            let overflowed = old.alone.iter().any(Option::is_some);
            for (eighth, part) in eighths(plane).into_iter().enumerate() {
                count(&mut new.lanes, part);
                let mut counts = take(adder, &mut old.lanes, eighth);
                if overflowed {
                    counts = adder.plus(counts, adder.counts(&old.alone(eighth)));
                }
                if let Some(pool) = &mut pool {
                    pool.add(adder, eighth, counts);
                }
                adder.add(lookup, &mut running, counts);
            }
            old.alone = [None; LANES];
            new.watch(plane);
        }
        adder.sums(running).tally(self.area, self.log_area)
    }

    /// Planes of more pixels than 16 bits can count.
    fn advance_large(&mut self, plane: &[u8], pool: Option<Pool<'_>>) -> Tally {
        let [one, other] = &mut self.large;
        let (new, old) = in_turn(self.turn, one, other);
        for part in plane.chunks(1 << 30) {
            for (sum, count) in new.iter_mut().zip(count_bytes(part)) {
                *sum += u64::from(count);
            }
        }
        let mut tally = Tally::default();
        for &count in &*old {
            tally.add(count, self.table.get(count as u32));
        }
        if let Some(pool) = pool {
            for (sum, &count) in pool.high.iter_mut().zip(&*old) {
                *sum += count;
            }
        }
        old.fill(0);
        tally
    }
}

/// The one of two that takes the new plane, and the one that holds the old.
#[inline(always)]
const fn in_turn<'a, T>(turn: usize, one: &'a mut T, other: &'a mut T) -> (&'a mut T, &'a mut T) {
    if turn == 0 {
        (one, other)
    } else {
        (other, one)
    }
}

/// A counter of a sub-histogram.
trait Count: Copy + Default {
    fn increment(&mut self);

    fn load<A: Adder>(adder: A, counts: &[Self; 32]) -> A::Counts;
}

impl Count for u8 {
    #[inline(always)]
    fn increment(&mut self) {
        *self = self.wrapping_add(1);
    }

    #[inline(always)]
    fn load<A: Adder>(adder: A, counts: &[Self; 32]) -> A::Counts {
        adder.widened(counts)
    }
}

impl Count for u16 {
    #[inline(always)]
    fn increment(&mut self) {
        *self = self.wrapping_add(1);
    }

    #[inline(always)]
    fn load<A: Adder>(adder: A, counts: &[Self; 32]) -> A::Counts {
        adder.counts(counts)
    }
}

/// About an eighth of a plane each.
#[inline(always)]
fn eighths(plane: &[u8]) -> [&[u8]; EIGHTHS] {
    let step = (plane.len() / EIGHTHS) & !7;
    let mut parts = [plane; EIGHTHS];
    let mut left = plane;
    for part in &mut parts[..EIGHTHS - 1] {
        (*part, left) = left.split_at(step);
    }
    parts[EIGHTHS - 1] = left;
    parts
}

/// Counts values, in turn.
#[inline(always)]
fn count<T: Count>(lanes: &mut [[T; BINS]; LANES], values: &[u8]) {
    let (words, rest) = values.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        for index in 0..8 {
            lanes[index % LANES][(word >> (8 * index) & 255) as usize].increment();
        }
    }
    for (index, &value) in rest.iter().enumerate() {
        lanes[index % LANES][usize::from(value)].increment();
    }
}

/// Parts of the bins that are added up together.
const EIGHTHS: usize = BINS / 32;

/// Sums of sub-histograms of at most [`LARGEST`] values, of an eighth of the bins, which are set to 0.
#[inline(always)]
fn take<A: Adder, T: Count>(adder: A, lanes: &mut [[T; BINS]; LANES], eighth: usize) -> A::Counts {
    let mut counts = adder.counts(&[0; _]);
    for lane in lanes {
        let some = &mut lane.as_chunks_mut().0[eighth % EIGHTHS];
        counts = adder.plus(counts, T::load(adder, some));
        *some = [T::default(); 32];
    }
    counts
}

/// Counts of 16 bits, none of whose vectors lies in two lines of the cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Low([u16; BINS]);

/// Pooled counts of many planes: 16-bit ones, emptied into large ones before they overflow.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    low: Vec<Low>,
    room: Vec<usize>,
    high: Vec<[u64; BINS]>,
}

impl Pools {
    /// So many pools.
    pub(super) fn new(pools: usize) -> Self {
        Self {
            low: vec![Low([0; BINS]); pools],
            room: vec![LARGEST; pools],
            high: vec![[0; BINS]; pools],
        }
    }

    /// One of the pools.
    #[inline(always)]
    pub(super) fn at(&mut self, index: usize) -> Pool<'_> {
        Pool {
            low: &mut self.low[index].0,
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
    /// Makes sure that a plane of `area` pixels, at most [`LARGEST`], can be added without an overflow.
    #[inline(always)]
    fn make_room(&mut self, area: usize) {
        if area > *self.room {
            self.empty();
        }
        *self.room -= area;
    }

    /// Adds the counts of an eighth of the bins.
    #[inline(always)]
    fn add<A: Adder>(&mut self, adder: A, eighth: usize, counts: A::Counts) {
        let low = &mut self.low.as_chunks_mut().0[eighth % EIGHTHS];
        adder.store(low, adder.plus(adder.counts(low), counts));
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
            for plane in self.planes.iter().map(Vec::as_slice).chain([&[][..]]) {
                let pool = self.pools.at(0);
                tallies.push(self.counter.advance(adder, plane, Some(pool)));
            }
            tallies.split_off(1)
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

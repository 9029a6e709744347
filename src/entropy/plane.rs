//! Counting the values of single planes.
//!
//! A processor adds to one counter per clock; adding to the same counter again costs several, since
//! it waits for the sum before. So neighbouring pixels are counted in four sub-histograms. What an
//! entropy needs of them is added up while the next plane is counted elsewhere, an eighth of the
//! bins after an eighth of its pixels: counting leaves the units idle that add up, and what was
//! written counter by counter can be read in wide words by then without a wait.
//!
//! Nothing is ever cleared. Every channel has counters of its own, which go on from image to image;
//! the counts of a plane are what they have grown by, and so are those of several planes that are
//! pooled. That is right as long as no more than 65,535 values lie between: counters may wrap.

use super::histogram::count_bytes;
use super::lookup::{Adder, BINS, EIGHTHS, LARGEST, LOOKUP, Lookup};
use super::pools::Pool;
use super::shannon::{Table, Tally};

/// Sub-histograms that take neighbouring pixels in turn.
const LANES: usize = 4;

/// Counts the planes of images of one size, one after another.
#[derive(Clone, Debug)]
pub(super) struct PlaneCounter {
    area: usize,
    log_area: f64,
    /// Planes of an image.
    planes: usize,
    counters: Counters,
    /// Which counters have the plane that was counted last.
    last: usize,
    /// The channels' counts together after the last image; none where an image has more than [`LARGEST`] values.
    image: Option<Box<Aligned>>,
}

#[derive(Clone, Debug)]
#[repr(align(64))]
struct Aligned([u16; BINS]);

/// Counters of each plane of an image; of a single one two, which take turns.
#[derive(Clone, Debug)]
enum Counters {
    /// For at most [`LARGEST`] pixels.
    Small(Vec<Small>),
    /// For more, with the entries of all counts.
    Large(Vec<Large>, Table),
}

/// Counters for images of so many planes.
fn counters_for(planes: usize) -> usize {
    planes.max(2)
}

impl PlaneCounter {
    /// A counter for images of so many `planes` of `area` pixels.
    pub(super) fn new(area: usize, planes: usize) -> Self {
        let counters = counters_for(planes);
        Self {
            area,
            log_area: (area.max(1) as f64).log2(),
            planes,
            counters: if area > LARGEST {
                Counters::Large(vec![Large::EMPTY; counters], Table::new(area))
            } else {
                Counters::Small(vec![Small::EMPTY; counters])
            },
            last: counters - 1,
            image: (planes * area <= LARGEST).then(|| Box::new(Aligned([0; BINS]))),
        }
    }

    /// What the entropy of all values of an image together is computed from, once the last of its first `channels`
    /// planes was taken and no plane of the next image was.
    #[inline(always)]
    pub(super) fn image<A: Adder>(&mut self, adder: A, channels: usize, image: &[u8]) -> Tally {
        let (Some(before), Counters::Small(counters)) = (&mut self.image, &self.counters) else {
            let mut all = Large::EMPTY;
            all.count(image);
            return Tally::of(&all.all);
        };
        let lookup: &Lookup = &LOOKUP;
        let mut running = adder.begin(lookup);
        for eighth in 0..EIGHTHS {
            let mut all = adder.counts(&counters[0].taken.as_chunks().0[eighth]);
            for plane in &counters[1..channels] {
                all = adder.plus(all, adder.counts(&plane.taken.as_chunks().0[eighth]));
            }
            let before = &mut before.0.as_chunks_mut().0[eighth];
            let counts = adder.minus(all, adder.counts(before));
            adder.store(before, all);
            adder.add(lookup, &mut running, counts);
        }
        let values = channels * self.area;
        let log_values = (values.max(1) as f64).log2();
        adder.sums(running).tally(values, log_values)
    }

    /// Images that may be pooled together.
    pub(super) fn images_to_pool(&self) -> usize {
        (LARGEST / self.area.max(1)).max(1)
    }

    /// Counts the next plane and gives what the entropy of the one before it is computed from.
    #[inline(always)]
    pub(super) fn next<A: Adder>(&mut self, adder: A, plane: &[u8]) -> Tally {
        let old = self.last;
        self.last = self.after(old);
        self.count(adder, plane, self.last, old)
    }

    /// What the entropy of the last plane is computed from; the next one is the first of an image.
    #[inline(always)]
    pub(super) fn finish<A: Adder>(&mut self, adder: A) -> Tally {
        let old = self.last;
        let after = self.after(old);
        self.last = counters_for(self.planes) - 1;
        self.count(adder, &[], after, old)
    }

    #[inline(always)]
    fn after(&self, counters: usize) -> usize {
        if counters + 1 < counters_for(self.planes) {
            counters + 1
        } else {
            0
        }
    }

    /// Counts a plane and takes the counts of another one.
    #[inline(always)]
    fn count<A: Adder>(&mut self, adder: A, plane: &[u8], new: usize, old: usize) -> Tally {
        match &mut self.counters {
            Counters::Small(counters) => {
                let Ok([new, old]) = counters.get_disjoint_mut([new, old]) else {
                    return Tally::default();
                };
                let lookup: &Lookup = &LOOKUP;
                let mut running = adder.begin(lookup);
                let (mut words, rest) = plane.as_chunks();
                let step = words.len() / EIGHTHS;
                for eighth in 0..EIGHTHS {
                    let (part, behind) = words.split_at(step);
                    new.count(part);
                    words = behind;
                    adder.add(lookup, &mut running, old.take(adder, eighth));
                }
                new.count(words);
                new.count_rest(rest);
                adder.sums(running).tally(self.area, self.log_area)
            }
            Counters::Large(counters, table) => {
                counters[new].count(plane);
                counters[old].take(table)
            }
        }
    }

    /// Adds the counts of a plane of the last `images` images that were taken to a pool.
    #[inline(always)]
    pub(super) fn pool<A: Adder>(
        &mut self,
        adder: A,
        plane: usize,
        images: usize,
        mut pool: Pool<'_>,
    ) {
        match &mut self.counters {
            Counters::Small(counters) => {
                pool.reserve(images * self.area);
                for turn in counters.iter_mut().skip(plane).step_by(self.planes) {
                    turn.pool(adder, &mut pool);
                }
            }
            Counters::Large(counters, _) => {
                for turn in counters.iter_mut().skip(plane).step_by(self.planes) {
                    turn.pool(&mut pool);
                }
            }
        }
    }
}

/// What was counted since the beginning, modulo 2^16.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Small {
    lanes: [[u16; BINS]; LANES],
    /// The lanes together, after the last plane that was taken.
    taken: [u16; BINS],
    /// The same after the last plane that was pooled.
    pooled: [u16; BINS],
}

impl Small {
    const EMPTY: Self = Self {
        lanes: [[0; BINS]; LANES],
        taken: [0; BINS],
        pooled: [0; BINS],
    };

    /// Counts pixels, in turn.
    #[inline(always)]
    fn count(&mut self, words: &[[u8; 8]]) {
        for word in words {
            let word = u64::from_le_bytes(*word);
            for index in 0..8 {
                let value = (word >> (8 * index) & 255) as usize;
                let count = &mut self.lanes[index % LANES][value];
                *count = count.wrapping_add(1);
            }
        }
    }

    /// Counts the pixels behind the last eight.
    #[inline(always)]
    fn count_rest(&mut self, rest: &[u8]) {
        for (index, &value) in rest.iter().enumerate() {
            let count = &mut self.lanes[index % LANES][usize::from(value)];
            *count = count.wrapping_add(1);
        }
    }

    /// The counts of an eighth of the bins since they were taken before.
    #[inline(always)]
    fn take<A: Adder>(&mut self, adder: A, eighth: usize) -> A::Counts {
        let eighth = eighth % EIGHTHS;
        let [first, others @ ..] = &self.lanes;
        let mut all = adder.counts(&first.as_chunks().0[eighth]);
        for lane in others {
            all = adder.plus(all, adder.counts(&lane.as_chunks().0[eighth]));
        }
        let taken = &mut self.taken.as_chunks_mut().0[eighth];
        let counts = adder.minus(all, adder.counts(taken));
        adder.store(taken, all);
        counts
    }

    /// Adds what was taken and not pooled yet to a pool.
    #[inline(always)]
    fn pool<A: Adder>(&mut self, adder: A, pool: &mut Pool<'_>) {
        for eighth in 0..EIGHTHS {
            let taken = adder.counts(&self.taken.as_chunks().0[eighth]);
            let pooled = &mut self.pooled.as_chunks_mut().0[eighth];
            pool.add(adder, eighth, adder.minus(taken, adder.counts(pooled)));
            adder.store(pooled, taken);
        }
    }
}

/// What was counted since the beginning, of large planes.
#[derive(Clone, Debug)]
struct Large {
    all: [u64; BINS],
    /// As of [`Small`].
    taken: [u64; BINS],
    /// As of [`Small`].
    pooled: [u64; BINS],
}

impl Large {
    const EMPTY: Self = Self {
        all: [0; BINS],
        taken: [0; BINS],
        pooled: [0; BINS],
    };

    fn count(&mut self, plane: &[u8]) {
        for part in plane.chunks(1 << 30) {
            for (sum, count) in self.all.iter_mut().zip(count_bytes(part)) {
                *sum += u64::from(count);
            }
        }
    }

    fn take(&mut self, table: &Table) -> Tally {
        let mut tally = Tally::default();
        for (&all, taken) in self.all.iter().zip(&mut self.taken) {
            let count = all - std::mem::replace(taken, all);
            tally.add(count, table.get(count as u32));
        }
        tally
    }

    fn pool(&mut self, pool: &mut Pool<'_>) {
        for (value, (&taken, pooled)) in self.taken.iter().zip(&mut self.pooled).enumerate() {
            pool.add_large(value, taken - std::mem::replace(pooled, taken));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lookup::{Job, run};
    use super::*;
    use crate::entropy::pools::Pools;
    use crate::entropy::{Estimator, shannon};

    /// Counts images as a worker does: each plane is added up when the next has been counted.
    struct Counted<'a> {
        counter: &'a mut PlaneCounter,
        images: &'a [Vec<Vec<u8>>],
        pools: &'a mut Pools,
    }

    impl Job for Counted<'_> {
        type Output = Vec<Tally>;

        #[inline(always)]
        fn run<A: Adder>(self, adder: A) -> Vec<Tally> {
            let (counter, mut since) = (self.counter, 0);
            let mut tallies = Vec::new();
            let mut places = Vec::new();
            for (number, image) in self.images.iter().enumerate() {
                let pooled = number + 1 - since;
                let ends = pooled == counter.images_to_pool() || number + 1 == self.images.len();
                since = if ends { number + 1 } else { since };
                for (column, plane) in image.iter().enumerate() {
                    tallies.push(counter.next(adder, plane));
                    if let Some((column, Some(images))) = places.last().copied() {
                        counter.pool(adder, column, images, self.pools.at(column));
                    }
                    places.push((column, ends.then_some(pooled)));
                }
            }
            tallies.push(counter.finish(adder));
            if let Some((column, Some(images))) = places.last().copied() {
                counter.pool(adder, column, images, self.pools.at(column));
            }
            tallies.split_off(1)
        }
    }

    /// Planes of every size, of few and many levels, agree with counts made one by one; so do
    /// those of a second run of images behind the first.
    #[test]
    fn planes_of_every_size_are_counted_and_pooled() {
        let areas = [1, 3, 7, 8, 784, 1_020, 1_024, 9_216, 65_535, 70_001];
        for (area, channels) in areas.into_iter().flat_map(|area| [(area, 1), (area, 3)]) {
            let images: Vec<Vec<Vec<u8>>> = (0..9_u32)
                .map(|image| {
                    let plane = |channel: u32| {
                        let (image, channel) = (image + channel, channel + 1);
                        (0..area)
                            .map(|index: u32| {
                                (channel * (index % 9973) * (index % 9973) / (image % 4 + 1)
                                    % (1 + 80 * (image % 4))) as u8
                            })
                            .collect()
                    };
                    (0..channels).map(plane).collect()
                })
                .collect();
            let mut counter = PlaneCounter::new(area as usize, channels as usize);
            let mut expected = vec![[0; BINS]; channels as usize];
            let mut pools = Pools::new(channels as usize);
            for _ in 0..2 {
                let tallies = run(Counted {
                    counter: &mut counter,
                    images: &images,
                    pools: &mut pools,
                });
                assert_eq!(tallies.len(), images.len() * channels as usize);
                for ((plane, tally), channel) in images
                    .iter()
                    .flatten()
                    .zip(tallies)
                    .zip((0..channels as usize).cycle())
                {
                    let counts = count_bytes(plane).map(u64::from);
                    for (sum, count) in expected[channel].iter_mut().zip(counts) {
                        *sum += count;
                    }
                    let bits = tally.bits(Estimator::MillerMadow);
                    let error = bits - shannon::entropy(&counts, Estimator::MillerMadow);
                    assert!(error.abs() < 1e-11, "{error} at {area}");
                }
            }
            assert_eq!(pools.finish(), expected, "{area}, {channels}");
        }
    }
}

//! Counts of the values of many planes together.

use super::lookup::{Adder, BINS, EIGHTHS, LARGEST};

/// Counts of 16 bits, none of whose vectors lies in two lines of the cache.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct Low([u16; BINS]);

/// Pooled counts of many planes: 16-bit ones, emptied into large ones before they overflow.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    low: Vec<Low>,
    /// Values that each may still take before its 16-bit counts could overflow.
    left: Vec<usize>,
    high: Vec<[u64; BINS]>,
}

impl Pools {
    /// So many pools.
    pub(super) fn new(pools: usize) -> Self {
        Self {
            low: vec![Low([0; BINS]); pools],
            left: vec![LARGEST; pools],
            high: vec![[0; BINS]; pools],
        }
    }

    /// One of the pools.
    #[inline(always)]
    pub(super) fn at(&mut self, index: usize) -> Pool<'_> {
        Pool {
            low: &mut self.low[index].0,
            left: &mut self.left[index],
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
    left: &'a mut usize,
    high: &'a mut [u64; BINS],
}

impl Pool<'_> {
    /// Makes sure that `values`, at most [`LARGEST`], can be added without an overflow.
    #[inline(always)]
    pub(super) fn reserve(&mut self, values: usize) {
        if values > *self.left {
            self.empty();
        }
        *self.left -= values;
    }

    /// Adds the counts of an eighth of the bins.
    #[inline(always)]
    pub(super) fn add<A: Adder>(&mut self, adder: A, eighth: usize, counts: A::Counts) {
        let low = &mut self.low.as_chunks_mut().0[eighth % EIGHTHS];
        adder.store(low, adder.plus(adder.counts(low), counts));
    }

    /// Adds any number of values to a bin.
    pub(super) fn add_large(&mut self, value: usize, count: u64) {
        self.high[value] += count;
    }

    #[cold]
    fn empty(&mut self) {
        for (high, low) in self.high.iter_mut().zip(self.low.iter_mut()) {
            *high += u64::from(std::mem::take(low));
        }
        *self.left = LARGEST;
    }
}

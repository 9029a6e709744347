//! Tensor cores: a plane of units multiplies small matrices, whose numbers are rounded to TF32 (an eight-bit exponent and ten
//! bits behind the point) or to bfloat16 (seven bits), and sums in 32-bit floats.
//!
//! A matrix of sums is 16 x 8. Of its sums a unit has four: two side by side in row `unit / 4`, two eight rows below. Which
//! rows, columns and steps of a product these are is free, as long as both sides agree, and is chosen so that a unit
//! reads whole vectors from shared memory, units read from different banks, and sums leave in whole vectors.

use cubecl::cmma::MmaDefinition;
use cubecl::prelude::*;

use super::super::geometry::Geometry;
use super::super::precision::Precision;
use super::{Four, VECTOR};

/// Rows and columns of a matrix of sums.
pub(super) const ROWS: usize = 16;
pub(super) const COLUMNS: usize = 8;
/// Steps of a sum that are taken at once.
pub(super) const STEPS: usize = 16;
/// Channels from which on tensor cores compute a convolution.
const MIN_CHANNELS: usize = 8;
/// Units of a plane.
pub(super) const PLANE: usize = 32;
/// Sign and exponent of a 32-bit float: the power of two below it.
const POWER: u32 = 0xFF80_0000;
/// Half of the last bit that tensor cores see of a 32-bit float, of the power of two below it.
const HALF: f32 = 1.0 / 2048.0;
/// Sums of a matrix that a unit has.
const SUMS: usize = 4;

/// A unit's part of a matrix of sums.
type Sum = Array<Vector<f32, Const<1>>>;

/// The precision of a convolution: that asked for where it has enough channels for tensor cores, else 32-bit floats.
pub(super) fn precision(geometry: &Geometry) -> Precision {
    if geometry.group_inputs().min(geometry.group_outputs()) >= MIN_CHANNELS {
        geometry.precision
    } else {
        Precision::F32
    }
}

impl Precision {
    /// Whether tensor cores sum.
    pub(super) const fn by_tensor_cores(self) -> bool {
        !matches!(self, Self::F32)
    }

    /// Numbers that share a register.
    pub(super) const fn pack(self) -> usize {
        match self {
            Self::F32 | Self::Tf32 => 1,
            Self::Bf16 => 2,
        }
    }

    /// Bytes of a number among arranged weights.
    pub(super) const fn bytes(self) -> usize {
        4 / self.pack()
    }

    /// Numbers of a vector of arranged weights: sixteen bytes.
    pub(super) const fn vector(self) -> usize {
        16 / self.bytes()
    }

    /// Vectors of sixteen rows and steps of a left in [`fragment`]'s order.
    pub(super) const fn fragment_vectors(self) -> usize {
        FRAGMENT / self.vector()
    }
}

/// Sums of zero.
#[cube]
pub(super) fn zeros(#[comptime] count: usize) -> Sequence<Sum> {
    let mut sums = Sequence::<Sum>::new();
    #[unroll]
    for _ in 0..count {
        let mut sum = Sum::new(SUMS);
        #[unroll]
        for at in 0..SUMS {
            sum[at] = Vector::new(0.0f32);
        }
        sums.push(sum);
    }
    sums
}

/// Numbers of the left of sixteen rows and steps.
pub(super) const FRAGMENT: usize = ROWS * STEPS;

/// Which row and step number `of` is in vector `at`, one of `wide` numbers, of a left that [`along`] takes: the rows of one
/// matrix lie side by side in twos, those of two matrices (`pair`) in fours; `pack` numbers share a register.
#[cube]
pub(super) fn fragment(
    at: usize,
    #[comptime] of: usize,
    #[comptime] wide: usize,
    #[comptime] pack: usize,
    #[comptime] pair: bool,
) -> (usize, usize) {
    let lane = at % PLANE;
    let vector = at / PLANE % comptime!(FRAGMENT / (PLANE * wide));
    let tile = at / comptime!(FRAGMENT / wide);
    // Registers follow one another: both halves of the rows, then of the steps, then the next steps.
    let register = comptime!(of / pack);
    let lower = comptime!(register % 2);
    let first = vector * comptime!(wide / 2) + comptime!(register / 2 * pack + of % pack);
    let row = if comptime!(pair) {
        tile / 2 * comptime!(2 * ROWS) + lane / 4 * 4 + tile % 2 * 2 + lower
    } else {
        tile * ROWS + lane / 4 * 2 + lower
    };
    (row, lane % 4 * 4 + first)
}

/// Adds to `sums` (`high` x `wide`) products over sixteen steps: the left from `left` on lies in [`fragment`]'s order; those
/// of a column of the right lie side by side, four in a vector, from `right` on, `right_column` vectors after those of the
/// column before, and are rounded here.
#[cube]
pub(super) fn along<S: Float, W: Size, P: Size>(
    lefts: &[Vector<S, W>],
    rights: &[Four],
    sums: &mut Sequence<Sum>,
    left: usize,
    right: usize,
    #[comptime] right_column: usize,
    #[comptime] high: usize,
    #[comptime] wide: usize,
) {
    let pack = P::value().comptime();
    let at_once = comptime!(2 / pack);
    let left_wide = W::value().comptime();
    let matrix = MmaDefinition::<S, S, f32>::new(ROWS, COLUMNS, comptime!(8 * pack));
    let lane = UNIT_POS as usize % PLANE;
    let mut columns = Sequence::<Array<Vector<S, P>>>::new();
    #[unroll]
    for tile in 0..wide {
        let column = rights[right + (tile * COLUMNS + lane / 4) * right_column + lane % 4];
        #[unroll]
        for some in 0..at_once {
            let mut registers = Array::<Vector<S, P>>::new(2usize);
            #[unroll]
            for half in 0..2usize {
                let from = comptime!((some * 2 + half) * pack);
                let mut pair = Vector::<f32, P>::empty();
                #[unroll]
                for one in 0..pack {
                    pair.insert(one, column.extract(comptime!(from + one)));
                }
                registers[half] = rounded::<S, P>(pair);
            }
            columns.push(registers);
        }
    }
    #[unroll]
    for tile in 0..high {
        let place = left + tile * comptime!(FRAGMENT / left_wide) + lane;
        let mut vectors = Sequence::<Vector<S, W>>::new();
        #[unroll]
        for vector in 0..comptime!(FRAGMENT / PLANE / left_wide) {
            vectors.push(lefts[place + vector * PLANE]);
        }
        #[unroll]
        for some in 0..at_once {
            let mut registers = Array::<Vector<S, P>>::new(4usize);
            #[unroll]
            for register in 0..4usize {
                let mut value = Vector::<S, P>::empty();
                #[unroll]
                for one in 0..pack {
                    let from = comptime!((some * 4 + register) * pack + one);
                    let vector = &vectors[comptime!(from / left_wide)];
                    value.insert(one, vector.extract(comptime!(from % left_wide)));
                }
                registers[register] = value;
            }
            #[unroll]
            for beside in 0..wide {
                matrix.execute_inplace(
                    &registers,
                    &columns[comptime!(beside * at_once + some)],
                    &mut sums[comptime!(tile * wide + beside)],
                );
            }
        }
    }
}

/// Numbers that share a register, rounded to the nearest of `S`. Tensor cores do not see the last bits of 32-bit floats, so
/// that for TF32 it is enough to add half of the last one that they see; what is no number stays none. Hopper's instruction
/// for this takes a quarter longer in the gradient by the weights.
#[cube]
fn rounded<S: Float, P: Size>(numbers: Vector<f32, P>) -> Vector<S, P> {
    let pack = P::value().comptime();
    if comptime!(pack == 1) {
        let number = numbers.extract(0usize);
        let power = f32::reinterpret(u32::reinterpret(number) & POWER);
        Vector::reinterpret(Vector::<f32, P>::new(number + power * HALF))
    } else {
        Vector::cast_from(numbers)
    }
}

/// Sums of [`along`] that a unit has side by side: four rows from the first that is given on, in the first or second (`one`) of
/// its two columns of matrix `tile` of line `at`, of which pairs of matrices are one, or else of the column that is given.
#[cube]
pub(super) fn upright(
    sums: &Sequence<Sum>,
    #[comptime] at: usize,
    #[comptime] tile: usize,
    #[comptime] one: usize,
    #[comptime] high: usize,
    #[comptime] wide: usize,
) -> (Four, usize, usize) {
    let lane = UNIT_POS as usize % PLANE;
    let row = lane / 4;
    let mut four = Four::new(0.0f32);
    let mut first = at * comptime!(2 * ROWS) + row * 4;
    let mut column = tile * COLUMNS + lane % 4 * 2 + one;
    if comptime!(high > 1) {
        #[unroll]
        for half in 0..2usize {
            let sum = &sums[comptime!((2 * at + half) * wide + tile)];
            four.insert(comptime!(2 * half), sum[one].extract(0usize));
            four.insert(
                comptime!(2 * half + 1),
                sum[comptime!(2 + one)].extract(0usize),
            );
        }
    } else {
        // Of a single matrix a unit has two rows and two columns: neighbours swap them for four rows of one column.
        let sum = &sums[tile];
        let odd = row % 2;
        let mut mine = Array::<f32>::new(2usize);
        let mut other = Array::<f32>::new(2usize);
        #[unroll]
        for half in 0..2usize {
            let left = sum[comptime!(2 * half)].extract(0usize);
            let right = sum[comptime!(2 * half + 1)].extract(0usize);
            mine[half] = select(odd == 0, left, right);
            other[half] = plane_shuffle_xor(select(odd == 0, right, left), 4u32);
        }
        #[unroll]
        for half in 0..2usize {
            four.insert(half, select(odd == 0, mine[half], other[half]));
            four.insert(
                comptime!(2 + half),
                select(odd == 0, other[half], mine[half]),
            );
        }
        first = row / 2 * 4;
        column = tile * COLUMNS + lane % 4 * 2 + odd;
    }
    (four, first, column)
}

/// Adds to `sums` (`high` x `wide`, one or an even number, and a number of fours) products over sixteen steps that lie above
/// one another, a line of `left_line` or `right_line` vectors for each, from `left` and `right` on. A vector is four rows or
/// columns; they are rounded here.
#[cube]
pub(super) fn across<S: Float, P: Size>(
    lefts: &[Four],
    rights: &[Four],
    sums: &mut Sequence<Sum>,
    left: usize,
    right: usize,
    #[comptime] left_line: usize,
    #[comptime] right_line: usize,
    #[comptime] high: usize,
    #[comptime] wide: usize,
) {
    let pack = P::value().comptime();
    let matrix = MmaDefinition::<S, S, f32>::new(ROWS, COLUMNS, comptime!(8 * pack));
    let unit = UNIT_POS as usize % PLANE;
    let (of, step) = (unit / 4, unit % 4);
    // Which steps go together is free: those of a unit lie four apart.
    let steps = comptime!(2 * pack);
    #[unroll]
    for some in 0..comptime!(2 / pack) {
        let mut matrices = Sequence::<Array<Vector<S, P>>>::new();
        #[unroll]
        for two in 0..comptime!(high.div_ceil(2)) {
            let mut vectors = Sequence::<Four>::new();
            #[unroll]
            for at in 0..steps {
                let line = left + (step + comptime!((some * steps + at) * 4)) * left_line;
                if comptime!(high > 1) {
                    vectors.push(lefts[line + two * COLUMNS + of]);
                } else {
                    // Of a single matrix a unit has two rows, those of half a vector.
                    let four = lefts[line + of / 2];
                    let mut mine = Four::empty();
                    #[unroll]
                    for at in 0..2usize {
                        let upper = four.extract(comptime!(2 + at));
                        mine.insert(at, select(of % 2 == 0, four.extract(at), upper));
                    }
                    vectors.push(mine);
                }
            }
            #[unroll]
            for tile in 0..comptime!(if high > 1 { 2usize } else { 1usize }) {
                let mut registers = Array::<Vector<S, P>>::new(4usize);
                #[unroll]
                for register in 0..4usize {
                    registers[register] = above::<S, P>(
                        &vectors,
                        comptime!(register / 2),
                        comptime!(2 * tile + register % 2),
                    );
                }
                matrices.push(registers);
            }
        }
        #[unroll]
        for four in 0..comptime!(wide / 4) {
            let mut vectors = Sequence::<Four>::new();
            #[unroll]
            for at in 0..steps {
                let line = step + comptime!((some * steps + at) * 4);
                vectors.push(rights[right + line * right_line + four * COLUMNS + of]);
            }
            #[unroll]
            for tile in 0..VECTOR {
                let mut column = Array::<Vector<S, P>>::new(2usize);
                #[unroll]
                for half in 0..2usize {
                    column[half] = above::<S, P>(&vectors, half, tile);
                }
                #[unroll]
                for high_tile in 0..high {
                    matrix.execute_inplace(
                        &matrices[high_tile],
                        &column,
                        &mut sums[comptime!(high_tile * wide + four * VECTOR + tile)],
                    );
                }
            }
        }
    }
}

/// What one register holds of vectors that lie above one another: their numbers `of`, of the first or second `half` of them.
#[cube]
fn above<S: Float, P: Size>(
    vectors: &Sequence<Four>,
    #[comptime] half: usize,
    #[comptime] of: usize,
) -> Vector<S, P> {
    let pack = P::value().comptime();
    let mut numbers = Vector::<f32, P>::empty();
    #[unroll]
    for one in 0..pack {
        numbers.insert(one, vectors[comptime!(half * pack + one)].extract(of));
    }
    rounded::<S, P>(numbers)
}

/// The sums of [`across`] that a unit has in vector `at` of the upper or lower half of line `row`, of which there are half as
/// many as matrices, and the first of their columns.
#[cube]
pub(super) fn flat(
    sums: &Sequence<Sum>,
    #[comptime] row: usize,
    #[comptime] half: usize,
    #[comptime] at: usize,
    #[comptime] wide: usize,
) -> (Four, usize) {
    let mut four = Four::new(0.0f32);
    #[unroll]
    for lane in 0..VECTOR {
        let sum = &sums[comptime!(row * wide + at / 2 * VECTOR + lane)];
        four.insert(lane, sum[comptime!(2 * half + at % 2)].extract(0usize));
    }
    let column = (UNIT_POS as usize % 4 * 2 + comptime!(at % 2)) * VECTOR;
    (four, column + comptime!(at / 2 * VECTOR * COLUMNS))
}

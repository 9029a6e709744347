//! Tensor cores: a plane of units multiplies small matrices, whose numbers are rounded to TF32 (an eight-bit exponent and ten
//! bits behind the point) or to bfloat16 (seven bits), and sums in 32-bit floats.
//!
//! A matrix of sums is 16 x 8. Of its sums a unit has four: two side by side in row `unit / 4`, two eight rows below. Which
//! rows, columns and steps of a product these stand for is free, as long as both sides agree, and is chosen so that a unit
//! reads whole vectors from shared memory, units read from different banks, and sums leave in whole vectors.

use cubecl::cmma::MmaDefinition;
use cubecl::prelude::*;

use super::super::geometry::Geometry;
use super::super::products::Products;
use super::{Four, VECTOR};

/// Rows and columns of a matrix of sums.
pub(super) const ROWS: usize = 16;
pub(super) const COLUMNS: usize = 8;
/// Steps of a sum that are taken at once.
pub(super) const STEPS: usize = 16;
/// Channels from which on tensor cores take a convolution.
const LEAST: usize = 8;
/// Units of a plane.
pub(super) const PLANE: usize = 32;
/// Sums of a matrix that a unit has.
const SUMS: usize = 4;

/// A unit's part of a matrix of sums.
type Sum = Array<Vector<f32, Const<1>>>;

/// How the products of a convolution are summed: by tensor cores where it rounds, and has channels enough for them.
pub(super) fn products(geometry: &Geometry) -> Products {
    if geometry.group_inputs().min(geometry.group_outputs()) >= LEAST {
        geometry.products
    } else {
        Products::F32
    }
}

impl Products {
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

    /// Bytes of a number in shared memory.
    pub(super) const fn bytes(self) -> usize {
        match self {
            Self::F32 | Self::Tf32 => 4,
            Self::Bf16 => 2,
        }
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

/// Vectors in which the left of sixteen rows and steps lies in [`fragment`]'s order.
pub(super) const FRAGMENT: usize = ROWS * STEPS / VECTOR;

/// Which row and step number `of` is in vector `at` of a left that [`along`] takes: the rows of one matrix lie side by side
/// in twos, those of two matrices (`pair`) in fours; `pack` numbers share a register.
#[cube]
pub(super) fn fragment(
    at: usize,
    #[comptime] of: usize,
    #[comptime] pack: usize,
    #[comptime] pair: bool,
) -> (usize, usize) {
    let lane = at % PLANE;
    let vector = at / PLANE % 2;
    let tile = at / FRAGMENT;
    // Registers follow one another: both halves of the rows, then of the steps, then the next steps.
    let register = comptime!(of / pack);
    let lower = comptime!(register % 2);
    let first = if comptime!(pack == 1) {
        vector * 2 + comptime!(register / 2)
    } else {
        vector * 2 + comptime!(of % 2)
    };
    let row = if comptime!(pair) {
        tile / 2 * comptime!(2 * ROWS) + lane / 4 * 4 + tile % 2 * 2 + lower
    } else {
        tile * ROWS + lane / 4 * 2 + lower
    };
    (row, lane % 4 * 4 + first)
}

/// Adds to `sums` (`high` x `wide`) products over sixteen steps: the left from `left` on lies in [`fragment`]'s order; those
/// of a column of the right lie side by side, four in a vector, from `right` on, `right_column` vectors after those of the
/// column before.
#[cube]
pub(super) fn along<S: Float, P: Size>(
    lefts: &[Vector<S, Const<4>>],
    rights: &[Vector<S, Const<4>>],
    sums: &mut Sequence<Sum>,
    left: usize,
    right: usize,
    #[comptime] right_column: usize,
    #[comptime] high: usize,
    #[comptime] wide: usize,
) {
    let pack = P::value().comptime();
    let at_once = comptime!(2 / pack);
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
                let mut value = Vector::<S, P>::empty();
                #[unroll]
                for one in 0..pack {
                    let from = comptime!((some * 2 + half) * pack + one);
                    value.insert(one, column.extract(from));
                }
                registers[half] = value;
            }
            columns.push(registers);
        }
    }
    #[unroll]
    for tile in 0..high {
        let first = lefts[left + tile * FRAGMENT + lane];
        let second = lefts[left + tile * FRAGMENT + PLANE + lane];
        #[unroll]
        for some in 0..at_once {
            let registers = registers::<S, P>(first, second, some);
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

/// Two vectors of shared memory for [`across`], of four rows or columns at two steps that lie eight apart: their halves side
/// by side, of a vector for one row or column after the other, or, where a `matrix` is to be read at once, for both in turn.
#[cube]
pub(super) fn woven<S: Float>(
    first: Four,
    second: Four,
    #[comptime] half: usize,
    #[comptime] matrix: bool,
) -> Vector<S, Const<4>> {
    let mut four = Four::new(0.0f32);
    #[unroll]
    for at in 0..VECTOR {
        let (step, of) = comptime!(if matrix {
            (at / 2, at % 2)
        } else {
            (at % 2, at / 2)
        });
        let from = comptime!(2 * half + of);
        if comptime!(step == 0) {
            four.insert(at, first.extract(from));
        } else {
            four.insert(at, second.extract(from));
        }
    }
    Vector::cast_from(four)
}

/// Adds to `sums` (`high` x `wide`, one or an even number of lines, of fours of matrices) products over sixteen steps that lie
/// above one another. Both sides lie as [`woven`], a line of `left_line` or `right_line` vectors for two steps: the first
/// halves from `left` and `right` on, the second halves `left_half` and `right_half` vectors after them.
#[cube]
pub(super) fn across<S: Float, P: Size>(
    lefts: &[Vector<S, Const<4>>],
    rights: &[Vector<S, Const<4>>],
    sums: &mut Sequence<Sum>,
    left: usize,
    right: usize,
    #[comptime] left_line: usize,
    #[comptime] right_line: usize,
    #[comptime] left_half: usize,
    #[comptime] right_half: usize,
    #[comptime] high: usize,
    #[comptime] wide: usize,
) {
    let pack = P::value().comptime();
    let at_once = comptime!(2 / pack);
    let matrix = MmaDefinition::<S, S, f32>::new(ROWS, COLUMNS, comptime!(8 * pack));
    let lane = UNIT_POS as usize % PLANE;
    let (row, step) = (lane / 4, lane % 4);
    let mut matrices = Sequence::<Array<Vector<S, P>>>::new();
    #[unroll]
    for tile in 0..high {
        let place = if comptime!(high == 1) {
            row % 2 * left_half + row / 2
        } else {
            comptime!(tile % 2 * left_half + tile / 2 * COLUMNS) + row
        };
        let first = lefts[left + step * left_line + place];
        let second = lefts[left + (step + 4) * left_line + place];
        #[unroll]
        for some in 0..at_once {
            matrices.push(registers::<S, P>(first, second, some));
        }
    }
    #[unroll]
    for two in 0..comptime!(wide / 2) {
        let place = comptime!(two % 2 * right_half + two / 2 * COLUMNS) + row;
        let mut values = Sequence::<Vector<S, Const<4>>>::new();
        values.push(rights[right + step * right_line + place]);
        values.push(rights[right + (step + 4) * right_line + place]);
        #[unroll]
        for tile in 0..2usize {
            #[unroll]
            for some in 0..at_once {
                let mut column = Array::<Vector<S, P>>::new(2usize);
                #[unroll]
                for half in 0..2usize {
                    let mut value = Vector::<S, P>::empty();
                    #[unroll]
                    for one in 0..pack {
                        let from = comptime!((some * 2 + half) * pack + one);
                        let of = &values[comptime!(from / 2)];
                        value.insert(one, of.extract(comptime!(2 * tile + from % 2)));
                    }
                    column[half] = value;
                }
                #[unroll]
                for above in 0..high {
                    matrix.execute_inplace(
                        &matrices[comptime!(above * at_once + some)],
                        &column,
                        &mut sums[comptime!(above * wide + two * 2 + tile)],
                    );
                }
            }
        }
    }
}

/// The registers of a left matrix for the steps number `some`, which follow one another in two vectors.
#[cube]
fn registers<S: Float, P: Size>(
    first: Vector<S, Const<4>>,
    second: Vector<S, Const<4>>,
    #[comptime] some: usize,
) -> Array<Vector<S, P>> {
    let pack = P::value().comptime();
    let mut registers = Array::<Vector<S, P>>::new(4usize);
    #[unroll]
    for register in 0..4usize {
        let mut value = Vector::<S, P>::empty();
        #[unroll]
        for one in 0..pack {
            let from = comptime!((some * 4 + register) * pack + one);
            if comptime!(from < VECTOR) {
                value.insert(one, first.extract(from));
            } else {
                value.insert(one, second.extract(comptime!(from - VECTOR)));
            }
        }
        registers[register] = value;
    }
    registers
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

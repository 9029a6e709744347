//! Tensor cores: a plane of units multiplies small matrices that lie in shared memory, rounded to TF32 (an eight-bit
//! exponent and ten bits behind the point), and sums in 32-bit floats.

use cubecl::cmma;
use cubecl::prelude::*;

use super::super::geometry::Geometry;
use super::super::products::Products;
use super::Four;

/// Side of the matrices that a plane multiplies, and how deep they are.
pub(super) const SIDE: usize = 16;
pub(super) const DEPTH: usize = 8;
/// Units of a plane.
pub(super) const PLANE: usize = 32;
/// Vectors of a result.
pub(super) const RESULT: usize = SIDE * SIDE / 4;

/// Whether tensor cores are to take a convolution: where it rounds, and has channels enough for them.
pub(super) fn serves(geometry: &Geometry) -> bool {
    geometry.products == Products::Tf32
        && geometry.group_inputs().min(geometry.group_outputs()) >= DEPTH
}

/// The numbers rounded to TF32.
#[cube]
pub(super) fn rounded(values: Four) -> Four {
    let short = Vector::<tf32, Const<4>>::cast_from(values);
    Vector::cast_from(short)
}

/// Sums of zero.
#[cube]
pub(super) fn zeros(#[comptime] count: usize) -> Sequence<cmma::Matrix<f32>> {
    let mut sums = Sequence::<cmma::Matrix<f32>>::new();
    #[unroll]
    for _ in 0..count {
        sums.push(cmma::Matrix::<f32>::from_value(
            cmma::MatrixIdent::Accumulator,
            SIDE,
            SIDE,
            DEPTH,
            cmma::MatrixLayout::Undefined,
            0.0f32,
        ));
    }
    sums
}

/// Adds to `sums` (`high` x `beside`) the products of matrices that begin at `left` and `right`: those of the left lie
/// `left_step` vectors apart with rows or columns of `left_row` numbers, those of the right side by side.
#[cube]
pub(super) fn multiply(
    lefts: &[Four],
    rights: &[Four],
    sums: &Sequence<cmma::Matrix<f32>>,
    left: usize,
    right: usize,
    #[comptime] left_step: usize,
    #[comptime] left_row: usize,
    #[comptime] right_row: usize,
    #[comptime] layout: cmma::MatrixLayout,
    #[comptime] high: usize,
    #[comptime] beside: usize,
) {
    let mut matrices = Sequence::<cmma::Matrix<tf32>>::new();
    #[unroll]
    for row in 0..high {
        let at = left + row * left_step;
        // SAFETY: it is loaded before it is read.
        let mut matrix = unsafe {
            cmma::Matrix::<tf32>::uninitialized(cmma::MatrixIdent::A, SIDE, SIDE, DEPTH, layout)
        };
        cmma::load(&mut matrix, &lefts[at..], comptime!(left_row as u32));
        matrices.push(matrix);
    }
    #[unroll]
    for column in 0..beside {
        let at = right + column * comptime!(SIDE / 4);
        // SAFETY: as above.
        let mut matrix = unsafe {
            cmma::Matrix::<tf32>::uninitialized(
                cmma::MatrixIdent::B,
                SIDE,
                SIDE,
                DEPTH,
                cmma::MatrixLayout::RowMajor,
            )
        };
        cmma::load(&mut matrix, &rights[at..], comptime!(right_row as u32));
        #[unroll]
        for row in 0..high {
            let sum = &sums[comptime!(row * beside + column)];
            cmma::execute(&matrices[row], &matrix, sum, sum);
        }
    }
}

/// Puts a result where the units of its plane can read it, a row of four vectors after the other.
#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "a matrix is of no size for the compiler of this program alone"
)]
#[cube]
pub(super) fn show(sum: &cmma::Matrix<f32>, scratch: &mut [Four]) {
    sync_plane();
    cmma::store(
        scratch,
        sum,
        comptime!(SIDE as u32),
        cmma::MatrixLayout::RowMajor,
    );
    sync_plane();
}

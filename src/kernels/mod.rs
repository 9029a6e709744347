//! What burn lacks: convolutions and batch normalisations that train at the speed of the machine.
//!
//! burn's own operations serve everything else: every shape of layer that is not listed here. The kernels enter burn by its
//! extension traits (`operations`), those that training needs with a handwritten backward pass. The kernels of a GPU are in `cuda`; all
//! others are those of a CPU.
//!
//! This is the one module with `unsafe`: kernels are written once over vectors of any instruction set, which takes
//! pointers and functions that must only run where the processor has the instructions. What is passed in is
//! checked by safe functions around them, and what they give does not depend on the number of threads.

#![allow(
    unsafe_code,
    reason = "vector instructions, and results written once by several threads"
)]
#![allow(
    unsafe_op_in_unsafe_fn,
    reason = "every line of a kernel works on pointers whose validity its caller guarantees"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "loops over registers are unrolled, and plain indices of several arrays say best which are meant"
)]

mod buffer;
mod capture;
mod convolve;
#[cfg(feature = "cuda")]
mod cuda;
mod depthwise;
mod descent;
mod forward;
mod geometry;
mod input_gradient;
mod layout;
mod memory;
mod norm;
mod operations;
mod parts;
mod peak;
mod pool;
mod precision;
#[cfg(test)]
mod tests;
mod transpose;
mod vector;
mod weight_gradient;
mod winograd;

#[cfg(all(test, feature = "cuda"))]
pub(crate) use cuda::tests as gpu_tests;

pub use capture::{Graph, capture};
pub use descent::Descent;
pub use geometry::Geometry;
pub use memory::keep_memory;
pub use norm::Activation;
pub use operations::{
    Convolved, EvaluationParameters, Normalisation, Pick, Resident, RunningStatistics, activated,
    assign, channel_means, convolution, convolved, copied, descended, fill, gated, joined,
    normalisation, pooled, serves_cpu, serves_gpu, silu, square_places,
};
pub use peak::peak_gflops;
pub use pool::Pooling;
pub use precision::{Precision, UnknownPrecision, with_precision};

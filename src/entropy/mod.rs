//! What information do the images hold? The Shannon entropy of every image and its distribution over a dataset.

mod colour;
mod histogram;
mod lookup;
pub mod lossless;
mod measure;
mod plane;
mod pools;
mod profile;
mod samples;
pub mod shannon;
mod spreads;

pub use histogram::count_bytes;
pub use measure::{Extent, Survey, measure, measure_images, sweep};
pub(crate) use profile::quantile;
pub use profile::{
    ChannelEntropy, ClassEntropy, Distribution, Estimate, Estimator, Histogram, ImageEntropies,
    Lossless, Measurement, Moments, PooledHistogram, Profile, Quartiles, UnknownEstimator,
};
pub use samples::{Sample, Samples};
pub use spreads::{Spreads, most_joint_bits};

//! What information do the images hold? The Shannon entropy of every image and its distribution over a dataset.

mod colour;
mod distribution;
mod estimator;
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

pub(crate) use distribution::quantile;
pub use distribution::{Distribution, Histogram, Moments, Quartiles};
pub use estimator::{Estimator, UnknownEstimator};
pub use histogram::count_bytes;
pub use measure::{Extent, Survey, measure, measure_images, sweep};
pub use profile::{
    ChannelEntropy, ClassEntropy, Estimate, ImageEntropies, Lossless, MAX_IMAGE_NATS, Measurement,
    PooledHistogram, Profile,
};
pub use samples::{Sample, Samples};
pub use spreads::{Spreads, most_joint_bits};

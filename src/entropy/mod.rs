//! What information do the images hold? The Shannon entropy of every image and its distribution over a dataset.

mod histogram;
mod measure;
mod profile;
pub mod shannon;

pub use measure::measure;
pub use profile::{
    ChannelEntropy, ClassEntropy, Distribution, Estimator, Histogram, ImageEntropies, Measurement,
    Moments, PooledHistogram, Profile,
};

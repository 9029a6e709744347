//! What does a trained network leave, and what can it take in? Its weights as named tensors.
//!
//! Names and layouts are those of the `PyTorch` module that an export writes beside the weights: a
//! linear layer's weights are (outputs, inputs), a batch normalisation has `weight`, `bias`,
//! `running_mean` and `running_var`. [`tensors`] takes them out of a network, [`fill`] puts them in,
//! [`Weights`] are those of a file: safetensors, or a state dict that `torch.save` wrote.

mod described;
mod error;
mod fit;
mod names;
mod pytorch;
mod safetensors;

use std::path::Path;

pub use described::Description;
pub use error::{Error, Mismatch};
pub use fit::fill;
pub use names::tensors;

/// A tensor under its name in `PyTorch`.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Its key in the state dict, such as `blocks.0.first.weight`.
    pub name: String,
    /// Its shape in `PyTorch`'s layout.
    pub shape: Vec<usize>,
    /// Its values, the last index running fastest.
    pub values: Vec<f32>,
}

/// What a file of weights holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Its tensors, counters of batches left out.
    pub tensors: Vec<NamedTensor>,
    /// The network they belong to, where the file says so.
    pub description: Option<Description>,
}

impl Weights {
    /// Reads a safetensors file, or a `PyTorch` state dict (`.pt`, `.pth`): the first bytes decide.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`], naming the file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(|source| Error::Io {
            path: path.to_owned(),
            source,
        })?;
        if pytorch::is_one(&bytes) {
            pytorch::read(&bytes)
        } else {
            safetensors::read(&bytes)
        }
        .map_err(|problem| Error::Malformed {
            path: path.to_owned(),
            problem,
        })
    }

    /// The bytes of a safetensors file of these weights; every batch normalisation gets the counter of
    /// batches that `PyTorch` keeps with it, at `steps`.
    ///
    /// # Errors
    /// [`Error::Unwritable`] where the format cannot hold them.
    pub fn to_safetensors(&self, steps: u64) -> Result<Vec<u8>, Error> {
        safetensors::write(self, steps).map_err(Error::Unwritable)
    }
}

/// Whether a name is that of a counter of batches, which changes nothing in evaluation.
fn is_counter(name: &str) -> bool {
    name.rsplit('.').next() == Some("num_batches_tracked")
}

#[cfg(test)]
mod tests;

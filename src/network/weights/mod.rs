//! What does a trained network leave, and what can it take in? Its weights as named tensors.
//!
//! Names and layouts are those of the `PyTorch` module that an export writes beside the weights: a
//! linear layer's weights are (outputs, inputs), a batch normalisation has `weight`, `bias`,
//! `running_mean` and `running_var`. [`tensors`] takes them out of a network, [`fill`] puts them in,
//! [`Weights`] are those of a file: safetensors, or a state dict that `torch.save` wrote.

mod described;
mod error;
mod finite;
mod fit;
mod globals;
mod names;
mod pytorch;
mod safetensors;

use std::fs::File;
use std::io::Read;
use std::path::Path;

pub use described::Description;
pub use error::{Error, Mismatch};
pub use finite::{finite_sum, first_not_finite};
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
    /// Reads a safetensors file, or a state dict that `torch.save` wrote (`.pt`, `.pth`): the content
    /// decides, not the name.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`], naming the file.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::Io {
            path: path.to_owned(),
            source,
        };
        let length = std::fs::metadata(path).map_err(failed)?.len();
        let mut start = [0; 9];
        let begun = File::open(path)
            .and_then(|mut file| file.read(&mut start))
            .map_err(failed)?;
        let named = path
            .extension()
            .is_some_and(|ending| ending == "safetensors");
        if named || (begun == start.len() && start[8] == b'{') {
            safetensors::read(&std::fs::read(path).map_err(failed)?)
        } else {
            pytorch::read(path, length)
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

/// A name out of a file, as text that can be shown.
fn shown(name: &str) -> String {
    let start = name.chars().take(80);
    start.flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;

//! Weights of a network as named tensors, in files and in memory.
//!
//! Names and layouts are those of the `PyTorch` module that an export writes beside the weights: a
//! linear layer's weights are (outputs, inputs), a batch normalisation has `weight`, `bias`,
//! `running_mean` and `running_var`. [`tensors`] reads those of a network, [`fill`] sets them,
//! [`Weights`] are those of a file: safetensors, or a state dict that `torch.save` wrote, without the keys
//! that training scripts and wrappers put around its names.

mod described;
mod error;
mod finite;
mod fit;
mod globals;
mod names;
mod pytorch;
mod safetensors;
mod unwrapped;

use std::io::Read;
use std::path::Path;

pub use described::Description;
pub use error::{Error, Mismatch};
pub use finite::{finite_sum, first_not_finite};
pub use fit::fill;
pub use names::tensors;

use crate::regular;

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
    /// Its tensors, counters left out, under their names in the network.
    pub tensors: Vec<NamedTensor>,
    /// One sentence on other tensors of the file that could be the network's.
    pub note: Option<String>,
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
        let mut file = regular::open(path).map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        let mut start = [0; 9];
        let begun = file.read(&mut start).map_err(failed)?;
        let named = path
            .extension()
            .is_some_and(|ending| ending == "safetensors");
        if named || (begun == start.len() && start[8] == b'{') {
            safetensors::read(&regular::read(path).map_err(failed)?)
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

/// A name out of a file, as text that can be shown.
fn shown(name: &str) -> String {
    let start = name.chars().take(80);
    start.flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests;

//! Sets all weights of a network, or none.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};

use super::super::Network;
use super::names::Path;
use super::unwrapped::common_prefix;
use super::{Mismatch, NamedTensor, tensors};

/// The network with `weights` in place of its own.
///
/// # Errors
/// [`Mismatch`] where a tensor is missing, unexpected or of another shape.
pub fn fill(network: Network, weights: Vec<NamedTensor>) -> Result<Network, Box<Mismatch>> {
    let needed = tensors(&network);
    let prefix = common_prefix(weights.iter().map(|tensor| tensor.name.as_str()))
        .filter(|prefix| !needed.iter().any(|tensor| tensor.name.starts_with(prefix)));
    let mut left: HashMap<String, NamedTensor> = weights
        .into_iter()
        .map(|tensor| (tensor.name.clone(), tensor))
        .collect();
    let mut mismatch = Mismatch {
        needed: needed.len(),
        prefix,
        ..Mismatch::default()
    };
    let mut fitting = HashMap::new();
    for NamedTensor { name, shape, .. } in needed {
        match left.remove(&name) {
            None => mismatch.missing.push((name, shape)),
            Some(tensor) if tensor.shape != shape => {
                mismatch.reshaped.push((name, tensor.shape, shape));
            }
            Some(tensor) => drop(fitting.insert(name, tensor)),
        }
    }
    mismatch.unexpected = left
        .into_values()
        .map(|tensor| (tensor.name, tensor.shape))
        .collect();
    mismatch.unexpected.sort_unstable();
    if !mismatch.is_empty() {
        return Err(Box::new(mismatch));
    }
    Ok(network.map(&mut Filler {
        path: Path::default(),
        weights: fitting,
    }))
}

struct Filler {
    path: Path,
    weights: HashMap<String, NamedTensor>,
}

impl ModuleMapper for Filler {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(new) = self.weights.remove(&self.path.name()) else {
            return parameter;
        };
        let transposed = self.path.is_transposed();
        let trained = parameter.is_require_grad();
        parameter.map(|old| {
            let data = TensorData::new(new.values, new.shape);
            let tensor = Tensor::from_data(data, &old.device());
            let tensor = if transposed {
                tensor.transpose()
            } else {
                tensor
            };
            tensor.set_require_grad(trained)
        })
    }
}

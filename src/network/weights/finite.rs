//! Whether all numbers of a network are finite.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::super::Network;
use super::names::Path;

/// The name in `PyTorch` of the first tensor of a network, in the order of its layers and running statistics included,
/// that holds a NaN or an infinity.
///
/// It takes one sum a tensor on the network's device and one transfer of as many numbers as there are tensors.
#[must_use]
pub fn first_not_finite(network: &Network) -> Option<String> {
    let mut sums = Sums::default();
    network.visit(&mut sums);
    let Sums { names, sums, .. } = sums;
    if sums.is_empty() {
        return None;
    }
    let sums = Tensor::cat(sums, 0).into_data();
    let finite = sums.iter::<f32>().map(f32::is_finite);
    names
        .into_iter()
        .zip(finite)
        .find_map(|(name, finite)| (!finite).then_some(name))
}

/// One number (1), finite where all numbers of `tensor` are: the sum of each less itself, which is 0 for a finite
/// number and NaN for any other.
#[must_use]
pub fn finite_sum<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    tensor.clone().sub(tensor).sum()
}

#[derive(Default)]
struct Sums {
    path: Path,
    names: Vec<String>,
    sums: Vec<Tensor<1>>,
}

impl ModuleVisitor for Sums {
    fn enter_module(&mut self, name: &str, container_type: &str) {
        self.path.enter(name, container_type);
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let tensor = parameter.val();
        let tensor = if tensor.device().is_autodiff() {
            tensor.inner()
        } else {
            tensor
        };
        self.names.push(self.path.name());
        self.sums.push(finite_sum(tensor));
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::network::build;
    use crate::network::testing::spec;
    use crate::network::weights::{fill, tensors};

    /// Every tensor of every family in turn, with each of the three numbers that are not finite, on a device that records
    /// gradients and on one that does not; the largest finite numbers are none.
    #[test]
    fn the_first_tensor_that_is_not_finite_is_named() {
        for name in ["resnet-8", "densenet-bc-10-k4", "resnext-11-2x2d"] {
            let spec = spec(name, 1, 8);
            let network = build(&spec, 1, &Device::flex());
            let mut whole = tensors(&network);
            for tensor in &mut whole {
                tensor.values[0] = f32::MAX;
                if let Some(last) = tensor.values.last_mut() {
                    *last = f32::MIN;
                }
            }
            for device in [Device::flex(), Device::flex().autodiff()] {
                let filled = |tensors| fill(build(&spec, 1, &device), tensors).unwrap();
                assert_eq!(first_not_finite(&filled(whole.clone())), None);
                for (at, value) in (0..whole.len()).rev().zip(
                    [f32::NAN, f32::INFINITY, f32::NEG_INFINITY]
                        .into_iter()
                        .cycle(),
                ) {
                    let mut broken = whole.clone();
                    let middle = broken[at].values.len() / 2;
                    broken[at].values[middle] = value;
                    if let Some(last) = broken.last_mut() {
                        last.values[0] = f32::NAN;
                    }
                    let expected = Some(whole[at].name.clone());
                    assert_eq!(first_not_finite(&filled(broken)), expected, "{name}");
                }
            }
        }
    }
}

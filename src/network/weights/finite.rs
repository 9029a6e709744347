//! Whether all numbers of a network are finite.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::super::Network;
use super::tensors;

/// The name in `PyTorch` of the first tensor of a network, in the order of its layers and running statistics included,
/// that holds a NaN or an infinity.
///
/// Where there is none it takes one sum over all tensors on the network's device and the transfer of one number.
#[must_use]
pub fn first_not_finite(network: &Network) -> Option<String> {
    let mut differences = Differences::default();
    network.visit(&mut differences);
    let Differences(all) = differences;
    if all.is_empty() {
        return None;
    }
    let sum = Tensor::cat(all, 0).sum().into_data();
    if sum.iter::<f32>().all(f32::is_finite) {
        return None;
    }
    tensors(network).into_iter().find_map(|tensor| {
        let finite = tensor.values.iter().all(|value| value.is_finite());
        (!finite).then_some(tensor.name)
    })
}

/// One number (1), finite where all numbers of `tensor` are.
#[must_use]
pub fn finite_sum<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    difference(tensor).sum()
}

/// Each number less itself: 0 for a finite one, NaN for any other.
fn difference<const D: usize>(tensor: Tensor<D>) -> Tensor<D> {
    tensor.clone().sub(tensor)
}

/// Those of all tensors, in a row each.
#[derive(Default)]
struct Differences(Vec<Tensor<1>>);

impl ModuleVisitor for Differences {
    fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
        let tensor = parameter.val();
        let tensor = if tensor.device().is_autodiff() {
            tensor.inner()
        } else {
            tensor
        };
        self.0.push(difference(tensor).flatten(0, D - 1));
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::network::build;
    use crate::network::testing::spec;
    use crate::network::weights::fill;

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

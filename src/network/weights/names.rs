//! The tensors of a network under their names in `PyTorch`.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::super::Network;
use super::NamedTensor;

/// The fields from a module to the place that a traversal has reached.
#[derive(Debug, Default)]
pub(super) struct Path(Vec<(String, String)>);

impl Path {
    /// Enters the field `name` of a container.
    pub(super) fn enter(&mut self, name: &str, container: &str) {
        self.0.push((name.to_owned(), container.to_owned()));
    }

    /// Leaves the field.
    pub(super) fn exit(&mut self) {
        self.0.pop();
    }

    /// The name of the tensor here; the variant of an enum is no part of it.
    pub(super) fn name(&self) -> String {
        let parts: Vec<&str> = self
            .0
            .iter()
            .filter(|(_, container)| !container.starts_with("Enum:"))
            .map(
                |(name, container)| match (container.as_str(), name.as_str()) {
                    ("Struct:BatchNorm", "gamma") => "weight",
                    ("Struct:BatchNorm", "beta") => "bias",
                    (_, name) => name,
                },
            )
            .collect();
        parts.join(".")
    }

    /// Whether `PyTorch` keeps the tensor here transposed.
    pub(super) fn is_transposed(&self) -> bool {
        self.0
            .last()
            .is_some_and(|(name, container)| container == "Struct:Linear" && name == "weight")
    }
}

/// All tensors of a network, running statistics included, in the order of its layers.
#[must_use]
pub fn tensors(network: &Network) -> Vec<NamedTensor> {
    #[derive(Default)]
    struct Reader {
        path: Path,
        tensors: Vec<NamedTensor>,
    }
    impl ModuleVisitor for Reader {
        fn enter_module(&mut self, name: &str, container_type: &str) {
            self.path.enter(name, container_type);
        }

        fn exit_module(&mut self, _name: &str, _container_type: &str) {
            self.path.exit();
        }

        fn visit_float<const D: usize>(&mut self, parameter: &Param<Tensor<D>>) {
            let tensor = if self.path.is_transposed() {
                parameter.val().transpose()
            } else {
                parameter.val()
            };
            self.tensors.push(NamedTensor {
                name: self.path.name(),
                shape: tensor.dims().to_vec(),
                values: tensor.into_data().iter::<f32>().collect(),
            });
        }
    }
    let mut reader = Reader::default();
    network.visit(&mut reader);
    reader.tensors
}

//! The families of networks, a folder each.
//!
//! A family's folder holds all that is particular to it: the names of its architectures, the layers of its published form, what its
//! width is, its burn module, its `PyTorch` module (`pytorch.py`), its labels and its tests. Other
//! modules never match on the family: they call [`Family`], by [`Architecture`] or [`super::Spec`], or [`FamilyModule`], by
//! [`Network`].
//!
//! A new family is a folder with an `impl Family`, its `mod` line, and its entry in the list below.

mod cifar;
mod densenet;
mod efficientnet;
mod family;
mod names;
mod resnet;
mod resnext;
mod wide_resnet;

use burn::module::Module;

pub use self::family::{Family, FamilyModule, Labels};
use super::NetworkError;

/// Makes [`Architecture`] and [`Network`], one variant a family, from a list of families: the type that a name is read to,
/// and the burn module, both from the folder of that name.
macro_rules! families {
    ($($folder:ident: $Family:ident, $Module:ident;)+) => {
        /// A network of a known family, by its published name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        #[expect(missing_docs, reason = "a family is described in its folder")]
        pub enum Architecture {
            $($Family($folder::$Family),)+
        }

        impl Architecture {
            /// Its family.
            #[must_use]
            pub fn as_family(&self) -> &dyn Family {
                match self {
                    $(Self::$Family(family) => family,)+
                }
            }

            /// Reads a name by every family in turn; `None` where none has such names.
            pub(super) fn read(name: &str) -> Result<Option<Self>, NetworkError> {
                $(if let Some(family) = $folder::$Family::parse(name)? {
                    return Ok(Some(Self::$Family(family)));
                })+
                Ok(None)
            }

            /// Architectures that are offered without typing a name.
            #[must_use]
            pub fn suggested() -> Vec<Self> {
                let mut all = Vec::new();
                $(all.extend($folder::$Family::suggested().into_iter().map(Self::$Family));)+
                all
            }

            /// The names of each family, such as `resnet-N (N = 6n + 2)`.
            pub const PATTERNS: &[&str] = &[$($folder::$Family::PATTERN),+];

            /// Names of each family, at most about `blocks` blocks a stage and `width` wide in the family's measure.
            #[cfg(test)]
            pub(super) fn any(blocks: usize, width: usize) -> proptest::strategy::Union<proptest::strategy::BoxedStrategy<String>> {
                proptest::strategy::Union::new([$($folder::$Family::any(blocks, width)),+])
            }

            /// A small network of each form of each family.
            #[cfg(test)]
            pub(crate) fn small() -> impl Iterator<Item = &'static str> {
                [$($folder::$Family::SMALL),+].into_iter().flatten().copied()
            }
        }

        $(impl From<$folder::$Family> for Architecture {
            fn from(family: $folder::$Family) -> Self {
                Self::$Family(family)
            }
        })+

        /// A network with weights, of any family.
        #[derive(Module, Debug)]
        #[expect(
            clippy::large_enum_variant,
            reason = "a process holds a handful of networks, and burn's modules are not boxed"
        )]
        #[expect(missing_docs, reason = "a family is described in its folder")]
        pub enum Network {
            $($Family($folder::$Module),)+
        }

        impl Network {
            pub(super) fn as_module(&self) -> &dyn FamilyModule {
                match self {
                    $(Self::$Family(module) => module,)+
                }
            }
        }

        $(impl From<$folder::$Module> for Network {
            fn from(module: $folder::$Module) -> Self {
                Self::$Family(module)
            }
        })+
    };
}

families! {
    resnet: ResNet, ResNetModule;
    densenet: DenseNet, DenseNetModule;
    resnext: ResNeXt, ResNeXtModule;
    wide_resnet: WideResNet, WideResNetModule;
    efficientnet: EfficientNet, EfficientNetModule;
}

/// The default architecture.
impl Default for Architecture {
    fn default() -> Self {
        resnet::ResNet::default().into()
    }
}

//! How the numbers of convolutions are rounded before they are multiplied.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Number format of what convolutions multiply; products are summed as 32-bit floats. Weights, activations, gradients and
/// statistics are 32-bit floats in memory, and so is all that the classifier and the optimiser compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32-bit floats, on a GPU too.
    #[default]
    F32,
    /// TF32, with a mantissa of ten bits, on the tensor cores of NVIDIA GPUs from 2020 on, where a group has at least eight
    /// channels on both sides.
    Tf32,
    /// As `Tf32`, but bfloat16, with a mantissa of seven bits.
    Bf16,
}

/// The text that names no [`Precision`].
#[derive(Debug, thiserror::Error)]
#[error("unknown precision '{0}': use {names}", names = Precision::ALL.map(Precision::name).join(", "))]
pub struct UnknownPrecision(String);

impl Precision {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::F32, Self::Tf32, Self::Bf16];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = UnknownPrecision;

    fn from_str(text: &str) -> Result<Self, UnknownPrecision> {
        Self::ALL
            .into_iter()
            .find(|precision| precision.name() == text)
            .ok_or_else(|| UnknownPrecision(text.to_owned()))
    }
}

thread_local! {
    static CURRENT: Cell<Precision> = const { Cell::new(Precision::F32) };
}

/// Does `work` with convolutions in this precision: those that begin on this thread, and their gradients whenever they are
/// computed.
pub fn with_precision<T>(precision: Precision, work: impl FnOnce() -> T) -> T {
    struct Before(Precision);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0);
        }
    }
    let _before = Before(CURRENT.replace(precision));
    work()
}

/// The precision of a convolution that begins now.
pub(super) fn current() -> Precision {
    CURRENT.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_precision_holds_for_the_work_alone() {
        assert_eq!(current(), Precision::F32);
        let inside = with_precision(Precision::Tf32, || {
            let failed = std::panic::catch_unwind(|| {
                with_precision(Precision::F32, || panic!("on purpose"));
            });
            assert!(failed.is_err());
            current()
        });
        assert_eq!(inside, Precision::Tf32);
        assert_eq!(current(), Precision::F32);
    }
}

//! How a training ends before its last epoch.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::training::TrainingError;
use crate::training::device::{DeviceError, DeviceFault};

/// Why a training ended early.
pub(super) enum Halt {
    Stopped,
    Failed(DeviceError),
}

impl From<TrainingError> for Halt {
    fn from(error: TrainingError) -> Self {
        let message = error.to_string();
        let fault = match error {
            TrainingError::Device(error) => error.fault,
            _ => DeviceFault::Other,
        };
        Self::Failed(DeviceError { fault, message })
    }
}

/// What `work` gives, a panic in it as a failure.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Halt>) -> Result<T, Halt> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(Halt::Failed(DeviceError::of_panic(panic.as_ref()))))
}

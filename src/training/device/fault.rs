//! Why a device failed. burn and `CubeCL` give text alone, which is read here and nowhere else.

use std::any::Any;

use super::threads::panic_text;

/// Why a device failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceFault {
    /// Its memory does not hold what was asked for.
    OutOfMemory,
    /// The driver lost it, or a kernel broke it: nothing runs on it any more.
    Lost,
    /// Something else.
    Other,
}

/// A failure of a device, or of what runs on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct DeviceError {
    /// Why it failed.
    pub fault: DeviceFault,
    /// What burn, `CubeCL` or the driver said.
    pub message: String,
}

/// A lack of memory, in the words of drivers, of `CubeCL` and of this crate's kernels.
const OUT_OF_MEMORY: [&str; 9] = [
    "out of memory",
    "out-of-memory",
    "out_of_memory",
    "outofmemory",
    "out of device memory",
    "memory allocation of",
    "can't allocate",
    "in the memory held",
    "is too large for a gpu's kernels",
];

/// A device that is lost, in the words of drivers.
const LOST: [&str; 12] = [
    "device lost",
    "device_lost",
    "devicelost",
    "no_device",
    "illegal_address",
    "illegal address",
    "launch_failed",
    "launch failure",
    "ecc_uncorrectable",
    "uncorrectable ecc",
    "hardware_stack_error",
    "context_is_destroyed",
];

impl DeviceError {
    /// The failure that a message describes.
    #[must_use]
    pub fn new(message: String) -> Self {
        let lower = message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let fault = if says(&OUT_OF_MEMORY) {
            DeviceFault::OutOfMemory
        } else if says(&LOST) {
            DeviceFault::Lost
        } else {
            DeviceFault::Other
        };
        Self { fault, message }
    }

    /// The failure that a panic's message describes.
    pub(in crate::training) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        Self::new(panic_text(panic))
    }

    /// The line that says most: of a chain of causes the last, of anything else the first.
    pub(in crate::training) fn cause(&self) -> &str {
        let chain = self.message.contains("Caused by");
        let mut lines = self
            .message
            .lines()
            .map(str::trim)
            .take_while(|line| !line.to_lowercase().contains("backtrace"))
            .filter(|line| !line.is_empty() && !line.starts_with("Caused by"));
        let said = if chain { lines.last() } else { lines.next() };
        said.unwrap_or("unknown reason")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_classified() {
        for said in [
            "CUDA_ERROR_OUT_OF_MEMORY: 12\nbacktrace",
            "out of device memory allocating 9 bytes",
            "memory allocation of 9 bytes failed",
            "No room for 9 bytes in the memory held, and no page may be added",
            "can't allocate buffer of size: 9",
            "An out-of-memory error happened during launch",
            "a tensor of 9 numbers is too large for a GPU's kernels: use a smaller batch",
        ] {
            let fault = DeviceError::new(said.to_owned()).fault;
            assert_eq!(fault, DeviceFault::OutOfMemory, "{said}");
        }
        let fault = |said: &str| DeviceError::new(said.to_owned()).fault;
        let lost = "DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"…\")";
        assert_eq!(fault(lost), DeviceFault::Lost);
        assert_eq!(fault("index out of bounds"), DeviceFault::Other);
    }
}

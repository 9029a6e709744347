//! Do the networks of a training fit into memory? Asked before anything is allocated.

use super::TrainingError;
use super::device::Opened;
use crate::dataset::memory::free_memory;
use crate::format;
use crate::network::Spec;

/// Bytes that a parameter takes in training, at least: its value, gradient and momentum, and a copy
/// for a checkpoint, of 4 bytes each.
const PER_PARAMETER: u64 = 16;

/// Checks that networks which are trained in turns fit into the memory of this machine, where they
/// are trained on the CPU; a GPU says so itself.
///
/// # Errors
/// [`TrainingError::Memory`].
pub fn check(networks: [&Spec; 2], device: &Opened) -> Result<(), TrainingError> {
    if device.name != "cpu" {
        return Ok(());
    }
    fits(networks.map(Spec::parameters), free_memory())
}

fn fits(parameters: [u64; 2], free: u64) -> Result<(), TrainingError> {
    let all = parameters[0].saturating_add(parameters[1]);
    let needed = all.saturating_mul(PER_PARAMETER);
    if needed <= free {
        return Ok(());
    }
    Err(TrainingError::Memory {
        parameters: format::large(all as f64),
        needed: format::bytes(needed),
        free: format::bytes(free),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_of_more_bytes_than_are_free_are_refused() {
        assert!(fits([600, 400], 16_000).is_ok());
        let said =
            fits([600_000_000, 400_000_001], 16_000_000_000).map_err(|error| error.to_string());
        assert!(said.is_err_and(|said| said.contains("at least 16.0 GB of memory to train")));
        assert!(fits([u64::MAX, u64::MAX], u64::MAX - 1).is_err());
    }
}

//! Failures as one sentence each, with what to do.

use crate::training::Diverged;
use crate::training::checkpoint::Progress;
use crate::training::device::{DeviceError, DeviceFault};

/// A batch size that does not fit, where `fitting` images a step do.
pub(super) fn too_large(batch_size: usize, fitting: usize) -> String {
    format!(
        "batch size {batch_size} does not fit in the memory of the device; {fitting} was tried and fits: use --batch-size {fitting}, or close other programs that use its memory"
    )
}

/// No batch size fits.
pub(super) fn none_fits(batch_size: usize) -> String {
    format!(
        "batch size {batch_size} does not fit in the memory of the device, nor does any smaller one: use a smaller network or another device, or close other programs that use its memory"
    )
}

/// A lack of memory after everything had fitted.
pub(super) fn taken_away(batch_size: usize) -> String {
    format!(
        "the device ran out of memory at batch size {batch_size}, which had fitted before: close other programs that use its memory, then `ebcle-tui resume` continues from the last finished epoch"
    )
}

/// A failure as one sentence; running out of memory and a lost device get their remedy.
pub(in crate::training) fn explained(error: &DeviceError, batch_size: usize) -> String {
    match (error.fault, batch_size / 2) {
        (DeviceFault::OutOfMemory, 0) => format!(
            "the device ran out of memory at batch size {batch_size}: use a smaller network or another device"
        ),
        (DeviceFault::OutOfMemory, half) => format!(
            "the device ran out of memory at batch size {batch_size}: use a smaller one, --batch-size {half} to begin with, and close other programs that use its memory"
        ),
        (DeviceFault::Lost, _) => format!(
            "the device was lost ({}): check it (`ebcle-tui devices`, nvidia-smi), then `ebcle-tui resume` continues from the last finished epoch",
            error.cause()
        ),
        (DeviceFault::Other, _) => error.cause().to_owned(),
    }
}

/// A step that cannot be recorded, which costs time alone.
pub(super) fn unrecorded(error: &DeviceError) -> String {
    let why = match error.fault {
        DeviceFault::OutOfMemory => "not enough memory; a smaller --batch-size may help",
        _ => error.cause(),
    };
    format!(
        "the device cannot record a training step ({why}): both networks train kernel by kernel, about half as fast for a small network"
    )
}

/// What of a network is no longer finite, and when that was found.
pub(super) struct Found {
    /// The step of the epoch, from 1.
    pub(super) step: usize,
    /// The learning rate of that step.
    pub(super) rate: f64,
    /// The mean loss of the last step of which it was finite.
    pub(super) before: Option<f64>,
    /// The last gradient norm that was finite.
    pub(super) norm_before: Option<f64>,
    /// The first tensor that is not finite, if it is not the loss alone.
    pub(super) tensor: Option<String>,
}

/// A network that is no longer finite, with the likely cause. `peak` is the highest learning rate.
pub(super) fn diverged(at: Progress, found: Found, peak: f64) -> Diverged {
    let Progress {
        seed,
        network,
        epoch,
    } = at;
    let Found {
        step,
        rate,
        before,
        norm_before,
        tensor,
    } = found;
    let grown = [
        ("the loss", before.filter(|&loss| loss > 10.0)),
        ("the gradient norm", norm_before.filter(|&norm| norm > 1e3)),
    ];
    let grown: Vec<String> = grown
        .iter()
        .filter_map(|(what, value)| Some(format!("{what} had grown to {:.3e}", (*value)?)))
        .collect();
    let grown = if grown.is_empty() {
        String::new()
    } else {
        format!(", after {}", grown.join(" and "))
    };
    let warm_up = if rate < 0.9 * peak {
        ""
    } else {
        " or more --warmup-epochs"
    };
    let mut diverged = Diverged {
        seed,
        network,
        epoch,
        step,
        tensor,
        message: String::new(),
    };
    diverged.message = format!(
        "{} (found at step {step}{grown}); a learning rate of {rate:.2e} is probably too high for it: use a smaller --learning-rate{warm_up}",
        diverged.reason()
    );
    diverged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::Role;

    fn explained(message: &str, batch_size: usize) -> String {
        super::explained(&DeviceError::new(message.to_owned()), batch_size)
    }

    fn unrecorded(message: &str) -> String {
        super::unrecorded(&DeviceError::new(message.to_owned()))
    }

    #[test]
    fn running_out_of_memory_gets_its_remedy() {
        let said = explained("CUDA_ERROR_OUT_OF_MEMORY: 12\nbacktrace", 512);
        assert!(
            said.starts_with(
                "the device ran out of memory at batch size 512: use a smaller one, --batch-size 256"
            ),
            "{said}"
        );
        assert!(explained("Out of memory", 1).ends_with("a smaller network or another device"));
    }

    #[test]
    fn a_lost_device_gets_its_remedy() {
        let said = explained("DriverError(CUDA_ERROR_ILLEGAL_ADDRESS, \"…\")\nmore", 8);
        assert!(
            said.starts_with("the device was lost (DriverError(CUDA_ERROR_ILLEGAL_ADDRESS")
                && said.contains("ebcle-tui resume")
                && !said.contains('\n'),
            "{said}"
        );
    }

    #[test]
    fn other_failures_are_one_line() {
        for (message, line) in [
            ("index out of bounds\nmore", "index out of bounds"),
            ("", "unknown reason"),
            (
                "An error happened\nCaused by:\n  An IO error\nCaused by:\n  no such module\nNo backtrace available\nBacktrace:\nNone",
                "no such module",
            ),
        ] {
            assert_eq!(explained(message, 1), line);
        }
    }

    #[test]
    fn a_step_that_cannot_be_recorded_is_told_in_one_line() {
        let full = unrecorded(
            "an error\nCaused by:\n  out of device memory allocating 9 bytes\nBacktrace:",
        );
        assert!(
            full.contains("a smaller --batch-size") && !full.contains('\n'),
            "{full}"
        );
        let other = unrecorded("an error\nCaused by:\n  graphs are not supported");
        assert!(other.contains("(graphs are not supported)"), "{other}");
    }

    #[test]
    fn a_diverged_network_is_told_with_its_step_and_cause() {
        let at = Progress::new(3, Role::Capped, 2);
        let found = |tensor: Option<&str>| Found {
            step: 7,
            rate: 0.1,
            before: Some(1e30),
            norm_before: Some(if tensor.is_some() { 2e15 } else { 900.0 }),
            tensor: tensor.map(str::to_owned),
        };
        let diverged = |tensor, peak| diverged(at, found(tensor), peak).message;
        assert_eq!(
            diverged(Some("stem.weight"), 0.1),
            "seed 3 diverged in epoch 2: capped, stem.weight is not finite (found at step 7, after the loss had grown to 1.000e30 and the gradient norm had grown to 2.000e15); a learning rate of 1.00e-1 is probably too high for it: use a smaller --learning-rate or more --warmup-epochs"
        );
        let said = diverged(None, 1.0);
        assert!(
            said.starts_with("seed 3 diverged in epoch 2: capped, its loss is not finite (")
                && said.contains("grown to 1.000e30);")
                && said.ends_with("use a smaller --learning-rate"),
            "{said}"
        );
    }
}

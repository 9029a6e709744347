//! A training that failed, and the batch that would have fitted in memory.

use crossbeam_channel::{TryRecvError, never, unbounded};

use super::events::EventSender;
use super::failure::{explained, none_fits, taken_away, too_large};
use super::halt::{Halt, guarded};
use super::runner::Runner;
use crate::training::device::{DeviceError, DeviceFault};
use crate::training::{Control, Event};

/// Steps in which a batch shows whether it fits: one as it is, and one of a recorded step.
const TRIED: usize = 2;

impl Runner {
    /// The last event of a training that failed. A batch that does not fit in memory is halved until one does.
    pub(super) fn end_of(&mut self, error: &DeviceError) -> Event {
        let batch_size = self.job.recipe.batch_size;
        let message = if error.fault != DeviceFault::OutOfMemory {
            explained(error, batch_size)
        } else if self.warm {
            taken_away(batch_size)
        } else {
            match self.fitting() {
                Ok(Some(fitting)) => too_large(batch_size, fitting),
                Ok(None) => none_fits(batch_size),
                Err(Halt::Stopped) => return Event::Stopped,
                Err(Halt::Failed(error)) => explained(&error, batch_size),
            }
        };
        Event::Failed { message }
    }

    /// The largest of a half, a quarter, an eighth, … of the batch size whose steps fit in memory, if any does. Between two
    /// tries it heeds a wish to stop.
    fn fitting(&mut self) -> Result<Option<usize>, Halt> {
        let mut size = self.job.recipe.batch_size / 2;
        if size > 0 {
            self.events.send(Event::Warning {
                message: format!(
                    "batch size {} does not fit in the memory of the device: smaller ones are tried",
                    self.job.recipe.batch_size
                ),
            });
        }
        while size > 0 {
            match self.controls.receiver.try_recv() {
                Err(TryRecvError::Disconnected) | Ok(Control::Stop) => return Err(Halt::Stopped),
                Err(TryRecvError::Empty) | Ok(Control::Pause | Control::Resume) => {}
            }
            match guarded(|| self.tried(size)) {
                Ok(()) => return Ok(Some(size)),
                Err(Halt::Failed(error)) if error.fault == DeviceFault::OutOfMemory => {
                    tracing::info!(%error, size, "a smaller batch does not fit either");
                }
                Err(halt) => return Err(halt),
            }
            size /= 2;
        }
        Ok(None)
    }

    /// Warms both networks up with another batch size; no event is sent.
    fn tried(&self, batch_size: usize) -> Result<(), Halt> {
        self.job.device.device.memory_cleanup();
        let mut job = self.job.clone();
        job.recipe.batch_size = batch_size;
        let batches = self.batches.of_size(batch_size);
        let (sender, _) = unbounded();
        Self::new(job, batches, never(), EventSender::new(sender)).warm_up_both(TRIED)
    }
}

//! Pauses and stops that the owner of a training asks for.

use std::sync::Arc;

use burn::tensor::Device;
use crossbeam_channel::{Receiver, TryRecvError};

use super::events::EventSender;
use super::halt::Halt;
use crate::training::clock::{Clock, Stopwatch};
use crate::training::{Control, Event};

/// The owner's end of a training.
pub(super) struct Controls {
    pub(super) receiver: Receiver<Control>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) device: Device,
}

impl Controls {
    /// Does what was asked for since the last step. The watch, if one runs, is stopped in a pause.
    pub(super) fn poll_control(
        &self,
        events: &mut EventSender,
        watch: Option<&mut Stopwatch>,
    ) -> Result<(), Halt> {
        match self.receiver.try_recv() {
            Err(TryRecvError::Empty) | Ok(Control::Resume) => return Ok(()),
            Err(TryRecvError::Disconnected) | Ok(Control::Stop) => return Err(Halt::Stopped),
            Ok(Control::Pause) => {}
        }
        let mut watch = watch;
        if let Some(watch) = watch.as_deref_mut() {
            watch.stop(&self.device)?;
        }
        let paused = self.clock.now();
        events.send(Event::Paused);
        loop {
            match self.receiver.recv() {
                Ok(Control::Resume) => break,
                Ok(Control::Pause) => {}
                Ok(Control::Stop) | Err(_) => return Err(Halt::Stopped),
            }
        }
        events.send(Event::Resumed {
            seconds: self.clock.now().saturating_sub(paused).as_secs_f64(),
        });
        if let Some(watch) = watch {
            watch.start(&self.device)?;
        }
        Ok(())
    }
}

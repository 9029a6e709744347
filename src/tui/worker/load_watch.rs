//! What the machine and this process use, sampled every second while a training runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;

use super::Report;
use crate::training::device::Monitor;
use crate::tui::AppError;
use crate::tui::app::Message;

/// Time between two samples.
const POLL: Duration = Duration::from_secs(1);

/// Samples the load every second until it is dropped.
#[derive(Debug)]
pub struct LoadWatch {
    over: Arc<AtomicBool>,
}

impl LoadWatch {
    /// Watches this process, and `device` where it is a GPU.
    pub fn start(device: String, reports: Sender<Report>) -> Result<Self, AppError> {
        let over = Arc::new(AtomicBool::new(false));
        let watch = Self {
            over: Arc::clone(&over),
        };
        std::thread::Builder::new()
            .name("load".to_owned())
            .spawn(move || {
                let mut monitor = Monitor::new(&device);
                while !over.load(Ordering::Relaxed) {
                    let load = monitor.sample();
                    let report = Report::Message(Box::new(Message::Load(load)));
                    if reports.send(report).is_err() {
                        break;
                    }
                    std::thread::sleep(POLL);
                }
            })
            .map_err(AppError::Thread)?;
        Ok(watch)
    }
}

impl Drop for LoadWatch {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

//! The clock of both networks: monotonic, and read only when the device is idle.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::tensor::Device;

use super::TrainingError;
use super::device::DeviceError;

/// Where time comes from.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Time since some moment that stays the same.
    fn now(&self) -> Duration;
}

/// The machine's monotonic clock, which no change of the time of day moves.
#[derive(Debug)]
pub struct Monotonic {
    begun: Instant,
}

impl Default for Monotonic {
    fn default() -> Self {
        Self {
            begun: Instant::now(),
        }
    }
}

impl Clock for Monotonic {
    fn now(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// A watch that runs only while training does, read only when the device is idle.
///
/// A clock that jumps back adds nothing.
#[derive(Debug)]
pub struct Stopwatch {
    clock: Arc<dyn Clock>,
    counted: Duration,
    since: Option<Duration>,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self::new(Arc::new(Monotonic::default()))
    }
}

impl Stopwatch {
    /// A watch that has counted nothing yet and does not run.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            counted: Duration::ZERO,
            since: None,
        }
    }

    /// Waits for the device, then counts from now on.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn start(&mut self, device: &Device) -> Result<(), TrainingError> {
        wait_for(device)?;
        self.since = Some(self.clock.now());
        Ok(())
    }

    /// Waits for the device, then stops counting.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn stop(&mut self, device: &Device) -> Result<(), TrainingError> {
        wait_for(device)?;
        self.counted += self.running();
        self.since = None;
        Ok(())
    }

    fn running(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| {
            self.clock.now().saturating_sub(since)
        })
    }

    /// What is counted so far, in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.counted + self.running()).as_secs_f64()
    }
}

fn wait_for(device: &Device) -> Result<(), TrainingError> {
    device
        .sync()
        .map_err(|error| DeviceError::new(format!("the device failed: {error}")).into())
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A clock that moves only by hand.
    #[derive(Debug, Default)]
    pub(in crate::training) struct Fake(Mutex<Duration>);

    impl Fake {
        pub(in crate::training) fn set(&self, seconds: f64) {
            *self.0.lock().unwrap() = Duration::from_secs_f64(seconds);
        }

        pub(in crate::training) fn advance(&self, seconds: f64) {
            *self.0.lock().unwrap() += Duration::from_secs_f64(seconds);
        }
    }

    impl Clock for Fake {
        fn now(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    #[test]
    fn only_what_lies_between_start_and_stop_counts() {
        let clock = Arc::new(Fake::default());
        let device = Device::flex();
        let mut watch = Stopwatch::new(clock.clone());
        clock.advance(5.0);
        watch.start(&device).unwrap();
        clock.advance(2.0);
        assert!((watch.seconds() - 2.0).abs() < 1e-9);
        watch.stop(&device).unwrap();
        clock.advance(100.0);
        watch.start(&device).unwrap();
        clock.advance(0.5);
        watch.stop(&device).unwrap();
        assert!((watch.seconds() - 2.5).abs() < 1e-9);
    }

    #[test]
    fn a_clock_that_jumps_back_adds_nothing() {
        let clock = Arc::new(Fake::default());
        let device = Device::flex();
        let mut watch = Stopwatch::new(clock.clone());
        clock.set(10.0);
        watch.start(&device).unwrap();
        clock.set(3.0);
        watch.stop(&device).unwrap();
        assert!(watch.seconds().abs() < 1e-9);
    }
}

//! The clock of both networks: monotonic, and read only when the device is idle.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use burn::tensor::Device;

use super::TrainingError;
use super::device::DeviceError;
use super::device::energy::EnergyMeter;

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
    energy: Option<Energy>,
}

/// The energy of a watch.
#[derive(Debug)]
struct Energy {
    meter: Arc<dyn EnergyMeter>,
    /// Joules between each start and stop; none once the meter said nothing.
    counted: Option<f64>,
    /// What the meter said at the last start.
    since: Option<f64>,
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
            energy: None,
        }
    }

    /// The watch with a meter of energy, which is read whenever the watch starts and stops.
    #[must_use]
    pub fn with_meter(mut self, meter: Arc<dyn EnergyMeter>) -> Self {
        self.energy = Some(Energy {
            meter,
            counted: Some(0.0),
            since: None,
        });
        self
    }

    /// Waits for the device, then counts from now on.
    ///
    /// # Errors
    /// [`TrainingError::Device`] where the device failed.
    pub fn start(&mut self, device: &Device) -> Result<(), TrainingError> {
        wait_for(device)?;
        self.since = Some(self.clock.now());
        if let Some(energy) = &mut self.energy {
            energy.since = energy.meter.joules();
        }
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
        if let Some(energy) = &mut self.energy {
            let (since, now) = (energy.since.take(), energy.meter.joules());
            let used = since.zip(now).map(|(since, now)| now - since);
            energy.counted = energy.counted.zip(used).map(|(before, used)| before + used);
        }
        Ok(())
    }

    /// Joules that were used while the watch ran; `None` where the meter did not say.
    #[must_use]
    pub fn joules(&self) -> Option<f64> {
        self.energy.as_ref()?.counted
    }

    /// Reads the meter, so that one that wraps around is read often enough.
    pub fn keep_meter(&self) {
        if let Some(energy) = self.energy.as_ref().filter(|energy| energy.since.is_some()) {
            energy.meter.joules();
        }
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
    use crate::training::device::energy::tests::Fake as Joules;

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
    fn joules_count_as_seconds_do_and_are_unknown_once_the_meter_is_silent() {
        let meter = Arc::new(Joules::default());
        let device = Device::flex();
        let mut watch = Stopwatch::default().with_meter(meter.clone());
        let mut run = |before: Option<f64>, after: Option<f64>| {
            *meter.0.lock().unwrap() = before;
            watch.start(&device).unwrap();
            *meter.0.lock().unwrap() = after;
            watch.stop(&device).unwrap();
            watch.joules()
        };
        assert_eq!(run(Some(10.0), Some(12.0)), Some(2.0));
        assert_eq!(run(Some(100.0), Some(100.5)), Some(2.5));
        assert_eq!(run(Some(101.0), None), None);
        assert_eq!(run(Some(102.0), Some(103.0)), None);
        assert_eq!(Stopwatch::default().joules(), None);
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

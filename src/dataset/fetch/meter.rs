//! Speed and time left, from the bytes of the last seconds.

use std::collections::VecDeque;

/// Seconds over which the speed is taken.
const WINDOW: f64 = 5.0;
/// Seconds before a speed is given.
const FIRST: f64 = 0.2;

/// Follows bytes over time; the caller brings the clock.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    samples: VecDeque<(f64, u64)>,
}

impl Meter {
    /// Notes that `bytes` have come since the beginning, at `seconds` on any steady clock.
    pub fn observe(&mut self, seconds: f64, bytes: u64) {
        self.samples.push_back((seconds, bytes));
        while self.samples.len() > 2 && seconds - self.samples[1].0 >= WINDOW {
            self.samples.pop_front();
        }
    }

    /// Forgets what came before: the next bytes are no continuation of it.
    pub fn restart(&mut self) {
        self.samples.clear();
    }

    /// Bytes a second over the last seconds; none before there are some.
    #[must_use]
    pub fn bytes_per_second(&self) -> Option<f64> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let seconds = last.0 - first.0;
        (seconds >= FIRST).then(|| last.1.saturating_sub(first.1) as f64 / seconds)
    }

    /// Seconds until `left` more bytes have come at this speed; none where nothing comes.
    #[must_use]
    pub fn seconds_left(&self, left: u64) -> Option<f64> {
        let speed = self.bytes_per_second().filter(|&speed| speed > 0.0)?;
        Some(left as f64 / speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_last_seconds() {
        let mut meter = Meter::default();
        assert_eq!(meter.bytes_per_second(), None);
        meter.observe(0.0, 0);
        meter.observe(0.1, 500);
        assert_eq!(meter.bytes_per_second(), None);
        meter.observe(1.0, 1_000);
        assert_eq!(meter.bytes_per_second(), Some(1_000.0));
        assert_eq!(meter.seconds_left(3_000), Some(3.0));
        for second in 2..=20 {
            meter.observe(f64::from(second), 1_000 + (second as u64 - 1) * 200);
        }
        assert_eq!(meter.bytes_per_second(), Some(200.0));
        meter.restart();
        assert_eq!(meter.seconds_left(1), None);
    }

    #[test]
    fn nothing_that_comes_leaves_no_time_to_tell() {
        let mut meter = Meter::default();
        meter.observe(0.0, 7);
        meter.observe(2.0, 7);
        assert_eq!(meter.bytes_per_second(), Some(0.0));
        assert_eq!(meter.seconds_left(10), None);
    }
}

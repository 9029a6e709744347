//! Fewer reports than a thread has to say.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Least time between two reports of progress.
const REPORT: Duration = Duration::from_millis(50);

/// Lets one report through every [`REPORT`].
pub(super) struct Throttle {
    started: Instant,
    next: AtomicUsize,
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            next: AtomicUsize::new(0),
        }
    }

    /// Whether a report may be sent now.
    pub(super) fn pass(&self) -> bool {
        let now = self.started.elapsed().as_millis() as usize;
        let next = self.next.load(Ordering::Relaxed);
        now >= next
            && self
                .next
                .compare_exchange(
                    next,
                    now + REPORT.as_millis() as usize,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                )
                .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_lets_the_first_report_through_and_not_the_next() {
        let throttle = Throttle::new();
        assert!(throttle.pass());
        throttle.next.store(usize::MAX, Ordering::Relaxed);
        assert!(!throttle.pass());
    }
}

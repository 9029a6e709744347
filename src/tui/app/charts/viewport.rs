//! The part of an axis that is shown, and an axis itself.

/// Least part of an axis that is shown: a step in a million.
const LEAST: f64 = 1e-6;

/// The part of the x axis that is shown, in shares of the whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    pub from: f64,
    pub to: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl Viewport {
    /// All of the axis.
    pub const WHOLE: Self = Self { from: 0.0, to: 1.0 };

    /// Whether it is all of the axis.
    pub const fn is_whole(self) -> bool {
        self.from <= 0.0 && self.to >= 1.0
    }

    /// Its width.
    pub fn width(self) -> f64 {
        self.to - self.from
    }

    /// The share of the whole axis at a share of what is shown.
    pub fn at(self, share: f64) -> f64 {
        self.from + share * self.width()
    }

    /// One of `width` that begins at `from`, or as near to that as the axis allows.
    fn placed(from: f64, width: f64) -> Self {
        let width = if width.is_finite() {
            width.clamp(LEAST, 1.0)
        } else {
            1.0
        };
        let from = if from.is_finite() {
            from.clamp(0.0, 1.0 - width)
        } else {
            0.0
        };
        Self {
            from,
            to: from + width,
        }
    }

    /// One that shows `factor` times as much, with what is at `at` of the whole axis where it was.
    pub fn zoomed(self, factor: f64, at: f64) -> Self {
        let at = at.clamp(self.from, self.to);
        let width = (self.width() * factor).clamp(LEAST, 1.0);
        let share = (at - self.from) / self.width();
        Self::placed(at - share * width, width)
    }

    /// One that is moved by a share of its width.
    pub fn panned(self, by: f64) -> Self {
        Self::placed(self.from + by * self.width(), self.width())
    }

    /// One of the same width that holds `at`.
    pub fn following(self, at: f64) -> Self {
        if at < self.from {
            Self::placed(at, self.width())
        } else if at > self.to {
            Self::placed(at - self.width(), self.width())
        } else {
            self
        }
    }
}

/// An axis from end to end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub log: bool,
}

impl Axis {
    /// The value at a share of it.
    pub fn at(self, share: f64) -> f64 {
        if self.log {
            self.low * (self.high / self.low).powf(share)
        } else {
            self.low + (self.high - self.low) * share
        }
    }

    /// The share at which a value lies.
    pub fn share(self, value: f64) -> f64 {
        if self.log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }

    /// The ends of the part that is shown.
    pub fn shown(self, viewport: Viewport) -> [f64; 2] {
        [self.at(viewport.from), self.at(viewport.to)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_zoomed_at_stays_where_it_is() {
        let zoomed = Viewport::WHOLE.zoomed(0.5, 0.3);
        assert!((zoomed.width() - 0.5).abs() < 1e-12);
        assert!(((0.3 - zoomed.from) / zoomed.width() - 0.3).abs() < 1e-12);
        assert_eq!(zoomed.zoomed(2.0, 0.3), Viewport::WHOLE);
        let moved = zoomed.panned(0.5);
        assert!((moved.from - zoomed.from - 0.25).abs() < 1e-12);
        assert!((moved.panned(9.0).to - 1.0).abs() < 1e-12);
    }

    #[test]
    fn shares_and_values_are_inverse() {
        for log in [false, true] {
            let axis = Axis {
                low: 0.5,
                high: 40.0,
                log,
            };
            for share in [0.0, 0.2, 0.9, 1.0] {
                assert!((axis.share(axis.at(share)) - share).abs() < 1e-12);
            }
        }
    }

    proptest! {
        /// Whatever is asked, a part of the axis is shown.
        #[test]
        fn a_viewport_stays_on_the_axis(
            asked in proptest::collection::vec((0..3_u8, any::<f64>(), any::<f64>()), 0..40)
        ) {
            let mut viewport = Viewport::WHOLE;
            for (what, one, other) in asked {
                viewport = match what {
                    0 => viewport.zoomed(one.abs(), other),
                    1 => viewport.panned(one),
                    _ => viewport.following(one),
                };
                prop_assert!(viewport.from >= 0.0 && viewport.to <= 1.0 + 1e-12, "{viewport:?}");
                prop_assert!(viewport.width() >= LEAST * 0.99, "{viewport:?}");
            }
        }
    }
}

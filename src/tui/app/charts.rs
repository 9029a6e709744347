//! The charts of a training, on the screens that show them: which are shown, which has the focus, and how they are drawn.

pub mod curves;
pub mod keys;
mod lines;
pub mod loads;
mod points;
mod viewport;

use serde::{Deserialize, Serialize};

use super::around;
use crate::run::ChartSymbols;
use crate::training::EpochRecord;
pub use curves::Curves;
pub use lines::{Kind, Line, Lines, x_in_words};
pub use loads::LoadSample;
pub use points::{nearest, thin_out};
pub use viewport::Viewport;

/// A chart of a training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Chart {
    /// Accuracy on the hold-out, or on the test images.
    Accuracy,
    /// Training loss.
    Loss,
    /// Seconds per epoch.
    Seconds,
    /// Training time saved.
    Saved,
    /// Loss on the images of the accuracy.
    ValidationLoss,
    LearningRate,
    /// Training images per second.
    Speed,
    /// Use of the GPU; without one, cores that are busy.
    Load,
    /// Power of the GPU.
    Power,
    /// L2 norm of the gradients.
    GradientNorm,
    /// Joules per epoch.
    Energy,
}

impl Chart {
    pub const ALL: [Self; 11] = [
        Self::Accuracy,
        Self::Loss,
        Self::Seconds,
        Self::Saved,
        Self::ValidationLoss,
        Self::LearningRate,
        Self::Speed,
        Self::Load,
        Self::Power,
        Self::GradientNorm,
        Self::Energy,
    ];

    /// Its value of an epoch, not a number where that is not recorded; none of a chart that shows something else.
    pub const fn of_epoch(self) -> Option<fn(&EpochRecord) -> f64> {
        Some(match self {
            Self::Accuracy => |row| row.validation_accuracy() * 100.0,
            Self::Loss => |row| row.train_loss,
            Self::Seconds => |row| row.train_seconds,
            Self::ValidationLoss => EpochRecord::validation_loss,
            Self::LearningRate => |row| row.learning_rate,
            Self::Speed => |row| row.images_per_second,
            Self::GradientNorm => |row| row.gradient_norm.unwrap_or(f64::NAN),
            Self::Energy => |row| row.train_joules.unwrap_or(f64::NAN),
            Self::Saved | Self::Load | Self::Power => return None,
        })
    }

    /// Whether its y axis begins at 0.
    pub const fn is_from_zero(self) -> bool {
        matches!(
            self,
            Self::Seconds | Self::Speed | Self::Load | Self::Power | Self::Energy
        )
    }

    /// Least difference between the ends of a linear y axis that does not begin at 0.
    pub const fn least_span(self) -> f64 {
        match self {
            Self::Accuracy => 4.0,
            _ => 0.0,
        }
    }

    /// Whether its values are above zero, so that its axis can be logarithmic.
    pub const fn is_positive(self) -> bool {
        !matches!(self, Self::Saved)
    }

    /// Whether its curves are smoothed: time saved is an estimate already, and learning rates have no noise.
    pub const fn is_smoothed(self) -> bool {
        !matches!(self, Self::Saved | Self::LearningRate)
    }
}

/// What is along the x axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    #[default]
    Epochs,
    Steps,
    /// Seconds of training of the network.
    Seconds,
    /// Joules that the device used in them.
    Joules,
}

impl Along {
    /// The unit, at the end of the axis.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Epochs => "epochs",
            Self::Steps => "steps",
            Self::Seconds => "seconds",
            Self::Joules => "joules",
        }
    }

    /// The next one; joules only where they are known.
    const fn next(self, has_joules: bool) -> Self {
        match self {
            Self::Epochs => Self::Steps,
            Self::Steps => Self::Seconds,
            Self::Seconds if has_joules => Self::Joules,
            Self::Seconds | Self::Joules => Self::Epochs,
        }
    }

    /// What is shown in its place where joules are not known.
    pub const fn or_epochs(self, has_joules: bool) -> Self {
        match self {
            Self::Joules if !has_joules => Self::Epochs,
            other => other,
        }
    }
}

/// How much curves are smoothed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Smoothing {
    #[default]
    None,
    Some,
    Strong,
}

impl Smoothing {
    /// The weight of the past in the exponential mean.
    pub const fn weight(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Some => 0.6,
            Self::Strong => 0.9,
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::None => Self::Some,
            Self::Some => Self::Strong,
            Self::Strong => Self::None,
        }
    }
}

/// Which charts are shown where, which has the focus, and how they are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Charts {
    /// The charts, in two rows of two.
    pub places: [Chart; 4],
    /// Those of a comparison of runs, of which a narrow terminal shows the first two.
    pub compared: [Chart; 4],
    /// The place that has the focus.
    #[serde(skip)]
    pub focus: usize,
    /// Whether the chart with the focus has all the space.
    #[serde(skip)]
    pub enlarged: bool,
    /// A bit for each chart of [`Chart::ALL`] whose y axis is logarithmic.
    pub logarithmic: u16,
    pub log_x: bool,
    pub along: Along,
    pub smoothing: Smoothing,
    /// Whether each seed is drawn, beside mean and band.
    pub each_seed: bool,
    /// The part of the x axis that is shown, of every chart.
    #[serde(skip)]
    pub viewport: Viewport,
    /// Where values are read, a share of the whole x axis of every chart.
    #[serde(skip)]
    pub crosshair: Option<f64>,
    /// What curves are made of.
    #[serde(skip)]
    pub symbols: ChartSymbols,
}

impl Default for Charts {
    fn default() -> Self {
        let [a, b, c, d, ..] = Chart::ALL;
        Self {
            places: [a, b, c, d],
            compared: [a, b, Chart::GradientNorm, Chart::Energy],
            focus: 0,
            enlarged: false,
            logarithmic: 0,
            log_x: false,
            along: Along::default(),
            smoothing: Smoothing::default(),
            each_seed: false,
            viewport: Viewport::default(),
            crosshair: None,
            symbols: ChartSymbols::default(),
        }
    }
}

impl Charts {
    /// The chart that has the focus.
    pub const fn focused(&self) -> Chart {
        self.places[self.focus % 4]
    }

    /// Moves the focus by `step` charts, around the ends.
    pub const fn step(&mut self, step: isize) {
        self.focus = around(self.focus, step, self.places.len());
    }

    /// Moves the focus to the other chart of its row.
    pub const fn step_sideways(&mut self) {
        self.focus = (self.focus ^ 1) % 4;
    }

    /// Shows the next chart that is shown nowhere else in the place that has the focus, or the one before.
    pub fn pick(&mut self, step: isize) {
        let mut at = self.focused() as usize;
        for _ in Chart::ALL {
            at = around(at, step, Chart::ALL.len());
            let chart = Chart::ALL[at];
            if !self.places.contains(&chart) {
                self.places[self.focus % 4] = chart;
                return;
            }
        }
    }

    /// Whether the y axis of a chart is logarithmic.
    pub const fn is_log(&self, chart: Chart) -> bool {
        self.logarithmic & 1 << chart as u16 != 0
    }

    /// Makes the y axis of the chart with the focus logarithmic or linear; `false` where it cannot be logarithmic.
    pub const fn toggle_log(&mut self) -> bool {
        self.toggle_log_of(self.focused())
    }

    /// As [`toggle_log`](Self::toggle_log), of one chart.
    pub const fn toggle_log_of(&mut self, chart: Chart) -> bool {
        if chart.is_positive() {
            self.logarithmic ^= 1 << chart as u16;
        }
        chart.is_positive()
    }

    /// Changes what is along the x axis, and shows all of it.
    pub const fn step_along(&mut self, has_joules: bool) {
        self.along = self.along.or_epochs(has_joules).next(has_joules);
        self.reset();
    }

    /// Makes the x axis logarithmic or linear, and shows all of it.
    pub const fn toggle_log_x(&mut self) {
        self.log_x = !self.log_x;
        self.reset();
    }

    /// Shows the whole x axis again, without a crosshair.
    pub const fn reset(&mut self) {
        self.viewport = Viewport::WHOLE;
        self.crosshair = None;
    }

    /// Shows `factor` times as much of the x axis; what is at the share `at` of the whole axis stays where it is.
    pub fn zoom(&mut self, factor: f64, at: f64) {
        self.viewport = self.viewport.zoomed(factor, at);
    }

    /// Moves the part of the x axis that is shown by a share of its width, to the right where that is positive.
    pub fn pan(&mut self, by: f64) {
        self.viewport = self.viewport.panned(by);
    }

    /// Puts the crosshair of all charts at a share of what is shown.
    pub fn read_at(&mut self, share: f64) {
        self.put_crosshair(self.viewport.at(share));
    }

    /// Puts the crosshair of all charts at a share of the whole x axis.
    fn put_crosshair(&mut self, at: f64) {
        self.crosshair = at.is_finite().then(|| at.clamp(0.0, 1.0));
    }

    /// Moves the crosshair by one epoch of `epochs` where these lie apart in what is shown, else by a part of it; it appears
    /// at `newest`, a share of the whole axis.
    pub fn step_crosshair(&mut self, forward: bool, epochs: usize, newest: f64) {
        let Some(at) = self.crosshair else {
            let Viewport { from, to } = self.viewport;
            let inside = (from..=to).contains(&newest);
            self.put_crosshair(if inside {
                newest
            } else {
                f64::midpoint(from, to)
            });
            return;
        };
        let width = self.viewport.width();
        let epoch = 1.0 / epochs.max(1) as f64;
        let is_by_epochs = !self.log_x && (width / 200.0..=width / 8.0).contains(&epoch);
        let step = if is_by_epochs { epoch } else { width / 50.0 };
        let moved = if forward { at + step } else { at - step };
        let moved = if is_by_epochs {
            (moved / epoch).round() * epoch
        } else {
            moved
        };
        self.put_crosshair(moved);
        let at = self.crosshair.unwrap_or(moved);
        self.viewport = self.viewport.following(at);
    }

    /// Takes the crosshair away, else shows the whole axis, else all charts; whether one of these was to do.
    pub const fn back(&mut self) -> bool {
        if self.crosshair.is_some() {
            self.crosshair = None;
        } else if !self.viewport.is_whole() {
            self.viewport = Viewport::WHOLE;
        } else if self.enlarged {
            self.enlarged = false;
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_is_picked_once() {
        let mut charts = Charts::default();
        let mut seen = Vec::new();
        for _ in 0..20 {
            charts.pick(1);
            seen.push(charts.places[0]);
            let mut places = charts.places.map(|chart| chart as usize);
            places.sort_unstable();
            assert!(places.windows(2).all(|two| two[0] != two[1]), "{places:?}");
        }
        assert!(seen.contains(&Chart::Power) && seen.contains(&Chart::Accuracy));
        charts.pick(1);
        let now = charts.places[0];
        charts.pick(1);
        charts.pick(-1);
        assert_eq!(charts.places[0], now);
    }

    #[test]
    fn logarithms_belong_to_a_chart_and_time_saved_has_none() {
        let mut charts = Charts::default();
        charts.step(1);
        assert!(charts.toggle_log() && charts.is_log(Chart::Loss));
        assert!(!charts.is_log(Chart::Accuracy));
        assert!(charts.toggle_log() && !charts.is_log(Chart::Loss));
        charts.focus = 3;
        assert!(!charts.toggle_log() && !charts.is_log(Chart::Saved));
    }

    #[test]
    fn joules_are_along_the_x_axis_only_where_they_are_known() {
        use Along::{Epochs, Joules, Seconds, Steps};
        let mut charts = Charts::default();
        let mut around = |has_joules: bool| {
            let steps = (0..4).map(|_| {
                charts.step_along(has_joules);
                charts.along
            });
            steps.collect::<Vec<Along>>()
        };
        assert_eq!(around(true), [Steps, Seconds, Joules, Epochs]);
        assert_eq!(around(false), [Steps, Seconds, Epochs, Steps]);
        charts.along = Joules;
        charts.step_along(false);
        assert_eq!(charts.along, Steps, "it was shown as epochs");
    }

    #[test]
    fn the_crosshair_begins_at_the_newest_point_and_goes_from_epoch_to_epoch() {
        let mut charts = Charts::default();
        charts.step_crosshair(true, 20, 0.25);
        assert_eq!(charts.crosshair, Some(0.25));
        charts.step_crosshair(true, 20, 0.25);
        assert!(charts.crosshair.is_some_and(|at| (at - 0.3).abs() < 1e-12));
        for _ in 0..50 {
            charts.step_crosshair(true, 20, 0.25);
        }
        assert_eq!(charts.crosshair, Some(1.0));
        charts.put_crosshair(f64::NAN);
        assert_eq!(charts.crosshair, None);
    }

    #[test]
    fn a_zoom_follows_the_crosshair_and_escape_undoes_one_thing_at_a_time() {
        let mut charts = Charts {
            enlarged: true,
            ..Charts::default()
        };
        charts.zoom(0.1, 0.0);
        charts.put_crosshair(0.09);
        for _ in 0..20 {
            charts.step_crosshair(true, 10_000, 0.0);
        }
        let at = charts.crosshair.unwrap_or(0.0);
        assert!(charts.viewport.from > 0.0 && charts.viewport.to >= at);
        assert!(charts.back() && charts.crosshair.is_none());
        assert!(charts.back() && charts.viewport.is_whole());
        assert!(charts.back() && !charts.enlarged);
        assert!(!charts.back());
    }
}

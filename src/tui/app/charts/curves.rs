//! What the charts of one training are drawn from, live or past, and where it lies along the x axis.

use std::collections::BTreeMap;

use super::points::along;
use super::viewport::Axis;
use super::{Along, Charts, LoadSample};
use crate::evidence::Estimate;
use crate::run::{self, RunData, Saving};
use crate::training::{Diverged, EpochRecord, Role};
use crate::tui::app::App;
use crate::tui::app::progress::{self, Points, StepLoss};
use crate::tui::screens::train::{Live, Phase};

/// What the charts are drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Curves<'a> {
    pub metrics: &'a [EpochRecord],
    /// Losses inside the epochs of the present seed.
    pub steps: &'a [StepLoss],
    /// The load of the machine in the present seed.
    pub loads: &'a [LoadSample],
    /// Epochs of each network, baseline first.
    pub epochs: [usize; 2],
    pub steps_per_epoch: usize,
    /// Seconds of training of an epoch of each network as predicted, for before there is one.
    pub epoch_seconds: [Option<f64>; 2],
    /// The seed that is trained; none once all is over.
    pub seed: Option<u64>,
    /// Whether nothing more will be trained.
    pub over: bool,
    /// The predicted time saved, a fraction.
    pub predicted: Option<f64>,
    /// The time saved, as far as it is known.
    pub saved: Option<Estimate>,
    /// Time saved until each epoch.
    pub saving: &'a Saving,
    /// Networks that diverged.
    pub diverged: &'a [Diverged],
}

impl<'a> Curves<'a> {
    /// Those of a training that is followed.
    pub fn of_live(live: &'a Live) -> Self {
        Self {
            metrics: &live.metrics,
            steps: &live.steps,
            loads: &live.loads,
            epochs: Role::BOTH.map(|role| live.epochs_of(role)),
            steps_per_epoch: live.steps_per_epoch,
            epoch_seconds: Role::BOTH.map(|role| live.seconds_by_speed(role)),
            seed: live
                .seed
                .filter(|_| !matches!(live.phase, Phase::Finished(_))),
            over: live.phase.is_over(),
            predicted: live.plan.predicted_time_saved,
            saved: live.time_saved(),
            saving: &live.saving,
            diverged: live.diverged(),
        }
    }

    /// Those of a run that is kept.
    pub fn of_run(run: &'a RunData, saving: &'a Saving) -> Self {
        let recipe = &run.manifest.settings.recipe;
        let images = |row: &EpochRecord| row.images_per_second * row.train_seconds;
        let batches = run.metrics.first().map_or(0.0, |row| {
            (images(row) / recipe.batch_size.max(1) as f64 - 1e-6).ceil()
        });
        let summary = run.summary.as_ref();
        Self {
            metrics: &run.metrics,
            steps: &[],
            loads: &[],
            epochs: Role::BOTH.map(|role| recipe.epochs_of(role)),
            steps_per_epoch: batches as usize,
            epoch_seconds: [None; 2],
            seed: None,
            over: run.summary.is_some(),
            predicted: run.plan.predicted_time_saved,
            saved: summary.map_or_else(
                || run::time_saved(&run.metrics),
                |summary| summary.time_saved,
            ),
            saving,
            diverged: summary.map_or(&[], |summary| &summary.diverged),
        }
    }

    /// Epochs of the network that has more of them.
    pub fn most_epochs(&self) -> usize {
        self.epochs[0].max(self.epochs[1]).max(1)
    }

    /// Which images the accuracies are of.
    pub fn validation_set(&self) -> &'static str {
        self.metrics
            .last()
            .map_or("test", EpochRecord::validation_set)
    }

    /// The seeds whose curves are there, in the order of training.
    pub fn seeds(&self) -> Vec<u64> {
        progress::seeds(self.metrics)
    }

    /// How a network diverged: in the present seed; once all is over, in any.
    pub fn divergence(&self, role: Role) -> Option<&'a Diverged> {
        self.diverged.iter().find(|diverged| {
            diverged.network == role && self.seed.is_none_or(|seed| seed == diverged.seed)
        })
    }

    /// Whether the energy of every epoch is known.
    pub fn has_joules(&self) -> bool {
        let mut rows = self.metrics.iter();
        !self.metrics.is_empty() && rows.all(|row| row.train_joules.is_some())
    }

    /// What is along the x axis.
    pub fn along(&self, charts: &Charts) -> Along {
        match charts.along {
            Along::Joules => Along::Joules.or_epochs(self.has_joules()),
            other => other,
        }
    }

    /// The whole x axis, from 0 to the planned end: the same of every chart.
    pub fn axis(&self, charts: &Charts) -> Axis {
        let epochs = self.most_epochs() as f64;
        let along = self.along(charts);
        let high = match along {
            Along::Epochs => epochs,
            Along::Steps => epochs * self.steps_per_epoch.max(1) as f64,
            Along::Seconds | Along::Joules => rounded_up(self.planned(along).unwrap_or(1.0)),
        };
        let low = if charts.log_x {
            high * 0.5 / epochs
        } else {
            0.0
        };
        Axis {
            low,
            high,
            log: charts.log_x,
        }
    }

    /// Seconds or joules of training that the network which needs more needs for one seed.
    fn planned(&self, along: Along) -> Option<f64> {
        let amount = amount(along);
        let longest = |role: Role| {
            let of = |seed| run::totals_by_epoch(self.metrics, seed, role, amount);
            let totals = self.seeds().into_iter().filter_map(|seed| of(seed).pop());
            totals.map(|(_, total)| total).fold(0.0, f64::max)
        };
        Role::BOTH
            .into_iter()
            .filter_map(|role| {
                let rows = self.metrics.iter().filter(|row| row.network == role);
                let (sum, count) = rows.fold((0.0, 0.0), |(sum, count), row| {
                    (sum + amount(row), count + 1.0)
                });
                let epoch = if count > 0.0 {
                    Some(sum / count)
                } else {
                    self.epoch_amount(along, role)
                };
                Some((epoch? * self.epochs[role as usize] as f64).max(longest(role)))
            })
            .filter(|total| total.is_finite() && *total > 0.0)
            .reduce(f64::max)
    }

    /// Seconds or joules of an epoch before there is one, as far as they are known.
    fn epoch_amount(&self, along: Along, role: Role) -> Option<f64> {
        match along {
            Along::Joules => None,
            _ => self.epoch_seconds[role as usize],
        }
    }

    /// Where the newest point lies, a share of the whole x axis.
    pub fn newest(&self, charts: &Charts) -> f64 {
        let axis = self.axis(charts);
        let places = Places::new(self, self.along(charts));
        let seeds = self.seed.map_or_else(|| self.seeds(), |seed| vec![seed]);
        let mut newest = axis.low;
        for role in Role::BOTH {
            for &seed in &seeds {
                if let Some(epoch) = self.last_epoch(seed, role) {
                    newest = newest.max(places.of_seed(self, seed, role).at(epoch));
                }
            }
        }
        let share = axis.share(newest);
        if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        }
    }

    fn last_epoch(&self, seed: u64, role: Role) -> Option<f64> {
        let of = |row: &&EpochRecord| (row.seed, row.network) == (seed, role);
        let epochs = self.metrics.iter().filter(of).map(|row| row.epoch);
        epochs.max().map(|epoch| epoch as f64)
    }
}

/// What adds up along the x axis, of an epoch: seconds or joules.
const fn amount(along: Along) -> fn(&EpochRecord) -> f64 {
    match along {
        Along::Joules => |row| row.train_joules.unwrap_or(f64::NAN),
        _ => |row| row.train_seconds,
    }
}

/// Two significant digits, rounded up: an end that does not move with every epoch.
fn rounded_up(value: f64) -> f64 {
    let unit = 10_f64.powf(value.log10().floor() - 1.0);
    let rounded = (value / unit - 1e-9).ceil() * unit;
    if rounded.is_finite() && rounded > 0.0 {
        rounded
    } else {
        1.0
    }
}

/// Where epochs lie along the x axis, for the seeds of one training.
#[derive(Debug)]
pub struct Places {
    along: Along,
    steps_per_epoch: f64,
    /// Seconds or joules by epoch, as they are needed.
    totals: BTreeMap<(Option<u64>, u8), Points>,
}

/// Where the epochs of one curve lie.
#[derive(Clone, Debug)]
pub enum Place {
    /// So far apart.
    Even(f64),
    /// At these epochs are so many seconds or joules; an epoch takes so much before there is one.
    Through(Points, Option<f64>),
}

impl Place {
    /// Where an epoch lies, whole or in part.
    pub fn at(&self, epochs: f64) -> f64 {
        match self {
            Self::Even(apart) => epochs * apart,
            Self::Through(knots, slope) => along(knots, *slope, epochs),
        }
    }
}

impl Places {
    pub fn new(curves: &Curves<'_>, along: Along) -> Self {
        let mut places = Self {
            along,
            steps_per_epoch: curves.steps_per_epoch.max(1) as f64,
            totals: BTreeMap::new(),
        };
        if matches!(along, Along::Seconds | Along::Joules) {
            let amount = amount(along);
            for role in Role::BOTH {
                for seed in curves.seeds() {
                    let points = run::totals_by_epoch(curves.metrics, seed, role, amount);
                    places.totals.insert((Some(seed), role as u8), points);
                }
                let mut total = 0.0;
                let mut means = run::mean_over_seeds(curves.metrics, role, amount);
                for (_, amount) in &mut means {
                    total += *amount;
                    *amount = total;
                }
                places.totals.insert((None, role as u8), means);
            }
        }
        places
    }

    fn of(&self, curves: &Curves<'_>, seed: Option<u64>, role: Role) -> Place {
        match self.along {
            Along::Epochs => Place::Even(1.0),
            Along::Steps => Place::Even(self.steps_per_epoch),
            Along::Seconds | Along::Joules => {
                let knots = self.totals.get(&(seed, role as u8));
                let slope = curves.epoch_amount(self.along, role);
                Place::Through(knots.cloned().unwrap_or_default(), slope)
            }
        }
    }

    /// Of a network in one seed.
    pub fn of_seed(&self, curves: &Curves<'_>, seed: u64, role: Role) -> Place {
        self.of(curves, Some(seed), role)
    }

    /// Of the mean of a network over seeds.
    pub fn of_mean(&self, curves: &Curves<'_>, role: Role) -> Place {
        self.of(curves, None, role)
    }
}

impl App {
    /// What the charts of the present screen are drawn from.
    pub fn curves(&self) -> Option<Curves<'_>> {
        if self.screen.name() == "Runs" {
            let run = self.runs.details()?;
            Some(Curves::of_run(run, &self.runs.saving))
        } else {
            self.live.as_ref().map(Curves::of_live)
        }
    }

    /// The epochs of the charts, and where their newest point lies.
    pub(super) fn charts_extent(&self) -> (usize, f64) {
        self.curves().map_or((1, 0.0), |curves| {
            (curves.most_epochs(), curves.newest(&self.charts))
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::tui::app::charts::{Chart, Kind};
    use crate::tui::fixtures;

    fn live(seed: u64, epochs: usize) -> Live {
        let now = fixtures::now();
        let mut live = Live::new(fixtures::settings(), fixtures::plan(), now);
        for event in fixtures::events_until(seed, epochs) {
            live.apply(run::Update::Event(event), now);
        }
        live
    }

    /// It grew with the training.
    #[test]
    fn the_x_axis_goes_from_zero_to_the_planned_end_from_the_start() {
        for epochs in [0, 3, 19] {
            let live = live(1, epochs);
            let curves = Curves::of_live(&live);
            let mut charts = Charts::default();
            let axis = curves.axis(&charts);
            assert_eq!((axis.low, axis.high), (0.0, 20.0));
            charts.along = Along::Steps;
            let axis = curves.axis(&charts);
            assert_eq!((axis.low, axis.high), (0.0, 620.0));
            charts.along = Along::Seconds;
            // 20 epochs of 11.2 ± 0.15 s, rounded up.
            let axis = curves.axis(&charts);
            assert!((210.0..=240.0).contains(&axis.high), "{}", axis.high);
        }
    }

    #[test]
    fn the_newest_point_is_where_the_present_seed_is() {
        let live = live(2, 5);
        let curves = Curves::of_live(&live);
        let mut charts = Charts::default();
        assert!((curves.newest(&charts) - 0.25).abs() < 1e-12);
        charts.along = Along::Steps;
        assert!((curves.newest(&charts) - 0.25).abs() < 1e-12);
        charts.along = Along::Seconds;
        assert!((curves.newest(&charts) - 0.25).abs() < 0.03);
    }

    #[test]
    fn several_seeds_are_a_mean_with_a_band_and_single_ones_on_demand() {
        let live = live(4, 5);
        let curves = Curves::of_live(&live);
        let mut charts = Charts::default();
        let count = |charts: &Charts, chart, kind| {
            let lines = curves.lines(chart, charts).all;
            lines.iter().filter(|line| line.kind == kind).count()
        };
        for chart in [Chart::Accuracy, Chart::Seconds, Chart::Speed] {
            assert_eq!(curves.lines(chart, &charts).strips.len(), 2);
            assert_eq!(count(&charts, chart, Kind::Mean), 2);
            assert_eq!(count(&charts, chart, Kind::Leading), 2);
            assert_eq!(count(&charts, chart, Kind::Seed), 0);
        }
        assert_eq!(curves.lines(Chart::Saved, &charts).strips.len(), 1);
        charts.each_seed = true;
        assert_eq!(count(&charts, Chart::Accuracy, Kind::Seed), 6);
        assert_eq!(count(&charts, Chart::Saved, Kind::Seed), 3);
    }

    #[test]
    fn joules_add_up_along_the_x_axis_where_all_are_known() {
        let mut live = live(1, 5);
        let mut charts = Charts {
            along: Along::Joules,
            ..Charts::default()
        };
        assert!(!Curves::of_live(&live).has_joules());
        assert_eq!(
            Curves::of_live(&live).axis(&charts).high.to_bits(),
            20.0_f64.to_bits()
        );
        for row in &mut live.metrics {
            let watts = [80.0, 90.0][row.network as usize];
            row.train_joules = Some(watts * row.train_seconds);
        }
        let curves = Curves::of_live(&live);
        // 20 epochs of 80 W for 11.2 ± 0.15 s, rounded up.
        let axis = curves.axis(&charts);
        assert!((17_000.0..=19_000.0).contains(&axis.high), "{}", axis.high);
        assert!((curves.newest(&charts) - 0.25).abs() < 0.03);
        let lines = curves.lines(Chart::Accuracy, &charts).all;
        for line in lines.iter().filter(|line| line.kind == Kind::Leading) {
            let rows = live
                .metrics
                .iter()
                .filter(|row| Some(row.network) == line.of);
            let joules: f64 = rows.filter_map(|row| row.train_joules).sum();
            assert!((line.points[4].0 - joules).abs() < 1e-6);
        }
        charts.along = Along::Seconds;
        assert!(curves.axis(&charts).high < 240.0);
        live.metrics[3].train_joules = None;
        assert!(!Curves::of_live(&live).has_joules());
    }

    #[test]
    fn gradient_norms_are_drawn_inside_epochs_and_over_them() {
        let live = live(1, 5);
        let curves = Curves::of_live(&live);
        let lines = curves.lines(Chart::GradientNorm, &Charts::default()).all;
        let points = |kind| -> usize {
            let of_kind = lines.iter().filter(|line| line.kind == kind);
            of_kind.map(|line| line.points.len()).sum()
        };
        assert_eq!(points(Kind::Leading), 10);
        assert!(points(Kind::Dots) > 50);
        let listing = &fixtures::listings()[0];
        let mut run = fixtures::run_data(listing);
        for row in &mut run.metrics {
            row.gradient_norm = None;
        }
        let saving = run::time_saved_by_epoch(&run.metrics);
        let lines = Curves::of_run(&run, &saving).lines(Chart::GradientNorm, &Charts::default());
        assert!(lines.all.iter().all(|line| line.points.is_empty()));
        assert_eq!(lines.empty, "not recorded");
    }

    #[test]
    fn what_was_not_recorded_is_said() {
        let listing = &fixtures::listings()[0];
        let run = fixtures::run_data(listing);
        let saving = run::time_saved_by_epoch(&run.metrics);
        let curves = Curves::of_run(&run, &saving);
        assert_eq!(curves.steps_per_epoch, 31);
        let lines = curves.lines(Chart::Power, &Charts::default());
        assert!(lines.all.is_empty());
        assert_eq!(lines.empty, "not recorded");
    }

    /// Where all networks diverged in their first epoch, nobody waits for another one.
    #[test]
    fn of_a_run_that_is_over_nothing_is_awaited() {
        let mut run = fixtures::run_data(&fixtures::listings()[0]);
        run.metrics.clear();
        let saving = run::time_saved_by_epoch(&run.metrics);
        let said = |run: &RunData, chart| {
            let curves = Curves::of_run(run, &saving);
            curves.lines(chart, &Charts::default()).empty
        };
        for chart in [Chart::Accuracy, Chart::Loss, Chart::Saved] {
            assert_eq!(said(&run, chart), "no epoch was finished");
        }
        run.summary = None;
        assert_eq!(said(&run, Chart::Accuracy), "after the first epoch");
    }
}

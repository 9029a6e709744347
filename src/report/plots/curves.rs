//! Curves over epochs: a thick mean, the band of its interval over seeds, and a thin line per seed.

use std::collections::BTreeSet;

use super::axes::{Entry, Frame, Ticks, end_labels, legend, nothing, range};
use super::scene::{Ink, Point, Scene, dash_of, dots_of};
use crate::evidence::mean_interval;
use crate::format::fixed;
use crate::network::Plan;
use crate::run;
use crate::training::{EpochRecord, Role};

/// Fewest seeds whose interval is drawn: of two it is wider than any plot.
const MIN_OF_A_BAND: usize = 3;

/// How far values lie apart that are drawn over a logarithmic axis.
const DECADE: f64 = 10.0;

/// What is drawn over epochs.
type Value = fn(&EpochRecord) -> f64;

/// Test accuracy of both networks.
pub(super) fn accuracy(metrics: &[EpochRecord], plan: &Plan) -> Scene {
    let held_out = metrics.iter().any(|row| row.holdout_accuracy.is_some());
    let [title, axis] = if held_out {
        [
            "Accuracy on the hold-out",
            "right answers on the held-out images, %",
        ]
    } else {
        ["Test accuracy", "right answers on the test images, %"]
    };
    draw(
        metrics,
        plan,
        &Look {
            title,
            axis,
            value: |record| record.validation_accuracy() * 100.0,
            second: None,
            names: ["", ""],
            may_be_log: false,
            unit: " %",
            decimals: 1,
            bounds: [0.0, 100.0],
        },
    )
}

/// Test loss of both networks, and their training loss as dotted lines.
pub(super) fn loss(metrics: &[EpochRecord], plan: &Plan) -> Scene {
    draw(
        metrics,
        plan,
        &Look {
            title: "Loss",
            axis: "mean cross-entropy, nats",
            value: EpochRecord::validation_loss,
            second: Some(|record| record.train_loss),
            names: ["test", "training"],
            may_be_log: false,
            unit: "",
            decimals: 3,
            bounds: [0.0, f64::INFINITY],
        },
    )
}

/// Gradient norm of both networks, mean over the steps of an epoch, and the largest as dotted lines.
pub(super) fn gradients(metrics: &[EpochRecord], plan: &Plan) -> Scene {
    draw(
        metrics,
        plan,
        &Look {
            title: "Gradient norm",
            axis: "L2 norm of the gradient of a batch's mean loss: mean and largest over the steps of an epoch",
            value: |record| record.gradient_norm.unwrap_or(f64::NAN),
            second: Some(|record| record.gradient_norm_max.unwrap_or(f64::NAN)),
            names: ["mean", "largest"],
            may_be_log: true,
            unit: "",
            decimals: 3,
            bounds: [0.0, f64::INFINITY],
        },
    )
}

struct Look {
    title: &'static str,
    axis: &'static str,
    value: Value,
    second: Option<Value>,
    /// What the first and the second value are, where there are two.
    names: [&'static str; 2],
    /// Whether the y axis is logarithmic where values lie a factor of [`DECADE`] apart.
    may_be_log: bool,
    unit: &'static str,
    decimals: usize,
    bounds: [f64; 2],
}

fn draw(metrics: &[EpochRecord], plan: &Plan, look: &Look) -> Scene {
    let seeds: BTreeSet<u64> = metrics.iter().map(|record| record.seed).collect();
    let mut scene = Scene::titled(
        &format!("{} on {}", look.title, plan.dataset),
        &subtitle(seeds.len()),
    );
    let values = metrics
        .iter()
        .flat_map(|record| [Some(look.value), look.second].map(|value| value.map(|of| of(record))))
        .flatten();
    let values: Vec<f64> = values.collect();
    let scale = if look.may_be_log {
        Scale::of(&values)
    } else {
        Scale::Linear
    };
    let Some([low, high]) = range(values.into_iter().map(|value| scale.of_value(value))) else {
        nothing(&mut scene, "no epoch is finished yet");
        return scene;
    };
    let bounds = look.bounds.map(|bound| scale.of_value(bound));
    let last = metrics.iter().map(|record| record.epoch).max().unwrap_or(1) as f64;
    let frame = Frame::below_title(
        if last > 1.0 { [1.0, last] } else { [0.5, 1.5] },
        [low.max(bounds[0]), high.min(bounds[1])],
        84.0,
    );
    let [low, high] = frame.y;
    let ticks = match scale {
        Scale::Linear => Ticks::between(low, high, 8.0, 0.0),
        Scale::Log => Ticks::powers(low, high),
    };
    frame.y_axis(&mut scene, look.axis, &ticks);
    frame.x_axis(&mut scene, "epoch", &Ticks::epochs(last));
    legend(&mut scene, &entries(plan, look));

    let mut labels = Vec::new();
    for role in Role::BOTH {
        let places = band(metrics, role, look.value, &frame, scale);
        scene.area(places, Ink::of(role).at(0.13));
    }
    for role in Role::BOTH {
        let ink = Ink::of(role);
        if let Some(second) = look.second {
            let line = places(&frame, scale, &run::mean_over_seeds(metrics, role, second));
            if let [place] = line.as_slice() {
                scene.marker(role, *place, 2.2);
            }
            scene.dashed(line, ink, 1.4, Some(dots_of(role)));
        }
        if seeds.len() > 1 {
            for &seed in &seeds {
                let curve = run::curve(metrics, seed, role, look.value);
                let line = places(&frame, scale, &curve);
                scene.dashed(line, ink.at(0.35), 1.0, dash_of(role));
            }
        }
        let means = run::mean_over_seeds(metrics, role, look.value);
        let line = places(&frame, scale, &means);
        scene.dashed(line.clone(), ink, 2.4, dash_of(role));
        let every = means.len().div_ceil(15).max(1);
        for (index, &place) in line.iter().enumerate() {
            let to_end = line.len() - 1 - index;
            if to_end == 0 || (index % every == 0 && to_end > every / 2) {
                scene.marker(role, place, 3.8);
            }
        }
        if let (Some(&(_, value)), Some(&[_, y])) = (means.last(), line.last()) {
            let text = format!("{}{}", fixed(value, look.decimals), look.unit);
            labels.push((y, text, ink));
        }
    }
    end_labels(&mut scene, frame.right + 14.0, labels);
    scene
}

fn subtitle(seeds: usize) -> String {
    match seeds {
        0 => String::new(),
        1 => "one seed".to_owned(),
        2 => "mean of 2 seeds, faint lines are single seeds".to_owned(),
        _ => format!(
            "mean of {seeds} seeds with the band of its 95 % interval; faint lines are single seeds"
        ),
    }
}

fn entries(plan: &Plan, look: &Look) -> Vec<Entry> {
    let mut entries = vec![
        Entry {
            name: plan.baseline.name.clone(),
            role: Role::Baseline,
            thin: false,
        },
        Entry {
            name: plan
                .capped
                .as_ref()
                .map_or_else(|| "capped".to_owned(), |capped| capped.name.clone()),
            role: Role::Capped,
            thin: false,
        },
    ];
    if look.second.is_some() {
        let [first, second] = look.names;
        for entry in &mut entries {
            entry.name = format!("{}, {first}", entry.name);
        }
        entries.extend(Role::BOTH.map(|role| Entry {
            name: format!("{}, {second}", role.name()),
            role,
            thin: true,
        }));
    }
    entries
}

/// The corners of the band of the mean's 95 % interval, from three seeds on.
fn band(
    metrics: &[EpochRecord],
    role: Role,
    value: Value,
    frame: &Frame,
    scale: Scale,
) -> Vec<Point> {
    let mut below = Vec::new();
    let mut above = Vec::new();
    for (epoch, values) in run::over_seeds(metrics, role, value) {
        if values.len() < MIN_OF_A_BAND {
            return Vec::new();
        }
        if let Some([low, high]) = mean_interval(&values).and_then(|estimate| estimate.interval) {
            let [bottom, top] = frame.y;
            let at = |value: f64| frame.at(epoch, scale.of_value(value).clamp(bottom, top));
            below.push(at(low));
            above.push(at(high));
        }
    }
    below.extend(above.into_iter().rev());
    below
}

fn places(frame: &Frame, scale: Scale, curve: &[(f64, f64)]) -> Vec<Point> {
    let at = |&(x, y): &(f64, f64)| frame.at(x, scale.of_value(y));
    curve.iter().map(at).collect()
}

/// What the y axis counts: values, or their common logarithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scale {
    Linear,
    Log,
}

impl Scale {
    /// Logarithms where all values are above zero and lie far apart.
    fn of(values: &[f64]) -> Self {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let least = finite().fold(f64::INFINITY, f64::min);
        let most = finite().fold(0.0, f64::max);
        if least > 0.0 && most > DECADE * least {
            Self::Log
        } else {
            Self::Linear
        }
    }

    /// A value's place along the axis; zero and less lie below every axis of logarithms.
    fn of_value(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log if value <= 0.0 => f64::NEG_INFINITY,
            Self::Log => value.log10(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    /// The interval of 1, 2, 3 by Student's t with 2 degrees of freedom: 2 ± 4.302653 / √3 (t table).
    #[test]
    fn the_band_is_the_interval_over_seeds() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 2);
        for record in &mut metrics {
            record.test_loss = record.seed as f64;
        }
        let frame = Frame::below_title([1.0, 2.0], [-10.0, 10.0], 84.0);
        let of = |record: &EpochRecord| record.test_loss;
        let corners = band(&metrics, Role::Capped, of, &frame, Scale::Linear);
        let reach = 4.302_652_7 / 3_f64.sqrt();
        let expected = [
            frame.at(1.0, 2.0 - reach),
            frame.at(2.0, 2.0 - reach),
            frame.at(2.0, 2.0 + reach),
            frame.at(1.0, 2.0 + reach),
        ];
        assert_eq!(corners.len(), 4);
        for (corner, expected) in corners.iter().zip(expected) {
            assert!(
                (corner[0] - expected[0]).abs() < 1e-6 && (corner[1] - expected[1]).abs() < 1e-4
            );
        }
        metrics.retain(|record| record.seed < 3);
        assert!(band(&metrics, Role::Capped, of, &frame, Scale::Linear).is_empty());
    }

    /// A spike of a hundred times the mean does not press the curves onto the axis.
    #[test]
    fn gradient_norms_that_lie_far_apart_have_a_logarithmic_axis() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 6);
        let drawn = |metrics: &[EpochRecord]| format!("{:?}", gradients(metrics, &fixture::plan()));
        assert!(!drawn(&metrics).contains("\"100\""));
        metrics[4].gradient_norm_max = Some(240.0);
        let scene = drawn(&metrics);
        for text in [
            "\"100\"",
            "\"10\"",
            "\"1\"",
            "baseline, largest",
            "resnet-50, mean",
        ] {
            assert!(scene.contains(text), "{text}: {scene}");
        }
        assert!(!scene.contains("NaN") && !scene.contains("inf"));
        // A run of an older version went on in this one.
        for row in metrics.iter_mut().filter(|row| row.epoch < 4) {
            (row.gradient_norm, row.gradient_norm_max) = (None, None);
        }
        assert!(!drawn(&metrics).contains("NaN"));
    }

    #[test]
    fn losses_that_are_no_numbers_are_left_out() {
        let mut metrics = fixture::metrics(&[1], 3);
        for record in &mut metrics {
            record.test_loss = f64::NAN;
            record.train_loss = f64::INFINITY;
        }
        let scene = loss(&metrics, &fixture::plan());
        let drawn = format!("{scene:?}");
        assert!(drawn.contains("no epoch is finished yet") && !drawn.contains("NaN"));
    }
}

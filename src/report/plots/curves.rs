//! Curves over epochs: a thick mean, the band of its interval over seeds, and a thin line per seed.

use std::collections::BTreeMap;

use super::axes::{Entry, Frame, Ticks, end_labels, legend, nothing, range};
use super::scene::{Ink, Point, Scene, dash_of, dots_of};
use crate::evidence::mean_interval;
use crate::format::fixed;
use crate::network::Plan;
use crate::training::{EpochRecord, Role};

/// Fewest seeds whose interval is drawn: of two it is wider than any plot.
const LEAST_OF_A_BAND: usize = 3;

/// What is drawn over epochs.
type Value = fn(&EpochRecord) -> f64;

/// Test accuracy of both networks.
pub(super) fn accuracy(metrics: &[EpochRecord], plan: &Plan) -> Scene {
    draw(
        metrics,
        plan,
        &Look {
            title: "Test accuracy",
            axis: "right answers on the test images, %",
            value: |record| record.test_accuracy * 100.0,
            second: None,
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
            value: |record| record.test_loss,
            second: Some(|record| record.train_loss),
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
    unit: &'static str,
    decimals: usize,
    bounds: [f64; 2],
}

fn draw(metrics: &[EpochRecord], plan: &Plan, look: &Look) -> Scene {
    let seeds = by_seed(metrics);
    let mut scene = Scene::titled(
        &format!("{} on {}", look.title, plan.dataset),
        &subtitle(seeds.len()),
    );
    let values = metrics
        .iter()
        .flat_map(|record| [Some(look.value), look.second].map(|value| value.map(|of| of(record))))
        .flatten();
    let Some([low, high]) = range(values) else {
        nothing(&mut scene, "no epoch is finished yet");
        return scene;
    };
    let last = metrics.iter().map(|record| record.epoch).max().unwrap_or(1) as f64;
    let frame = Frame::below_title(
        if last > 1.0 { [1.0, last] } else { [0.5, 1.5] },
        [low.max(look.bounds[0]), high.min(look.bounds[1])],
        84.0,
    );
    frame.y_axis(
        &mut scene,
        look.axis,
        &Ticks::between(frame.y[0], frame.y[1], 8.0, 0.0),
    );
    frame.x_axis(&mut scene, "epoch", &Ticks::epochs(last));
    legend(&mut scene, &entries(plan, look.second.is_some()));

    let mut labels = Vec::new();
    for role in Role::BOTH {
        let places = band(metrics, role, look.value, &frame);
        scene.area(places, Ink::of(role).at(0.13));
    }
    for role in Role::BOTH {
        let ink = Ink::of(role);
        if let Some(second) = look.second {
            let line = places(&frame, &mean(metrics, role, second));
            if let [place] = line.as_slice() {
                scene.marker(role, *place, 2.2);
            }
            scene.dashed(line, ink, 1.4, Some(dots_of(role)));
        }
        if seeds.len() > 1 {
            for records in seeds.values() {
                let line = places(&frame, &curve(records, role, look.value));
                scene.dashed(line, ink.at(0.35), 1.0, dash_of(role));
            }
        }
        let means = mean(metrics, role, look.value);
        let line = places(&frame, &means);
        scene.dashed(line.clone(), ink, 2.4, dash_of(role));
        let every = means.len().div_ceil(15).max(1);
        for (index, &place) in line.iter().enumerate() {
            let to_end = line.len() - 1 - index;
            if to_end == 0 || (index % every == 0 && to_end > every / 2) {
                scene.marker(role, place, 3.8);
            }
        }
        if let (Some(&[_, value]), Some(&[_, y])) = (means.last(), line.last()) {
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

fn entries(plan: &Plan, second: bool) -> Vec<Entry> {
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
    if second {
        for entry in &mut entries {
            entry.name.push_str(", test");
        }
        entries.extend(Role::BOTH.map(|role| Entry {
            name: format!("{}, training", role.name()),
            role,
            thin: true,
        }));
    }
    entries
}

fn by_seed(metrics: &[EpochRecord]) -> BTreeMap<u64, Vec<&EpochRecord>> {
    let mut seeds: BTreeMap<u64, Vec<&EpochRecord>> = BTreeMap::new();
    for record in metrics {
        seeds.entry(record.seed).or_default().push(record);
    }
    seeds
}

/// Epoch and value of one network in one seed; a later record of an epoch replaces an earlier one.
fn curve(records: &[&EpochRecord], role: Role, value: Value) -> Vec<[f64; 2]> {
    let epochs: BTreeMap<usize, f64> = records
        .iter()
        .filter(|record| record.network == role)
        .map(|record| (record.epoch, value(record)))
        .collect();
    finite(epochs)
}

/// Epoch and mean over the seeds that reached the furthest epoch.
fn mean(metrics: &[EpochRecord], role: Role, value: Value) -> Vec<[f64; 2]> {
    over_seeds(metrics, role, value)
        .into_iter()
        .filter_map(|(epoch, values)| Some([epoch as f64, mean_interval(&values)?.mean]))
        .collect()
}

/// The corners of the band of the mean's 95 % interval, from three seeds on.
fn band(metrics: &[EpochRecord], role: Role, value: Value, frame: &Frame) -> Vec<Point> {
    let mut below = Vec::new();
    let mut above = Vec::new();
    for (epoch, values) in over_seeds(metrics, role, value) {
        if values.len() < LEAST_OF_A_BAND {
            return Vec::new();
        }
        if let Some([low, high]) = mean_interval(&values).and_then(|estimate| estimate.interval) {
            let [bottom, top] = frame.y;
            below.push(frame.at(epoch as f64, low.clamp(bottom, top)));
            above.push(frame.at(epoch as f64, high.clamp(bottom, top)));
        }
    }
    below.extend(above.into_iter().rev());
    below
}

/// The values of every epoch over the seeds that reached the furthest one.
fn over_seeds(metrics: &[EpochRecord], role: Role, value: Value) -> BTreeMap<usize, Vec<f64>> {
    let curves: Vec<Vec<[f64; 2]>> = by_seed(metrics)
        .values()
        .map(|records| curve(records, role, value))
        .collect();
    let furthest = curves.iter().map(Vec::len).max().unwrap_or(0);
    let mut epochs: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
    for [epoch, value] in curves
        .into_iter()
        .filter(|curve| curve.len() == furthest)
        .flatten()
    {
        epochs.entry(epoch as usize).or_default().push(value);
    }
    epochs
}

fn finite(epochs: BTreeMap<usize, f64>) -> Vec<[f64; 2]> {
    epochs
        .into_iter()
        .filter(|(_, value)| value.is_finite())
        .map(|(epoch, value)| [epoch as f64, value])
        .collect()
}

fn places(frame: &Frame, curve: &[[f64; 2]]) -> Vec<Point> {
    curve.iter().map(|&[x, y]| frame.at(x, y)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn the_mean_is_over_seeds_that_came_equally_far() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 2);
        metrics.truncate(metrics.len() - 2);
        for record in &mut metrics {
            record.test_loss = record.seed as f64;
        }
        let means = mean(&metrics, Role::Capped, |record| record.test_loss);
        assert_eq!(means, [[1.0, 1.5], [2.0, 1.5]]);
    }

    /// The interval of 1, 2, 3 by Student's t with 2 degrees of freedom: 2 ± 4.302653 / √3 (t table).
    #[test]
    fn the_band_is_the_interval_over_seeds() {
        let mut metrics = fixture::metrics(&[1, 2, 3], 2);
        for record in &mut metrics {
            record.test_loss = record.seed as f64;
        }
        let frame = Frame::below_title([1.0, 2.0], [-10.0, 10.0], 84.0);
        let of = |record: &EpochRecord| record.test_loss;
        let corners = band(&metrics, Role::Capped, of, &frame);
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
        assert!(band(&metrics, Role::Capped, of, &frame).is_empty());
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

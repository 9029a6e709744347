//! Curves over epochs: a thin line per seed and a thick mean.

use std::collections::BTreeMap;

use super::axes::{Entry, Frame, Ticks, end_labels, legend, nothing, range};
use super::scene::{Ink, Point, Scene, dash_of};
use crate::format::fixed;
use crate::network::Plan;
use crate::training::{EpochRecord, Role};

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

/// Test loss of both networks, and their training loss as thin lines.
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
        let ink = Ink::of(role);
        if let Some(second) = look.second {
            let line = places(&frame, &mean(metrics, role, second));
            if let [place] = line.as_slice() {
                scene.marker(role, *place, 2.2);
            }
            scene.dashed(line, ink.at(0.55), 1.2, dash_of(role));
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
        _ => format!("mean of {seeds} seeds, faint lines are single seeds"),
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
    let curves: Vec<Vec<[f64; 2]>> = by_seed(metrics)
        .values()
        .map(|records| curve(records, role, value))
        .collect();
    let furthest = curves.iter().map(Vec::len).max().unwrap_or(0);
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for [epoch, value] in curves
        .into_iter()
        .filter(|curve| curve.len() == furthest)
        .flatten()
    {
        let sum = sums.entry(epoch as usize).or_default();
        sum.0 += value;
        sum.1 += 1.0;
    }
    finite(
        sums.into_iter()
            .map(|(epoch, (sum, count))| (epoch, sum / count))
            .collect(),
    )
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

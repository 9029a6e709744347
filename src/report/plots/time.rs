//! Seconds per epoch of both networks, and the time saved so far.

use super::axes::{Entry, Frame, Ticks, legend, nothing, range};
use super::scene::{Align, HEIGHT, Ink, Scene};
use crate::evidence::Estimate;
use crate::format::percent_sentence;
use crate::network::{Plan, PredictionSource};
use crate::run::{paired_epochs, time_saved};
use crate::training::{EpochRecord, Role};

pub(super) fn scene(metrics: &[EpochRecord], plan: &Plan) -> Scene {
    let saved = time_saved(metrics);
    let title = saved.map_or_else(
        || "Training time".to_owned(),
        |saved| {
            format!(
                "Training time saved: {}",
                percent_sentence(saved.mean, saved.interval, 1)
            )
        },
    );
    let mut scene = Scene::titled(
        &title,
        "training alone: without compilation, evaluation, checkpoints and pauses",
    );
    let seeds = paired_epochs(metrics);
    let pairs: Vec<[&EpochRecord; 2]> = seeds
        .values()
        .flatten()
        .map(|pair| [pair.baseline, pair.capped])
        .collect();
    let seconds = pairs.iter().flatten().map(|record| record.train_seconds);
    let Some([_, most]) = range(seconds) else {
        nothing(&mut scene, "no epoch is finished by both networks yet");
        return scene;
    };
    let names = [
        plan.baseline.name.clone(),
        plan.capped
            .as_ref()
            .map_or_else(|| "capped".to_owned(), |capped| capped.name.clone()),
    ];
    let entries: Vec<Entry> = Role::BOTH
        .into_iter()
        .zip(names)
        .map(|(role, name)| Entry {
            name,
            role,
            thin: false,
        })
        .collect();
    legend(&mut scene, &entries);

    let last = pairs.len() as f64;
    let x = [0.5, last + 0.5];
    let upper = Frame {
        bottom: 258.0,
        ..Frame::below_title(x, [0.0, most * 1.06], 20.0)
    };
    upper.y_axis(
        &mut scene,
        "seconds per epoch",
        &Ticks::between(0.0, upper.y[1], 4.0, 0.0),
    );
    draw_pairs(&mut scene, &upper, &pairs);

    let lower = Frame {
        top: 308.0,
        bottom: HEIGHT - 62.0,
        ..upper
    };
    draw_saved(&mut scene, lower, metrics, plan);
    let axis = if seeds.len() > 1 {
        "paired epochs, seed after seed"
    } else {
        "epoch"
    };
    lower.x_axis(&mut scene, axis, &Ticks::epochs(last));
    scene.line(
        vec![[upper.left, upper.bottom], [upper.right, upper.bottom]],
        Ink::AXIS,
        1.2,
    );
    separate_seeds(&mut scene, [&upper, &lower], seeds.values().map(Vec::len));
    scene
}

fn draw_pairs(scene: &mut Scene, frame: &Frame, pairs: &[[&EpochRecord; 2]]) {
    let size = (160.0 / pairs.len() as f64).clamp(1.6, 4.2);
    for (index, pair) in pairs.iter().enumerate() {
        let places = pair.map(|record| frame.at(index as f64 + 1.0, record.train_seconds));
        scene.line(places.to_vec(), Ink::GRID, size / 2.0);
    }
    for (index, pair) in pairs.iter().enumerate() {
        for (role, record) in Role::BOTH.into_iter().zip(pair) {
            let place = frame.at(index as f64 + 1.0, record.train_seconds);
            scene.marker(role, place, size);
        }
    }
}

/// The estimate after each paired epoch, with its band, and the prediction.
fn draw_saved(scene: &mut Scene, frame: Frame, metrics: &[EpochRecord], plan: &Plan) {
    let course = course(metrics);
    let bounds = course
        .iter()
        .map(|estimate| estimate.mean)
        .chain(
            course
                .last()
                .and_then(|last| last.interval)
                .into_iter()
                .flatten(),
        )
        .chain(plan.predicted_time_saved)
        .map(|fraction| fraction * 100.0);
    let Some([low, high]) = range(bounds) else {
        return;
    };
    let air = ((high - low) * 0.25).max(1.0);
    let frame = Frame {
        y: [low - air, high + air],
        ..frame
    };
    frame.y_axis(
        scene,
        "time saved so far, % (band: 95 % interval)",
        &Ticks::between(frame.y[0], frame.y[1], 4.0, 0.0),
    );
    let place = |index: usize, fraction: f64| {
        let [low, high] = frame.y;
        frame.at(index as f64 + 1.0, (fraction * 100.0).clamp(low, high))
    };
    let banded: Vec<(usize, [f64; 2])> = course
        .iter()
        .enumerate()
        .filter_map(|(index, estimate)| Some((index, estimate.interval?)))
        .collect();
    let above = banded.iter().map(|&(index, [_, high])| place(index, high));
    let below = banded
        .iter()
        .rev()
        .map(|&(index, [low, _])| place(index, low));
    scene.area(above.chain(below).collect(), Ink::of(Role::Capped).at(0.18));
    if let Some(predicted) = plan.predicted_time_saved {
        let [_, y] = place(0, predicted);
        scene.dashed(
            vec![[frame.left, y], [frame.right, y]],
            Ink::FAINT_TEXT,
            1.2,
            Some([3.0, 3.0]),
        );
        let source = match plan.prediction_source {
            PredictionSource::Macs => "from MACs",
            PredictionSource::Measured => "from timed steps",
        };
        let measured_above = course.last().is_some_and(|last| last.mean > predicted);
        scene.text(
            [
                frame.right - 4.0,
                if measured_above { y + 10.0 } else { y - 10.0 },
            ],
            &format!("predicted {source}: {:.1} %", predicted * 100.0),
            11.5,
            Ink::FAINT_TEXT,
            Align::Right,
        );
    }
    let line: Vec<_> = course
        .iter()
        .enumerate()
        .map(|(index, estimate)| place(index, estimate.mean))
        .collect();
    if let Some(&end) = line.last() {
        scene.line(line, Ink::of(Role::Capped), 2.4);
        scene.marker(Role::Capped, end, 3.8);
    }
}

/// The estimate of [`time_saved`] after each paired epoch, seed after seed.
fn course(metrics: &[EpochRecord]) -> Vec<Estimate> {
    let ordered: Vec<EpochRecord> = paired_epochs(metrics)
        .into_values()
        .flatten()
        .flat_map(|pair| [pair.baseline.clone(), pair.capped.clone()])
        .collect();
    (1..=ordered.len() / 2)
        .filter_map(|pairs| time_saved(&ordered[..2 * pairs]))
        .collect()
}

/// Faint rules where one seed ends and the next begins.
fn separate_seeds(scene: &mut Scene, frames: [&Frame; 2], lengths: impl Iterator<Item = usize>) {
    let lengths: Vec<usize> = lengths.collect();
    let mut end = 0;
    for length in &lengths[..lengths.len().saturating_sub(1)] {
        end += length;
        for frame in frames {
            let [x, _] = frame.at(end as f64 + 0.5, 0.0);
            scene.dashed(
                vec![[x, frame.top], [x, frame.bottom]],
                Ink::AXIS.at(0.7),
                0.8,
                Some([2.0, 3.0]),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn the_course_ends_at_the_estimate_of_the_summary() {
        let data = fixture::run(&[3, 1], 4, 4);
        let course = course(&data.metrics);
        assert_eq!(course.len(), 8);
        assert_eq!(course[0].interval, None);
        let summary = data.summary.and_then(|summary| summary.time_saved);
        assert_eq!(course.last().copied(), summary);
    }
}

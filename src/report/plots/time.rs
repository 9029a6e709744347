//! Seconds per epoch of both networks, and the time saved so far.

use super::axes::{Entry, Frame, Ticks, legend, nothing, range};
use super::scene::{Align, HEIGHT, Ink, Scene};
use crate::format::percent_sentence;
use crate::network::{Plan, PredictionSource};
use crate::run::{RunData, epochs_in_training_order, time_saved_so_far};
use crate::training::{EpochRecord, Role};

pub(super) fn scene(run: &RunData) -> Scene {
    let (metrics, plan) = (&run.counted_metrics(), &run.plan);
    let title = run.time_saved().map_or_else(
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
    let seeds = epochs_in_training_order(metrics);
    let pairs: Vec<[&EpochRecord; 2]> = seeds
        .iter()
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
    separate_seeds(&mut scene, [&upper, &lower], seeds.iter().map(Vec::len));
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
    let course = time_saved_so_far(metrics);
    let last = course.last().map(|(_, last)| *last);
    let bounds = course
        .iter()
        .map(|(_, estimate)| estimate.mean)
        .chain(last.and_then(|last| last.interval).into_iter().flatten())
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
    let place = |number: f64, fraction: f64| {
        let [low, high] = frame.y;
        frame.at(number, (fraction * 100.0).clamp(low, high))
    };
    let banded: Vec<(f64, [f64; 2])> = course
        .iter()
        .filter_map(|(number, estimate)| Some((*number, estimate.interval?)))
        .collect();
    let above = banded
        .iter()
        .map(|&(number, [_, high])| place(number, high));
    let below = banded
        .iter()
        .rev()
        .map(|&(number, [low, _])| place(number, low));
    scene.area(above.chain(below).collect(), Ink::of(Role::Capped).at(0.18));
    if let Some(predicted) = plan.predicted_time_saved {
        let [_, y] = place(1.0, predicted);
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
        let measured_above = last.is_some_and(|last| last.mean > predicted);
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
        .map(|&(number, estimate)| place(number, estimate.mean))
        .collect();
    if let Some(&end) = line.last() {
        scene.line(line, Ink::of(Role::Capped), 2.4);
        scene.marker(Role::Capped, end, 3.8);
    }
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
    use crate::format::percent_sentence;
    use crate::run::fixture;

    /// A seed of which a network diverged is in the figure no more than in the summary.
    #[test]
    fn the_title_is_the_time_saved_of_the_summary() {
        let mut run = fixture::run(&[3, 1], 4, 4);
        run.metrics.retain(|row| (row.seed, row.epoch) != (1, 4));
        run.summary = Some(crate::run::summarise_whole(
            &run.manifest,
            &run.plan,
            &run.path,
            &run.metrics,
        ));
        let saved = run.time_saved();
        assert_eq!(saved, crate::run::time_saved(&run.counted_metrics()));
        assert_ne!(saved, crate::run::time_saved(&run.metrics));
        let drawn = format!("{:?}", scene(&run));
        let text = saved.map(|saved| percent_sentence(saved.mean, saved.interval, 1));
        assert!(text.is_some_and(|text| drawn.contains(&text)), "{drawn}");
    }
}

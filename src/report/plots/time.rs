//! Seconds or joules per epoch of both networks, and the time or energy saved so far.

use super::axes::{Entry, Frame, Ticks, legend, nothing, range};
use super::scene::{Align, HEIGHT, Ink, Scene};
use crate::evidence::Estimate;
use crate::format::percent_sentence;
use crate::network::{Plan, PredictionSource};
use crate::run::{RunData, epochs_in_training_order, in_joules, time_saved_so_far};
use crate::training::{EpochRecord, Role};

/// Joules of an epoch from which on kilojoules are drawn.
const KILO: f64 = 10_000.0;

/// What both networks used in their epochs.
struct Used<'a> {
    /// What was saved of it, such as `Training time saved: 37.2 %`.
    title: String,
    subtitle: String,
    /// The rows, with what was used as their seconds.
    metrics: &'a [EpochRecord],
    /// The title of the upper y axis.
    per_epoch: &'static str,
    /// The title of the lower y axis.
    saved: &'static str,
    /// What an epoch's place along the x axis is.
    along: &'static str,
    /// The saving that was predicted.
    predicted: Option<f64>,
}

pub(super) fn scene(run: &RunData) -> Scene {
    let metrics = &run.counted_metrics();
    let used = Used {
        title: title("Training time", run.time_saved()),
        subtitle: "training alone: without compilation, evaluation, checkpoints and pauses"
            .to_owned(),
        metrics,
        per_epoch: "seconds per epoch",
        saved: "time saved so far, % (band: 95 % interval)",
        along: if epochs_in_training_order(metrics).len() > 1 {
            "paired epochs, seed after seed"
        } else {
            "epoch"
        },
        predicted: run.plan.predicted_time_saved,
    };
    draw(&used, &run.plan)
}

/// Joules per epoch, and the energy saved so far, from the epochs whose energy is known.
pub(super) fn energy(run: &RunData) -> Scene {
    let metrics = run.counted_metrics();
    let mut known = in_joules(&metrics);
    let most = known
        .iter()
        .map(|row| row.train_seconds)
        .fold(0.0, f64::max);
    let is_large = most >= KILO;
    if is_large {
        for row in &mut known {
            row.train_seconds /= 1000.0;
        }
    }
    let device =
        "of the GPU, or of the processor packages, in training alone; by all programs on them";
    let is_whole = known.len() == metrics.len();
    let used = Used {
        title: title("Energy", run.energy_saved()),
        subtitle: if is_whole {
            device.to_owned()
        } else {
            format!("{device}; of some epochs it is not known")
        },
        metrics: &known,
        per_epoch: if is_large {
            "kilojoules per epoch"
        } else {
            "joules per epoch"
        },
        saved: "energy saved so far, % (band: 95 % interval)",
        along: match (is_whole, epochs_in_training_order(&known).len()) {
            (false, _) => "paired epochs whose energy is known",
            (true, 2..) => "paired epochs, seed after seed",
            (true, _) => "epoch",
        },
        predicted: None,
    };
    draw(&used, &run.plan)
}

/// Whether there is energy to draw: of an epoch of each network at least.
pub(super) fn has_energy(run: &RunData) -> bool {
    let known = in_joules(&run.counted_metrics());
    !epochs_in_training_order(&known).is_empty()
}

fn title(what: &str, saved: Option<Estimate>) -> String {
    saved.map_or_else(
        || what.to_owned(),
        |saved| {
            format!(
                "{what} saved: {}",
                percent_sentence(saved.mean, saved.interval, 1)
            )
        },
    )
}

fn draw(used: &Used<'_>, plan: &Plan) -> Scene {
    let mut scene = Scene::titled(&used.title, &used.subtitle);
    let seeds = epochs_in_training_order(used.metrics);
    let pairs: Vec<[&EpochRecord; 2]> = seeds
        .iter()
        .flatten()
        .map(|pair| [pair.baseline, pair.capped])
        .collect();
    let amounts = pairs.iter().flatten().map(|record| record.train_seconds);
    let Some([_, most]) = range(amounts) else {
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
        used.per_epoch,
        &Ticks::between(0.0, upper.y[1], 4.0, 0.0),
    );
    draw_pairs(&mut scene, &upper, &pairs);

    let lower = Frame {
        top: 308.0,
        bottom: HEIGHT - 62.0,
        ..upper
    };
    draw_saved(&mut scene, lower, used, plan.prediction_source);
    lower.x_axis(&mut scene, used.along, &Ticks::epochs(last));
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
fn draw_saved(scene: &mut Scene, frame: Frame, used: &Used<'_>, source: PredictionSource) {
    let course = time_saved_so_far(used.metrics);
    let last = course.last().map(|(_, last)| *last);
    let bounds = course
        .iter()
        .map(|(_, estimate)| estimate.mean)
        .chain(last.and_then(|last| last.interval).into_iter().flatten())
        .chain(used.predicted)
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
        used.saved,
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
    if let Some(predicted) = used.predicted {
        let [_, y] = place(1.0, predicted);
        scene.dashed(
            vec![[frame.left, y], [frame.right, y]],
            Ink::FAINT_TEXT,
            1.2,
            Some([3.0, 3.0]),
        );
        let source = match source {
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

    /// 84 W and 91 W in the seconds of the fixture: in kilojoules from 10 kJ an epoch on.
    #[test]
    fn energy_is_drawn_as_time_is_where_it_is_known() {
        let mut run = fixture::run(&[1, 2], 3, 3);
        assert!(!has_energy(&run));
        let with_watts = |run: &mut RunData, watts: [f64; 2]| {
            for row in &mut run.metrics {
                row.train_joules = Some(watts[row.network as usize] * row.train_seconds);
            }
            run.summary = Some(crate::run::summarise(
                &run.manifest,
                &run.plan,
                &run.path,
                &run.metrics,
            ));
        };
        with_watts(&mut run, [84.0, 91.0]);
        assert!(has_energy(&run));
        let saved = run.energy_saved();
        assert!(saved.is_some() && saved != run.time_saved());
        let drawn = format!("{:?}", energy(&run));
        let text = saved.map(|saved| percent_sentence(saved.mean, saved.interval, 1));
        assert!(text.is_some_and(|text| drawn.contains(&format!("Energy saved: {text}"))));
        assert!(drawn.contains("\"joules per epoch\"") && !drawn.contains("predicted"));
        with_watts(&mut run, [8400.0, 9100.0]);
        assert!(format!("{:?}", energy(&run)).contains("kilojoules per epoch"));
        run.metrics[0].train_joules = None;
        run.summary = None;
        assert_eq!(run.energy_saved(), None);
        let drawn = format!("{:?}", energy(&run));
        assert!(drawn.contains("of some epochs it is not known") && !drawn.contains("NaN"));
    }
}

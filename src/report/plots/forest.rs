//! The cells of a grid one below the other: time saved against the paper's range, accuracy against the
//! margin.

use super::axes::{Frame, Ticks, nothing, range};
use super::scene::{Align, HEIGHT, Ink, Scene, WIDTH};
use crate::evidence::Estimate;
use crate::study::grid::{GridOutcome, PAPER};
use crate::training::Role;

/// Where the panels begin: the names of cells stand before them.
const LEFT: f64 = 218.0;
const GAP: f64 = 26.0;
const TOP: f64 = 126.0;
/// Most distance of two rows.
const ROW: f64 = 58.0;

/// One row: its name, time saved and difference of accuracy in percent.
struct Row {
    name: String,
    saved: Option<Estimate>,
    difference: Option<Estimate>,
}

/// Draws the finished cells of a grid.
#[must_use]
pub fn forest(outcome: &GridOutcome) -> Scene {
    let rows: Vec<Row> = outcome
        .finished()
        .map(|(cell, summary)| Row {
            name: outcome.label(cell),
            saved: summary.time_saved.map(in_percent),
            difference: summary.verdict.difference.map(in_percent),
        })
        .collect();
    let seeds = outcome.finished().map(|(_, summary)| summary.seeds.len());
    let mut scene = Scene::titled(
        "Time saved and accuracy, cell by cell",
        &format!(
            "capped network against baseline, means over {} seeds with 95 % intervals",
            seeds.max().unwrap_or_default()
        ),
    );
    let margin = outcome
        .finished()
        .map(|(_, summary)| summary.verdict.margin * 100.0)
        .next();
    let Some(margin) = margin else {
        nothing(&mut scene, "no cell is finished yet");
        return scene;
    };
    let middle = f64::midpoint(LEFT, WIDTH - 30.0);
    let step = ((HEIGHT - 62.0 - TOP) / rows.len() as f64).min(ROW);
    let bottom = TOP + step * rows.len() as f64;
    scene.height = (bottom + 62.0).round();
    let frame = |left, right, x| Frame {
        left,
        top: TOP,
        right,
        bottom,
        x,
        y: [rows.len() as f64, 0.0],
    };
    let claimed = PAPER.map(|share| share * 100.0);
    let saved = extent(rows.iter().filter_map(|row| row.saved), [0.0, claimed[1]]);
    let left = frame(LEFT, middle - GAP / 2.0, saved);
    let lost = extent(
        rows.iter().filter_map(|row| row.difference),
        [-margin, margin],
    );
    let right = frame(middle + GAP / 2.0, WIDTH - 30.0, lost);

    band(&mut scene, &left, claimed, Ink::CAP.at(0.13));
    scene.text(
        [
            left.at(f64::midpoint(claimed[0], claimed[1]), 0.0)[0],
            TOP - 14.0,
        ],
        "the paper's claim",
        12.0,
        Ink::CAP_TEXT,
        Align::Centre,
    );
    let [limit, _] = right.at(-margin, 0.0);
    scene.dashed(
        vec![[limit, TOP - 6.0], [limit, bottom]],
        Ink::CAP,
        1.6,
        Some([5.0, 3.0]),
    );
    scene.text(
        [limit, TOP - 14.0],
        "margin",
        12.0,
        Ink::CAP_TEXT,
        Align::Centre,
    );
    for (panel, title) in [
        (&left, "training time saved, %"),
        (&right, "accuracy, capped less baseline, points"),
    ] {
        let ticks = Ticks::between(panel.x[0], panel.x[1], 5.0, 0.0);
        panel.x_axis(&mut scene, title, &ticks);
        let [zero, _] = panel.at(0.0, 0.0);
        scene.line(vec![[zero, TOP], [zero, bottom]], Ink::AXIS, 1.2);
    }
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + step * (at as f64 + 0.5);
        scene.text([LEFT - 14.0, y], &row.name, 12.5, Ink::TEXT, Align::Right);
        scene.line(
            vec![[LEFT, y + step / 2.0], [WIDTH - 30.0, y + step / 2.0]],
            Ink::GRID,
            0.8,
        );
        for (panel, estimate) in [(&left, row.saved), (&right, row.difference)] {
            if let Some(estimate) = estimate {
                mark(&mut scene, panel, y, estimate);
            }
        }
    }
    scene
}

pub(super) fn in_percent(estimate: Estimate) -> Estimate {
    Estimate {
        mean: estimate.mean * 100.0,
        interval: estimate.interval.map(|ends| ends.map(|end| end * 100.0)),
    }
}

/// What an axis shows: means, intervals no further than three times as far as the means reach, and
/// `always`.
pub(super) fn extent(
    estimates: impl Iterator<Item = Estimate> + Clone,
    always: [f64; 2],
) -> [f64; 2] {
    let means = estimates.clone().map(|estimate| estimate.mean);
    let [low, high] = range(means.chain(always)).unwrap_or(always);
    let reach = (high - low) * 1.5;
    let ends = estimates
        .flat_map(|estimate| estimate.interval.unwrap_or([estimate.mean; 2]))
        .map(|end| end.clamp(low - reach, high + reach));
    range(ends.chain(always)).unwrap_or(always)
}

fn band(scene: &mut Scene, panel: &Frame, [low, high]: [f64; 2], ink: Ink) {
    let [left, top] = panel.at(low.max(panel.x[0]), 0.0);
    let [right, bottom] = panel.at(high.min(panel.x[1]), panel.y[0]);
    scene.rectangle([left, top], [right, bottom], ink);
}

pub(super) fn mark(scene: &mut Scene, panel: &Frame, y: f64, estimate: Estimate) {
    let place = |value: f64| panel.at(value.clamp(panel.x[0], panel.x[1]), 0.0)[0];
    let ink = Ink::of(Role::Capped);
    if let Some([low, high]) = estimate.interval {
        scene.line(vec![[place(low), y], [place(high), y]], ink, 2.0);
        for end in [low, high] {
            let x = place(end);
            scene.line(vec![[x, y - 4.0], [x, y + 4.0]], ink, 2.0);
        }
    }
    scene.marker(Role::Capped, [place(estimate.mean), y], 4.2);
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::scene::Mark;
    use super::*;
    use crate::study::grid::{conclude, fixture::cell};

    #[test]
    fn every_finished_cell_has_two_marks_within_its_panels() {
        let cells = vec![
            cell("glyphs", "resnet-20", &[0.0, 0.01, -0.01], 0.3),
            cell("mnist", "resnet-20", &[-0.3, 0.2, -0.01], -0.2),
        ];
        let scene = forest(&conclude(PathBuf::new(), cells, false, Vec::new(), 0));
        let triangle = |mark: &&Mark| matches!(mark, Mark::Area { points, ink } if points.len() == 3 && *ink == Ink::of(Role::Capped));
        assert_eq!(scene.marks.iter().filter(triangle).count(), 4);
        for mark in &scene.marks {
            if let Mark::Line { points, .. } = mark {
                assert!(
                    points
                        .iter()
                        .all(|[x, _]| (LEFT..=WIDTH - 29.0).contains(x))
                );
            }
        }
        let empty = forest(&conclude(PathBuf::new(), Vec::new(), false, Vec::new(), 0));
        assert!(format!("{empty:?}").contains("no cell is finished yet"));
    }
}

//! The interactions of a grid one below the other: the effect of depth under one transform less that under another.

use super::axes::{Frame, Ticks};
use super::forest::{extent, in_percent, mark};
use super::scene::{Align, HEIGHT, Ink, Scene, WIDTH};
use crate::format::cut;
use crate::study::grid::GridOutcome;

/// Where the panel begins: the names of the rows are left of it.
const LEFT: f64 = 340.0;
const TOP: f64 = 110.0;
/// Most distance of two rows.
const ROW: f64 = 58.0;
/// Most letters of a name.
const LETTERS: usize = 46;

/// Draws the interactions of a grid.
#[must_use]
pub fn interactions(outcome: &GridOutcome) -> Scene {
    let rows = &outcome.interactions;
    let mut scene = Scene::titled(
        "Does depth help more where entropy is higher?",
        "effect of depth under the first transform less that under the second, means with 95 % intervals",
    );
    let found = rows.iter().filter_map(|row| row.found.as_ref());
    let estimates = found.map(|found| in_percent(found.interaction));
    let step = ((HEIGHT - 62.0 - TOP) / rows.len().max(1) as f64).min(ROW);
    let bottom = TOP + step * rows.len() as f64;
    scene.height = (bottom + 62.0).round();
    let panel = Frame {
        left: LEFT,
        top: TOP,
        right: WIDTH - 30.0,
        bottom,
        x: extent(estimates, [-1.0, 1.0]),
        y: [rows.len() as f64, 0.0],
    };
    let ticks = Ticks::between(panel.x[0], panel.x[1], 6.0, 0.0);
    panel.x_axis(&mut scene, "interaction, points of accuracy", &ticks);
    let [zero, _] = panel.at(0.0, 0.0);
    scene.line(vec![[zero, TOP], [zero, bottom]], Ink::AXIS, 1.2);
    for (at, row) in rows.iter().enumerate() {
        let y = TOP + step * (at as f64 + 0.5);
        let [first, second] = row.under();
        let under = format!("{} bits: {first} − {second}", row.entropy_words());
        for (text, above, ink) in [
            (row.label(), 8.0, Ink::TEXT),
            (under, -8.0, Ink::FAINT_TEXT),
        ] {
            let place = [LEFT - 14.0, y - above];
            scene.text(place, &cut(&text, LETTERS), 12.0, ink, Align::Right);
        }
        let under = y + step / 2.0;
        scene.line(vec![[LEFT, under], [panel.right, under]], Ink::GRID, 0.8);
        if let Some(found) = &row.found {
            mark(&mut scene, &panel, y, in_percent(found.interaction));
        }
    }
    scene
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::study::grid::{conclude, fixture::transformed};

    #[test]
    fn every_interaction_is_a_row() {
        let cells = vec![
            transformed("", 7.0, &[0.0, 0.01, -0.01]),
            transformed("bits=3", 2.8, &[-0.3, 0.2, -0.01]),
            transformed("permute", 7.0, &[-0.3, 0.2, -0.01]),
        ];
        let scene = interactions(&conclude(PathBuf::new(), cells, false, Vec::new(), 0));
        let drawn = format!("{scene:?}");
        for text in [
            "+4.20 bits: no transform − bits=3",
            "+0.00 bits: no transform − permute",
        ] {
            assert!(drawn.contains(text), "{text}");
        }
    }
}

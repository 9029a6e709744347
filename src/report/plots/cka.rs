//! How alike the features after all blocks are: a map of every block with every other.

use super::axes::nothing;
use super::probe::{Probed, first_seed};
use super::scene::{Align, Ink, Scene, WIDTH};
use crate::run::RunData;

const TOP: f64 = 118.0;
/// Side of a map, and its place from the left where there are two.
const SIDE: f64 = 290.0;
/// From CKA 0 to 1: dark violet, blue, green, yellow (the ends and two marks of matplotlib's viridis).
const COLOURS: [[f64; 3]; 4] = [
    [68.0, 1.0, 84.0],
    [49.0, 104.0, 142.0],
    [53.0, 183.0, 121.0],
    [253.0, 231.0, 37.0],
];

pub(super) fn of_run(run: &RunData) -> Scene {
    let (networks, on) = first_seed(run);
    cka(
        &format!("How similar are the features after each block, on {on}?"),
        &networks,
    )
}

/// Draws the alignment of every block's features with every other's, a map for each network; 0 is the stem.
#[must_use]
pub fn cka(title: &str, networks: &[Probed<'_>]) -> Scene {
    let mut scene = Scene::titled(
        title,
        "linear CKA (Nguyen et al. 2021) of blocks with blocks, 0 the stem; lines: the cap",
    );
    let maps = networks
        .iter()
        .filter(|network| !network.probe.layer_cka.is_empty());
    let maps: Vec<_> = maps.take(2).collect();
    if maps.is_empty() {
        nothing(
            &mut scene,
            "the probe holds no alignment of blocks with each other",
        );
        return scene;
    }
    let gap = (WIDTH - SIDE * maps.len() as f64) / (maps.len() as f64 + 1.0);
    for (at, network) in maps.iter().enumerate() {
        map(&mut scene, gap + (SIDE + gap) * at as f64, network);
    }
    scale(&mut scene);
    scene
}

fn map(scene: &mut Scene, left: f64, network: &Probed<'_>) {
    let rows = &network.probe.layer_cka;
    let cell = SIDE / rows.len() as f64;
    // The first block is at the lower left, as in the paper.
    let at = |place: f64| (left + place * cell, TOP + SIDE - place * cell);
    let middle = [left + SIDE / 2.0, TOP - 16.0];
    scene.text(middle, network.name, 13.0, Ink::TEXT, Align::Centre);
    for (row, values) in rows.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let (x, y) = (at(column as f64).0, at(row as f64).1);
            let ink = value.map_or(Ink::GRID, colour);
            // A little larger than the cell, so that no seam shows between cells.
            scene.rectangle([x, y - cell - 0.2], [x + cell + 0.2, y], ink);
        }
    }
    let kept = network
        .probe
        .blocks
        .iter()
        .filter(|block| !block.past_cap)
        .count();
    if kept < network.probe.blocks.len() {
        let (x, y) = at(kept as f64 + 1.0);
        scene.line(vec![[x, TOP], [x, TOP + SIDE]], Ink::CAP, 1.6);
        scene.line(vec![[left, y], [left + SIDE, y]], Ink::CAP, 1.6);
    }
    let every = rows.len().div_ceil(12);
    for block in (0..rows.len()).step_by(every) {
        let (x, y) = at(block as f64 + 0.5);
        let (name, ink) = (block.to_string(), Ink::FAINT_TEXT);
        scene.text([x, TOP + SIDE + 12.0], &name, 11.0, ink, Align::Centre);
        scene.text([left - 6.0, y], &name, 11.0, ink, Align::Right);
    }
}

/// The colours from 0 to 1.
fn scale(scene: &mut Scene) {
    const LEFT: f64 = WIDTH / 2.0 - 120.0;
    const STEPS: usize = 48;
    let top = TOP + SIDE + 36.0;
    for step in 0..STEPS {
        let [from, to] = [step, step + 1].map(|step| LEFT + 240.0 * step as f64 / STEPS as f64);
        let ink = colour((step as f64 + 0.5) / STEPS as f64);
        scene.rectangle([from, top], [to + 0.2, top + 12.0], ink);
    }
    for (value, align, x) in [
        ("CKA 0", Align::Right, LEFT - 8.0),
        ("1", Align::Left, LEFT + 248.0),
    ] {
        scene.text([x, top + 6.0], value, 12.0, Ink::FAINT_TEXT, align);
    }
}

/// The colour of a value.
fn colour(value: f64) -> Ink {
    let parts = rising(value).into_iter();
    let rgb = parts.fold(0, |rgb, part| rgb << 8 | u32::from(part));
    Ink { rgb, opacity: 1.0 }
}

/// Red, green and blue of a value from 0 to 1; what is below 0 by chance has the colour of 0.
#[must_use]
pub fn rising(value: f64) -> [u8; 3] {
    let place = value.clamp(0.0, 1.0) * (COLOURS.len() - 1) as f64;
    let from = (place as usize).min(COLOURS.len() - 2);
    let share = place - from as f64;
    [0, 1, 2].map(|part| {
        let [low, high] = [COLOURS[from][part], COLOURS[from + 1][part]];
        (low + share * (high - low)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;
    use crate::depth::Unit;
    use crate::evidence::probe::{BlockProbe, Line, Probe};
    use crate::training::Role;

    #[test]
    fn every_pair_of_layers_has_the_colour_of_its_value() {
        let block = |block: usize| BlockProbe {
            block,
            past_cap: block > 1,
            ..BlockProbe::default()
        };
        let cap = Line {
            cap: 1,
            unit: Unit::Blocks,
        };
        let mut found = Probe::new([10, 5], cap, vec![block(1), block(2)], None);
        let drawn = |probe: &Probe| {
            let network = Probed {
                name: "resnet-8",
                role: Role::Baseline,
                probe,
            };
            cka("A title", &[network]).marks
        };
        assert!(
            !drawn(&found)
                .iter()
                .any(|mark| matches!(mark, Mark::Area { .. }))
        );
        found.layer_cka = vec![
            vec![Some(1.0), Some(0.5), Some(0.25)],
            vec![Some(0.5), Some(1.0), None],
            vec![Some(0.25), None, Some(1.0)],
        ];
        let marks = drawn(&found);
        let painted = |wanted: Ink| {
            let of = |mark: &&Mark| matches!(mark, Mark::Area { ink, .. } if *ink == wanted);
            marks.iter().filter(of).count()
        };
        assert_eq!(painted(colour(1.0)), 3);
        assert_eq!(painted(colour(0.5)), 2);
        assert_eq!(painted(Ink::GRID), 2);
        assert_eq!(colour(0.0).rgb, 0x44_01_54);
        assert_eq!(colour(-0.1), colour(0.0));
        let lines = marks
            .iter()
            .filter(|mark| matches!(mark, Mark::Line { ink, .. } if *ink == Ink::CAP));
        assert_eq!(lines.count(), 2);
    }
}

//! The identity probe along the depth of networks, with the cap as a line.

use super::axes::{Entry, Frame, Ticks, legend, nothing, range};
use super::scene::{Align, Ink, Scene, dash_of};
use crate::depth::Unit;
use crate::evidence::probe::{BlockProbe, Measure, Probe};
use crate::run::{NetworkProbe, RunData};
use crate::training::Role;

/// A probed network.
#[derive(Clone, Copy, Debug)]
pub struct Probed<'a> {
    /// Its name.
    pub name: &'a str,
    /// Which marker and colour.
    pub role: Role,
    /// What was found.
    pub probe: &'a Probe,
}

const TOPS: [f64; 3] = [130.0, 244.0, 358.0];
const PANEL: f64 = 80.0;

impl<'a> From<&'a NetworkProbe> for Probed<'a> {
    fn from(probe: &'a NetworkProbe) -> Self {
        Self {
            name: &probe.network,
            role: probe.role,
            probe: &probe.found,
        }
    }
}

/// The networks of a run's first probed seed, and the data and seed in words.
pub(super) fn first_seed(run: &RunData) -> (Vec<Probed<'_>>, String) {
    let probes = run.probes.iter().flat_map(|probes| &probes.probes);
    let first = probes.clone().next().map(|probe| probe.seed);
    let networks: Vec<Probed> = probes
        .filter(|probe| Some(probe.seed) == first)
        .map(Probed::from)
        .collect();
    let seed = first
        .flatten()
        .map_or_else(String::new, |seed| format!(", seed {seed}"));
    (networks, format!("{}{seed}", run.plan.dataset))
}

pub(super) fn of_run(run: &RunData) -> Scene {
    let (networks, on) = first_seed(run);
    probe(
        &format!("How near to the identity are the blocks, on {on}?"),
        &networks,
    )
}

/// Draws the three measures of every block over the depth of its last convolution, one above the other; an
/// identity is at zero in each.
#[must_use]
pub fn probe(title: &str, networks: &[Probed]) -> Scene {
    let mut scene = Scene::titled(
        title,
        "held-out images; an identity is at zero in every panel",
    );
    let depths = networks
        .iter()
        .flat_map(|network| &network.probe.blocks)
        .map(|block| block.convolutions[1] as f64);
    let Some([_, deepest]) = range(depths) else {
        nothing(&mut scene, "the network has no block");
        return scene;
    };
    let entries: Vec<Entry> = networks
        .iter()
        .map(|network| Entry {
            name: network.name.to_owned(),
            role: network.role,
            thin: false,
        })
        .collect();
    legend(&mut scene, &entries);
    let x = [0.5, deepest + 0.5];
    let last = Measure::ALL.len() - 1;
    for (at, (measure, top)) in Measure::ALL.into_iter().zip(TOPS).enumerate() {
        let values = networks
            .iter()
            .flat_map(|network| &network.probe.blocks)
            .filter_map(|block| shown(measure, block));
        let [low, high] = range(values).unwrap_or([0.0, 1.0]);
        let [low, high] = [low.min(0.0), high.max(0.0)];
        let air = ((high - low) * 0.08).max(0.01);
        let frame = Frame {
            top,
            bottom: top + PANEL,
            ..Frame::below_title(
                x,
                [low - if low < 0.0 { air } else { 0.0 }, high + air],
                0.0,
            )
        };
        draw(&mut scene, &frame, measure, networks);
        if at == last {
            let ticks = Ticks::epochs(deepest);
            frame.x_axis(&mut scene, "convolutions from the image on", &ticks);
        }
    }
    scene
}

/// The value in the unit of its axis.
fn shown(measure: Measure, block: &BlockProbe) -> Option<f64> {
    let value = measure.of(block)?;
    Some(match measure {
        Measure::AccuracyLost => value * 100.0,
        _ => value,
    })
}

fn draw(scene: &mut Scene, frame: &Frame, measure: Measure, networks: &[Probed]) {
    let title = match measure {
        Measure::RelativeUpdate => "relative update ‖f(x)‖ / ‖x‖",
        Measure::Misalignment => "1 - CKA of input and output",
        Measure::AccuracyLost => "accuracy lost without the block, points",
    };
    let ticks = Ticks::between(frame.y[0], frame.y[1], 3.0, 0.0);
    frame.y_axis(scene, title, &ticks);
    let [_, zero] = frame.at(frame.x[0], 0.0);
    scene.line(
        vec![[frame.left, zero], [frame.right, zero]],
        Ink::AXIS,
        1.2,
    );
    if let Some((cap, words)) = networks.first().and_then(|first| cap(first.probe))
        && (frame.x[0]..frame.x[1]).contains(&cap)
    {
        let [x, _] = frame.at(cap, frame.y[0]);
        scene.dashed(
            vec![[x, frame.top - 8.0], [x, frame.bottom]],
            Ink::CAP,
            1.6,
            Some([5.0, 3.0]),
        );
        if measure == Measure::RelativeUpdate {
            scene.label(
                [x + 6.0, frame.top - 4.0],
                &words,
                12.0,
                Ink::CAP_TEXT,
                Align::Left,
            );
        }
    }
    for network in networks {
        let points: Vec<_> = network
            .probe
            .blocks
            .iter()
            .filter_map(|block| {
                let value = shown(measure, block)?;
                Some(frame.at(block.convolutions[1] as f64, value))
            })
            .collect();
        let ink = Ink::of(network.role);
        scene.dashed(points.clone(), ink, 1.8, dash_of(network.role));
        for point in points {
            scene.marker(network.role, point, 3.4);
        }
    }
}

/// The cap's place among convolutions, and its label.
pub(super) fn cap(probe: &Probe) -> Option<(f64, String)> {
    let line = probe.cap;
    let depth = match line.unit {
        Unit::Convolutions => line.cap,
        Unit::Blocks => probe.blocks.get(line.cap.checked_sub(1)?)?.convolutions[1],
    };
    Some((
        depth as f64 + 0.5,
        format!("cap {} {}", line.cap, line.unit),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;
    use crate::evidence::probe::Line;

    fn found(unit: Unit, cap: usize) -> Probe {
        let blocks = (1..=6)
            .map(|block| BlockProbe {
                block,
                convolutions: [2 * block, 2 * block + 1],
                relative_update: (block != 3).then_some(1.0 / block as f64),
                cka: Some(0.9),
                ..BlockProbe::default()
            })
            .collect();
        Probe::new([10, 5], Line { cap, unit }, blocks, None)
    }

    fn drawn(probe: &Probe) -> (usize, bool) {
        let network = Probed {
            name: "resnet-14",
            role: Role::Baseline,
            probe,
        };
        let scene = super::probe("A title", &[network]);
        let rim = |mark: &&Mark| matches!(mark, Mark::Disc { ink, .. } if *ink == Ink::of(Role::Baseline));
        let cap = |mark: &Mark| matches!(mark, Mark::Line { ink, .. } if *ink == Ink::CAP);
        (
            scene.marks.iter().filter(rim).count(),
            scene.marks.iter().any(cap),
        )
    }

    /// Five relative updates and six alignments have a marker, and the legend one more.
    #[test]
    fn known_values_and_a_cap_inside_the_network_are_drawn() {
        let (marks, cap) = drawn(&found(Unit::Convolutions, 7));
        assert_eq!(marks, 12);
        assert!(cap);
        assert!(drawn(&found(Unit::Blocks, 2)).1);
        assert!(!drawn(&found(Unit::Blocks, 9)).1);
        assert!(!drawn(&found(Unit::Convolutions, 40)).1);
        let place = super::cap(&found(Unit::Blocks, 2)).map(|(place, _)| place);
        assert_eq!(place, Some(5.5));
    }
}

//! Accuracy over depth, a panel for each dataset of a sweep, with the cap and the wrong cap.

use super::axes::{Entry, Frame, Ticks, legend, nothing, range};
use super::scene::{Align, HEIGHT, Ink, Scene, WIDTH, dash_of};
use crate::format::fixed;
use crate::network::Width;
use crate::study::sweep::{Curve, CurvePoint, SweepOutcome, VariantOutcome};
use crate::training::Role;

const LEFT: f64 = 74.0;
const GAP: f64 = 22.0;
const TOP: f64 = 172.0;
/// How far a band reaches past the outermost depth of its interval.
const PAST: f64 = 6.0;
/// Least distance of two numbers along the depth axis.
const APART: f64 = 19.0;

/// Draws a sweep.
#[must_use]
pub fn sweep(outcome: &SweepOutcome) -> Scene {
    let seeds = outcome.seeds.len();
    let mut scene = Scene::titled(
        &format!(
            "{} over depth: {}",
            outcome
                .holdout
                .map_or("Test accuracy", |_| "Accuracy on the hold-out"),
            outcome.architecture
        ),
        &format!(
            "{} seed{}, means with 95 % intervals; band: depth needed at constant width, bar: at constant MACs (95 %)",
            seeds,
            if seeds == 1 { "" } else { "s" }
        ),
    );
    let points = outcome
        .variants
        .iter()
        .flat_map(|variant| &variant.curves)
        .flat_map(|curve| &curve.points);
    let Some([low, high]) = range(points.flat_map(reach)) else {
        nothing(&mut scene, "no network is trained to its end");
        return scene;
    };
    let y = [low.max(0.0), high.min(101.0)];
    legend(
        &mut scene,
        &[
            (Role::Baseline, "constant width"),
            (Role::Capped, "constant MACs"),
        ]
        .map(|(role, name)| Entry {
            name: name.to_owned(),
            role,
            thin: false,
        }),
    );
    let first = outcome.depths.first().copied().unwrap_or_default() as f64;
    let last = outcome.depths.last().copied().unwrap_or_default() as f64;
    let air = (last - first) * 0.07;
    let panels = outcome.variants.len() as f64;
    let width = (WIDTH - 30.0 - LEFT - GAP * (panels - 1.0)) / panels;
    for (at, variant) in outcome.variants.iter().enumerate() {
        let left = LEFT + at as f64 * (width + GAP);
        let frame = Frame {
            left,
            top: TOP,
            right: left + width,
            bottom: HEIGHT - 62.0,
            x: [first - air, last + air],
            y,
        };
        panel(&mut scene, &frame, at == 0, variant, &outcome.depths);
    }
    scene
}

/// Percent that a point reaches down and up to.
fn reach(point: &CurvePoint) -> Vec<f64> {
    let Some(accuracy) = point.result.accuracy else {
        return Vec::new();
    };
    let [low, high] = accuracy.interval.unwrap_or([accuracy.mean; 2]);
    [low, accuracy.mean, high]
        .map(|fraction| (fraction * 100.0).clamp(0.0, 100.0))
        .to_vec()
}

fn panel(
    scene: &mut Scene,
    frame: &Frame,
    is_first: bool,
    variant: &VariantOutcome,
    depths: &[usize],
) {
    let middle = f64::midpoint(frame.left, frame.right);
    scene.text(
        [middle, TOP - 58.0],
        &format!("{} · {} bits", variant.dataset, fixed(variant.entropy, 1)),
        14.0,
        Ink::TEXT,
        Align::Centre,
    );
    for curve in &variant.curves {
        interval(scene, frame, curve);
    }
    let ticks = Ticks::between(frame.y[0], frame.y[1], 6.0, 0.0);
    if is_first {
        frame.y_axis(scene, "%", &ticks);
    } else {
        for &tick in &ticks.places {
            let [_, y] = frame.at(frame.x[0], tick);
            scene.line(vec![[frame.left, y], [frame.right, y]], Ink::GRID, 1.0);
        }
    }
    let shown = spaced(frame, depths);
    frame.x_axis(scene, "convolutions", &Ticks::at(shown));
    caps(scene, frame, variant);
    for curve in &variant.curves {
        draw(scene, frame, curve);
    }
}

/// The depths that have room for their number, from the deepest on.
fn spaced(frame: &Frame, depths: &[usize]) -> Vec<f64> {
    let place = |depth: f64| frame.at(depth, frame.y[0])[0];
    let mut shown: Vec<f64> = Vec::new();
    for &depth in depths.iter().rev() {
        let depth = depth as f64;
        if shown
            .last()
            .is_none_or(|&other| place(other) - place(depth) >= APART)
        {
            shown.push(depth);
        }
    }
    shown.reverse();
    shown
}

const fn role_of(curve: &Curve) -> Role {
    match curve.width {
        Width::IsoMacs => Role::Capped,
        _ => Role::Baseline,
    }
}

/// The depth needed: a band at constant width, a bar on the axis at constant MACs.
fn interval(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    let Some([low, high]) = curve.needed_interval else {
        return;
    };
    let role = role_of(curve);
    let [left, _] = frame.at(low as f64, frame.y[0]);
    let [right, _] = frame.at(high as f64, frame.y[0]);
    let (left, right) = (left - PAST, right + PAST);
    let (top, opacity) = match role {
        Role::Baseline => (frame.top, 0.13),
        Role::Capped => (frame.bottom - 6.0, 0.8),
    };
    scene.rectangle(
        [left, top],
        [right, frame.bottom],
        Ink::of(role).at(opacity),
    );
}

/// The cap as a line and the wrong cap as a dashed one, at the depth that they leave of the network.
fn caps(scene: &mut Scene, frame: &Frame, variant: &VariantOutcome) {
    let middle = f64::midpoint(frame.left, frame.right);
    let wrong = &variant.wrong_cap.at;
    let marks = [
        (&variant.cap, "cap", None, frame.top - 30.0),
        (wrong, "wrong cap", Some([4.0, 4.0]), frame.top - 14.0),
    ];
    for (cap, _, dash, label) in marks {
        let [x, _] = frame.at(cap.conv_depth as f64, frame.y[0]);
        scene.dashed(
            vec![[x, label + 8.0], [x, frame.bottom]],
            Ink::CAP,
            1.8,
            dash,
        );
    }
    for (cap, name, _, label) in marks {
        let [x, _] = frame.at(cap.conv_depth as f64, frame.y[0]);
        let (x, align) = if x > middle {
            (x + PAST, Align::Right)
        } else {
            (x - PAST, Align::Left)
        };
        let words = if cap.cap == cap.conv_depth {
            format!("{name} {}", cap.cap)
        } else {
            format!("{name} {} → {}", cap.cap, cap.conv_depth)
        };
        scene.label([x, label], &words, 12.0, Ink::CAP_TEXT, align);
    }
}

fn draw(scene: &mut Scene, frame: &Frame, curve: &Curve) {
    let role = role_of(curve);
    let ink = Ink::of(role);
    let aside = match role {
        Role::Baseline => -2.0,
        Role::Capped => 2.0,
    };
    let place = |depth: usize, percent: f64| {
        let [x, y] = frame.at(depth as f64, percent.clamp(frame.y[0], frame.y[1]));
        [x + aside, y]
    };
    let known: Vec<_> = curve
        .points
        .iter()
        .filter_map(|point| Some((point, point.result.accuracy?)))
        .collect();
    for (point, accuracy) in &known {
        if let Some(ends) = accuracy.interval {
            let [low, high] = ends.map(|end| place(point.result.depth, end * 100.0));
            scene.line(vec![low, high], ink.at(0.75), 1.6);
            for [x, y] in [low, high] {
                scene.line(vec![[x - 3.5, y], [x + 3.5, y]], ink.at(0.75), 1.6);
            }
        }
    }
    let middles: Vec<_> = known
        .iter()
        .map(|(point, accuracy)| place(point.result.depth, accuracy.mean * 100.0))
        .collect();
    scene.dashed(middles.clone(), ink, 2.2, dash_of(role));
    for ((point, _), middle) in known.iter().zip(middles) {
        scene.marker(role, middle, 4.0);
        let broken = point.result.broken_seeds.len();
        if broken > 0 {
            let [x, y] = middle;
            let words = format!("{broken} diverged");
            scene.label([x, y + 16.0], &words, 11.0, ink, Align::Centre);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;
    use crate::study::sweep::fixture;

    fn marks(scene: &Scene, wanted: impl Fn(&Mark) -> bool) -> usize {
        scene.marks.iter().filter(|mark| wanted(mark)).count()
    }

    #[test]
    fn every_variant_has_its_curves_its_caps_and_its_band() {
        let scene = sweep(&fixture::outcome(5));
        let baseline = Ink::of(Role::Baseline);
        let discs = |mark: &Mark| matches!(mark, Mark::Disc { ink, .. } if *ink == baseline);
        assert_eq!(
            marks(&scene, discs),
            1 + 3 * 3,
            "the legend's and three a panel"
        );
        let caps = |mark: &Mark| matches!(mark, Mark::Line { ink, .. } if *ink == Ink::CAP);
        assert_eq!(marks(&scene, caps), 2 * 3);
        let bands =
            |mark: &Mark| matches!(mark, Mark::Area { ink, .. } if *ink == baseline.at(0.13));
        assert_eq!(marks(&scene, bands), 3);
        let few = sweep(&fixture::outcome(2));
        assert_eq!(marks(&few, bands), 0, "two seeds claim no depth");
    }

    #[test]
    fn numbers_along_the_axis_do_not_touch() {
        let frame = Frame::below_title([0.0, 100.0], [0.0, 1.0], 0.0);
        assert_eq!(spaced(&frame, &[7, 8, 9, 50, 99]), [9.0, 50.0, 99.0]);
    }
}

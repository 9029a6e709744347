//! What a linear classifier reads from each block, and what a cut behind it costs, along depth.

use super::axes::{Entry, Frame, Ticks, legend, nothing, range};
use super::probe::{Probed, cap, first_seed};
use super::scene::{Align, Ink, Scene, dash_of, dots_of};
use crate::run::RunData;

/// Top of both panels.
const TOPS: [f64; 2] = [130.0, 302.0];
const PANEL: f64 = 136.0;

pub(super) fn of_run(run: &RunData) -> Scene {
    let (networks, on) = first_seed(run);
    cuts(
        &format!("After which block can the classes be separated, on {on}?"),
        &networks,
    )
}

/// Draws the accuracy of linear classifiers on every block above that of the network cut behind it: as it was trained,
/// and dotted with recalibrated batch normalisations. Random sets of as many blocks as are past the cap are small marks
/// at the cap.
fn cuts(title: &str, networks: &[Probed<'_>]) -> Scene {
    let mut scene = Scene::titled(
        title,
        "above a linear classifier on each block; below the network cut behind it, dotted recalibrated; green: random sets",
    );
    let depths = networks.iter().flat_map(|network| &network.probe.readouts);
    let Some([_, deepest]) = range(depths.map(|readout| readout.conv_depth as f64)) else {
        nothing(&mut scene, "the network has no block");
        return scene;
    };
    let entry = |network: &Probed<'_>| Entry {
        name: network.name.to_owned(),
        role: network.role,
        thin: false,
    };
    legend(&mut scene, &networks.iter().map(entry).collect::<Vec<_>>());
    for (panel, (title, top)) in [
        "linear classifier, % right",
        "cut behind the block, % right",
    ]
    .into_iter()
    .zip(TOPS)
    .enumerate()
    {
        let frame = Frame {
            top,
            bottom: top + PANEL,
            ..Frame::below_title([0.0, deepest + 0.5], [0.0, 100.0], 0.0)
        };
        frame.y_axis(&mut scene, title, &Ticks::between(0.0, 100.0, 5.0, 0.0));
        let cap = networks.first().and_then(|network| cap(network.probe));
        if let Some((cap, words)) = cap.filter(|(cap, _)| (frame.x[0]..frame.x[1]).contains(cap)) {
            let [x, _] = frame.at(cap, 0.0);
            let line = vec![[x, frame.top - 8.0], [x, frame.bottom]];
            scene.dashed(line, Ink::CAP, 1.6, Some([5.0, 3.0]));
            if panel == 0 {
                let at = [x + 6.0, frame.top - 4.0];
                scene.label(at, &words, 12.0, Ink::CAP_TEXT, Align::Left);
            }
        }
        for network in networks {
            if panel == 0 {
                linear(&mut scene, &frame, network);
            } else {
                cut(&mut scene, &frame, network);
            }
        }
        if panel == 1 {
            let ticks = Ticks::epochs(deepest.floor());
            frame.x_axis(&mut scene, "convolutions from the image on", &ticks);
        }
    }
    scene
}

fn linear(scene: &mut Scene, frame: &Frame, network: &Probed<'_>) {
    let readouts = network.probe.readouts.iter();
    let points: Vec<_> = readouts
        .filter_map(|readout| Some(frame.at(readout.conv_depth as f64, readout.accuracy? * 100.0)))
        .collect();
    scene.dashed(
        points.clone(),
        Ink::of(network.role),
        1.8,
        dash_of(network.role),
    );
    for point in points {
        scene.marker(network.role, point, 3.4);
    }
}

fn cut(scene: &mut Scene, frame: &Frame, network: &Probed<'_>) {
    let Some(controls) = &network.probe.controls else {
        return;
    };
    let ink = Ink::of(network.role);
    let place = |depth: f64, accuracy: f64| frame.at(depth, accuracy * 100.0);
    let cuts = || controls.cuts.iter();
    let trained: Vec<_> = cuts()
        .map(|cut| place(cut.conv_depth as f64, cut.accuracies.accuracy))
        .collect();
    let recalibrated = cuts()
        .map(|cut| place(cut.conv_depth as f64, cut.accuracies.recalibrated_accuracy))
        .collect();
    scene.dashed(recalibrated, ink, 1.4, Some(dots_of(network.role)));
    scene.dashed(trained.clone(), ink, 1.8, dash_of(network.role));
    for point in trained {
        scene.marker(network.role, point, 3.4);
    }
    if let Some((cap, _)) = cap(network.probe) {
        for set in &controls.placebos {
            let [x, y] = place(cap, set.accuracies.accuracy);
            scene.line(vec![[x - 5.0, y], [x + 5.0, y]], Ink::ENTROPY, 1.6);
        }
    }
}

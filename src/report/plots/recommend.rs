//! Accuracy against training seconds of the networks of a recommendation's final, with the Pareto front.

use super::axes::{Frame, Ticks, nothing, range};
use super::scene::{Align, Ink, Point, Scene};
use crate::format::number_of;
use crate::study::recommend::{RecommendOutcome, TrainedNetwork};
use crate::training::Role;

/// Draws the front of a recommendation.
#[must_use]
pub fn recommend(outcome: &RecommendOutcome) -> Scene {
    let mut scene = Scene::titled(
        &format!("Accuracy against training time: {}", outcome.architecture),
        &format!(
            "Means over {} on the hold-out with 95 % intervals; dashed: no other network is better in both",
            number_of(outcome.schedule.seeds.len(), "seed", "seeds")
        ),
    );
    let known: Vec<(&TrainedNetwork, f64, f64)> = outcome
        .networks()
        .filter_map(|one| Some((one, one.seconds?, one.accuracy?.mean * 100.0)))
        .collect();
    let ends = |one: &TrainedNetwork| one.accuracy.and_then(|accuracy| accuracy.interval);
    let percents = known.iter().flat_map(|(one, _, mean)| {
        let ends = ends(one).into_iter().flatten();
        ends.map(|end| end * 100.0).chain([*mean])
    });
    let seconds = known.iter().map(|(_, seconds, _)| *seconds);
    let (Some(x), Some([low, high])) = (range(seconds), range(percents)) else {
        nothing(&mut scene, "no network is trained to its end");
        return scene;
    };
    let y = [low.max(0.0), high.min(101.0)];
    let frame = Frame::below_title(wider(x), y, 0.0);
    frame.y_axis(&mut scene, "%", &Ticks::between(y[0], y[1], 6.0, 0.0));
    let ticks = Ticks::between(frame.x[0], frame.x[1], 8.0, 0.0);
    frame.x_axis(&mut scene, "training seconds of a seed", &ticks);
    let front = outcome.front.iter();
    let front: Vec<Point> = front
        .map(|point| frame.at(point.seconds, point.accuracy * 100.0))
        .collect();
    scene.dashed(front, Ink::AXIS, 1.8, Some([6.0, 4.0]));
    let chosen = outcome.recommended.as_ref().map(|found| found.conv_depth);
    for (one, seconds, mean) in known {
        let depth = one.network.conv_depth;
        let role = if depth == outcome.deepest.network.conv_depth {
            Role::Baseline
        } else {
            Role::Capped
        };
        if let Some(ends) = ends(one) {
            let bar = ends.map(|end| frame.at(seconds, (end * 100.0).clamp(y[0], y[1])));
            scene.line(bar.to_vec(), Ink::of(role).at(0.75), 1.6);
        }
        let [x, y] = frame.at(seconds, mean);
        scene.marker(role, [x, y], 5.0);
        let (words, ink) = if chosen == Some(depth) {
            (format!("{depth}, recommended"), Ink::CAP_TEXT)
        } else {
            (depth.to_string(), Ink::TEXT)
        };
        scene.label([x + 10.0, y - 12.0], &words, 13.0, ink, Align::Left);
    }
    if let Some(found) = &outcome.recommended {
        let set = crate::study::recommend::set_in_words(&outcome.set);
        scene.text(
            [30.0, 85.0],
            &format!(
                "recommended: {} convolutions (95 % set {set}), margin {}",
                found.conv_depth,
                outcome.margin.in_words()
            ),
            13.0,
            Ink::CAP_TEXT,
            Align::Left,
        );
    }
    scene
}

/// A range with room for the labels at its ends.
fn wider([low, high]: [f64; 2]) -> [f64; 2] {
    let air = (high - low) * 0.12;
    [(low - air).max(0.0), high + air * 1.5]
}

#[cfg(test)]
mod tests {
    use super::super::scene::Mark;
    use super::*;
    use crate::study::recommend::fixture;

    fn texts(scene: &Scene) -> Vec<String> {
        let marks = scene.marks.iter();
        let texts = marks.filter_map(|mark| match mark {
            Mark::Text { text, .. } => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    #[test]
    fn every_network_is_labelled_and_the_recommended_one_marked() {
        let scene = recommend(&fixture::outcome(5));
        let texts = texts(&scene);
        for label in ["9", "13, recommended", "19"] {
            assert!(texts.iter().any(|text| text == label), "{label}: {texts:?}");
        }
        let dashed = |mark: &&Mark| matches!(mark, Mark::Line { dash: Some(_), .. });
        assert_eq!(scene.marks.iter().filter(dashed).count(), 1, "the front");
    }
}

//! The entropy histogram with the cap.

use super::axes::{Frame, Ticks};
use super::scene::{Align, HEIGHT, Ink, Scene, WIDTH, text_width};
use crate::depth::{Analysis, Rule, Unit};
use crate::entropy::{Distribution, MAX_IMAGE_NATS, Profile};
use crate::format::{count, whole};
use crate::network::Plan;

/// The cap as a label says it.
pub(super) fn cap_label(plan: &Plan) -> String {
    if plan.depth_override {
        return format!("depth {}, given by hand", plan.cap);
    }
    let unit = match plan.reading.unit() {
        Unit::Convolutions => "convolutions",
        Unit::Blocks => "blocks",
    };
    format!("cap {} {unit} ({})", plan.cap, plan.reading)
}

/// The statistic that is drawn: the author's where the reading stands on it, else image information.
struct Statistic<'a> {
    title: &'static str,
    axis: &'static str,
    unit: &'static str,
    most: f64,
    distribution: &'a Distribution,
}

impl<'a> Statistic<'a> {
    fn of(profile: &'a Profile, reading: &Rule) -> Self {
        match (reading, &profile.image_nats) {
            (Rule::ImageNats | Rule::ImageNatsConvolutions, Some(nats)) => Self {
                title: "Entropy of the images",
                axis: "entropy H of all values of an image together, nats",
                unit: "nats",
                most: MAX_IMAGE_NATS,
                distribution: nats,
            },
            _ => Self {
                title: "Image information",
                axis: "image information S: entropy summed over channels, bits per pixel",
                unit: "bits",
                most: 8.0 * profile.channels as f64,
                distribution: &profile.image_information,
            },
        }
    }
}

pub(super) fn scene(analysis: &Analysis, plan: &Plan) -> Scene {
    let profile = &analysis.profile;
    let statistic = Statistic::of(profile, &plan.reading);
    let information = statistic.distribution;
    let histogram = &information.histogram;
    let mut scene = titled(profile, plan, &statistic);
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let last_edge = histogram.edges.last().copied().unwrap_or(0.0);
    let widest = last_edge.max(statistic.most).max(1.0);
    let reach = if plan.cap as f64 <= widest * 1.5 {
        widest.max(plan.cap as f64)
    } else {
        widest
    };
    let frame = Frame {
        top: 108.0,
        bottom: HEIGHT - 80.0,
        ..Frame::below_title([0.0, reach], [0.0, most * 1.25], 0.0)
    };
    frame.y_axis(
        &mut scene,
        "images",
        &Ticks::between(0.0, most * 1.1, 5.0, 1.0),
    );
    for (edges, &count) in histogram.edges.windows(2).zip(&histogram.counts) {
        if count == 0 {
            continue;
        }
        let [left, top] = frame.at(edges[0], count as f64);
        let [right, _] = frame.at(edges[1], 0.0);
        let gap = if right - left > 4.0 { 0.5 } else { 0.0 };
        scene.rectangle(
            [left + gap, top],
            [right - gap, frame.bottom],
            Ink::ENTROPY.at(0.88),
        );
    }
    frame.x_axis(
        &mut scene,
        statistic.axis,
        &Ticks::between(0.0, reach, 12.0, 1.0),
    );

    let [mean, _] = frame.at(information.mean, 0.0);
    scene.dashed(
        vec![[mean, frame.top + 22.0], [mean, frame.bottom]],
        Ink::TEXT,
        1.4,
        Some([4.0, 3.0]),
    );
    let text = format!(
        "mean {:.2} {}, sd {:.2}",
        information.mean, statistic.unit, information.sd
    );
    beside(&mut scene, [mean, frame.top + 32.0], &text, Ink::TEXT, true);

    cap_rule(&mut scene, &frame, plan);
    let spread = format!(
        "min {:.2} · q1 {:.2} · median {:.2} · q3 {:.2} · p95 {:.2} · max {:.2} · standard error of the mean {}",
        information.min,
        information.q1,
        information.median,
        information.q3,
        information.p95,
        information.max,
        significant(information.standard_error),
    );
    scene.text(
        [WIDTH / 2.0 + 22.0, HEIGHT - 20.0],
        &spread,
        11.0,
        Ink::FAINT_TEXT,
        Align::Centre,
    );
    scene
}

/// Title, and what was measured and by which rule.
fn titled(profile: &Profile, plan: &Plan, statistic: &Statistic) -> Scene {
    let rule = if plan.depth_override {
        String::new()
    } else {
        format!(
            "; cap: {} ({})",
            plan.reading.formula(),
            plan.reading.origin()
        )
    };
    Scene::titled(
        &format!("{} of {}", statistic.title, profile.dataset),
        &format!(
            "{} training images of {} × {} × {}{rule}",
            count(profile.images as u64),
            profile.channels,
            profile.height,
            profile.width
        ),
    )
}

fn cap_rule(scene: &mut Scene, frame: &Frame, plan: &Plan) {
    if plan.cap as f64 <= frame.x[1] {
        let [cap, _] = frame.at(plan.cap as f64, 0.0);
        scene.line(
            vec![[cap, frame.top - 6.0], [cap, frame.bottom]],
            Ink::CAP,
            2.6,
        );
        beside(
            scene,
            [cap, frame.top + 4.0],
            &cap_label(plan),
            Ink::CAP_TEXT,
            false,
        );
    } else {
        scene.label(
            [frame.right, frame.top + 4.0],
            &format!("{}, beyond this axis", cap_label(plan)),
            13.0,
            Ink::CAP_TEXT,
            Align::Right,
        );
    }
}

/// Writes a text right of a rule, or left of it where asked to or where there is no room.
fn beside(scene: &mut Scene, [x, y]: [f64; 2], text: &str, ink: Ink, prefer_left: bool) {
    let width = text_width(text, 13.0) + 12.0;
    let room_left = x - width > 30.0;
    let room_right = x + width < WIDTH - 20.0;
    if room_left && (prefer_left || !room_right) {
        scene.label([x - 9.0, y], text, 13.0, ink, Align::Right);
    } else {
        scene.label([x + 9.0, y], text, 13.0, ink, Align::Left);
    }
}

/// Two significant digits of a small number.
fn significant(number: f64) -> String {
    if number >= 100.0 {
        return whole(number);
    }
    let decimals = (1.0 - number.abs().max(1e-6).log10().floor()).clamp(0.0, 6.0) as usize;
    format!("{number:.decimals$}")
}

//! Both networks as rows of blocks over the convolutions they hold.

use super::axes::{Frame, Ticks};
use super::entropy::cap_label;
use super::scene::{Align, HEIGHT, Ink, Scene, WIDTH, text_width};
use crate::depth::Unit;
use crate::format::large;
use crate::network::{NetworkSummary, Plan};
use crate::training::Role;

pub(super) fn scene(plan: &Plan) -> Scene {
    let mut scene = Scene::titled(
        &plan.capped.as_ref().map_or_else(
            || plan.baseline.name.clone(),
            |capped| format!("{} and {}", plan.baseline.name, capped.name),
        ),
        "each bar is a block (the first the stem): its length convolutions, its height channels",
    );
    let deepest = plan
        .capped
        .iter()
        .map(|capped| capped.conv_depth)
        .fold(plan.baseline.conv_depth, usize::max) as f64;
    let frame = Frame {
        left: 30.0,
        ..Frame::below_title([0.0, deepest + 0.5], [0.0, 1.0], 0.0)
    };
    let widest = [Some(&plan.baseline), plan.capped.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(|network| network.widths.iter().copied())
        .max()
        .unwrap_or(1)
        .max(1) as f64;
    let rows = [
        (Role::Baseline, Some(&plan.baseline), 212.0),
        (Role::Capped, plan.capped.as_ref(), 374.0),
    ];
    for (role, network, middle) in rows {
        if let Some(network) = network {
            bars(&mut scene, &frame, role, network, [middle, widest]);
        }
    }
    cap_rule(&mut scene, &frame, plan, deepest);
    for (role, network, middle) in rows {
        if let Some(network) = network {
            words(&mut scene, &frame, role, network, middle);
        }
    }
    if plan.capped.is_none() {
        scene.label(
            [WIDTH / 2.0, 350.0],
            "the baseline is not deeper than the cap: the heuristic asks for no change",
            14.0,
            Ink::FAINT_TEXT,
            Align::Centre,
        );
    }
    frame.x_axis(
        &mut scene,
        "convolutions along the main path",
        &Ticks::between(0.0, deepest, 10.0, 1.0),
    );
    scene
}

/// A network's blocks, centred at `middle`, and the channels of each stage below them.
fn bars(
    scene: &mut Scene,
    frame: &Frame,
    role: Role,
    network: &NetworkSummary,
    [middle, widest]: [f64; 2],
) {
    const TALLEST: f64 = 82.0;
    let half = |channels: usize| (channels as f64 / widest * TALLEST).max(3.0) / 2.0;
    let mut bar = |from: f64, to: f64, channels: usize| {
        let [left, _] = frame.at(from, 0.0);
        let [right, _] = frame.at(to, 0.0);
        let gap = ((right - left) * 0.06).min(1.2);
        scene.rectangle(
            [left + gap, middle - half(channels)],
            [right - gap, middle + half(channels)],
            Ink::of(role),
        );
    };
    let per_block = convolutions_per_block(network);
    bar(0.0, 1.0, network.widths.first().copied().unwrap_or(1));
    let mut at = 1.0;
    let mut stages = Vec::new();
    for (&blocks, &width) in network.blocks.iter().zip(&network.widths) {
        let start = at;
        for _ in 0..blocks {
            bar(at, at + per_block, width);
            at += per_block;
        }
        stages.push((frame.at(start, 0.0)[0], frame.at(at, 0.0)[0], width));
    }
    for (left, right, width) in stages {
        let long = format!("{width} channels");
        let text = if text_width(&long, 11.5) < right - left {
            long
        } else {
            width.to_string()
        };
        scene.text(
            [f64::midpoint(left, right), middle + half(width) + 11.0],
            &text,
            11.5,
            Ink::FAINT_TEXT,
            Align::Centre,
        );
    }
}

/// A network's name and numbers, above its blocks.
fn words(scene: &mut Scene, frame: &Frame, role: Role, network: &NetworkSummary, middle: f64) {
    let numbers = format!(
        "{} · {} convolutions · {} parameters · {} MACs",
        network.name,
        network.conv_depth,
        large(network.parameters as f64),
        large(network.macs as f64)
    );
    let y = middle - 58.0;
    scene.label(
        [frame.left + 18.0, y],
        &numbers,
        13.0,
        Ink::TEXT,
        Align::Left,
    );
    scene.marker(role, [frame.left + 6.0, y], 4.2);
}

/// All convolutions but the stem's, spread over the blocks.
fn convolutions_per_block(network: &NetworkSummary) -> f64 {
    let blocks: usize = network.blocks.iter().sum();
    network.conv_depth.saturating_sub(1) as f64 / blocks.max(1) as f64
}

fn cap_rule(scene: &mut Scene, frame: &Frame, plan: &Plan, deepest: f64) {
    let cap = if plan.reading.unit() == Unit::Blocks && !plan.depth_override {
        1.0 + plan.cap as f64 * convolutions_per_block(&plan.baseline)
    } else {
        plan.cap as f64
    };
    let raised = if plan.raised_to_floor {
        format!(", raised to the family's floor of {}", plan.floor)
    } else {
        String::new()
    };
    let beyond = if cap > deepest {
        ", beyond this axis"
    } else {
        ""
    };
    let text = format!("{}{raised}{beyond}", cap_label(plan));
    let [x, _] = frame.at(cap.min(deepest), 0.0);
    if cap <= deepest {
        scene.line(vec![[x, 104.0], [x, HEIGHT - 62.0]], Ink::CAP, 2.6);
    }
    let fits = x + 12.0 + text_width(&text, 13.0) < WIDTH - 10.0;
    let (at, align) = if fits {
        (x + 9.0, Align::Left)
    } else {
        (x - 9.0, Align::Right)
    };
    scene.label([at, 108.0], &text, 13.0, Ink::CAP_TEXT, align);
}

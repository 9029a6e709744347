//! `network.py`: both networks of a run in plain `PyTorch`.

use std::fmt::Write;

use crate::dataset::Shape;
use crate::network::{Architecture, Spec};
use crate::report::escape::{python_literal, visible};
use crate::training::normalisation::Normalisation;

const TAIL: &str = include_str!("tail.py");

/// What `network.py` is made from.
pub(super) struct Source<'a> {
    /// Where the weights come from, as one sentence.
    pub(super) origin: String,
    /// Name of the architecture.
    pub(super) architecture: Architecture,
    /// Shape of an image.
    pub(super) shape: Shape,
    /// Names of the classes.
    pub(super) classes: &'a [String],
    /// Of each channel.
    pub(super) normalisation: &'a [Normalisation],
    /// Each network under its name, with a line on it.
    pub(super) networks: [(&'static str, String, &'a Spec); 2],
}

impl Source<'_> {
    /// The module as text.
    pub(super) fn text(&self) -> String {
        let Shape {
            channels,
            height,
            width,
        } = self.shape;
        let list = |value: &dyn Fn(&Normalisation) -> f64| {
            let values = self
                .normalisation
                .iter()
                .map(|one| format!("{:?}", value(one)));
            values.collect::<Vec<_>>().join(", ")
        };
        let classes: Vec<String> = self
            .classes
            .iter()
            .map(|name| python_literal(name))
            .collect();
        let networks: String = self
            .networks
            .iter()
            .map(|(name, line, spec)| entry(name, line, spec))
            .collect();
        format!(
            r#""""{architecture}, the usual network and its capped counterpart, in plain PyTorch.

    import network
    model = network.load("capped")                # or "baseline"
    logits = model(network.preprocess(images))    # images: uint8, N x {channels} x {height} x {width}
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F

ORIGIN = {origin}

CLASSES = [
{classes}
]

# Channels, height and width of an image.
SHAPE = ({channels}, {height}, {width})

# Of each channel's 8-bit values over the training images.
MEAN = [{mean}]
SD = [{sd}]

NETWORKS = {{
{networks}}}


{family}

{TAIL}"#,
            architecture = self.architecture,
            origin = python_literal(&self.origin),
            classes = wrapped(&classes),
            mean = list(&|one| one.mean),
            sd = list(&|one| one.sd),
            family = self.architecture.as_family().pytorch(),
        )
    }
}

/// A network's entry in the dictionary of networks.
fn entry(name: &str, line: &str, spec: &Spec) -> String {
    let mut settings = vec![
        ("stem_width", spec.stem_width.to_string()),
        ("stem_stride", spec.stem_stride.to_string()),
    ];
    let family = spec.architecture.as_family();
    settings.extend(family.pytorch_arguments(spec));
    let mut text = format!("    # {}\n    \"{name}\": {{\n", visible(line));
    for (key, value) in settings {
        _ = writeln!(text, "        \"{key}\": {value},");
    }
    text.push_str("        \"stages\": [\n");
    for (at, stage) in spec.stages.iter().enumerate() {
        let mut fields = vec![
            ("blocks", stage.blocks),
            ("width", stage.width),
            ("stride", stage.stride),
        ];
        fields.extend(family.pytorch_stage(at));
        let fields: Vec<String> = fields
            .iter()
            .map(|(key, value)| format!("\"{key}\": {value}"))
            .collect();
        _ = writeln!(text, "            {{{}}},", fields.join(", "));
    }
    text.push_str("        ],\n    },\n");
    text
}

/// Literals separated by commas, in lines of at most about 96 characters.
fn wrapped(literals: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for literal in literals {
        match lines.last_mut() {
            Some(line) if line.len() + literal.len() < 94 => {
                line.push(' ');
                line.push_str(literal);
                line.push(',');
            }
            _ => lines.push(format!("    {literal},")),
        }
    }
    lines.join("\n")
}

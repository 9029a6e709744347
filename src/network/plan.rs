//! Baseline and capped network side by side, before any training.

use serde::{Deserialize, Serialize};

use super::{Spec, Width};
use crate::depth::{Rule, Unit};
use crate::format::significant;

/// Where a predicted saving of time comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictionSource {
    /// From the ratio of multiply-accumulates.
    Macs,
    /// From timed steps on the device.
    Measured,
}

/// Training steps of both networks, timed on a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Steps timed of each network.
    pub steps: usize,
    /// Steps of each network before the clock ran.
    pub warm_up_steps: usize,
    /// The device in words.
    pub device: String,
    /// Images per step.
    pub batch_size: usize,
    /// Mean seconds of a step of the baseline.
    pub baseline_seconds_per_step: f64,
    /// Mean seconds of a step of the capped network.
    pub capped_seconds_per_step: f64,
    /// `1 - time(capped) / time(baseline)` over all steps.
    pub time_saved: f64,
    /// Its 95 % interval over pairs of steps; null where it is not known.
    pub interval: Option<[f64; 2]>,
}

/// The numbers by which a network is judged before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// Its name, such as `resnet-50` or `resnet-50 capped at 21`.
    pub name: String,
    /// Convolutions along the main path.
    pub conv_depth: usize,
    /// Blocks of each stage.
    pub blocks: Vec<usize>,
    /// Width of each stage: channels, the growth rate of a `DenseNet`, the grouped channels of a `ResNeXt`.
    pub widths: Vec<usize>,
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one image.
    pub macs: u64,
}

/// What the cap does to an architecture on a dataset; what `plan --json` prints and `plan.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the dataset.
    pub dataset: String,
    /// Name of the architecture.
    pub architecture: String,
    /// The reading that gave the cap.
    pub reading: Rule,
    /// The cap, in the reading's unit.
    pub cap: usize,
    /// Whether the user gave the depth (`--depth`) in place of the reading's cap.
    pub depth_override: bool,
    /// Convolutions of the shallowest network of the family: one block per stage.
    pub floor: usize,
    /// Whether the cap lay below the floor and was raised to it.
    pub raised_to_floor: bool,
    /// How the capped network is widened.
    pub width_policy: Width,
    /// Multiple of the baseline's widths: found by timed steps, or given by the user (`--width-factor`) in place of the
    /// policy; null where the policy counts MACs or parameters.
    #[serde(default)]
    pub width_factor: Option<f64>,
    /// Whether that multiple was found by timed steps.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub width_measured: bool,
    /// How the strides were adapted to the images; null where they are the paper's.
    #[serde(default)]
    pub adaptation: Option<String>,
    /// The usual network.
    pub baseline: NetworkSummary,
    /// The capped network; null where the baseline is not deeper than the cap.
    pub capped: Option<NetworkSummary>,
    /// `1 - time(capped) / time(baseline)` as predicted; null without a capped network.
    pub predicted_time_saved: Option<f64>,
    /// Where the prediction comes from.
    pub prediction_source: PredictionSource,
    /// The timed steps behind the prediction; null where it comes from MACs.
    #[serde(default)]
    pub measured: Option<Measured>,
    /// Seconds of training the pair over all seeds, evaluations included, as estimated before; absent where nothing was
    /// timed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_seconds: Option<f64>,
    /// The baseline as data.
    pub baseline_spec: Spec,
    /// The capped network as data.
    pub capped_spec: Option<Spec>,
}

impl NetworkSummary {
    /// The width of each stage: `16 · 32 · 64`.
    #[must_use]
    pub fn widths_text(&self) -> String {
        let widths: Vec<String> = self.widths.iter().map(ToString::to_string).collect();
        widths.join(" · ")
    }

    /// Summarises `spec` under `name`.
    #[must_use]
    pub fn new(name: String, spec: &Spec) -> Self {
        Self {
            name,
            conv_depth: spec.conv_depth(),
            blocks: spec.stages.iter().map(|stage| stage.blocks).collect(),
            widths: spec.stages.iter().map(|stage| stage.width).collect(),
            parameters: spec.parameters(),
            macs: spec.macs(),
        }
    }
}

impl Plan {
    /// Whether the baseline is the shallowest of its family, so that nothing can be capped.
    #[must_use]
    pub const fn is_shallowest(&self) -> bool {
        self.baseline.conv_depth <= self.floor
    }

    /// The baseline's size beside the cap, in what that counts, of a baseline that is not deeper.
    #[must_use]
    pub fn within_cap(&self) -> String {
        let name = &self.baseline.name;
        let convolutions = count(self.baseline.conv_depth, "convolution");
        let (blocks, cap, unit) = (self.baseline.blocks.iter().sum(), self.cap, self.unit());
        match unit {
            Unit::Blocks => format!(
                "{name} has {} ({convolutions}), within the cap of {cap} {unit}",
                count(blocks, "block")
            ),
            Unit::Convolutions => format!("{name} has {convolutions}, within the cap of {cap}"),
        }
    }

    /// What the cap asks for, as one sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        let unit = self.unit();
        let origin = if self.depth_override {
            format!("--depth {}", self.cap)
        } else {
            format!("{} caps the depth at {} {unit}", self.reading, self.cap)
        };
        match &self.capped {
            None if self.is_shallowest() => format!(
                "{origin}; {} is already the shallowest of its family: the heuristic asks for no change.",
                self.baseline.name,
            ),
            None => format!(
                "{origin}; {}: the heuristic asks for no change.",
                self.within_cap(),
            ),
            Some(capped) if self.raised_to_floor => format!(
                "{origin}, raised to this family's floor of {}: one {}.",
                count(capped.conv_depth, "convolution"),
                self.baseline_spec.architecture.labels().unit,
            ),
            Some(capped) => format!(
                "{origin}: {} of {} convolutions stay.",
                capped.conv_depth, self.baseline.conv_depth
            ),
        }
    }

    /// The plan with its prediction taken from timed steps; unchanged without a capped network.
    #[must_use]
    pub fn with_measured(mut self, measured: Measured) -> Self {
        if self.capped.is_some() {
            self.predicted_time_saved = Some(measured.time_saved);
            self.prediction_source = PredictionSource::Measured;
            self.measured = Some(measured);
        }
        self
    }

    /// `1 - MACs(capped) / MACs(baseline)`, the prediction before anything is measured.
    #[must_use]
    pub fn saved_by_macs(&self) -> Option<f64> {
        let capped = self.capped.as_ref()?;
        Some(1.0 - capped.macs as f64 / self.baseline.macs as f64)
    }

    /// 95 % interval of the predicted time saved; a prediction from MACs has none.
    #[must_use]
    pub fn prediction_interval(&self) -> Option<[f64; 2]> {
        self.measured.as_ref()?.interval
    }

    /// How the capped network's widths were chosen, in a few words.
    #[must_use]
    pub fn width_choice(&self) -> String {
        let policy = self.width_policy;
        match self.width_factor {
            None => format!("width {policy}"),
            Some(factor) if self.width_measured => {
                format!("width {policy}: widths times {}", significant(factor))
            }
            Some(factor) => format!("widths times {factor} by --width-factor"),
        }
    }

    /// What [`Plan::cap`] counts.
    #[must_use]
    pub fn unit(&self) -> Unit {
        if self.depth_override {
            Unit::Convolutions
        } else {
            self.reading.unit()
        }
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

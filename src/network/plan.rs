//! Baseline and capped network side by side, before any training.

use serde::{Deserialize, Serialize};

use super::capped::{cut, floor};
use super::width::{scaled, widened};
use super::{Architecture, Cap, Input, NetworkError, Spec, Width, baseline};
use crate::depth::{Reading, Rule, Unit};

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

/// What the user sets by hand in place of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Convolutions of the capped network, in place of the reading's cap.
    pub depth: Option<usize>,
    /// Multiple of the baseline's widths, in place of the width policy.
    pub width_factor: Option<f64>,
}

impl Overrides {
    /// The cap of `reading`, unless the user gave a depth.
    #[must_use]
    pub fn cap(self, reading: &Reading) -> Cap {
        self.depth.map_or(
            Cap {
                depth: reading.cap,
                unit: reading.unit,
            },
            |depth| Cap {
                depth,
                unit: Unit::Convolutions,
            },
        )
    }
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
    /// Multiple of the baseline's widths that the user gave (`--width-factor`) in place of the policy.
    #[serde(default)]
    pub width_factor: Option<f64>,
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
    /// The baseline as data.
    pub baseline_spec: Spec,
    /// The capped network as data.
    pub capped_spec: Option<Spec>,
}

impl NetworkSummary {
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
                "{origin}; {} has {} and is not deeper: the heuristic asks for no change.",
                self.baseline.name,
                count(self.baseline.conv_depth, "convolution"),
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
        self.width_factor.map_or_else(
            || format!("width {}", self.width_policy),
            |factor| format!("widths times {factor} by --width-factor"),
        )
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

/// Plans a pair: the baseline of `architecture` on `input`, and its capped counterpart by `reading`
/// and `width`, or by what the user set in their place.
///
/// # Errors
/// [`NetworkError`] where the architecture does not fit the images, or the width factor not the architecture.
pub fn plan(
    dataset: &str,
    input: Input,
    architecture: Architecture,
    reading: &Reading,
    overrides: Overrides,
    width: Width,
) -> Result<Plan, NetworkError> {
    let deep = baseline(architecture, input)?;
    plan_of(
        dataset,
        deep,
        &architecture.to_string(),
        reading,
        overrides,
        width,
    )
}

/// As [`plan`], with the network `deep` of this name in the place of an architecture's baseline.
///
/// # Errors
/// [`NetworkError::TooNarrow`] where the width factor does not fit the architecture.
pub fn plan_of(
    dataset: &str,
    deep: Spec,
    name: &str,
    reading: &Reading,
    overrides: Overrides,
    width: Width,
) -> Result<Plan, NetworkError> {
    let architecture = deep.architecture;
    let cap = overrides.cap(reading);
    let floor = floor(&deep);
    let shallow = cut(&deep, cap)
        .map(|shallow| match overrides.width_factor {
            Some(factor) => scaled(&shallow, factor),
            None => Ok(widened(&deep, &shallow, width)),
        })
        .transpose()?;
    let mut plan = Plan {
        dataset: dataset.to_owned(),
        architecture: architecture.to_string(),
        reading: reading.name.clone(),
        cap: cap.depth,
        depth_override: overrides.depth.is_some(),
        floor: floor.conv_depth(),
        raised_to_floor: shallow.is_some() && !cap.holds(&floor),
        width_policy: width,
        width_factor: overrides.width_factor,
        adaptation: deep.adaptation(),
        baseline: NetworkSummary::new(name.to_owned(), &deep),
        capped: shallow.as_ref().map(|spec| {
            NetworkSummary::new(
                format!("{architecture} capped at {}", spec.conv_depth()),
                spec,
            )
        }),
        predicted_time_saved: None,
        prediction_source: PredictionSource::Macs,
        measured: None,
        baseline_spec: deep,
        capped_spec: shallow,
    };
    plan.predicted_time_saved = plan.saved_by_macs();
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Shape;

    fn planned(architecture: &str, cap: usize, depth: Option<usize>) -> Plan {
        let overrides = Overrides {
            depth,
            ..Overrides::default()
        };
        overridden(architecture, cap, overrides).unwrap()
    }

    fn overridden(
        architecture: &str,
        cap: usize,
        overrides: Overrides,
    ) -> Result<Plan, NetworkError> {
        let reading = Reading {
            name: Rule::ChannelSum,
            unit: Unit::Convolutions,
            value: cap as f64 - 0.5,
            cap,
            cap_interval: [cap, cap],
            fragility: String::new(),
        };
        let shape = Shape {
            channels: 3,
            height: 32,
            width: 32,
        };
        let input = Input { shape, classes: 10 };
        plan(
            "cifar10",
            input,
            architecture.parse().unwrap(),
            &reading,
            overrides,
            Width::Balanced,
        )
    }

    #[test]
    fn a_width_factor_overrides_the_policy_and_is_said() {
        let by = |architecture, factor| {
            let overrides = Overrides {
                depth: None,
                width_factor: Some(factor),
            };
            overridden(architecture, 22, overrides)
        };
        let widths =
            |architecture, factor| by(architecture, factor).unwrap().capped.unwrap().widths;
        assert_eq!(widths("resnet-50", 1.5), [24, 48, 96]);
        assert_eq!(widths("densenet-40", 2.0), [24, 24, 24]);
        assert_eq!(widths("resnext-29", 1.25), [640, 1280, 2560]);
        assert_eq!(
            widths("efficientnet-b1", 1.1),
            [16, 24, 48, 88, 120, 208, 352],
            "the rounding of B2"
        );
        let plan = by("resnet-50", 1.5).unwrap();
        assert_eq!(plan.width_choice(), "widths times 1.5 by --width-factor");
        assert_eq!(
            by("resnext-29", 0.001).unwrap_err().to_string(),
            "width factor 0.001 leaves resnext-29 less than one channel a group: use at least 0.015625"
        );
    }

    #[test]
    fn a_plan_says_what_a_floor_and_an_adaptation_are() {
        let plan = planned("densenet-40", 2, None);
        assert!(
            plan.sentence()
                .ends_with("6 convolutions: one layer per dense block.")
        );
        assert_eq!(plan.adaptation, None);
        let plan = planned("efficientnet-b0", 2, None);
        assert_eq!(plan.floor, 22);
        assert!(plan.adaptation.unwrap().contains("last map of 4x4"));
    }

    #[test]
    fn a_plan_shows_both_networks() {
        let plan = planned("resnet-50", 22, None);
        assert_eq!(plan.baseline.conv_depth, 49);
        assert_eq!(plan.capped.as_ref().unwrap().conv_depth, 21);
        assert_eq!(plan.floor, 7);
        assert!(!plan.raised_to_floor);
        let saved = plan.predicted_time_saved.unwrap();
        assert!(
            saved > 0.2 && saved < 0.35,
            "about half of the 57 % that depth saves: {saved}"
        );
        assert_eq!(
            plan.sentence(),
            "channel-sum caps the depth at 22 convolutions: 21 of 49 convolutions stay."
        );
    }

    #[test]
    fn what_was_measured_takes_the_place_of_macs() {
        let measured = Measured {
            steps: 20,
            warm_up_steps: 2,
            device: "cpu".to_owned(),
            batch_size: 32,
            baseline_seconds_per_step: 0.5,
            capped_seconds_per_step: 0.4,
            time_saved: 0.2,
            interval: Some([0.19, 0.21]),
        };
        let by_macs = planned("resnet-50", 22, None);
        assert_eq!(by_macs.prediction_interval(), None);
        assert_eq!(by_macs.predicted_time_saved, by_macs.saved_by_macs());
        let plan = by_macs.clone().with_measured(measured.clone());
        assert_eq!(plan.predicted_time_saved, Some(0.2));
        assert_eq!(plan.prediction_interval(), Some([0.19, 0.21]));
        assert_eq!(plan.saved_by_macs(), by_macs.saved_by_macs());
        let json = serde_json::to_value(&plan).unwrap();
        assert_eq!(json["prediction_source"], "measured");
        assert_eq!(json["measured"]["baseline_seconds_per_step"], 0.5);
        assert_eq!(serde_json::from_value::<Plan>(json).unwrap(), plan);
        let alone = planned("resnet-20", 22, None);
        assert_eq!(alone.clone().with_measured(measured), alone);
    }

    #[test]
    fn a_low_cap_says_that_it_was_raised() {
        let plan = planned("resnet-20", 2, None);
        assert!(plan.raised_to_floor);
        assert_eq!(
            plan.sentence(),
            "channel-sum caps the depth at 2 convolutions, raised to this family's floor of 7 convolutions: one block per stage."
        );
    }

    #[test]
    fn a_shallow_baseline_is_left_alone_unless_a_depth_is_given() {
        let plan = planned("resnet-20", 22, None);
        assert_eq!(plan.capped, None);
        assert_eq!(plan.predicted_time_saved, None);
        assert!(plan.sentence().contains("no change"));
        let plan = planned("resnet-20", 22, Some(11));
        assert!(plan.depth_override);
        assert_eq!(plan.cap, 11);
        assert_eq!(plan.capped.unwrap().conv_depth, 11);
    }
}

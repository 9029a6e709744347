//! From a baseline and a depth to the plan of a pair of networks.

use super::capped::{at_depth, cut, floor};
use super::width::{scaled, widened};
use super::{
    Architecture, Cap, Input, NetworkError, NetworkSummary, Plan, PredictionSource, Spec, Width,
    baseline,
};
use crate::depth::{Reading, Rule};

/// Settings that replace a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Overrides {
    /// Convolutions of the capped network, in place of the reading's cap.
    pub depth: Option<usize>,
    /// Multiple of the baseline's widths, in place of the width policy.
    pub width_factor: Option<f64>,
}

impl Overrides {
    /// The cap of `reading`, unless there is a depth.
    #[must_use]
    pub fn cap(self, reading: &Reading) -> Cap {
        let of_reading = Cap {
            depth: reading.cap,
            unit: reading.unit,
        };
        self.depth.map_or(of_reading, Cap::convolutions)
    }
}

/// Plans a pair: the baseline of `architecture` on `input`, and its capped counterpart by `reading` and `width`, or by
/// `overrides`.
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
    let name = architecture.to_string();
    plan_of(dataset, deep, &name, reading, overrides, width)
}

/// As [`plan`], with the network `deep` of this name in place of an architecture's baseline.
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
    let cap = overrides.cap(reading);
    let shallow = cut(&deep, cap)
        .map(|shallow| match overrides.width_factor {
            Some(factor) => scaled(&shallow, factor),
            None => Ok(widened(&deep, &shallow, width)),
        })
        .transpose()?;
    let raised_to_floor = shallow.is_some() && !cap.holds(&floor(&deep));
    let architecture = deep.architecture;
    let capped = shallow.map(|spec| {
        let name = format!("{architecture} capped at {}", spec.conv_depth());
        (name, spec)
    });
    let baseline = (name.to_owned(), deep);
    Ok(Plan {
        depth_override: overrides.depth.is_some(),
        raised_to_floor,
        width_factor: overrides.width_factor,
        ..Plan::new(
            dataset,
            reading.name.clone(),
            cap.depth,
            width,
            baseline,
            capped,
        )
    })
}

/// The pair of one depth of a sweep on `dataset`: `deepest` cut to `depth` convolutions, once at its own widths, as the
/// baseline, and once with the widths whose MACs come nearest to those of `deepest` without exceeding them, as the capped
/// network.
#[must_use]
pub fn depth_pair(dataset: &str, deepest: &Spec, depth: usize, reading: Rule) -> Plan {
    let width = Width::IsoMacs;
    let same = at_depth(deepest, Cap::convolutions(depth));
    let wide = widened(deepest, &same, width);
    let name = format!("{} cut to {}", deepest.architecture, same.conv_depth());
    let capped = (format!("{name}, {width}"), wide);
    Plan {
        depth_override: true,
        ..Plan::new(dataset, reading, depth, width, (name, same), Some(capped))
    }
}

impl Plan {
    /// The plan of these networks under their names, with the prediction from MACs.
    fn new(
        dataset: &str,
        reading: Rule,
        cap: usize,
        width_policy: Width,
        baseline: (String, Spec),
        capped: Option<(String, Spec)>,
    ) -> Self {
        let summary = |(name, spec): (String, Spec)| (NetworkSummary::new(name, &spec), spec);
        let (baseline, baseline_spec) = summary(baseline);
        let (capped, capped_spec) = capped.map(summary).unzip();
        let mut plan = Self {
            dataset: dataset.to_owned(),
            architecture: baseline_spec.architecture.to_string(),
            reading,
            cap,
            depth_override: false,
            floor: floor(&baseline_spec).conv_depth(),
            raised_to_floor: false,
            width_policy,
            width_factor: None,
            width_measured: false,
            adaptation: baseline_spec.adaptation(),
            baseline,
            capped,
            predicted_time_saved: None,
            prediction_source: PredictionSource::Macs,
            measured: None,
            predicted_seconds: None,
            baseline_spec,
            capped_spec,
        };
        plan.predicted_time_saved = plan.saved_by_macs();
        plan
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::depth::Unit;
    use crate::network::testing::spec;
    use crate::network::{Measured, Plan};

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
        let deep = spec(architecture, 3, 32);
        let width = Width::Balanced;
        plan_of("cifar10", deep, architecture, &reading, overrides, width)
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
    fn a_plan_shows_both_networks() {
        let plan = planned("resnet-50", 22, None);
        assert_eq!(plan.baseline.conv_depth, 49);
        assert_eq!(plan.capped.as_ref().unwrap().conv_depth, 21);
        assert_eq!((plan.floor, plan.raised_to_floor), (7, false));
        assert_eq!(plan.adaptation, None);
        let saved = plan.predicted_time_saved.unwrap();
        assert!(
            saved > 0.2 && saved < 0.35,
            "about half of the 57 % that depth saves: {saved}"
        );
        assert!(plan.sentence().ends_with("21 of 49 convolutions stay."));
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
    fn a_low_cap_is_raised_to_the_floor() {
        for (name, floor, unit) in [
            ("resnet-20", 7, "block per stage"),
            ("densenet-40", 6, "layer per dense block"),
            ("efficientnet-b0", 22, "block per stage"),
        ] {
            let plan = planned(name, 2, None);
            assert!(plan.raised_to_floor);
            assert_eq!(plan.floor, floor);
            let end = format!("{floor} convolutions: one {unit}.");
            assert!(plan.sentence().ends_with(&end), "{}", plan.sentence());
        }
        let plan = planned("efficientnet-b0", 2, None);
        assert!(plan.adaptation.unwrap().contains("last map of 4x4"));
    }

    #[test]
    fn a_shallow_baseline_is_not_cut_unless_a_depth_is_set() {
        let plan = planned("resnet-20", 22, None);
        assert_eq!(plan.capped, None);
        assert_eq!(plan.predicted_time_saved, None);
        assert!(plan.sentence().contains("no change"));
        let plan = planned("resnet-20", 22, Some(11));
        assert!(plan.depth_override);
        assert_eq!(plan.cap, 11);
        assert_eq!(plan.capped.unwrap().conv_depth, 11);
    }

    #[test]
    fn a_pair_is_one_depth_at_two_widths_within_the_deepest_one_s_cost() {
        for (name, depth) in [("resnet-20", 11), ("densenet-40", 12), ("resnext-29", 16)] {
            let deepest = spec(name, 3, 32);
            let plan = depth_pair("glyphs", &deepest, depth, Rule::ChannelSum);
            let broad = plan.capped.as_ref().unwrap();
            assert_eq!((plan.baseline.conv_depth, broad.conv_depth), (depth, depth));
            assert_eq!(plan.baseline.name, format!("{name} cut to {depth}"));
            assert_eq!(broad.name, format!("{name} cut to {depth}, iso-macs"));
            assert!(broad.macs <= deepest.macs() && broad.macs > plan.baseline.macs);
            assert_eq!(plan.capped_spec.as_ref().unwrap().macs(), broad.macs);
        }
    }
}

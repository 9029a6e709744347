//! The two networks, side by side.

use crate::format::{change, count, percent_sentence, significant};
use crate::network::{NetworkSummary, Plan};
use crate::report::escape::markdown;
use crate::report::parts::{figure, row};
use crate::report::plots::Figure;

pub(super) fn paragraphs(plan: &Plan) -> Vec<String> {
    let title = "## The networks".to_owned();
    let Some(capped) = &plan.capped else {
        let drawn = figure(Figure::Networks, "The baseline, block by block");
        return vec![title, drawn];
    };
    let baseline = &plan.baseline;
    let counts = |name: &str, of: fn(&NetworkSummary) -> u64| {
        let (from, to) = (of(baseline), of(capped));
        row([
            name,
            &count(from),
            &count(to),
            &change(from as f64, to as f64),
        ])
    };
    let list = |numbers: &[usize]| {
        numbers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let table = [
        row(["", &baseline.name, &capped.name, "change"]),
        "| --- | ---: | ---: | ---: |".to_owned(),
        counts("convolutions on the main path", |network| {
            network.conv_depth as u64
        }),
        row([
            "blocks of each stage",
            &list(&baseline.blocks),
            &list(&capped.blocks),
            "",
        ]),
        row([
            &format!(
                "{} of each stage",
                plan.baseline_spec.architecture.labels().width
            ),
            &list(&baseline.widths),
            &list(&capped.widths),
            "",
        ]),
        counts("parameters", |network| network.parameters),
        counts("multiply-accumulates per image", |network| network.macs),
    ];
    let mut paragraphs = vec![
        title,
        figure(Figure::Networks, "Both networks, block by block"),
        table.join("\n"),
    ];
    if let Some(saved) = plan.predicted_time_saved {
        let source = match &plan.measured {
            None => "from the ratio of multiply-accumulates".to_owned(),
            Some(measured) => format!(
                "from {} timed steps of {} images on {} ({} s a step of the baseline, {} s of the capped network)",
                measured.steps,
                count(measured.batch_size as u64),
                markdown(&measured.device),
                significant(measured.baseline_seconds_per_step),
                significant(measured.capped_seconds_per_step),
            ),
        };
        paragraphs.push(format!(
            "{}; time saved as predicted before training, {source}: {}.",
            match plan.width_factor {
                Some(factor) if plan.width_measured => format!(
                    "Width policy `{}`, by timed steps: {} times the baseline's widths",
                    plan.width_policy,
                    significant(factor)
                ),
                Some(factor) => format!(
                    "The widths were given by hand, {factor} times the baseline's, in place of a policy"
                ),
                None => format!("Width policy `{}`", plan.width_policy),
            },
            percent_sentence(saved, plan.prediction_interval(), 1)
        ));
    }
    paragraphs.extend(plan.adaptation.as_deref().map(markdown));
    paragraphs
}

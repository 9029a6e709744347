//! `plan`: baseline and capped network side by side, before any training.

use std::process::ExitCode;

use clap::Args;

use super::options::{CappedOptions, DataOptions, Global, ReadingOptions};
use super::output;
use crate::format::{count, fixed, known, signed};
use crate::network::{NetworkSummary, Plan};
use crate::run::{Layer, plan_pair};

/// What the cap does to an architecture: depth, widths, parameters, MACs, predicted time
#[derive(Args, Debug)]
#[command(
    name = "plan",
    after_help = "\
Examples:
  ebcle-tui plan glyphs resnet-50
  ebcle-tui plan mnist resnet-20 --width iso-macs --json
  ebcle-tui plan glyphs densenet-bc-100-k24 --depth 9 --width-factor 1.5
  ebcle-tui plan stl10 efficientnet-b0"
)]
pub struct PlanCommand {
    /// A name that `datasets` lists, or folder:PATH, idx:DIR, npz:FILE, hf:DIR
    dataset: String,
    /// The baseline: resnet-N (N = 6n + 2), densenet-N (3n + 4) or densenet-bc-N (6n + 4), both with -kK, resnext-N (9n + 2) with `-CxWd`, efficientnet-b0, -b1 or -b2
    architecture: String,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    reading: ReadingOptions,
    #[command(flatten)]
    capped: CappedOptions,
}

impl PlanCommand {
    /// Plans the pair and prints it.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not known.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = Layer {
            dataset: Some(self.dataset.clone()),
            architecture: Some(self.architecture.clone()),
            ..Layer::default()
        };
        self.data.fill(&mut layer);
        self.reading.fill(&mut layer);
        self.capped.fill(&mut layer);
        let settings = global.resolve(layer, None)?;
        let plan = plan_pair(&settings, &output::profile(&settings, global)?)?;
        if global.json {
            output::print_json(&plan)?;
        } else {
            show(&plan)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints the plan as its sentence and a table.
fn show(plan: &Plan) -> anyhow::Result<()> {
    output::print(&format!(
        "{} · {}\n\n{}\n",
        plan.dataset,
        plan.architecture,
        plan.sentence()
    ))?;
    let capped = plan.capped.as_ref();
    let row = |name: &str, show: &dyn Fn(&NetworkSummary) -> String, change: Option<String>| {
        vec![
            name.to_owned(),
            show(&plan.baseline),
            known(capped, show),
            known(change, |change| change),
        ]
    };
    let change = |measure: &dyn Fn(&NetworkSummary) -> f64| {
        capped.map(|capped| {
            format!(
                "{} %",
                signed((measure(capped) / measure(&plan.baseline) - 1.0) * 100.0, 0)
            )
        })
    };
    let list = |numbers: &[usize]| {
        numbers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" · ")
    };
    let rows = vec![
        row(
            "convolutions",
            &|network| network.conv_depth.to_string(),
            change(&|network| network.conv_depth as f64),
        ),
        row(
            "blocks per stage",
            &|network| list(&network.blocks),
            Some(String::new()),
        ),
        row(
            &format!("{} per stage", plan.baseline_spec.architecture.width_name()),
            &|network| list(&network.widths),
            Some(String::new()),
        ),
        row(
            "parameters",
            &|network| count(network.parameters),
            change(&|network| network.parameters as f64),
        ),
        row(
            "MACs per image",
            &|network| count(network.macs),
            change(&|network| network.macs as f64),
        ),
    ];
    output::print_table(&output::table(
        &["", "baseline", "capped", "change"],
        &[0],
        rows,
    ))?;
    if let Some(saved) = plan.predicted_time_saved {
        output::print(&format!(
            "\nPredicted time saved: {} % (from MACs; {}).",
            fixed(saved * 100.0, 0),
            plan.width_choice()
        ))?;
    }
    if let Some(sentence) = &plan.adaptation {
        output::print(&format!("\n{sentence}"))?;
    }
    Ok(())
}

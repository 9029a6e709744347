//! The second screen in sentences.

use crate::format;
use crate::network::{NetworkSummary, PredictionSource};
use crate::training::Role;
use crate::tui::app::App;

fn network(role: Role, network: &NetworkSummary) -> String {
    format!(
        "{}: {} convolutions, {} parameters, {} MACs.",
        role.name(),
        network.conv_depth,
        format::large(network.parameters as f64),
        format::large(network.macs as f64)
    )
}

pub fn sentences(app: &App) -> Vec<String> {
    let plan = match &app.plan {
        None => return vec!["No plan yet: the images are being read.".to_owned()],
        Some(Err(sentence)) => return vec![sentence.clone()],
        Some(Ok(plan)) => plan,
    };
    let mut said = vec![
        format!(
            "{} on {}, width {}.",
            plan.architecture, plan.dataset, app.settings.width
        ),
        plan.sentence(),
        network(Role::Baseline, &plan.baseline),
    ];
    said.extend(
        plan.capped
            .as_ref()
            .map(|capped| network(Role::Capped, capped)),
    );
    said.extend(plan.predicted_time_saved.map(|saved| {
        let by = match plan.prediction_source {
            PredictionSource::Macs => "multiply-accumulates",
            PredictionSource::Measured => "timed steps",
        };
        format!(
            "Predicted time saved: {} percent, by {by}.",
            format::percent(saved, 0)
        )
    }));
    said
}

//! The fifth screen in sentences.

use super::in_words;
use crate::study::Found;
use crate::tui::app::App;

pub fn sentences(app: &App) -> Vec<String> {
    let studies = &app.studies;
    let mut said: Vec<String> = studies.failure.iter().cloned().collect();
    if let Some(running) = studies
        .running
        .as_ref()
        .filter(|running| !running.is_over())
    {
        said.push(format!("{} is running.", running.name));
    }
    let Some(study) = studies.marked() else {
        said.push("No studies yet.".to_owned());
        return said;
    };
    let (at, all) = (studies.marked + 1, studies.list.len());
    let (kind, name) = (study.kind.name(), &study.name);
    said.push(format!(
        "Study {at} of {all}: {kind} {name}: {}.",
        in_words(study)
    ));
    match &study.found {
        Found::Recommend(outcome) => said.push(outcome.finding.clone()),
        Found::Sweep(outcome) => said.push(outcome.finding.clone()),
        _ => {}
    }
    said
}

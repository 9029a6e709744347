//! The fifth screen in sentences.

use super::form::Line;
use super::{Page, in_words};
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
        let state = if running.is_paused() {
            "is paused"
        } else {
            "is running"
        };
        said.push(format!("{} {state}.", running.name));
    }
    if studies.page == Page::Form {
        said.extend(form(app));
        return said;
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
    if let Some(standing) = studies.jobs.standing(study) {
        said.push(format!("{}.", standing.in_words()));
        let why = standing.not_asked.as_ref();
        said.extend(why.map(|why| format!("Slurm could not be asked: {why}.")));
    }
    if let Some(act) = studies.jobs.acting(study) {
        said.push(act.doing().to_owned());
    }
    match &study.found {
        Found::Recommend(outcome) => said.push(outcome.finding.clone()),
        Found::Sweep(outcome) => said.push(outcome.finding.clone()),
        _ => {}
    }
    said
}

/// The form of a new study: its lines, the focused one first, and what is wrong with it or what it costs.
fn form(app: &App) -> Vec<String> {
    let form = &app.studies.form;
    let line = |line: Line| {
        let text = match form.text(line) {
            "" => String::new(),
            text => format!(", {text}"),
        };
        format!("{}{text}: {}.", line.label(), line.hint())
    };
    let focused = form.line(&app.settings);
    let mut said = vec![format!("On the line {}", line(focused))];
    let others = form.lines(&app.settings).into_iter();
    said.extend(others.filter(|other| *other != focused).map(line));
    let typed = form.field.as_ref().and_then(|field| field.error.clone());
    said.extend(typed.or_else(|| form.error.clone()));
    if form.pricing.is_some() {
        said.push("Finding the price.".to_owned());
    }
    said.extend(form.said.clone().filter(|_| form.pricing.is_some()));
    if let Some((_, priced)) = &form.priced {
        let rows = priced
            .rows
            .iter()
            .map(|[name, time, disk]| format!("{name}: {time}, {disk}."));
        said.extend(rows);
        said.push(format!("Price: {}.", priced.sentence));
    }
    said
}

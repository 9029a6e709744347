//! The third screen in sentences.

use super::Phase;
use super::form::{lines, text};
use crate::format;
use crate::training::Role;
use crate::tui::app::App;

pub fn sentences(app: &App) -> Vec<String> {
    if app.live.is_some() {
        return progress(app);
    }
    let mut said = Vec::new();
    if let Some(setting) = app.form.setting() {
        let label = setting.form.as_ref().map_or(setting.key, |line| line.label);
        said.push(format!(
            "Setting {label}: {}.",
            text(setting, &app.settings)
        ));
    } else {
        for setting in lines() {
            let label = setting.form.as_ref().map_or(setting.key, |line| line.label);
            said.push(format!("{label}: {}.", text(setting, &app.settings)));
        }
        said.push("Enter starts the training.".to_owned());
    }
    said.extend(app.obstacle());
    if let Some(Ok(price)) = app.price() {
        said.push(format!("Price: {}.", price.text()));
    }
    said
}

/// The state of a training; nothing where there is none.
pub fn progress(app: &App) -> Vec<String> {
    let Some(live) = &app.live else {
        return Vec::new();
    };
    let (seed, seeds) = live.seed_of();
    let mut said = Vec::new();
    match &live.phase {
        Phase::Starting => said.push("The training is starting.".to_owned()),
        Phase::Paused => said.push("The training is paused.".to_owned()),
        Phase::Stopping => said.push("The training is stopping.".to_owned()),
        Phase::Stopped => {
            said.push("The training is stopped; finished epochs are kept.".to_owned());
        }
        Phase::Failed(sentence) => said.push(format!("The training failed: {sentence}")),
        Phase::Finished(summary) => {
            said.push(format!(
                "Finished. Verdict: {}.",
                summary.verdict.in_words()
            ));
            said.push(format!("{}.", summary.verdict.reason));
        }
        Phase::Running if live.spread.is_some() => {
            let left = live.seconds_left().map_or_else(String::new, |seconds| {
                format!(", about {} left", format::about(seconds))
            });
            said.push(format!(
                "{}, {} percent of all done{left}.",
                live.seeds_at_once().unwrap_or_default(),
                format::percent(live.share_done(), 0)
            ));
            let seeds = live.doing_by_seed().into_iter();
            said.extend(seeds.map(|seed| format!("{seed}.")));
        }
        Phase::Running => {
            let network = live.network.map_or("no", Role::name);
            let epoch = live.network.map_or(0.0, |role| live.epochs_done(role));
            let left = live.seconds_left().map_or_else(String::new, |seconds| {
                format!(", about {} left", format::about(seconds))
            });
            said.push(format!(
                "Seed {seed} of {seeds}, {network} network, epoch {} of {}, {} percent of all done{left}.",
                (epoch.floor() as usize + 1).min(live.network.map_or(1, |role| live.epochs_of(role))),
                live.network.map_or(0, |role| live.epochs_of(role)),
                format::percent(live.share_done(), 0)
            ));
        }
    }
    for role in Role::BOTH {
        if let Some(accuracy) = live.accuracy(role) {
            let set = live
                .metrics
                .last()
                .map_or("test", |row| row.validation_set());
            said.push(format!(
                "{}: {} accuracy {} percent.",
                role.name(),
                set,
                format::percent(accuracy, 1)
            ));
        }
    }
    if let Some(saved) = live.time_saved() {
        said.push(format!(
            "Time saved: {}.",
            format::percent_sentence(saved.mean, saved.interval, 1)
        ));
    }
    said.extend(live.warnings.last().cloned());
    said
}

//! The state of the app in sentences.

use crate::dataset::State;
use crate::format;
use crate::network::{NetworkSummary, PredictionSource};
use crate::run::RunStatus;
use crate::study::Found;
use crate::training::Role;
use crate::tui::app::{App, Overlay};
use crate::tui::screens::Screen;
use crate::tui::screens::data::DataScreen;
use crate::tui::screens::depth::DepthScreen;
use crate::tui::screens::runs::{RunsScreen, verdict_word};
use crate::tui::screens::studies::in_words;
use crate::tui::screens::train::form::{lines, text};
use crate::tui::screens::train::{Phase, TrainScreen};

/// Where the app is: a dialog, or else a screen.
pub(super) fn place(app: &App) -> String {
    match &app.overlay {
        Some(Overlay::Start(_)) => "Start.".to_owned(),
        Some(Overlay::Actions(_)) => "Search for an action.".to_owned(),
        Some(Overlay::Terms) => format!("Words on {}.", app.screen.name()),
        Some(Overlay::Confirm(confirm)) => {
            format!(
                "{} {}",
                confirm.question.title(),
                confirm.question.sentence()
            )
        }
        Some(_) => "Dialog.".to_owned(),
        None => {
            let keys = app.keys()[0].title;
            format!("{}: {}. {keys}.", app.screen.title(), app.screen.summary())
        }
    }
}

/// Whether images are being read, on which most of the state depends.
pub(super) fn is_busy(app: &App) -> bool {
    app.data.loading.is_some() || app.data.entries.is_empty()
}

/// Whether a text field takes the next line.
pub(super) fn has_field(app: &mut App) -> bool {
    if let Some(overlay) = &mut app.overlay {
        return overlay.field().is_some();
    }
    let screen = app.screen;
    screen.field(app).is_some()
}

/// What to type into an open field.
pub(super) fn prompt(app: &mut App) -> Option<&'static str> {
    has_field(app).then_some("Type the text and press Enter; an empty line cancels.")
}

/// The state of what is shown.
pub(super) fn state(app: &App) -> Vec<String> {
    if app.overlay.is_some() {
        return Vec::new();
    }
    let name = app.screen.name();
    if name == DataScreen.name() {
        data(app)
    } else if name == DepthScreen.name() {
        depth(app)
    } else if name == TrainScreen.name() {
        train(app)
    } else if name == RunsScreen.name() {
        runs(app)
    } else {
        studies(app)
    }
}

fn data(app: &App) -> Vec<String> {
    let mut said = Vec::new();
    let data = &app.data;
    match data.marked_entry() {
        Some(listed) => {
            let here = match &listed.entry.state {
                State::Embedded => "part of the program".to_owned(),
                State::Found(path) => path.display().to_string(),
                State::Missing(sentence) => sentence.clone(),
            };
            let (at, all) = (data.marked + 1, data.entries.len());
            said.push(format!(
                "Dataset {at} of {all}: {}: {here}.",
                listed.entry.source
            ));
        }
        None => said.push("Add a dataset of your own.".to_owned()),
    }
    if app.chosen_dataset() != app.settings.dataset {
        said.push(format!("Trained on: {}.", app.chosen_dataset()));
    }
    said.extend(data.failure.clone());
    let Some(analysis) = &app.analysis else {
        return said;
    };
    let profile = &analysis.profile;
    said.push(format!(
        "{} training images of {} by {} pixels in {} channels, {} classes.",
        format::count(profile.images as u64),
        profile.height,
        profile.width,
        profile.channels,
        profile.classes
    ));
    said.push(format!(
        "Image information {} bits per pixel over all channels.",
        format::fixed(profile.image_information.mean, 2)
    ));
    for reading in &analysis.readings {
        let chosen = if reading.name == analysis.reading {
            ", chosen"
        } else {
            ""
        };
        let unit = reading.name.value_unit().unwrap_or("");
        let [low, high] = reading.cap_interval;
        said.push(format!(
            "Reading {}{chosen}: {} {unit}, cap {} {}, 95 percent interval {low} to {high}.",
            reading.name,
            format::fixed(reading.value, 2),
            reading.cap,
            reading.unit
        ));
    }
    said
}

fn network(role: Role, network: &NetworkSummary) -> String {
    format!(
        "{}: {} convolutions, {} parameters, {} MACs.",
        role.name(),
        network.conv_depth,
        format::large(network.parameters as f64),
        format::large(network.macs as f64)
    )
}

fn depth(app: &App) -> Vec<String> {
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

fn train(app: &App) -> Vec<String> {
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

/// The state of a training.
pub(super) fn progress(app: &App) -> Vec<String> {
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

fn studies(app: &App) -> Vec<String> {
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

fn runs(app: &App) -> Vec<String> {
    let visible = app.runs.visible();
    let mut said = app.runs.problems.clone();
    let Some(run) = app.runs.marked() else {
        said.push(format!("No runs in {}.", app.settings.out.display()));
        return said;
    };
    said.push(format!(
        "Run {} of {}: {}, {} on {}, {} seeds, {}.",
        app.runs.marked + 1,
        visible.len(),
        run.name,
        run.architecture,
        run.dataset,
        run.seeds,
        verdict_word(run)
    ));
    if let (Some(summary), RunStatus::Finished) = (&run.summary, run.status) {
        if let Some(saved) = summary.time_saved {
            said.push(format!(
                "Time saved: {}.",
                format::percent_sentence(saved.mean, saved.interval, 1)
            ));
        }
        said.push(format!("{}.", summary.verdict.reason));
    }
    said
}

//! The first screen in sentences.

use crate::dataset::State;
use crate::format;
use crate::run::Phase;
use crate::tui::app::App;

pub fn sentences(app: &App) -> Vec<String> {
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
    if let Some(adding) = &data.adding {
        said.extend(adding.error().map(str::to_owned));
    } else {
        said.extend(data.failure.clone());
    }
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

/// What is done, and how much of it.
pub fn stage_words(stage: Phase) -> (String, Option<(f64, String)>) {
    match (stage, stage.counted()) {
        (_, Some(counted)) => (counted, None),
        (Phase::Profiling(done, total), _) => ("measuring entropy".to_owned(), of(done, total)),
        (Phase::Loading(done, total), _) => ("reading images".to_owned(), of(done, total)),
        (Phase::Finding { .. } | Phase::Scanning(_), None) => (String::new(), None),
    }
}

fn of(done: usize, total: usize) -> Option<(f64, String)> {
    (total > 0).then(|| {
        let numbers = format!(
            "{} of {}",
            format::count(done as u64),
            format::count(total as u64)
        );
        ((done as f64 / total as f64).min(1.0), numbers)
    })
}

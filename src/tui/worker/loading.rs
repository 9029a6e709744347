//! Reads datasets.

use std::path::Path;
use std::sync::Arc;

use super::in_words;
use super::throttle::Throttle;
use crate::dataset::{Source, State, catalogue, detect};
use crate::run::{self, Settings, Shown};
use crate::tui::app::Message;
use crate::tui::screens::data::Loaded;

/// The dataset at `path`, with settings by which it is found there.
pub(super) fn added(path: &Path, mut settings: Settings) -> Result<(Source, Settings), String> {
    let source = detect(path).map_err(|error| error.to_string())?;
    settings.dataset = source.to_string();
    if source.is_published() {
        settings.data_dirs.push(path.to_owned());
        let entry = catalogue::entry(source.clone(), &run::prepare::load_options(&settings));
        match entry.state {
            State::Found(place) if place.starts_with(path) => {}
            State::Found(place) => {
                return Err(format!(
                    "{source} is already in {}: to use this copy, type {source} as the path and {} as --data-dir",
                    place.display(),
                    path.display()
                ));
            }
            State::Missing(sentence) => return Err(sentence),
            State::Embedded => {}
        }
    }
    Ok((source, settings))
}

/// Reads and profiles a dataset; says how far it is.
pub(super) fn load(
    job: u64,
    source: Source,
    settings: &Settings,
    send: &(dyn Fn(Message) + Sync),
) -> Result<(), String> {
    let throttle = Throttle::new();
    let overview = run::overview(settings, &|stage| {
        if throttle.pass() {
            send(Message::LoadProgress { job, stage });
        }
    })
    .map_err(in_words)?;
    let Shown {
        test_images,
        spreads,
        samples,
    } = overview.shown;
    let loaded = Arc::new(Loaded {
        source,
        dataset: overview.dataset,
        test_images,
        analysis: overview.analysis,
        spreads,
        samples,
    });
    send(Message::Analysed { job, loaded });
    Ok(())
}

//! Repairs what a killed process, a full disk or a loss of power left in a run's folder, before the run continues.

use std::fs;

use super::events::parse_events;
use super::files::Files;
use super::layout::{EVENTS, METRICS, SUMMARY};
use super::{Error, RunDirectory, file, write_metrics};
use crate::training::checkpoint::unfinished;
use crate::training::{EpochRecord, Event};

/// Ending of what is written beside its place.
pub(super) const PARTIAL: &str = "partial";

/// Whether a run has come to its end: it has its summary and the last checkpoint of every network, or its checkpoints
/// were cleared away altogether.
pub(super) fn is_finished(directory: &RunDirectory) -> Result<bool, Error> {
    let Some(summary) = directory.summary()? else {
        return Ok(false);
    };
    let folder = directory.checkpoints();
    let recipe = directory.manifest()?.settings.recipe;
    let seeds = summary.trained(&recipe);
    Ok(is_cleared(directory) || unfinished(&folder, &seeds, &recipe).is_empty())
}

/// Whether a run has no checkpoints.
pub(super) fn is_cleared(directory: &RunDirectory) -> bool {
    fs::read_dir(directory.checkpoints()).map_or(true, |mut entries| {
        !entries.any(|entry| entry.is_ok_and(|entry| entry.path().is_dir()))
    })
}

/// Removes what dead processes wrote beside its place. Only the holder of the run's lock writes there.
pub(super) fn clear_partial(directory: &RunDirectory) {
    for folder in [directory.path().to_owned(), directory.checkpoints()] {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for path in entries.map(|entry| entry.path()) {
            if path.extension().is_none_or(|end| end != PARTIAL) {
                continue;
            }
            let removed = match path.symlink_metadata() {
                Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path),
                _ => fs::remove_file(&path),
            };
            if let Err(error) = removed {
                tracing::warn!(%error, path = %path.display(), "what was half written stays");
            }
        }
    }
}

/// Replaces `metrics.csv` by the rows of the checkpoints, with a sentence where it was not what was written.
pub(super) fn rewrite_metrics(
    directory: &RunDirectory,
    files: &mut Files,
    rows: &[EpochRecord],
) -> Result<Option<String>, Error> {
    let path = directory.path().join(METRICS);
    let (found, sound) = directory.sound_part(METRICS)?;
    let mut bytes = Vec::new();
    write_metrics(&mut bytes, rows)
        .map_err(|error| Error::malformed(&path, format!("its rows cannot be written: {error}")))?;
    files.replace(METRICS, &bytes)?;
    Ok((sound < found.len()).then(|| {
        format!(
            "{} did not match its checksum: it is rewritten from the checkpoints",
            path.display()
        )
    }))
}

/// Removes the summary of a run that has one without its last checkpoints, with a sentence.
pub(super) fn remove_summary(directory: &RunDirectory) -> Result<Option<String>, Error> {
    let path = directory.path().join(SUMMARY);
    Ok(file::remove_if_present(&path)?.then(|| format!(
        "{} was there but a last checkpoint was not: the missing epochs are trained again, and it is rewritten",
        path.display()
    )))
}

/// The events so far. Where the log is not what was written, those before the damage, and a sentence; it then goes on
/// from there, and the damaged file stays beside it.
pub(super) fn sound_events(
    directory: &RunDirectory,
    files: &mut Files,
) -> Result<(Vec<Event>, Option<String>), Error> {
    let (bytes, sound) = directory.sound_part(EVENTS)?;
    let events = parse_events(&bytes[..sound]);
    match directory.events() {
        Ok(_) => Ok((events, None)),
        Err(Error::Malformed { path, .. }) => {
            let aside = files.cut_events(&bytes, sound)?;
            Ok((
                events,
                Some(format!(
                    "{} did not match its checksums after byte {sound}: it continues from there, the damaged file is kept as {}, and the time not counted is no longer known",
                    path.display(),
                    aside.display()
                )),
            ))
        }
        Err(error) => Err(error),
    }
}

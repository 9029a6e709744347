//! Profiles kept from earlier looks at the same files.
//!
//! An entry is a file named by its key: a SHA-256 over the files' stamps (path, size, dates), every
//! option that changes a profile, and the program that measured. It holds a SHA-256 of the rest,
//! then the length of a JSON text, that text, and the pixels of the sample images. What cannot be
//! read is as good as not there, and what cannot be written is not kept: neither is an error.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::prepare::load_options;
use super::{Settings, file};
use crate::dataset::{Source, Stamp, stamps};
use crate::depth::{Analysis, Rule};
use crate::entropy::{Samples, Spreads};
use crate::format::hexadecimal;

/// Version of what an entry holds and of what its numbers mean.
const LAYOUT: u32 = 1;
/// Most entries that are kept, the newest.
const MOST: usize = 100;
/// Most bytes that they have together.
const MAX_BYTES: u64 = 256 << 20;
/// Ending of the names of entries.
const ENDING: &str = "profile";
/// Age at which a file that was never finished is taken for left behind.
const LEFT_BEHIND: Duration = Duration::from_hours(1);
/// Bytes of a SHA-256.
const DIGEST: usize = 32;
/// Bytes of a length.
const LENGTH: usize = 8;

/// What is shown of a dataset beside its analysis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Number of test images.
    pub test_images: usize,
    /// How other statistics than image information are distributed.
    pub spreads: Spreads,
    /// Images to look at.
    pub samples: Samples,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// The analysis, perhaps with its sample-size curve.
    pub(super) analysis: Analysis,
    /// What a screen shows beside it, where that was looked at.
    pub(super) shown: Option<Shown>,
}

/// The entry that belongs to the present state of a dataset's files, there or not.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    settings: &'a Settings,
    source: &'a Source,
    place: Option<PathBuf>,
}

impl<'a> Entry<'a> {
    /// The entry of the settings' dataset as its files are now.
    pub(super) fn of(settings: &'a Settings, source: &'a Source) -> Self {
        Self {
            settings,
            source,
            place: place(settings, source),
        }
    }

    /// What is kept, with the settings' reading chosen, if the files are still as they were.
    pub(super) fn read(&self) -> Option<Kept> {
        let path = self.place.as_ref()?;
        let mut kept = decode(&fs::read(path).ok()?)?;
        let reading = &self.settings.reading;
        // One of the user's own that has no value here was left out where it was not chosen: what it lacks is said anew.
        if matches!(reading, Rule::Own(_)) && kept.analysis.get(reading).is_none() {
            return None;
        }
        kept.analysis = kept.analysis.with_reading(reading);
        kept.analysis.cached = true;
        if let Ok(file) = File::options().append(true).open(path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(kept)
    }

    /// Whether the files are still as they were.
    pub(super) fn is_current(&self) -> bool {
        self.place == place(self.settings, self.source)
    }

    /// Keeps `kept`, if the files are still as they were, beside what is kept already.
    pub(super) fn write(&self, mut kept: Kept) {
        let Some(path) = self.place.as_ref().filter(|_| self.is_current()) else {
            return;
        };
        if let Some(old) = self.read() {
            kept.shown = kept.shown.or(old.shown);
            let curve = &mut kept.analysis.sample_curve;
            *curve = curve.take().or(old.analysis.sample_curve);
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        let written = fs::create_dir_all(folder)
            .map_err(|error| error.to_string())
            .and_then(|()| encode(&kept).ok_or_else(|| "it is no JSON".to_owned()))
            .and_then(|bytes| file::write_whole(path, &bytes).map_err(|error| error.to_string()));
        match written {
            Ok(()) => tidy(folder),
            Err(problem) => tracing::warn!("a profile is not kept: {problem}"),
        }
    }
}

/// The file of an entry; none where nothing is kept, or the dataset is not there.
fn place(settings: &Settings, source: &Source) -> Option<PathBuf> {
    let folder = settings.cache.as_ref()?;
    let stamps = stamps(source, &load_options(settings)).ok()?;
    Some(folder.join(key(settings, &stamps)?).with_extension(ENDING))
}

/// The key as hexadecimal digits.
fn key(settings: &Settings, files: &[Stamp]) -> Option<String> {
    let program = std::env::current_exe().ok().map(|path| Stamp::of(&path));
    let program = program.and_then(|stamp| stamp.state).unwrap_or_default();
    let options = serde_json::to_vec(&(
        (
            LAYOUT,
            env!("CARGO_PKG_VERSION"),
            program[0].to_string(),
            program[1].to_string(),
        ),
        (
            &settings.dataset,
            settings.resize,
            &settings.label,
            &settings.split_test,
        ),
        (settings.limit, settings.estimator),
        (settings.lossless_images, settings.readings.definitions()),
    ))
    .ok()?;
    let mut hash = Sha256::new();
    let mut feed = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    feed(&options);
    for file in files {
        feed(file.path.as_os_str().as_encoded_bytes());
        for number in file.state.iter().flatten() {
            feed(&number.to_le_bytes());
        }
    }
    Some(hexadecimal(&hash.finalize()))
}

fn encode(kept: &Kept) -> Option<Vec<u8>> {
    let text = serde_json::to_vec(kept).ok()?;
    let mut rest = (text.len() as u64).to_le_bytes().to_vec();
    rest.extend_from_slice(&text);
    for sample in kept.shown.iter().flat_map(|shown| shown.samples.all()) {
        rest.extend_from_slice(&sample.pixels);
    }
    let mut bytes = Sha256::digest(&rest).to_vec();
    bytes.extend_from_slice(&rest);
    Some(bytes)
}

fn decode(bytes: &[u8]) -> Option<Kept> {
    let (digest, rest) = bytes.split_at_checked(DIGEST)?;
    if Sha256::digest(rest).as_slice() != digest {
        return None;
    }
    let (length, rest) = rest.split_at_checked(LENGTH)?;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    let (text, mut pixels) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    let mut kept: Kept = serde_json::from_slice(text).ok()?;
    for sample in kept
        .shown
        .iter_mut()
        .flat_map(|shown| shown.samples.all_mut())
    {
        let (own, others) = pixels.split_at_checked(sample.shape.bytes())?;
        own.clone_into(&mut sample.pixels);
        pixels = others;
    }
    Some(kept)
}

/// Removes entries beyond the newest ones, and what was left behind unfinished.
fn tidy(folder: &Path) {
    let now = SystemTime::now();
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let ending = path.extension().and_then(|ending| ending.to_str());
        if ending == Some(ENDING) {
            entries.push((modified, metadata.len(), path));
        } else if ending == Some("partial")
            && now
                .duration_since(modified)
                .is_ok_and(|age| age > LEFT_BEHIND)
        {
            let _ = fs::remove_file(path);
        }
    }
    entries.sort();
    let mut bytes = 0;
    for (number, (_, size, path)) in entries.iter().rev().enumerate() {
        bytes += size;
        if number >= MOST || (bytes > MAX_BYTES && number > 0) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests;

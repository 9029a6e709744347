//! The cache of profiles.
//!
//! An entry is a JSON file with its own SHA-256 in it, named by its key: a SHA-256 over the stamps of
//! the dataset's files (path, size, dates), every option that changes a profile, and the program that
//! measured. An entry that is missing, old or damaged is measured anew, and one that cannot be written
//! is left out with a warning: neither is an error.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Phase, Settings};
use crate::dataset::{LoadOptions, Loading, Progress, Source, Stamp, stamps};
use crate::depth::{Analysis, Rule};
use crate::disk::{self, Sealed};
use crate::entropy::{Samples, Spreads};
use crate::format::hexadecimal;
use crate::training::device::Precision;

/// Version of what an entry holds and of what its numbers mean.
const LAYOUT: u32 = 3;
/// Most entries in the cache; the oldest are removed.
const MOST: usize = 100;
/// Most bytes that they have together.
const MAX_BYTES: u64 = 256 << 20;
/// Ending of the names of entries.
const ENDING: &str = "profile";
/// Age at which a file that was never finished is taken for left behind.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

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
pub(super) struct CachedProfile {
    /// The analysis, perhaps with its sample-size curve.
    pub(super) analysis: Analysis,
    /// What a screen shows beside it, if it was shown before.
    pub(super) shown: Option<Shown>,
}

/// The entry of a dataset's files in their present state, whether it exists or not.
#[derive(Debug)]
pub(super) struct CacheEntry<'a> {
    settings: &'a Settings,
    source: &'a Source,
    options: LoadOptions,
    path: Option<PathBuf>,
}

impl<'a> CacheEntry<'a> {
    /// The entry of the settings' dataset, which `options` load, as its files are now.
    pub(super) fn of(
        settings: &'a Settings,
        source: &'a Source,
        options: LoadOptions,
        progress: &(dyn Fn(Phase) + Sync),
    ) -> Self {
        let seen = |loading: Loading| progress(loading.into());
        Self {
            settings,
            source,
            path: path(settings, source, &options, &seen),
            options,
        }
    }

    /// The entry, with the settings' reading chosen, if the files are unchanged.
    pub(super) fn read(&self) -> Option<CachedProfile> {
        let mut kept: CachedProfile = read_entry(self.path.as_ref()?)?;
        let reading = &self.settings.reading;
        // A user's reading without a value was left out when it was not chosen: measuring again gives its error.
        if matches!(reading, Rule::Own(_)) && kept.analysis.get(reading).is_none() {
            return None;
        }
        kept.analysis = kept.analysis.with_reading(reading);
        kept.analysis.cached = true;
        Some(kept)
    }

    /// Whether the files are unchanged.
    pub(super) fn is_current(&self) -> bool {
        self.path == path(self.settings, self.source, &self.options, &|_| {})
    }

    /// Writes `kept`, if the files are unchanged, together with what the entry holds already.
    pub(super) fn write(&self, mut kept: CachedProfile) {
        let Some(path) = self.path.as_ref().filter(|_| self.is_current()) else {
            return;
        };
        if let Some(old) = self.read() {
            kept.shown = kept.shown.or(old.shown);
            let curve = &mut kept.analysis.sample_curve;
            *curve = curve.take().or(old.analysis.sample_curve);
        }
        write_entry(path, &kept, MOST);
    }
}

/// What times of networks depend on, beside the networks themselves.
#[derive(Serialize)]
struct TimingKey<'a, T> {
    layout: u32,
    version: &'a str,
    program: [u128; 3],
    device: &'a str,
    description: &'a str,
    precision: Precision,
    augment: bool,
    crop_padding: usize,
    subject: T,
}

/// The name of an entry of times of `subject` on a device of this name and description: SHA-256 in hexadecimal over all
/// that they depend on.
pub(super) fn timing_key(
    settings: &Settings,
    (device, description): (&str, &str),
    layout: u32,
    subject: impl Serialize,
) -> Option<String> {
    let key = TimingKey {
        layout,
        version: env!("CARGO_PKG_VERSION"),
        program: program(),
        device,
        description,
        precision: settings.precision,
        augment: settings.recipe.augment,
        crop_padding: settings.recipe.crop_padding,
        subject,
    };
    Some(hexadecimal(&Sha256::digest(serde_json::to_vec(&key).ok()?)))
}

/// Writes an entry, and removes the oldest of its ending beyond `most`.
pub(super) fn write_entry<T: Serialize>(path: &Path, kept: &T, most: usize) {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = fs::create_dir_all(folder)
        .and_then(|()| Ok(disk::seal(&serde_json::to_vec(kept)?)))
        .and_then(|bytes| disk::write_whole(path, &bytes));
    match written {
        Ok(()) => tidy(folder, path.extension(), most),
        Err(problem) => tracing::warn!("nothing is cached in {}: {problem}", path.display()),
    }
}

/// An entry; none where there is none that is undamaged.
pub(super) fn read_entry<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let bytes = fs::read(path).ok()?;
    if disk::sealed(&bytes) != Sealed::Sound {
        return None;
    }
    let kept = serde_json::from_slice(&bytes).ok()?;
    if let Ok(file) = File::options().append(true).open(path) {
        let _ = file.set_modified(SystemTime::now());
    }
    Some(kept)
}

/// The file of an entry; none where nothing is cached, or the dataset is missing.
fn path(
    settings: &Settings,
    source: &Source,
    options: &LoadOptions,
    progress: Progress<'_>,
) -> Option<PathBuf> {
    let folder = settings.host.cache.as_ref()?;
    let stamps = stamps(source, options, progress).ok()?;
    Some(folder.join(key(settings, &stamps)).with_extension(ENDING))
}

/// The key as hexadecimal digits.
fn key(settings: &Settings, files: &[Stamp]) -> String {
    let program = program();
    let mut hash = Sha256::new();
    let mut feed = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    feed(&LAYOUT.to_le_bytes());
    feed(env!("CARGO_PKG_VERSION").as_bytes());
    for number in program {
        feed(&number.to_le_bytes());
    }
    feed(settings.profile_fingerprint().as_bytes());
    for file in files {
        feed(file.path.as_os_str().as_encoded_bytes());
        for number in file.state.iter().flatten() {
            feed(&number.to_le_bytes());
        }
    }
    hexadecimal(&hash.finalize())
}

/// Size and dates of this program's file: another build measures anew.
pub(super) fn program() -> [u128; 3] {
    let program = std::env::current_exe().ok().map(|path| Stamp::of(&path));
    program.and_then(|stamp| stamp.state).unwrap_or_default()
}

/// Removes entries beyond the newest ones, and what was left behind unfinished.
fn tidy(folder: &Path, ending_of_entries: Option<&OsStr>, most: usize) {
    let now = SystemTime::now();
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let ending = path.extension();
        if ending == ending_of_entries {
            entries.push((modified, metadata.len(), path));
        } else if ending == Some(OsStr::new("partial"))
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
        if number >= most || (bytes > MAX_BYTES && number > 0) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests;

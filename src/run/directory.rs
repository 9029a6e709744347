//! The folder of a run: `DIR/<time>-<dataset>-<arch>/`.

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::agreement::contradiction;
use super::checksums::{Checked, Checksums, Fit};
use super::events::parse_events;
use super::files::Files;
use super::layout::{
    CHECKPOINTS, EVENTS, MANIFEST, METRICS, PLAN, PROBES, PROFILE, SAMPLES, SUMMARY,
};
use super::metrics::parse_metrics;
use super::{Error, Lock, Manifest, Notes, Probes, RunData, Summary, file};
use crate::depth::Analysis;
use crate::disk;
use crate::network::Plan;
use crate::training::{EpochRecord, Event};

/// A run directory that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

impl RunDirectory {
    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of its checkpoints, which may not exist yet.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join(CHECKPOINTS)
    }

    /// Fills the folder `path`, which holds no run: `checksums.jsonl`, `profile.json`, `plan.json`,
    /// `samples.png` and, last of all, `run.toml`, which makes it a run.
    pub(super) fn fill(
        path: &Path,
        manifest: &Manifest,
        analysis: &Analysis,
        plan: &Plan,
        samples: Option<&[u8]>,
    ) -> Result<(Self, Files), Error> {
        let run = Self {
            path: path.to_owned(),
        };
        let mut files = Files::create(path)?;
        files.replace_json(PROFILE, analysis)?;
        files.replace_json(PLAN, plan)?;
        if let Some(samples) = samples {
            files.replace(SAMPLES, samples)?;
        }
        run.replace_manifest(&mut files, manifest)?;
        let above = path.parent().unwrap_or(path);
        disk::sync_folder(above).map_err(Error::io("write", above))?;
        Ok((run, files))
    }

    /// Writes `run.toml`.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] for settings that are no TOML.
    pub(super) fn replace_manifest(
        &self,
        files: &mut Files,
        manifest: &Manifest,
    ) -> Result<(), Error> {
        let text = toml::to_string(manifest).map_err(|error| {
            Error::malformed(
                self.path.join(MANIFEST),
                format!("the settings cannot be written as TOML: {error}"),
            )
        })?;
        files.replace(MANIFEST, text.as_bytes())
    }

    /// Opens the folder `path`.
    ///
    /// # Errors
    /// [`Error::NotARun`] where it holds no `run.toml`.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if path.join(MANIFEST).is_file() {
            return Ok(Self {
                path: path.to_owned(),
            });
        }
        Err(Error::NotARun {
            path: path.to_owned(),
        })
    }

    /// Reads everything but checkpoints and events, and compares each file with its checksum.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`], naming the file; the latter too where the summary does not
    /// say what the metrics say.
    pub fn load(&self) -> Result<RunData, Error> {
        let mut files = self.checked()?;
        let manifest = self.manifest_of(&mut files)?;
        let plan = self.plan_of(&mut files, &manifest)?;
        let (metrics, summary) = self.measured(&mut files, &manifest, &plan, &self.path)?;
        Ok(RunData {
            path: self.path.clone(),
            manifest,
            analysis: self.json_of(&mut files, PROFILE)?,
            plan,
            metrics,
            summary,
            probes: self.optional_json_of(&mut files, PROBES)?,
            samples: files.read(SAMPLES)?,
            notes: Notes::of(&self.path),
        })
    }

    /// The files, each of which is compared with its checksum when it is read.
    pub(super) fn checked(&self) -> Result<Checked, Error> {
        Checked::open(&self.path)
    }

    /// Whether the run's files have checksums; those of an older version have none.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the checksums themselves are damaged.
    pub fn has_checksums(&self) -> Result<bool, Error> {
        Ok(self.checked()?.has_checksums())
    }

    /// Reads the metrics, and the summary that agrees with them; none of an unfinished run. What images say is
    /// read from the checkpoints below `path`, where they are.
    pub(super) fn measured(
        &self,
        files: &mut Checked,
        manifest: &Manifest,
        plan: &Plan,
        path: &Path,
    ) -> Result<(Vec<EpochRecord>, Option<Summary>), Error> {
        let metrics = self.metrics_of(files)?;
        let summary = self.summary_of(files)?;
        if let Some(summary) = &summary {
            self.check_agreement(summary, manifest, plan, &metrics, path)?;
        }
        Ok((metrics, summary))
    }

    pub(super) fn metrics_of(&self, files: &mut Checked) -> Result<Vec<EpochRecord>, Error> {
        match files.read(METRICS)? {
            Some(bytes) => parse_metrics(&self.path.join(METRICS), &bytes),
            None => Ok(Vec::new()),
        }
    }

    /// Checks that a summary says what the metrics say; what images say is read from the checkpoints below `path`.
    pub(super) fn check_agreement(
        &self,
        summary: &Summary,
        manifest: &Manifest,
        plan: &Plan,
        metrics: &[EpochRecord],
        path: &Path,
    ) -> Result<(), Error> {
        match contradiction(summary, manifest, plan, metrics, path) {
            None => Ok(()),
            Some(contradiction) => Err(Error::malformed(
                self.path.join(SUMMARY),
                format!(
                    "it does not agree with metrics.csv ({contradiction}): one of the two was changed after the run; put it back, or remove summary.json and `ebcle-tui resume` rewrites it"
                ),
            )),
        }
    }

    /// Reads `run.toml`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn manifest(&self) -> Result<Manifest, Error> {
        self.manifest_of(&mut self.checked()?)
    }

    pub(super) fn manifest_of(&self, files: &mut Checked) -> Result<Manifest, Error> {
        let path = self.path.join(MANIFEST);
        let text = self.text_of(files, MANIFEST)?;
        toml::from_str(&text).map_err(|error| {
            Error::malformed(
                path,
                format!(
                    "not the manifest of a run: {}",
                    error.message().replace('\n', ", ")
                ),
            )
        })
    }

    /// Reads `profile.json`.
    pub(super) fn analysis(&self) -> Result<Analysis, Error> {
        self.json_of(&mut self.checked()?, PROFILE)
    }

    /// Reads `plan.json`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn plan(&self) -> Result<Plan, Error> {
        let mut files = self.checked()?;
        let manifest = self.manifest_of(&mut files)?;
        self.plan_of(&mut files, &manifest)
    }

    /// Reads `plan.json`; a user's reading is written there by its name, and the run's settings define it.
    pub(super) fn plan_of(&self, files: &mut Checked, manifest: &Manifest) -> Result<Plan, Error> {
        let mut plan: Plan = self.json_of(files, PLAN)?;
        if plan.reading.own().is_some() {
            plan.reading = manifest.settings.readings.defined(plan.reading);
        }
        Ok(plan)
    }

    /// Reads `summary.json`, with the present folder of the run; none of an unfinished run.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn summary(&self) -> Result<Option<Summary>, Error> {
        self.summary_of(&mut self.checked()?)
    }

    pub(super) fn summary_of(&self, files: &mut Checked) -> Result<Option<Summary>, Error> {
        let found: Option<Summary> = self.optional_json_of(files, SUMMARY)?;
        Ok(found.map(|summary| Summary {
            run_dir: self.path.clone(),
            ..summary
        }))
    }

    /// Reads `probe.json`; none of a run that was not probed.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn probes(&self) -> Result<Option<Probes>, Error> {
        self.optional_json_of(&mut self.checked()?, PROBES)
    }

    /// Writes `probe.json`: what was probed now, and what was probed before of other networks. The caller holds
    /// the lock of the run.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the file that is there cannot be read.
    pub fn add_probes(&self, _lock: &Lock, newer: Probes) -> Result<(), Error> {
        let probes = match self.probes()? {
            Some(mut kept) => {
                kept.replace(newer);
                kept
            }
            None => newer,
        };
        if self.has_checksums()? {
            let (mut files, _) = Files::open(&self.path)?;
            return files.replace_json(PROBES, &probes);
        }
        file::write_json(&self.path.join(PROBES), &probes)
    }

    /// Reads `events.jsonl`.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where it is not what was written.
    pub fn events(&self) -> Result<Vec<Event>, Error> {
        let bytes = self.checked()?.read(EVENTS)?;
        Ok(parse_events(&bytes.unwrap_or_default()))
    }

    /// The bytes of a file that grows, and how many of them, from the first on, are what was written.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the checksums themselves are damaged.
    pub(super) fn sound_part(&self, name: &str) -> Result<(Vec<u8>, usize), Error> {
        let bytes = file::read_if_present(&self.path.join(name))?.unwrap_or_default();
        let sound = match Checksums::read(&self.path)?.map(|sums| sums.fit(name, &bytes)) {
            Some(Fit::Not { sound }) => sound,
            _ => bytes.len(),
        };
        Ok((bytes, sound))
    }

    fn text_of(&self, files: &mut Checked, name: &str) -> Result<String, Error> {
        let path = self.path.join(name);
        let bytes = files.read(name)?.ok_or_else(|| file::missing(&path))?;
        text(&path, bytes)
    }

    pub(super) fn json_of<T: DeserializeOwned>(
        &self,
        files: &mut Checked,
        name: &str,
    ) -> Result<T, Error> {
        file::parse_json(&self.path.join(name), &self.text_of(files, name)?)
    }

    pub(super) fn optional_json_of<T: DeserializeOwned>(
        &self,
        files: &mut Checked,
        name: &str,
    ) -> Result<Option<T>, Error> {
        let path = self.path.join(name);
        let Some(bytes) = files.read(name)? else {
            return Ok(None);
        };
        file::parse_json(&path, &text(&path, bytes)?).map(Some)
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes)
        .map_err(|error| Error::malformed(path, format!("it is not text: {}", error.utf8_error())))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::fixture;

    #[test]
    fn a_run_comes_back_as_it_was_written() {
        let out = tempfile::tempdir().unwrap();
        let data = fixture::run(&[1, 2], 3, 3);
        let run = fixture::on_disk(out.path(), &data);
        let mut manifest = data.manifest.clone();
        out.path().clone_into(&mut manifest.settings.out);
        let again = run.load().unwrap();
        assert_eq!(again.path, run.path());
        assert_eq!(again.manifest, manifest);
        assert_eq!(again.analysis, data.analysis);
        assert_eq!(again.plan, data.plan);
        assert_eq!(again.metrics, data.metrics);
        let (read, written) = (again.summary.unwrap(), data.summary.unwrap());
        assert_eq!(read.verdict.outcome, written.verdict.outcome);
        for (read, written) in read.seeds.iter().zip(&written.seeds) {
            assert!((read.time_saved - written.time_saved).abs() < 1e-12);
        }
        assert_eq!(read.seeds.len(), 2);
        assert!(run.checkpoints().starts_with(run.path()));
        let left: Vec<_> = std::fs::read_dir(run.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("partial"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn the_folder_is_named_by_time_dataset_and_architecture() {
        let out = tempfile::tempdir().unwrap();
        let data = fixture::run(&[1], 1, 1);
        let first = fixture::on_disk(out.path(), &data);
        let second = fixture::on_disk(out.path(), &data);
        let third = fixture::on_disk(out.path(), &data);
        let name =
            |run: &RunDirectory| run.path().file_name().unwrap().to_str().unwrap().to_owned();
        let first_name = name(&first);
        let (time, rest) = first_name.split_at(15);
        assert_eq!(rest, "-glyphs-resnet-50");
        assert!(time.chars().enumerate().all(|(at, letter)| if at == 8 {
            letter == '-'
        } else {
            letter.is_ascii_digit()
        }));
        assert_eq!(name(&second), format!("{}-2", name(&first)));
        assert_eq!(name(&third), format!("{}-3", name(&first)));
    }

    #[test]
    fn what_is_missing_or_broken_is_named() {
        for broken in [MANIFEST, PROFILE, PLAN, METRICS, SUMMARY] {
            let out = tempfile::tempdir().unwrap();
            let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
            std::fs::write(run.path().join(broken), "seed,network\n7\n").unwrap();
            let said = run.load().unwrap_err().to_string();
            assert!(said.contains(broken) && !said.contains('\n'), "{said}");
        }
        let out = tempfile::tempdir().unwrap();
        let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
        std::fs::remove_file(run.path().join(PROFILE)).unwrap();
        let said = run.load().unwrap_err().to_string();
        assert!(
            said.contains(PROFILE) && said.ends_with("train again"),
            "{said}"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_bytes_make_a_reader_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            which in 0..5_usize,
        ) {
            let out = tempfile::tempdir().unwrap();
            let run = fixture::on_disk(out.path(), &fixture::run(&[1], 1, 1));
            let name = [MANIFEST, PROFILE, PLAN, METRICS, SUMMARY][which];
            std::fs::write(run.path().join(name), bytes).unwrap();
            if let Err(error) = run.load() {
                prop_assert!(error.to_string().contains(name));
            }
        }
    }
}

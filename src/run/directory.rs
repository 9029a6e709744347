//! The folder of a run: `DIR/<time>-<dataset>-<arch>/`.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::agreement::contradiction;
use super::{
    Error, EventLog, Manifest, MetricsLog, Probes, Summary, file, read_events, read_metrics,
    write_metrics,
};
use crate::depth::Analysis;
use crate::network::Plan;
use crate::training::{EpochRecord, Event};

pub(super) const MANIFEST: &str = "run.toml";
pub(super) const PROFILE: &str = "profile.json";
pub(super) const PLAN: &str = "plan.json";
pub(super) const METRICS: &str = "metrics.csv";
pub(super) const EVENTS: &str = "events.jsonl";
pub(super) const CHECKPOINTS: &str = "checkpoints";
pub(super) const SUMMARY: &str = "summary.json";
const PROBES: &str = "probe.json";
const SAMPLES: &str = "samples.png";

/// A run directory that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDirectory {
    path: PathBuf,
}

/// Everything a run directory holds but checkpoints and the event log; what reports are made from.
#[derive(Clone, Debug, PartialEq)]
pub struct RunData {
    /// The folder.
    pub path: PathBuf,
    /// `run.toml`.
    pub manifest: Manifest,
    /// `profile.json`.
    pub analysis: Analysis,
    /// `plan.json`.
    pub plan: Plan,
    /// `metrics.csv`; empty before the first epoch is finished.
    pub metrics: Vec<EpochRecord>,
    /// `summary.json`; none of an unfinished run.
    pub summary: Option<Summary>,
    /// `probe.json`; none of a run that was not probed.
    pub probes: Option<Probes>,
    /// `samples.png`; none of a run of an older version.
    pub samples: Option<Vec<u8>>,
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

    /// Makes `out/<time>-<dataset>-<arch>/` with `run.toml`, `profile.json` and `plan.json`.
    ///
    /// Where a folder of that name exists, `-2`, `-3` and so on is put behind it.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder cannot be made or written.
    pub fn create(manifest: &Manifest, analysis: &Analysis, plan: &Plan) -> Result<Self, Error> {
        let folder = make_folder(&manifest.settings.out, &manifest.folder_name())?;
        Self::create_in(&folder, manifest, analysis, plan)
    }

    /// As [`create`](Self::create), in the folder `path` and no other, which may exist.
    ///
    /// # Errors
    /// [`Error::Io`] where the folder cannot be made or written.
    pub fn create_in(
        path: &Path,
        manifest: &Manifest,
        analysis: &Analysis,
        plan: &Plan,
    ) -> Result<Self, Error> {
        file::make_folder(path)?;
        let run = Self {
            path: path.to_owned(),
        };
        run.write_json(PROFILE, analysis)?;
        run.write_json(PLAN, plan)?;
        let text = toml::to_string(manifest).map_err(|error| Error::Malformed {
            path: run.path.join(MANIFEST),
            problem: format!("the settings cannot be written as TOML: {error}"),
        })?;
        file::write_whole(&run.path.join(MANIFEST), text.as_bytes())?;
        Ok(run)
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

    /// Reads everything but checkpoints and events.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`], naming the file; the latter too where the summary does not
    /// say what the metrics say.
    pub fn load(&self) -> Result<RunData, Error> {
        let (manifest, plan) = (self.manifest()?, self.plan()?);
        let (metrics, summary) = self.measured(&manifest, &plan)?;
        Ok(RunData {
            path: self.path.clone(),
            manifest,
            analysis: self.read_json(PROFILE)?,
            plan,
            metrics,
            summary,
            probes: self.probes()?,
            samples: self.samples()?,
        })
    }

    /// Reads the metrics, and the summary that agrees with them; none of an unfinished run.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub(super) fn measured(
        &self,
        manifest: &Manifest,
        plan: &Plan,
    ) -> Result<(Vec<EpochRecord>, Option<Summary>), Error> {
        let path = self.path.join(METRICS);
        let metrics = if path.exists() {
            read_metrics(&path)?
        } else {
            Vec::new()
        };
        let summary = self.summary()?;
        if let Some(summary) = &summary
            && let Some(contradiction) = contradiction(summary, manifest, plan, &metrics)
        {
            return Err(Error::Malformed {
                path: self.path.join(SUMMARY),
                problem: format!(
                    "it does not agree with metrics.csv ({contradiction}): one of the two was changed after the run; put it back, or remove summary.json and `ebcle-tui resume` writes it anew"
                ),
            });
        }
        Ok((metrics, summary))
    }

    /// Reads `run.toml`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn manifest(&self) -> Result<Manifest, Error> {
        let path = self.path.join(MANIFEST);
        let text = file::read_text(&path)?;
        toml::from_str(&text).map_err(|error| Error::Malformed {
            path,
            problem: format!(
                "not the manifest of a run: {}",
                error.message().replace('\n', ", ")
            ),
        })
    }

    /// Reads `plan.json`.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn plan(&self) -> Result<Plan, Error> {
        let mut plan: Plan = self.read_json(PLAN)?;
        if plan.reading.own().is_some() {
            // It stands there by its name; the run's settings say what it means.
            plan.reading = self.manifest()?.settings.readings.defined(plan.reading);
        }
        Ok(plan)
    }

    /// Reads `summary.json`, with the folder where the run lies now; none of an unfinished run.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn summary(&self) -> Result<Option<Summary>, Error> {
        if self.path.join(SUMMARY).exists() {
            let mut summary: Summary = self.read_json(SUMMARY)?;
            summary.run_dir.clone_from(&self.path);
            Ok(Some(summary))
        } else {
            Ok(None)
        }
    }

    /// Writes `summary.json`, which makes the run a finished one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write_summary(&self, summary: &Summary) -> Result<(), Error> {
        self.write_json(SUMMARY, summary)
    }

    /// Reads `probe.json`; none of a run that was not probed.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn probes(&self) -> Result<Option<Probes>, Error> {
        if self.path.join(PROBES).exists() {
            self.read_json(PROBES).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Writes `probe.json`: what was probed now, and what was probed before of other networks.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where the file that is there cannot be read.
    pub fn add_probes(&self, newer: Probes) -> Result<(), Error> {
        let probes = match self.probes()? {
            Some(mut kept) => {
                kept.take_up(newer);
                kept
            }
            None => newer,
        };
        self.write_json(PROBES, &probes)
    }

    fn samples(&self) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path.join(SAMPLES);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Io {
                action: "read",
                path,
                source,
            }),
        }
    }

    /// Writes `samples.png`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub(super) fn write_samples(&self, picture: &[u8]) -> Result<(), Error> {
        file::write_whole(&self.path.join(SAMPLES), picture)
    }

    /// Replaces `metrics.csv` by these rows.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn rewrite_metrics(&self, rows: &[EpochRecord]) -> Result<(), Error> {
        let path = self.path.join(METRICS);
        let mut bytes = Vec::new();
        write_metrics(&mut bytes, rows).map_err(|error| Error::Malformed {
            path: path.clone(),
            problem: format!("its rows cannot be written: {error}"),
        })?;
        file::write_whole(&path, &bytes)
    }

    /// Reads `events.jsonl`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn events(&self) -> Result<Vec<Event>, Error> {
        read_events(&self.path.join(EVENTS))
    }

    /// Opens `metrics.csv` for appending.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn metrics_log(&self) -> Result<MetricsLog, Error> {
        MetricsLog::open(&self.path.join(METRICS))
    }

    /// Opens `events.jsonl` for appending.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn event_log(&self) -> Result<EventLog, Error> {
        EventLog::open(&self.path.join(EVENTS))
    }

    fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        file::read_json(&self.path.join(name))
    }

    fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<(), Error> {
        file::write_json(&self.path.join(name), value)
    }
}

/// Makes `out/name`, or `out/name-2`, `out/name-3` … where that exists.
fn make_folder(out: &Path, name: &str) -> Result<PathBuf, Error> {
    let failed = |path: &Path, source| Error::Io {
        action: "create",
        path: path.to_owned(),
        source,
    };
    file::make_folder(out)?;
    let mut path = out.join(name);
    let mut number = 1;
    loop {
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number += 1;
                path = out.join(format!("{name}-{number}"));
            }
            Err(error) => return Err(failed(&path, error)),
        }
    }
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
            said.contains(PROFILE) && said.ends_with("train anew"),
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

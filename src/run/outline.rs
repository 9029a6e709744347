//! What a study of many runs asks of each: less than all that its directory holds, read in one pass.

use serde::Deserialize;

use super::directory::RunDirectory;
use super::layout::PROBES;
use super::{Error, Manifest, Probes, Summary};
use crate::evidence::ImageComparison;
use crate::evidence::probe::Claim;
use crate::network::Plan;
use crate::training::Role;

/// A run as a study sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// `run.toml`.
    pub manifest: Manifest,
    /// What was found; none of an unfinished run.
    pub found: Option<Outlined>,
}

/// What a study shows of a run that is trained to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlined {
    /// `plan.json`.
    pub plan: Plan,
    /// `summary.json`, which agrees with the metrics.
    pub summary: Summary,
    /// What its probes claim; none of a run that was not probed.
    pub claims: Option<ProbeClaims>,
}

/// What the probes of a run claim, over all its networks: `probe.json` without blocks, classifiers and controls, which are
/// most of it and are not kept when it is read.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProbeClaims {
    /// The networks.
    pub probes: Vec<NetworkClaims>,
}

/// What the probe of one network claims.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct NetworkClaims {
    /// Which of the pair.
    pub role: Role,
    /// The seed it was trained with; null where it is not known.
    pub seed: Option<u64>,
    /// Blocks past the cap against those before it, one claim for each measure.
    pub claims: Vec<Claim>,
    /// The whole network and the one without all blocks past the cap; null where no such block has a shortcut.
    pub without_past_cap: Option<ImageComparison>,
}

impl From<&Probes> for ProbeClaims {
    fn from(probes: &Probes) -> Self {
        let probes = probes.probes.iter().map(|probe| NetworkClaims {
            role: probe.role,
            seed: probe.seed,
            claims: probe.found.claims.clone(),
            without_past_cap: probe.found.without_past_cap,
        });
        Self {
            probes: probes.collect(),
        }
    }
}

impl RunDirectory {
    /// Reads what a study shows of the run, and compares each file that it reads with its checksum, and the summary with
    /// the metrics.
    ///
    /// # Errors
    /// As [`RunDirectory::load`].
    pub fn outline(&self) -> Result<Outline, Error> {
        let mut files = self.checked()?;
        let manifest = self.manifest_of(&mut files)?;
        let Some(summary) = self.summary_of(&mut files)? else {
            return Ok(Outline {
                manifest,
                found: None,
            });
        };
        let plan = self.plan_of(&mut files, &manifest)?;
        let metrics = self.metrics_of(&mut files)?;
        self.check_agreement(&summary, &manifest, &plan, &metrics, self.path())?;
        let claims = self.optional_json_of(&mut files, PROBES)?;
        Ok(Outline {
            manifest,
            found: Some(Outlined {
                plan,
                summary,
                claims,
            }),
        })
    }

    /// Reads what `probe.json` claims; none of a run that was not probed.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Malformed`].
    pub fn claims(&self) -> Result<Option<ProbeClaims>, Error> {
        self.optional_json_of(&mut self.checked()?, PROBES)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use crate::run::fixture;

    /// An outline says what the whole run says, and finds the same damage.
    #[test]
    fn an_outline_is_a_part_of_the_run() {
        let out = tempfile::tempdir().unwrap();
        let unfinished = fixture::on_disk(&out.path().join("a"), &fixture::run(&[1, 2], 3, 1));
        assert_eq!(unfinished.outline().unwrap().found, None);
        let run = fixture::on_disk(&out.path().join("b"), &fixture::run(&[1, 2], 3, 3));
        let (outline, whole) = (run.outline().unwrap(), run.load().unwrap());
        assert_eq!(outline.manifest, whole.manifest);
        let found = outline.found.unwrap();
        assert_eq!(Some(found.summary), whole.summary);
        assert_eq!((found.plan, found.claims), (whole.plan, None));
        let summary = run.path().join("summary.json");
        let text = fs::read_to_string(&summary).unwrap();
        let accuracy = whole.metrics.last().unwrap().test_accuracy.to_string();
        assert!(text.contains(&accuracy), "{accuracy} is not in {text}");
        fs::write(&summary, text.replace(&accuracy, "0.123")).unwrap();
        let said = run.outline().unwrap_err().to_string();
        assert_eq!(said, run.load().unwrap_err().to_string());
    }
}

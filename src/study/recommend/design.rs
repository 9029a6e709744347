//! What a recommendation trains; what `recommend.toml` holds.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::super::Cell;
use super::super::cell::comparable;
use super::{Budget, CELLS, DESIGN, NamedDepth, Schedule};
use crate::run::{Error, Settings, file, images_name};

/// What a recommendation trains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Version of the program that made it.
    pub version: String,
    /// Seconds that it may take.
    pub budget: Budget,
    /// Seconds that it takes, as priced before it starts: learning-rate checks, training, evaluation.
    pub estimated_seconds: f64,
    /// Of these, each further seed of the final.
    pub seconds_per_seed: f64,
    /// Convolutions of the deepest network, which is in every run.
    pub deepest: usize,
    /// Convolutions of the other candidates, rising.
    pub depths: Vec<usize>,
    /// Rounds and final.
    pub schedule: Schedule,
    /// The depths that the cap and its rivals name.
    pub rules: Vec<NamedDepth>,
    /// All settings as resolved, with the epochs that a full training has at most.
    pub settings: Settings,
}

/// A round, or the final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stage {
    /// Such as `round-1` or `final`.
    pub name: String,
    pub epochs: usize,
    pub seeds: Vec<u64>,
}

/// Name of a recommendation's folder, such as `recommend-glyphs-resnet-20`.
#[must_use]
pub fn folder_name(settings: &Settings) -> String {
    format!(
        "recommend-{}-{}",
        images_name(settings),
        settings.architecture
    )
}

impl Design {
    /// The design in `folder`; none where there is none.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        file::read_toml_if_present(&folder.join(DESIGN), "recommendation")
    }

    /// The design in `folder`, with these settings in place of those written, which lack what belongs to this process; none where
    /// there is none. It has to be that of these settings, budget and rules.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it holds another recommendation, or none that can be read.
    pub(super) fn kept(
        folder: &Path,
        settings: &Settings,
        budget: Budget,
        rules: &[NamedDepth],
    ) -> Result<Option<Self>, Error> {
        let path = folder.join(DESIGN);
        let malformed = |problem: String| Error::malformed(&path, problem);
        let Some(found) = Self::read(folder)? else {
            return Ok(None);
        };
        let [ours, theirs] = [settings, &found.settings].map(comparable);
        let other = if ours != theirs {
            Some(format!("settings ({})", ours.differing(&theirs).join(", ")))
        } else if budget != found.budget {
            Some(format!("budget ({})", found.budget))
        } else {
            (rules != found.rules).then(|| "caps".to_owned())
        };
        match other {
            None => Ok(Some(Self {
                settings: settings.clone(),
                ..found
            })),
            Some(what) => Err(malformed(format!(
                "it holds another recommendation, with other {what}: put them back, remove the folder, or use another --out"
            ))),
        }
    }

    /// Writes it into `folder`.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Malformed`] where it cannot be written.
    pub(in crate::study) fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(DESIGN);
        let text = toml::to_string(self)
            .map_err(|error| Error::malformed(&path, format!("it cannot be written: {error}")))?;
        file::make_folder(folder)?;
        file::write_whole(&path, text.as_bytes())
    }

    /// The rounds and the final, in their order.
    pub(super) fn stages(&self) -> Vec<Stage> {
        let rounds = self.schedule.rounds.iter().zip(1..);
        let mut stages: Vec<Stage> = rounds
            .map(|(round, number)| Stage {
                name: format!("round-{number}"),
                epochs: round.epochs,
                seeds: round.seeds.clone(),
            })
            .collect();
        stages.push(Stage {
            name: "final".to_owned(),
            epochs: self.schedule.epochs,
            seeds: self.schedule.seeds.clone(),
        });
        stages
    }

    /// The run of `depth` beside the deepest network in a stage, in the recommendation's `folder`.
    pub(super) fn cell(&self, folder: &Path, stage: &Stage, depth: usize) -> Cell {
        let cells = folder.join(CELLS);
        let mut settings = Settings {
            depth: Some(depth),
            out: cells.clone(),
            ..self.settings.clone()
        };
        let recipe = &mut settings.recipe;
        let share = stage.epochs as f64 / recipe.epochs as f64;
        recipe.warmup_epochs = (recipe.warmup_epochs * share * 100.0).round() / 100.0;
        recipe.epochs = stage.epochs;
        recipe.seeds.clone_from(&stage.seeds);
        Cell {
            path: cells.join(format!("{}-{depth}", stage.name)),
            settings,
        }
    }

    /// The depth by the rule of this name, in convolutions of the deepest network.
    #[must_use]
    pub fn depth_by(&self, name: &str) -> Option<usize> {
        let mut rules = self.rules.iter();
        let rule = rules.find(|rule| rule.name == name)?;
        Some(rule.at.conv_depth)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_folder_holds_one_recommendation() {
        let folder = tempfile::tempdir().unwrap();
        let design = fixture::design(5);
        let kept = |settings: &Settings, budget: Budget, rules: &[NamedDepth]| {
            Design::kept(folder.path(), settings, budget, rules)
        };
        let Design {
            settings,
            budget,
            rules,
            ..
        } = &design;
        assert_eq!(kept(settings, *budget, rules).unwrap(), None);
        design.write(folder.path()).unwrap();
        assert_eq!(kept(settings, *budget, rules).unwrap().unwrap(), design);
        let mut other = settings.clone();
        other.out = "elsewhere".into();
        assert!(kept(&other, *budget, rules).is_ok());
        other.recipe.momentum = 0.5;
        let said = |found: Result<_, Error>| found.err().unwrap().to_string();
        let part = |text: String, part: &str| assert!(text.contains(part), "{text}");
        part(
            said(kept(&other, *budget, rules)),
            "other settings (momentum)",
        );
        let more = "20m".parse().unwrap();
        part(said(kept(settings, more, rules)), "other budget (10m)");
        part(said(kept(settings, *budget, &rules[1..])), "other caps");
    }

    #[test]
    fn a_stage_scales_the_warm_up_and_has_its_own_seeds() {
        let mut design = fixture::design(5);
        design.settings.recipe.epochs = 40;
        design.settings.recipe.warmup_epochs = 4.0;
        let stages = design.stages();
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["round-1", "final"]);
        let cell = design.cell(Path::new("r"), &stages[0], 9);
        assert_eq!(cell.path, Path::new("r/cells/round-1-9"));
        assert_eq!(cell.settings.depth, Some(9));
        assert_eq!(
            (cell.settings.recipe.epochs, &cell.settings.recipe.seeds[..]),
            (8, &[6][..])
        );
        assert!((cell.settings.recipe.warmup_epochs - 0.8).abs() < 1e-12);
    }
}

//! What a sweep trains: depths, datasets and where their caps fall.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::Cell;
use super::POINTS;
use super::depths::{checked, usual};
use super::question::Question;
use crate::depth::{Analysis, Reading, Unit};
use crate::network::{
    Cap, Overrides, Plan, Spec, Width, at_depth, depth_pair, legal_depths, plan_of,
};
use crate::run::{Error, Settings, images_name, plain_name};

/// A cap, and what it leaves of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapAt {
    /// The cap.
    pub cap: usize,
    /// What it counts.
    pub unit: Unit,
    /// Convolutions of the deepest network cut to it.
    pub conv_depth: usize,
}

impl CapAt {
    /// Where `cap` falls among the depths of `deepest`.
    #[must_use]
    pub fn of(deepest: &Spec, cap: Cap) -> Self {
        Self {
            cap: cap.depth,
            unit: cap.unit,
            conv_depth: at_depth(deepest, cap).conv_depth(),
        }
    }
}

/// The cap of other data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongCapAt {
    /// The dataset it is read from; null of a number that was given.
    pub dataset: Option<String>,
    /// The cap.
    pub at: CapAt,
}

/// One dataset of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// The dataset as a user names it.
    pub dataset: String,
    /// Mean image information in bits.
    pub entropy: f64,
    /// Its cap.
    pub cap: CapAt,
    /// The cap of other data.
    pub wrong_cap: WrongCapAt,
}

/// What a sweep trains; what `sweep.toml` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Design {
    /// Version of the program that made it.
    pub version: String,
    /// Convolutions of every point, rising.
    pub depths: Vec<usize>,
    /// All settings as resolved, of the first variant.
    pub settings: Settings,
    /// The datasets.
    pub variants: Vec<Variant>,
}

/// Name of a sweep's folder, such as `sweep-glyphs-resnet-20`.
#[must_use]
pub fn folder_name(settings: &Settings) -> String {
    format!("sweep-{}-{}", images_name(settings), settings.architecture)
}

impl Design {
    /// Designs a sweep of `baseline` over its depths: `variants` are the datasets with their analyses and
    /// `wrong`, for each, the reading that gives its wrong cap, with the dataset it is of.
    ///
    /// # Errors
    /// [`Error::Setting`] for depths that cannot be swept.
    pub fn new(
        settings: &Settings,
        question: &Question,
        baseline: &Spec,
        variants: &[(String, Analysis)],
        wrong: &[(Option<String>, Cap)],
    ) -> Result<Self, Error> {
        settings.check_no_looks("a sweep")?;
        let legal = legal_depths(baseline);
        if legal.len() < 2 {
            return Err(Error::Setting(format!(
                "{} is the shallowest network of its family, with {} convolutions, so there is no depth to sweep: name a deeper one",
                settings.architecture, legal[0]
            )));
        }
        let given = Overrides {
            depth: settings.depth,
            ..Overrides::default()
        };
        let caps: Vec<Cap> = variants
            .iter()
            .map(|(_, analysis)| given.cap(analysis.of(&settings.reading)))
            .collect();
        let depths = if let Some(asked) = &question.depths {
            checked(asked, &legal, settings.architecture)?
        } else {
            let falls = caps.iter().chain(wrong.iter().map(|(_, cap)| cap));
            let held = falls.map(|&cap| at_depth(baseline, cap).conv_depth());
            usual(&legal, held.collect())
        };
        let deepest = cut_to(baseline, depths[depths.len() - 1]);
        let variants = variants
            .iter()
            .zip(&caps)
            .zip(wrong)
            .map(|(((dataset, analysis), &cap), (from, wrong))| Variant {
                dataset: dataset.clone(),
                entropy: analysis.profile.image_information.mean,
                cap: CapAt::of(&deepest, cap),
                wrong_cap: WrongCapAt {
                    dataset: from.clone(),
                    at: CapAt::of(&deepest, *wrong),
                },
            })
            .collect();
        Ok(Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            depths,
            settings: settings.clone(),
            variants,
        })
    }

    /// Convolutions of the deepest point.
    #[must_use]
    pub fn deepest(&self) -> usize {
        self.depths.last().copied().unwrap_or_default()
    }

    /// The run of `variant` at `depth`, in the sweep's `folder`.
    #[must_use]
    pub fn cell(&self, folder: &Path, variant: usize, depth: usize) -> Cell {
        let dataset = &self.variants[variant].dataset;
        let points = folder.join(POINTS);
        let mut settings = Settings {
            dataset: dataset.clone(),
            out: points.clone(),
            ..self.settings.clone()
        };
        if depth < self.deepest() {
            settings.depth = Some(depth);
            settings.width = Width::IsoMacs;
            settings.width_factor = None;
        } else if let Some(below) = self.unbound(variant) {
            settings.depth = Some(below);
        }
        Cell {
            path: point_path(&points, dataset, depth),
            settings,
        }
    }

    /// The depth that takes the place of a cap which leaves the deepest network as it is: the next shallower one.
    fn unbound(&self, variant: usize) -> Option<usize> {
        let binds = self.variants[variant].cap.conv_depth < self.deepest();
        (!binds).then(|| self.depths[self.depths.len() - 2])
    }

    /// The pair of networks of `variant` at `depth`: see the [module](super). `baseline` is the
    /// architecture's own network.
    ///
    /// # Errors
    /// [`Error::Network`] where the width factor does not fit.
    pub fn plan(
        &self,
        baseline: &Spec,
        variant: usize,
        depth: usize,
        reading: &Reading,
    ) -> Result<Plan, Error> {
        let deepest = cut_to(baseline, self.deepest());
        let dataset = &self.variants[variant].dataset;
        if depth < self.deepest() {
            return Ok(depth_pair(dataset, &deepest, depth, reading.name.clone()));
        }
        let name = if depth == baseline.conv_depth() {
            self.settings.architecture.to_string()
        } else {
            format!("{} cut to {depth}", self.settings.architecture)
        };
        let overrides = Overrides {
            depth: self.unbound(variant).or(self.settings.depth),
            width_factor: self.settings.width_factor,
        };
        let width = self.settings.width;
        Ok(plan_of(dataset, deepest, &name, reading, overrides, width)?)
    }
}

fn point_path(points: &Path, dataset: &str, depth: usize) -> PathBuf {
    points.join(format!("{}-{depth}", plain_name(dataset)))
}

fn cut_to(baseline: &Spec, depth: usize) -> Spec {
    let cap = Cap {
        depth,
        unit: Unit::Convolutions,
    };
    at_depth(baseline, cap)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::network::{Input, baseline};
    use crate::run::fixture;

    fn deep(name: &str) -> Spec {
        let analysis = fixture::analysis();
        baseline(name.parse().unwrap(), Input::from(&analysis.profile)).unwrap()
    }

    fn settings(architecture: &str) -> Settings {
        let mut settings = fixture::manifest(&[1, 2], 1).settings;
        settings.architecture = architecture.parse().unwrap();
        settings
    }

    pub(in crate::study::sweep) fn design(
        architecture: &str,
        depths: Option<Vec<usize>>,
        cap: usize,
    ) -> Result<Design, Error> {
        let question = Question {
            depths,
            ..Question::default()
        };
        let settings = Settings {
            depth: Some(cap),
            ..settings(architecture)
        };
        let wrong = Cap {
            depth: 9,
            unit: Unit::Convolutions,
        };
        let variants = [("glyphs".to_owned(), fixture::analysis())];
        let wrong = [(Some("mnist".to_owned()), wrong)];
        Design::new(&settings, &question, &deep(architecture), &variants, &wrong)
    }

    #[test]
    fn the_usual_depths_hold_both_caps_and_both_ends() {
        let found = design("resnet-50", None, 22).unwrap();
        assert_eq!(found.depths, [7, 9, 21, 35, 49]);
        assert_eq!(found.variants[0].cap.conv_depth, 21);
        assert_eq!(found.variants[0].wrong_cap.at.conv_depth, 9);
        assert_eq!(
            design("resnet-14", None, 12).unwrap().depths,
            [7, 9, 11, 13]
        );
    }

    #[test]
    fn depths_that_cannot_be_swept_say_why() {
        for (architecture, depths, expected) in [
            (
                "resnet-20",
                Some(vec![7, 8]),
                "cannot be cut to 8 convolutions: its depths are 7, 9, 11, 13, 15, 17, 19",
            ),
            (
                "resnet-20",
                Some(vec![7, 21]),
                "depth 21 is above the 19 convolutions of resnet-20",
            ),
            ("resnet-20", Some(vec![7]), "at least two depths"),
            ("resnet-20", Some(vec![7, 9, 7]), "depth 7 is given twice"),
            ("resnet-8", None, "shallowest network of its family"),
        ] {
            let said = design(architecture, depths, 12).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn every_point_is_a_pair_and_the_deepest_holds_the_cap() {
        let found = design("resnet-20", Some(vec![19, 7, 13]), 12).unwrap();
        assert_eq!(found.depths, [7, 13, 19]);
        let analysis = fixture::analysis();
        let spec = deep("resnet-20");
        let plan =
            |design: &Design, depth| design.plan(&spec, 0, depth, analysis.chosen()).unwrap();
        let names = |plan: Plan| (plan.baseline.name, plan.capped.unwrap().name);
        let name = |text: &str| text.to_owned();
        assert_eq!(
            names(plan(&found, 7)),
            (
                name("resnet-20 cut to 7"),
                name("resnet-20 cut to 7, iso-macs")
            )
        );
        assert_eq!(
            names(plan(&found, 19)),
            (name("resnet-20"), name("resnet-20 capped at 11"))
        );
        let cell = found.cell(Path::new("s"), 0, 13);
        assert_eq!(cell.path, Path::new("s/points/glyphs-13"));
        assert_eq!(cell.settings.width, Width::IsoMacs);
        let short = design("resnet-20", Some(vec![7, 13]), 12).unwrap();
        assert_eq!(
            names(plan(&short, 13)),
            (name("resnet-20 cut to 13"), name("resnet-20 capped at 11"))
        );
        let unbound = design("resnet-20", Some(vec![7, 13]), 30).unwrap();
        assert_eq!(names(plan(&unbound, 13)).1, "resnet-20 capped at 7");
        assert_eq!(unbound.cell(Path::new("s"), 0, 13).settings.depth, Some(7));
    }
}

//! What a user asks to conduct: the settings of a study, its question, and its folder.

use std::path::{Path, PathBuf};

use super::grid::{self, GridFile};
use super::recommend::{self, Budget};
use super::sweep::{self, Question, WrongCap};
use super::{Kind, Study};
use crate::run::settings::find;
use crate::run::{Error, Layer, Settings};
use crate::training::device;

/// A study to price or to conduct.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// A recommendation.
    Recommend {
        /// Of all runs.
        settings: Box<Settings>,
        /// The time that it may take.
        budget: Budget,
        /// Its folder.
        folder: PathBuf,
    },
    /// A sweep over depth.
    Sweep {
        /// Of all runs.
        settings: Box<Settings>,
        /// Its depths and controls.
        question: Question,
        /// Its folder.
        folder: PathBuf,
    },
    /// A grid.
    Grid {
        /// The file that describes it.
        file: PathBuf,
        /// Settings of this process: runs folder, data folder, cache.
        settings: Box<Settings>,
        /// The name of its folder, where that is not the file's.
        name: Option<String>,
    },
}

impl Asked {
    /// A recommendation within `budget`, in its usual folder.
    #[must_use]
    pub fn recommend(settings: Settings, budget: Budget) -> Self {
        Self::Recommend {
            folder: settings.out.join(recommend::folder_name(&settings)),
            settings: Box::new(settings),
            budget,
        }
    }

    /// A sweep, in its usual folder.
    #[must_use]
    pub fn sweep(settings: Settings, question: Question) -> Self {
        Self::Sweep {
            folder: settings.out.join(sweep::folder_name(&settings)),
            settings: Box::new(settings),
            question,
        }
    }

    /// The same study as the one in a folder, to continue it; of `settings` it takes what belongs to this process alone.
    ///
    /// # Errors
    /// [`Error::Malformed`] where its design is not there or cannot be read.
    pub fn again(study: &Study, settings: &Settings) -> Result<Self, Error> {
        let folder = study.path.clone();
        let missing = || Error::malformed(&folder, "it has no design: start it anew");
        let parent = folder.parent().unwrap_or_else(|| Path::new("."));
        let kept = |design: Settings| {
            let mut kept = Settings {
                host: settings.host.clone(),
                out: parent.to_owned(),
                ..design
            };
            if !kept
                .host
                .workers
                .iter()
                .all(|name| device::kind(name) == device::kind(&kept.device))
            {
                kept.host.workers.clear();
            }
            // A design has what every run decides for itself only where the user gave it.
            kept.automatic.baseline_learning_rate = kept.recipe.baseline_learning_rate.is_none();
            kept.automatic.capped_learning_rate = kept.recipe.capped_learning_rate.is_none();
            kept.automatic.capped_epochs = kept.recipe.capped_epochs.is_none();
            Box::new(kept)
        };
        match study.kind {
            Kind::Recommend => {
                let design = recommend::Design::read(&folder)?.ok_or_else(missing)?;
                Ok(Self::Recommend {
                    settings: kept(design.settings),
                    budget: design.budget,
                    folder,
                })
            }
            Kind::Sweep => {
                let design = sweep::Design::read(&folder)?.ok_or_else(missing)?;
                let wrong: Vec<_> = design.variants.iter().map(|one| &one.wrong_cap).collect();
                let wrong_cap = match wrong.as_slice() {
                    [first, others @ ..]
                        if others.iter().all(|one| one.dataset == first.dataset) =>
                    {
                        Some(match &first.dataset {
                            Some(dataset) => WrongCap::Dataset(dataset.clone()),
                            None => WrongCap::Convolutions(first.at.cap),
                        })
                    }
                    _ => None,
                };
                let question = Question {
                    no_variants: design.variants.len() == 1,
                    depths: Some(design.depths),
                    wrong_cap,
                };
                Ok(Self::Sweep {
                    settings: kept(design.settings),
                    question,
                    folder,
                })
            }
            Kind::Grid => Ok(Self::Grid {
                file: folder.join(grid::FILE),
                settings: Box::new(Settings {
                    out: parent.to_owned(),
                    ..settings.clone()
                }),
                name: Some(study.name.clone()),
            }),
            Kind::Probe => Err(missing()),
        }
    }

    /// Its command.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Recommend { .. } => Kind::Recommend,
            Self::Sweep { .. } => Kind::Sweep,
            Self::Grid { .. } => Kind::Grid,
        }
    }

    /// Name of its folder.
    #[must_use]
    pub fn name(&self) -> String {
        let path = match self {
            Self::Recommend { folder, .. } | Self::Sweep { folder, .. } => folder.file_name(),
            Self::Grid {
                name: Some(name), ..
            } => return name.clone(),
            Self::Grid { file, .. } => file.file_stem(),
        };
        let name = path.unwrap_or_default();
        name.to_string_lossy().into_owned()
    }
}

/// The design of the grid in `file`, with its text. Of `settings` it takes the folders of runs and data, the config file,
/// the cache and the devices of workers; a grid that was begun is continued with what its first process was given.
///
/// # Errors
/// Where a file cannot be read, or a cell has a setting that cannot be used.
pub fn grid_design(
    file: &Path,
    settings: &Settings,
    name: Option<&str>,
) -> Result<(grid::Design, String), Error> {
    let (grid, text) = GridFile::read(file)?;
    let mut own = Layer::default()
        .with_path("out", Some(&settings.out))?
        .with_path("data-dir", settings.data_dir.as_deref())?;
    let folders = find("data-dirs").filter(|_| !settings.data_dirs.is_empty());
    if let Some((folders, value)) =
        folders.and_then(|setting| Some((setting, setting.get(settings)?)))
    {
        own.set(folders, value);
    }
    if !settings.host.workers.is_empty() {
        own = own.with("device", settings.host.workers.join(","));
    }
    let named = name.map(|name| PathBuf::from(format!("{name}.toml")));
    let path = named.as_deref().unwrap_or(file);
    let begun = match (name, file.parent()) {
        (Some(_), Some(folder)) => grid::Given::read(folder)?,
        _ => None,
    };
    let design = if let Some(given) = begun {
        let places = given.places();
        let (above, below) = ([own, given.above], [given.below]);
        grid::Design::new(&grid, path, &above, &below, &places)?
    } else {
        let config = settings.host.config.as_deref();
        let below = config.map(Layer::read).transpose()?;
        let above = [own, Layer::environment()?];
        grid::Design::new(&grid, path, &above, below.as_slice(), &[])?
    };
    Ok((design.with_cache(settings.host.cache.as_ref()), text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::study::recommend::fixture;

    #[test]
    fn a_kept_design_is_asked_for_again() {
        let out = tempfile::tempdir().unwrap();
        let folder = out.path().join("recommend-glyphs-resnet-20");
        let design = fixture::design(5);
        design.write(&folder).unwrap();
        let study = Study::read(&folder, &[]).unwrap();
        let mut own = design.settings.clone();
        own.host.measure = false;
        own.recipe.epochs = 3;
        let asked = Asked::again(&study, &own).unwrap();
        assert_eq!(
            (asked.kind(), asked.name()),
            (Kind::Recommend, study.name.clone())
        );
        let Asked::Recommend {
            settings, budget, ..
        } = asked
        else {
            panic!("a recommendation");
        };
        assert_eq!(budget, design.budget);
        assert_eq!(settings.recipe, design.settings.recipe);
        assert!(!settings.host.measure && settings.automatic.capped_learning_rate);
        assert_eq!(settings.out, out.path());
        std::fs::remove_file(folder.join(recommend::DESIGN)).unwrap();
        let said = Asked::again(&study, &own).unwrap_err().to_string();
        assert!(said.contains("no design"), "{said}");
    }

    const GRID: &str = "architectures = ['resnet-20']\n[[datasets]]\ndataset = 'glyphs'\n[[datasets]]\ndataset = 'cifar10'\n";

    /// The app continues a grid with the options, the config file and the datasets' places of the command that began it.
    #[test]
    fn a_grid_is_continued_with_what_its_first_process_was_given() {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("mine.toml");
        std::fs::write(&file, GRID).unwrap();
        let (read, text) = GridFile::read(&file).unwrap();
        let options = Layer::default().with("device", "cpu");
        let options = options.with_path("out", Some(out.path())).unwrap();
        let config = Layer::default().with("epochs", 4);
        let places = [("cifar10".to_owned(), "folder:/data/c10".to_owned())];
        let begun = grid::Design::new(&read, &file, &[options], &[config], &places).unwrap();
        std::fs::create_dir_all(&begun.folder).unwrap();
        std::fs::write(begun.folder.join(grid::FILE), text).unwrap();
        begun.given.write(&begun.folder).unwrap();

        let own = Settings {
            out: out.path().to_owned(),
            ..Settings::default()
        };
        let kept = begun.folder.join(grid::FILE);
        let (again, _) = grid_design(&kept, &own, Some("mine")).unwrap();
        assert_eq!(again, begun);
        assert_eq!(again.entries[1].cell.settings.dataset, "folder:/data/c10");
        assert_eq!(again.entries[0].cell.settings.recipe.epochs, 4);
    }

    #[test]
    fn a_new_grid_of_the_app_has_its_folders_and_its_config_file() {
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("mine.toml");
        std::fs::write(&file, GRID).unwrap();
        let config = out.path().join("config.toml");
        std::fs::write(&config, "epochs = 7\n").unwrap();
        let mut own = Settings {
            out: out.path().to_owned(),
            data_dirs: vec!["/scratch".into()],
            ..Settings::default()
        };
        own.host.config = Some(config);
        let (design, _) = grid_design(&file, &own, None).unwrap();
        for entry in &design.entries {
            assert_eq!(entry.cell.settings.data_dirs, own.data_dirs);
            assert_eq!(entry.cell.settings.recipe.epochs, 7);
        }
    }
}

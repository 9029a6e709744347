//! The cells of a grid.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::super::Cell;
use super::super::sweep::{Question, check_depths, folder_name};
use super::{CELLS, Given, GridFile};
use crate::dataset::Source;
use crate::format::number_of;
use crate::run::{Error, Layer, Settings, images_name, plain_name};

/// One cell: a dataset, perhaps transformed, an architecture and a reading.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its images: the same number, the same images.
    pub dataset: usize,
    /// Its run.
    pub cell: Cell,
}

/// A sweep of a grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Its folder.
    pub folder: PathBuf,
    /// The settings of its runs.
    pub settings: Settings,
    /// What it asks.
    pub question: Question,
}

/// What a grid trains.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether the trained networks are probed.
    pub probe: bool,
    /// Its cells, dataset by dataset.
    pub entries: Vec<Entry>,
    /// Its sweeps.
    pub sweeps: Vec<Sweep>,
    /// What was given beside its file.
    pub given: Given,
}

impl Design {
    /// The folder of the grid in `file` at `path`, with layers as [`new`](Self::new) takes them.
    ///
    /// # Errors
    /// [`Error::Setting`] where the settings of the grid cannot be used.
    pub fn folder_of(
        file: &GridFile,
        path: &Path,
        above: &[Layer],
        below: &[Layer],
    ) -> Result<PathBuf, Error> {
        let layers = [above, std::slice::from_ref(&file.settings), below].concat();
        let out = Settings::resolve(&layers)
            .and_then(|settings| settings.check_no_looks("a grid").map(|()| settings.out))
            .map_err(|error| {
                Error::Setting(format!("{}: its settings: {error}", path.display()))
            })?;
        let stem = path.file_stem().unwrap_or(path.as_os_str());
        Ok(out.join(plain_name(&stem.to_string_lossy())))
    }

    /// The cells of `file` at `path`, whose settings win over `below` (a config file) and lose against
    /// `above` (options and environment). A dataset of `places`' first names is read from their second.
    ///
    /// # Errors
    /// [`Error::Setting`] where a cell has a setting that cannot be used or is listed twice.
    pub fn new(
        file: &GridFile,
        path: &Path,
        above: &[Layer],
        below: &[Layer],
        places: &[(String, String)],
    ) -> Result<Self, Error> {
        let folder = Self::folder_of(file, path, above, below)?;
        let at = |what: &str, error: &Error| {
            Error::Setting(format!("{}: {what}: {error}", path.display()))
        };
        let resolved = |own: &[Layer]| {
            let layers = [above, own, std::slice::from_ref(&file.settings), below].concat();
            Settings::resolve(&layers)
        };
        for (from, to) in places {
            if !file.has_dataset(from) {
                return Err(Error::Setting(format!(
                    "--dataset {from}={to}: {} has no dataset {from}",
                    path.display()
                )));
            }
        }

        let mut entries: Vec<Entry> = Vec::new();
        let mut names: HashSet<String> = HashSet::new();
        for (dataset, (number, own)) in transformed(file).enumerate() {
            let place = format!("dataset {number}");
            let own = moved(&own, places);
            let caps = caps(file);
            for architecture in architectures(file, &own) {
                for cap in &caps {
                    let of_cell = cap.clone().with("architecture", architecture.clone());
                    let settings =
                        resolved(&[of_cell, own.clone()]).map_err(|error| at(&place, &error))?;
                    if own.text("dataset").is_none() {
                        return Err(Error::Setting(format!(
                            "{}: {place} has no name: write dataset = \"…\"",
                            path.display()
                        )));
                    }
                    let by = match cap.get("depth") {
                        Some(depth) => format!("depth{depth}"),
                        None => settings.reading.to_string(),
                    };
                    let name = format!("{}-{}-{by}", images_name(&settings), settings.architecture);
                    let cell = Cell {
                        path: folder.join(CELLS).join(&name),
                        settings,
                    };
                    if !names.insert(name.clone()) {
                        return Err(Error::Setting(format!(
                            "{}: {name} is listed twice",
                            path.display()
                        )));
                    }
                    entries.push(Entry { dataset, cell });
                }
            }
        }
        Ok(Self {
            sweeps: sweeps(file, &folder, places, &at, &resolved)?,
            folder,
            probe: file.probe,
            entries,
            given: Given::of(above, below, places),
        })
    }

    /// Its cells, without the runs of its sweeps.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.entries.iter().map(|entry| &entry.cell)
    }

    /// With this folder of cached profiles for every run.
    #[must_use]
    pub fn with_cache(mut self, cache: Option<&PathBuf>) -> Self {
        let cells = self
            .entries
            .iter_mut()
            .map(|entry| &mut entry.cell.settings);
        let sweeps = self.sweeps.iter_mut().map(|sweep| &mut sweep.settings);
        for settings in cells.chain(sweeps) {
            settings.host.cache = cache.cloned();
        }
        self
    }
}

impl GridFile {
    /// How many cells it has, those among them that turn out to be the same as others.
    #[must_use]
    pub fn cells(&self) -> usize {
        let architectures = transformed(self).map(|(_, own)| architectures(self, &own).len());
        architectures.sum::<usize>() * caps(self).len()
    }

    /// What it trains, in a few words: `resnet-20, resnet-32 on glyphs, mnist; 2 sweeps`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let (mut networks, mut datasets) = (Vec::new(), Vec::new());
        for (_, own) in transformed(self) {
            networks.extend(architectures(self, &own));
            datasets.extend(own.text("dataset").map(str::to_owned));
        }
        let unique = |names: Vec<String>| {
            let mut seen = HashSet::new();
            let names = names.into_iter().filter(|name| seen.insert(name.clone()));
            names.collect::<Vec<_>>().join(", ")
        };
        let sweeps = match self.sweeps.len() {
            0 => String::new(),
            sweeps => format!("; {}", number_of(sweeps, "sweep", "sweeps")),
        };
        format!("{} on {}{sweeps}", unique(networks), unique(datasets))
    }
}

/// The architectures of a dataset of `file`: its own, or all.
fn architectures(file: &GridFile, own: &Layer) -> Vec<String> {
    match own.text("architecture") {
        Some(architecture) => vec![architecture.to_owned()],
        None => file.architectures.clone(),
    }
}

/// What gives the depth of the capped networks of `file`: each of its readings and depths, or the settings' own.
fn caps(file: &GridFile) -> Vec<Layer> {
    let layer = Layer::default;
    let readings = file.readings.iter();
    let readings = readings.map(|reading| layer().with("reading", reading.clone()));
    let depths = file.depths.iter();
    let depths =
        depths.map(|&depth| layer().with("depth", i64::try_from(depth).unwrap_or(i64::MAX)));
    let caps: Vec<Layer> = readings.chain(depths).collect();
    if caps.is_empty() { vec![layer()] } else { caps }
}

/// The datasets of `file`, each under each of its transforms, with their numbers in it.
fn transformed(file: &GridFile) -> impl Iterator<Item = (usize, Layer)> {
    (1..).zip(&file.datasets).flat_map(|(number, own)| {
        let chains = file.transforms.iter();
        let mut layers: Vec<Layer> = chains
            .map(|chain| own.clone().with("transform", chain.clone()))
            .collect();
        if layers.is_empty() || own.get("transform").is_some() {
            layers = vec![own.clone()];
        }
        layers.into_iter().map(move |layer| (number, layer))
    })
}

/// The sweeps of `file`, whose settings `resolved` resolves; what is wrong is said by `at`.
fn sweeps(
    file: &GridFile,
    folder: &Path,
    places: &[(String, String)],
    at: &dyn Fn(&str, &Error) -> Error,
    resolved: &dyn Fn(&[Layer]) -> Result<Settings, Error>,
) -> Result<Vec<Sweep>, Error> {
    file.sweeps
        .iter()
        .map(|sweep| {
            let place = format!("the sweep of {} on {}", sweep.architecture, sweep.dataset);
            let named = sweep.settings.clone();
            let named = named
                .with("dataset", sweep.dataset.clone())
                .with("architecture", sweep.architecture.clone());
            let settings =
                resolved(&[moved(&named, places)]).map_err(|error| at(&place, &error))?;
            let wrong_cap = sweep
                .wrong_cap
                .as_deref()
                .map(str::parse)
                .transpose()
                .map_err(|error| at(&place, &error))?;
            if let Some(depths) = &sweep.depths {
                check_depths(depths, settings.architecture).map_err(|error| at(&place, &error))?;
            }
            Ok(Sweep {
                folder: folder.join(folder_name(&settings)),
                settings,
                question: Question {
                    depths: sweep.depths.clone(),
                    wrong_cap,
                    no_variants: !sweep.variants,
                },
            })
        })
        .collect()
}

/// The layer with its dataset read from where `places` say.
fn moved(layer: &Layer, places: &[(String, String)]) -> Layer {
    let place = places
        .iter()
        .find(|(from, _)| layer.text("dataset") == Some(from));
    match place {
        Some((_, to)) => layer.clone().with("dataset", to.clone()),
        None => layer.clone(),
    }
}

/// Reads `NAME=DATASET`.
///
/// # Errors
/// A sentence on what is missing.
pub fn place(text: &str) -> Result<(String, String), String> {
    let (from, to) = text.split_once('=').ok_or_else(|| {
        format!("'{text}' is not of the form NAME=DATASET, such as cifar10=folder:/data/cifar10")
    })?;
    to.parse::<Source>().map_err(|error| error.to_string())?;
    Ok((from.to_owned(), to.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn designed(text: &str, places: &[(String, String)]) -> Result<Design, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my grid.toml");
        std::fs::write(&path, text).unwrap();
        let (file, _) = GridFile::read(&path).map_err(|error| error.to_string())?;
        Design::new(&file, &path, &[], &[], places).map_err(|error| error.to_string())
    }

    const TWO: &str = "architectures = [\"resnet-20\", \"densenet-22\"]\nreadings = [\"channel-sum\", \"grey-blocks\"]\n[settings]\nepochs = 3\nout = \"o\"\n[[datasets]]\ndataset = \"glyphs\"\nlimit = 100\n[[datasets]]\ndataset = \"cifar10\"\nepochs = 4\n[[datasets]]\ndataset = \"mnist\"\narchitecture = \"resnet-32\"\n[[sweeps]]\ndataset = \"glyphs\"\narchitecture = \"resnet-20\"\nsettings = { epochs = 9 }\n";

    #[test]
    fn every_dataset_architecture_and_reading_is_a_cell() {
        let grid = designed(TWO, &[place("cifar10=folder:/d/c10").unwrap()]).unwrap();
        assert_eq!(grid.folder, Path::new("o/my_grid"));
        let names: Vec<String> = grid.entries.iter().map(|entry| entry.cell.name()).collect();
        assert_eq!(names.len(), 10);
        let file: GridFile = toml::from_str(TWO).unwrap();
        assert_eq!(file.cells(), 10);
        let said = "resnet-20, densenet-22, resnet-32 on glyphs, cifar10, mnist; 1 sweep";
        assert_eq!(file.in_words(), said);
        assert_eq!(names[8], "mnist-resnet-32-channel-sum");
        assert_eq!(names[1], "glyphs-resnet-20-grey-blocks");
        assert_eq!(names[6], "c10-densenet-22-channel-sum");
        let settings = &grid.entries[6].cell.settings;
        assert_eq!(settings.dataset, "folder:/d/c10");
        assert_eq!((settings.recipe.epochs, settings.limit), (4, None));
        let settings = &grid.entries[0].cell.settings;
        assert_eq!((settings.recipe.epochs, settings.limit), (3, Some(100)));
        assert_eq!(grid.sweeps[0].settings.recipe.epochs, 9);
        assert_eq!(
            grid.sweeps[0].folder,
            Path::new("o/my_grid/sweep-glyphs-resnet-20")
        );
    }

    #[test]
    fn transforms_are_a_dimension_of_datasets_without_one() {
        let text = |transforms: &str| {
            format!(
                "architectures = ['resnet-20', 'resnet-32']\ntransforms = {transforms}\n[[datasets]]\ndataset = 'glyphs'\n[[datasets]]\ndataset = 'mnist'\ntransform = 'bits=2'\n"
            )
        };
        let chains = "[[], 'bits=3', ['grey', 'side=16']]";
        let grid = designed(&text(chains), &[]).unwrap();
        let cells: Vec<(usize, String)> = grid
            .entries
            .iter()
            .step_by(2)
            .map(|entry| (entry.dataset, entry.cell.name()))
            .collect();
        let names = [
            "glyphs",
            "glyphs-bits3",
            "glyphs-grey-side16",
            "mnist-bits2",
        ];
        assert_eq!(cells.len(), names.len());
        let file: GridFile = toml::from_str(&text(chains)).unwrap();
        assert_eq!(file.cells(), grid.entries.len());
        for ((place, (dataset, cell)), name) in cells.iter().enumerate().zip(names) {
            assert_eq!(*dataset, place);
            assert!(cell.starts_with(&format!("{name}-resnet-20-")), "{cell}");
        }
        let settings = &grid.entries[4].cell.settings;
        assert_eq!(
            crate::dataset::transform::in_words(&settings.transform),
            "grey, side=16"
        );
        for (chains, expected) in [
            (
                "['bits=9']",
                "dataset 1: transform: bits=9: use 1 to 8 bits",
            ),
            ("['gray']", "did you mean grey?"),
            ("['grey', ['grey']]", "glyphs-grey-resnet-20"),
            ("[3]", "dataset 1: "),
        ] {
            let said = designed(&text(chains), &[]).unwrap_err();
            assert!(said.contains(expected) && !said.contains('\n'), "{said}");
        }
    }

    /// Depths are cells beside those of the readings named, and alone where none is.
    #[test]
    fn depths_are_a_dimension_too() {
        let names = |readings: &str| {
            let text = format!(
                "architectures = ['resnet-20']\n{readings}depths = [7, 13]\n[[datasets]]\ndataset = 'glyphs'\n"
            );
            let grid = designed(&text, &[]).unwrap();
            let cell = |entry: &Entry| (entry.cell.name(), entry.cell.settings.depth);
            grid.entries.iter().map(cell).collect::<Vec<_>>()
        };
        let depths = [7, 13].map(|depth| (format!("glyphs-resnet-20-depth{depth}"), Some(depth)));
        assert_eq!(names(""), depths);
        let mut both = vec![("glyphs-resnet-20-channel-sum".to_owned(), None)];
        both.extend(depths);
        assert_eq!(names("readings = ['channel-sum']\n"), both);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let no_places: &[(String, String)] = &[];
        for (text, expected) in [
            (
                "architectures = [\"resnet-20\"]\n[[datasets]]\nname = \"glyphs\"\n",
                "my grid.toml:3:1: unknown key 'name'",
            ),
            (
                "architectures = []\n[[datasets]]\ndataset = \"glyphs\"\n",
                "no architecture",
            ),
            (
                "architectures = [\"resnet-20\"]\ndatasets = []\n",
                "no dataset",
            ),
            (
                "architectures = [\"resnet-21\"]\n[[datasets]]\ndataset = \"glyphs\"\n",
                "dataset 1: ",
            ),
            (
                "architectures = [\"resnet-20\"]\n[[datasets]]\nlimit = 3\n",
                "dataset 1 has no name",
            ),
            (
                "architectures = [\"resnet-20\"]\n[[datasets]]\ndataset = \"glyphs\"\nmargin = 0.0\n",
                "margin must lie between 0 and 1",
            ),
            (
                "architectures = [\"resnet-20\"]\n[settings]\nseeds = [1, 1]\n[[datasets]]\ndataset = \"glyphs\"\n",
                "seed",
            ),
            (
                "architectures = [\"resnet-20\", \"resnet-20\"]\n[[datasets]]\ndataset = \"glyphs\"\n",
                "is listed twice",
            ),
            ("architectures = \n", ":1:"),
        ] {
            let said = designed(text, no_places).unwrap_err();
            assert!(said.contains(expected) && !said.contains('\n'), "{said}");
        }
        let said = designed(TWO, &[place("stl10=idx:/x").unwrap()]).unwrap_err();
        assert!(said.contains("has no dataset stl10"), "{said}");
        assert!(place("cifar10").is_err() && place("cifar10=nothing").is_err());
    }
}

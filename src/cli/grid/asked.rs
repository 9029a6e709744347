//! A grid by its file, with what is given on the command line.

use std::path::Path;

use super::Place;
use crate::cli::options::Global;
use crate::run::Layer;
use crate::study::cluster::Submission;
use crate::study::grid::{Design, Given, GridFile};

/// A grid that was read.
pub(super) struct Asked {
    /// What its file says.
    pub(super) file: GridFile,
    /// The file.
    pub(super) text: String,
    /// What it trains.
    pub(super) design: Design,
}

/// A grid by its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Which<'a> {
    pub(super) file: &'a Path,
    pub(super) place: &'a Place,
}

/// What is given beside a grid's file.
struct Layers {
    /// Settings that win over those of the file.
    above: Vec<Layer>,
    /// Settings that lose against them.
    below: Vec<Layer>,
    /// Names of datasets with where they are read from.
    places: Vec<(String, String)>,
}

impl Which<'_> {
    /// Reads the file and resolves the settings of its cells.
    ///
    /// # Errors
    /// One sentence on what cannot be read or used.
    pub(super) fn asked(self, global: &Global) -> anyhow::Result<Asked> {
        let (file, text) = GridFile::read(self.file)?;
        let layers = self.layers(global)?;
        self.designed(file, text, &layers, global)
    }

    /// As [`asked`](Self::asked), of a grid that may have been submitted: what is not given now is as at that submission.
    ///
    /// # Errors
    /// As [`asked`](Self::asked).
    pub(super) fn submitted(self, global: &Global) -> anyhow::Result<(Asked, Option<Submission>)> {
        let (file, text) = GridFile::read(self.file)?;
        let mut layers = self.layers(global)?;
        let folder = Design::folder_of(&file, self.file, &layers.above, &layers.below)?;
        let kept = Submission::read(&folder)?;
        if kept.is_some()
            && let Some(given) = Given::read(&folder)?
        {
            layers.take_up(&given, &file, global);
        }
        if let Some(out) = folder.parent() {
            layers.above[0] = layers.above[0].clone().with_path("out", Some(out))?;
        }
        Ok((self.designed(file, text, &layers, global)?, kept))
    }

    fn designed(
        self,
        file: GridFile,
        text: String,
        layers: &Layers,
        global: &Global,
    ) -> anyhow::Result<Asked> {
        let Layers {
            above,
            below,
            places,
        } = layers;
        let design = Design::new(&file, self.file, above, below, places)?;
        let design = design.with_cache(global.cache("profiles").as_ref());
        Ok(Asked { file, text, design })
    }

    fn layers(self, global: &Global) -> anyhow::Result<Layers> {
        let mut options = Layer::default().with_path("data-dir", self.place.data_dir.as_deref())?;
        if let Some(device) = &self.place.device {
            options = options.with("device", device.clone());
        }
        self.place.out.fill(&mut options);
        let config = global.config_file();
        let below = config.as_deref().map(Layer::read).transpose()?;
        Ok(Layers {
            above: vec![options, Layer::environment()?],
            below: below.into_iter().collect(),
            places: self.place.places.clone(),
        })
    }
}

impl Layers {
    /// Takes what was given before below what is given now.
    fn take_up(&mut self, given: &Given, file: &GridFile, global: &Global) {
        self.above.insert(1, given.above.clone());
        if global.config.is_none() {
            self.below = vec![given.below.clone()];
        }
        for (name, place) in given.places() {
            let is_given = self.places.iter().any(|(known, _)| *known == name);
            if !is_given && file.has_dataset(&name) {
                self.places.push((name, place));
            }
        }
    }
}

//! The folder of a sweep: its design, which is written once and compared ever after, and its timed steps.

use std::path::Path;

use super::super::cell::comparable;
use super::{DESIGN, Design, STEPS, StepTimes, Variant};
use crate::run::{Error, file};

impl Design {
    /// The design in `folder`; none where there is none.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>, Error> {
        file::read_toml_if_present(&folder.join(DESIGN), "sweep")
    }

    /// Writes the design into `folder`, or compares it with the one there.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it holds another sweep, [`Error::Io`] where nothing can be written.
    pub fn settle(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(DESIGN);
        let malformed = |problem: String| Error::malformed(&path, problem);
        let Some(found) = Self::read(folder)? else {
            file::make_folder(folder)?;
            let text = toml::to_string(self)
                .map_err(|error| malformed(format!("it cannot be written: {error}")))?;
            return file::write_whole(&path, text.as_bytes());
        };
        match self.differs(&found) {
            None => Ok(()),
            Some(what) => Err(malformed(format!(
                "it holds another sweep, with other {what}: put them back, remove the folder, or use another --out"
            ))),
        }
    }

    /// In what `other` is another sweep.
    fn differs(&self, other: &Self) -> Option<String> {
        let [ours, theirs] = [self, other].map(|design| comparable(&design.settings));
        if ours != theirs {
            let keys = ours.differing(&theirs).join(", ");
            return Some(format!("settings ({keys})"));
        }
        if self.depths != other.depths {
            return Some("depths".to_owned());
        }
        let datasets = |design: &Self| -> Vec<String> {
            let variants = design.variants.iter();
            variants.map(|one| one.dataset.clone()).collect()
        };
        if datasets(self) != datasets(other) {
            return Some("datasets".to_owned());
        }
        let caps = |one: &Variant| (one.cap, one.wrong_cap.clone());
        let pairs = self.variants.iter().zip(&other.variants);
        let same = pairs
            .into_iter()
            .all(|(ours, theirs)| caps(ours) == caps(theirs));
        (!same).then(|| "caps".to_owned())
    }
}

/// The timed steps in a sweep's folder; empty where there are none.
///
/// # Errors
/// [`Error::Malformed`] where they cannot be read.
pub fn read_steps(folder: &Path) -> Result<Vec<StepTimes>, Error> {
    let path = folder.join(STEPS);
    let Some(bytes) = file::read_if_present(&path)? else {
        return Ok(Vec::new());
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        Error::malformed(
            path,
            format!("{error}: remove it, and the steps are timed again"),
        )
    })
}

/// Writes timed steps into a sweep's folder.
///
/// # Errors
/// [`Error::Io`].
pub fn write_steps(folder: &Path, steps: &[StepTimes]) -> Result<(), Error> {
    file::write_json(&folder.join(STEPS), &steps)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::study::sweep::design::tests::design;

    #[test]
    fn a_folder_holds_one_sweep() {
        let folder = tempfile::tempdir().unwrap();
        let first = design("resnet-20", None, 12).unwrap();
        first.settle(folder.path()).unwrap();
        first.settle(folder.path()).unwrap();
        let said = |other: &Design| other.settle(folder.path()).unwrap_err().to_string();
        let mut other = first.clone();
        other.settings.recipe.epochs += 1;
        other.settings.out = PathBuf::from("elsewhere");
        assert!(said(&other).contains("with other settings (epochs)"));
        let other = design("resnet-20", Some(vec![7, 19]), 12).unwrap();
        assert!(said(&other).contains("other depths"));
    }
}

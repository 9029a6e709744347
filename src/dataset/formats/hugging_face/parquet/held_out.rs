//! Which images are tested with.

use std::path::{Path, PathBuf};

use super::files::Part;
use super::labels;
use crate::dataset::Result;
use crate::dataset::labels::{Labels, Values, are_missing};

/// The images to test with.
pub(super) struct Chosen {
    pub(super) files: Vec<PathBuf>,
    pub(super) labels: Labels,
    /// What must be said of the choice.
    pub(super) note: Option<String>,
}

/// The first of `parts` that has labels in `column`, given those of the training images.
///
/// # Errors
/// [`crate::dataset::DatasetError`] where none has any, or the labels of one cannot be read.
pub(super) fn choose(
    folder: &Path,
    parts: Vec<Part>,
    column: &str,
    train: &Values,
) -> Result<Chosen> {
    let mut unlabelled: Vec<String> = Vec::new();
    for part in parts {
        match labels::find(&part.files, column)? {
            Some(labels) if !are_missing(&labels.values, train) => {
                let note = match unlabelled.first() {
                    Some(other) => Some(format!(
                        "its {other} images have no labels, so its {} images are tested with",
                        part.name
                    )),
                    None if part.name == "validation" && !part.asked => Some(
                        "it has no test images, so its validation images are tested with"
                            .to_owned(),
                    ),
                    None => None,
                };
                return Ok(Chosen {
                    files: part.files,
                    labels,
                    note,
                });
            }
            _ => unlabelled.push(part.name),
        }
    }
    Err(malformed!(
        folder,
        "its {} images have no labels (in its column '{column}') to test with: name a split that has some by --split-test NAME",
        unlabelled.join(" and ")
    ))
}

//! Where is a dataset?

use std::path::PathBuf;

use super::{FORMATS, Located};
use crate::dataset::places::{in_words, places};
use crate::dataset::published::{folder, published};
use crate::dataset::{DatasetError, LoadOptions, Result, Source};
use crate::folders;

/// Finds a dataset: a published one by its files in the places or in folders of its name below them,
/// or else a copy of it in another format.
pub(in crate::dataset) fn locate(
    source: &Source,
    options: &LoadOptions,
) -> Result<Box<dyn Located>> {
    let places = places(options);
    if source.is_published()
        && let Some(folder) = options.data_dir.as_ref().filter(|place| place.is_dir())
    {
        std::fs::read_dir(folder).map_err(|source| DatasetError::Io {
            path: folder.clone(),
            source,
        })?;
    }
    let problem = match source.format().locate(source, &places) {
        Ok(Some(located)) => return Ok(located),
        Ok(None) => not_found(source, options, &places),
        Err(problem) => problem,
    };
    if !source.is_published() {
        return Err(problem);
    }
    FORMATS
        .iter()
        .find_map(|format| format.copy_of(source, options, &places))
        .ok_or(problem)
}

fn not_found(source: &Source, options: &LoadOptions, searched: &[PathBuf]) -> DatasetError {
    let there = |place: &&PathBuf| options.data_dir.is_some() || place.is_dir();
    let mut searched = in_words(searched.iter().filter(there));
    if options
        .data_dir
        .as_ref()
        .is_some_and(|place| !place.exists())
    {
        searched.push_str(", which does not exist");
    }
    let name = source.published_name();
    let give = "give its folder with --data-dir DIR";
    let own = folders::data().unwrap_or_else(|| PathBuf::from("data"));
    let advice = match published(&name).map(|published| published.registration) {
        Ok(None) => format!("{give}, or fetch it with `ebcle-tui datasets fetch {name}`"),
        Ok(Some(why)) => format!(
            "it needs registration: {why}, and put the files into {}, or {give}",
            folder(&own, &name).display()
        ),
        Err(_) => give.to_owned(),
    };
    DatasetError::NotFound {
        name: source.to_string(),
        searched,
        advice,
    }
}

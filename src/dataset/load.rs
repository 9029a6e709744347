//! Reading datasets, whole or as they pass.

use std::path::Path;

use super::memory::Budget;
use super::place::{Place, locate};
use super::{
    Dataset, Error, LoadOptions, Outline, Part, Source, cifar, folder, glyphs, idx, imagenet32,
    npz, stl10,
};

#[cfg(feature = "parquet")]
fn read_parquet(
    source: &Source,
    path: &Path,
    options: &LoadOptions,
    memory: &Budget,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    super::copies::read(source, path, options, memory, progress)
}

#[cfg(not(feature = "parquet"))]
fn read_parquet(
    _: &Source,
    path: &Path,
    _: &LoadOptions,
    _: &Budget,
    _: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    Err(Error::Malformed {
        path: path.to_owned(),
        problem:
            "this program was built without its feature parquet: build it with --features parquet"
                .to_owned(),
    })
}

/// Reads a dataset; `progress` hears how many images of how many are read, from any thread.
///
/// # Errors
/// [`Error`] with one sentence: what, where, what to do.
pub fn load(
    source: &Source,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Dataset, Error> {
    if options.limit == Some(0) {
        return Err(Error::ZeroLimit);
    }
    let name = source.to_string();
    let place = locate(source, options)?;
    if let Some(column) = options.label.as_ref().filter(|_| !place.has_columns()) {
        return Err(Error::NoColumns {
            name,
            column: column.clone(),
        });
    }
    if options.split_test.is_some() && !place.has_parts() {
        return Err(Error::NoParts { name });
    }
    let memory = Budget::new(options.max_memory);
    let dataset = match &place {
        Place::Glyphs(variant) => {
            let dataset = glyphs::generate(*variant);
            let images = dataset.train.len() + dataset.test.len();
            progress(images, images);
            dataset
        }
        Place::Mnist(folder) => idx::read(&name, folder, &memory, progress)?,
        Place::Cifar(found) => cifar::read(found, &memory, progress)?,
        Place::Stl10(store) => stl10::read(store, &memory, progress)?,
        Place::ImageNet32(found) => imagenet32::read(found, &memory, progress)?,
        Place::Folder(path) => folder::read(path, &folder_options(options), &memory, progress)?,
        Place::Idx(set) => idx::read_set(&name, set, &memory, progress)?,
        Place::Npz(path) => npz::read(path, options.split_test.as_deref(), &memory, progress)?,
        Place::HuggingFace(path) | Place::Copy(path) => {
            read_parquet(source, path, options, &memory, progress)?
        }
    };
    let Some(limit) = options.limit.filter(|&limit| limit < dataset.train.len()) else {
        return Ok(dataset);
    };
    let kept = (limit as u64).saturating_mul(dataset.shape.bytes() as u64);
    memory.fits(kept, place.path())?;
    Ok(dataset.limited(limit, options.seed))
}

fn folder_options(options: &LoadOptions) -> folder::Options {
    folder::Options {
        resize: options.resize,
        seed: options.seed,
        limit: options.limit,
    }
}

/// Hands the training images of a dataset to `take`, in their order, without holding them all where
/// the layout allows that; `progress` hears how many images of how many are read, from any thread.
///
/// ImageNet32 comes file by file, a folder of images batch by batch; everything else, and every choice of a limited number of images,
/// as one part.
///
/// # Errors
/// As [`load`].
pub fn scan(
    source: &Source,
    options: &LoadOptions,
    progress: &(dyn Fn(usize, usize) + Sync),
    take: &mut dyn FnMut(&Outline, Part<'_>),
) -> Result<(), Error> {
    let memory = Budget::new(options.max_memory);
    let whole = options.limit.is_none() && options.label.is_none() && options.split_test.is_none();
    match source {
        Source::ImageNet32 if whole => {
            if let Place::ImageNet32(found) = locate(source, options)? {
                let outline = imagenet32::outline();
                return imagenet32::scan(&found, &memory, progress, &mut |part| {
                    take(&outline, part);
                });
            }
        }
        Source::Folder(path) if whole => {
            return folder::scan(path, &folder_options(options), &memory, progress, take);
        }
        _ => {}
    }
    let dataset = load(source, options, progress)?;
    take(&dataset.outline(), dataset.train.part());
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::dataset::glyphs::Variant;

    #[test]
    fn options_that_a_dataset_does_not_have_are_refused() {
        let source = Source::Glyphs(Variant::Plain);
        let said =
            |options: &LoadOptions| load(&source, options, &|_, _| {}).unwrap_err().to_string();
        let label = LoadOptions {
            label: Some("fine".to_owned()),
            ..LoadOptions::default()
        };
        assert!(
            said(&label).contains("no column 'fine'"),
            "{}",
            said(&label)
        );
    }

    #[test]
    fn loading_limits_and_refuses_a_limit_of_nothing() {
        let options = |limit| LoadOptions {
            limit: Some(limit),
            seed: 3,
            ..LoadOptions::default()
        };
        let source = Source::Glyphs(Variant::Plain);
        let dataset = load(&source, &options(40), &|_, _| {}).unwrap();
        assert_eq!((dataset.train.len(), dataset.test.len()), (40, 500));
        assert_eq!(
            load(&source, &options(0), &|_, _| {})
                .unwrap_err()
                .to_string(),
            "a limit of 0 leaves no training images: use 1 or more"
        );
    }
}

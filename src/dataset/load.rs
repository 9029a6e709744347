//! Reading datasets, at once or part by part.

use std::path::Path;

use super::formats::locate;
use super::memory::Budget;
use super::{Dataset, DatasetError, LoadOptions, Outline, Part, Progress, Result, Source};

/// Reads a dataset; `progress` receives how many images of how many are read, from any thread.
///
/// # Errors
/// [`DatasetError`] with one sentence: what, where, what to do.
pub fn load(source: &Source, options: &LoadOptions, progress: Progress<'_>) -> Result<Dataset> {
    if options.limit == Some(0) {
        return Err(DatasetError::ZeroLimit);
    }
    let name = source.to_string();
    let located = locate(source, options)?;
    if let Some(column) = options.label.as_ref().filter(|_| !located.has_columns()) {
        return Err(DatasetError::NoColumns {
            name,
            column: column.clone(),
        });
    }
    if options.split_test.is_some() && !located.has_splits() {
        return Err(DatasetError::NoParts { name });
    }
    let memory = Budget::new(options.max_memory);
    let dataset = located.read(options, &memory, progress)?;
    let Some(limit) = options.limit.filter(|&limit| limit < dataset.train.len()) else {
        return Ok(dataset);
    };
    let kept = (limit as u64).saturating_mul(dataset.shape.bytes() as u64);
    memory.fits(kept, located.path().unwrap_or(Path::new("")))?;
    Ok(dataset.limited(limit, options.seed))
}

/// Hands the training images of a dataset to `take`, in their order, without holding them all where
/// the format allows that; `progress` receives how many images of how many are read, from any thread.
///
/// Every choice of a limited number of images comes as one part.
///
/// # Errors
/// As [`load`].
pub fn scan(
    source: &Source,
    options: &LoadOptions,
    progress: Progress<'_>,
    take: &mut dyn FnMut(&Outline, Part<'_>),
) -> Result<()> {
    if options.limit.is_some() || options.label.is_some() || options.split_test.is_some() {
        let dataset = load(source, options, progress)?;
        take(&dataset.outline(), dataset.train.part());
        return Ok(());
    }
    let memory = Budget::new(options.max_memory);
    locate(source, options)?.scan(options, &memory, progress, take)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn options_that_a_dataset_does_not_have_are_refused() {
        let source = Source::known("glyphs-plain");
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
        let source = Source::known("glyphs-plain");
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

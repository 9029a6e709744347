//! Reading datasets, at once or part by part.

use std::path::Path;

use super::formats::locate;
use super::memory::Budget;
use super::transform::{Chain, Half, OneValue};
use super::{
    Dataset, DatasetError, LoadOptions, Outline, Part, Progress, Result, Source, Transform,
};

/// Reads a dataset and transforms its images; `progress` receives how many images of how many are read, from any thread.
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
    let path = located.path().unwrap_or(Path::new(""));
    let mut dataset = located.read(options, &memory, progress)?;
    if let Some(limit) = options.limit.filter(|&limit| limit < dataset.train.len()) {
        let kept = (limit as u64).saturating_mul(dataset.shape.bytes() as u64);
        memory.fits(kept, path)?;
        dataset = dataset.limited(limit, options.seed);
    }
    if options.transforms.is_empty() {
        return Ok(dataset);
    }
    let chain = Chain::new(&options.transforms, &dataset.outline())?;
    let images = dataset.train.len() + dataset.test.len();
    memory.fits((images * chain.outline().shape.bytes()) as u64, path)?;
    apply(&chain, &dataset, &options.transforms)
}

/// The images of `dataset`, transformed.
///
/// # Errors
/// [`DatasetError::Transform`] for the first transform that its images or classes do not allow, or where one value is
/// left in all training images.
pub fn transformed(dataset: &Dataset, transforms: &[Transform]) -> Result<Dataset> {
    if transforms.is_empty() {
        return Ok(dataset.clone());
    }
    let chain = Chain::new(transforms, &dataset.outline())?;
    apply(&chain, dataset, transforms)
}

fn apply(chain: &Chain, dataset: &Dataset, transforms: &[Transform]) -> Result<Dataset> {
    let [train, test] = [(&dataset.train, Half::Train), (&dataset.test, Half::Test)]
        .map(|(split, half)| chain.part(split.part(), half, 0));
    let mut values = OneValue::default();
    values.see(&train.pixels);
    values.check(&dataset.name, transforms)?;
    let flip_keeps_class = dataset.flip_keeps_class && chain.keeps_mirror;
    Ok(chain.outline().clone().with(train, test, flip_keeps_class))
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
    let located = locate(source, options)?;
    let path = located.path().unwrap_or(Path::new(""));
    let transforms = &options.transforms;
    let mut prepared: Option<Chain> = None;
    let mut values = OneValue::default();
    let mut first = 0;
    let mut transformed = |outline: &Outline, part: Part<'_>| {
        if transforms.is_empty() {
            take(outline, part);
            return Ok(());
        }
        let chain = match &mut prepared {
            Some(chain) => chain,
            none => none.insert(Chain::new(transforms, outline)?),
        };
        memory.fits(
            (part.labels.len() * chain.outline().shape.bytes()) as u64,
            path,
        )?;
        let new = chain.part(part, Half::Train, first);
        first += new.len();
        values.see(&new.pixels);
        take(chain.outline(), new.part());
        Ok(())
    };
    located.scan(options, &memory, progress, &mut transformed)?;
    match prepared {
        Some(chain) => values.check(&chain.outline().name, transforms),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn options_that_a_dataset_does_not_have_are_refused() {
        let source = Source::known("glyphs-plain");
        let said = |options: &LoadOptions| load(&source, options, &|_| {}).unwrap_err().to_string();
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
        let dataset = load(&source, &options(40), &|_| {}).unwrap();
        assert_eq!((dataset.train.len(), dataset.test.len()), (40, 500));
        assert_eq!(
            load(&source, &options(0), &|_| {}).unwrap_err().to_string(),
            "a limit of 0 leaves no training images: use 1 or more"
        );
    }

    /// Images that pass in parts are transformed as those that are held, noise included.
    #[test]
    fn parts_are_transformed_as_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        for class in ["a", "b"] {
            let path = folder.path().join(class);
            std::fs::create_dir(&path).unwrap();
            for number in 0..9_u8 {
                let image = image::RgbImage::from_fn(6, 4, |x, y| {
                    image::Rgb([number * 20, (x * 40) as u8, (y * 50) as u8])
                });
                image.save(path.join(format!("{number}.png"))).unwrap();
            }
        }
        let source = Source::known(&format!("folder:{}", folder.path().display()));
        let options = LoadOptions {
            transforms: ["noise=9", "grey", "side=3", "coarse=4,1"]
                .map(|text| text.parse().unwrap())
                .to_vec(),
            ..LoadOptions::default()
        };
        let whole = load(&source, &options, &|_| {}).unwrap();
        assert_eq!(whole.shape.to_string(), "1x2x3");
        assert_eq!(whole.class_names, ["b", "a"]);
        assert_eq!(
            whole.notes,
            ["every image is transformed: noise=9, grey, side=3, coarse=4,1"]
        );
        let mut passed = crate::dataset::Split::default();
        scan(&source, &options, &|_| {}, &mut |outline, part| {
            assert_eq!(*outline, whole.outline());
            passed.append(part);
        })
        .unwrap();
        assert_eq!(passed, whole.train);
        let wrong = |text: &str| {
            let options = LoadOptions {
                transforms: vec![text.parse().unwrap()],
                ..LoadOptions::default()
            };
            let held = load(&source, &options, &|_| {}).unwrap_err().to_string();
            let passed = scan(&source, &options, &|_| {}, &mut |_, _| {}).unwrap_err();
            assert_eq!(passed.to_string(), held);
            held
        };
        assert!(wrong("side=7").ends_with("cannot be enlarged: use at most 6"));
        assert!(wrong("coarse=0,1,2").ends_with("it maps 3 classes, where there are 2"));
    }

    /// A white image and a light one are both white in one bit.
    #[test]
    fn transforms_that_leave_one_value_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (class, level) in [("a", 255), ("b", 180)] {
            let path = folder.path().join(class);
            std::fs::create_dir(&path).unwrap();
            for number in 0..3 {
                let image = image::GrayImage::from_pixel(4, 4, image::Luma([level]));
                image.save(path.join(format!("{number}.png"))).unwrap();
            }
        }
        let source = Source::known(&format!("folder:{}", folder.path().display()));
        let options = LoadOptions {
            transforms: vec!["bits=1".parse().unwrap()],
            ..LoadOptions::default()
        };
        for limit in [None, Some(3)] {
            let options = LoadOptions {
                limit,
                ..options.clone()
            };
            let said = scan(&source, &options, &|_| {}, &mut |_, _| {}).unwrap_err();
            let expected = "bits=1: every value of all its images would be 255";
            assert!(said.to_string().ends_with(expected), "{said}");
        }
    }
}

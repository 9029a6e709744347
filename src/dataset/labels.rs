//! From the labels that a file holds to classes: consecutive numbers, the same for training and test.
//!
//! Layouts whose labels are free (IDX, `.npz`, parquet) all come through [`classes`], so that labels
//! with gaps, from 1 on, as text or as truth values mean the same everywhere.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::archive::malformed;
use super::{Dataset, DatasetError, Outline, Result, Shape, Split};

mod values;

use values::minus_one_is_a_class;
pub(super) use values::{Values, are_missing};

/// Most classes that labels may name.
const MOST: usize = 65_536;
/// From this many images on labels are checked for naming single images.
const ENOUGH: usize = 8;
/// Most classes that a sentence lists.
const LISTED: usize = 5;

/// The labels of one split, with where they stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Labels {
    /// The files they stand in, in order, each with its number of images.
    pub(super) files: Vec<(PathBuf, usize)>,
    /// The labels.
    pub(super) values: Values,
}

impl Labels {
    /// Labels that all stand in one file.
    pub(super) fn of_file(path: &Path, values: Values) -> Self {
        Self {
            files: vec![(path.to_owned(), values.len())],
            values,
        }
    }

    /// An error about the image `record`, counted over all files.
    fn wrong(&self, record: usize, problem: &str) -> DatasetError {
        let mut within = record;
        for (path, images) in &self.files {
            if within < *images {
                let record = format!("record {within} (counted from 0) {problem}");
                return malformed(path, record);
            }
            within -= images;
        }
        self.error(problem.to_owned())
    }

    fn error(&self, problem: String) -> DatasetError {
        let path = self.files.first().map(|(path, _)| path.as_path());
        malformed(path.unwrap_or(Path::new("")), problem)
    }
}

/// What is known of the classes besides the labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Their names, by number; empty where none are given.
    pub(super) names: Vec<String>,
    /// How many there are, of a published dataset whose labels keep their numbers.
    pub(super) fixed: Option<usize>,
    /// What to do about labels that are no classes, behind a colon.
    pub(super) remedy: String,
}

/// The classes of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// Their names, in order.
    pub(super) names: Vec<String>,
    /// The class of every training image.
    pub(super) train: Vec<u32>,
    /// The class of every test image.
    pub(super) test: Vec<u32>,
    /// What a user must know of how labels became classes, in sentences.
    pub(super) notes: Vec<String>,
}

impl Classes {
    /// The dataset of images with these labels, whose training and test pixels these are.
    pub(super) fn dataset(
        self,
        name: impl Into<String>,
        shape: Shape,
        [train, test]: [Vec<u8>; 2],
    ) -> Dataset {
        let [train, test] = [(train, self.train), (test, self.test)]
            .map(|(pixels, labels)| Split { pixels, labels });
        Outline {
            notes: self.notes,
            ..Outline::new(name, shape, self.names)
        }
        .with(train, test, false)
    }
}

/// The classes that the labels of both splits name: every different label of the training images is
/// one, in order.
///
/// # Errors
/// [`DatasetError::Malformed`] with the record that has no label, or one that no training image has; for
/// labels of which most stand at a single image, or with which there are too many classes.
pub(super) fn classes(train: &Labels, test: &Labels, known: &Known) -> Result<Classes> {
    let [values, others] = [train, test].map(|labels| labels.values.clone().plain());
    match (&values, &others) {
        (Values::Whole(numbers), Values::Whole(others)) => {
            whole(&Pair::new(train, numbers, test, others), known)
        }
        (Values::Text(texts), Values::Text(others)) => {
            let found = Pair::new(train, texts, test, others)
                .numbered(known, |text| format!("label '{text}'"))?;
            Ok(found.named(Clone::clone))
        }
        (Values::Truth(truths), Values::Truth(others)) => {
            let found = Pair::new(train, truths, test, others)
                .numbered(known, |truth| format!("label {truth}"))?;
            Ok(found.named(ToString::to_string))
        }
        (train, held_out) => Err(test.error(format!(
            "its labels are {}, where those of the training images are {}: write both alike",
            held_out.kind(),
            train.kind()
        ))),
    }
}

/// Classes of whole numbers.
fn whole(pair: &Pair<'_, i64>, known: &Known) -> Result<Classes> {
    let shown = |number: &i64| format!("label {number}");
    let declared = known.fixed.unwrap_or(known.names.len());
    if declared > 0 {
        let outside =
            |number: &i64| usize::try_from(*number).map_or(true, |number| number >= declared);
        let last = declared - 1;
        let why = if known.fixed.is_some() {
            "it is damaged, or another dataset's file".to_owned()
        } else {
            format!("{declared} classes are declared, which are those of another file, or too few")
        };
        pair.refuse(outside, |number| {
            format!("has label {number}, outside 0 to {last}: {why}")
        })?;
    }
    if known.fixed.is_some() {
        let number =
            |labels: &[Option<i64>]| labels.iter().flatten().map(|&label| label as u32).collect();
        let names = known.names.iter().cloned();
        let others = (known.names.len()..declared).map(|class| class.to_string());
        return Ok(Classes {
            names: names.chain(others).collect(),
            train: number(&pair.values[0]),
            test: number(&pair.values[1]),
            notes: Vec::new(),
        });
    }
    let found = pair.numbered(known, shown)?;
    let (count, distinct) = (found.distinct.len(), found.distinct.clone());
    let mut classes = found.named(|&number| {
        let name = usize::try_from(number)
            .ok()
            .and_then(|number| known.names.get(number));
        name.cloned().unwrap_or_else(|| number.to_string())
    });
    let (first, last) = (
        distinct.first().copied().unwrap_or(0),
        distinct.last().copied().unwrap_or(0),
    );
    if known.names.is_empty() {
        if first != 0 || last != count as i64 - 1 {
            classes.notes.push(format!(
                "its labels, {count} different numbers from {first} to {last}, become {count} consecutive classes, each named by its label"
            ));
        }
    } else if count < declared {
        let absent: Vec<&str> = (0_i64..)
            .zip(&known.names)
            .filter(|(number, _)| distinct.binary_search(number).is_err())
            .map(|(_, name)| name.as_str())
            .collect();
        classes.notes.push(format!(
            "of its {declared} declared classes {} without training images are left out: {}",
            absent.len(),
            listed(&absent)
        ));
    }
    Ok(classes)
}

/// The first few of `names`, and how many more there are.
pub(super) fn listed(names: &[&str]) -> String {
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}

/// The labels of training and test images; none of an image without label.
struct Pair<'a, T> {
    labels: [&'a Labels; 2],
    values: [Vec<Option<T>>; 2],
}

/// A kind of label.
trait Label: Ord + Clone {
    /// Which of the labels mark an image that has none, given those of the training images.
    fn marks_none(_train: &[Option<Self>]) -> impl Fn(&Self) -> bool {
        |_| false
    }
}

impl Label for String {}
impl Label for bool {}

impl Label for i64 {
    fn marks_none(train: &[Option<Self>]) -> impl Fn(&Self) -> bool {
        let minus = minus_one_is_a_class(train);
        move |&number| number == -1 && !minus
    }
}

impl<'a, T: Label> Pair<'a, T> {
    fn new(
        train: &'a Labels,
        values: &[Option<T>],
        test: &'a Labels,
        others: &[Option<T>],
    ) -> Self {
        let none = T::marks_none(values);
        let kept = |values: &[Option<T>]| {
            let kept = |value: &Option<T>| value.clone().filter(|value| !none(value));
            values.iter().map(kept).collect()
        };
        Self {
            labels: [train, test],
            values: [kept(values), kept(others)],
        }
    }

    /// Refuses labels by what they are.
    fn refuse(&self, is_wrong: impl Fn(&T) -> bool, problem: impl Fn(&T) -> String) -> Result<()> {
        for (labels, values) in self.labels.iter().zip(&self.values) {
            let wrong = values
                .iter()
                .position(|value| value.as_ref().is_some_and(&is_wrong));
            if let Some((record, Some(value))) = wrong.map(|record| (record, &values[record])) {
                return Err(labels.wrong(record, &problem(value)));
            }
        }
        self.refuse_missing()
    }

    /// Refuses images without labels.
    fn refuse_missing(&self) -> Result<()> {
        for ((labels, values), held_out) in self.labels.iter().zip(&self.values).zip([false, true])
        {
            let Some(record) = values.iter().position(Option::is_none) else {
                continue;
            };
            let without = values.iter().filter(|value| value.is_none()).count();
            let mark = match &labels.values {
                Values::Whole(numbers) if numbers[record].is_some() => {
                    "has label -1, which says that it has none"
                }
                _ => "has no label",
            };
            let other = if held_out {
                ", or name other images to test with by --split-test NAME"
            } else {
                ""
            };
            return Err(labels.wrong(
                record,
                &format!(
                    "{mark} ({without} of {} images): leave out images without labels{other}",
                    values.len()
                ),
            ));
        }
        Ok(())
    }

    /// Numbers the different labels of the training images in their order.
    fn numbered(&self, known: &Known, shown: impl Fn(&T) -> String) -> Result<Numbered<T>> {
        self.refuse_missing()?;
        let [train, test] = self.labels;
        let mut counts: BTreeMap<&T, usize> = BTreeMap::new();
        for value in self.values[0].iter().flatten() {
            *counts.entry(value).or_default() += 1;
        }
        let images = self.values[0].len();
        let alone = counts.values().filter(|&&count| count == 1).count();
        if images >= ENOUGH && 2 * alone > images || counts.len() > MOST {
            return Err(train.error(format!(
                "its labels are no classes, {} different ones for {images} images: {}",
                counts.len(),
                known.remedy
            )));
        }
        let distinct: Vec<T> = counts.into_keys().cloned().collect();
        let known: BTreeSet<&T> = distinct.iter().collect();
        let strange = self.values[1]
            .iter()
            .position(|value| value.as_ref().is_some_and(|value| !known.contains(value)));
        if let Some((record, Some(value))) = strange.map(|record| (record, &self.values[1][record]))
        {
            return Err(test.wrong(
                record,
                &format!(
                    "has {}, which no training image has: leave such test images out, or add training images of that class",
                    shown(value)
                ),
            ));
        }
        let number = |values: &[Option<T>]| {
            let of = |value: &T| distinct.binary_search(value).unwrap_or_default() as u32;
            values.iter().flatten().map(of).collect()
        };
        Ok(Numbered {
            train: number(&self.values[0]),
            test: number(&self.values[1]),
            distinct,
        })
    }
}

/// Classes whose names are still labels.
struct Numbered<T> {
    distinct: Vec<T>,
    train: Vec<u32>,
    test: Vec<u32>,
}

impl<T> Numbered<T> {
    fn named(self, name: impl Fn(&T) -> String) -> Classes {
        Classes {
            names: self.distinct.iter().map(name).collect(),
            train: self.train,
            test: self.test,
            notes: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;

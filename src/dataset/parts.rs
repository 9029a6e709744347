//! A split that comes in several files, put together without a second copy of it in memory.

use std::collections::BTreeMap;
use std::path::Path;

use super::archive::malformed;
use super::pickle::{Document, View};
use super::{Error, Split};

/// Checks labels against the number of classes and moves them to start at 0.
///
/// # Errors
/// A sentence with the record, for a label outside `first..first + classes`.
pub(super) fn labels(
    path: &Path,
    labels: impl IntoIterator<Item = i64>,
    first: i64,
    classes: usize,
) -> Result<Vec<u32>, Error> {
    let last = first + classes as i64 - 1;
    labels
        .into_iter()
        .enumerate()
        .map(|(record, label)| {
            if (first..=last).contains(&label) {
                Ok((label - first) as u32)
            } else {
                Err(malformed(
                    path,
                    format!(
                        "record {record} (counted from 0) has label {label}, outside {first} to {last}: it is damaged, or another dataset's file"
                    ),
                ))
            }
        })
        .collect()
}

/// Puts parts behind one another in their order; only those that come too early are kept apart.
#[derive(Debug, Default)]
pub(super) struct Gather {
    whole: Split,
    next: usize,
    early: BTreeMap<usize, Split>,
}

impl Gather {
    /// Room for `bytes` of pixels, so that no growth copies them.
    pub(super) fn with_room(bytes: u64) -> Self {
        let mut gather = Self::default();
        gather.whole.pixels.reserve_exact(bytes as usize);
        gather
    }

    /// Lets `fill` append part `index`, and says how many images it had.
    pub(super) fn put(
        &mut self,
        index: usize,
        fill: impl FnOnce(&mut Split) -> Result<(), Error>,
    ) -> Result<usize, Error> {
        if index != self.next {
            let mut part = Split::default();
            fill(&mut part)?;
            let count = part.len();
            self.early.insert(index, part);
            return Ok(count);
        }
        let before = self.whole.len();
        fill(&mut self.whole)?;
        let count = self.whole.len() - before;
        self.next += 1;
        while let Some(part) = self.early.remove(&self.next) {
            self.whole.pixels.extend_from_slice(&part.pixels);
            self.whole.labels.extend_from_slice(&part.labels);
            self.next += 1;
        }
        Ok(count)
    }

    /// All parts.
    pub(super) fn finish(self) -> Split {
        self.whole
    }
}

/// Reads a pickle; `path` names it in messages.
pub(super) fn document<'a>(path: &Path, bytes: &'a [u8]) -> Result<Document<'a>, Error> {
    Document::parse(bytes).map_err(|error| malformed(path, error.to_string()))
}

/// A dictionary's entry.
pub(super) fn entry<'d, 'a>(
    path: &Path,
    document: &'d Document<'a>,
    key: &str,
) -> Result<View<'d, 'a>, Error> {
    document.root().get(key).ok_or_else(|| {
        malformed(
            path,
            format!("its pickle has no entry '{key}': it is another dataset's file, or damaged"),
        )
    })
}

/// Appends a batch of images from a pickle: rows of 8-bit values under `data`, labels under `key`.
pub(super) fn pickled(
    path: &Path,
    bytes: &[u8],
    key: &str,
    first: i64,
    classes: usize,
    row: usize,
    split: &mut Split,
) -> Result<(), Error> {
    let document = document(path, bytes)?;
    let numbers = entry(path, &document, key)?
        .integers()
        .ok_or_else(|| malformed(path, format!("its '{key}' are no integers: it is damaged")))?;
    let labels = labels(path, numbers, first, classes)?;
    let data = entry(path, &document, "data")?
        .array()
        .unwrap_or_else(|| Err("its 'data' is no array: it is damaged".to_owned()))
        .map_err(|problem| malformed(path, problem))?;
    rows(path, data.shape(), labels.len(), row)?;
    let element = data.element();
    let pixels = data.into_bytes().ok_or_else(|| {
        malformed(
            path,
            format!("its 'data' holds {element} where 8-bit pixels belong: another dataset's file"),
        )
    })?;
    split.pixels.extend_from_slice(&pixels);
    split.labels.extend(labels);
    Ok(())
}

/// Checks that an array has one row of `row` values for each of `labels` labels.
pub(super) fn rows(path: &Path, shape: &[usize], labels: usize, row: usize) -> Result<(), Error> {
    if shape == [labels, row] {
        return Ok(());
    }
    Err(malformed(
        path,
        format!(
            "its 'data' has shape {shape:?}, where {labels} labels promise [{labels}, {row}]: it is damaged, or another dataset's file"
        ),
    ))
}

//! A split that comes in several files, put together without a second copy of it in memory.

use std::collections::BTreeMap;
use std::path::Path;

use super::archive::malformed;
use super::array::Array;
use super::memory::{Budget, reserve};
use super::pickle::{Document, View};
use super::{Part, Result, Split};

/// Checks labels against the number of classes and moves them to start at 0.
///
/// # Errors
/// A sentence with the record, for a label outside `first..first + classes`.
pub(super) fn labels(
    path: &Path,
    labels: impl IntoIterator<Item = i64>,
    first: i64,
    classes: usize,
) -> Result<Vec<u32>> {
    let last = first + classes as i64 - 1;
    labels
        .into_iter()
        .zip(0..)
        .map(|(label, record)| {
            if (first..=last).contains(&label) {
                Ok((label - first) as u32)
            } else {
                Err(malformed!(
                    path,
                    "record {record} (counted from 0) has label {label}, outside {first} to {last}: it is damaged, or another dataset's file"
                ))
            }
        })
        .collect()
}

/// Joins parts in their order; only those that come too early are stored separately.
#[derive(Debug, Default)]
pub(super) struct Gather {
    whole: Split,
    next: usize,
    early: BTreeMap<usize, Split>,
}

impl Gather {
    /// Reserves `bytes` for pixels out of `memory`, so that no growth copies them; `path` names what
    /// they are for.
    pub(super) fn with_capacity(bytes: u64, memory: &Budget, path: &Path) -> Result<Self> {
        memory.claim(bytes, path)?;
        let mut gather = Self::default();
        reserve(&mut gather.whole.pixels, bytes as usize, path)?;
        Ok(gather)
    }

    /// Lets `fill` append part `index`, and says how many images it had.
    pub(super) fn put(
        &mut self,
        index: usize,
        fill: impl FnOnce(&mut Split) -> Result<()>,
    ) -> Result<usize> {
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
pub(super) fn document<'a>(path: &Path, bytes: &'a [u8]) -> Result<Document<'a>> {
    Document::parse(bytes).map_err(|error| malformed(path, error.to_string()))
}

/// A dictionary's entry.
pub(super) fn entry<'d, 'a>(
    path: &Path,
    document: &'d Document<'a>,
    key: &str,
) -> Result<View<'d, 'a>> {
    document.root().get(key).ok_or_else(|| {
        malformed!(
            path,
            "its pickle has no entry '{key}': it is another dataset's file, or damaged"
        )
    })
}

/// What a batch of images must be: rows of 8-bit values, and a label for each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    /// Values of one row.
    pub(super) row: usize,
    /// The lowest label.
    pub(super) first: i64,
    /// Number of classes.
    pub(super) classes: usize,
}

impl Rows {
    /// Hands over a batch from a pickle: `data`, and labels under `key`.
    pub(super) fn pickled(
        self,
        path: &Path,
        bytes: &[u8],
        key: &str,
        take: &mut dyn FnMut(Part<'_>) -> Result<()>,
    ) -> Result<()> {
        let document = document(path, bytes)?;
        let labels = entry(path, &document, key)?.integers();
        let labels = self.labels(path, key, labels)?;
        let data = entry(path, &document, "data")?
            .array()
            .unwrap_or_else(|| Err("its 'data' is no array: it is damaged".to_owned()))
            .map_err(|problem| malformed(path, problem))?;
        self.hand_over(path, data, &labels, take)
    }

    /// The labels of a batch, from 0; `numbers` are the values under `key`, if they are integers.
    pub(super) fn labels(
        self,
        path: &Path,
        key: &str,
        numbers: Option<Vec<i64>>,
    ) -> Result<Vec<u32>> {
        let numbers = numbers
            .ok_or_else(|| malformed!(path, "its '{key}' are no integers: it is damaged"))?;
        labels(path, numbers, self.first, self.classes)
    }

    /// Hands over a batch, whose `data` must have a row for each label.
    pub(super) fn hand_over(
        self,
        path: &Path,
        data: Array<'_>,
        labels: &[u32],
        take: &mut dyn FnMut(Part<'_>) -> Result<()>,
    ) -> Result<()> {
        let promised = [labels.len(), self.row];
        if data.shape() != promised {
            return Err(malformed!(
                path,
                "its 'data' has shape {:?}, where {} labels promise {promised:?}: it is damaged, or another dataset's file",
                data.shape(),
                labels.len()
            ));
        }
        let element = data.element();
        let pixels = data.into_bytes().ok_or_else(|| {
            malformed!(
                path,
                "its 'data' holds {element} where 8-bit pixels belong: another dataset's file"
            )
        })?;
        take(Part {
            pixels: &pixels,
            labels,
        })
    }
}

//! Files among the images of a dataset and were left out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::format::{count, number_of};

/// Files of one kind that were left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Why, in a few words.
    pub reason: String,
    /// How many.
    pub files: usize,
}

impl Skipped {
    /// Counts equal reasons, the most frequent first.
    pub(super) fn counted<'a>(reasons: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let mut counts = BTreeMap::new();
        for reason in reasons {
            *counts.entry(reason).or_insert(0) += 1;
        }
        let mut skipped: Vec<Self> = counts
            .into_iter()
            .map(|(reason, files)| Self {
                reason: reason.to_owned(),
                files,
            })
            .collect();
        skipped.sort_by_key(|kind| Reverse(kind.files));
        skipped
    }

    /// All of them in one sentence without capital and stop; none where nothing was left out.
    #[must_use]
    pub fn sentence(skipped: &[Self]) -> Option<String> {
        let files: usize = skipped.iter().map(|kind| kind.files).sum();
        (files > 0).then(|| {
            format!(
                "{} among the images left out: {}",
                number_of(files, "file", "files"),
                Self::list(skipped)
            )
        })
    }

    /// The reasons with their counts: `AVIF, which is not read here (10); no image, .txt (2)`.
    pub(super) fn list(skipped: &[Self]) -> String {
        let kinds = skipped
            .iter()
            .map(|kind| format!("{} ({})", kind.reason, count(kind.files as u64)));
        kinds.collect::<Vec<_>>().join("; ")
    }
}

/// What is said of images of more than 8 bits a channel, of which there are `deep` among `all`.
pub(super) fn deep(deep: usize, all: usize) -> Option<String> {
    (deep > 0).then(|| {
        format!(
            "{} of {} have more than 8 bits a channel: they are taken at 8 bits, and entropy is that of these",
            count(deep as u64),
            number_of(all, "image", "images")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_are_counted_and_the_most_frequent_comes_first() {
        let skipped = Skipped::counted(["b", "a", "c", "a"]);
        assert_eq!(
            Skipped::sentence(&skipped).as_deref(),
            Some("4 files among the images left out: a (2); b (1); c (1)")
        );
        assert_eq!(Skipped::sentence(&[]), None);
    }
}

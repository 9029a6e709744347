//! What a user should know of how images were read, beside the images.

use serde::{Deserialize, Serialize};

/// Files of one kind that lie among the images of a dataset and were left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Why, in a few words.
    pub reason: String,
    /// How many.
    pub files: usize,
}

/// What a user should know of how images were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarks {
    /// Files in class folders that were left out, by reason, the most frequent first.
    #[serde(default)]
    pub skipped: Vec<Skipped>,
    /// Choices that were made for the user, a sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Remarks {
    /// Counts equal reasons.
    #[must_use]
    pub fn counted(reasons: impl IntoIterator<Item = String>) -> Vec<Skipped> {
        let mut counts = std::collections::BTreeMap::new();
        for reason in reasons {
            *counts.entry(reason).or_insert(0) += 1;
        }
        let mut skipped: Vec<Skipped> = counts
            .into_iter()
            .map(|(reason, files)| Skipped { reason, files })
            .collect();
        skipped.sort_by_key(|kind| std::cmp::Reverse(kind.files));
        skipped
    }

    /// What was left out, in one sentence; none where nothing was.
    #[must_use]
    pub fn left_out(&self) -> Option<String> {
        let files: usize = self.skipped.iter().map(|kind| kind.files).sum();
        (files > 0).then(|| {
            let files = crate::format::number_of(files, "file", "files");
            format!(
                "{files} among the images left out: {}",
                in_words(&self.skipped)
            )
        })
    }

    /// Every remark as a sentence, what was left out first.
    pub fn sentences(&self) -> impl Iterator<Item = String> {
        self.left_out().into_iter().chain(self.notes.clone())
    }
}

/// What is said of images of more than 8 bits a channel, of which there are `deep` among `all`.
pub(super) fn deep(deep: usize, all: usize) -> Option<String> {
    (deep > 0).then(|| {
        format!(
            "{} of {} have more than 8 bits a channel: they are taken at 8 bits, and entropy is that of these",
            crate::format::count(deep as u64),
            crate::format::number_of(all, "image", "images")
        )
    })
}

/// Reasons with their counts: `10 AVIF, which is not read here; 2 no image (.txt)`.
pub(super) fn in_words(skipped: &[Skipped]) -> String {
    let kinds = skipped.iter().map(|kind| {
        format!(
            "{} {}",
            crate::format::count(kind.files as u64),
            kind.reason
        )
    });
    kinds.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_are_counted_and_the_most_frequent_comes_first() {
        let reasons = ["b", "a", "c", "a"].map(str::to_owned);
        let remarks = Remarks {
            skipped: Remarks::counted(reasons),
            notes: vec!["a note".to_owned()],
        };
        let said: Vec<String> = remarks.sentences().collect();
        assert_eq!(
            said,
            [
                "4 files among the images left out: 2 a; 1 b; 1 c",
                "a note"
            ]
        );
        assert_eq!(Remarks::default().sentences().count(), 0);
    }
}

//! What can be wrong with weights, and the table of what does not fit.

use std::fmt;
use std::path::PathBuf;

use super::shown;

/// Names of each kind that a table shows.
const SHOWN: usize = 5;

/// Why weights could not be read or put into a network.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a file of weights, or a damaged one.
    #[error("{path}: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, in one sentence.
        problem: String,
    },
    /// The format cannot hold the tensors.
    #[error("the weights cannot be written: {0}")]
    Unwritable(String),
    /// Weights of another network.
    #[error(transparent)]
    Mismatch(#[from] Box<Mismatch>),
}

/// How weights differ from what a network needs; shown as a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Mismatch {
    /// Tensors that the network needs.
    pub needed: usize,
    /// Names and shapes that the network needs and the weights lack.
    pub missing: Vec<(String, Vec<usize>)>,
    /// Names and shapes that the network does not know.
    pub unexpected: Vec<(String, Vec<usize>)>,
    /// Names with the shape that the weights have and the one that the network needs.
    pub reshaped: Vec<(String, Vec<usize>, Vec<usize>)>,
    /// What all names of the weights begin with, where that is no part of the network's names.
    pub prefix: Option<String>,
}

impl Mismatch {
    /// Whether everything fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.reshaped.is_empty()
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the weights are of another network: of the {} tensors it needs {} are missing and {} have another shape, and {} of the file are unexpected",
            self.needed,
            self.missing.len(),
            self.reshaped.len(),
            self.unexpected.len()
        )?;
        if let Some(prefix) = &self.prefix {
            write!(
                f,
                "; every name of the file begins with '{}': save the state dict without it",
                shown(prefix)
            )?;
        }
        let rows = |kind: &'static str, named: &[(String, Vec<usize>)]| -> Vec<[String; 3]> {
            named
                .iter()
                .map(|(name, shape)| [kind.to_owned(), shown(name), format!("{shape:?}")])
                .collect()
        };
        let reshaped = self
            .reshaped
            .iter()
            .map(|(name, has, needs)| {
                let shapes = format!("{has:?} in place of {needs:?}");
                ["shape".to_owned(), shown(name), shapes]
            })
            .collect();
        let kinds = [
            rows("missing", &self.missing),
            reshaped,
            rows("unexpected", &self.unexpected),
        ];
        let width = kinds
            .iter()
            .flat_map(|rows| rows.iter().take(SHOWN))
            .map(|[_, name, _]| name.chars().count())
            .max()
            .unwrap_or(0);
        for rows in kinds {
            for [kind, name, shape] in rows.iter().take(SHOWN) {
                write!(f, "\n  {kind:10}  {name:width$}  {shape}")?;
            }
            if let (Some([kind, ..]), Some(more)) = (rows.first(), rows.len().checked_sub(SHOWN))
                && more > 0
            {
                write!(f, "\n  {kind:10}  … and {more} more")?;
            }
        }
        Ok(())
    }
}

//! What a user asks of a sweep.

use std::str::FromStr;

use crate::dataset::Source;
use crate::run::Error;

/// What a user asks of a sweep besides the settings of its runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// Convolutions of every point; the usual ones where none are named.
    pub depths: Option<Vec<usize>>,
    /// The wrong cap; that of one of the embedded datasets where none is named.
    pub wrong_cap: Option<WrongCap>,
    /// Of `glyphs` alone, no variant beside it.
    pub no_variants: bool,
}

/// Where a wrong cap comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrongCap {
    /// The cap that the same reading gives on another dataset.
    Dataset(String),
    /// A number of convolutions.
    Convolutions(usize),
}

impl FromStr for WrongCap {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse() {
            Ok(0) => Err(Error::Setting(
                "a wrong cap of 0 leaves no convolution: use at least 1".to_owned(),
            )),
            Ok(depth) => Ok(Self::Convolutions(depth)),
            Err(_) => {
                text.parse::<Source>()?;
                Ok(Self::Dataset(text.to_owned()))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_cap_is_a_number_or_a_dataset() {
        let read = |text: &str| text.parse::<WrongCap>();
        assert_eq!(read("9").unwrap(), WrongCap::Convolutions(9));
        assert_eq!(
            read("mnist").unwrap(),
            WrongCap::Dataset("mnist".to_owned())
        );
        assert!(read("0").is_err() && read("nist").is_err());
    }
}

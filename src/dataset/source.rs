//! Names of datasets as users type them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Error;
use super::glyphs::Variant;

/// What a user names when asked for a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Drawn by the program: `glyphs-plain`, `glyphs`, `glyphs-noise`.
    Glyphs(Variant),
    /// Handwritten digits, from their four IDX files: `mnist`.
    Mnist,
    /// A folder of class folders of image files: `folder:PATH`.
    Folder(PathBuf),
}

impl Source {
    /// Every dataset that has a name of its own, in the order in which they are listed.
    #[must_use]
    pub fn named() -> Vec<Self> {
        vec![
            Self::Glyphs(Variant::Textured),
            Self::Glyphs(Variant::Plain),
            Self::Glyphs(Variant::Noise),
            Self::Mnist,
        ]
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glyphs(variant) => f.write_str(variant.name()),
            Self::Mnist => f.write_str("mnist"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
        }
    }
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some(path) = text.strip_prefix("folder:") {
            if path.is_empty() {
                return Err(Error::EmptyFolderPath);
            }
            return Ok(Self::Folder(PathBuf::from(path)));
        }
        Self::named()
            .into_iter()
            .find(|source| source.to_string() == text)
            .ok_or_else(|| Error::UnknownDataset {
                name: text.to_owned(),
                known: Self::named()
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn every_name_is_read_back() {
        for source in Source::named() {
            assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
        }
        let folder: Source = "folder:a b/c".parse().unwrap();
        assert_eq!(folder, Source::Folder(PathBuf::from("a b/c")));
        assert_eq!(folder.to_string(), "folder:a b/c");
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        assert_eq!(
            "mnits".parse::<Source>().unwrap_err().to_string(),
            "unknown dataset 'mnits': use one of glyphs, glyphs-plain, glyphs-noise, mnist, or folder:PATH"
        );
        assert_eq!(
            "folder:".parse::<Source>().unwrap_err().to_string(),
            "'folder:' names no folder: write folder:PATH"
        );
        assert!("".parse::<Source>().is_err());
    }
}

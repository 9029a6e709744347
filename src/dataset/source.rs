//! Names of datasets as users type them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::cifar::Variety;
use super::glyphs::Variant;
use super::places::at_home;
use super::{Error, imagenet32};

/// What a user names when asked for a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Drawn by the program: `glyphs-plain`, `glyphs`, `glyphs-noise`.
    Glyphs(Variant),
    /// Handwritten digits, from their four IDX files: `mnist`.
    Mnist,
    /// CIFAR-10 or CIFAR-100: `cifar10`, `cifar100`, and `cifar100-coarse` with its 20 coarse classes.
    Cifar(Variety),
    /// STL-10: `stl10`.
    Stl10,
    /// Downsampled ImageNet: `imagenet32`.
    ImageNet32,
    /// A folder of class folders of image files: `folder:PATH`.
    Folder(PathBuf),
    /// A set of four IDX files: `idx:DIR`, or `idx:DIR/PREFIX` where a folder holds several.
    Idx(PathBuf),
    /// A file of zipped arrays in MedMNIST's layout: `npz:FILE`.
    Npz(PathBuf),
    /// A Hugging Face copy, parquet files with images and labels: `hf:DIR`.
    HuggingFace(PathBuf),
}

/// What stands before a path, and the source that it leads to.
type Prefix = (&'static str, fn(PathBuf) -> Source);

const PREFIXES: [Prefix; 4] = [
    ("folder:", Source::Folder),
    ("idx:", Source::Idx),
    ("npz:", Source::Npz),
    ("hf:", Source::HuggingFace),
];

impl Source {
    /// Every dataset that has a name of its own, in the order in which they are listed.
    #[must_use]
    pub fn named() -> Vec<Self> {
        vec![
            Self::Glyphs(Variant::Textured),
            Self::Glyphs(Variant::Plain),
            Self::Glyphs(Variant::Noise),
            Self::Mnist,
            Self::Cifar(Variety::Cifar10),
            Self::Cifar(Variety::Cifar100),
            Self::Cifar(Variety::Cifar100Coarse),
            Self::Stl10,
            Self::ImageNet32,
        ]
    }

    /// Whether its files are published under a name, by which they are found.
    #[must_use]
    pub const fn is_published(&self) -> bool {
        matches!(
            self,
            Self::Mnist | Self::Cifar(_) | Self::Stl10 | Self::ImageNet32
        )
    }

    /// The file or folder of a dataset that is named by its path.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) | Self::Idx(path) | Self::Npz(path) | Self::HuggingFace(path) => {
                Some(path)
            }
            _ => None,
        }
    }

    /// The same kind of dataset at the path that `to` gives; one that is not named by its path stays as it is.
    #[must_use]
    pub fn with_path(&self, to: impl FnOnce(&PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Folder(path) => Self::Folder(to(path)),
            Self::Idx(path) => Self::Idx(to(path)),
            Self::Npz(path) => Self::Npz(to(path)),
            Self::HuggingFace(path) => Self::HuggingFace(to(path)),
            named => named.clone(),
        }
    }

    /// Whether a horizontally mirrored image still belongs to its class, where that is known: of
    /// photographs in published datasets it does, of digits and glyphs it does not.
    #[must_use]
    pub const fn mirror_keeps_class(&self) -> Option<bool> {
        match self {
            Self::Cifar(_) | Self::Stl10 | Self::ImageNet32 => Some(true),
            Self::Mnist | Self::Glyphs(_) => Some(false),
            Self::Folder(_) | Self::Idx(_) | Self::Npz(_) | Self::HuggingFace(_) => None,
        }
    }

    /// Whether the images of runs were mirrored that do not say it: all but digits and glyphs.
    #[must_use]
    pub const fn was_mirrored(&self) -> bool {
        !matches!(self, Self::Mnist | Self::Glyphs(_) | Self::Idx(_))
    }

    /// Training images of the published dataset.
    #[must_use]
    pub const fn published_images(&self) -> Option<usize> {
        match self {
            Self::Mnist => Some(60_000),
            Self::Cifar(_) => Some(50_000),
            Self::Stl10 => Some(5_000),
            Self::ImageNet32 => Some(imagenet32::TRAIN),
            _ => None,
        }
    }

    /// The name under which its files are published: both labellings of CIFAR-100 share theirs.
    #[must_use]
    pub fn published_name(&self) -> String {
        match self {
            Self::Cifar(Variety::Cifar100Coarse) => Variety::Cifar100.name().to_owned(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glyphs(variant) => f.write_str(variant.name()),
            Self::Mnist => f.write_str("mnist"),
            Self::Cifar(variety) => f.write_str(variety.name()),
            Self::Stl10 => f.write_str("stl10"),
            Self::ImageNet32 => f.write_str("imagenet32"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::Idx(path) => write!(f, "idx:{}", path.display()),
            Self::Npz(path) => write!(f, "npz:{}", path.display()),
            Self::HuggingFace(path) => write!(f, "hf:{}", path.display()),
        }
    }
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        for (prefix, source) in PREFIXES {
            match text.strip_prefix(prefix) {
                Some("") if prefix == "folder:" => return Err(Error::EmptyFolderPath),
                Some("") => return Err(Error::EmptyPath { prefix }),
                Some(path) => return Ok(source(at_home(Path::new(path)))),
                None => {}
            }
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
        for text in ["cifar100-coarse", "npz:a.npz", "hf:a/b", "idx:a"] {
            assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
        let folder: Source = "folder:a b/c".parse().unwrap();
        assert_eq!(folder, Source::Folder(PathBuf::from("a b/c")));
        assert_eq!(folder.to_string(), "folder:a b/c");
    }

    #[test]
    fn unknown_names_are_answered_with_the_known_ones() {
        assert_eq!(
            "mnits".parse::<Source>().unwrap_err().to_string(),
            "unknown dataset 'mnits': use one of glyphs, glyphs-plain, glyphs-noise, mnist, cifar10, cifar100, cifar100-coarse, stl10, imagenet32, or folder:PATH, idx:DIR, npz:FILE, hf:DIR"
        );
        assert_eq!(
            "folder:".parse::<Source>().unwrap_err().to_string(),
            "'folder:' names no folder: write folder:PATH"
        );
        assert_eq!(
            "hf:".parse::<Source>().unwrap_err().to_string(),
            "'hf:' names nothing: write a path behind it"
        );
        assert!("".parse::<Source>().is_err());
    }
}

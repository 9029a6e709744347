//! A dataset as a user names it.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Shape;

/// What a user names when asked for a dataset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A dataset that has a name, such as `mnist`.
    Named(&'static Name),
    /// One that is named by its path, such as `folder:PATH`.
    At(&'static Prefix, PathBuf),
}

/// A dataset that has a name.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Name {
    /// The name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub description: &'static str,
    /// Whether a horizontally mirrored image still belongs to its class.
    pub mirror_keeps_class: bool,
    /// What is published of it; none of what the program draws itself.
    pub release: Option<Release>,
    /// The same images with less and more entropy, in rising order, itself among them.
    pub variants: &'static [&'static str],
}

/// A dataset as it is published.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Release {
    /// The name under which its files are published: both labellings of CIFAR-100 share theirs.
    pub name: &'static str,
    /// Training images.
    pub images: usize,
    /// Shape of every image.
    pub shape: Shape,
    /// Number of classes.
    pub classes: usize,
    /// Names of its copies on the Hugging Face Hub, in small letters and without signs.
    pub hub: &'static [&'static str],
    /// The label column of these copies, where it is not the one that says so.
    pub hub_label: Option<&'static str>,
}

/// The prefix before the path of a dataset.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Prefix {
    /// The prefix, such as `folder:`.
    pub text: &'static str,
    /// What the path is called in help, such as `PATH`.
    pub value: &'static str,
    /// Its format in a word.
    pub label: &'static str,
    /// What such a dataset is, in a few words.
    pub description: &'static str,
    /// What is at the path.
    pub target: Target,
}

/// What is at the path of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A folder, or files whose names begin so.
    FolderOrFiles,
}

impl Source {
    /// Whether it is the dataset of that name.
    pub(super) fn has_name(&self, name: &str) -> bool {
        matches!(self, Self::Named(own) if own.name == name)
    }

    /// The same images with less and more entropy, in rising order; none where there are no such.
    #[must_use]
    pub const fn variants(&self) -> &'static [&'static str] {
        match self {
            Self::Named(name) => name.variants,
            Self::At(..) => &[],
        }
    }

    /// The prefix of one that is named by its path.
    #[must_use]
    pub const fn prefix(&self) -> Option<&'static Prefix> {
        match self {
            Self::Named(_) => None,
            Self::At(prefix, _) => Some(prefix),
        }
    }

    /// What is published of it.
    #[must_use]
    pub const fn release(&self) -> Option<&'static Release> {
        match self {
            Self::Named(name) => name.release.as_ref(),
            Self::At(..) => None,
        }
    }

    /// Whether its files are published under a name, by which they are found.
    #[must_use]
    pub const fn is_published(&self) -> bool {
        self.release().is_some()
    }

    /// Whether the program draws it itself.
    #[must_use]
    pub const fn is_embedded(&self) -> bool {
        matches!(self, Self::Named(name) if name.release.is_none())
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Named(name) => name.description,
            Self::At(prefix, _) => prefix.description,
        }
    }

    /// The file or folder of a dataset that is named by its path.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Named(_) => None,
            Self::At(_, path) => Some(path),
        }
    }

    /// The same kind of dataset at the path that `to` gives; one that is not named by its path stays as it is.
    #[must_use]
    pub fn with_path(&self, to: impl FnOnce(&PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Named(name) => Self::Named(name),
            Self::At(prefix, path) => Self::At(prefix, to(path)),
        }
    }

    /// Whether a horizontally mirrored image still belongs to its class, where that is known: of
    /// photographs in published datasets it does, of digits and glyphs it does not.
    #[must_use]
    pub const fn mirror_keeps_class(&self) -> Option<bool> {
        match self {
            Self::Named(name) => Some(name.mirror_keeps_class),
            Self::At(..) => None,
        }
    }

    /// Training images of the published dataset.
    #[must_use]
    pub fn published_images(&self) -> Option<usize> {
        self.release().map(|release| release.images)
    }

    /// The name under which its files are published, or else its own.
    #[must_use]
    pub fn published_name(&self) -> String {
        let name = self.release().map(|release| release.name.to_owned());
        name.unwrap_or_else(|| self.to_string())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name.name),
            Self::At(prefix, path) => write!(f, "{}{}", prefix.text, path.display()),
        }
    }
}

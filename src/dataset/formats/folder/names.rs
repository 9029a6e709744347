//! Names of folders: which of them are splits, and which mean the same class.

use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;

use unicode_normalization::UnicodeNormalization;

/// What the images of a split are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Train,
    Test,
    Validation,
}

impl Role {
    /// The role of a folder by its name, in any case.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?.to_ascii_lowercase();
        match name.as_str() {
            "train" | "training" => Some(Self::Train),
            "test" | "testing" => Some(Self::Test),
            "val" | "valid" | "validation" | "dev" => Some(Self::Validation),
            _ => None,
        }
    }
}

/// Whether a folder is named for holding images, as those below a class of Tiny `ImageNet` are.
pub(super) fn is_images(folder: &Path) -> bool {
    let name = folder.file_name().and_then(OsStr::to_str);
    name.is_some_and(|name| {
        matches!(
            name.to_ascii_lowercase().as_str(),
            "images" | "image" | "imgs"
        )
    })
}

/// A class by the name of its folder: equal for names that Unicode calls canonically equivalent, such
/// as macOS and Linux write them; a name that is no UTF-8 equals only itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Text(String),
    Bytes(Vec<u8>),
}

impl Class {
    pub(super) fn of(name: &OsStr) -> Self {
        match name.to_str() {
            Some(text) => Self::Text(text.nfc().collect()),
            None => Self::Bytes(name.as_encoded_bytes().to_vec()),
        }
    }

    /// The class that a folder holds.
    pub(super) fn of_folder(folder: &Path) -> Self {
        Self::of(folder.file_name().unwrap_or_default())
    }

    /// Its name, in which bytes that are no UTF-8 are written as `\xe9`.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Bytes(bytes) => {
                let mut name = String::new();
                for chunk in bytes.utf8_chunks() {
                    name.push_str(chunk.valid());
                    for byte in chunk.invalid() {
                        let _ = write!(name, "\\x{byte:02x}");
                    }
                }
                name
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_names_are_one_class_and_bytes_stay_apart() {
        let class = |name: &str| Class::of(OsStr::new(name));
        // unicodedata.normalize("NFC" and "NFD", "café") in Python.
        assert_eq!(class("caf\u{e9}"), class("cafe\u{301}"));
        assert_eq!(class("cafe\u{301}").name(), "caf\u{e9}");
        assert_ne!(class("cafe"), class("caf\u{e9}"));
        assert_ne!(class("\u{fb01}n"), class("fin"));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_utf8_are_told_apart() {
        use std::os::unix::ffi::OsStrExt;
        let class = |bytes| Class::of(OsStr::from_bytes(bytes));
        assert_ne!(class(b"caf\xe9"), class(b"caf\xe8"));
        assert_eq!(class(b"caf\xe9").name(), "caf\\xe9");
    }

    #[test]
    fn splits_are_known_in_any_case() {
        for (name, role) in [
            ("Training", Some(Role::Train)),
            ("TEST", Some(Role::Test)),
            ("valid", Some(Role::Validation)),
            ("dev", Some(Role::Validation)),
            ("trained", None),
        ] {
            assert_eq!(Role::of(Path::new(name)), role, "{name}");
        }
    }
}

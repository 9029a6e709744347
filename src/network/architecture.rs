//! Names of architectures as users type them.

use std::fmt;
use std::str::FromStr;

use super::{Architecture, Labels, NetworkError};

/// The names of all families, for a sentence that asks for one: `resnet-N (N = 6n + 2), …, or …`.
#[must_use]
pub fn architecture_names() -> String {
    match Architecture::PATTERNS {
        [first @ .., last] => format!("{}, or {last}", first.join(", ")),
        [] => String::new(),
    }
}

impl Architecture {
    /// The family's name, such as `resnet`.
    #[must_use]
    pub fn family(self) -> &'static str {
        self.as_family().name()
    }

    /// What its family calls its parts.
    #[must_use]
    pub fn labels(self) -> Labels {
        self.as_family().labels()
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_family().fmt(f)
    }
}

impl FromStr for Architecture {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        Self::read(text)?.ok_or_else(|| NetworkError::UnknownArchitecture {
            name: text.to_owned(),
        })
    }
}

impl TryFrom<String> for Architecture {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

impl From<Architecture> for String {
    fn from(architecture: Architecture) -> Self {
        architecture.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::network::testing::complaint;

    #[test]
    fn a_suggested_name_is_read_as_it_is_shown() {
        for architecture in Architecture::suggested() {
            let name = architecture.to_string();
            assert!(name.starts_with(architecture.family()), "{name}");
            assert_eq!(name.parse(), Ok(architecture), "{name}");
            let json = serde_json::to_string(&architecture).unwrap();
            assert_eq!(json, format!("\"{name}\""));
        }
    }

    proptest! {
        #[test]
        fn any_name_is_read_as_it_is_shown(name in Architecture::any(100, 60)) {
            let architecture: Architecture = name.parse().unwrap();
            prop_assert_eq!(architecture.to_string().parse(), Ok(architecture));
        }
    }

    #[test]
    fn what_is_no_name_says_what_would_be_one() {
        for name in [
            "vgg-16",
            "resnet",
            "resnet-",
            "resnet-20-k3",
            "densenet-x",
            "",
        ] {
            assert_eq!(
                complaint(name),
                format!(
                    "unknown architecture '{name}': use {}",
                    architecture_names()
                )
            );
        }
        assert!(architecture_names().starts_with("resnet-N (N = 6n + 2), "));
    }
}

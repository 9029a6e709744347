//! How sample images are drawn in the terminal.

use std::fmt;
use std::str::FromStr;

/// A way to draw images in a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Images {
    /// The best that the environment promises.
    #[default]
    Auto,
    /// Kitty's graphics protocol, with placeholders.
    Kitty,
    /// Sixels.
    Sixel,
    /// iTerm2's inline images.
    Iterm2,
    /// Two pixels to a character: any terminal.
    HalfBlocks,
}

impl Images {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Auto,
        Self::Kitty,
        Self::Sixel,
        Self::Iterm2,
        Self::HalfBlocks,
    ];

    /// Its name on the command line and in config files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Kitty => "kitty",
            Self::Sixel => "sixel",
            Self::Iterm2 => "iterm2",
            Self::HalfBlocks => "half-blocks",
        }
    }
}

impl fmt::Display for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A way to draw images that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown way to draw images '{0}': use auto, kitty, sixel, iterm2 or half-blocks")]
pub struct UnknownImages(pub String);

impl FromStr for Images {
    type Err = UnknownImages;

    fn from_str(text: &str) -> Result<Self, UnknownImages> {
        Self::ALL
            .into_iter()
            .find(|images| images.name() == text)
            .ok_or_else(|| UnknownImages(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for images in Images::ALL {
            assert_eq!(images.name().parse(), Ok(images));
        }
        let said = "sixels"
            .parse::<Images>()
            .map_err(|error| error.to_string());
        assert_eq!(
            said,
            Err("unknown way to draw images 'sixels': use auto, kitty, sixel, iterm2 or half-blocks".to_owned())
        );
    }
}

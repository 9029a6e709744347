//! What curves are made of in the terminal.

use std::fmt;
use std::str::FromStr;

/// Characters that curves are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartSymbols {
    /// Eight dots to a character.
    #[default]
    Braille,
    /// Eight blocks to a character, of Unicode 16.
    Octants,
    /// Two blocks to a character.
    HalfBlocks,
    /// Dots and colons.
    Ascii,
}

impl ChartSymbols {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Braille, Self::Octants, Self::HalfBlocks, Self::Ascii];

    /// Its name on the command line and in config files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Braille => "braille",
            Self::Octants => "octants",
            Self::HalfBlocks => "half-blocks",
            Self::Ascii => "ascii",
        }
    }
}

impl fmt::Display for ChartSymbols {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Symbols of charts that do not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown symbols of charts '{0}': use braille, octants, half-blocks or ascii")]
pub struct UnknownChartSymbols(pub String);

impl FromStr for ChartSymbols {
    type Err = UnknownChartSymbols;

    fn from_str(text: &str) -> Result<Self, UnknownChartSymbols> {
        Self::ALL
            .into_iter()
            .find(|symbols| symbols.name() == text)
            .ok_or_else(|| UnknownChartSymbols(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_refused() {
        for symbols in ChartSymbols::ALL {
            assert_eq!(symbols.name().parse(), Ok(symbols));
        }
        let said = "dots"
            .parse::<ChartSymbols>()
            .map_err(|error| error.to_string());
        assert_eq!(
            said,
            Err(
                "unknown symbols of charts 'dots': use braille, octants, half-blocks or ascii"
                    .to_owned()
            )
        );
    }
}

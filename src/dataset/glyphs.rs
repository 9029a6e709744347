//! The embedded dataset: drawn glyphs, in three variants that differ in entropy alone.

/// How glyphs are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Variant {
    /// Flat ink on flat paper: image information clearly below 12 bits.
    Plain,
    /// Textured ink and paper: image information about 12 bits.
    Textured,
    /// Noise over everything: image information clearly above 12 bits.
    Noise,
}

impl Variant {
    /// The dataset's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "glyphs-plain",
            Self::Textured => "glyphs",
            Self::Noise => "glyphs-noise",
        }
    }
}

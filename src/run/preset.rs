//! Settings that are compiled into the program.

use super::Layer;

/// Settings compiled into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// `configs/default.toml`: what an option left out means.
    Default,
    /// `configs/quick.toml`: the embedded dataset in under three minutes on two cores.
    Quick,
}

impl Preset {
    /// The preset's file as compiled in.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Default => include_str!("../../configs/default.toml"),
            Self::Quick => include_str!("../../configs/quick.toml"),
        }
    }

    /// The preset as a layer.
    ///
    /// # Panics
    /// Never: the compiled-in files are read by a test.
    #[must_use]
    pub fn layer(self) -> Layer {
        #[expect(
            clippy::expect_used,
            reason = "the compiled-in files are read by a test"
        )]
        toml::from_str(self.text()).expect("a compiled-in preset is valid")
    }
}

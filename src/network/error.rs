//! What cannot be built, one sentence each.

/// Why an architecture could not be named or capped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such family.
    #[error(
        "unknown architecture '{name}': use resnet-N with N = 6n + 2, such as resnet-20 or resnet-50"
    )]
    UnknownArchitecture {
        /// What was asked for.
        name: String,
    },
    /// The family has no network of this depth.
    #[error("{family} has no depth {depth}: its depths are {rule}; the nearest are {nearest}")]
    IllegalDepth {
        /// The family's name.
        family: String,
        /// What was asked for.
        depth: usize,
        /// The legal depths as a formula.
        rule: String,
        /// One or two legal architectures.
        nearest: String,
    },
    /// No such width policy.
    #[error("unknown width policy '{name}': use one of {known}")]
    UnknownWidth {
        /// What was asked for.
        name: String,
        /// The known names.
        known: String,
    },
    /// The images are too small for the strides.
    #[error(
        "{architecture} needs images of at least {least}x{least} pixels, these are {height}x{width}"
    )]
    InputTooSmall {
        /// The architecture.
        architecture: String,
        /// Smallest side.
        least: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
}

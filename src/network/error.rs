//! Errors of names and widths, one sentence each.

use super::architecture_names;

/// Why an architecture could not be named or capped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// No such family.
    #[error("unknown architecture '{name}': use {}", architecture_names())]
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
    /// A growth rate, or a cardinality and width, that cannot be read or built.
    #[error("architecture '{name}' cannot be built: {rule}")]
    IllegalSuffix {
        /// What was asked for.
        name: String,
        /// What the suffix may be.
        rule: String,
    },
    /// No such `EfficientNet`.
    #[error(
        "efficientnet has no variant '{name}': use efficientnet-b0, efficientnet-b1 or efficientnet-b2"
    )]
    UnknownVariant {
        /// What was asked for.
        name: String,
    },
    /// A width factor that leaves a layer without a channel.
    #[error("width factor {factor} leaves {architecture} less than one {what}: use at least {min}")]
    TooNarrow {
        /// The architecture.
        architecture: String,
        /// What was asked for.
        factor: f64,
        /// What there would be less than one of.
        what: String,
        /// The least factor that leaves one.
        min: f64,
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
        "{architecture} needs images of at least {min}x{min} pixels, these are {height}x{width}"
    )]
    InputTooSmall {
        /// The architecture.
        architecture: String,
        /// Smallest side.
        min: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
}

//! Layers and what they cost.

/// What a layer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerKind {
    /// A convolution.
    Convolution,
    /// Batch normalisation.
    Normalisation,
    /// The classifier.
    Linear,
}

/// A layer with weights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it does.
    pub kind: LayerKind,
    /// Whether it lies on the main path, not on a shortcut.
    pub main_path: bool,
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one image.
    pub macs: u64,
}

//! Layers and what they cost: the one source of depth, parameters and MACs.
//!
//! A multiply-accumulate (MAC) is counted for every product in a convolution or a linear layer;
//! normalisation, activation, pooling and additions count as none, as is usual in the field.

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
    /// The stage it belongs to, from 0; none before the first stage and after the last.
    pub stage: Option<usize>,
    /// Whether it lies on the main path, not on a shortcut.
    pub main_path: bool,
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one image.
    pub macs: u64,
}

impl Layer {
    /// A convolution without bias on the main path, giving `height` x `width` pixels.
    #[must_use]
    pub fn convolution(
        inputs: usize,
        outputs: usize,
        kernel: usize,
        groups: usize,
        (height, width): (usize, usize),
    ) -> Self {
        let parameters = (outputs * (inputs / groups) * kernel * kernel) as u64;
        Self {
            kind: LayerKind::Convolution,
            stage: None,
            main_path: true,
            parameters,
            macs: parameters * (height * width) as u64,
        }
    }

    /// A 1x1 convolution with bias of one pooled value per channel, off the main path: half of a
    /// squeeze-and-excitation.
    #[must_use]
    pub fn excitation(inputs: usize, outputs: usize) -> Self {
        let layer = Self::convolution(inputs, outputs, 1, 1, (1, 1));
        Self {
            parameters: layer.parameters + outputs as u64,
            ..layer.off_path()
        }
    }

    /// The layer as one of a shortcut or the like: its costs count, its depth does not.
    #[must_use]
    pub fn off_path(self) -> Self {
        Self {
            main_path: false,
            ..self
        }
    }

    /// Batch normalisation with a scale and a shift for each channel.
    #[must_use]
    pub fn normalisation(channels: usize) -> Self {
        Self {
            kind: LayerKind::Normalisation,
            stage: None,
            main_path: true,
            parameters: 2 * channels as u64,
            macs: 0,
        }
    }

    /// A fully connected layer with bias.
    #[must_use]
    pub fn linear(inputs: usize, outputs: usize) -> Self {
        let macs = (inputs * outputs) as u64;
        Self {
            kind: LayerKind::Linear,
            stage: None,
            main_path: true,
            parameters: macs + outputs as u64,
            macs,
        }
    }
}

/// Says that `layers` belong to a stage.
pub(super) fn of_stage(layers: &mut [Layer], stage: usize) {
    for layer in layers {
        layer.stage = Some(stage);
    }
}

/// Height and width after a convolution that pads to keep the size, with this stride.
#[must_use]
pub const fn strided((height, width): (usize, usize), stride: usize) -> (usize, usize) {
    (height.div_ceil(stride), width.div_ceil(stride))
}

/// Height and width after pooling windows that do not overlap; what does not fill one is dropped.
#[must_use]
pub const fn pooled((height, width): (usize, usize), window: usize) -> (usize, usize) {
    (height / window, width / window)
}

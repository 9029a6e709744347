//! Layers and what they cost: the one source of depth, shapes, parameters and MACs.
//!
//! A multiply-accumulate (MAC) is counted for every product in a convolution or a linear layer;
//! normalisation, activation, pooling and additions count as none, as is usual in the field.

use super::Spec;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it does.
    pub kind: LayerKind,
    /// The stage it belongs to, from 0; none before the first stage and after the last.
    pub stage: Option<usize>,
    /// The block it belongs to, from 0 at the image; none of a transition.
    pub block: Option<usize>,
    /// Whether it is on the main path, not on a shortcut.
    pub main_path: bool,
    /// Whether a shortcut leads around its block.
    pub has_shortcut: bool,
    /// Side of its kernel.
    pub kernel: usize,
    /// Its stride.
    pub stride: usize,
    /// Side of the pooling windows before it; 1 where there are none.
    pub pooled: usize,
    /// Channels of its input.
    pub inputs: usize,
    /// Height and width of its output, in pixels.
    pub size: (usize, usize),
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates of one forward pass of one image.
    pub macs: u64,
}

impl Layer {
    /// Whether it counts as depth: a convolution on the main path.
    #[must_use]
    pub fn is_deep(&self) -> bool {
        self.main_path && self.kind == LayerKind::Convolution
    }
}

/// The layers of a network so far, from the image on.
#[derive(Debug)]
pub struct Layers {
    all: Vec<Layer>,
    stage: Option<usize>,
    block: Option<usize>,
    blocks: usize,
    has_shortcut: bool,
    stride: usize,
    pooled: usize,
    size: (usize, usize),
    /// Channels so far on the main path.
    pub channels: usize,
}

impl Layers {
    /// The first layer: a 3x3 convolution to the stem's width.
    #[must_use]
    pub fn with_stem(spec: &Spec) -> Self {
        let shape = spec.input.shape;
        let mut layers = Self {
            all: Vec::new(),
            stage: None,
            block: None,
            blocks: 0,
            has_shortcut: false,
            stride: 1,
            pooled: 1,
            size: (shape.height, shape.width),
            channels: shape.channels,
        };
        layers.stride(spec.stem_stride);
        layers.convolve(spec.stem_width, 3, 1);
        layers
    }

    /// What follows belongs to the stage `at`, from 0, and to none of its blocks yet.
    pub fn begin_stage(&mut self, at: usize) {
        self.stage = Some(at);
        self.block = None;
        self.has_shortcut = false;
    }

    /// What follows belongs to a new block of the stage `at`, from 0, with a shortcut around it.
    pub fn begin_block(&mut self, at: usize) {
        self.stage = Some(at);
        self.block = Some(self.blocks);
        self.blocks += 1;
        self.has_shortcut = true;
    }

    /// The present block has no shortcut.
    pub fn without_shortcut(&mut self) {
        self.has_shortcut = false;
    }

    /// What follows belongs to no stage.
    pub fn end_stages(&mut self) {
        self.stage = None;
        self.block = None;
        self.has_shortcut = false;
    }

    /// The next convolution has this stride.
    pub fn stride(&mut self, stride: usize) {
        self.size = strided(self.size, stride);
        self.stride = stride;
    }

    /// Pooling windows of this side that do not overlap; what does not fill one is dropped.
    pub fn pool(&mut self, window: usize) {
        self.size = (self.size.0 / window, self.size.1 / window);
        self.pooled = window;
    }

    /// A convolution without bias on the main path.
    pub fn convolve(&mut self, outputs: usize, kernel: usize, groups: usize) {
        let layer = self.convolution(self.channels, outputs, kernel, groups);
        self.all.push(layer);
        self.channels = outputs;
        (self.stride, self.pooled) = (1, 1);
    }

    /// Batch normalisation of the main path, with a scale and a shift for each channel.
    pub fn normalise(&mut self) {
        let layer = self.normalisation(self.channels);
        self.all.push(layer);
    }

    /// A 1x1 convolution without bias on a shortcut.
    pub fn project(&mut self, inputs: usize, outputs: usize) {
        let layer = self.convolution(inputs, outputs, 1, 1);
        self.push_off_path(layer);
    }

    /// Batch normalisation on a shortcut.
    pub fn normalise_shortcut(&mut self, channels: usize) {
        let layer = self.normalisation(channels);
        self.push_off_path(layer);
    }

    /// Squeeze-and-excitation: two 1x1 convolutions with bias of one pooled value per channel.
    pub fn excite(&mut self, inner: usize) {
        for (inputs, outputs) in [(self.channels, inner), (inner, self.channels)] {
            let products = (inputs * outputs) as u64;
            let layer = self.layer(LayerKind::Convolution, inputs);
            self.push_off_path(Layer {
                size: (1, 1),
                parameters: products + outputs as u64,
                macs: products,
                ..layer
            });
        }
    }

    /// All layers, with the last one: a linear layer with bias.
    #[must_use]
    pub fn classify(mut self, classes: usize) -> Vec<Layer> {
        self.end_stages();
        let macs = (self.channels * classes) as u64;
        let layer = self.layer(LayerKind::Linear, self.channels);
        self.all.push(Layer {
            size: (1, 1),
            parameters: macs + classes as u64,
            macs,
            ..layer
        });
        self.all
    }

    fn push_off_path(&mut self, layer: Layer) {
        self.all.push(Layer {
            main_path: false,
            ..layer
        });
    }

    fn layer(&self, kind: LayerKind, inputs: usize) -> Layer {
        Layer {
            kind,
            stage: self.stage,
            block: self.block,
            main_path: true,
            has_shortcut: self.has_shortcut,
            kernel: 1,
            stride: self.stride,
            pooled: self.pooled,
            inputs,
            size: self.size,
            parameters: 0,
            macs: 0,
        }
    }

    fn convolution(&self, inputs: usize, outputs: usize, kernel: usize, groups: usize) -> Layer {
        let parameters = (outputs * (inputs / groups) * kernel * kernel) as u64;
        Layer {
            kernel,
            parameters,
            macs: parameters * (self.size.0 * self.size.1) as u64,
            ..self.layer(LayerKind::Convolution, inputs)
        }
    }

    fn normalisation(&self, channels: usize) -> Layer {
        Layer {
            parameters: 2 * channels as u64,
            ..self.layer(LayerKind::Normalisation, channels)
        }
    }
}

/// Height and width after a convolution that pads to keep the size, with this stride.
#[must_use]
pub const fn strided((height, width): (usize, usize), stride: usize) -> (usize, usize) {
    (height.div_ceil(stride), width.div_ceil(stride))
}

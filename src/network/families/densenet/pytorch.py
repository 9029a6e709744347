class Preactivated(nn.Module):
    """Batch normalisation, ReLU, convolution."""

    def __init__(self, inputs, outputs, kernel):
        super().__init__()
        self.norm = nn.BatchNorm2d(inputs)
        self.convolution = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)

    def forward(self, features):
        return self.convolution(F.relu(self.norm(features)))


class DenseLayer(nn.Module):
    """Adds `growth` channels to those before it."""

    def __init__(self, inputs, growth, bottleneck):
        super().__init__()
        inner = 4 * growth if bottleneck else inputs
        self.bottleneck = Preactivated(inputs, inner, 1) if bottleneck else nn.Identity()
        self.body = Preactivated(inner, growth, 3)

    def forward(self, features):
        return torch.cat([features, self.body(self.bottleneck(features))], 1)


class DenseBlock(nn.Module):
    """A dense block, and the transition before it if `transition` gives its output channels."""

    def __init__(self, inputs, transition, stage, bottleneck):
        super().__init__()
        self.window = stage["stride"]
        self.transition = None
        if transition is not None:
            self.transition = Preactivated(inputs, transition, 1)
            inputs = transition
        self.layers = nn.ModuleList()
        for _ in range(stage["blocks"]):
            self.layers.append(DenseLayer(inputs, stage["width"], bottleneck))
            inputs += stage["width"]
        self.outputs = inputs

    def forward(self, features):
        if self.transition is not None:
            features = F.avg_pool2d(self.transition(features), self.window)
        for layer in self.layers:
            features = layer(features)
        return features


class Network(nn.Module):
    """DenseNet or DenseNet-BC (Huang et al. 2017, arXiv 1608.06993)."""

    def __init__(self, stem_width, stem_stride, bottleneck, stages):
        super().__init__()
        channels = stem_width
        self.stem = nn.Conv2d(SHAPE[0], channels, 3, stem_stride, padding=1, bias=False)
        self.blocks = nn.ModuleList()
        for at, stage in enumerate(stages):
            transition = None
            if at > 0:
                transition = channels // 2 if bottleneck else channels
            block = DenseBlock(channels, transition, stage, bottleneck)
            self.blocks.append(block)
            channels = block.outputs
        self.norm = nn.BatchNorm2d(channels)
        self.classifier = nn.Linear(channels, len(CLASSES))

    def forward(self, images):
        features = self.stem(images)
        for block in self.blocks:
            features = block(features)
        features = F.relu(self.norm(features))
        return self.classifier(features.mean((2, 3)))

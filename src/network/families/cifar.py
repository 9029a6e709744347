class Network(nn.Module):
    """A 3x3 convolution, stages of blocks, global average pooling and a linear layer."""

    def __init__(self, stem_width, stem_stride, stages):
        super().__init__()
        channels = stem_width
        self.stem = nn.Conv2d(SHAPE[0], channels, 3, stem_stride, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels)
        self.blocks = nn.ModuleList()
        for stage in stages:
            for block in range(stage["blocks"]):
                stride = stage["stride"] if block == 0 else 1
                self.blocks.append(Block(channels, stage, stride))
                channels = self.blocks[-1].outputs
        self.classifier = nn.Linear(channels, len(CLASSES))

    def forward(self, images):
        features = F.relu(self.stem_norm(self.stem(images)))
        for block in self.blocks:
            features = block(features)
        return self.classifier(features.mean((2, 3)))

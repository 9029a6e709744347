class Normalised(nn.Module):
    """A convolution and its batch normalisation."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.convolution = nn.Conv2d(
            inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, features):
        return self.norm(self.convolution(features))


class AggregatedBlock(nn.Module):
    """Reduce, transform in groups, expand; added to the shortcut."""

    def __init__(self, inputs, inner, outputs, stride, cardinality):
        super().__init__()
        self.reduce = Normalised(inputs, inner, 1)
        self.transform = Normalised(inner, inner, 3, stride, groups=cardinality)
        self.expand = Normalised(inner, outputs, 1)
        if inputs == outputs:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = Normalised(inputs, outputs, 1, stride)

    def forward(self, features):
        inner = F.relu(self.reduce(features))
        inner = F.relu(self.transform(inner))
        return F.relu(self.expand(inner) + self.shortcut(features))


class Network(nn.Module):
    """ResNeXt in its CIFAR form (Xie et al. 2017, arXiv 1611.05431, section 5.3)."""

    def __init__(self, stem_width, stem_stride, cardinality, stages):
        super().__init__()
        channels = stem_width
        self.stem = nn.Conv2d(SHAPE[0], channels, 3, stem_stride, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels)
        self.blocks = nn.ModuleList()
        for stage in stages:
            for block in range(stage["blocks"]):
                stride = stage["stride"] if block == 0 else 1
                self.blocks.append(
                    AggregatedBlock(channels, stage["width"], stage["outputs"], stride, cardinality)
                )
                channels = stage["outputs"]
        self.classifier = nn.Linear(channels, len(CLASSES))

    def forward(self, images):
        features = F.relu(self.stem_norm(self.stem(images)))
        for block in self.blocks:
            features = block(features)
        return self.classifier(features.mean((2, 3)))

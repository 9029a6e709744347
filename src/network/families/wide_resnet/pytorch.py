class WideBlock(nn.Module):
    """Two 3x3 convolutions, each after batch normalisation and ReLU; added to the shortcut."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first_norm = nn.BatchNorm2d(inputs)
        self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = None
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, features):
        activated = F.relu(self.first_norm(features))
        shortcut = features if self.shortcut is None else self.shortcut(activated)
        inner = F.relu(self.second_norm(self.first(activated)))
        return self.second(inner) + shortcut


class Network(nn.Module):
    """WideResNet (Zagoruyko and Komodakis 2016, arXiv 1605.07146), without dropout."""

    def __init__(self, stem_width, stem_stride, stages):
        super().__init__()
        channels = stem_width
        self.stem = nn.Conv2d(SHAPE[0], channels, 3, stem_stride, padding=1, bias=False)
        self.blocks = nn.ModuleList()
        for stage in stages:
            for block in range(stage["blocks"]):
                stride = stage["stride"] if block == 0 else 1
                self.blocks.append(WideBlock(channels, stage["width"], stride))
                channels = stage["width"]
        self.norm = nn.BatchNorm2d(channels)
        self.classifier = nn.Linear(channels, len(CLASSES))

    def forward(self, images):
        features = self.stem(images)
        for block in self.blocks:
            features = block(features)
        features = F.relu(self.norm(features))
        return self.classifier(features.mean((2, 3)))

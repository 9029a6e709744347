class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut without parameters: every second pixel, new channels zero."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.stride = stride
        self.added = outputs - inputs

    def forward(self, features):
        inner = F.relu(self.first_norm(self.first(features)))
        inner = self.second_norm(self.second(inner))
        shortcut = features[:, :, :: self.stride, :: self.stride]
        before = self.added // 2
        shortcut = F.pad(shortcut, (0, 0, 0, 0, before, self.added - before))
        return F.relu(inner + shortcut)


class Network(nn.Module):
    """ResNet in its CIFAR form (He et al. 2015, arXiv 1512.03385, section 4.2)."""

    def __init__(self, stem_width, stem_stride, stages):
        super().__init__()
        channels = stem_width
        self.stem = nn.Conv2d(SHAPE[0], channels, 3, stem_stride, padding=1, bias=False)
        self.stem_norm = nn.BatchNorm2d(channels)
        self.blocks = nn.ModuleList()
        for stage in stages:
            for block in range(stage["blocks"]):
                stride = stage["stride"] if block == 0 else 1
                self.blocks.append(BasicBlock(channels, stage["width"], stride))
                channels = stage["width"]
        self.classifier = nn.Linear(channels, len(CLASSES))

    def forward(self, images):
        features = F.relu(self.stem_norm(self.stem(images)))
        for block in self.blocks:
            features = block(features)
        return self.classifier(features.mean((2, 3)))

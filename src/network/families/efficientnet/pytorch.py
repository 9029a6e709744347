class Normalised(nn.Module):
    """A convolution and its batch normalisation."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.convolution = nn.Conv2d(
            inputs, outputs, kernel, stride, padding=kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)

    def forward(self, features):
        return self.norm(self.convolution(features))


class Excitation(nn.Module):
    """Squeeze-and-excitation: every channel times a gate computed from all channels' means."""

    def __init__(self, channels, inner):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, inner, 1)
        self.excite = nn.Conv2d(inner, channels, 1)

    def forward(self, features):
        gate = self.excite(F.silu(self.squeeze(features.mean((2, 3), keepdim=True))))
        return features * torch.sigmoid(gate)


class InvertedBlock(nn.Module):
    """MBConv: expand, convolve each channel, gate, project; skipped at random in training."""

    def __init__(self, inputs, stage, stride, skipped):
        super().__init__()
        inner, outputs = inputs * stage["expansion"], stage["width"]
        self.expand = Normalised(inputs, inner, 1) if stage["expansion"] > 1 else None
        self.depthwise = Normalised(inner, inner, stage["kernel"], stride, groups=inner)
        self.excitation = Excitation(inner, max(1, inputs // 4))
        self.project = Normalised(inner, outputs, 1)
        self.residual = stride == 1 and inputs == outputs
        self.skipped = skipped

    def forward(self, features):
        inner = features
        if self.expand is not None:
            inner = F.silu(self.expand(inner))
        inner = F.silu(self.depthwise(inner))
        inner = self.project(self.excitation(inner))
        if not self.residual:
            return inner
        if self.training and self.skipped > 0:
            kept = torch.rand(len(inner), 1, 1, 1, device=inner.device) >= self.skipped
            inner = inner * kept / (1 - self.skipped)
        return inner + features


class Network(nn.Module):
    """EfficientNet (Tan and Le 2019, arXiv 1905.11946)."""

    def __init__(self, stem_width, stem_stride, head_width, dropout, skipped, stages):
        super().__init__()
        channels = stem_width
        total = sum(stage["blocks"] for stage in stages)
        self.stem = Normalised(SHAPE[0], channels, 3, stem_stride)
        self.blocks = nn.ModuleList()
        for stage in stages:
            for block in range(stage["blocks"]):
                stride = stage["stride"] if block == 0 else 1
                skip = skipped * len(self.blocks) / total
                self.blocks.append(InvertedBlock(channels, stage, stride, skip))
                channels = stage["width"]
        self.head = Normalised(channels, head_width, 1)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(head_width, len(CLASSES))

    def forward(self, images):
        features = F.silu(self.stem(images))
        for block in self.blocks:
            features = block(features)
        features = F.silu(self.head(features))
        return self.classifier(self.dropout(features.mean((2, 3))))

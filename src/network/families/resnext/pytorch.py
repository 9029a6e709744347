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


class Block(nn.Module):
    """A block of ResNeXt in its CIFAR form (Xie et al. 2017, arXiv 1611.05431, section 5.3).

    Reduce, transform in groups, expand; added to the shortcut.
    """

    def __init__(self, inputs, stage, stride):
        super().__init__()
        inner, outputs = stage["width"], stage["outputs"]
        self.outputs = outputs
        self.reduce = Normalised(inputs, inner, 1)
        self.transform = Normalised(inner, inner, 3, stride, groups=stage["groups"])
        self.expand = Normalised(inner, outputs, 1)
        if inputs == outputs:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = Normalised(inputs, outputs, 1, stride)

    def forward(self, features):
        inner = F.relu(self.reduce(features))
        inner = F.relu(self.transform(inner))
        return F.relu(self.expand(inner) + self.shortcut(features))



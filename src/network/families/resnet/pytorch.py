class Block(nn.Module):
    """A block of ResNet in its CIFAR form (He et al. 2015, arXiv 1512.03385, section 4.2).

    Two 3x3 convolutions and a shortcut without parameters: every second pixel, new channels zero.
    """

    def __init__(self, inputs, stage, stride):
        super().__init__()
        self.outputs = outputs = stage["width"]
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



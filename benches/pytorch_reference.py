#!/usr/bin/env python3
"""The five families in plain PyTorch, from their papers: an independent count and an independent run.

    pip install torch numpy
    python benches/pytorch_reference.py counts           parameters and MACs for 10 classes
    python benches/pytorch_reference.py golden           writes benches/pytorch_golden.json
    python benches/pytorch_reference.py not-finite       writes benches/pytorch_not_finite.json

Nothing here comes from the Rust code but the hash that both sides draw weights and images from, and the
names of architectures. Modules are registered in the order in which the Rust side visits its own.
"""

import itertools
import json
import math
import pathlib
import re
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


# --- ResNet, He et al. 2015, section 4.2, shortcuts of option A ---------------------------------------


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.extra = stride, outputs - inputs

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        x = x[:, :, :: self.stride, :: self.stride]
        before = self.extra // 2
        return F.relu(y + F.pad(x, (0, 0, 0, 0, before, self.extra - before)))


class ResNet(nn.Module):
    def __init__(self, blocks, channels, stem_stride, width=16, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, stem_stride, 1, bias=False)
        self.bn = nn.BatchNorm2d(width)
        layers, inputs = [], width
        for stage in range(3):
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(BasicBlock(inputs, width << stage, stride))
                inputs = width << stage
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.layers(F.relu(self.bn(self.conv(x))))
        return self.fc(x.mean((2, 3)))


# --- DenseNet, Huang et al. 2017 ----------------------------------------------------------------------


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth, bottleneck):
        super().__init__()
        self.bottleneck = bottleneck
        if bottleneck:
            self.bn1 = nn.BatchNorm2d(inputs)
            self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
            inputs = 4 * growth
        self.bn2 = nn.BatchNorm2d(inputs)
        self.conv2 = nn.Conv2d(inputs, growth, 3, 1, 1, bias=False)

    def forward(self, x):
        y = x
        if self.bottleneck:
            y = self.conv1(F.relu(self.bn1(y)))
        y = self.conv2(F.relu(self.bn2(y)))
        return torch.cat([x, y], 1)


class Transition(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.bn = nn.BatchNorm2d(inputs)
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.bn(x))), 2)


class DenseNet(nn.Module):
    def __init__(self, layers, growth, bottleneck, channels, stem_stride, classes=10):
        super().__init__()
        width = 2 * growth if bottleneck else 16
        self.conv = nn.Conv2d(channels, width, 3, stem_stride, 1, bias=False)
        parts = []
        for block in range(3):
            if block > 0:
                outputs = width // 2 if bottleneck else width
                parts.append(Transition(width, outputs))
                width = outputs
            for _ in range(layers):
                parts.append(DenseLayer(width, growth, bottleneck))
                width += growth
        self.parts = nn.Sequential(*parts)
        self.bn = nn.BatchNorm2d(width)
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        x = F.relu(self.bn(self.parts(self.conv(x))))
        return self.fc(x.mean((2, 3)))


# --- ResNeXt, Xie et al. 2017, section 5.3, shortcuts of option B -------------------------------------


class AggregatedBlock(nn.Module):
    def __init__(self, inputs, inner, outputs, cardinality, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=cardinality, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.shortcut(x))


class ResNeXt(nn.Module):
    def __init__(self, blocks, cardinality, width, channels, stem_stride, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(channels, 64, 3, stem_stride, 1, bias=False)
        self.bn = nn.BatchNorm2d(64)
        layers, inputs = [], 64
        for stage in range(3):
            inner, outputs = (cardinality * width) << stage, 256 << stage
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(AggregatedBlock(inputs, inner, outputs, cardinality, stride))
                inputs = outputs
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.layers(F.relu(self.bn(self.conv(x))))
        return self.fc(x.mean((2, 3)))


# --- WideResNet, Zagoruyko and Komodakis 2016, without dropout ----------------------------------------


class WideBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        if inputs != outputs:
            self.project = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        self.equal = inputs == outputs

    def forward(self, x):
        activated = F.relu(self.bn1(x))
        y = self.conv2(F.relu(self.bn2(self.conv1(activated))))
        return y + (x if self.equal else self.project(activated))


class WideResNet(nn.Module):
    def __init__(self, blocks, width, channels, stem_stride, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(channels, 16, 3, stem_stride, 1, bias=False)
        layers, inputs = [], 16
        for stage in range(3):
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                layers.append(WideBlock(inputs, width << stage, stride))
                inputs = width << stage
        self.layers = nn.Sequential(*layers)
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.relu(self.bn(self.layers(self.conv(x))))
        return self.fc(x.mean((2, 3)))


# --- EfficientNet, Tan and Le 2019, with the rounding and the batch norm of the authors' code ----------

#       expansion, kernel, stride, channels, repeats
TABLE = [
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
]


def round_filters(filters, multiplier, divisor=8):
    filters *= multiplier
    new = max(divisor, int(filters + divisor / 2) // divisor * divisor)
    if new < 0.9 * filters:
        new += divisor
    return int(new)


def batch_norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class MBConv(nn.Module):
    def __init__(self, inputs, outputs, expansion, kernel, stride):
        super().__init__()
        inner = inputs * expansion
        squeezed = max(1, inputs // 4)
        self.expand = nn.Sequential()
        if expansion != 1:
            self.expand = nn.Sequential(
                nn.Conv2d(inputs, inner, 1, bias=False), batch_norm(inner), nn.SiLU()
            )
        self.depthwise = nn.Conv2d(
            inner, inner, kernel, stride, kernel // 2, groups=inner, bias=False
        )
        self.bn = batch_norm(inner)
        self.squeeze = nn.Conv2d(inner, squeezed, 1)
        self.excite = nn.Conv2d(squeezed, inner, 1)
        self.project = nn.Conv2d(inner, outputs, 1, bias=False)
        self.project_bn = batch_norm(outputs)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.expand(x)
        y = F.silu(self.bn(self.depthwise(y)))
        gate = self.excite(F.silu(self.squeeze(y.mean((2, 3), keepdim=True))))
        y = self.project_bn(self.project(y * torch.sigmoid(gate)))
        return x + y if self.residual else y


class EfficientNet(nn.Module):
    """Without dropout and stochastic depth, which count nothing and are random."""

    def __init__(self, width, depth, channels, strides, floor=False, classes=10):
        super().__init__()
        stem = round_filters(32, width)
        self.conv = nn.Conv2d(channels, stem, 3, strides[0], 1, bias=False)
        self.bn = batch_norm(stem)
        blocks, inputs = [], stem
        for (expansion, kernel, _, outputs, repeats), stride in zip(TABLE, strides[1:]):
            outputs = round_filters(outputs, width)
            for block in range(1 if floor else math.ceil(repeats * depth)):
                blocks.append(
                    MBConv(inputs, outputs, expansion, kernel, stride if block == 0 else 1)
                )
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        head = round_filters(1280, width)
        self.head = nn.Conv2d(inputs, head, 1, bias=False)
        self.head_bn = batch_norm(head)
        self.fc = nn.Linear(head, classes)

    def forward(self, x):
        x = self.blocks(F.silu(self.bn(self.conv(x))))
        x = F.silu(self.head_bn(self.head(x)))
        return self.fc(x.mean((2, 3)))


SCALES = {"b0": (1.0, 1.0), "b1": (1.0, 1.1), "b2": (1.1, 1.2)}


def cifar_stem(side):
    stride = 1
    while side // (2 * stride) >= 32:
        stride *= 2
    return stride


def kept_strides(side):
    strides = [2] + [row[2] for row in TABLE]
    for at in range(len(strides)):
        if math.ceil(side / math.prod(strides)) >= 4:
            break
        strides[at] = 1
    return strides


def build(name, channels=3, side=32, width_factor=1.0, floor=False):
    """The network of an architecture's name, or the floor of one block per stage."""

    def count(depth, offset, step):
        assert (depth - offset) % step == 0, name
        return 1 if floor else (depth - offset) // step

    stem = cifar_stem(side)
    if match := re.fullmatch(r"resnet-(\d+)", name):
        return ResNet(count(int(match[1]), 2, 6), channels, stem, round(16 * width_factor))
    if match := re.fullmatch(r"densenet-(bc-)?(\d+)(?:-k(\d+))?", name):
        bottleneck = match[1] is not None
        growth = round(int(match[3] or 12) * width_factor)
        layers = count(int(match[2]), 4, 6 if bottleneck else 3)
        return DenseNet(layers, growth, bottleneck, channels, stem)
    if match := re.fullmatch(r"resnext-(\d+)(?:-(\d+)x(\d+)d)?", name):
        cardinality, width = int(match[2] or 8), round(int(match[3] or 64) * width_factor)
        return ResNeXt(count(int(match[1]), 2, 9), cardinality, width, channels, stem)
    if match := re.fullmatch(r"wide-resnet-(\d+)-(\d+)", name):
        width = round(16 * int(match[2]) * width_factor)
        return WideResNet(count(int(match[1]), 4, 6), width, channels, stem)
    width, depth = SCALES[re.fullmatch(r"efficientnet-(b[012])", name)[1]]
    return EfficientNet(width * width_factor, depth, channels, kept_strides(side), floor)


def parameters(net):
    return sum(p.numel() for p in net.parameters())


def macs(net, channels, side):
    """Products in convolutions and linear layers in one forward pass of one image."""
    total = 0

    def hook(module, _, output):
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += module.weight.numel() * output.shape[2] * output.shape[3]
        else:
            total += module.weight.numel()

    handles = [
        m.register_forward_hook(hook)
        for m in net.modules()
        if isinstance(m, (nn.Conv2d, nn.Linear))
    ]
    net.eval()
    with torch.no_grad():
        net(torch.zeros(1, channels, side, side))
    for handle in handles:
        handle.remove()
    return total


COUNTED = [
    ("resnet-20", 32), ("resnet-50", 32), ("resnet-56", 32), ("resnet-110", 32), ("resnet-20", 96),
    ("densenet-40", 32), ("densenet-40", 28), ("densenet-40", 96), ("densenet-40-k24", 32),
    ("densenet-100", 32), ("densenet-bc-100", 32), ("densenet-bc-250-k24", 32),
    ("densenet-bc-190-k40", 32),
    ("resnext-29", 32), ("resnext-29", 28), ("resnext-29", 96), ("resnext-29-16x64d", 32),
    ("resnext-56", 32),
    ("wide-resnet-16-4", 32), ("wide-resnet-16-4", 28), ("wide-resnet-16-4", 96),
    ("wide-resnet-40-4", 32), ("wide-resnet-28-10", 32), ("wide-resnet-16-1", 32),
    ("efficientnet-b0", 224), ("efficientnet-b0", 96), ("efficientnet-b0", 32),
    ("efficientnet-b0", 28), ("efficientnet-b1", 32), ("efficientnet-b2", 32),
]


def print_counts():
    for name, side in COUNTED:
        net = build(name, 3, side)
        print(f'("{name}", {side}, {parameters(net):_}, {macs(net, 3, side):_}),')


# --- Golden values ------------------------------------------------------------------------------------


def hashed(tensor, count):
    """`count` numbers in [-1, 1) from a tensor's number: 32-bit integer arithmetic, the same everywhere."""
    with np.errstate(over="ignore"):
        x = np.uint32((tensor * 0x9E3779B9) & 0xFFFFFFFF) + np.arange(count, dtype=np.uint32)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x7FEB352D)
        x ^= x >> np.uint32(15)
        x *= np.uint32(0x846CA68B)
        x ^= x >> np.uint32(16)
    return x.astype(np.float64) / 2.0**31 - 1.0


def tensor_of(values, shape, dtype):
    # Rounded to f32 first, as the Rust side holds it.
    return torch.tensor(values.astype(np.float32).reshape(shape)).to(dtype)


def set_weights(net, dtype):
    scales = {id(m.weight) for m in net.modules() if isinstance(m, nn.BatchNorm2d)}
    with torch.no_grad():
        for number, parameter in enumerate(net.parameters()):
            values = hashed(number, parameter.numel())
            if parameter.dim() == 1:
                values = 0.2 * values + (1.0 if id(parameter) in scales else 0.0)
            else:
                values = math.sqrt(6.0 / parameter[0].numel()) * values
            parameter.copy_(tensor_of(values, parameter.shape, dtype))


def sketch(tensor):
    values = tensor.detach().double().flatten().numpy()
    return {
        "shape": list(tensor.shape),
        "norm": number(np.linalg.norm(values)),
        "product": number(values @ hashed(2000, values.size)),
        "first": [number(v) for v in values[:3]],
    }


def number(value):
    return float(f"{float(value):.9g}")


def numbers(tensor):
    return [number(v) for v in tensor.detach().flatten().tolist()]


def golden_case(family, name, images, channels, side, width_factor=1.0, floor=False, rate=0.05):
    """In f64, so that the values are exact to the digits that are kept."""
    dtype = torch.float64
    net = build(name, channels, side, width_factor, floor).to(dtype)
    counted = {"parameters": parameters(net), "macs": macs(net.float(), channels, side)}
    net = net.to(dtype)
    set_weights(net, dtype)

    def batch(index):
        shape = (images, channels, side, side)
        return tensor_of(hashed(1000 + index, math.prod(shape)), shape, dtype)

    labels = torch.tensor([image * 3 % 10 for image in range(images)])
    net.train()
    logits = net(batch(0))
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    gradients = [sketch(p.grad) for p in net.parameters()]
    gradient_norm = nn.utils.clip_grad_norm_(net.parameters(), math.inf)
    statistics = [
        sketch(buffer) for key, buffer in net.named_buffers() if not key.endswith("tracked")
    ]
    net.eval()
    evaluated = net(batch(1))
    net.train()
    with torch.no_grad():
        for p in net.parameters():
            p -= rate * p.grad
    following = net(batch(1))
    return {
        "name": family,
        "architecture": name,
        "width_factor": width_factor,
        "floor": floor,
        "images": images,
        "channels": channels,
        "side": side,
        **counted,
        "logits": numbers(logits),
        "loss": number(loss.detach()),
        "gradients": gradients,
        "gradient_norm": number(gradient_norm),
        "statistics": statistics,
        "evaluated": numbers(evaluated),
        "next_logits": numbers(following),
    }


def write_golden():
    torch.manual_seed(0)
    cases = [
        golden_case("resnet", "resnet-14", 6, 3, 12, 0.5),
        golden_case("densenet", "densenet-10-k4", 6, 1, 14),
        golden_case("densenet-bc", "densenet-bc-16-k4", 6, 3, 12),
        golden_case("resnext", "resnext-11-2x4d", 6, 3, 10),
        golden_case("wide-resnet", "wide-resnet-16-2", 6, 3, 12, 0.25),
        golden_case("wide-resnet-grey", "wide-resnet-10-1", 6, 1, 14),
        golden_case("efficientnet", "efficientnet-b1", 6, 3, 16, 0.25),
        golden_case("efficientnet-grey", "efficientnet-b0", 6, 1, 14, 0.25, floor=True),
    ]
    path = pathlib.Path(__file__).with_name("pytorch_golden.json")
    golden = {"torch": torch.__version__, "learning_rate": 0.05, "cases": cases}
    path.write_text(json.dumps(golden, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
    print(f"{path}: {path.stat().st_size:,} bytes")


# --- NaN and infinities -------------------------------------------------------------------------------

NAN, INF = math.nan, math.inf


def placed(seed, shape, places, scale=1.0, shift=0.0):
    """Hashed numbers, rounded to f32, with NaN or infinities in some places."""
    values = (shift + scale * hashed(seed, math.prod(shape))).astype(np.float32)
    for index, value in places:
        values[index] = value
    return torch.tensor(values.reshape(shape), requires_grad=True)


def classes(tensor):
    """Runs of a letter for each number, n for NaN, + and - for the infinities, f for any other; and the norm of those."""
    values = tensor.detach().double().flatten().numpy()
    letters = [
        "n" if math.isnan(v) else "f" if math.isfinite(v) else "+" if v > 0 else "-" for v in values
    ]
    runs = "".join(f"{len(list(run))}{letter}" for letter, run in itertools.groupby(letters))
    return {"classes": runs, "norm": number(np.linalg.norm(values[np.isfinite(values)]))}


def places_of(named):
    return {
        name: [[index, str(value)] for index, value in places] for name, places in named.items()
    }


def activate(activation, values):
    return {"none": lambda x: x, "relu": F.relu, "silu": F.silu}[activation](values)


IMAGES, CHANNELS, PIXELS, EPSILON = 2, 16, 19, 1e-3


def at(image, channel, pixel):
    return (image * CHANNELS + channel) * PIXELS + pixel


# Every kind in a channel of its own; some pixels lie in a last, incomplete vector.
NORMALISED = {
    "input": [(at(0, 1, 3), NAN), (at(1, 2, 18), INF), (at(0, 3, 17), -INF)],
    "scale": [(4, NAN), (5, INF), (6, -INF)],
    "shift": [(7, NAN), (8, INF), (9, -INF)],
    "gradient": [(at(0, 10, p), NAN) for p in (2, 3, 4, 5)] + [(at(1, 11, 18), INF)],
    "residual": [(at(0, 12, 0), NAN), (at(0, 12, 18), INF), (at(1, 13, 1), -INF), (at(1, 13, 17), NAN)],
}
RUNNING = {
    "mean": [(2, NAN), (3, INF), (10, -INF)],
    "variance": [(11, NAN), (14, INF), (15, -1.0)],
}


def normalised_cases():
    shape = (IMAGES, CHANNELS, PIXELS, 1)
    cases = []
    for activation, with_residual in [
        ("none", False), ("relu", False), ("silu", False), ("none", True), ("relu", True),
    ]:
        def operand(seed, name, shape, scale=1.0, shift=0.0):
            return placed(seed, shape, {**NORMALISED, **RUNNING}[name], scale, shift)

        def operands():
            x = operand(1, "input", shape)
            r = operand(2, "residual", shape) if with_residual else None
            return x, r, operand(3, "scale", (CHANNELS,)), operand(4, "shift", (CHANNELS,))

        x, r, scale, shift = operands()
        mean, variance = torch.zeros(CHANNELS), torch.ones(CHANNELS)
        y = F.batch_norm(x, mean, variance, scale, shift, True, 1.0, EPSILON)
        y = activate(activation, y if r is None else y + r)
        y.backward(operand(5, "gradient", shape).detach())
        trained = {
            "output": y, "mean": mean, "variance": variance,
            "by_input": x.grad, "by_scale": scale.grad, "by_shift": shift.grad,
        }
        if r is not None:
            trained["by_residual"] = r.grad
        x, r, scale, shift = operands()
        mean = operand(6, "mean", (CHANNELS,)).detach()
        variance = operand(7, "variance", (CHANNELS,), 0.4, 0.5).detach()
        y = F.batch_norm(x, mean, variance, scale, shift, False, 0.0, EPSILON)
        cases.append({
            "activation": activation,
            "residual": with_residual,
            "trained": {name: classes(tensor) for name, tensor in trained.items()},
            "evaluated": classes(activate(activation, y if r is None else y + r)),
        })
    return cases


def convolution_case(kind, images, groups, inputs, outputs, side, kernel, stride):
    """A number that is not finite in the input, the weights and the gradient in turn, in the middle and at the edge."""
    x_shape, w_shape = (images, inputs, side, side), (outputs, inputs // groups, kernel, kernel)
    out = (side + 2 * (kernel // 2) - kernel) // stride + 1
    g_shape = (images, outputs, out, out)
    found = []
    for of, shape in (("input", x_shape), ("weight", w_shape), ("gradient", g_shape)):
        size = math.prod(shape)
        for index, value in ((size // 2 + shape[-1] // 2, NAN), (size - 1, INF), (0, -INF)):
            places = {"input": [], "weight": [], "gradient": [], of: [(index, value)]}
            x = placed(11, x_shape, places["input"])
            w = placed(12, w_shape, places["weight"])
            y = F.conv2d(x, w, None, stride, kernel // 2, 1, groups)
            y.backward(placed(13, g_shape, places["gradient"]).detach())
            found.append({
                "of": of, "index": index, "value": str(value), "output": classes(y),
                "by_input": classes(x.grad), "by_weight": classes(w.grad),
            })
    return {
        "kind": kind, "images": images, "groups": groups, "inputs": inputs, "outputs": outputs,
        "side": side, "kernel": kernel, "stride": stride, "found": found,
    }


def small_layers():
    """Means, gates, SiLU, ReLU, concatenation, the classifier and its loss, on (2, 3, 4, 4) or what is made of it."""
    shape = (2, 3, 4, 4)
    wild = [(5, NAN), (20, INF), (40, -INF), (60, NAN), (61, INF)]
    inner = [(1, NAN), (2, INF), (4, -INF)]
    found = {}

    def keep(name, y, *inputs):
        gradient = placed(23, tuple(y.shape), [(0, NAN), (y.numel() - 1, INF)]).detach()
        y.backward(gradient)
        found[name] = {"output": classes(y), "by": [classes(x.grad) for x in inputs]}

    def x(places=wild):
        return placed(21, shape, places)

    a = x()
    keep("means", a.mean((2, 3), keepdim=True), a)
    for name, places in (("gated", inner), ("gated by finite", [])):
        a, b = x(wild if places == [] else []), placed(22, (2, 3, 1, 1), places)
        keep(name, a * torch.sigmoid(b), a, b)
    a = placed(22, (2, 3, 1, 1), inner)
    keep("silu", F.silu(a), a)
    a = x()
    keep("relu", F.relu(a), a)
    a, b = x(), placed(22, shape, inner)
    keep("joined", torch.cat([a, b], 1), a, b)
    a = x()
    keep("windows", F.avg_pool2d(a, 2), a)
    a = x()
    keep("every second", F.pad(a[:, :, ::2, ::2], (0, 0, 0, 0, 1, 2)), a)
    logits = [
        ("loss of finite logits", []), ("loss of NaN", [(4, NAN)]), ("loss of infinity", [(1, INF)]),
        ("loss of minus infinity", [(0, -INF)]), ("loss of minus infinity elsewhere", [(1, -INF)]),
    ]
    for name, places in logits:
        a = placed(24, (2, 3), places)
        loss = F.cross_entropy(a, torch.tensor([0, 2]))
        loss.backward()
        found[name] = {"output": classes(loss), "by": [classes(a.grad)]}
    return found


def descent_case():
    """SGD with Nesterov momentum and weight decay, two steps."""
    weight = placed(31, (40,), [(0, NAN), (1, INF), (2, -INF)])
    places = [[(3, NAN), (4, INF), (5, -INF), (1, INF)], [(6, NAN), (7, INF), (4, -INF)]]
    optimizer = torch.optim.SGD([weight], 0.1, 0.9, 0.0, 5e-4, True)
    for step, at_step in enumerate(places):
        weight.grad = placed(32 + step, (40,), at_step).detach()
        optimizer.step()
    return {"places": [[[i, str(v)] for i, v in at_step] for at_step in places], "weight": classes(weight)}


def write_not_finite():
    """In f32, and without oneDNN, whose convolutions leave out products with a border of zeros."""
    with torch.backends.mkldnn.flags(enabled=False):
        found = {
            "torch": torch.__version__,
            "places": places_of({**NORMALISED, **RUNNING}),
            "normalised": normalised_cases(),
            "convolutions": [
                convolution_case("plain", 2, 1, 3, 5, 7, 3, 2),
                convolution_case("pixel", 2, 1, 6, 5, 5, 1, 1),
                convolution_case("grouped", 2, 2, 6, 4, 6, 3, 1),
                convolution_case("depthwise", 2, 5, 5, 5, 6, 3, 1),
                convolution_case("depthwise", 1, 5, 5, 5, 7, 5, 2),
                convolution_case("tiled", 2, 1, 9, 10, 7, 3, 1),
            ],
            "layers": small_layers(),
            "descent": descent_case(),
        }
    path = pathlib.Path(__file__).with_name("pytorch_not_finite.json")
    text = json.dumps(found, separators=(",", ":"))
    path.write_text(text.replace('{"of"', '\n{"of"').replace('{"activation"', '\n{"activation"') + "\n")
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    commands = {"counts": print_counts, "golden": write_golden, "not-finite": write_not_finite}
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]]()

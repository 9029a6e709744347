#!/usr/bin/env python3
"""Images a second in training, ebcle-tui beside PyTorch on the same machine.

    pip install torch numpy
    python benches/pytorch.py target/release/ebcle-tui [--batch-size 64] [--threads 2] [--rounds 5] [ARCH[:WIDTH] …]

Both sides train the same network on the same batch of noise: forward, backward, and a step of SGD with Nesterov
momentum and weight decay. PyTorch runs with images in NCHW and in channels-last order, and the faster one counts.
The sides take turns, round by round, so that what else runs on the machine hits both; the ratio is the median over
rounds of the ratios within a round. Prints a table, or JSON with --json.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import torch
from torch.nn import functional as F

from pytorch_reference import build

NETWORKS = [
    "resnet-20", "resnet-56", "resnet-20:3", "densenet-40", "resnext-29", "efficientnet-b0",
]
FORMATS = {"NCHW": torch.contiguous_format, "channels-last": torch.channels_last}


class Torch:
    """A network in training in PyTorch."""

    def __init__(self, name, width, order, batch):
        torch.manual_seed(1)
        layout = FORMATS[order]
        self.net = build(name, 3, 32, width).train().to(memory_format=layout)
        self.images = torch.randn(batch, 3, 32, 32).to(memory_format=layout)
        self.labels = torch.arange(batch) % 10
        self.optimiser = torch.optim.SGD(
            self.net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True
        )

    def speed(self, steps):
        self.step()
        start = time.perf_counter()
        for _ in range(steps):
            self.step()
        return steps * len(self.images) / (time.perf_counter() - start)

    def step(self):
        self.optimiser.zero_grad(set_to_none=True)
        F.cross_entropy(self.net(self.images), self.labels).backward()
        self.optimiser.step()


def ours(program, name, width, options):
    """Images a second of one round of the program."""
    command = [
        program, "bench", "train", name, "--json", "--quiet", "--rounds", "1", "--width-factor", str(width),
        "--batch-size", str(options.batch_size), "--threads", str(options.threads), "--steps", str(options.steps),
    ]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if not figures["optimised"]:
        print("this is no optimised build: its figures mean little", file=sys.stderr)
    return figures["networks"][0]["images_per_second"]


def compare(program, network, options):
    name, _, width = network.partition(":")
    width = float(width or 1)
    sides = {order: Torch(name, width, order, options.batch_size) for order in FORMATS}
    speeds = {"ebcle-tui": [], **{order: [] for order in sides}}
    for _ in range(options.rounds):
        speeds["ebcle-tui"].append(ours(program, name, width, options))
        for order, side in sides.items():
            speeds[order].append(side.speed(options.steps))
    medians = {side: statistics.median(values) for side, values in speeds.items()}
    faster = max(sides, key=medians.get)
    ratios = [mine / theirs for mine, theirs in zip(speeds["ebcle-tui"], speeds[faster])]
    return {
        "architecture": name, "width_factor": width, "medians": medians, "rounds": speeds,
        "faster_order": faster, "ratio": statistics.median(ratios), "ratios": ratios,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("networks", nargs="*", metavar="ARCH[:WIDTH]")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_intermixed_args()
    torch.set_num_threads(options.threads)
    results = []
    for network in options.networks or NETWORKS:
        print(f"{network} …", file=sys.stderr)
        results.append(compare(options.program, network, options))
    if options.json:
        json.dump(
            {
                "torch": torch.__version__, "threads": options.threads, "batch_size": options.batch_size,
                "steps": options.steps, "networks": results,
            },
            sys.stdout, indent=1,
        )
        print()
        return
    print(f"images/s, batch {options.batch_size}, {options.threads} threads, PyTorch {torch.__version__}, "
          f"medians of {options.rounds} rounds\n")
    print(f"{'network':16} {'width':>5} {'ebcle-tui':>9} {'NCHW':>9} {'ch.-last':>9} {'ratio':>6}  ratios of rounds")
    for result in results:
        medians = result["medians"]
        low, high = min(result["ratios"]), max(result["ratios"])
        print(f"{result['architecture']:16} {result['width_factor']:5.2f} {medians['ebcle-tui']:9.1f} "
              f"{medians['NCHW']:9.1f} {medians['channels-last']:9.1f} {result['ratio']:6.2f}  {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Images a second in training, ebcle-tui beside PyTorch on the same machine.

    pip install torch numpy
    python benches/pytorch.py target/release/ebcle-tui [--batch-size 64] [--threads 2] [--rounds 5] [ARCH[:WIDTH] …]
    python benches/pytorch.py target/release/ebcle-tui --device cuda --batch-size 128 --steps 50

Both sides train the same network on the same batch of noise: forward, backward, and a step of SGD with Nesterov
momentum and weight decay. PyTorch runs with images in NCHW and in channels-last order, and the faster one counts.
The sides take turns, round by round, so that what else runs on the machine hits both; the ratio is the median over
rounds of the ratios within a round. On a GPU, which nothing else may use meanwhile, the program runs all its rounds at
once and first, so that its kernels are loaded once and the memory is its own; its images travel to the card in every
step, PyTorch's lie there. It computes in true f32 there, then once more with TF32 and with bfloat16. PyTorch does the same
(bfloat16 by torch.autocast, which keeps activations in it, too) in three ways: eager, with the whole step captured as one
CUDA graph (channels-last, fused SGD), and by torch.compile(mode="max-autotune") unless --no-compile leaves it out or it has
not compiled after two minutes. Each ratio is against the fastest of all of them of the same kind. Prints a table, or JSON
with --json.
"""

import argparse
import gc
import json
import os
import signal
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
ROUNDED = {f"{order} {kind}": layout for kind in ("TF32", "BF16") for order, layout in FORMATS.items()}
CAPTURED = {f"captured {kind}": torch.channels_last for kind in ("f32", "TF32", "BF16")}
COMPILED = {f"compiled {kind}": torch.channels_last for kind in ("TF32", "BF16")}
COMPILE_SECONDS = 120
OURS = {"ebcle-tui": "f32", "ebcle-tui TF32": "tf32", "ebcle-tui BF16": "bf16"}


class TooSlow(Exception):
    """Compiling took longer than COMPILE_SECONDS."""


class Torch:
    """A network in training in PyTorch, in an order of its images and a number format."""

    def __init__(self, name, width, order, batch, device):
        torch.manual_seed(1)
        layout = {**FORMATS, **ROUNDED, **CAPTURED, **COMPILED}[order]
        self.tf32 = order.endswith("TF32")
        self.bf16 = order.endswith("BF16")
        self.device = device
        self.allow()
        self.net = build(name, 3, 32, width).train().to(device, memory_format=layout)
        self.images = torch.randn(batch, 3, 32, 32, device=device).to(memory_format=layout)
        self.labels = torch.arange(batch, device=device) % 10
        self.optimiser = torch.optim.SGD(
            self.net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True,
            fused=device != "cpu" or None,
        )
        self.graph = None
        if order in CAPTURED:
            self.capture()
        if order in COMPILED:
            self.net = torch.compile(self.net, mode="max-autotune")
            signal.signal(signal.SIGALRM, stop)
            signal.alarm(COMPILE_SECONDS)
            try:
                for _ in range(3):
                    self.step()
                self.wait()
            finally:
                signal.alarm(0)

    def capture(self):
        """Captures forward, backward and the optimiser's step as one CUDA graph, after steps on a stream beside."""
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            for _ in range(5):
                self.step()
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        self.optimiser.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.step()
        self.graph = graph

    def allow(self):
        torch.backends.cuda.matmul.allow_tf32 = self.tf32
        torch.backends.cudnn.allow_tf32 = self.tf32

    def speed(self, steps):
        self.allow()
        step = self.graph.replay if self.graph else self.step
        for _ in range(1 if self.device == "cpu" else 5):
            step()
        self.wait()
        start = time.perf_counter()
        for _ in range(steps):
            step()
        self.wait()
        return steps * len(self.images) / (time.perf_counter() - start)

    def wait(self):
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()

    def step(self):
        self.optimiser.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.bf16, cache_enabled=False):
            loss = F.cross_entropy(self.net(self.images), self.labels)
        loss.backward()
        self.optimiser.step()


def stop(*_):
    raise TooSlow


def ours(program, name, width, options, rounds, precision="f32"):
    """Images a second of `rounds` rounds of the program."""
    command = [
        program, "bench", "train", name, "--json", "--quiet", "--rounds", str(rounds), "--width-factor", str(width),
        "--batch-size", str(options.batch_size), "--steps", str(options.steps), "--device", options.device,
        "--precision", precision,
    ]
    if options.device == "cpu":
        command += ["--threads", str(options.threads)]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if not figures["optimised"]:
        print("not an optimised build: these figures mean little", file=sys.stderr)
    return figures["networks"][0]["of_rounds"]


def compare(program, network, options):
    name, _, width = network.partition(":")
    width = float(width or 1)
    cpu = options.device == "cpu"
    orders = list(FORMATS)
    if not cpu:
        orders += [*ROUNDED, *CAPTURED] + ([] if options.no_compile else [*COMPILED])
    speeds = {"ebcle-tui": []}
    if not cpu:
        for side, precision in OURS.items():
            speeds[side] = ours(program, name, width, options, options.rounds, precision)
    sides = {}
    for order in orders:
        try:
            sides[order] = Torch(name, width, order, options.batch_size, options.device)
        except TooSlow:
            print(f"  {order}: not compiled after {COMPILE_SECONDS} s", file=sys.stderr)
    speeds.update({order: [] for order in sides})
    for _ in range(options.rounds):
        if cpu:
            speeds["ebcle-tui"] += ours(program, name, width, options, 1)
        for order, side in sides.items():
            speeds[order].append(side.speed(options.steps))
    measured = list(sides)
    del sides
    if not cpu:
        gc.collect()
        torch.cuda.empty_cache()
    medians = {side: statistics.median(values) for side, values in speeds.items()}

    def against(side, peers):
        faster = max(peers, key=medians.get)
        return faster, [mine / theirs for mine, theirs in zip(speeds[side], speeds[faster])]

    exact = [order for order in measured if order in FORMATS or order == "captured f32"]
    faster, ratios = against("ebcle-tui", exact)
    result = {
        "architecture": name, "width_factor": width, "medians": medians, "rounds": speeds,
        "faster_order": faster, "ratio": statistics.median(ratios), "ratios": ratios,
    }
    if not cpu:
        for kind in ("TF32", "BF16"):
            peers = [order for order in measured if order.endswith(kind)]
            faster, ratios = against(f"ebcle-tui {kind}", peers)
            result[f"faster_{kind.lower()}"] = faster
            result[f"ratio_{kind.lower()}"] = statistics.median(ratios)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("networks", nargs="*", metavar="ARCH[:WIDTH]")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out on a GPU")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_intermixed_args()
    torch.set_num_threads(options.threads)
    torch.backends.cudnn.benchmark = True
    results = []
    for network in options.networks or NETWORKS:
        print(f"{network} …", file=sys.stderr)
        try:
            results.append(compare(options.program, network, options))
        except subprocess.CalledProcessError as error:
            print(f"  {options.program} failed: {error.stderr.strip()}", file=sys.stderr)
            continue
        medians = ", ".join(f"{side} {speed:.0f}" for side, speed in results[-1]["medians"].items())
        kinds = [f", with {kind} {results[-1][f'ratio_{kind.lower()}']:.2f}" for kind in ("TF32", "BF16")
                 if f"ratio_{kind.lower()}" in results[-1]]
        print(f"  {medians} images/s, ratio {results[-1]['ratio']:.2f}{''.join(kinds)}", file=sys.stderr)
    if options.json:
        json.dump(
            {
                "torch": torch.__version__, "threads": options.threads, "batch_size": options.batch_size,
                "device": options.device, "steps": options.steps, "networks": results,
            },
            sys.stdout, indent=1,
        )
        print()
        return
    place = f"{options.threads} threads" if options.device == "cpu" else torch.cuda.get_device_name(options.device)
    print(f"images/s, batch {options.batch_size}, {place}, PyTorch {torch.__version__}, "
          f"medians of {options.rounds} rounds\n")
    sides = list(results[0]["medians"])
    print(f"{'network':16} {'width':>5} " + " ".join(f"{side:>18}" for side in sides) + f" {'ratio':>6}  ratios of rounds")
    for result in results:
        low, high = min(result["ratios"]), max(result["ratios"])
        print(f"{result['architecture']:16} {result['width_factor']:5.2f} "
              + " ".join(f"{result['medians'][side]:18.1f}" for side in sides)
              + f" {result['ratio']:6.2f}  {low:.2f} to {high:.2f}")


if __name__ == "__main__":
    main()

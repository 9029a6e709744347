"""What a cap does to every baseline, with the time of a training step as measured here: a Markdown table.

    python3 benches/plans.py target/release/ebcle-tui DATASET [DEVICE] [NETWORK[@BATCH] ...]

Runs `plan DATASET NETWORK --measure --json` for each network and prints a row as soon as it is known.
Without networks: every baseline, at a batch size by which two CPU cores take seconds for a step.
Needs nothing but Python's standard library.
"""

import json
import subprocess
import sys

BASELINES = [
    "resnet-50@32",
    "resnext-56@2",
    "densenet-40@32",
    "efficientnet-b0@32",
    "efficientnet-b1@32",
    "efficientnet-b2@32",
]


def large(number):
    for unit, prefix in [(1e9, " G"), (1e6, " M"), (1e3, " k")]:
        if number >= unit:
            return "%.3g%s" % (number / unit, prefix)
    return str(number)


def plan(program, dataset, device, network, batch):
    command = [program, "plan", dataset, network, "--measure", "--json", "--quiet"]
    command += ["--device", device, "--batch-size", batch]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def row(found):
    """A row of the table, of both networks or of a baseline that the cap leaves alone."""
    before, after, timed = found["baseline"], found["capped"], found["measured"]
    pair = lambda show: "%s → %s" % (show(before), show(after))
    low, high = (100 * bound for bound in timed["interval"])
    by_macs = 1 - after["macs"] / before["macs"]
    return [
        found["architecture"],
        pair(lambda network: str(network["conv_depth"])),
        pair(lambda network: large(network["parameters"])),
        pair(lambda network: large(network["macs"])),
        "%.0f" % (100 * by_macs),
        "%d" % timed["batch_size"],
        "%.3g → %.3g" % (timed["baseline_seconds_per_step"], timed["capped_seconds_per_step"]),
        "%.1f ± %.1f" % ((low + high) / 2, (high - low) / 2),
    ]


def main():
    program, dataset, *rest = sys.argv[1:]
    device, *networks = rest or ["cpu"]
    header = [
        "network",
        "convolutions",
        "parameters",
        "MACs per image",
        "time saved by MACs, %",
        "batch",
        "seconds per step",
        "time saved as measured, %",
    ]
    print("| %s |" % " | ".join(header))
    print("| --- | %s |" % " | ".join(["---:"] * (len(header) - 1)))
    for name in networks or BASELINES:
        network, _, batch = name.partition("@")
        found = plan(program, dataset, device, network, batch or "32")
        print("| %s |" % " | ".join(row(found)), flush=True)


if __name__ == "__main__":
    main()

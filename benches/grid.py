#!/usr/bin/env python3
"""Seconds, of the clock and of all cores, and peak memory of `grid status` and `grid collect` of a large grid, on generated run directories.

    benches/grid.py PROGRAM FOLDER [CELLS [TIMES]]

PROGRAM is an optimised build. One cell (ResNet-56 capped at 13 convolutions, five seeds, probed) is trained for real on tiny
images below FOLDER, and its run directory is copied for every cell of a grid of CELLS (10,000) datasets x architectures x
depths, with the cell's own settings in it and checksums that fit: about 5 GB, outside any repository. What is there
already is kept. Each command runs TIMES (3) times; the digests tell whether two programs print and write the same.
"""

import hashlib
import json
import os
import re
import shutil
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

ARCHITECTURES = [f"resnet-{depth}" for depth in range(56, 176, 6)]
DEPTHS = list(range(13, 53, 4))
SEEDS, EPOCHS, SIDE, CLASSES = 5, 12, 8, 2


def dataset(folder, number):
    """Images and labels as MNIST has them; each dataset has other images."""
    folder.mkdir(parents=True)
    for part, count in (("train", 40), ("t10k", 20)):
        pixels = hashlib.shake_256(f"{part}{number}".encode()).digest(count * SIDE * SIDE)
        labels = bytes(at % CLASSES for at in range(count))
        (folder / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, count, SIDE, SIDE) + pixels)
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, count) + labels)


def grid_file(path, out, datasets, architectures, depths):
    lines = [
        f"architectures = {json.dumps(architectures)}",
        f"depths = {depths}",
        "probe = true",
        "[settings]",
        f"seeds = {list(range(1, SEEDS + 1))}",
        f"epochs = {EPOCHS}",
        'width = "same"',
        'device = "cpu"',
        f"out = {json.dumps(str(out))}",
    ]
    for dataset in datasets:
        lines += ["[[datasets]]", f"dataset = {json.dumps(f'idx:{dataset}')}"]
    path.write_text("\n".join(lines) + "\n")


def chained(records):
    """The lines of checksums.jsonl: each ends with a digest of the one before and of itself."""
    link, lines = hashlib.sha256(b"").hexdigest()[:16], []
    for record in records:
        body = json.dumps(record, separators=(",", ":"))[:-1]
        link = hashlib.sha256(link.encode() + body.encode()).hexdigest()[:16]
        lines.append(f'{body},"chain":"{link}"}}\n')
    return "".join(lines)


def copy(template, first, cell, own):
    """The run directory of a cell: the files of `template` with the cell's own dataset, architecture and depth."""
    made = cell.with_suffix(".part")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    records = []
    for name, content in template.items():
        for before, after in zip(first, own):
            content = content.replace(before.encode(), after.encode())
        (made / name).write_bytes(content)
        records.append({"file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    (made / "checksums.jsonl").write_text(chained(records))
    made.rename(cell)


def generate(program, folder, cells, environment):
    datasets = [folder / "data" / f"d{number:03}" for number in range(-(-cells // (len(ARCHITECTURES) * len(DEPTHS))))]
    for number, path in enumerate(datasets):
        if not path.exists():
            dataset(path, number)
    grid_file(folder / "one.toml", folder / "runs", datasets[:1], ARCHITECTURES[:1], DEPTHS[:1])
    grid_file(folder / "many.toml", folder / "runs", datasets, ARCHITECTURES, DEPTHS)
    subprocess.run([program, "grid", folder / "one.toml", "--quiet"], env=environment, stdout=subprocess.DEVNULL, check=True)
    trained = folder / "runs/one/cells" / f"d000-{ARCHITECTURES[0]}-depth{DEPTHS[0]}"
    names = ["run.toml", "profile.json", "plan.json", "samples.png", "metrics.csv", "events.jsonl", "summary.json", "probe.json"]
    template = {name: (trained / name).read_bytes() for name in names}
    # Of other settings than the cell's own.
    template["run.toml"] = re.sub(rb'(?m)^settings_fingerprint = .*\n', b"", template["run.toml"])
    first = (str(datasets[0]), ARCHITECTURES[0], f"depth = {DEPTHS[0]}")
    made = 0
    for path in datasets:
        for architecture in ARCHITECTURES:
            for depth in DEPTHS:
                cell = folder / "runs/many/cells" / f"{path.name}-{architecture}-depth{depth}"
                if made < cells and not cell.exists():
                    copy(template, first, cell, (str(path), architecture, f"depth = {depth}"))
                made += 1
    sizes = {name: len(content) for name, content in template.items()}
    print(f"{cells} cells, bytes of each: {sizes}")


def measured(command, environment):
    """Seconds, those of all cores, peak memory in MB, exit code and output of a command."""
    begun = time.monotonic()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    of_cores = usage.ru_utime + usage.ru_stime
    return time.monotonic() - begun, of_cores, usage.ru_maxrss / 1024, process.returncode, said


def main():
    if not 3 <= len(sys.argv) <= 5:
        sys.exit(__doc__)
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    cells = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000
    times = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"HOME": str(folder / "home"), "EBCLE_MEASURE": "false"}
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        environment.pop(name, None)
    generate(program, folder, cells, environment)
    for words in ("status", "status --json", "collect"):
        command = [program, "grid", *words.split()[:1], folder / "many.toml", "--quiet", *words.split()[1:]]
        runs = [measured(command, environment) for _ in range(times)]
        seconds = [f"{run[0]:.1f}" for run in runs]
        *_, code, said = runs[-1]
        digest = hashlib.sha256(said).hexdigest()[:12]
        middle, of_cores = (statistics.median(run[at] for run in runs) for at in (0, 1))
        peak = max(run[2] for run in runs)
        print(f"{words:14} {middle:6.1f} s (of {', '.join(seconds)}), of all cores {of_cores:.1f} s, {peak:5.0f} MB, code {code}, output {digest}")
    for name in ("grid.json", "report.md", "report.html", "report.tex"):
        content = (folder / "runs/many" / name).read_bytes()
        print(f"{name:14} {len(content) / 1e6:6.1f} MB, {hashlib.sha256(content).hexdigest()[:12]}")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Seconds and memory to load each layout of a dataset at its true size.

    benches/readers.py PROGRAM FOLDER [LAYOUT…]

PROGRAM is a release build. Made-up files in the true layouts are written below FOLDER (about 4 GB)
where they are not there yet, outside any repository. Each layout is read
twice, and the second time counts, so that files come from the system's cache: what is timed is the
reader. Needs NumPy, and PyArrow and Pillow for the Hugging Face copy.
"""

import gzip
import io
import json
import pickle
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np

RANDOM = np.random.default_rng(0)


def pictures(count, side, channels):
    """Blocks of colour under noise (N, C, H, W): packed, they shrink about as photographs do."""
    coarse = RANDOM.integers(0, 192, (count, channels, side // 4, side // 4), dtype=np.uint8)
    image = coarse.repeat(4, axis=2).repeat(4, axis=3)
    image += RANDOM.integers(0, 48, image.shape, dtype=np.uint8)
    return image


def labels(count, classes):
    return RANDOM.integers(0, classes, count, dtype=np.uint8)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def pack(archive, folder):
    with tarfile.open(archive, "w:gz", compresslevel=6) as tar:
        tar.add(folder, arcname=folder.name)


def mnist(folder):
    for part, count in (("train", 60_000), ("t10k", 10_000)):
        images = pictures(count, 28, 1) * (RANDOM.random((count, 1, 28, 28)) < 0.2)
        head = np.array([0x803, count, 28, 28], ">u4").tobytes()
        write(folder / f"{part}-images-idx3-ubyte.gz", gzip.compress(head + images.astype(np.uint8).tobytes()))
        head = np.array([0x801, count], ">u4").tobytes()
        write(folder / f"{part}-labels-idx1-ubyte.gz", gzip.compress(head + labels(count, 10).tobytes()))


def cifar10(inner, python):
    for name in [f"data_batch_{batch}" for batch in range(1, 6)] + ["test_batch"]:
        rows, classes = pictures(10_000, 32, 3).reshape(10_000, 3072), labels(10_000, 10)
        if python:
            batch = {"batch_label": name, "labels": classes.tolist(), "data": rows, "filenames": [f"{n}.png" for n in range(10_000)]}
            write(inner / name, pickle.dumps(batch, protocol=4))
        else:
            write(inner / f"{name}.bin", np.column_stack([classes, rows]).tobytes())


def cifar100(inner, python):
    for name, count in (("train", 50_000), ("test", 10_000)):
        rows, fine = pictures(count, 32, 3).reshape(count, 3072), labels(count, 100)
        if python:
            batch = {"fine_labels": fine.tolist(), "coarse_labels": (fine // 5).tolist(), "data": rows}
            write(inner / name, pickle.dumps(batch, protocol=4))
        else:
            write(inner / f"{name}.bin", np.column_stack([fine // 5, fine, rows]).tobytes())


def stl10(inner):
    for part, count in (("train", 5_000), ("test", 8_000)):
        write(inner / f"{part}_X.bin", pictures(count, 96, 3).tobytes())
        write(inner / f"{part}_y.bin", (labels(count, 10) + 1).tobytes())


def npz(folder):
    folder.mkdir(parents=True)
    arrays = {}
    for part, count in (("train", 89_996), ("val", 10_004), ("test", 7_180)):
        arrays[f"{part}_images"] = np.ascontiguousarray(pictures(count, 28, 3).transpose(0, 2, 3, 1))
        arrays[f"{part}_labels"] = labels(count, 9)[:, None]
    np.savez_compressed(folder / "pathmnist.npz", **arrays)


def parquet(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from PIL import Image

    def png(image):
        file = io.BytesIO()
        Image.fromarray(image).save(file, "PNG")
        return file.getvalue()

    snapshot = folder / "datasets--uoft-cs--cifar10/snapshots/0/plain_text"
    snapshot.mkdir(parents=True)
    for part, count in (("train", 50_000), ("test", 10_000)):
        images = pictures(count, 32, 3).transpose(0, 2, 3, 1)
        rows = [{"bytes": png(np.ascontiguousarray(image)), "path": None} for image in images]
        table = pa.table({"img": rows, "label": labels(count, 10).astype(np.int64)})
        pq.write_table(table, snapshot / f"{part}-00000-of-00001.parquet", row_group_size=100)


def packed(archive, inner, make):
    """Files inside the published archive alone."""

    def fill(folder):
        make(folder / inner)
        pack(folder / archive, folder / inner)
        for path in (folder / inner).iterdir():
            path.unlink()
        (folder / inner).rmdir()

    return fill


# layout: what writes it, the dataset, more arguments
LAYOUTS = {
    "mnist, gzip": (mnist, "mnist", []),
    "cifar10, binary": (lambda f: cifar10(f / "cifar-10-batches-bin", False), "cifar10", []),
    "cifar10, python": (lambda f: cifar10(f / "cifar-10-batches-py", True), "cifar10", []),
    "cifar10, binary.tar.gz": (packed("cifar-10-binary.tar.gz", "cifar-10-batches-bin", lambda f: cifar10(f, False)), "cifar10", []),
    "cifar10, python.tar.gz": (packed("cifar-10-python.tar.gz", "cifar-10-batches-py", lambda f: cifar10(f, True)), "cifar10", []),
    "cifar10, parquet": (parquet, "cifar10", []),
    "cifar100, binary": (lambda f: cifar100(f / "cifar-100-binary", False), "cifar100", []),
    "cifar100, python": (lambda f: cifar100(f / "cifar-100-python", True), "cifar100", []),
    "cifar100, binary.tar.gz": (packed("cifar-100-binary.tar.gz", "cifar-100-binary", lambda f: cifar100(f, False)), "cifar100", []),
    "cifar100, python.tar.gz": (packed("cifar-100-python.tar.gz", "cifar-100-python", lambda f: cifar100(f, True)), "cifar100", []),
    "stl10, binary": (lambda f: stl10(f / "stl10_binary"), "stl10", []),
    "stl10, tar.gz": (packed("stl10_binary.tar.gz", "stl10_binary", stl10), "stl10", []),
    "pathmnist, npz": (npz, "npz:pathmnist.npz", []),
}


# A process begins with the peak memory of the one that started it, so a small one stands between.
LAUNCHER = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
text = process.stdout.read()
_, status, usage = os.wait4(process.pid, 0)
if status != 0:
    sys.exit(1)
print(json.dumps([json.loads(text)["load_seconds"], usage.ru_maxrss * 1024]))
"""


def measure(program, folder, dataset, more):
    command = [program, "analyze", dataset, "--lossless-images", "1", "--json", "--no-cache", *more]
    if ":" not in dataset:
        command += ["--data-dir", "."]
    done = subprocess.run([sys.executable, "-c", LAUNCHER, *command], cwd=folder, stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed in {folder}")
    return json.loads(done.stdout)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, root = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    chosen = sys.argv[3:] or list(LAYOUTS)
    print("| layout | on disk, MB | seconds to load | peak memory, MiB |\n| --- | ---: | ---: | ---: |")
    for name in chosen:
        make, dataset, more = LAYOUTS[name]
        folder = root / name.replace(", ", "-")
        done = folder / "complete"
        if not done.exists():
            make(folder)
            done.touch()
        read = [measure(program, folder, dataset, more) for _ in range(2)][1]
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"| {name} | {size / 1e6:.0f} | {read[0]:.2f} | {read[1] / 2**20:.0f} |", flush=True)


if __name__ == "__main__":
    main()

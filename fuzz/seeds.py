#!/usr/bin/env python3
"""Writes small files in the true layouts into corpus/, for the fuzzer to begin with.

Run as: python3 fuzz/seeds.py
"""

import gzip
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIXTURES = HERE.parent / "tests/fixtures/datasets"


def write(target, name, content):
    path = HERE / "corpus" / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def pixels(count):
    return bytes((31 * v + v // 256) % 256 for v in range(count))


def npy(code, shape, numbers):
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(-(-(len(header) + 11) // 64) * 64 - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + numbers


def main():
    images = struct.pack(">4I", 0x803, 2, 3, 4) + pixels(24)
    labels = struct.pack(">2I", 0x801, 2) + bytes([3, 9])
    codes = struct.pack(">3I", 0x0C02, 2, 8) + struct.pack(">16i", *range(16))
    for name, content in [("images", images), ("labels", labels), ("codes", codes)]:
        write("idx", name, content)
        write("idx", name + ".gz", gzip.compress(content, mtime=0))
    names = "\n".join("airplane automobile bird cat deer dog frog horse ship truck".split())
    write("cifar", "cifar10", bytes([0]) + b"".join(bytes([n]) + pixels(3072) for n in (3, 9)))
    write("cifar", "cifar100", bytes([1]) + bytes([19, 99]) + pixels(3072))
    write("cifar", "cifar100-coarse", bytes([2]) + bytes([19, 99]) + pixels(3072))
    write("cifar", "names", bytes([0]) + names.encode())
    write("stl10", "images", bytes([1, 10]) + pixels(3 * 96 * 96))
    write("stl10", "names", names.encode())
    for file in (FIXTURES / "pickle").iterdir():
        write("pickle", file.name, file.read_bytes())
    for file in (FIXTURES / "npz").iterdir():
        write("npz", file.name, file.read_bytes())
    write("npz", "bytes.npy", npy("|u1", "(2, 3, 4)", pixels(24)))
    write("npz", "integers.npy", npy(">i4", "(3,)", struct.pack(">3i", 1, -2, 3)))
    for file in (FIXTURES / "hf/data").iterdir():
        write("parquet", file.name, file.read_bytes())


if __name__ == "__main__":
    main()

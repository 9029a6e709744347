#!/usr/bin/env bash
# Everything that only a machine with an NVIDIA GPU can tell about ebcle-tui, in one command:
#
#   benches/gpu.sh PROGRAM OUT [MNIST [CIFAR10]]
#
# PROGRAM is a release build, OUT a folder for what is found, MNIST a folder of its files, CIFAR10 a folder of
# class folders below train/ and test/. TESTS names the library's test program, where it is to be run as well:
# `cargo test --release --lib --no-run` says where that is. GPU_SECONDS bounds the time of each part (default 3600).
# Writes OUT/gpu.json and prints the same as a table. Needs python3; where that has torch, the speed of training is
# measured beside PyTorch on the same card, eager, captured as a CUDA graph and (unless NO_COMPILE is set) compiled; NETWORKS
# names others than the usual ones for that. PARTS chooses among tests, same, train, grid and speed (all of them are usual);
# part "same" compares the numbers of short trainings with those of OTHER, another build of the program.
set -euo pipefail

here=$(realpath "$(dirname "$0")")
program=$(realpath "$1")
out=$2
mnist=${3:+$(realpath "$3")}
cifar=${4:+$(realpath "$4")}
tests=${TESTS:+$(realpath "$TESTS")}
other=${OTHER:+$(realpath "$OTHER")}
limit=${GPU_SECONDS:-3600}
has() { # NAME: whether that part is to be run
    [[ " ${PARTS:-tests same train grid speed} " == *" $1 "* ]]
}
mkdir -p "$out"
out=$(realpath "$out")
cd "$out"

part() { # NAME COMMAND…: its result in NAME.json, what it says in NAME.log
    local name=$1
    shift
    echo "== $name (at $SECONDS s)"
    timeout "$limit" "$@" > "$name.json" 2> "$name.log" || { tail -n 5 "$name.log"; rm -f "$name.json"; }
}

train() { # NAME DATASET ARCH OPTIONS…
    local name=$1
    shift
    part "$name" "$program" train "$@" --json
}

"$program" devices --json > devices.json
cat devices.json
"$program" devices --try cuda:0
if has tests && [ -n "$tests" ]; then
    echo "== the kernels against the CPU's"
    timeout "$limit" "$tests" --include-ignored kernels::cuda gpu_tests --test-threads 1 > tests.txt 2>&1 && echo passed || echo FAILED
    tail -n 15 tests.txt
fi

if has same && [ -n "$other" ]; then
    echo "== the numbers of another build (at $SECONDS s)"
    for arch in resnet-20 densenet-22 resnext-20-2x16d efficientnet-b0; do
        for build in program other; do
            timeout "$limit" "${!build}" train glyphs "$arch" --limit 500 --epochs 1 --batch-size 50 --seeds 1 \
                --device cuda --quiet --out "same-$build-$arch" > "same-$build-$arch.txt" 2>&1 || tail -n 2 "same-$build-$arch.txt"
            cut -d, -f1-7 "same-$build-$arch"/*/metrics.csv | sort > "same-$build-$arch.csv" || true
        done
        if cmp -s "same-program-$arch.csv" "same-other-$arch.csv"; then echo "$arch: the same"; else
            echo "$arch: NOT the same"; diff "same-program-$arch.csv" "same-other-$arch.csv" || true; fi
    done
fi

if has train; then
glyphs=(glyphs resnet-20 --limit 2000 --epochs 5 --batch-size 50 --seeds 1)
train glyphs-cuda "${glyphs[@]}" --device cuda
train glyphs-again "${glyphs[@]}" --device cuda
train glyphs-cpu "${glyphs[@]}" --device cpu

echo "== a batch that does not fit (at $SECONDS s)"
timeout "$limit" "$program" train glyphs resnext-29 --epochs 1 --batch-size 4000 --seeds 1 --device cuda > large.txt 2>&1 || true
if grep -q "was tried and fits" large.txt; then grep "was tried and fits" large.txt; else echo "NOT refused:"; tail -n 3 large.txt; fi

long=(glyphs resnet-20 --limit 2000 --epochs 30 --batch-size 50 --seeds 1 --device cuda)
train whole "${long[@]}" --out runs-whole
cut -d, -f1-7 runs-whole/*/metrics.csv | sort > whole.csv

go_on() { # NAME: resumes the run in runs-NAME and compares its numbers with those of the undisturbed one
    part "resumed-$1" "$program" resume "$(echo "runs-$1"/*)" --json
    if cut -d, -f1-7 "runs-$1"/*/metrics.csv | sort | diff - whole.csv > "$1.diff"; then
        echo "resumed: the same numbers as undisturbed"
    else
        echo "resumed: NOT the numbers of the undisturbed run, see $1.diff"
    fi
}

echo "== a run that is killed (at $SECONDS s)"
timeout -s KILL 5 "$program" train "${long[@]}" --out runs-killed > killed.txt 2>&1 || true
go_on killed

if python3 -c "import torch; assert torch.cuda.is_available()" 2> /dev/null; then
    echo "== another program takes the memory when the run begins (at $SECONDS s)"
    python3 - runs-robbed > robber.txt <<'PYTHON' &
import glob
import sys
import time

import torch

torch.empty(1, device="cuda")
print("ready", flush=True)
while not glob.glob(f"{sys.argv[1]}/*"):
    time.sleep(0.01)
held, end = [], time.monotonic() + 6
while time.monotonic() < end:
    free, _ = torch.cuda.mem_get_info()
    if free > 64 << 20:
        try:
            held.append(torch.empty(free - (32 << 20), dtype=torch.uint8, device="cuda"))
        except torch.cuda.OutOfMemoryError:
            pass
    time.sleep(0.02)
PYTHON
    robber=$!
    until grep -q ready robber.txt || ! kill -0 $robber 2> /dev/null; do sleep 0.1; done
    timeout "$limit" "$program" train "${long[@]}" --out runs-robbed > robbed.txt 2>&1 || tail -n 1 robbed.txt
    wait $robber || true
    if grep -q "^error" robbed.txt; then go_on robbed; else echo "it went on to its end"; fi
fi
fi

if has grid && [ -n "$mnist" ]; then
    echo "== the workstation grid (at $SECONDS s)"
    data=(--data-dir "$mnist")
    if [ -n "$cifar" ]; then
        data+=(--dataset "cifar10=folder:$cifar")
    fi
    timeout "$limit" "$program" grid "$here/../configs/workstation.toml" "${data[@]}" --device cuda \
        > grid.txt 2> grid.log || tail -n 5 grid.log
    tail -n 30 grid.txt
fi

if has speed && python3 -c "import torch; assert torch.cuda.is_available()" 2> /dev/null; then
    part pytorch python3 "$here/pytorch.py" "$program" --device cuda --batch-size 128 --steps 30 --rounds 3 --json \
        ${NO_COMPILE:+--no-compile} ${NETWORKS:-resnet-20 resnet-56 resnet-32:1.125 densenet-40 efficientnet-b0 resnext-29}
elif has speed; then
    # shellcheck disable=SC2086
    part bench "$program" bench train ${NETWORKS:-} --device cuda --batch-size 128 --steps 50 --json
    part bench-tf32 "$program" bench train ${NETWORKS:-} --device cuda --precision tf32 --batch-size 128 --steps 50 --json
    # shellcheck disable=SC2086
    part bench-bf16 "$program" bench train ${NETWORKS:-} --device cuda --precision bf16 --batch-size 128 --steps 50 --json
fi

python3 - <<'PYTHON'
import json
import os


def read(name):
    path = f"{name}.json"
    return json.load(open(path)) if os.path.exists(path) and os.path.getsize(path) > 0 else None


rows = []
for run in ("glyphs-cuda", "glyphs-again", "glyphs-cpu"):
    summary = read(run)
    for seed in summary["seeds"] if summary else []:
        for network in ("baseline", "capped"):
            rows.append({"run": run, "device": summary["device"], "network": network, **seed[network]})
whole = {"devices": read("devices"), "rows": rows, "bench": read("bench"),
         "bench_tf32": read("bench-tf32"), "bench_bf16": read("bench-bf16"), "pytorch": read("pytorch")}
json.dump(whole, open("gpu.json", "w"), indent=1)
print(f"{'run':14} {'network':9} {'convs':>5} {'accuracy %':>10} {'test loss':>10} {'training s':>10} {'images/s':>9}")
for row in rows:
    print(f"{row['run']:14} {row['network']:9} {row['conv_depth']:5} {100 * row['test_accuracy']:10.2f} "
          f"{row['test_loss'] or float('nan'):10.5f} {row['train_seconds']:10.2f} {row['images_per_second']:9.0f}")
for name, precision in (("bench", "f32"), ("bench_tf32", "tf32"), ("bench_bf16", "bf16")):
    for network in (whole[name] or {}).get("networks", []):
        print(f"bench train  {network['architecture']:18} {precision:5} {network['images_per_second']:9.0f} images/s")
for network in (whole["pytorch"] or {}).get("networks", []):
    medians = ", ".join(f"{side} {speed:.0f}" for side, speed in network["medians"].items())
    print(f"beside PyTorch  {network['architecture']} x{network['width_factor']:g}: {medians} images/s; "
          f"{network['ratio']:.2f} times the fastest with f32, {network['ratio_tf32']:.2f} times with TF32, "
          f"{network['ratio_bf16']:.2f} times with bfloat16")
PYTHON

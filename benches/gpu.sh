#!/usr/bin/env bash
# Everything that only a machine with an NVIDIA GPU can tell about ebcle-tui, in one command:
#
#   benches/gpu.sh PROGRAM OUT [DATA]
#
# PROGRAM is a release build, OUT a folder for what is found, DATA a folder that holds `mnist/`.
# Writes OUT/gpu.json and prints the same as a table. Needs python3; where that has torch, the speed of
# training is measured beside PyTorch, eager and compiled, on the same card.
set -euo pipefail

here=$(realpath "$(dirname "$0")")
program=$(realpath "$1")
out=$2
data=${3:-}
mkdir -p "$out"
out=$(realpath "$out")
cd "$out"

"$program" devices --json > devices.json
cat devices.json
"$program" devices --try cuda:0

train() { # NAME DATASET ARCH OPTIONS…
    local name=$1
    shift
    echo "== $name"
    "$program" train "$@" --json > "$name.json" 2> "$name.log" || { tail -n 5 "$name.log"; return 0; }
}

train glyphs-cuda glyphs resnet-20 --limit 2000 --epochs 5 --batch-size 50 --device cuda
train glyphs-cpu glyphs resnet-20 --limit 2000 --epochs 5 --batch-size 50 --device cpu
train resnet-50-cuda glyphs resnet-50 --epochs 5 --batch-size 128 --device cuda
train resnet-110-cuda glyphs resnet-110 --epochs 3 --batch-size 128 --device cuda
train resnet-50-again glyphs resnet-50 --epochs 5 --batch-size 128 --device cuda
if [ -n "$data" ]; then
    train mnist-cuda mnist resnet-20 --data-dir "$data/mnist" --epochs 3 --device cuda
fi

echo "== bench train"
"$program" bench train --device cuda --batch-size 128 --steps 50 --json > bench.json 2> bench.log || tail -n 5 bench.log
if python3 -c "import torch; assert torch.cuda.is_available()" 2> /dev/null; then
    echo "== beside PyTorch"
    python3 "$here/pytorch.py" "$program" --device cuda --batch-size 128 --steps 50 --rounds 3 --json \
        > pytorch.json 2> pytorch.log || tail -n 5 pytorch.log
fi

python3 - <<'PYTHON'
import glob, json, os

rows = []
for path in sorted(glob.glob("*.json")):
    if path in ("devices.json", "gpu.json", "bench.json", "pytorch.json") or os.path.getsize(path) == 0:
        continue
    summary = json.load(open(path))
    for seed in summary["seeds"]:
        for network in ("baseline", "capped"):
            rows.append({"run": path[:-5], "device": summary["device"], "network": network, **seed[network]})
whole = {"devices": json.load(open("devices.json")), "rows": rows}
for name in ("bench", "pytorch"):
    if os.path.exists(f"{name}.json") and os.path.getsize(f"{name}.json") > 0:
        whole[name] = json.load(open(f"{name}.json"))
json.dump(whole, open("gpu.json", "w"), indent=1)
print(f"{'run':18} {'network':9} {'convs':>5} {'accuracy %':>10} {'training s':>10} {'images/s':>9}")
for row in rows:
    print(f"{row['run']:18} {row['network']:9} {row['conv_depth']:5} {100 * row['test_accuracy']:10.2f} "
          f"{row['train_seconds']:10.2f} {row['images_per_second']:9.0f}")
for network in whole.get("bench", {}).get("networks", []):
    print(f"bench train  {network['architecture']:18} {network['images_per_second']:9.0f} images/s")
for network in whole.get("pytorch", {}).get("networks", []):
    medians = ", ".join(f"{side} {speed:.0f}" for side, speed in network["medians"].items())
    print(f"beside PyTorch  {network['architecture']:18} {medians} images/s, ratio to eager {network['ratio']:.2f}")
PYTHON

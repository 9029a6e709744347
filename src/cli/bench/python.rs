//! The same entropies in Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::{Deserialize, Serialize};

use crate::dataset::places::at_home;
use crate::dataset::{Dataset, Split};
use crate::entropy::{Extent, sweep};

/// Pixel bytes that Python is given; it takes seconds for them.
const BYTES: usize = 2_000_000;

/// Speeds in gigabytes of pixels a second on one core.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Entropy of each channel by `numpy.bincount`.
    pub bincount: f64,
    /// Entropy of each channel by `skimage.measure.shannon_entropy`; none without scikit-image.
    pub scikit_image: Option<f64>,
    /// Difference of the mean entropy of a channel from this program's, in bits.
    pub difference: f64,
    /// What was compared with.
    pub versions: String,
}

/// What the script prints.
#[derive(Deserialize)]
struct Answer {
    bincount: f64,
    scikit_image: Option<f64>,
    mean: f64,
    versions: String,
}

const SCRIPT: &str = "
import json, sys, time
import numpy
planes = numpy.fromfile(sys.argv[1], dtype=numpy.uint8).reshape(-1, int(sys.argv[2]), int(sys.argv[3]))

def by_bincount(plane):
    counts = numpy.bincount(plane.ravel(), minlength=256)
    shares = counts[counts > 0] / plane.size
    return -(shares * numpy.log2(shares)).sum()

def timed(entropy):
    entropy(planes[0])
    times = []
    for _ in range(3):
        start = time.perf_counter()
        values = [entropy(plane) for plane in planes]
        times.append(time.perf_counter() - start)
    return sorted(times)[1], float(numpy.mean(values))

seconds, mean = timed(by_bincount)
answer = {'bincount': seconds, 'scikit_image': None, 'mean': mean, 'versions': 'numpy ' + numpy.__version__}
try:
    import skimage
    from skimage.measure import shannon_entropy
    answer['scikit_image'], answer['mean'] = timed(shannon_entropy)
    answer['versions'] += ', scikit-image ' + skimage.__version__
except ImportError:
    pass
print(json.dumps(answer))
";

/// Runs `python` on the first images of `dataset`.
pub fn compare(python: &str, dataset: &Dataset) -> anyhow::Result<Comparison> {
    let images = (BYTES / dataset.shape.bytes()).clamp(1, dataset.train.len());
    let part = Dataset {
        train: Split {
            pixels: dataset.train.pixels[..images * dataset.shape.bytes()].to_vec(),
            labels: dataset.train.labels[..images].to_vec(),
        },
        test: Split::default(),
        name: String::new(),
        notes: Vec::new(),
        class_names: dataset.class_names.clone(),
        skipped: Vec::new(),
        ..*dataset
    };
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let file = folder.path().join("pixels");
    fs::write(&file, &part.train.pixels).context("cannot write to a temporary folder")?;
    let output = Command::new(at_home(Path::new(python)))
        .args(["-c", SCRIPT])
        .arg(&file)
        .args([part.shape.height, part.shape.width].map(|side| side.to_string()))
        .output()
        .with_context(|| format!("cannot run '{python}'"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "'{python}' could not compute entropies: {}",
        said.lines().last().unwrap_or("it said nothing")
    );
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("'{python}' did not answer as it should"))?;
    let bytes = part.train.pixels.len() as f64;
    let planes = (images * part.shape.channels) as f64;
    let ours = sweep(&part, Extent::Channels) / planes;
    Ok(Comparison {
        bincount: bytes / answer.bincount / 1e9,
        scikit_image: answer.scikit_image.map(|seconds| bytes / seconds / 1e9),
        difference: (answer.mean - ours).abs(),
        versions: answer.versions,
    })
}

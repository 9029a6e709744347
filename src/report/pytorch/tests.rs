//! Exported networks give the logits that `PyTorch` computes from the same files.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use burn::tensor::{Tensor, TensorData};

use super::*;
use crate::dataset::Shape;
use crate::network::weights::{NamedTensor, fill};
use crate::network::{Architecture, Input, baseline, build};
use crate::report::escape::hostile::HOSTILE;
use crate::report::{Format, export_seed, has_networks};
use crate::run::fixture;
use crate::training::normalisation::Normalisation;

/// Networks of every family for images of the three sizes whose strides differ.
fn cases() -> Vec<(Architecture, Shape)> {
    let sizes = [(1, 28), (3, 32), (3, 96)];
    let cases = Architecture::small().flat_map(|name| {
        sizes.map(|(channels, side)| {
            let shape = Shape::new(channels, side, side);
            (name.parse().unwrap(), shape)
        })
    });
    cases.collect()
}

fn source(architecture: Architecture, shape: Shape) -> (Spec, String) {
    let spec = baseline(architecture, Input { shape, classes: 10 }).unwrap();
    let classes: Vec<String> = (0..10).map(|class| format!("\"{class}\\n")).collect();
    let normalisation: Vec<Normalisation> = (0..shape.channels)
        .map(|channel| Normalisation {
            mean: 120.0 + channel as f64 / 3.0,
            sd: 60.5,
        })
        .collect();
    let line = || "10 convolutions".to_owned();
    let text = Source {
        origin: format!("{architecture} trained on \"nothing\"."),
        architecture,
        shape,
        classes: &classes,
        normalisation: &normalisation,
        networks: [("baseline", line(), &spec), ("capped", line(), &spec)],
    }
    .text();
    (spec, text)
}

fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_module_of_a_resnet_reads_as_reviewed() {
    let shape = Shape::new(3, 32, 32);
    let (_, text) = source("resnet-20".parse().unwrap(), shape);
    insta::assert_snapshot!(text);
}

#[test]
#[ignore = "needs python3"]
fn every_module_compiles() {
    let folder = tempfile::tempdir().unwrap();
    for (at, (architecture, shape)) in cases().into_iter().enumerate() {
        let path = folder.path().join(format!("network{at}.py"));
        std::fs::write(&path, source(architecture, shape).1).unwrap();
        succeeds(Command::new("python3").args(["-m", "py_compile"]).arg(path));
    }
}

/// Python reads every name as the text that it is, and the module has no statement more for them.
#[test]
#[ignore = "needs python3"]
fn names_in_a_module_are_text_alone() {
    let shape = Shape::new(1, 28, 28);
    let architecture = "resnet-8".parse().unwrap();
    let spec = baseline(architecture, Input { shape, classes: 10 }).unwrap();
    let classes: Vec<String> = HOSTILE.map(str::to_owned).to_vec();
    let normalisation = [Normalisation { mean: 1.0, sd: 2.0 }];
    let origin = HOSTILE.join("\n") + "\"\"\" import os";
    let line = || format!("{origin}\rimport os\nimport os");
    let text = Source {
        origin: origin.clone(),
        architecture,
        shape,
        classes: &classes,
        normalisation: &normalisation,
        networks: [("baseline", line(), &spec), ("capped", line(), &spec)],
    }
    .text();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("network.py"), &text).unwrap();
    let plain = source(architecture, shape).1;
    std::fs::write(folder.path().join("plain.py"), plain).unwrap();
    let said = succeeds(
        Command::new("python3")
            .args(["-c", PARSE])
            .current_dir(folder.path()),
    );
    let found: (Vec<String>, String) = serde_json::from_str(&said).unwrap();
    assert_eq!(found, (classes, origin));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']));
}

/// Prints the constants of a module that has the statements of another one.
const PARSE: &str = r#"
import ast, json
read = lambda name: ast.parse(open(name, encoding="utf-8", newline="").read()).body
module, plain = read("network.py"), read("plain.py")
assert [type(one) for one in module] == [type(one) for one in plain]
of = lambda name: next(ast.literal_eval(one.value) for one in module
                       if isinstance(one, ast.Assign) and one.targets[0].id == name)
print(json.dumps([of("CLASSES"), of("ORIGIN")]))
"#;

/// Weights of a fresh network, with the running statistics of a batch that its layers might have seen.
fn trained(spec: &Spec, device: &Device) -> Network {
    let network = build(spec, 1, device);
    let vary = |mut tensor: NamedTensor| {
        let varied = [
            "running_mean",
            "running_var",
            "norm.weight",
            "norm.bias",
            "excite.bias",
        ];
        if varied.iter().any(|end| tensor.name.ends_with(end)) {
            for (at, value) in tensor.values.iter_mut().enumerate() {
                *value += (at * 37 % 101) as f32 / 400.0;
            }
        }
        tensor
    };
    let varied = tensors(&network).into_iter().map(vary).collect();
    fill(network, varied).unwrap()
}

/// Writes a network with its predictions as an export does.
fn write(folder: &Path, architecture: Architecture, shape: Shape) {
    let device = Device::flex();
    let (spec, text) = source(architecture, shape);
    let network = trained(&spec, &device);
    let pixels: Vec<u8> = (0..3 * shape.bytes())
        .map(|at| (at * 7919 % 251) as u8)
        .collect();
    let values: Vec<f32> = pixels
        .iter()
        .enumerate()
        .map(|(at, &pixel)| {
            let channel = at / shape.area() % shape.channels;
            ((f64::from(pixel) - 120.0 - channel as f64 / 3.0) / 60.5) as f32
        })
        .collect();
    let sides = [3, shape.channels, shape.height, shape.width];
    let images: Tensor<4> = Tensor::from_data(TensorData::new(values, sides), &device);
    let logits: Vec<f32> = network.forward(images).into_data().iter::<f32>().collect();
    let mut npz = Npz::new();
    npz.add("images", &sides, pixels).unwrap();
    npz.add("baseline", &[3, 10], logits).unwrap();
    let weights = Weights {
        tensors: tensors(&network),
        note: None,
        description: None,
    };
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join("network.py"), text).unwrap();
    std::fs::write(folder.join("predictions.npz"), npz.finish().unwrap()).unwrap();
    let bytes = weights.to_safetensors(5).unwrap();
    std::fs::write(folder.join("baseline.safetensors"), bytes).unwrap();
}

const VERIFY: &str = r#"
import importlib.util, pathlib, sys
import numpy
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    given = importlib.util.spec_from_file_location("network", folder / "network.py")
    network = importlib.util.module_from_spec(given)
    given.loader.exec_module(network)
    saved = numpy.load(folder / "predictions.npz")
    model = network.load("baseline", folder)
    logits = model(network.preprocess(saved["images"])).detach().numpy()
    print(folder.name, abs(logits - saved["baseline"]).max(), abs(logits).max())
"#;

#[test]
#[ignore = "needs a Python with torch and safetensors, named by EBCLE_TORCH_PYTHON"]
fn pytorch_gives_the_same_logits() {
    let python = std::env::var("EBCLE_TORCH_PYTHON").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let cases = cases();
    for (architecture, shape) in &cases {
        let name = format!("{architecture} {}", shape.height);
        write(&folder.path().join(name), *architecture, *shape);
    }
    let said = succeeds(Command::new(python).args(["-c", VERIFY]).arg(folder.path()));
    print!("{said}");
    assert_eq!(said.lines().count(), cases.len());
    for line in said.lines() {
        let numbers: Vec<f64> = line
            .split(' ')
            .skip(2)
            .map(|n| n.parse().unwrap())
            .collect();
        assert!(numbers[0] < 1e-3 && numbers[1] > 1e-2, "{line}");
    }
}

#[test]
fn a_run_without_checkpoints_or_without_the_seed_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let data = fixture::run(&[1, 2], 1, 1);
    let run = fixture::on_disk(out.path(), &data).load().unwrap();
    assert!(!has_networks(&run));
    let said = |seed| {
        let target = out.path().join("networks");
        let error = export_seed(&run, Format::Safetensors, seed, &target).unwrap_err();
        assert_eq!(std::fs::read_dir(target).unwrap().count(), 0);
        error.to_string()
    };
    assert!(said(None).contains("has no checkpoint of both networks for seed 1"));
    assert_eq!(said(Some(7)), "the run has no seed 7: its seeds are 1, 2");
}

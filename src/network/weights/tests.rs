//! What weights keep on their way out and in, and how bad files are refused.
#![allow(clippy::unwrap_used)]

use burn::tensor::Device;

use super::*;
use crate::network::testing::{assert_near, logits, small_specs, spec};
use crate::network::{Network, Spec, build};

fn weights(network: &Network, spec: &Spec) -> Weights {
    Weights {
        tensors: tensors(network),
        note: None,
        description: Some(Description {
            version: "0.1.0".to_owned(),
            run: "a run".to_owned(),
            network: "baseline".to_owned(),
            seed: 1,
            epoch: 2,
            spec: spec.clone(),
        }),
    }
}

fn written(bytes: &[u8], name: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn a_network_comes_back_through_safetensors() {
    for spec in small_specs() {
        let network = build(&spec, 1, &Device::flex());
        let leaving = weights(&network, &spec);
        let (_folder, path) = written(&leaving.to_safetensors(7).unwrap(), "any-name");
        let entered = Weights::read(&path).unwrap();
        assert_eq!(entered.description, leaving.description);
        let sorted = |mut tensors: Vec<NamedTensor>| {
            tensors.sort_by(|one, other| one.name.cmp(&other.name));
            tensors
        };
        assert_eq!(sorted(entered.tensors.clone()), sorted(leaving.tensors));
        let (name, whole) = (spec.architecture.to_string(), logits(&network, &spec));
        let other = build(&spec, 2, &Device::flex());
        assert_ne!(logits(&other, &spec), whole, "{name}");
        let filled = fill(other, entered.tensors).unwrap();
        assert_near(&logits(&filled, &spec), &whole, &name);
    }
}

/// ResNet-8 has 7 convolutions, 7 normalisations of four tensors each, and a classifier.
#[test]
fn names_and_shapes_are_those_of_pytorch() {
    let spec = spec("resnet-8", 3, 32);
    let network = build(&spec, 1, &Device::flex().autodiff());
    let tensors = tensors(&network);
    assert_eq!(tensors.len(), 7 + 7 * 4 + 2);
    let shape = |name: &str| {
        let found = tensors.iter().find(|tensor| tensor.name == name);
        found.map(|tensor| tensor.shape.clone())
    };
    assert_eq!(shape("stem.weight"), Some(vec![16, 3, 3, 3]));
    assert_eq!(shape("blocks.2.second_norm.running_var"), Some(vec![64]));
    assert_eq!(shape("blocks.0.first_norm.weight"), Some(vec![16]));
    assert_eq!(shape("classifier.weight"), Some(vec![10, 64]));
}

#[test]
fn weights_of_another_network_are_a_table() {
    let device = Device::flex();
    let deep = build(&spec("resnet-14", 1, 8), 1, &device);
    let mut entering = tensors(&deep);
    entering[0].shape = vec![3, 3, 16, 1];
    let shallow = || build(&spec("resnet-8", 1, 8), 1, &device);
    let error = fill(shallow(), entering).unwrap_err();
    assert_eq!(
        (
            error.missing.len(),
            error.reshaped.len() > 1,
            error.unexpected.len()
        ),
        (0, true, 30)
    );
    let said = error.to_string();
    assert!(said.contains("30 of the file are unexpected"), "{said}");
    assert!(
        said.contains("stem.weight") && said.contains("in place of [16, 1, 3, 3]"),
        "{said}"
    );
    assert!(said.ends_with("unexpected  … and 25 more"), "{said}");
    let none = fill(shallow(), Vec::new()).unwrap_err();
    assert_eq!(none.missing.len(), none.needed);
}

#[test]
fn bad_files_are_one_sentence() {
    let spec = spec("resnet-8", 1, 8);
    let network = build(&spec, 1, &Device::flex());
    let whole = weights(&network, &spec).to_safetensors(1).unwrap();
    for cut in [0, 7, 9, 100, whole.len() - 1] {
        let (_folder, path) = written(&whole[..cut], "cut.safetensors");
        let said = Weights::read(&path).unwrap_err().to_string();
        assert!(
            said.contains("truncated or damaged") && !said.contains('\n'),
            "{said}"
        );
    }
    let pickle = b"\x80\x02cos\nsystem\nX\x06\x00\x00\x00touch \x85R.";
    for bytes in [
        &b"hello, world"[..],
        &pickle[..],
        &b""[..],
        &b"PK\x03\x04rest"[..],
    ] {
        let (_folder, path) = written(bytes, "weights.pt");
        let said = Weights::read(&path).unwrap_err().to_string();
        assert!(
            said.contains("nothing of it was run") && !said.contains('\n'),
            "{said}"
        );
    }
    let said = Weights::read(Path::new("nowhere.pt"))
        .unwrap_err()
        .to_string();
    assert!(said.starts_with("cannot read nowhere.pt"), "{said}");
}

#[test]
fn a_description_that_its_file_cannot_fill_is_ignored() {
    let spec = spec("resnet-8", 1, 8);
    let network = build(&spec, 1, &Device::flex());
    for change in [
        |spec: &mut Spec| spec.stages[0].width = 1 << 20,
        |spec: &mut Spec| spec.stages[1].blocks = 1 << 40,
        |spec: &mut Spec| spec.stages[2].width = 0,
        |spec: &mut Spec| spec.stem_stride = 0,
        |spec: &mut Spec| spec.stages.truncate(2),
        |spec: &mut Spec| spec.input.classes = 60_000,
    ] {
        let mut wrong = spec.clone();
        change(&mut wrong);
        let bytes = weights(&network, &wrong).to_safetensors(1).unwrap();
        let (_folder, path) = written(&bytes, "weights");
        assert_eq!(Weights::read(&path).unwrap().description, None, "{wrong:?}");
    }
}

fn fixture(name: &str) -> Result<Weights, Error> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/weights");
    Weights::read(&folder.join(name))
}

/// What `tests/fixtures/weights/make.py` wrote with `PyTorch` 2.15: as a zip, in the layout before it, and under
/// the keys and prefixes of wrappers and training scripts, beside counters, optimizers and averaged weights.
#[test]
fn state_dicts_of_pytorch_are_read() {
    let stem = (0..12_u8).map(|at| f32::from(at) / 8.0).collect();
    let named = |name: &str, shape: &[usize], values: Vec<f32>| NamedTensor {
        name: name.to_owned(),
        shape: shape.to_vec(),
        values,
    };
    let expected = vec![
        named("half", &[2], vec![0.5, -2.0]),
        named("stem.weight", &[3, 4], stem),
        named("turned", &[3, 2], vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0]),
    ];
    for (name, note) in [
        ("plain.pt", None),
        ("legacy.pt", None),
        ("checkpoint.pt", None),
        ("compiled.pth", None),
        ("lightning.ckpt", None),
        ("wrapped.safetensors", None),
        (
            "averaged.pt",
            Some("the weights are those under 'model_state'; left aside: 'ema'"),
        ),
    ] {
        let weights = fixture(name).unwrap();
        assert_eq!(weights.tensors, expected, "{name}");
        assert_eq!(weights.note.as_deref(), note, "{name}");
        assert_eq!(weights.description, None);
    }
}

/// An unknown prefix is not removed, and the error names it.
#[test]
fn a_prefix_that_is_unknown_is_named() {
    let device = Device::flex();
    let network = build(&spec("resnet-8", 1, 8), 1, &device);
    let mut entering = tensors(&network);
    for tensor in &mut entering {
        tensor.name.insert_str(0, "student.");
    }
    let error = fill(network, entering).unwrap_err();
    assert_eq!(error.missing.len(), error.needed);
    let said = error.to_string();
    let (first, table) = said.split_once('\n').unwrap();
    assert!(
        first.ends_with(
            "; every name of the file begins with 'student.': save the state dict without it"
        ),
        "{first}"
    );
    assert!(table.contains("unexpected  student."), "{table}");
}

/// A foreign function is never called, and its file is refused by its name, also beside weights.
#[test]
fn foreign_functions_of_a_pickle_are_refused_by_name() {
    for name in ["foreign.pt", "foreign-beside.pt"] {
        let said = fixture(name).unwrap_err().to_string();
        assert!(said.contains("posix.system"), "{said}");
        assert!(said.contains("nothing of it was run"), "{said}");
    }
    assert!(!Path::new("was-run").exists());
}

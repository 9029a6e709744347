//! State dicts as `torch.save` writes them; nothing in them is ever run.

use std::path::Path;

use burn::tensor::{DType as Number, TensorData};
use pytorch_reader::{DType, PytorchReader, Tensor};

use super::{NamedTensor, Weights, globals, is_counter};

/// Keys under which training scripts keep the state dict beside other things.
const KEYS: [&str; 4] = ["state_dict.", "model_state_dict.", "model.", "net."];
/// What wrappers put before every name: `DataParallel`, `torch.compile`.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];
/// Bytes of tensors per byte of file: a tensor may be a view of another, but not of next to nothing.
const EXPANSION: u64 = 4;

/// What the file at `path` of `length` bytes holds.
pub(super) fn read(path: &Path, length: u64) -> Result<Weights, String> {
    globals::check(path)?;
    let file = PytorchReader::new(path).map_err(|error| {
        format!(
            "it is no safetensors file and no state dict that torch.save wrote, or a damaged one ({error}); nothing of it was run"
        )
    })?;
    let mut found: Vec<Tensor> = file.into_tensors().into_values().collect();
    for key in KEYS {
        if found.iter().any(|tensor| tensor.name.starts_with(key)) {
            found.retain_mut(|tensor| without(tensor, key));
            break;
        }
    }
    for wrapper in WRAPPERS {
        if found.iter().all(|tensor| tensor.name.starts_with(wrapper)) {
            found.retain_mut(|tensor| without(tensor, wrapper));
        }
    }
    found.retain(|tensor| !is_counter(&tensor.name));
    if found.is_empty() {
        return Err("it holds no tensors; nothing of it was run".to_owned());
    }
    let bytes: u64 = found.iter().map(|tensor| tensor.byte_len() as u64).sum();
    if bytes / EXPANSION > length {
        return Err(format!(
            "its tensors would take {bytes} bytes, far more than the file: it is refused"
        ));
    }
    found.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(Weights {
        tensors: found.iter().map(numbers).collect::<Result<_, _>>()?,
        description: None,
    })
}

/// Takes a prefix off a tensor's name; false where it has another.
fn without(tensor: &mut Tensor, prefix: &str) -> bool {
    let rest = tensor.name.strip_prefix(prefix).map(str::to_owned);
    rest.is_some_and(|name| {
        tensor.name = name;
        true
    })
}

fn numbers(tensor: &Tensor) -> Result<NamedTensor, String> {
    let dtype = match tensor.dtype() {
        DType::F64 => Number::F64,
        DType::F32 => Number::F32,
        DType::F16 => Number::F16,
        DType::BF16 => Number::BF16,
        other => {
            return Err(format!(
                "its tensor '{}' has the type {other:?}: weights must be f16, bf16, f32 or f64",
                super::shown(&tensor.name)
            ));
        }
    };
    let shape = tensor.shape().to_vec();
    let bytes = tensor.read().map_err(|error| error.to_string())?;
    let data = TensorData::from_bytes_vec(bytes, shape.clone(), dtype);
    Ok(NamedTensor {
        name: tensor.name.clone(),
        shape,
        values: data.iter::<f32>().collect(),
    })
}

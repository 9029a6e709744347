//! State dicts as `torch.save` writes them; nothing in them is ever run.

use std::path::Path;

use burn::tensor::{DType as Number, TensorData};
use pytorch_reader::{DType, PytorchReader, Tensor};

use super::unwrapped::unwrapped;
use super::{NamedTensor, Weights, globals};

/// Bytes of tensors per byte of file: a tensor may be a view of another, but only of about its size.
const EXPANSION: u64 = 4;

/// What the file at `path` of `length` bytes holds.
pub(super) fn read(path: &Path, length: u64) -> Result<Weights, String> {
    globals::check(path)?;
    let file = PytorchReader::new(path).map_err(|error| {
        format!(
            "it is no safetensors file and no state dict that torch.save wrote, or a damaged one ({error}); nothing of it was run"
        )
    })?;
    let found: Vec<Tensor> = file.into_tensors().into_values().collect();
    let names = unwrapped(found.iter().map(|tensor| tensor.name.as_str()))?;
    if names.kept.is_empty() {
        return Err("it holds no tensors; nothing of it was run".to_owned());
    }
    let kept = || names.kept.iter().map(|kept| (&kept.name, &found[kept.at]));
    let bytes: u64 = kept().map(|(_, tensor)| tensor.byte_len() as u64).sum();
    if bytes / EXPANSION > length {
        return Err(format!(
            "its tensors would take {bytes} bytes, far more than the file: it is refused"
        ));
    }
    Ok(Weights {
        tensors: kept()
            .map(|(name, tensor)| numbers(name, tensor))
            .collect::<Result<_, _>>()?,
        note: names.note,
        description: None,
    })
}

fn numbers(name: &str, tensor: &Tensor) -> Result<NamedTensor, String> {
    let dtype = match tensor.dtype() {
        DType::F64 => Number::F64,
        DType::F32 => Number::F32,
        DType::F16 => Number::F16,
        DType::BF16 => Number::BF16,
        other => {
            return Err(format!(
                "its tensor '{}' has the type {other:?}: weights must be f16, bf16, f32 or f64",
                super::shown(name)
            ));
        }
    };
    let shape = tensor.shape().to_vec();
    let bytes = tensor.read().map_err(|error| error.to_string())?;
    let data = TensorData::from_bytes_vec(bytes, shape.clone(), dtype);
    Ok(NamedTensor {
        name: name.to_owned(),
        shape,
        values: data.iter::<f32>().collect(),
    })
}

//! The safetensors format: a JSON header with names, types and shapes, then the numbers.

use burn::tensor::{DType, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::unwrapped::unwrapped;
use super::{Description, NamedTensor, Weights};

/// The key of the metadata that holds the description, as JSON.
const DESCRIPTION: &str = "ebcle-tui";
/// The counter of batches of a batch normalisation.
const COUNTER: &str = "num_batches_tracked";

/// The bytes of a file of `weights`, counters of batches at `steps`.
pub(super) fn write(weights: &Weights, steps: u64) -> Result<Vec<u8>, String> {
    let steps = steps.to_le_bytes();
    let mut entries: Vec<(String, Dtype, &[usize], Vec<u8>)> = Vec::new();
    for tensor in &weights.tensors {
        let bytes = tensor.values.iter().flat_map(|value| value.to_le_bytes());
        entries.push((
            tensor.name.clone(),
            Dtype::F32,
            &tensor.shape,
            bytes.collect(),
        ));
        if let Some(norm) = tensor.name.strip_suffix("running_var") {
            entries.push((format!("{norm}{COUNTER}"), Dtype::I64, &[], steps.to_vec()));
        }
    }
    let views: Result<Vec<_>, _> = entries
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            TensorView::new(*dtype, shape.to_vec(), bytes).map(|view| (name.as_str(), view))
        })
        .collect();
    let views = views.map_err(|error| error.to_string())?;
    let description = match &weights.description {
        Some(description) => {
            let json = serde_json::to_string(description).map_err(|error| error.to_string())?;
            Some([(DESCRIPTION.to_owned(), json)].into_iter().collect())
        }
        None => None,
    };
    safetensors::serialize(views, description).map_err(|error| error.to_string())
}

/// What the bytes of a file hold.
pub(super) fn read(bytes: &[u8]) -> Result<Weights, String> {
    let damaged = |error: safetensors::SafeTensorError| {
        format!("it is no safetensors file, or a truncated or damaged one ({error})")
    };
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let found: Vec<(&str, TensorView<'_>)> = file.iter().collect();
    let names = unwrapped(found.iter().map(|(name, _)| *name))?;
    let mut tensors = Vec::with_capacity(names.kept.len());
    for kept in names.kept {
        let (_, view) = &found[kept.at];
        tensors.push(NamedTensor {
            shape: view.shape().to_vec(),
            values: numbers(&kept.name, view)?,
            name: kept.name,
        });
    }
    let values = tensors.iter().map(|tensor| tensor.values.len()).sum();
    let description = header
        .metadata()
        .as_ref()
        .and_then(|metadata| metadata.get(DESCRIPTION))
        .and_then(|json| serde_json::from_str::<Description>(json).ok())
        .filter(|description| description.is_plausible(tensors.len(), values));
    Ok(Weights {
        tensors,
        note: names.note,
        description,
    })
}

fn numbers(name: &str, view: &TensorView<'_>) -> Result<Vec<f32>, String> {
    let dtype = match view.dtype() {
        Dtype::F64 => DType::F64,
        Dtype::F32 => DType::F32,
        Dtype::F16 => DType::F16,
        Dtype::BF16 => DType::BF16,
        other => {
            return Err(format!(
                "its tensor '{}' has the type {other:?}: weights must be f16, bf16, f32 or f64",
                super::shown(name)
            ));
        }
    };
    let data = TensorData::from_bytes_vec(view.data().to_vec(), view.shape().to_vec(), dtype);
    Ok(data.iter::<f32>().collect())
}

//! State dicts as `torch.save` writes them; nothing in them is ever run.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use burn::tensor::{DType as Number, TensorData};
use pytorch_reader::{DType, PytorchReader, Tensor};

use super::{NamedTensor, Weights, is_counter};

/// Keys under which training scripts keep the state dict beside other things.
const KEYS: [&str; 4] = ["state_dict.", "model_state_dict.", "model.", "net."];
/// What wrappers put before every name: `DataParallel`, `torch.compile`.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];
/// Bytes of tensors per byte of file: a tensor may be a view of another, but not of next to nothing.
const EXPANSION: u64 = 4;

/// Packages whose globals a state dict names: what tensors and their containers are made by.
const PACKAGES: [&str; 5] = ["torch", "collections", "numpy", "_codecs", "__builtin__"];
/// Most bytes of a pickle that are looked at: tensors lie beside it, not in it.
const PICKLE: u64 = 1 << 26;

/// The first global of a pickle of protocol 2, which is what `torch.save` writes, that is of none of [`PACKAGES`].
fn foreign_global(pickle: &[u8]) -> Option<String> {
    let word = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).ok()?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
        let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        (begins && text.len() < 200 && text.chars().all(fits)).then(|| text.to_owned())
    };
    pickle
        .iter()
        .enumerate()
        .filter(|&(_, &byte)| byte == b'c')
        .find_map(|(at, _)| {
            let mut lines = pickle[at + 1..].split(|&byte| byte == b'\n');
            let (module, name) = (word(lines.next()?)?, word(lines.next()?)?);
            lines.next()?;
            let package = module.split('.').next()?;
            (!PACKAGES.contains(&package)).then(|| format!("{module}.{name}"))
        })
}

/// Refuses a file whose pickle names what no state dict needs, although it would not be run.
fn check_globals(path: &Path) -> Result<(), String> {
    let Some(mut archive) = File::open(path)
        .ok()
        .and_then(|file| zip::ZipArchive::new(file).ok())
    else {
        return Ok(());
    };
    let pickle = (0..archive.len()).find(|&index| {
        archive.by_index_raw(index).is_ok_and(|entry| {
            let name = entry.name();
            name.is_ok_and(|name| Path::new(&*name).ends_with("data.pkl"))
        })
    });
    let Some(index) = pickle else {
        return Ok(());
    };
    let mut pickle = Vec::new();
    archive
        .by_index(index)
        .map_err(|error| error.to_string())?
        .take(PICKLE)
        .read_to_end(&mut pickle)
        .map_err(|error| error.to_string())?;
    foreign_global(&pickle).map_or(Ok(()), |global| {
        Err(format!(
            "it names {global}, which no state dict needs: it is refused, and nothing of it was run; save model.state_dict() alone"
        ))
    })
}

/// What the file at `path` of `length` bytes holds.
pub(super) fn read(path: &Path, length: u64) -> Result<Weights, String> {
    check_globals(path)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// `pickle.dumps({'w': 1, 'x': os.system}, 2)` of `CPython` 3.11 in place of torch's own globals.
    #[test]
    fn a_global_that_no_state_dict_needs_is_named() {
        let evil = b"\x80\x02}q\x00(X\x01\x00\x00\x00wq\x01K\x01X\x01\x00\x00\x00xq\x02cposix\nsystem\nq\x03u.";
        assert_eq!(foreign_global(evil).as_deref(), Some("posix.system"));
        let plain = b"\x80\x02ccollections\nOrderedDict\nq\x00)Rq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02.";
        assert_eq!(foreign_global(plain), None);
    }
}

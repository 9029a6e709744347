//! Which functions and classes of Python does a state dict name? Its pickles are walked, never run.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::dataset::pickle::{Opcodes, PickleError};

/// Most bytes of a pickle, without the tensors.
const LONGEST: u64 = 64 << 20;
/// Pickles at the start of a file from before `PyTorch` 1.6: magic number, version, machine, the
/// objects, and the keys of the storages that follow.
const PICKLES: usize = 5;
/// The pickle within a zip.
const MEMBER: &str = "data.pkl";

/// Refuses a file that names what no state dict needs.
///
/// # Errors
/// A sentence that names it, or says why the pickle cannot be walked.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let mut file = File::open(path).map_err(|error| error.to_string())?;
    let mut start = [0; 2];
    let begun = file.read(&mut start).map_err(|error| error.to_string())?;
    if &start[..begun] == b"PK" {
        return pickles_of_zip(file)?.iter().try_for_each(|pickle| {
            walk(pickle)?;
            Ok(())
        });
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    let mut rest = bytes.as_slice();
    for _ in 0..PICKLES {
        if rest.first() != Some(&0x80) {
            break;
        }
        rest = walk(rest)?;
    }
    Ok(())
}

fn pickles_of_zip(file: File) -> Result<Vec<Vec<u8>>, String> {
    let damaged = |error: zip::result::ZipError| {
        format!("it is a damaged zip file ({error}); nothing of it was run")
    };
    let mut archive = zip::ZipArchive::new(file).map_err(damaged)?;
    let mut pickles = Vec::new();
    for member in 0..archive.len() {
        let entry = archive.by_index(member).map_err(damaged)?;
        let name = entry.name().map_err(damaged)?;
        if name != MEMBER && !name.ends_with("/data.pkl") {
            continue;
        }
        let mut pickle = Vec::new();
        entry
            .take(LONGEST + 1)
            .read_to_end(&mut pickle)
            .map_err(|error| format!("its pickle cannot be read ({error})"))?;
        if pickle.len() as u64 > LONGEST {
            return Err(format!(
                "its pickle is larger than {LONGEST} bytes: it is refused"
            ));
        }
        pickles.push(pickle);
    }
    Ok(pickles)
}

/// Walks a pickle to its end and gives what follows it.
fn walk(pickle: &[u8]) -> Result<&[u8], String> {
    let mut opcodes = Opcodes::new(pickle);
    loop {
        let opcode = opcodes.advance().map_err(|error| damaged(&error))?;
        match opcode.code {
            b'.' => return Ok(opcodes.rest()),
            b'c' | b'i' => {
                let [module, name] =
                    [opcode.argument, opcode.second].map(|line| String::from_utf8_lossy(line));
                if !is_known(&module, &name) {
                    return Err(refusal(&module, &name));
                }
            }
            0x93 => {
                return Err(
                    "its pickle puts the names of functions together while it runs (protocol 4): save it with torch.save's own protocol; nothing of it was run"
                        .to_owned(),
                );
            }
            0x82..=0x84 => {
                return Err(
                    "its pickle calls functions by number, which no state dict does: it is refused, and nothing of it was run"
                        .to_owned(),
                );
            }
            _ => {}
        }
    }
}

fn damaged(error: &PickleError) -> String {
    if let PickleError::Opcode { opcode, .. } = error {
        return format!(
            "its pickle has the unknown opcode {opcode:#04x}: it is damaged, or no state dict; nothing of it was run"
        );
    }
    "its pickle ends too early: the file is damaged or cut; nothing of it was run".to_owned()
}

/// Whether a state dict, or a training script's checkpoint around it, may name it: what `torch.load` allows with
/// `weights_only`.
fn is_known(module: &str, name: &str) -> bool {
    let storage = |name: &str| name.ends_with("Storage") && !name.contains('.');
    match module {
        "collections" => matches!(name, "OrderedDict" | "defaultdict" | "Counter"),
        "torch._utils" => name.starts_with("_rebuild_"),
        "torch" => storage(name) || matches!(name, "Size" | "device") || is_number(name),
        "torch.storage" | "torch.cuda" => storage(name),
        "torch.nn.parameter" => matches!(name, "Parameter" | "Buffer"),
        "torch.serialization" => name == "_get_layout",
        "numpy" => matches!(name, "dtype" | "ndarray"),
        "numpy.core.multiarray" | "numpy._core.multiarray" => {
            matches!(name, "scalar" | "_reconstruct")
        }
        "_codecs" => name == "encode",
        "builtins" | "__builtin__" => {
            matches!(
                name,
                "set" | "frozenset" | "bytearray" | "complex" | "int" | "float" | "dict" | "list"
            )
        }
        _ => false,
    }
}

/// Whether `torch.NAME` is a type of numbers.
fn is_number(name: &str) -> bool {
    let bits = name.trim_start_matches(char::is_alphabetic);
    let kind = &name[..name.len() - bits.len()];
    matches!(
        kind,
        "float"
            | "bfloat"
            | "half"
            | "double"
            | "int"
            | "uint"
            | "long"
            | "short"
            | "bool"
            | "complex"
    ) && bits.chars().all(|char| char.is_ascii_digit())
}

fn refusal(module: &str, name: &str) -> String {
    format!(
        "it names '{}', which no state dict needs: it is refused, and nothing of it was run; save model.state_dict() alone",
        super::shown(&format!("{module}.{name}"))
    )
}

//! State dicts as `torch.save` writes them.

use super::Weights;

/// Whether the bytes begin like a zip file, which `torch.save` writes since `PyTorch` 1.6, or like a
/// pickle, which it wrote before.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x80\x02")
}

/// What the bytes of a file hold.
pub(super) fn read(_bytes: &[u8]) -> Result<Weights, String> {
    Err("it is a PyTorch file: save its state dict as safetensors".to_owned())
}

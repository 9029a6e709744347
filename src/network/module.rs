//! Spec to burn module.
use super::Spec;
/// A network on a device.
#[derive(Debug)]
pub struct Network;
/// Builds.
#[must_use]
pub fn build(spec: &Spec) -> Network {
    let _ = spec;
    todo!()
}

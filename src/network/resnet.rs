//! ResNet.
use super::{Error, Input, Spec};
pub(super) fn baseline(depth: usize, input: Input) -> Result<Spec, Error> {
    let _ = (depth, input);
    todo!()
}

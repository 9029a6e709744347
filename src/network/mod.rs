//! What is trained? Networks as data, their cost, their capped counterparts, and their burn modules.
//!
//! Three functions lead from a name to a network:
//!
//! 1. [`baseline`]: architecture, input and classes to a [`Spec`],
//! 2. [`capped`]: a baseline's spec and a cap to the capped, wider spec,
//! 3. [`build`]: a spec to a [`Network`] on a device.
//!
//! What differs from family to family is in `families`, a folder each. Depth, shapes, parameters and
//! MACs all come from one list of layers, [`Spec::layers`]. [`weights`] reads and writes
//! trained weights.

mod architecture;
mod capped;
mod cost;
mod depths;
mod error;
mod families;
mod module;
mod pair;
mod plan;
mod receptive;
mod rivals;
mod shape;
mod spec;
mod strides;
#[cfg(test)]
mod testing;
pub mod weights;
mod width;

pub use architecture::architecture_names;
pub use capped::{Cap, at_depth, capped, cut, floor};
pub use cost::{Layer, LayerKind};
pub use depths::legal_depths;
pub use error::NetworkError;
pub use families::{Architecture, Family, FamilyModule, Labels, Network};
#[cfg(test)]
pub(crate) use module::golden;
pub use module::{BlockTrace, Dropping, Mask, build};
pub use pair::{Overrides, depth_pair, plan, plan_of};
pub use plan::{Measured, NetworkSummary, Plan, PredictionSource};
pub use rivals::{Border, RivalDepth, Rivals, TimedRivals};
pub use shape::StageShape;
pub use spec::{Input, Spec, Stage, baseline};
pub use width::{Width, scaled, width_factors};

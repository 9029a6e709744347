//! What is trained? Networks as data, their cost, their capped counterparts, and the burn modules made from them.
//!
//! Three functions lead from a name to a network:
//!
//! 1. [`baseline`]: architecture, input and classes to a [`Spec`],
//! 2. [`capped`]: a baseline's spec and a cap to the capped, wider spec,
//! 3. [`build`]: a spec to a [`Network`] on a device.
//!
//! What differs from family to family is in `families`, a folder each. Depth, shapes, parameters and
//! MACs all come from one list of layers, [`Spec::layers`]. Trained weights leave and enter through
//! [`weights`].

mod architecture;
mod capped;
mod cost;
mod depths;
mod error;
mod families;
mod module;
mod plan;
mod shape;
mod spec;
mod strides;
#[cfg(test)]
mod testing;
pub mod weights;
mod width;

pub use architecture::architecture_names;
pub use capped::{Cap, capped, floor};
pub use cost::{Layer, LayerKind};
pub use depths::{at_depth, depth_pair, legal_depths};
pub use error::NetworkError;
pub use families::{Architecture, Family, FamilyModule, Labels, Network};
pub use module::{BlockTrace, Dropping, Mask, build};
pub use plan::{Measured, NetworkSummary, Overrides, Plan, PredictionSource, plan, plan_of};
pub use shape::StageShape;
pub use spec::{Input, Spec, Stage, baseline};
pub use width::{Width, scaled};

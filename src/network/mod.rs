//! What is trained? Networks as data, their cost, their capped counterparts, and the burn modules made from them.
//!
//! A family enters through three functions, and through these alone:
//!
//! 1. [`baseline`]: architecture, input and classes to a [`Spec`] (one file per family),
//! 2. [`capped`]: a baseline's spec and a cap to the capped, broader spec,
//! 3. [`build`]: a spec to a [`Network`] on a device.
//!
//! Depth, parameters and MACs all come from one list of layers, [`Spec::layers`]. Trained weights leave
//! and enter through [`weights`].

mod architecture;
mod capped;
mod cost;
mod densenet;
mod depths;
pub(crate) mod efficientnet;
mod error;
mod module;
mod plan;
mod resnet;
pub(crate) mod resnext;
mod shape;
mod spec;
mod strides;
#[cfg(test)]
mod testing;
pub mod weights;
mod width;

pub use architecture::{Architecture, Variant};
pub use capped::{Cap, capped, floor};
pub use cost::{Layer, LayerKind};
pub use depths::{at_depth, depth_pair, legal_depths};
pub use error::Error;
pub use module::{BlockTrace, Dropping, Mask, Network, build};
pub use plan::{Measured, NetworkSummary, Overrides, Plan, PredictionSource, plan, plan_of};
pub use shape::StageShape;
pub use spec::{Input, Spec, Stage, baseline};
pub use width::{Width, scaled};

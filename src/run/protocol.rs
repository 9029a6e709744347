//! What both networks of a run have the same of: epochs, or seconds of training.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Error, NetworkCost, Settings, costs, networks};
use crate::dataset::Dataset;
use crate::network::Plan;

/// What both networks have the same of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Epochs.
    #[default]
    EqualEpochs,
    /// Seconds of training.
    EqualSeconds,
}

impl Protocol {
    /// Whether it is the usual one.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EqualEpochs => "equal-epochs",
            Self::EqualSeconds => "equal-seconds",
        })
    }
}

/// A protocol that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown protocol '{0}': use equal-epochs or equal-seconds")]
pub struct UnknownProtocol(String);

impl FromStr for Protocol {
    type Err = UnknownProtocol;

    fn from_str(text: &str) -> Result<Self, UnknownProtocol> {
        [Self::EqualEpochs, Self::EqualSeconds]
            .into_iter()
            .find(|protocol| protocol.to_string() == text)
            .ok_or_else(|| UnknownProtocol(text.to_owned()))
    }
}

/// The settings with the epochs of the capped network, where both networks get the same seconds and the epochs are not
/// given: as many as take as long as the baseline's, by timed steps. `None` where `goes_on` returns false, see [`costs`].
///
/// # Errors
/// As [`costs`].
pub fn choose_epochs(
    settings: &Settings,
    dataset: &Dataset,
    plan: &Plan,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Settings>, Error> {
    let mut chosen = settings.clone();
    let given = settings.recipe.capped_epochs.is_some();
    if settings.protocol.is_usual() || given || plan.capped_spec.is_none() {
        return Ok(Some(chosen));
    }
    let fitted = settings.settled(dataset);
    let Some(costs) = costs(&fitted, &networks(plan), false, goes_on)? else {
        return Ok(None);
    };
    chosen.recipe.capped_epochs = equal_seconds(fitted.recipe.epochs, &costs);
    chosen.automatic.capped_epochs = false;
    Ok(Some(chosen))
}

/// Epochs of the capped network that take as long as so many of the baseline, by the costs of both; none without a capped
/// network.
pub(super) fn equal_seconds(epochs: usize, costs: &[NetworkCost]) -> Option<usize> {
    let [baseline, capped] = costs else {
        return None;
    };
    let ratio = baseline.times.step_seconds / capped.times.step_seconds;
    let epochs = (epochs as f64 * ratio).round();
    Some((epochs as usize).max(1))
}

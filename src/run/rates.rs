//! What is chosen on the hold-out before a run: the learning rate of each network.

use std::sync::Arc;

use super::{Error, Settings};
use crate::dataset::Dataset;
use crate::network::Plan;
use crate::training::rates::{RateCheck, check_rates};
use crate::training::timing::Pair;
use crate::training::{Holdout, Recipe, Role, device};

/// The settings that a run trains with.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The settings, with the learning rates that were chosen.
    pub settings: Settings,
    /// How they were chosen; none where they were not.
    pub rate_check: Option<RateCheck>,
}

impl From<&Settings> for Resolved {
    fn from(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            rate_check: None,
        }
    }
}

/// Chooses the learning rate of each network of `plan` on the hold-out, where the settings ask for that and do not give it;
/// with the [usual hold-out](Holdout::usual_share) where they give none, also where networks may only stop early. `None`
/// where `goes_on` returns false; it is called after every step with how many are done and how many there will be at most.
///
/// # Errors
/// [`Error::NothingToCap`] where the plan has no capped network, [`Error::Training`] for a recipe or
/// device that cannot be used, or a device that fails.
pub fn choose_rates(
    settings: &Settings,
    dataset: &Arc<Dataset>,
    plan: &Plan,
    goes_on: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Option<Resolved>, Error> {
    let mut resolved = Resolved::from(settings);
    let recipe = &mut resolved.settings.recipe;
    if recipe.chooses_on_holdout() {
        recipe
            .holdout
            .get_or_insert_with(|| Holdout::usual_share(dataset));
    }
    if !Role::BOTH.into_iter().any(|role| recipe.checks_rate(role)) {
        return Ok(Some(resolved));
    }
    let capped = plan.capped_spec.clone();
    let pair = Pair {
        dataset: Arc::clone(dataset),
        baseline: plan.baseline_spec.clone(),
        capped: capped.ok_or_else(|| Error::nothing_to_cap(plan))?,
        recipe: Recipe {
            capped_epochs: None,
            ..resolved.settings.settled(dataset).recipe
        },
        device: device::open(&settings.device)?.with_precision(settings.precision)?,
    };
    pair.recipe.check_data(dataset)?;
    let Some(found) = check_rates(&pair, goes_on)? else {
        return Ok(None);
    };
    let recipe = &mut resolved.settings.recipe;
    for network in &found.networks {
        let place = match network.network {
            Role::Baseline => &mut recipe.baseline_learning_rate,
            Role::Capped => &mut recipe.capped_learning_rate,
        };
        *place = Some(network.chosen);
    }
    resolved.rate_check = Some(found);
    Ok(Some(resolved))
}

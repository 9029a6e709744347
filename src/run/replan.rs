//! The plan of a resumed run: computed again from its settings, and compared with `plan.json`.

use super::layout::PLAN;
use super::{Error, RunDirectory, Settings, plan_pair};
use crate::dataset::Dataset;
use crate::depth::Analysis;
use crate::network::{
    Cap, Input, Overrides, Plan, at_depth, baseline, depth_pair, legal_depths, plan_of,
};

/// The plan that the run's settings and profile give, with the times of its `plan.json`, which has to agree with it
/// where it is there.
pub(super) fn replanned(directory: &RunDirectory, settings: &Settings) -> Result<Plan, Error> {
    let analysis = directory.analysis()?;
    let path = directory.path().join(PLAN);
    if !path.exists() {
        return plan_pair(settings, &analysis);
    }
    let found = directory.plan()?;
    if candidates(settings, &analysis, &found)?.any(|plan| is_alike(&plan, &found)) {
        return Ok(found);
    }
    Err(Error::malformed(
        path,
        "it is not the plan that run.toml and profile.json give: put it back from a copy, or remove it and `ebcle-tui resume` rewrites it",
    ))
}

/// Whether two plans train the same networks. The settings hold the whole path of a dataset, a plan its name as typed.
fn is_alike(plan: &Plan, found: &Plan) -> bool {
    let named = Plan {
        dataset: found.dataset.clone(),
        ..plan.clone()
    };
    named == *found
}

/// The plans that fit the settings: that of a single run, and those of a sweep's points, because the settings do not hold a
/// sweep's deepest network.
fn candidates<'a>(
    settings: &'a Settings,
    analysis: &'a Analysis,
    found: &'a Plan,
) -> Result<impl Iterator<Item = Plan> + 'a, Error> {
    let input = Input::from(&analysis.profile);
    let full = baseline(settings.architecture, input)?;
    let reading = analysis.of(&settings.reading);
    let overrides = Overrides {
        depth: settings.depth,
        width_factor: settings.width_factor,
    };
    let own = plan_pair(settings, analysis)?;
    let of_sweep = legal_depths(&full).into_iter().flat_map(move |depth| {
        let deepest = at_depth(&full, Cap::convolutions(depth));
        let point = settings
            .depth
            .map(|point| depth_pair(&settings.dataset, &deepest, point, reading.name.clone()));
        let name = if depth == full.conv_depth() {
            settings.architecture.to_string()
        } else {
            format!("{} cut to {depth}", settings.architecture)
        };
        let (dataset, width) = (&settings.dataset, settings.width);
        let last = plan_of(dataset, deepest, &name, reading, overrides, width);
        point.into_iter().chain(last.ok())
    });
    Ok(std::iter::once(own)
        .chain(of_sweep)
        .map(|plan| match found.measured.clone() {
            Some(measured) => plan.with_measured(measured),
            None => plan,
        })
        .map(|plan| Plan {
            predicted_seconds: found.predicted_seconds,
            width_measured: found.width_measured && plan.width_factor.is_some(),
            ..plan
        }))
}

/// The input of networks on these images.
pub(super) fn input_of(dataset: &Dataset) -> Input {
    Input {
        shape: dataset.shape,
        classes: dataset.class_names.len(),
    }
}

//! What is left to pay for a sweep, before it is trained.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::super::progress::{self, Interruptible};
use super::super::{Progress, State, StudyError};
use super::conduct::{Ready, ready};
use super::{Question, read_steps};
use crate::network::depth_pair;
use crate::run::{Price, Settings, costs};
use crate::training::timing::STEPS;

/// What one point of a sweep costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointPrice {
    /// The dataset.
    pub dataset: String,
    /// Convolutions of the point's networks.
    pub conv_depth: usize,
    /// What is left to pay for it; null where it is finished.
    pub price: Option<Price>,
}

/// What a sweep costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepPrice {
    /// Its folder.
    pub folder: PathBuf,
    /// Its points.
    pub points: Vec<PointPrice>,
    /// All that is left to pay, the timing of steps before the first point included.
    pub price: Price,
}

/// The price of a sweep in `folder`, without what is finished there; none where the user stopped it.
///
/// # Errors
/// One sentence on what cannot be read, is not known, or cannot be timed.
pub fn price(
    settings: &Settings,
    question: &Question,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Option<SweepPrice>, StudyError> {
    let _nothing_yet = Interruptible::begin(progress);
    let Ready {
        settings,
        prepared,
        spec,
        design,
    } = ready(settings, question, progress)?;
    let mut found = SweepPrice {
        folder: folder.to_owned(),
        points: Vec::new(),
        price: Price::default(),
    };
    for (variant, (dataset, prepared)) in prepared.iter().enumerate() {
        let images = [prepared.dataset.train.len(), prepared.dataset.test.len()];
        for &depth in &design.depths {
            let cell = design.cell(folder, variant, depth);
            let price = if matches!(cell.state()?, State::Finished(_)) {
                None
            } else {
                let reading = prepared.analysis.of(&settings.reading);
                let plan = design.plan(&spec, variant, depth, reading)?;
                let price = progress::price(&settings, &plan, images, false, progress)?;
                let Some(price) = price else { return Ok(None) };
                found.price.add(&price);
                Some(price)
            };
            found.points.push(PointPrice {
                dataset: dataset.clone(),
                conv_depth: depth,
                price,
            });
        }
    }
    // The deepest network takes turns with both networks of every other depth.
    let timed = read_steps(folder)?;
    let reading = prepared[0].1.analysis.of(&settings.reading);
    let deepest = design
        .plan(&spec, 0, design.deepest(), reading)?
        .baseline_spec;
    let left = &design.depths[..design.depths.len() - 1];
    for &depth in left {
        if timed.iter().any(|steps| steps.depth == depth) {
            continue;
        }
        let pair = depth_pair(&settings.dataset, &deepest, depth, reading.name.clone());
        let mut networks = vec![&deepest, &deepest, &pair.baseline_spec];
        networks.extend(&pair.capped_spec);
        let costs = costs(&settings, &networks, false, &mut |done, of| {
            progress.timing(Some((done, of)));
            !progress.is_cancelled()
        });
        progress.timing(None);
        let Some(costs) = costs? else {
            return Ok(None);
        };
        for cost in costs {
            let seconds = cost.times.start_seconds + cost.times.step_seconds * STEPS as f64;
            found.price.start_seconds += seconds;
            found.price.estimated_seconds += seconds;
        }
    }
    Ok(Some(found))
}

//! How do the networks of a grid rank over its datasets?

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::cell::CellOutcome;
use crate::evidence::{Friedman, friedman};

/// Friedman's test of the networks over datasets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Friedmans {
    /// The networks, in the order of the ranks.
    pub networks: Vec<String>,
    /// The datasets.
    pub datasets: Vec<String>,
    /// The test, with Nemenyi's comparisons.
    pub test: Friedman,
}

/// Why networks are not ranked, one clause: `most` datasets hold the network that is trained on the most of
/// them, `whole` of them hold all `networks` that are.
fn unranked(most: usize, whole: usize, networks: usize) -> String {
    let why = if most < 2 {
        "here no architecture is trained on more than one".to_owned()
    } else if networks < 3 {
        format!("and at least three networks; here they are {networks}")
    } else if whole < 2 {
        format!("here all {networks} of them are trained on {whole}")
    } else {
        "here the networks are equally accurate on each".to_owned()
    };
    format!(
        "ranks (Friedman, Nemenyi) need at least two datasets with the same networks{}{why}",
        if why.starts_with("and") { " " } else { "; " }
    )
}

/// Ranks baselines and capped networks over the datasets of which all are trained: those of the
/// architectures and readings or depths that are trained on the most datasets.
pub(super) fn rank(cells: &[CellOutcome]) -> Result<Friedmans, String> {
    let mut datasets: Vec<String> = Vec::new();
    let mut methods: Vec<(&str, String)> = Vec::new();
    let mut trained_on: HashMap<(&str, String), usize> = HashMap::new();
    let mut by_place: HashMap<(String, (&str, String)), &CellOutcome> = HashMap::new();
    for cell in cells {
        let images = cell.images();
        let method = (cell.architecture.as_str(), cell.cap_by());
        if cell.summary.is_some() {
            if !datasets.contains(&images) {
                datasets.push(images.clone());
            }
            let number = trained_on.entry(method.clone()).or_default();
            if *number == 0 {
                methods.push(method.clone());
            }
            *number += 1;
        }
        by_place.entry((images, method)).or_insert(cell);
    }
    let most = trained_on.values().copied().max().unwrap_or(0);
    methods.retain(|method| trained_on[method] == most);
    let row = |dataset: &str| -> Option<Vec<f64>> {
        let mut row = Vec::new();
        for method in &methods {
            let cell = by_place.get(&(dataset.to_owned(), method.clone()))?;
            row.extend(cell.accuracies()?.map(|accuracy| accuracy.mean));
        }
        Some(row)
    };
    let whole: Vec<(String, Vec<f64>)> = datasets
        .into_iter()
        .filter_map(|dataset| Some((dataset.clone(), row(&dataset)?)))
        .collect();
    let scores: Vec<Vec<f64>> = whole.iter().map(|(_, row)| row.clone()).collect();
    let columns = methods.len() * 2;
    let test = friedman(&scores).ok_or_else(|| unranked(most, whole.len(), columns))?;
    Ok(Friedmans {
        networks: methods
            .iter()
            .flat_map(|(architecture, by)| {
                [
                    (*architecture).to_owned(),
                    format!("{architecture} capped ({by})"),
                ]
            })
            .collect(),
        datasets: whole.iter().map(|(name, _)| name.clone()).collect(),
        test,
    })
}

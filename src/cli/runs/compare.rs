//! Finished runs of one dataset side by side.

use anyhow::{bail, ensure};

use super::list::{accuracies, outcome};
use crate::cli::options::Global;
use crate::cli::{damage, output};
use crate::format::{joules, known, significant};
use crate::run::{Manifest, RunDirectory};

/// Prints a row for each of `runs`.
///
/// # Errors
/// Where one is unfinished, or was trained on other images.
pub(super) fn show(runs: &[RunDirectory], global: &Global) -> anyhow::Result<()> {
    let mut summaries = Vec::new();
    let mut first: Option<Manifest> = None;
    for run in runs {
        let data = run.load()?;
        damage::tell(run, global)?;
        let Some(summary) = data.summary else {
            bail!(
                "{} is unfinished: only finished runs can be compared",
                run.path().display()
            )
        };
        let manifest = first.get_or_insert_with(|| data.manifest.clone());
        ensure!(
            manifest.data_fingerprint == data.manifest.data_fingerprint,
            "{} was trained on other images ({}) than {} ({}), so their accuracies cannot be compared: compare runs of one dataset and one --limit",
            run.path().display(),
            data.manifest.settings.dataset,
            runs[0].path().display(),
            manifest.settings.dataset
        );
        summaries.push(summary);
    }
    if global.json {
        return output::print_json(&summaries);
    }
    // Only some machines and versions record these: a column is shown where one of the runs has a value.
    let has_energy = summaries.iter().any(|it| it.energy_saved.is_some());
    let has_norms = summaries
        .iter()
        .any(|it| it.gradient_norms().iter().any(Option::is_some));
    let mut columns = vec![
        "run",
        "cap",
        "epochs",
        "seeds",
        "accuracy %",
        "time saved %",
        "verdict",
    ];
    if has_energy {
        columns.extend(["energy saved %", "energy a seed"]);
    }
    columns.extend(has_norms.then_some("largest gradient norm"));
    let rows = summaries
        .iter()
        .map(|summary| {
            let mut row = vec![
                summary
                    .run_dir
                    .file_name()
                    .map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                summary.cap_in_words(),
                summary.epochs.to_string(),
                summary.seeds.len().to_string(),
                accuracies(Some(summary)),
                output::estimate(summary.time_saved),
                outcome(summary),
            ];
            if has_energy {
                row.push(output::estimate(summary.energy_saved));
                row.push(summary.joules().map(|used| known(used, joules)).join(" / "));
            }
            if has_norms {
                let norms = summary.gradient_norms();
                row.push(norms.map(|norm| known(norm, significant)).join(" / "));
            }
            row
        })
        .collect();
    output::print_table(&output::table(&columns, &[0, 6], rows))
}

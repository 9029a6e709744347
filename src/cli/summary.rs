//! A finished run in the terminal.

use crate::cli::output;
use crate::evidence::rounded_p;
use crate::format::{count, fixed, known, number_of, percent, signed};
use crate::run::Summary;
use crate::training::Role;

fn p_value(p: Option<f64>) -> String {
    known(p, rounded_p)
}

/// Time saved, and energy saved where it is known.
fn show_saved(summary: &Summary) -> anyhow::Result<()> {
    let saved = output::estimate(summary.time_saved);
    output::print(&format!("\ntime saved  {saved} %"))?;
    if summary.energy_saved.is_some() {
        let saved = output::estimate(summary.energy_saved);
        output::print(&format!("energy      {saved} % saved"))?;
    }
    Ok(())
}

/// Prints how long each network was trained, and how long it took to the same accuracy.
fn show_protocol(summary: &Summary) -> anyhow::Result<()> {
    if let Some(protocol) = summary.protocol_in_words() {
        output::print(&format!("protocol    {protocol}"))?;
    }
    if let Some(stopping) = summary.stopping_in_words() {
        output::print(&format!("stopping    {stopping}"))?;
    }
    if let Some(found) = &summary.time_to_accuracy {
        output::print(&format!(
            "to accuracy {}: {}",
            found.target_in_words(),
            found.in_words()
        ))?;
    }
    Ok(())
}

/// Prints a summary for people.
///
/// # Errors
/// Whatever stdout says.
pub fn show(summary: &Summary) -> anyhow::Result<()> {
    output::print(&format!(
        "\n{} · {} · capped at {} ({}) · {} · {}\n",
        summary.dataset,
        summary.architecture,
        summary.cap_in_words(),
        if summary.depth_override {
            "by hand".to_owned()
        } else {
            summary.reading.to_string()
        },
        number_of(summary.epochs, "epoch", "epochs"),
        summary.device
    ))?;
    let mut rows = Vec::new();
    for seed in &summary.seeds {
        for (role, network) in [
            (Role::Baseline, &seed.baseline),
            (Role::Capped, &seed.capped),
        ] {
            rows.push(vec![
                seed.seed.to_string(),
                role.name().to_owned(),
                network.conv_depth.to_string(),
                count(network.parameters),
                percent(network.test_accuracy, 2),
                fixed(network.test_loss, 3),
                fixed(network.train_seconds, 1),
                fixed(network.images_per_second, 0),
            ]);
        }
    }
    output::print_table(&output::table(
        &[
            "seed",
            "network",
            "convolutions",
            "parameters",
            "accuracy %",
            "test loss",
            "training s",
            "images/s",
        ],
        &[1],
        rows,
    ))?;
    show_saved(summary)?;
    show_protocol(summary)?;
    if let Some(prediction) = &summary.prediction {
        output::print(&format!(
            "prediction  {}",
            prediction.against(summary.time_saved_per_epoch())
        ))?;
    }
    if let Some(sentence) = summary.price() {
        output::print(&format!("price       {sentence}"))?;
    }
    if let Some(difference) = summary.verdict.difference {
        output::print(&format!(
            "accuracy    {} points, capped against baseline",
            signed(difference.mean * 100.0, 2)
        ))?;
    }
    let over_images = summary.verdict.difference_over_images;
    if let Some([low, high]) = over_images.and_then(|one| one.interval) {
        output::print(&format!(
            "            95 % over seeds and test images: {} to {} points",
            signed(low * 100.0, 2),
            signed(high * 100.0, 2)
        ))?;
    }
    output::print(&format!(
        "verdict     {}: {}",
        summary.verdict.outcome, summary.verdict.reason
    ))?;
    if let Some(sentence) = summary.not_counted() {
        output::print(&format!("not counted {sentence}"))?;
    }
    for diverged in &summary.diverged {
        output::print(&format!("diverged    {}", diverged.message))?;
    }
    if let Some(p) = summary.verdict.p_values {
        output::print(&format!(
            "p-values    not worse by the margin {} (t), {} (Wilcoxon), {} (sign) · within it {} · different {} (t)",
            p_value(p.non_inferiority),
            p_value(p.non_inferiority_wilcoxon),
            p_value(p.non_inferiority_sign),
            p_value(p.equivalence),
            p_value(p.difference)
        ))?;
    }
    if let Some(busy) = summary.busy() {
        output::print(&format!("times       {busy}"))?;
    }
    output::print(&format!("run         {}", summary.run_dir.display()))
}

//! The data: its entropy, the cap of every reading, images of each class.

use crate::entropy::ClassEntropy;
use crate::format::{count, fixed};
use crate::report::escape::{markdown, markdown_cell, markdown_code};
use crate::report::parts::{SAMPLES, figure, marked_row, row};
use crate::report::plots::Figure;
use crate::run::RunData;

/// Classes that the sample images show.
const SHOWN_CLASSES: usize = 10;

pub(super) fn paragraphs(run: &RunData) -> Vec<String> {
    let (analysis, plan) = (&run.analysis, &run.plan);
    let profile = &analysis.profile;
    let information = &profile.image_information;
    let bits = |number: f64| fixed(number, 3);
    let mut rows = vec![
        row(["statistic of S over images", "bits per pixel"]),
        "| --- | ---: |".to_owned(),
    ];
    for (name, value) in [
        ("mean", information.mean),
        ("standard deviation", information.sd),
        ("minimum", information.min),
        ("first quartile", information.q1),
        ("median", information.median),
        ("third quartile", information.q3),
        ("95th percentile", information.p95),
        ("maximum", information.max),
    ] {
        rows.push(row([name, &bits(value)]));
    }
    let mut readings = vec![
        row([
            "",
            "reading",
            "rule",
            "value",
            "cap",
            "95 %",
            "counts",
            "stability",
        ]),
        "| :-: | --- | --- | ---: | ---: | ---: | --- | --- |".to_owned(),
    ];
    for reading in &analysis.readings {
        let chosen = if reading.name == plan.reading {
            "▸"
        } else {
            ""
        };
        let [low, high] = reading.cap_interval;
        readings.push(marked_row(&[
            chosen.to_owned(),
            markdown_code(reading.name.name()),
            markdown_code(reading.name.formula()),
            format!(
                "{} {}",
                bits(reading.value),
                reading.name.value_unit().unwrap_or_default()
            )
            .trim_end()
            .to_owned(),
            reading.cap.to_string(),
            format!("{low} to {high}"),
            reading.unit.to_string(),
            markdown_cell(&reading.fragility),
        ]));
    }
    let mut paragraphs = vec![
        "## The data".to_owned(),
        format!(
            "{} training images of {} × {} × {} in {} classes. Image information S is the Shannon entropy of an image's 8-bit values, summed over its channels.",
            count(profile.images as u64),
            profile.channels,
            profile.height,
            profile.width,
            profile.classes
        ),
    ];
    if run.samples.is_some() {
        paragraphs.push(format!(
            "![The first training images of {}, a column each]({SAMPLES})",
            columns(&profile.per_class)
        ));
    }
    paragraphs.extend([
        figure(Figure::Entropy, "Histogram of image information with the cap"),
        rows.join("\n"),
        "The cap is a reading of that entropy. The paper behind it (Gowdra et al. 2021, arXiv 2106.14190) does not print its rule in the abstract, which is all that could be read: **these rules are our own readings of an abstract**, shown side by side. The chosen one is marked; its interval is the 95 % percentile interval over bootstrap resamples of the images.".to_owned(),
        readings.join("\n"),
    ]);
    if !profile.transform.is_empty() {
        paragraphs.push(format!(
            "Every training and test image was transformed first: {}.",
            markdown(&profile.transform.join(", "))
        ));
    }
    if plan.depth_override {
        paragraphs.push(format!(
            "The depth of {} convolutions was given by hand, in place of the reading's cap.",
            plan.cap
        ));
    }
    if plan.raised_to_floor {
        paragraphs.push(format!(
            "The cap of {} is below {} convolutions, the shallowest network of the family, and was raised to it.",
            plan.cap, plan.floor
        ));
    }
    paragraphs
}

/// Such as `the classes cat, dog` or `the first 10 of 100 classes`.
fn columns(classes: &[ClassEntropy]) -> String {
    if classes.len() > SHOWN_CLASSES {
        return format!("the first {SHOWN_CLASSES} of {} classes", classes.len());
    }
    let names: Vec<String> = classes.iter().map(|class| markdown(&class.name)).collect();
    format!("the classes {}", names.join(", "))
}

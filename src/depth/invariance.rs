//! What the readings see of images and what they do not: the same images, changed in known ways.

use serde::{Deserialize, Serialize};

use super::{CurveReading, Rule};
use crate::dataset::{Dataset, Shape, Transform, transformed};
use crate::entropy::{Estimator, lossless, measure};
use crate::format::fixed;

/// Images of the sample that is changed.
pub const SAMPLE: usize = 1000;
/// Standard deviation of the noise that is added.
const NOISE: f64 = 8.0;
/// A value that changes by less is taken for unchanged.
const EQUAL: f64 = 1e-9;

/// The readings of a sample of images as they are, and of the same images changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invariance {
    /// Images of the sample, a seeded one of the training images.
    pub images: usize,
    /// First the images as they are, then one row for each change.
    pub rows: Vec<Changed>,
    /// What follows from them.
    pub sentence: String,
}

/// The readings of changed images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Changed {
    /// The change in words.
    pub change: String,
    /// The same as `--transform` takes it; empty of the images as they are.
    pub transforms: Vec<Transform>,
    /// Every reading that has a value.
    pub readings: Vec<CurveReading>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Changed {
    /// The value by `rule`.
    #[must_use]
    pub fn value(&self, rule: &Rule) -> Option<f64> {
        self.reading(rule).map(|reading| reading.value)
    }

    /// The reading by `rule`.
    #[must_use]
    pub fn reading(&self, rule: &Rule) -> Option<&CurveReading> {
        self.readings.iter().find(|reading| reading.name == *rule)
    }
}

/// The readings by `rules` of the training images of `sample`, as they are and changed in every way that their shape
/// allows.
#[must_use]
pub fn invariance(sample: &Dataset, estimator: Estimator, rules: &[Rule]) -> Invariance {
    let rows: Vec<Changed> = changes(sample.shape)
        .into_iter()
        .map(|(change, transforms)| {
            let (readings, problem) = match transformed(sample, &transforms) {
                Ok(dataset) => (read(&dataset, estimator, rules), None),
                Err(error) => (Vec::new(), Some(error.to_string())),
            };
            Changed {
                change: change.to_owned(),
                transforms,
                readings,
                problem,
            }
        })
        .collect();
    Invariance {
        images: sample.train.len(),
        sentence: sentence(&rows, rules),
        rows,
    }
}

/// The changes of images of this shape, none first.
fn changes(shape: Shape) -> Vec<(&'static str, Vec<Transform>)> {
    let mut changes = vec![
        ("as they are", Vec::new()),
        ("pixels permuted", vec![Transform::Permute]),
    ];
    match shape.channels {
        1 => changes.push(("three equal channels", vec![Transform::Rgb])),
        3 => changes.extend([
            ("grey level", vec![Transform::Grey]),
            (
                "grey in three channels",
                vec![Transform::Grey, Transform::Rgb],
            ),
            ("YCbCr", vec![Transform::YCbCr]),
        ]),
        _ => {}
    }
    for (change, bits) in [("6 bits", 6), ("4 bits", 4), ("3 bits", 3), ("2 bits", 2)] {
        changes.push((change, vec![Transform::Bits(bits)]));
    }
    let half = shape.height.max(shape.width) / 2;
    if half > 0 {
        changes.push(("half the side", vec![Transform::Side(half)]));
    }
    changes.push(("noise, sd 8", vec![Transform::Noise(NOISE)]));
    changes
}

fn read(dataset: &Dataset, estimator: Estimator, rules: &[Rule]) -> Vec<CurveReading> {
    let mut measurement = measure(dataset, estimator, 0.0, &|_| {});
    let images: Vec<&[u8]> = (0..dataset.train.len())
        .map(|image| dataset.train.image(image, dataset.shape))
        .collect();
    lossless::add(&mut measurement, dataset.shape, &images);
    rules
        .iter()
        .filter_map(|rule| {
            let value = rule.value(&measurement.profile)?;
            Some(CurveReading {
                name: rule.clone(),
                value,
                cap: Rule::cap(value),
            })
        })
        .collect()
}

/// What permuted pixels say: which readings see no structure.
fn sentence(rows: &[Changed], rules: &[Rule]) -> String {
    let [plain, permuted, ..] = rows else {
        return String::new();
    };
    let both = |rule: &Rule| Some((plain.value(rule)?, permuted.value(rule)?));
    let (blind, seeing): (Vec<&Rule>, Vec<&Rule>) = rules
        .iter()
        .filter(|rule| both(rule).is_some())
        .partition(|rule| both(rule).is_some_and(|(one, other)| (one - other).abs() < EQUAL));
    let names = |rules: &[&Rule]| {
        let names: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
        match names.split_last() {
            Some((last, [])) => (*last).to_owned(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => String::new(),
        }
    };
    if blind.is_empty() {
        return "Permuting the pixels changes every reading.".to_owned();
    }
    let exceptions: Vec<String> = seeing
        .iter()
        .filter_map(|rule| {
            let (one, other) = both(rule)?;
            let unit = rule.value_unit().unwrap_or_default();
            let change = format!(
                "{} goes from {} to {} {unit}",
                rule.name(),
                fixed(one, 2),
                fixed(other, 2)
            );
            Some(change.trim_end().to_owned())
        })
        .collect();
    let exceptions = if exceptions.is_empty() {
        String::new()
    } else {
        format!(" ({})", exceptions.join(", "))
    };
    format!(
        "Permuting the pixels destroys every shape, but does not change {}{exceptions}: these readings see the histogram of the values and no structure, so their caps cannot know how hard the task is.",
        names(&blind)
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::dataset::glyphs::{Variant, generate};

    /// What must hold of the definitions: histograms do not change where pixels are permuted, `image-nats` not
    /// where a channel is repeated, `channel-sum` trebles there, and fewer bits never raise an entropy.
    #[test]
    fn readings_change_as_their_definitions_say() {
        let sample = generate(Variant::Plain).limited(60, 1);
        let found = invariance(&sample, Estimator::PlugIn, &Rule::ALL);
        assert_eq!(found.images, 60);
        let row = |name: &str| found.rows.iter().find(|row| row.change == name).unwrap();
        let value = |name: &str, rule: Rule| row(name).value(&rule).unwrap();
        let close = |one: f64, other: f64| assert!((one - other).abs() < 1e-9, "{one} {other}");
        for rule in Rule::ALL.into_iter().filter(|rule| *rule != Rule::Lossless) {
            close(
                value("as they are", rule.clone()),
                value("pixels permuted", rule),
            );
        }
        assert!(value("pixels permuted", Rule::Lossless) > value("as they are", Rule::Lossless));
        let (grey, three) = ("grey level", "grey in three channels");
        close(value(grey, Rule::ImageNats), value(three, Rule::ImageNats));
        close(
            3.0 * value(grey, Rule::ChannelSum),
            value(three, Rule::ChannelSum),
        );
        close(
            value(grey, Rule::GreyBlocks),
            value("as they are", Rule::GreyBlocks),
        );
        let falling = ["as they are", "6 bits", "4 bits", "3 bits", "2 bits"];
        for pair in falling.windows(2) {
            let [more, fewer] = [pair[0], pair[1]].map(|name| value(name, Rule::ChannelSum));
            assert!(fewer <= more, "{pair:?}: {more}, {fewer}");
        }
        assert!(
            found.sentence.starts_with("Permuting the pixels destroys")
                && found.sentence.contains("(lossless goes from "),
            "{}",
            found.sentence
        );
    }
}

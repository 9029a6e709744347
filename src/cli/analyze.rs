//! `analyze`: the entropy profile of a dataset and every reading of it.

use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::options::{DataOptions, DatasetArgument, Global, ReadingOptions};
use super::output;
use crate::dataset::Source;
use crate::depth::{Analysis, Changed, CurvePoint, CurveReading, Invariance, Reading, Rule, Unit};
use crate::entropy::{Histogram, Profile};
use crate::format::{about, count, fixed, known, number_of};
use crate::network::{Input, NetworkSummary, RivalDepth, Rivals, TimedRivals, baseline};
use crate::run::{Settings, measure_invariance};

/// Entropy profile of a dataset, and the cap on depth by every reading
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ebcle-tui analyze glyphs
  ebcle-tui analyze mnist --data-dir ~/data --json
  ebcle-tui analyze glyphs --estimator miller-madow --curve
  ebcle-tui analyze cifar100-coarse --arch resnet-56
  ebcle-tui analyze idx:EMNIST/raw/emnist-letters
  ebcle-tui analyze hf:cifar100 --label coarse_label
  ebcle-tui analyze folder:flowers --resize 32x32")]
pub struct Analyze {
    #[command(flatten)]
    dataset: DatasetArgument,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    reading: ReadingOptions,
    /// Show the rivals of a cap on this architecture too: receptive-field border, half depth, and the narrower baseline where
    /// `plan` has timed it
    #[arg(long, value_name = "ARCH")]
    arch: Option<String>,
    /// Read 1, 5, 10 and 50 % of the images as well, to see how soon the caps are stable
    #[arg(long)]
    curve: bool,
    /// Show the readings of 1,000 images that are changed in known ways, to see what they depend on
    #[arg(long)]
    invariance: bool,
}

impl Analyze {
    /// Profiles the dataset and prints what was found.
    ///
    /// # Errors
    /// One sentence on what cannot be read or is not known.
    pub fn run(&self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut layer = self.dataset.layer();
        if let Some(name) = &self.arch {
            layer = layer.with("architecture", name.clone());
        }
        self.data.fill(&mut layer);
        self.reading.fill(&mut layer);
        let settings = global.resolve(layer, None)?;
        let analysis = output::profile(&settings, self.curve, global)?;
        let rivals = match &self.arch {
            Some(_) => {
                let input = Input::from(&analysis.profile);
                Some(TimedRivals {
                    depths: Rivals::of(&baseline(settings.architecture, input)?),
                    narrow_baseline: known_narrower(&settings, &analysis),
                })
            }
            None => None,
        };
        let invariance = if self.invariance {
            let measured =
                output::followed(global, |progress| measure_invariance(&settings, progress));
            Some(measured?)
        } else {
            None
        };
        if global.json {
            output::print_json(&Compared {
                analysis: &analysis,
                rivals,
                invariance,
            })?;
        } else {
            show(&analysis, rivals.as_ref())?;
            if let Some(invariance) = &invariance {
                show_invariance(invariance)?;
            }
            let published = settings.dataset.parse::<Source>()?.published_images();
            let images = analysis.profile.images;
            if let Some(published) = published
                && published != images
                && settings.limit.is_none()
            {
                output::print(&format!(
                    "\nThe copy is incomplete: {} has {} training images, {} were found.",
                    settings.dataset,
                    count(published as u64),
                    count(images as u64)
                ))?;
            }
            for rule in settings.readings.rules() {
                if analysis.get(&rule).is_none() {
                    output::print(&format!(
                        "\n{rule}: its expression is no finite number of at least 1 on this dataset, so it gives no cap."
                    ))?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What `analyze --json` prints.
#[derive(Serialize)]
struct Compared<'a> {
    #[serde(flatten)]
    analysis: &'a Analysis,
    #[serde(skip_serializing_if = "Option::is_none")]
    rivals: Option<TimedRivals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invariance: Option<Invariance>,
}

/// Prints value and cap of the readings of changed images; of two readings of one statistic the first.
fn show_invariance(invariance: &Invariance) -> anyhow::Result<()> {
    let same = [Rule::ImageNatsConvolutions, Rule::ChannelSumMax];
    let rules = Rule::ALL.into_iter().filter(|rule| !same.contains(rule));
    let rules: Vec<Rule> = rules.collect();
    let first = format!("value (cap) of {} images", count(invariance.images as u64));
    let names = rules.iter().map(Rule::name);
    let header: Vec<&str> = std::iter::once(first.as_str()).chain(names).collect();
    let row = |changed: &Changed| {
        let cell = |rule: &Rule| {
            known(changed.reading(rule), |reading| {
                format!("{} ({})", fixed(reading.value, 2), reading.cap)
            })
        };
        let cells = rules.iter().map(cell);
        std::iter::once(changed.change.clone())
            .chain(cells)
            .collect()
    };
    output::print("")?;
    let rows = invariance.rows.iter().map(row).collect();
    output::print_table(&output::table(&header, &[0], rows))?;
    for changed in &invariance.rows {
        if let Some(problem) = &changed.problem {
            output::print(&format!("{}: {problem}", changed.change))?;
        }
    }
    output::print(&format!("\n{}", invariance.sentence))
}

/// The baseline made narrower to the capped network's step time, if both were timed before: here no step is.
fn known_narrower(settings: &Settings, analysis: &Analysis) -> Option<NetworkSummary> {
    if !settings.host.measure {
        return None;
    }
    let fitted = settings.fitted(&analysis.profile);
    let timed = fitted.plan_by_time(analysis, &mut || false).ok()??;
    match timed.settings.narrower(&timed.plan, &mut || false) {
        Ok(ControlFlow::Continue(found)) => found,
        _ => None,
    }
}

/// The rows of rules without entropy in the table of readings.
fn rival_rows(rivals: &TimedRivals) -> Vec<Vec<String>> {
    let row = |(name, rival): (&str, Option<RivalDepth>)| {
        let note = known(rival, |rival| {
            format!("without entropy; leaves {} convolutions", rival.conv_depth)
        });
        vec![
            output::marked(false, name),
            String::new(),
            known(rival, |rival| rival.depth.to_string()),
            String::new(),
            Unit::Convolutions.to_string(),
            note,
        ]
    };
    let mut rows = rivals.depths.named().map(row).to_vec();
    rows.extend(rivals.narrow_baseline.as_ref().map(|narrow| {
        vec![
            output::marked(false, "narrower baseline"),
            String::new(),
            narrow.conv_depth.to_string(),
            String::new(),
            Unit::Convolutions.to_string(),
            format!(
                "without entropy; the capped network's time: widths {}",
                narrow.widths_text()
            ),
        ]
    }));
    rows
}

/// How image information is distributed.
fn show_information(profile: &Profile) -> anyhow::Result<()> {
    let information = &profile.image_information;
    let mean = fixed(information.mean, 3);
    output::print(&if profile.images < 2 {
        format!(
            "image information  {mean} bits per pixel over all channels (of one image: no standard error)"
        )
    } else {
        format!(
            "image information  {mean} ± {} bits per pixel over all channels (mean ± standard error), sd {}",
            fixed(information.standard_error, 3),
            fixed(information.sd, 3),
        )
    })?;
    output::print(&format!(
        "                   min {}  q1 {}  median {}  q3 {}  p95 {}  max {}",
        fixed(information.min, 2),
        fixed(information.q1, 2),
        fixed(information.median, 2),
        fixed(information.q3, 2),
        fixed(information.p95, 2),
        fixed(information.max, 2),
    ))?;
    output::print(&format!(
        "                   0 {} {} bits\n",
        sparkline(&information.histogram),
        fixed(
            information.histogram.edges.last().copied().unwrap_or(0.0),
            0
        ),
    ))
}

fn show(analysis: &Analysis, rivals: Option<&TimedRivals>) -> anyhow::Result<()> {
    let profile = &analysis.profile;
    output::print(&format!(
        "{} · {} · {} × {}×{}×{} · {}\n",
        profile.dataset,
        profile.split,
        count(profile.images as u64),
        profile.channels,
        profile.height,
        profile.width,
        number_of(profile.classes, "class", "classes"),
    ))?;
    show_information(profile)?;
    output::print_table(&output::table(
        &[
            "mean bits",
            "image information",
            "grey",
            "joint colour",
            "pooled",
            "image, nats",
        ],
        &[0],
        profile
            .estimates
            .iter()
            .map(|estimate| {
                vec![
                    estimate.estimator.to_string(),
                    fixed(estimate.image_information, 3),
                    fixed(estimate.grey, 3),
                    fixed(estimate.joint_colour, 3),
                    fixed(estimate.pooled_histogram, 3),
                    known(estimate.image_nats, |nats| fixed(nats, 3)),
                ]
            })
            .collect(),
    ))?;
    output::print("")?;
    output::print_table(&output::table(
        &["  reading", "value", "cap", "95 %", "unit", "stability"],
        &[0, 4, 5],
        analysis
            .readings
            .iter()
            .map(|reading| {
                let [low, high] = reading.cap_interval;
                vec![
                    output::marked(reading.name == analysis.reading, reading.name.name()),
                    value(reading),
                    reading.cap.to_string(),
                    format!("{low} – {high}"),
                    reading.unit.to_string(),
                    reading.fragility.clone(),
                ]
            })
            .chain(rivals.into_iter().flat_map(rival_rows))
            .collect(),
    ))?;
    if let Some(curve) = &analysis.sample_curve {
        show_curve(analysis, curve)?;
    }
    if let Some(lossless) = &profile.lossless {
        output::print(&format!(
            "\nlossless: a sample of {} as PNG files, coded in {}.",
            number_of(lossless.images, "image", "images"),
            about(lossless.seconds),
        ))?;
    }
    let kept = if analysis.cached {
        " (cached; --no-cache profiles again)"
    } else {
        ""
    };
    output::print(&format!(
        "\nRead in {}, profiled in {}{kept}. The rules are this project's readings of the EBCLE abstract (arXiv 2106.14190).",
        about(profile.load_seconds),
        about(profile.seconds),
    ))
}

/// The value of a reading with its unit.
fn value(reading: &Reading) -> String {
    let unit = reading.name.value_unit().unwrap_or_default();
    format!("{} {unit}", fixed(reading.value, 3))
        .trim_end()
        .to_owned()
}

/// Prints value and cap of every reading on ever more images.
fn show_curve(analysis: &Analysis, curve: &[CurvePoint]) -> anyhow::Result<()> {
    let columns: Vec<String> = curve
        .iter()
        .map(|point| number_of(point.images, "image", "images"))
        .collect();
    let header: Vec<&str> = std::iter::once("value (cap)")
        .chain(columns.iter().map(String::as_str))
        .collect();
    let rows = analysis
        .readings
        .iter()
        .map(|reading| {
            let mut row = vec![reading.name.to_string()];
            row.extend(curve.iter().map(|point| {
                let there = |other: &&CurveReading| other.name == reading.name;
                known(point.readings.iter().find(there), |reading| {
                    format!("{} ({})", fixed(reading.value, 3), reading.cap)
                })
            }));
            row
        })
        .collect();
    output::print("")?;
    output::print_table(&output::table(&header, &[0], rows))
}

/// Counts as bars of eight heights, one for each bin; a bin that is not empty is never blank.
fn sparkline(histogram: &Histogram) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1);
    histogram
        .counts
        .iter()
        .map(|&count| match count {
            0 => '·',
            _ => BARS[(count * 7 / most) as usize],
        })
        .collect()
}

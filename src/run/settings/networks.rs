//! Settings of the two networks: the baseline, the reading that gives the cap, the capped network.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Value;

use super::registry::{
    Access, Flag, FormLine, Group, Kind, Options, Scope, Setting, checked, field, from_value,
    given, parsed, refuse, text, to_value,
};
use crate::depth::{self, Definition, OwnRules, Rule, Unit};

/// Largest factor on the baseline's widths.
const MAX_WIDTH: f64 = 100.0;

/// Which networks.
pub static NETWORKS: Group = Group {
    title: "Networks",
    settings: &[
        Setting {
            key: "architecture",
            about: "The baseline, one of\n{families}",
            access: text!(architecture),
            ..Setting::PLAIN
        },
        Setting {
            key: "reading",
            about: "\
The rule that turns entropy into a cap on depth:
image-nats, image-nats-convolutions, channel-sum, channel-sum-max, grey-blocks,
dataset-histogram, joint-colour, lossless, or the name of one of your own.",
            option: Some(Flag::new(
                Options::Reading,
                "NAME",
                "Rule that turns entropy into a cap: image-nats, image-nats-convolutions, channel-sum, channel-sum-max, grey-blocks, dataset-histogram, joint-colour, lossless, or one of the config file's [default: image-nats]",
            )),
            form: Some(FormLine::chosen("reading", "gives the cap")),
            access: Access {
                get: |settings| Some(Value::String(settings.reading.to_string())),
                set: |settings, value| {
                    if let Some(value) = value {
                        let name: String = from_value(value)?;
                        settings.reading = rule(&name, &settings.readings)?;
                    }
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "readings",
            kind: Kind::Readings,
            scope: Scope::Profile,
            about: "\
Readings of your own, by name: an expression over the statistics of the profile, and what its
value counts, convolutions or blocks. It is rounded up. There are + - * / ^, ceil, floor, round,
abs, sqrt, exp, ln, log2, log10, min(a, b) and max(a, b), and the statistics
  S_mean S_sd S_se S_min S_q1 S_median S_q3 S_p95 S_max    image information S, in bits
  SNR ME                     S_mean / S_sd, and the largest possible S (8 bits a channel)
  grey_mean grey_sd joint_mean joint_sd pooled             grey level, joint colour, pooled histogram
  nats_mean nats_sd                                        all values of an image together, in nats
  lossless_mean lossless_sd                                bits per pixel as a PNG file
  red_mean red_sd green_mean green_sd blue_mean blue_sd channel_mean_min channel_mean_max
  class_mean_min class_mean_max images classes channels height width pixels
As a table at the end of the file, this is
  [readings.mine]
  expression = \"ceil(S_mean - 2 * S_sd)\"
  unit = \"convolutions\"",
            example: "{ mine = { expression = \"ceil(S_mean - 2 * S_sd)\", unit = \"convolutions\" } }",
            access: Access {
                get: |settings| {
                    let readings = &settings.readings;
                    to_value(readings).filter(|_| !readings.is_empty())
                },
                set: |settings, value| {
                    let placed: Option<BTreeMap<String, Placed>> =
                        value.map(from_value).transpose()?;
                    let readings = placed.into_iter().flatten();
                    let readings: BTreeMap<String, Definition> =
                        readings.map(|(name, placed)| (name, placed.into())).collect();
                    settings.readings =
                        OwnRules::try_from(readings).map_err(|error| error.to_string())?;
                    Ok(())
                },
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "estimator",
            kind: Kind::Choice(&["plug-in", "miller-madow"]),
            scope: Scope::Profile,
            about: "How entropies are estimated: plug-in, or miller-madow, which corrects for few pixels.",
            option: Some(Flag::new(
                Options::Reading,
                "NAME",
                "How entropies are estimated: plug-in, miller-madow [default: plug-in]",
            )),
            access: text!(estimator),
            ..Setting::PLAIN
        },
        Setting {
            key: "lossless-images",
            kind: Kind::Whole(1),
            scope: Scope::Profile,
            about: "\
Images that are coded as PNG for the reading lossless, a seeded sample. Left out: 1,000, fewer
where these are more than 16 MiB.",
            example: "1000",
            option: Some(Flag::new(
                Options::Reading,
                "N",
                "Code N images, a seeded sample, for the reading lossless [default: 1000, fewer of large ones]",
            )),
            access: field!(lossless_images, |images: &Option<usize>| refuse(
                *images == Some(0),
                "lossless-images 0 leaves no image to code: use at least 1"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "depth",
            kind: Kind::Whole(1),
            about: "Convolutions of the capped network, in place of the reading's cap.",
            example: "13",
            option: Some(Flag::new(
                Options::Capped,
                "N",
                "Cap the network at N convolutions, whatever the reading says",
            )),
            access: field!(depth, |depth: &Option<usize>| refuse(
                *depth == Some(0),
                "depth 0 leaves no convolution: use at least 1"
            )),
            ..Setting::PLAIN
        },
        Setting {
            key: "width",
            kind: Kind::Choice(&["balanced", "iso-params", "iso-macs", "iso-time", "same"]),
            about: "\
What the time saved by depth is spent on: balanced (half of it on width), iso-time (all of it),
iso-macs, iso-params (as many as the baseline) or same (nothing). The first two time training steps
of several widths on the device, and write the width-factor found into run.toml.",
            option: Some(Flag::new(
                Options::Capped,
                "POLICY",
                "What the time saved by depth is spent on: balanced or iso-time (by measured step time), iso-macs, iso-params, same [default: balanced]",
            )),
            access: text!(width),
            ..Setting::PLAIN
        },
        Setting {
            key: "measure",
            kind: Kind::Truth,
            about: "\
Whether training steps are timed for the widths of balanced and iso-time and for the predicted time
saved. With false both are by multiply-accumulates, on every machine the same.",
            access: Access {
                get: |settings| {
                    let measured = settings.host.measure;
                    let by_macs = settings.width.is_by_time() && settings.width_factor.is_none();
                    (measured || by_macs).then_some(Value::Boolean(measured))
                },
                ..given!(host.measure)
            },
            ..Setting::PLAIN
        },
        Setting {
            key: "width-factor",
            kind: Kind::Number,
            about: "Multiple of the baseline's widths in the capped network, in place of that policy.",
            example: "1.5",
            option: Some(Flag::new(
                Options::Capped,
                "X",
                "Multiply the baseline's widths by X, whatever the policy says",
            )),
            access: field!(width_factor, |factor: &Option<f64>| match *factor {
                Some(factor) => refuse(
                    !(factor > 0.0 && factor <= MAX_WIDTH),
                    format_args!("width-factor must be above 0 and at most {MAX_WIDTH} (2 doubles the baseline's widths), not {factor}"),
                ),
                None => Ok(()),
            }),
            ..Setting::PLAIN
        },
    ],
};

/// A reading of the user's own, with the file and line that define it.
#[derive(Deserialize)]
struct Placed {
    expression: String,
    unit: Unit,
    place: Option<String>,
}

impl From<Placed> for Definition {
    fn from(placed: Placed) -> Self {
        Self {
            expression: placed.expression,
            unit: placed.unit,
            place: placed.place,
        }
    }
}

/// The rule `name`, built in or the user's own.
fn rule(name: &str, own: &OwnRules) -> Result<Rule, String> {
    if let Some(rule) = own.rule(name) {
        return Ok(rule);
    }
    name.parse().map_err(|error: depth::Error| {
        let known = own.rules();
        let known = known.iter().map(|rule| format!(", {rule}"));
        let known = error.known + &known.collect::<String>();
        depth::Error { known, ..error }.to_string()
    })
}

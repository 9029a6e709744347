//! Caps with their intervals.

use std::borrow::Borrow;
use std::sync::Arc;

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use super::bootstrap::{self, Resampled};
use super::own::{Definition, OwnError, OwnRule};
use super::resampled::{fragility, interval};
use super::statistics::Statistics;
use super::{CurvePoint, Rule, Unit};
use crate::entropy::{Measurement, Profile};

/// One rule applied to one profile.
///
/// A rule of the user's own is written with its expression, so that a reader knows what it stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Reading {
    /// The rule.
    pub name: Rule,
    /// What the cap counts.
    pub unit: Unit,
    /// The statistic, in the [unit](Rule::value_unit) of the rule.
    pub value: f64,
    /// The cap.
    pub cap: usize,
    /// Two-sided 95 % percentile interval of the cap over bootstrap resamples of the images.
    pub cap_interval: [usize; 2],
    /// How often resamples give another cap, as a sentence.
    pub fragility: String,
}

/// A reading as it is written.
#[derive(Serialize, Deserialize)]
struct Written {
    name: String,
    unit: Unit,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
    value: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value_unit: Option<String>,
    cap: usize,
    cap_interval: [usize; 2],
    fragility: String,
}

impl From<Reading> for Written {
    fn from(reading: Reading) -> Self {
        Self {
            name: reading.name.name().to_owned(),
            value_unit: reading.name.value_unit().map(str::to_owned),
            unit: reading.unit,
            expression: reading
                .name
                .own()
                .and_then(OwnRule::definition)
                .map(|definition| definition.expression.clone()),
            value: reading.value,
            cap: reading.cap,
            cap_interval: reading.cap_interval,
            fragility: reading.fragility,
        }
    }
}

impl From<Written> for Reading {
    fn from(written: Written) -> Self {
        let unit = written.unit;
        let own = written.expression.and_then(|expression| {
            let definition = Definition {
                expression,
                unit,
                place: None,
            };
            OwnRule::define(&written.name, &definition).ok()
        });
        Self {
            name: own.unwrap_or_else(|| Rule::of_name(&written.name)),
            unit,
            value: written.value,
            cap: written.cap,
            cap_interval: written.cap_interval,
            fragility: written.fragility,
        }
    }
}

/// A profile with every reading of it; what `analyze --json` prints and `profile.json` keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Analysis {
    /// The profile.
    #[serde(flatten)]
    pub profile: Profile,
    /// All readings that have a value, in the order of [`Rule::ALL`], and then those of the user's own.
    pub readings: Vec<Reading>,
    /// The chosen rule.
    pub reading: Rule,
    /// Its cap.
    pub cap: usize,
    /// The readings of fewer images, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample_curve: Option<Vec<CurvePoint>>,
    /// Whether this was kept from an earlier measurement, whose seconds it then gives.
    #[serde(default)]
    pub cached: bool,
}

impl Serialize for Analysis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

/// The chosen rule stands there by its name, and what it means with its reading.
impl<'de> Deserialize<'de> for Analysis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = Self::deserialize(deserializer)?;
        if let Some(reading) = read.get(&read.reading) {
            read.reading = reading.name.clone();
        }
        Ok(read)
    }
}

impl Analysis {
    /// The same profile with another rule chosen; unchanged if it has no reading by that rule.
    #[must_use]
    pub fn with_reading(mut self, rule: impl Borrow<Rule>) -> Self {
        if let Some(reading) = self.get(rule.borrow()) {
            (self.reading, self.cap) = (reading.name.clone(), reading.cap);
        }
        self
    }

    /// The reading by `rule`; none where its statistic was not measured.
    #[must_use]
    pub fn get(&self, rule: impl Borrow<Rule>) -> Option<&Reading> {
        self.readings
            .iter()
            .find(|reading| reading.name == *rule.borrow())
    }

    /// The chosen reading.
    ///
    /// # Panics
    /// Never for an analysis made by [`analyse`]: it holds the chosen rule.
    #[must_use]
    pub fn chosen(&self) -> &Reading {
        self.of(&self.reading)
    }

    /// The reading by `rule`.
    ///
    /// # Panics
    /// If there is none. An analysis holds its chosen reading and every built-in one, but `lossless`
    /// where images were not coded; [`Analysis::get`] asks.
    #[must_use]
    pub fn of(&self, rule: impl Borrow<Rule>) -> &Reading {
        #[expect(clippy::expect_used, reason = "the caller asks for what is there")]
        self.get(rule)
            .expect("an analysis holds the rule that is asked for")
    }
}

/// Applies every rule to a measurement; intervals from `resamples` bootstrap resamples of the images, seeded by `seed`.
///
/// A resample draws as many training images as there are, with replacement, and applies the rule
/// to them; `dataset-histogram` draws the up to 64 random groups of images whose counts were
/// kept, since the pooled histogram is a sum over images. The interval of a cap holds the middle
/// 95 % of its resampled values. The maximum of a resample is never above that of the data, so the
/// interval of `channel-sum-max` says how much the cap owes to single images, and nothing about
/// images that were never seen. Without resamples, or of less than two images, the interval is the cap itself.
///
/// A rule that has no value here, such as `lossless` where no image was coded, has no reading; where
/// it is the chosen one, the default rule is chosen.
#[must_use]
pub fn analyse(
    measurement: &Measurement,
    rule: impl Borrow<Rule>,
    resamples: usize,
    seed: u64,
) -> Analysis {
    let values = Rule::ALL
        .into_iter()
        .filter_map(|rule| {
            let value = rule.value(&measurement.profile)?;
            Some((rule, value))
        })
        .collect();
    read(measurement, rule.borrow(), values, resamples, seed)
}

/// As [`analyse`], with rules of the user's own behind the built-in ones. One whose value is not
/// finite or below 1 has no reading.
///
/// # Errors
/// [`OwnError::Value`] where that is so of `rule`, the chosen one.
pub fn analyse_with(
    measurement: &Measurement,
    rule: impl Borrow<Rule>,
    own: &[Rule],
    resamples: usize,
    seed: u64,
) -> Result<Analysis, OwnError> {
    let mut values: Vec<(Rule, f64)> = Rule::ALL
        .into_iter()
        .filter_map(|rule| {
            let value = rule.value(&measurement.profile)?;
            Some((rule, value))
        })
        .collect();
    let statistics = Statistics::of(&measurement.profile);
    for rule_of_own in own {
        if let Rule::Own(own) = rule_of_own {
            match own.checked_value(&statistics) {
                Ok(value) => values.push((rule_of_own.clone(), value)),
                Err(error) if rule_of_own == rule.borrow() => return Err(error),
                Err(error) => tracing::warn!("{error}: it is left out"),
            }
        }
    }
    Ok(read(measurement, rule.borrow(), values, resamples, seed))
}

fn read(
    measurement: &Measurement,
    rule: &Rule,
    values: Vec<(Rule, f64)>,
    resamples: usize,
    seed: u64,
) -> Analysis {
    let own: Vec<Arc<OwnRule>> = values
        .iter()
        .filter_map(|(rule, _)| match rule {
            Rule::Own(own) => Some(Arc::clone(own)),
            _ => None,
        })
        .collect();
    let resamples = if measurement.profile.images < 2 {
        0
    } else {
        resamples
    };
    let drawn = bootstrap::resample(measurement, &own, resamples, seed);
    let readings: Vec<Reading> = values
        .into_iter()
        .map(|(rule, value)| reading(rule, value, &drawn))
        .collect();
    let (first, cap) = readings.first().map_or((Rule::default(), 1), |first| {
        (first.name.clone(), first.cap)
    });
    Analysis {
        profile: measurement.profile.clone(),
        readings,
        reading: first,
        cap,
        sample_curve: None,
        cached: false,
    }
    .with_reading(rule)
}

fn reading(rule: Rule, value: f64, drawn: &[Resampled]) -> Reading {
    let cap = Rule::cap(value);
    let mut caps: Vec<usize> = drawn
        .iter()
        .filter_map(|values| Some(Rule::cap(values.of(&rule)?)))
        .collect();
    caps.sort_unstable();
    Reading {
        unit: rule.unit(),
        name: rule,
        value,
        cap,
        cap_interval: interval(&caps).unwrap_or([cap, cap]),
        fragility: fragility(cap, &caps),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;
    use crate::entropy::{
        Distribution, Estimator, ImageEntropies, MAX_IMAGE_NATS, Moments, PooledHistogram, shannon,
    };

    /// A measurement of images with these values, whose pooled histogram has a group per image.
    fn measurement(information: &[f64], groups: &[[u64; 256]]) -> Measurement {
        let mut pooled = [0; 256];
        for group in groups {
            for (sum, count) in pooled.iter_mut().zip(group) {
                *sum += count;
            }
        }
        let sum = shannon::entropy(&pooled, Estimator::PlugIn);
        let halves: Vec<f64> = information.iter().map(|bits| bits / 2.0).collect();
        let thirds: Vec<f64> = information.iter().map(|bits| bits / 3.0).collect();
        Measurement {
            profile: Profile {
                dataset: "made".to_owned(),
                notes: Vec::new(),
                transform: Vec::new(),
                split: "train".to_owned(),
                skipped: Vec::new(),
                images: information.len(),
                channels: 1,
                height: 1,
                width: 1,
                classes: 1,
                estimator: Estimator::PlugIn,
                image_information: Distribution::of(information, 1),
                grey: Moments::of(&halves),
                joint_colour: Moments::of(&thirds),
                image_nats: Some(Distribution::within(&thirds, MAX_IMAGE_NATS)),
                channel_entropy: Vec::new(),
                pooled_histogram: PooledHistogram {
                    entropy: vec![sum],
                    sum,
                },
                per_class: Vec::new(),
                estimates: Vec::new(),
                lossless: None,
                load_seconds: 0.0,
                seconds: 0.0,
                bytes: 0,
            },
            images: ImageEntropies {
                information: information.to_vec(),
                grey: halves,
                image_nats: thirds.clone(),
                joint_colour: thirds,
                lossless: Vec::new(),
                group_histograms: groups.iter().map(|&group| vec![group]).collect(),
            },
        }
    }

    /// A rule of the user's own is read beside the built-in ones, which it does not change; one without
    /// a value is left out, unless it is the chosen one.
    #[test]
    fn own_rules_change_no_other_reading() {
        let own = |name: &str, expression: &str| {
            let definition = Definition {
                expression: expression.to_owned(),
                unit: Unit::Convolutions,
                place: None,
            };
            OwnRule::define(name, &definition).unwrap()
        };
        let information: Vec<f64> = (0..60).map(|image| f64::from(image * 37 % 60)).collect();
        let measurement = measurement(&information, &[[1; 256], [2; 256]]);
        let alone = analyse(&measurement, Rule::default(), 200, 1);
        let rules = [
            own("test-median", "S_median"),
            own("test-nothing", "S_mean - S_mean"),
        ];
        let with = analyse_with(&measurement, Rule::default(), &rules, 200, 1).unwrap();
        let built_in = alone.readings.len();
        assert_eq!(with.readings[..built_in], alone.readings);
        assert_eq!(with.readings.len(), built_in + 1);
        assert!(with.get(&rules[0]).is_some() && with.get(&rules[1]).is_none());
        let error = analyse_with(&measurement, &rules[1], &rules, 200, 1).unwrap_err();
        assert!(error.to_string().contains("'test-nothing'"), "{error}");
    }

    #[test]
    fn equal_images_give_a_steady_cap_by_every_rule() {
        let mut group = [0; 256];
        group[..8].fill(5);
        let analysis = analyse(
            &measurement(&[6.2; 50], &vec![group; 50]),
            Rule::ChannelSum,
            1000,
            1,
        );
        let caps: Vec<usize> = analysis
            .readings
            .iter()
            .map(|reading| reading.cap)
            .collect();
        assert_eq!(caps, [3, 3, 7, 7, 4, 3, 3]);
        for reading in &analysis.readings {
            assert_eq!(reading.cap_interval, [reading.cap; 2]);
            assert_eq!(
                reading.fragility,
                format!("steady: all 1,000 resamples give {}", reading.cap)
            );
        }
        assert_eq!(analysis.chosen().name, Rule::ChannelSum);
        assert_eq!(analysis.cap, 7);
        assert_eq!(analysis.with_reading(Rule::GreyBlocks).cap, 4);
    }

    /// Of n = 2 images with 1 and 2 bits, resampled means are 1, 1.5 and 2 with probabilities
    /// 1/4, 1/2 and 1/4, so that a quarter of the resamples gives the cap 1 and the rest 2; the
    /// maximum is 1 in a quarter too. 4 standard deviations of 4,000 draws are 110.
    #[test]
    fn resamples_follow_the_multinomial_law() {
        let analysis = analyse(&measurement(&[1.0, 2.0], &[]), Rule::ChannelSumMax, 4000, 3);
        for rule in [Rule::ChannelSum, Rule::ChannelSumMax] {
            let reading = analysis.of(&rule);
            assert_eq!((reading.cap, reading.cap_interval), (2, [1, 2]));
            let count: f64 = reading
                .fragility
                .split_once(" of 4,000 resamples give 1")
                .and_then(|(count, _)| count.replace(',', "").parse().ok())
                .unwrap_or(f64::NAN);
            assert!((count - 1000.0).abs() < 110.0, "{}", reading.fragility);
        }
    }

    /// Two groups, one of 256 values and one of a single value: a quarter of the resamples holds
    /// the second alone (0 bits, cap 1), a quarter the first alone (8 bits), and half holds both.
    #[test]
    fn the_pooled_histogram_is_resampled_by_groups() {
        let mut single = [0; 256];
        single[0] = 256;
        let measured = measurement(&[1.0, 2.0], &[[1; 256], single]);
        let reading = analyse(&measured, Rule::DatasetHistogram, 1000, 5)
            .chosen()
            .clone();
        assert_eq!(
            reading.cap,
            Rule::cap(measured.profile.pooled_histogram.sum)
        );
        assert_eq!(reading.cap_interval, [1, 8]);
        assert!(reading.fragility.contains(" 8"), "{}", reading.fragility);
    }

    #[test]
    fn the_seed_decides_and_threads_do_not() {
        let values: Vec<f64> = (0..97).map(|index| f64::from(index % 13) / 6.0).collect();
        let measured = measurement(&values, &vec![[1; 256]; 97]);
        let on = |threads, seed| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .expect("a small pool")
                .install(|| analyse(&measured, Rule::ChannelSum, 200, seed))
        };
        assert_eq!(on(1, 1), on(3, 1));
        assert_ne!(on(1, 1), on(1, 2));
    }

    #[test]
    fn no_images_a_single_one_or_no_resamples_give_the_bare_cap() {
        for (values, resamples) in [(&[][..], 100), (&[3.5][..], 100), (&[3.5, 9.0][..], 0)] {
            let analysis = analyse(&measurement(values, &[]), Rule::ChannelSum, resamples, 1);
            let reading = analysis.chosen();
            assert_eq!(reading.cap_interval, [reading.cap; 2]);
            assert_eq!(reading.fragility, "not resampled");
        }
    }

    #[test]
    fn rounding_errors_do_not_raise_a_cap() {
        assert_eq!(Rule::cap(1.0 + 4e-16), 1);
        assert_eq!(Rule::cap(1.000_001), 2);
        assert_eq!(Rule::cap(0.0), 1);
    }
}

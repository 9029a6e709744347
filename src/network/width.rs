//! How the widths of a capped network are chosen. What a width is, and in which steps it grows, each family says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{NetworkError, Spec};

/// How a capped network is widened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Width {
    /// About half of the MACs that depth saves are spent on width.
    #[default]
    Balanced,
    /// As many parameters as the baseline, never more MACs.
    IsoParams,
    /// As many MACs as the baseline.
    IsoMacs,
    /// As wide as fits into the baseline's measured step time; as many MACs where nothing is measured.
    IsoTime,
    /// The baseline's widths.
    Same,
}

impl Width {
    /// All policies, default first.
    pub const ALL: [Self; 5] = [
        Self::Balanced,
        Self::IsoParams,
        Self::IsoMacs,
        Self::IsoTime,
        Self::Same,
    ];

    /// Whether it counts measured step time.
    #[must_use]
    pub const fn is_by_time(self) -> bool {
        matches!(self, Self::Balanced | Self::IsoTime)
    }

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::IsoParams => "iso-params",
            Self::IsoMacs => "iso-macs",
            Self::IsoTime => "iso-time",
            Self::Same => "same",
        }
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Width {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        Self::ALL
            .into_iter()
            .find(|width| width.name() == text)
            .ok_or_else(|| NetworkError::UnknownWidth {
                name: text.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            })
    }
}

/// `shallow`, widened by `policy`: of the widths that cost no more MACs than the baseline, those whose
/// MACs (or parameters) come nearest to the policy's target.
pub(super) fn widened(baseline: &Spec, shallow: &Spec, policy: Width) -> Spec {
    let (limit, saved_from) = (baseline.macs(), shallow.macs());
    let (target, measure): (u64, fn(&Spec) -> u64) = match policy {
        Width::Same => return shallow.clone(),
        Width::IsoMacs | Width::IsoTime => (limit, Spec::macs),
        Width::Balanced => (u64::midpoint(limit, saved_from), Spec::macs),
        Width::IsoParams => (baseline.parameters(), Spec::parameters),
    };
    let family = shallow.architecture.as_family();
    family
        .widened(shallow)
        .take_while(|spec| spec.macs() <= limit)
        .min_by_key(|spec| measure(spec).abs_diff(target))
        .unwrap_or_else(|| shallow.clone())
}

/// Factors for [`scaled`], ascending: 1, and those whose widths are multiples of `multiple` channels, in steps of the family.
#[must_use]
pub fn width_factors(spec: &Spec, multiple: usize) -> Vec<f64> {
    spec.architecture.as_family().factors(spec, multiple)
}

/// `spec`, at its baseline's widths, with these multiplied by `factor` and rounded as the family rounds.
///
/// # Errors
/// [`NetworkError::TooNarrow`] where a layer would be left without a channel.
pub fn scaled(spec: &Spec, factor: f64) -> Result<Spec, NetworkError> {
    spec.architecture.as_family().scaled(spec, factor)
}

/// `width` times `factor`, rounded; `unit` says what there would be less than one of, where that gives 0.
pub(super) fn whole(
    spec: &Spec,
    width: usize,
    factor: f64,
    unit: &str,
) -> Result<usize, NetworkError> {
    let scaled = (width as f64 * factor).round() as usize;
    if scaled > 0 {
        return Ok(scaled);
    }
    Err(NetworkError::TooNarrow {
        architecture: spec.architecture.to_string(),
        factor,
        what: unit.to_owned(),
        min: 1.0 / width as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::testing::{spec, widths};
    use crate::network::{Architecture, Cap, capped};

    fn cut(deep: &Spec, depth: usize, width: Width) -> Spec {
        capped(deep, Cap::convolutions(depth), width).unwrap()
    }

    /// The nearest widths, found here by trying all of them.
    #[test]
    fn policies_come_as_near_to_their_targets_as_widths_allow() {
        for (name, unit) in [
            ("resnet-50", 16.0),
            ("densenet-40", 12.0),
            ("densenet-bc-100", 12.0),
            ("resnext-56", 64.0),
            ("efficientnet-b0", 1e3),
            ("efficientnet-b2", 1e3),
        ] {
            let deep = spec(name, 3, 32);
            let same = cut(&deep, 24, Width::Same);
            let candidates: Vec<(u64, u64)> = (0..3_000)
                .map(|step| scaled(&same, 1.0 + f64::from(step) / unit).unwrap())
                .map(|spec| (spec.macs(), spec.parameters()))
                .take_while(|(macs, _)| *macs <= deep.macs())
                .collect();
            let half = u64::midpoint(deep.macs(), same.macs());
            let none_nearer = |width, target: u64, measure: fn(&(u64, u64)) -> u64| {
                let capped = cut(&deep, 24, width);
                let reached = measure(&(capped.macs(), capped.parameters())).abs_diff(target);
                assert!(capped.macs() <= deep.macs(), "{name} {width}");
                let others = candidates
                    .iter()
                    .map(|other| measure(other).abs_diff(target));
                assert!(
                    others.min().is_some_and(|other| reached <= other),
                    "{name} {width}"
                );
            };
            none_nearer(Width::IsoMacs, deep.macs(), |candidate| candidate.0);
            none_nearer(Width::Balanced, half, |candidate| candidate.0);
            none_nearer(Width::IsoParams, deep.parameters(), |candidate| candidate.1);
            assert!(candidates.len() > 3, "{name}");
            assert!(
                cut(&deep, 24, Width::Balanced).macs() > same.macs(),
                "{name} grew"
            );
        }
    }

    #[test]
    fn what_grows_is_the_family_s_own() {
        let grown = |name, depth| {
            let same = cut(&spec(name, 3, 32), depth, Width::Same);
            let broad = cut(&spec(name, 3, 32), depth, Width::IsoMacs);
            assert!(widths(&broad) > widths(&same));
            broad
        };
        let densenet = grown("densenet-40", 22);
        assert_eq!(
            densenet.stem_width, 16,
            "the paper's, whatever the growth rate"
        );
        let bottleneck = grown("densenet-bc-100", 22);
        assert_eq!(bottleneck.stem_width, 2 * bottleneck.stages[0].width);
        let resnext = grown("resnext-29", 22);
        assert!(widths(&resnext).iter().all(|channels| channels % 8 == 0));
        assert_eq!(resnext.stem_width, 64);
        let efficientnet = grown("efficientnet-b0", 22);
        assert!(
            widths(&efficientnet)
                .iter()
                .all(|channels| channels % 8 == 0)
        );
    }

    #[test]
    fn factors_give_multiples_of_channels() {
        let resnet = spec("resnet-20", 3, 32);
        let factors = width_factors(&resnet, 8);
        assert_eq!(factors[..4], [0.5, 1.0, 1.5, 2.0]);
        assert_eq!(
            width_factors(&spec("densenet-40", 3, 32), 16)[..2],
            [1.0, 16.0 / 12.0]
        );
        for architecture in Architecture::suggested() {
            let spec = spec(&architecture.to_string(), 3, 32);
            let factors = width_factors(&spec, 16);
            assert!(
                factors.is_sorted() && factors.contains(&1.0),
                "{architecture}"
            );
            assert!(factors.len() > 8, "{architecture}");
            let of = |factor: &f64| scaled(&spec, *factor).unwrap().macs();
            assert!(factors.iter().is_sorted_by_key(of), "{architecture}");
        }
    }

    #[test]
    fn a_factor_of_one_changes_nothing() {
        for architecture in Architecture::suggested() {
            let spec = spec(&architecture.to_string(), 3, 32);
            assert_eq!(scaled(&spec, 1.0), Ok(spec));
        }
    }
}

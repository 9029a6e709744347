//! Several runs beside one another: the settings in which they differ, and their differences seed by seed.

use toml::Value;

use super::settings::{self, Scope};
use super::{Manifest, RunData, show_seeds};
use crate::evidence::{Alternative, Estimate, holm, mean_interval, paired_t};

/// Shown where a run has no value.
const NONE: &str = "–";
/// Characters of a fingerprint that are shown.
const SHOWN: usize = 8;

/// Something in which runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The setting's key, or what it is in words.
    pub name: &'static str,
    /// Its value in every run.
    pub values: Vec<String>,
}

/// In what `runs` differ: every setting that a result depends on, and what else they were made with.
#[must_use]
pub fn differences(runs: &[&Manifest]) -> Vec<Difference> {
    let of = |name: &'static str, value: &dyn Fn(&Manifest) -> String| Difference {
        name,
        values: runs.iter().map(|run| value(run)).collect(),
    };
    let settings = settings::all()
        .filter(|setting| matches!(setting.scope, Scope::Profile | Scope::Training))
        .map(|setting| {
            of(setting.key, &|run| {
                let value = setting.get(&run.settings);
                match (setting.key, value) {
                    ("seeds", _) => show_seeds(&run.settings.recipe.seeds),
                    (_, value) => value.map_or_else(|| NONE.to_owned(), |value| shown(&value)),
                }
            })
        });
    let others = [
        of("images (fingerprint)", &|run| {
            run.data_fingerprint.chars().take(SHOWN).collect()
        }),
        of("device used", &|run| run.device.clone()),
        of("version", &|run| run.version.clone()),
    ];
    let differs = |one: &Difference| one.values.windows(2).any(|two| two[0] != two[1]);
    settings.chain(others).filter(differs).collect()
}

/// A value as it is typed.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            items.join(", ")
        }
        other => other.to_string(),
    }
}

/// A run's differences from the first of several, over the seeds that both have trained to the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// Those seeds.
    pub seeds: Vec<u64>,
    /// Test accuracy of its capped network less that of the first run's.
    pub capped: Estimate,
    /// Test accuracy of its baseline less that of the first run's.
    pub baseline: Estimate,
    /// p-value that both capped networks are equally accurate (paired t test), corrected by Holm over all runs
    /// compared; none from one seed or without spread.
    pub p: Option<f64>,
}

/// Every run but the first beside the first; a sentence for one that is not paired with it.
#[must_use]
pub fn paired(runs: &[&RunData]) -> Vec<Result<Paired, String>> {
    let Some((first, others)) = runs.split_first() else {
        return Vec::new();
    };
    let mut found: Vec<Result<Paired, String>> =
        others.iter().map(|other| pair(first, other)).collect();
    let of_pairs = found.iter_mut().filter_map(|pair| pair.as_mut().ok());
    let mut tested: Vec<&mut f64> = of_pairs.filter_map(|pair| pair.p.as_mut()).collect();
    let p_values: Vec<f64> = tested.iter().map(|p| **p).collect();
    for (p, corrected) in tested.iter_mut().zip(holm(&p_values)) {
        **p = corrected;
    }
    found
}

fn pair(first: &RunData, other: &RunData) -> Result<Paired, String> {
    if first.manifest.data_fingerprint != other.manifest.data_fingerprint {
        return Err("other images, so its accuracies cannot be compared".to_owned());
    }
    let unfinished = "unfinished, so it has no test accuracy yet";
    let Some(ours) = &first.summary else {
        return Err(format!("the first run is {unfinished}"));
    };
    let theirs = other.summary.as_ref().ok_or(unfinished)?;
    let both: Vec<_> = ours
        .seeds
        .iter()
        .filter_map(|one| {
            let two = theirs.seeds.iter().find(|two| two.seed == one.seed)?;
            Some((one, two))
        })
        .collect();
    let capped: Vec<f64> = both
        .iter()
        .map(|(one, two)| two.capped.test_accuracy - one.capped.test_accuracy)
        .collect();
    let baseline: Vec<f64> = both
        .iter()
        .map(|(one, two)| two.baseline.test_accuracy - one.baseline.test_accuracy)
        .collect();
    let (Some(capped_mean), Some(baseline)) = (mean_interval(&capped), mean_interval(&baseline))
    else {
        return Err("no seed that both trained to the end, so it is not paired".to_owned());
    };
    Ok(Paired {
        seeds: both.iter().map(|(one, _)| one.seed).collect(),
        capped: capped_mean,
        baseline,
        p: paired_t(&capped, 0.0, Alternative::TwoSided),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;

    #[test]
    fn only_what_differs_is_named() {
        let one = fixture::manifest(&[1, 2, 3], 20);
        let mut two = one.clone();
        assert!(differences(&[&one, &two]).is_empty());
        two.settings.out = "elsewhere".into();
        assert!(
            differences(&[&one, &two]).is_empty(),
            "places are no settings of a result"
        );
        two.settings.recipe.learning_rate = 0.05;
        two.settings.recipe.seeds = vec![1, 2, 3, 4];
        two.settings.depth = Some(9);
        two.settings.architecture = "resnet-20".parse().unwrap();
        two.device = "cuda:0".to_owned();
        let three = two.clone();
        let found = differences(&[&one, &two, &three]);
        let shown: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|one| (one.name, one.values.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            shown,
            [
                ("architecture", vec!["resnet-50", "resnet-20", "resnet-20"]),
                ("depth", vec!["–", "9", "9"]),
                ("learning-rate", vec!["0.1", "0.05", "0.05"]),
                ("seeds", vec!["1..3", "1..4", "1..4"]),
                ("device used", vec!["cpu (2 threads)", "cuda:0", "cuda:0"]),
            ]
        );
    }

    /// Differences 0.01, 0.02, 0.06: t = 0.03 / (0.026457513 / sqrt(3)) = 1.963961, two-sided p of `scipy.stats.t.sf` with
    /// 2 degrees of freedom times 2 = 0.188495; Holm doubles the smaller of two equal ones.
    #[test]
    fn runs_are_paired_by_their_seeds() {
        let first = fixture::run(&[1, 2, 3], 2, 2);
        let mut second = fixture::run(&[3, 2, 1, 4], 2, 2);
        let shift = |seed: u64| [0.0, 0.01, 0.02, 0.06][seed as usize];
        let of = |seed: u64| {
            let seeds = &first.summary.as_ref().unwrap().seeds;
            seeds.iter().find(|one| one.seed == seed).unwrap()
        };
        for seed in &mut second.summary.as_mut().unwrap().seeds {
            if seed.seed < 4 {
                seed.capped.test_accuracy = of(seed.seed).capped.test_accuracy + shift(seed.seed);
            }
        }
        let found = paired(&[&first, &second, &second]);
        let pair = found[0].as_ref().unwrap();
        assert_eq!(pair.seeds, [1, 2, 3]);
        assert!((pair.capped.mean - 0.03).abs() < 1e-12);
        assert!(pair.baseline.mean.abs() < 1e-12);
        assert!((pair.p.unwrap() - 2.0 * 0.188_495).abs() < 1e-4, "{pair:?}");
        let single = paired(&[&first, &second]);
        assert!((single[0].as_ref().unwrap().p.unwrap() - 0.188_495).abs() < 1e-4);
    }

    #[test]
    fn what_is_not_paired_says_why() {
        let first = fixture::run(&[1, 2], 2, 2);
        let said = |change: &dyn Fn(&mut RunData)| {
            let mut other = first.clone();
            change(&mut other);
            paired(&[&first, &other]).remove(0).unwrap_err()
        };
        assert!(said(&|other| other.summary = None).contains("unfinished"));
        assert!(said(&|other| other.manifest.data_fingerprint.clear()).contains("other images"));
        let other_seeds = |other: &mut RunData| *other = fixture::run(&[7, 8], 2, 2);
        assert!(said(&other_seeds).contains("no seed"));
        assert!(paired(&[]).is_empty() && paired(&[&first]).is_empty());
    }
}

//! Names of tensors without what training scripts and wrappers put around a state dict.

use std::collections::BTreeSet;

/// Keys under which training scripts keep a state dict beside other things. Of several in one file the first of this
/// list counts, so that averaged weights are taken only where there are no others.
const CONTAINERS: [&str; 20] = [
    "state_dict",
    "model_state_dict",
    "model_state",
    "model",
    "net_state_dict",
    "net",
    "network",
    "module",
    "weights",
    "model_weights",
    "params",
    "parameters",
    "ema",
    "ema_state_dict",
    "state_dict_ema",
    "model_ema",
    "model_ema_state_dict",
    "ema_model",
    "params_ema",
    "state",
];
/// Prefixes of every name where the network is a part of a larger module.
const PREFIXES: [&str; 3] = ["backbone", "encoder", "_forward_module"];
/// What wrappers put into a name at any depth: `torch.compile`, fully sharded training, checkpointed activations.
const WRAPPERS: [&str; 3] = [
    "_orig_mod",
    "_fsdp_wrapped_module",
    "_checkpoint_wrapped_module",
];
/// Counters that are no parameters and change nothing in evaluation: of batch normalisation, of averaged weights
/// (`torch.optim.swa_utils`), of operations and parameters (thop).
const COUNTERS: [&str; 4] = [
    "num_batches_tracked",
    "n_averaged",
    "total_ops",
    "total_params",
];
/// Keys beside a state dict that no network needs.
const USUAL_COMPANY: [&str; 14] = [
    "optimizer",
    "optimizers",
    "optimizer_state",
    "optimizer_state_dict",
    "optimizer_states",
    "optim",
    "scheduler",
    "scheduler_state_dict",
    "lr_scheduler",
    "lr_schedulers",
    "scaler",
    "callbacks",
    "loops",
    "rng_state",
];

/// A tensor of a file that belongs to its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    /// Its place among the names that were given.
    pub at: usize,
    /// Its name in the network.
    pub name: String,
}

/// What is left of a file's names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unwrapped {
    /// The tensors of the network, in the order of their names.
    pub kept: Vec<Kept>,
    /// One sentence on other tensors that could be the network's.
    pub note: Option<String>,
}

/// Takes every chain of the usual prefixes and containers off the names of a file's tensors, and leaves out counters and
/// the keys beside a container.
///
/// # Errors
/// One sentence where two tensors end with the same name.
pub(super) fn unwrapped<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Unwrapped, String> {
    let mut left: Vec<(usize, Vec<&str>)> = names
        .into_iter()
        .map(|name| {
            let parts = name.split('.').filter(|part| !WRAPPERS.contains(part));
            parts.collect::<Vec<&str>>()
        })
        .enumerate()
        .filter(|(_, parts)| parts.last().is_some_and(|last| !COUNTERS.contains(last)))
        .collect();
    let mut taken: Vec<&str> = Vec::new();
    let mut aside: BTreeSet<&str> = BTreeSet::new();
    while let Some(head) = outermost(&left) {
        for (_, parts) in &left {
            if parts[0] != head && !USUAL_COMPANY.contains(&parts[0]) {
                aside.insert(parts[0]);
            }
        }
        left.retain_mut(|(_, parts)| {
            let is_kept = parts.len() > 1 && parts[0] == head;
            parts.remove(0);
            is_kept
        });
        taken.push(head);
    }
    let mut kept: Vec<Kept> = left
        .into_iter()
        .map(|(at, parts)| Kept {
            at,
            name: parts.join("."),
        })
        .collect();
    kept.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    if let Some(twice) = kept.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!(
            "it has two tensors '{}' once the prefixes of wrappers are taken off: it holds more than one network",
            super::shown(&twice[0].name)
        ));
    }
    let aside: Vec<String> = aside
        .into_iter()
        .map(|name| format!("'{}'", super::shown(name)))
        .collect();
    let note = (!aside.is_empty()).then(|| {
        format!(
            "the weights are those under '{}'; left aside: {}",
            taken.join("."),
            listed(&aside)
        )
    });
    Ok(Unwrapped { kept, note })
}

/// The outermost key around the network: a prefix that all names share, or the first container.
fn outermost<'a>(names: &[(usize, Vec<&'a str>)]) -> Option<&'a str> {
    let (_, first) = names.first()?;
    let shared = names
        .iter()
        .all(|(_, parts)| parts.len() > 1 && parts[0] == first[0]);
    let known = |name: &str| CONTAINERS.contains(&name) || PREFIXES.contains(&name);
    if shared {
        return known(first[0]).then(|| first[0]);
    }
    CONTAINERS.into_iter().find_map(|container| {
        let mut heads = names.iter().filter(|(_, parts)| parts.len() > 1);
        heads
            .find(|(_, parts)| parts[0] == container)
            .map(|(_, parts)| parts[0])
    })
}

/// The longest chain of keys, each with its dot, with which all `names` begin; none where there is none, or one name.
pub(super) fn common_prefix<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut names = names.into_iter();
    let chain = |name: &'a str| {
        let mut parts: Vec<&str> = name.split('.').collect();
        parts.pop();
        parts
    };
    let mut common = chain(names.next()?);
    let mut several = false;
    for name in names {
        several = true;
        let same = common
            .iter()
            .zip(chain(name))
            .take_while(|(one, other)| **one == *other)
            .count();
        common.truncate(same);
    }
    (several && !common.is_empty()).then(|| common.join(".") + ".")
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PLAIN: [&str; 2] = ["blocks.0.first.weight", "stem.weight"];

    fn names(names: &[String]) -> (Vec<String>, Option<String>) {
        let found = unwrapped(names.iter().map(String::as_str)).unwrap();
        let kept = found.kept.into_iter().map(|kept| kept.name).collect();
        (kept, found.note)
    }

    fn under(prefix: &str) -> Vec<String> {
        PLAIN.map(|name| format!("{prefix}{name}")).to_vec()
    }

    #[test]
    fn chains_of_prefixes_and_containers_are_removed() {
        for prefix in [
            "",
            "module.",
            "_orig_mod.",
            "_orig_mod.module.",
            "module._orig_mod.",
            "model.",
            "model.net.",
            "backbone.",
            "encoder.network.",
            "state_dict.model.",
            "model_state.",
            "model_state_dict.module.",
            "weights.",
            "ema.module.",
            "params.",
            "_forward_module.model._orig_mod.",
        ] {
            let mut given = under(prefix);
            given.push(format!("{prefix}norm.num_batches_tracked"));
            given.push("n_averaged".to_owned());
            given.push(format!("{prefix}total_ops"));
            given.push(format!("{prefix}stem.total_params"));
            assert_eq!(
                names(&given),
                (PLAIN.map(str::to_owned).to_vec(), None),
                "{prefix}"
            );
        }
        let inner = ["blocks.0._orig_mod.first.weight", "stem.weight"].map(str::to_owned);
        assert_eq!(names(&inner).0, PLAIN);
    }

    #[test]
    fn keys_beside_a_container_are_ignored_and_named() {
        let mut given = under("state_dict.model.");
        given.push("optimizer_states.0.state.0.momentum_buffer".to_owned());
        assert_eq!(names(&given), (PLAIN.map(str::to_owned).to_vec(), None));
        given.push("state_dict.criterion.weight".to_owned());
        given.extend(under("ema."));
        let (kept, note) = names(&given);
        assert_eq!(kept, PLAIN);
        assert_eq!(
            note.unwrap(),
            "the weights are those under 'state_dict.model'; left aside: 'criterion', 'ema'"
        );
    }

    #[test]
    fn unknown_prefixes_remain_and_duplicate_names_are_refused() {
        for prefix in ["student.", "stem.module."] {
            assert_eq!(names(&under(prefix)).0, under(prefix));
        }
        let twice = ["stem._orig_mod.weight", "stem.weight"];
        let said = unwrapped(twice).unwrap_err();
        assert!(said.contains("two tensors 'stem.weight'"), "{said}");
        assert_eq!(unwrapped([]).unwrap(), Unwrapped::default());
        assert_eq!(unwrapped(["model", "n_averaged"]).unwrap().kept.len(), 1);
    }

    #[test]
    fn the_longest_common_prefix_ends_at_a_dot() {
        let common = |names: &[&'static str]| common_prefix(names.iter().copied());
        assert_eq!(common(&["a.b.c", "a.b.d.e"]), Some("a.b.".to_owned()));
        assert_eq!(common(&["a.bc.x", "a.bd.x"]), Some("a.".to_owned()));
        assert_eq!(common(&["a.b", "a.b.c"]), Some("a.".to_owned()));
        for none in [&["ab.c", "ad.c"][..], &["a.b"], &[]] {
            assert_eq!(common(none), None);
        }
    }
}

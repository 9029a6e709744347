//! Do cells end within the time of a task? Of each class of cells the ones of the same images and architecture that cost most are
//! priced on this machine, where it has the device that the tasks ask for. One that takes longer is split by its seeds.

use std::collections::BTreeMap;

use super::super::grid::{CellOutcome, Design, price_of};
use super::{SlurmRequest, SlurmTable};
use crate::format::{about, number_of};
use crate::messages::sentence;
use crate::run::Settings;
use crate::study::Progress;
use crate::training::device;

/// How cells fit into the time of their tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// Cells that are split, by their places in the grid, with the seeds of a task.
    pub split: BTreeMap<usize, usize>,
    /// What is to be said of cells that take longer than a task, one sentence each.
    pub said: Vec<String>,
}

/// The seconds of a cell, and of each epoch of it.
#[derive(Clone, Copy, Debug)]
struct Seconds {
    whole: f64,
    epoch: f64,
}

/// How those of the cells in the places `left` that are not begun in parts fit into the time of their tasks; none where the user
/// stopped it. The cells are those of the grid, with their networks.
#[must_use]
pub fn fit(
    design: &Design,
    left: &[usize],
    request: &SlurmRequest,
    cells: &[CellOutcome],
    progress: &dyn Progress,
) -> Option<Fit> {
    let settings = |at: usize| &design.entries[at].cell.settings;
    let mut found = fit_as_asked(design, left, request);
    // Those that are priced together: the same needs, images and architecture.
    let mut groups: Vec<(SlurmTable, Vec<usize>)> = Vec::new();
    for &at in left {
        let needs = request.needs(settings(at));
        if needs.seeds_per_task.is_some() {
            continue;
        }
        let is_timed = settings(at).host.measure && needs.limit().is_some();
        if !is_timed || !is_here(&needs, &settings(at).device) {
            continue;
        }
        let is_alike = |other: usize| {
            design.entries[other].dataset == design.entries[at].dataset
                && settings(other).architecture == settings(at).architecture
        };
        let known = groups.iter_mut();
        match known
            .into_iter()
            .find(|(known, those)| *known == needs && is_alike(those[0]))
        {
            Some((_, those)) => those.push(at),
            None => groups.push((needs, vec![at])),
        }
    }
    let cost = |at: usize| cells[at].pair.as_ref().map_or(0.0, |pair| pair.cost);
    for (needs, those) in groups {
        let longest = those
            .iter()
            .copied()
            .max_by(|&a, &b| cost(a).total_cmp(&cost(b)));
        let Some(longest) = longest else { continue };
        let entry = &design.entries[longest];
        let (price, epochs) =
            match price_of(entry, &mut cells[longest].clone(), design.probe, progress) {
                Ok(Some(priced)) => priced,
                Ok(None) => return None,
                Err(error) => {
                    let why = sentence(&error);
                    tracing::debug!(why, cell = entry.cell.name(), "a cell has no price here");
                    continue;
                }
            };
        let mut is_said = false;
        for at in those {
            // Both networks have epochs of their own, one after the other.
            let epochs = 2 * epochs * settings(at).recipe.seeds.len().max(1);
            let share = if at == longest {
                1.0
            } else {
                cost(at) / cost(longest)
            };
            let whole = price.estimated_seconds * share;
            let seconds = Seconds {
                whole,
                epoch: whole / epochs.max(1) as f64,
            };
            let (split, said) = within(&needs, &cells[at].name, settings(at), seconds);
            found.split.extend(split.map(|seeds| (at, seeds)));
            if !is_said {
                is_said = said.is_some();
                found.said.extend(said);
            }
        }
    }
    Some(found)
}

/// The same without prices: only cells whose tasks are to train a number of seeds are split.
#[must_use]
pub fn fit_as_asked(design: &Design, left: &[usize], request: &SlurmRequest) -> Fit {
    let mut found = Fit::default();
    for &at in left {
        let cell = &design.entries[at].cell;
        if let Some(seeds) = request.needs(&cell.settings).seeds_per_task {
            let (split, said) = as_asked(seeds, &cell.settings, &cell.name());
            found.split.extend(split.map(|seeds| (at, seeds)));
            found.said.extend(said);
        }
    }
    found
}

/// Of a cell whose tasks are to train so many seeds each: those, where it has more; and why it is not split.
fn as_asked(seeds: usize, settings: &Settings, name: &str) -> (Option<usize>, Option<String>) {
    if settings.recipe.seeds.len() <= seeds {
        return (None, None);
    }
    if settings.looks.is_empty() {
        return (Some(seeds), None);
    }
    let said = format!("{name} is not split by seeds: its looks judge them one after another");
    (None, Some(said))
}

/// Whether this machine has the kind of device on which the tasks train: times of another kind say nothing.
fn is_here(needs: &SlurmTable, device: &str) -> bool {
    let gpus = needs.gpus.as_ref().map(ToString::to_string);
    let wanted = match gpus {
        Some(gpus) if gpus != "0" => "cuda",
        _ => "cpu",
    };
    let here = match device {
        "auto" => device::list()
            .into_iter()
            .find(|found| found.automatic)
            .map_or_else(String::new, |found| found.name),
        named => named.to_owned(),
    };
    device::kind(&here) == wanted
}

/// Of a cell that takes longer than its task may: how many of its seeds a task trains, where it can be split, and what is to be
/// said.
fn within(
    needs: &SlurmTable,
    name: &str,
    settings: &Settings,
    seconds: Seconds,
) -> (Option<usize>, Option<String>) {
    let Some(limit) = needs.limit() else {
        return (None, None);
    };
    let usable = (limit as f64 - f64::from(needs.grace_seconds())).max(0.0);
    let Seconds { whole, epoch } = seconds;
    if whole <= usable {
        return (None, None);
    }
    let time = needs.time.as_deref().unwrap_or_default();
    if epoch > usable {
        let said = format!(
            "{name} takes about {} here, {} an epoch, and a task is told to stop after {} (time {time} less a grace of {} s): no epoch would be finished, and the cell given up; give its tasks more time",
            about(whole),
            about(epoch),
            about(usable),
            needs.grace_seconds()
        );
        return (None, Some(said));
    }
    let seeds = settings.recipe.seeds.len();
    let longer = format!(
        "{name} takes about {} here, longer than the {time} of a task",
        about(whole)
    );
    let turns = |seconds: f64| {
        let turns = number_of((seconds / usable).ceil() as usize, "turn", "turns");
        format!(
            "goes back into the queue with the finished epochs, {turns} in all; --time gives it more"
        )
    };
    if seeds < 2 || !settings.looks.is_empty() {
        let why = if seeds < 2 {
            ""
        } else {
            ", and its looks judge the seeds one after another"
        };
        return (
            None,
            Some(format!("{longer}{why}: its task {}", turns(whole))),
        );
    }
    let of_seed = whole / seeds as f64;
    let together = ((usable / of_seed) as usize).max(1);
    let tasks = number_of(seeds.div_ceil(together), "task", "tasks");
    let mut said = format!(
        "{longer}: its {seeds} seeds are trained in {tasks}, {} a task",
        number_of(together, "seed", "seeds")
    );
    if of_seed > usable {
        said = format!(
            "{said}; a seed takes about {}, so each {}",
            about(of_seed),
            turns(of_seed)
        );
    }
    (Some(together), Some(said))
}

/// Seconds of a time as Slurm takes it: `MINUTES`, `MINUTES:SECONDS`, `HOURS:MINUTES:SECONDS`, `DAYS-HOURS`,
/// `DAYS-HOURS:MINUTES`, `DAYS-HOURS:MINUTES:SECONDS`; none of a text that is none of these, such as `UNLIMITED`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let number = |text: &str| text.parse::<u64>().ok().filter(|&found| found < 1_000_000);
    let (days, rest) = match text.split_once('-') {
        Some((days, rest)) => (Some(number(days)?), rest),
        None => (None, text),
    };
    let parts: Vec<u64> = rest.split(':').map(number).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = match (days, parts.as_slice()) {
        (None, &[minutes]) => [0, minutes, 0],
        (None, &[minutes, seconds]) => [0, minutes, seconds],
        (Some(_), &[hours]) => [hours, 0, 0],
        (Some(_), &[hours, minutes]) => [hours, minutes, 0],
        (_, &[hours, minutes, seconds]) => [hours, minutes, seconds],
        _ => return None,
    };
    Some(((days.unwrap_or(0) * 24 + hours) * 60 + minutes) * 60 + seconds)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::run::fixture;

    /// The forms that the manual of sbatch names.
    #[test]
    fn times_are_those_of_sbatch() {
        for (text, expected) in [
            ("30", Some(1800)),
            ("1:30", Some(90)),
            ("4:00:00", Some(14_400)),
            ("2-3", Some(183_600)),
            ("1-0:30", Some(88_200)),
            ("1-01:02:03", Some(90_123)),
            ("UNLIMITED", None),
            ("1:2:3:4", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    fn settings(seeds: u64, looks: &[usize]) -> Settings {
        let seeds: Vec<u64> = (1..=seeds).collect();
        let mut settings = fixture::manifest(&seeds, 4).settings;
        looks.clone_into(&mut settings.looks);
        settings
    }

    /// Of a task of ten minutes 480 s can be used.
    #[test]
    fn what_does_not_fit_is_split_by_seeds_and_said() {
        let of = |needs: &SlurmTable, settings: &Settings, whole: f64| {
            let epochs = 8.0 * settings.recipe.seeds.len() as f64;
            let seconds = Seconds {
                whole,
                epoch: whole / epochs,
            };
            within(needs, "mnist-resnet-20-depth7", settings, seconds)
        };
        let needs = SlurmTable {
            time: Some("10".to_owned()),
            ..SlurmTable::default()
        };
        let five = settings(5, &[]);
        assert_eq!(of(&needs, &five, 480.0), (None, None));
        for (seconds, seeds, part) in [
            (
                1000.0,
                2,
                "its 5 seeds are trained in 3 tasks, 2 seeds a task",
            ),
            (2000.0, 1, "in 5 tasks, 1 seed a task"),
            (
                4000.0,
                1,
                "so each goes back into the queue with the finished epochs, 2 turns in all",
            ),
        ] {
            let (split, said) = of(&needs, &five, seconds);
            let said = said.unwrap();
            assert_eq!(split, Some(seeds), "{said}");
            assert!(
                said.contains("the 10 of a task") && said.contains(part),
                "{said}"
            );
        }
        let one = settings(1, &[]);
        let (split, said) = of(&needs, &one, 1000.0);
        assert_eq!(split, None);
        assert!(
            said.unwrap()
                .contains("of a task: its task goes back into the queue")
        );
        let (split, said) = of(&needs, &settings(10, &[5, 10]), 1000.0);
        assert_eq!(split, None);
        let said = said.unwrap();
        assert!(
            said.contains("its looks judge the seeds one after another")
                && said.contains("3 turns"),
            "{said}"
        );
        let (split, said) = of(&needs, &five, 40_000.0);
        let said = said.unwrap();
        assert_eq!(split, None);
        assert!(said.contains("no epoch would be finished"), "{said}");
        assert!(
            said.starts_with("mnist-resnet-20-depth7 takes about 11 h"),
            "{said}"
        );
        let unlimited = SlurmTable {
            time: Some("UNLIMITED".to_owned()),
            ..SlurmTable::default()
        };
        assert_eq!(of(&unlimited, &five, 1e9), (None, None));
    }

    #[test]
    fn cells_are_split_as_asked() {
        let of = |seeds, settings: &Settings| as_asked(seeds, settings, "x");
        assert_eq!(of(2, &settings(5, &[])), (Some(2), None));
        assert_eq!(of(5, &settings(5, &[])), (None, None));
        let (split, said) = of(2, &settings(5, &[5]));
        assert_eq!(split, None);
        assert!(said.unwrap().contains("not split by seeds"));
    }

    #[test]
    fn only_times_of_the_same_kind_of_device_count() {
        let with_gpu = SlurmTable {
            gpus: Some(super::super::Amount::Text("a100:1".to_owned())),
            ..SlurmTable::default()
        };
        let without = SlurmTable::default();
        assert!(is_here(&without, "cpu") && !is_here(&with_gpu, "cpu"));
        assert!(is_here(&with_gpu, "cuda:1") && !is_here(&without, "cuda"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[-0-9:a-zA-Z]{0,24}") {
            seconds(&text);
        }

        #[test]
        fn a_time_comes_back(days in 0..400_u64, hours in 0..24_u64, minutes in 0..60_u64, of in 0..60_u64) {
            let expected = ((days * 24 + hours) * 60 + minutes) * 60 + of;
            prop_assert_eq!(seconds(&format!("{days}-{hours}:{minutes:02}:{of:02}")), Some(expected));
        }
    }
}

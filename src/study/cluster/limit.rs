//! Do cells end within the time of a task? Of each class of cells the one that costs most is priced on this machine, where it
//! has the device that the tasks ask for.

use super::super::grid::{CellOutcome, Design, price_of};
use super::{SlurmRequest, SlurmTable};
use crate::format::{about, number_of};
use crate::messages::sentence;
use crate::study::Progress;
use crate::training::device;

/// What is to be said of those of the cells in the places `left` that do not end within the time of their task, one sentence
/// each; none where the user stopped it. The cells are those of the grid, with their networks.
#[must_use]
pub fn too_long(
    design: &Design,
    left: &[usize],
    request: &SlurmRequest,
    cells: &[CellOutcome],
    progress: &dyn Progress,
) -> Option<Vec<String>> {
    let cost = |at: usize| cells[at].pair.as_ref().map_or(0.0, |pair| pair.cost);
    let mut longest: Vec<(SlurmTable, usize)> = Vec::new();
    for &at in left {
        let settings = &design.entries[at].cell.settings;
        let needs = request.needs(settings);
        let is_timed = settings.host.measure && needs.limit().is_some();
        if !is_timed || !is_here(&needs, &settings.device) {
            continue;
        }
        match longest.iter_mut().find(|(known, _)| *known == needs) {
            Some((_, known)) if cost(*known) >= cost(at) => {}
            Some((_, known)) => *known = at,
            None => longest.push((needs, at)),
        }
    }
    let mut said = Vec::new();
    for (needs, at) in longest {
        let entry = &design.entries[at];
        match price_of(entry, &mut cells[at].clone(), design.probe, progress) {
            Ok(Some((price, epochs))) => {
                // Both networks have epochs of their own, one after the other.
                let epochs = 2 * epochs * entry.cell.settings.recipe.seeds.len().max(1);
                let epoch = price.estimated_seconds / epochs.max(1) as f64;
                let name = entry.cell.name();
                said.extend(words(&needs, &name, [price.estimated_seconds, epoch]));
            }
            Ok(None) => return None,
            Err(error) => {
                let why = sentence(&error);
                tracing::debug!(why, cell = entry.cell.name(), "a cell has no price here");
            }
        }
    }
    Some(said)
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

/// What is to be said of a cell that takes so many seconds, and each epoch of it; none where it ends within the time of its task.
fn words(needs: &SlurmTable, name: &str, [seconds, epoch]: [f64; 2]) -> Option<String> {
    let limit = needs.limit()? as f64;
    let usable = (limit - f64::from(needs.grace_seconds())).max(0.0);
    if seconds <= usable {
        return None;
    }
    let time = needs.time.as_deref().unwrap_or_default();
    if epoch > usable {
        return Some(format!(
            "{name} takes about {} here, {} an epoch, and a task is told to stop after {} (time {time} less a grace of {} s): no epoch would be finished, and the cell given up; give its tasks more time",
            about(seconds),
            about(epoch),
            about(usable),
            needs.grace_seconds()
        ));
    }
    let tasks = (seconds / usable).ceil() as usize;
    Some(format!(
        "{name} takes about {} here, longer than the {time} of a task: its task goes back into the queue with the finished epochs, {} in all; --time gives it more",
        about(seconds),
        number_of(tasks, "turn", "turns")
    ))
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

    #[test]
    fn what_does_not_fit_is_said() {
        let words = |needs: &SlurmTable, seconds: f64| {
            words(needs, "mnist-resnet-20-depth7", [seconds, seconds / 40.0])
        };
        let needs = SlurmTable {
            time: Some("10".to_owned()),
            ..SlurmTable::default()
        };
        assert_eq!(words(&needs, 480.0), None);
        let said = words(&needs, 1000.0).unwrap();
        assert!(
            said.contains("the 10 of a task") && said.contains("3 turns"),
            "{said}"
        );
        let said = words(&needs, 40_000.0).unwrap();
        assert!(said.contains("no epoch would be finished"), "{said}");
        assert!(
            said.starts_with("mnist-resnet-20-depth7 takes about 11 h"),
            "{said}"
        );
        let unlimited = SlurmTable {
            time: Some("UNLIMITED".to_owned()),
            ..SlurmTable::default()
        };
        assert_eq!(words(&unlimited, 1e9), None);
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

//! What the events of a run so far amount to, without the steps of seeds that are done.

use jiff::Timestamp;
use serde::Deserialize;

use super::Told;
use crate::run::Update;
use crate::training::checkpoint::Progress;
use crate::training::{EpochRecord, Event};

/// A line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(in crate::run) struct Said {
    pub(in crate::run) time: Timestamp,
    #[serde(flatten)]
    pub(in crate::run) event: Event,
}

impl Said {
    pub(super) const fn is_start(&self) -> bool {
        matches!(self.event, Event::Started { .. })
    }
}

/// Lines, and how many of them are damaged; those of events that only later versions know are skipped.
pub(in crate::run) fn parsed(lines: &[u8]) -> (Vec<Said>, usize) {
    let mut damaged = 0;
    let said = lines
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .filter_map(|line| {
            let said = serde_json::from_slice(line).ok();
            if said.is_none() && serde_json::from_slice::<serde_json::Value>(line).is_err() {
                damaged += 1;
            }
            said
        })
        .collect();
    (said, damaged)
}

/// The training that the events of a run end with.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Replay {
    /// When it was begun or resumed; none where there is no event.
    pub(super) begun: Option<Timestamp>,
    /// The epochs before that.
    pub(super) earlier: Vec<EpochRecord>,
    /// What was told since then, but for the last event, see [`Event::is_last`].
    pub(super) told: Vec<Told>,
    /// The last event, where it is over.
    pub(super) last: Option<(Timestamp, Event)>,
}

impl Replay {
    /// That of these lines; `rows` are those of `metrics.csv`, which has epochs that events have lost.
    pub(super) fn of(mut said: Vec<Said>, rows: &[EpochRecord]) -> Self {
        let start = said.iter().rposition(Said::is_start).unwrap_or(0);
        let mut replay = Self {
            begun: said.get(start).map(|said| said.time),
            ..Self::default()
        };
        let since = said.split_off(start.min(said.len()));
        let mut earlier = epochs(said);
        if let Some(from) = since.iter().find_map(|said| match &said.event {
            Event::Continued { from } => Some(from),
            _ => None,
        }) {
            keep(&mut earlier, from);
            let is_lost = |row: &&EpochRecord| is_kept(row, from) && !has(&earlier, row);
            let lost: Vec<EpochRecord> = rows.iter().filter(is_lost).cloned().collect();
            earlier.extend(lost);
        } else {
            earlier.clear();
        }
        replay.earlier = earlier;
        let is_seed = |said: &Said| matches!(said.event, Event::SeedStarted { .. });
        let seed = since.iter().rposition(is_seed).unwrap_or(0);
        for (at, Said { time, event }) in since.into_iter().enumerate() {
            if event.is_last() {
                replay.last = Some((time, event));
                break;
            }
            if at < seed && matches!(event, Event::Step { .. } | Event::Evaluating { .. }) {
                continue;
            }
            let update = Update::Event(event);
            replay.told.push(Told { time, update });
        }
        replay
    }
}

/// The epochs that were finished, each once.
fn epochs(said: Vec<Said>) -> Vec<EpochRecord> {
    let mut epochs: Vec<EpochRecord> = Vec::new();
    for Said { event, .. } in said {
        match event {
            Event::Continued { from } => keep(&mut epochs, &from),
            Event::Epoch(record) => epochs.push(record),
            _ => {}
        }
    }
    epochs
}

/// Drops epochs that a resumed run trains again.
fn keep(epochs: &mut Vec<EpochRecord>, from: &[Progress]) {
    epochs.retain(|row| is_kept(row, from));
}

/// Whether a training that continues from these epochs does not train this one again.
pub(in crate::run) fn is_kept(row: &EpochRecord, from: &[Progress]) -> bool {
    from.iter()
        .any(|at| (at.seed, at.network) == (row.seed, row.network) && row.epoch <= at.epoch)
}

fn has(epochs: &[EpochRecord], row: &EpochRecord) -> bool {
    let key = |row: &EpochRecord| (row.seed, row.network, row.epoch);
    epochs.iter().any(|other| key(other) == key(row))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::training::Role;

    fn said(event: Event) -> Said {
        Said {
            time: "2026-11-24T14:02:03Z".parse().unwrap(),
            event,
        }
    }

    fn started() -> Said {
        said(Event::Started {
            device: "cpu".to_owned(),
            train_images: 1,
            holdout_images: None,
            test_images: 1,
            most_frequent_class: None,
            steps_per_epoch: 31,
            epochs: 3,
            seeds: vec![1],
        })
    }

    /// Three epochs of both networks, of which the checkpoints hold two of the baseline and one of the capped network.
    #[test]
    fn epochs_that_a_resume_trains_again_are_void() {
        let rows = fixture::metrics(&[1], 3);
        let mut lines = vec![started(), said(Event::SeedStarted { seed: 1 })];
        lines.extend(rows.iter().cloned().map(|row| said(Event::Epoch(row))));
        let replay = Replay::of(lines.clone(), &[]);
        assert!(replay.earlier.is_empty() && replay.last.is_none());
        assert_eq!(replay.told.len(), lines.len());

        lines.push(said(Event::Stopped));
        assert_eq!(
            Replay::of(lines.clone(), &[]).last.unwrap().1,
            Event::Stopped
        );

        let at = |network, epoch| Progress {
            seed: 1,
            network,
            epoch,
        };
        lines.push(started());
        lines.push(said(Event::Continued {
            from: vec![at(Role::Baseline, 2), at(Role::Capped, 1)],
        }));
        let replay = Replay::of(lines.clone(), &[]);
        let kept: Vec<_> = replay
            .earlier
            .iter()
            .map(|row| (row.network, row.epoch))
            .collect();
        assert_eq!(
            kept,
            [(Role::Baseline, 1), (Role::Capped, 1), (Role::Baseline, 2)]
        );
        assert!(replay.last.is_none());
        assert_eq!(replay.told.len(), 2);
        // The events of before are lost: metrics.csv has their epochs, and one of now that is told by its event.
        let since = lines.split_off(lines.len() - 2);
        let replay = Replay::of(since, &rows);
        assert_eq!(replay.earlier.len(), 3);
    }

    #[test]
    fn steps_of_seeds_that_are_done_are_left_out() {
        let step = |seed| {
            said(Event::Step {
                seed,
                network: Role::Baseline,
                epoch: 1,
                step: 3,
                loss: 1.0,
                gradient_norm: None,
                learning_rate: 0.1,
                images_per_second: 9.0,
            })
        };
        let seed = |seed| said(Event::SeedStarted { seed });
        let lines = vec![started(), seed(1), step(1), step(1), seed(2), step(2)];
        assert_eq!(Replay::of(lines, &[]).told.len(), 4);
        assert_eq!(Replay::of(Vec::new(), &[]), Replay::default());
    }

    #[test]
    fn later_events_are_passed_over_and_damage_is_counted() {
        let later = r#"{"time":"2026-11-24T14:02:03Z","event":"from-a-later-version","x":1}"#;
        let known = r#"{"time":"2026-11-24T14:02:03Z","event":"seed-started","seed":7}"#;
        let lines = format!("{later}\n{known}\n\u{0}\u{0}{known}\n{{\"time\":\n");
        let (found, damaged) = parsed(lines.as_bytes());
        assert_eq!(found, [said(Event::SeedStarted { seed: 7 })]);
        assert_eq!(damaged, 2);
    }
}

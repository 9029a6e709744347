//! What a training's events add up to besides its epochs: time that counts for no network, and networks that diverged.

use serde::{Deserialize, Serialize};

use super::Summary;
use crate::format::{fixed, percent};
use crate::training::{Diverged, Event};

/// Seconds that count for no network, by what they were spent on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Excluded {
    /// Compiling kernels and warming up, before the first step.
    pub warm_up: f64,
    /// Evaluating after every epoch.
    pub evaluation: f64,
    /// Writing checkpoints.
    pub checkpoints: f64,
    /// Paused by the user.
    pub pauses: f64,
}

impl Excluded {
    /// All of them, in seconds.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.warm_up + self.evaluation + self.checkpoints + self.pauses
    }

    /// Their share of all time that was measured, given the seconds of training; `None` where no time was.
    #[must_use]
    pub fn share(&self, train_seconds: f64) -> Option<f64> {
        let share = self.total() / (self.total() + train_seconds);
        share.is_finite().then_some(share)
    }
}

/// Sums over all events of a run, those before an interruption included.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Time that counts for no network.
    pub excluded: Excluded,
    /// Networks that were stopped.
    pub diverged: Vec<Diverged>,
    /// Whether events of the run are lost, so that the excluded time is unknown.
    pub lost: bool,
}

impl Account {
    /// The account of some events.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut account = Self::default();
        for event in events {
            account.add(event);
        }
        account
    }

    /// Adds an event.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::WarmedUp { seconds, .. } => self.excluded.warm_up += seconds,
            Event::Epoch(record) => self.excluded.evaluation += record.eval_seconds,
            Event::Checkpointed { seconds, .. } => self.excluded.checkpoints += seconds,
            Event::Resumed { seconds } => self.excluded.pauses += seconds,
            Event::Diverged(diverged) => {
                let same = |known: &Diverged| {
                    (known.seed, known.network) == (diverged.seed, diverged.network)
                };
                self.diverged.retain(|known| !same(known));
                self.diverged.push(diverged.clone());
            }
            _ => {}
        }
    }
}

impl Summary {
    /// The time that its clocks left out, and the share of training that waited for images, in one
    /// sentence without its stop; `None` of a run that did not write it down.
    #[must_use]
    pub fn not_counted(&self) -> Option<String> {
        let excluded = self.excluded_seconds?;
        let seconds = |seconds: f64| format!("{} s", fixed(seconds, 1));
        let share = self
            .excluded_share
            .map(|share| format!(", {} % of all time measured", percent(share, 1)));
        let waited = self.data_wait_share.map(|share| {
            format!(
                "; of the training time {} % was spent waiting for images",
                percent(share, 2)
            )
        });
        Some(format!(
            "warm-up {}, evaluation {}, checkpoints {}, pauses {}{}{}",
            seconds(excluded.warm_up),
            seconds(excluded.evaluation),
            seconds(excluded.checkpoints),
            seconds(excluded.pauses),
            share.unwrap_or_default(),
            waited.unwrap_or_default(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::fixture;
    use crate::training::Role;

    #[test]
    fn every_kind_of_time_is_added_up() {
        let network = Role::Capped;
        let mut events = vec![
            Event::WarmedUp {
                network,
                seconds: 2.0,
            },
            Event::Checkpointed {
                seed: 1,
                network,
                epoch: 1,
                seconds: 0.25,
            },
            Event::Paused,
            Event::Resumed { seconds: 7.0 },
        ];
        events.extend(fixture::metrics(&[1], 2).into_iter().map(Event::Epoch));
        let excluded = Account::of(&events).excluded;
        assert!((excluded.warm_up - 2.0).abs() < 1e-12);
        assert!((excluded.evaluation - 4.0 * 0.8).abs() < 1e-12);
        assert!((excluded.checkpoints - 0.25).abs() < 1e-12);
        assert!((excluded.pauses - 7.0).abs() < 1e-12);
        assert!((excluded.total() - 12.45).abs() < 1e-12);
        assert!((excluded.share(12.45).unwrap_or_default() - 0.5).abs() < 1e-12);
        assert_eq!(Excluded::default().share(0.0), None);
    }

    #[test]
    fn a_network_is_stopped_once() {
        let diverged = Diverged {
            seed: 1,
            network: Role::Baseline,
            epoch: 1,
            step: 4,
            tensor: None,
            message: "no longer finite".to_owned(),
        };
        let events = [Event::Diverged(diverged.clone()), Event::Diverged(diverged)];
        assert_eq!(Account::of(&events).diverged.len(), 1);
    }
}

//! Who trains when.
//!
//! In an epoch the networks train half an epoch each, then the other halves in the opposite order:
//! B C C B in odd epochs, C B B C in even ones. A machine that drifts evenly within an epoch slows
//! both networks alike; one whose drift bends is evened out over two epochs. Where the networks have different numbers of
//! epochs, halves follow each other by the share of its training that each network has behind it.

use std::ops::Range;

use crate::training::Role;

/// Half an epoch of one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Which half, 0 or 1.
    pub half: usize,
    /// Whose turn it is.
    pub network: Role,
}

impl Turn {
    /// The steps of this turn, from 0, in an epoch of `steps`; the second half has the odd one.
    #[must_use]
    pub const fn steps(self, steps: usize) -> Range<usize> {
        let middle = steps / 2;
        if self.half == 0 {
            0..middle
        } else {
            middle..steps
        }
    }

    /// Whether the network's epoch ends with this turn.
    #[must_use]
    pub const fn ends_epoch(self) -> bool {
        self.half == 1
    }
}

/// All turns of a paired training of so many epochs of the baseline and of the capped network, in order.
#[must_use]
pub fn turns([baseline, capped]: [usize; 2]) -> Box<dyn Iterator<Item = Turn>> {
    if baseline == capped {
        return Box::new(alternating(baseline));
    }
    let halves = |network: Role, epochs: usize| {
        (0..2 * epochs).map(move |at| {
            let turn = Turn {
                epoch: at / 2 + 1,
                half: at % 2,
                network,
            };
            ((at as f64 + 0.5) / epochs as f64, turn)
        })
    };
    let of_baseline = halves(Role::Baseline, baseline);
    let mut all: Vec<(f64, Turn)> = of_baseline.chain(halves(Role::Capped, capped)).collect();
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    Box::new(all.into_iter().map(|(_, turn)| turn))
}

fn alternating(epochs: usize) -> impl Iterator<Item = Turn> {
    (1..=epochs).flat_map(|epoch| {
        let [first, second] = if epoch % 2 == 1 {
            [Role::Baseline, Role::Capped]
        } else {
            [Role::Capped, Role::Baseline]
        };
        [(0, first), (0, second), (1, second), (1, first)].map(|(half, network)| Turn {
            epoch,
            half,
            network,
        })
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use burn::tensor::Device;

    use super::*;
    use crate::run::time_saved;
    use crate::training::EpochRecord;
    use crate::training::clock::tests::Fake;
    use crate::training::clock::{Clock, Stopwatch};

    #[test]
    fn halves_alternate_and_cover_every_step_once() {
        let order: Vec<(usize, usize, Role)> = turns([2; 2])
            .map(|turn| (turn.epoch, turn.half, turn.network))
            .collect();
        let (b, c) = (Role::Baseline, Role::Capped);
        assert_eq!(
            order,
            [
                (1, 0, b),
                (1, 0, c),
                (1, 1, c),
                (1, 1, b),
                (2, 0, c),
                (2, 0, b),
                (2, 1, b),
                (2, 1, c)
            ]
        );
        for steps in [1, 2, 7] {
            let taken: Vec<usize> = turns([1; 2])
                .filter(|turn| turn.network == b)
                .flat_map(|turn| turn.steps(steps))
                .collect();
            assert_eq!(taken, (0..steps).collect::<Vec<_>>());
        }
    }

    /// Neither network is ever more than an epoch's share ahead, and each has all its halves in order.
    #[test]
    fn networks_with_other_numbers_of_epochs_keep_in_step() {
        for epochs in [[2, 3], [5, 2], [30, 41]] {
            let mut done = [0; 2];
            for turn in turns(epochs) {
                let network = turn.network as usize;
                assert_eq!((turn.epoch - 1) * 2 + turn.half, done[network]);
                done[network] += 1;
                let [one, other] = [0, 1].map(|at| done[at] as f64 / 2.0 / epochs[at] as f64);
                assert!((one - other).abs() <= 1.0 / epochs[0].min(epochs[1]) as f64);
            }
            assert_eq!(done, epochs.map(|epochs| 2 * epochs));
        }
    }

    /// Time saved as a run of 30 epochs (the default) would report it on a machine whose steps take
    /// `slowness(now)` times as long; alone a step takes the baseline 1 s and the capped network 0.6 s.
    fn estimate(slowness: impl Fn(f64) -> f64) -> f64 {
        const STEPS: usize = 20;
        let clock = Arc::new(Fake::default());
        let device = Device::flex();
        let mut rows = Vec::new();
        let mut watches = Role::BOTH.map(|_| Stopwatch::new(clock.clone()));
        for turn in turns([30; 2]) {
            let watch = &mut watches[turn.network as usize];
            let alone = match turn.network {
                Role::Baseline => 1.0,
                Role::Capped => 0.6,
            };
            watch.start(&device).unwrap();
            for _ in turn.steps(STEPS) {
                clock.advance(alone * slowness(clock.now().as_secs_f64()));
            }
            watch.stop(&device).unwrap();
            if turn.ends_epoch() {
                rows.push(EpochRecord {
                    network: turn.network,
                    epoch: turn.epoch,
                    train_seconds: watch.seconds(),
                    ..crate::run::fixture::metrics(&[1], 1).remove(0)
                });
                *watch = Stopwatch::new(clock.clone());
                clock.advance(3.0);
            }
        }
        time_saved(&rows).unwrap().mean
    }

    /// A neighbour that takes a third of the machine from some moment on, or a quarter for a while, at
    /// whatever moment; and a machine that grows ever slower. (At most 1.25 and 1.52 % of the estimate.)
    #[test]
    fn a_machine_that_slows_down_in_mid_run_leaves_the_estimate_within_two_percent() {
        const SAVED: f64 = 0.4;
        let off = |found: f64| (found - SAVED).abs() / SAVED;
        assert!(off(estimate(|_| 1.0)) < 1e-9);
        let whole = 30.0 * 20.0 * 1.6 + 60.0 * 3.0;
        let mut worst: f64 = 0.0;
        for part in 0..100 {
            let from = whole * f64::from(part) / 100.0;
            let onward = estimate(|now| if now < from { 1.0 } else { 1.5 });
            let during = from..from + 0.3 * whole;
            let passing = estimate(|now| {
                if during.contains(&now) {
                    4.0 / 3.0
                } else {
                    1.0
                }
            });
            worst = worst.max(off(onward)).max(off(passing));
        }
        assert!(worst > 0.0 && worst < 0.02, "{worst}");
        let creeping = estimate(|now| 1.0 + now / whole);
        assert!(off(creeping) < 0.001, "{creeping}");
    }
}

//! How many candidates, rounds, epochs and seeds fit into a budget.

use serde::{Deserialize, Serialize};

use crate::evidence::MIN_SEEDS;
use crate::run::{NetworkCost, Price, Work};

/// Most seeds where the user names one or none.
const MAX_SEEDS: usize = 15;
/// Most finalists beside the deepest network.
const MAX_FINALISTS: usize = 3;
/// Fewest finalists and candidates, where the family has so many depths.
const MIN_FINALISTS: usize = 2;
const MIN_CANDIDATES: usize = 3;
/// Steps of a full training, at the least, where the user gives no epochs.
const MIN_STEPS: usize = 500;

/// One round of halving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Depths that are trained, beside the deepest.
    pub depths: usize,
    /// Depths that are kept.
    pub kept: usize,
    /// Epochs of every network.
    pub epochs: usize,
    /// The seeds, which are none of the final's.
    pub seeds: Vec<u64>,
}

/// What is trained: rounds of halving, then the finalists over all seeds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Finalists beside the deepest network.
    pub finalists: usize,
    /// Epochs of the final.
    pub epochs: usize,
    /// Seeds of the final.
    pub seeds: Vec<u64>,
    /// The rounds before it; none where every candidate is a finalist.
    pub rounds: Vec<Round>,
}

/// What the settings ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Epochs of a full training, at most.
    pub epochs: usize,
    /// Whether they are given, and so fixed.
    pub fixed_epochs: bool,
    /// The seeds; of a single one the budget decides how many follow it.
    pub seeds: Vec<u64>,
}

/// What the networks cost.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Costs {
    /// The deepest network.
    pub deepest: NetworkCost,
    /// The network of every candidate, the most wanted first.
    pub candidates: Vec<NetworkCost>,
    /// The work of one run of all epochs and one seed.
    pub work: Work,
}

/// A plan that fits, with its price in seconds.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fitted {
    pub schedule: Schedule,
    /// How many of the candidates, the most wanted first.
    pub candidates: usize,
    pub seconds: f64,
    /// Of these, each further seed of the final.
    pub seconds_per_seed: f64,
}

/// The measures of a plan, which a larger budget makes larger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Size {
    candidates: usize,
    finalists: usize,
    epochs: usize,
    seeds: usize,
}

/// What grows in turn.
#[derive(Clone, Copy)]
enum Growth {
    Epochs,
    Candidates,
    Seeds,
    Finalists,
}

const GROWTH: [Growth; 5] = [
    Growth::Epochs,
    Growth::Candidates,
    Growth::Epochs,
    Growth::Seeds,
    Growth::Finalists,
];

impl Schedule {
    /// Runs of all rounds and the final.
    #[must_use]
    pub fn runs(&self) -> usize {
        let rounds = self.rounds.iter().map(|round| round.depths);
        rounds.sum::<usize>() + self.finalists
    }

    fn of(size: Size, asked: &Asked) -> Self {
        let seeds = match asked.seeds.as_slice() {
            &[first] => (0..size.seeds as u64)
                .map(|more| first.saturating_add(more))
                .collect(),
            several => several.to_vec(),
        };
        let aside = (1..=seeds.len() as u64 + 1).find(|seed| !seeds.contains(seed));
        let mut entering = vec![size.candidates];
        let mut left = size.candidates;
        while left > size.finalists {
            left = left.div_ceil(2).max(size.finalists);
            entering.push(left);
        }
        let count = entering.len() - 1;
        let rounds = entering
            .windows(2)
            .enumerate()
            .map(|(at, two)| Round {
                depths: two[0],
                kept: two[1],
                epochs: (size.epochs >> (count - at)).max(1),
                seeds: aside.into_iter().collect(),
            })
            .collect();
        Self {
            finalists: size.finalists,
            epochs: size.epochs,
            seeds,
            rounds,
        }
    }
}

impl Costs {
    /// Seconds of one run of a candidate beside the deepest, without learning-rate checks, as a mean over so many candidates.
    fn run(&self, candidates: usize, epochs: usize, seeds: usize) -> f64 {
        let work = Work {
            epochs,
            seeds,
            rate_checks: [false; 2],
            ..self.work
        };
        let of = |cost: &NetworkCost| Price::of(&[self.deepest, *cost], work).estimated_seconds;
        let all: f64 = self.candidates[..candidates].iter().map(of).sum();
        all / candidates as f64
    }

    /// Seconds of the check of learning rates before the first stage, of the deepest once and of every candidate.
    fn checks(&self, candidates: usize, epochs: usize) -> f64 {
        let of = |cost: NetworkCost, check: bool| {
            let work = Work {
                epochs,
                rate_checks: [check, false],
                ..self.work
            };
            Price::of(&[cost], work).rate_check_seconds
        };
        let [deepest, other] = self.work.rate_checks;
        let others = self.candidates[..candidates].iter();
        of(self.deepest, deepest) + others.map(|&cost| of(cost, other)).sum::<f64>()
    }

    /// Seconds of a whole plan, each stage by the mean of the candidates, since it is not known which are kept.
    fn seconds(&self, size: Size, schedule: &Schedule) -> f64 {
        let first = schedule.rounds.first().map(|round| round.epochs);
        let mut seconds = self.checks(size.candidates, first.unwrap_or(schedule.epochs));
        for round in &schedule.rounds {
            let run = self.run(size.candidates, round.epochs, round.seeds.len());
            seconds += round.depths as f64 * run;
        }
        let run = self.run(size.candidates, schedule.epochs, schedule.seeds.len());
        seconds + schedule.finalists as f64 * run
    }

    fn fitted(&self, size: Size, asked: &Asked) -> Fitted {
        let schedule = Schedule::of(size, asked);
        let run = |seeds| self.run(size.candidates, schedule.epochs, seeds);
        Fitted {
            candidates: size.candidates,
            seconds: self.seconds(size, &schedule),
            seconds_per_seed: schedule.finalists as f64 * (run(2) - run(1)),
            schedule,
        }
    }

    fn smallest(&self, asked: &Asked) -> Size {
        let steps = (self.work.train_images / self.work.batch_size.max(1)).max(1);
        Size {
            candidates: MIN_CANDIDATES.min(self.candidates.len()),
            finalists: MIN_FINALISTS.min(self.candidates.len()),
            epochs: if asked.fixed_epochs {
                asked.epochs
            } else {
                MIN_STEPS.div_ceil(steps).clamp(1, asked.epochs)
            },
            seeds: match asked.seeds.len() {
                1 => MIN_SEEDS,
                several => several,
            },
        }
    }

    fn larger(&self, size: Size, growth: Growth, asked: &Asked) -> Size {
        let mut larger = size;
        match growth {
            Growth::Epochs => {
                larger.epochs = (size.epochs + size.epochs.div_ceil(4)).min(asked.epochs);
            }
            Growth::Candidates => {
                larger.candidates = (size.candidates + 1).min(self.candidates.len());
            }
            Growth::Seeds if asked.seeds.len() == 1 => {
                larger.seeds = (size.seeds + 1).min(MAX_SEEDS);
            }
            Growth::Seeds => {}
            Growth::Finalists => {
                larger.finalists = (size.finalists + 1).min(MAX_FINALISTS.min(size.candidates));
            }
        }
        larger
    }
}

/// The plan that fits into `budget` seconds: the smallest one, in which epochs, candidates, seeds and finalists grow in turn as
/// long as the price does not exceed the budget.
///
/// # Errors
/// The smallest plan, where that does not fit.
pub(super) fn fit(costs: &Costs, asked: &Asked, budget: f64) -> Result<Fitted, Fitted> {
    let mut size = costs.smallest(asked);
    let mut fitted = costs.fitted(size, asked);
    if fitted.seconds > budget {
        return Err(fitted);
    }
    loop {
        let mut grown = false;
        for growth in GROWTH {
            let larger = costs.larger(size, growth, asked);
            if larger == size {
                continue;
            }
            let found = costs.fitted(larger, asked);
            if found.seconds <= budget {
                (size, fitted, grown) = (larger, found, true);
            }
        }
        if !grown {
            return Ok(fitted);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::training::timing::NetworkTimes;

    fn cost(step_seconds: f64) -> NetworkCost {
        NetworkCost {
            times: NetworkTimes {
                start_seconds: 0.5,
                step_seconds,
                steps: 20,
                evaluation_seconds_per_image: 0.001,
            },
            probe_seconds_per_image: None,
            parameters: 1_000,
        }
    }

    /// 100 steps an epoch: 1 s for the deepest, half a second for every candidate.
    fn costs() -> Costs {
        Costs {
            deepest: cost(0.01),
            candidates: vec![cost(0.005); 6],
            work: Work {
                train_images: 1_000,
                holdout_images: 100,
                test_images: 500,
                batch_size: 10,
                epochs: 16,
                capped_epochs: None,
                equal_seconds: false,
                seeds: 1,
                rate_checks: [true; 2],
                keeps_best: false,
                probe: false,
            },
        }
    }

    fn asked() -> Asked {
        Asked {
            epochs: 40,
            fixed_epochs: false,
            seeds: vec![1],
        }
    }

    #[test]
    fn rounds_halve_the_depths_and_double_the_epochs() {
        let size = Size {
            candidates: 7,
            finalists: 2,
            epochs: 16,
            seeds: 5,
        };
        let schedule = Schedule::of(size, &asked());
        let rounds: Vec<_> = schedule
            .rounds
            .iter()
            .map(|round| (round.depths, round.kept, round.epochs))
            .collect();
        assert_eq!(rounds, [(7, 4, 4), (4, 2, 8)]);
        assert_eq!(schedule.seeds, [1, 2, 3, 4, 5]);
        assert_eq!(schedule.rounds[0].seeds, [6], "none of the final's");
        let all = Size {
            candidates: 2,
            ..size
        };
        assert_eq!(Schedule::of(all, &asked()).rounds, []);
        let short = Size { epochs: 1, ..size };
        assert!(
            Schedule::of(short, &asked())
                .rounds
                .iter()
                .all(|round| round.epochs == 1)
        );
    }

    /// By hand: 16 epochs of both take 24 s, their evaluations 2 (100 x 16 + 500) / 1000 s, their starts 1 s.
    #[test]
    fn a_plan_costs_its_runs_and_its_rate_checks() {
        let costs = costs();
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} for {b}");
        near(costs.run(3, 16, 1), 24.0 + 4.2 + 1.0);
        // One epoch of each of three rates: 3 s of the deepest, 1.5 s of each other, with 0.1 s of evaluation each.
        near(costs.checks(3, 4), 3.3 + 3.0 * 1.8);
        let size = Size {
            candidates: 3,
            finalists: 2,
            epochs: 16,
            seeds: 5,
        };
        let fitted = costs.fitted(size, &asked());
        let round = 3.0 * (8.0 * 1.5 + 2.0 * (0.8 + 0.5) + 1.0);
        let last = 2.0 * (5.0 * (24.0 + 4.2) + 1.0);
        near(fitted.seconds, 3.3 + 5.4 + round + last);
        near(fitted.seconds_per_seed, 2.0 * 28.2);
    }

    #[test]
    fn a_larger_budget_buys_a_larger_plan() {
        let costs = costs();
        let least = fit(&costs, &asked(), 1.0).unwrap_err();
        assert_eq!(least.schedule.epochs, 5, "500 steps");
        assert_eq!((least.candidates, least.schedule.finalists), (3, 2));
        assert_eq!(fit(&costs, &asked(), least.seconds).unwrap(), least);
        let mut before = least.seconds;
        for budget in [200.0, 400.0, 800.0, 1_600.0] {
            let fitted = fit(&costs, &asked(), budget).unwrap();
            assert!(fitted.seconds <= budget && fitted.seconds > before);
            assert!(
                fitted.seconds > 0.8 * budget,
                "{budget}: {}",
                fitted.seconds
            );
            before = fitted.seconds;
        }
        let all = fit(&costs, &asked(), 1e9).unwrap();
        assert_eq!((all.candidates, all.schedule.epochs), (6, 40));
        assert_eq!(
            (all.schedule.finalists, all.schedule.seeds.len()),
            (3, MAX_SEEDS)
        );
    }

    #[test]
    fn what_the_user_gives_stays() {
        let given = Asked {
            epochs: 3,
            fixed_epochs: true,
            seeds: vec![4, 9],
        };
        for budget in [200.0, 1e9] {
            let fitted = fit(&costs(), &given, budget).unwrap();
            assert_eq!(
                (fitted.schedule.epochs, &fitted.schedule.seeds),
                (3, &given.seeds)
            );
        }
    }
}

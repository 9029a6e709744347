//! The seeds of a run that several processes train, each in a part of its own: their events, told as one training.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::layout::{EVENTS, METRICS, SEEDS};
use super::super::{Update, read_metrics};
use super::Told;
use super::replay::{Replay, Said, parsed};
use super::tail::Tail;
use crate::training::{EpochRecord, Event};

/// The parts of a run, in the order of their names.
#[derive(Debug)]
pub(super) struct Parts {
    /// The folder that they are in.
    folder: PathBuf,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    path: PathBuf,
    tail: Tail,
    /// Whether any of its events was read.
    begun: bool,
}

/// What was read of the parts.
#[derive(Debug, Default)]
pub(super) struct News {
    /// What each part said since the last reading.
    pub(super) said: Vec<Vec<Said>>,
    /// Whether a part was begun again, or its events have to be read anew.
    pub(super) again: bool,
    /// Lines that are damaged.
    pub(super) damaged: usize,
    /// What could not be read.
    pub(super) problem: Option<String>,
}

impl Parts {
    /// Those of the run in `run`; none before the first [look](Self::look).
    pub(super) fn of(run: &Path) -> Self {
        Self {
            folder: run.join(SEEDS),
            parts: Vec::new(),
        }
    }

    /// Whether there are none.
    pub(super) const fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Looks which parts there are; whether they are others than before.
    pub(super) fn look(&mut self) -> bool {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let is_part = |path: &PathBuf| {
            let number = path.file_name().and_then(|name| name.to_str());
            let number = number.and_then(|name| name.strip_prefix("seed-"));
            number.is_some_and(|number| number.parse::<u64>().is_ok())
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_part).collect();
        paths.sort();
        let known = self.parts.iter().map(|part| &part.path);
        if known.eq(paths.iter()) {
            return false;
        }
        let part = |path: PathBuf| Part {
            tail: Tail::of(&path.join(EVENTS)),
            path,
            begun: false,
        };
        self.parts = paths.into_iter().map(part).collect();
        true
    }

    /// Reads all of them from their beginning at the next reading.
    pub(super) fn read_anew(&mut self) {
        for part in &mut self.parts {
            part.tail = Tail::of(&part.path.join(EVENTS));
            part.begun = false;
        }
    }

    /// What was added to their events.
    pub(super) fn read(&mut self) -> News {
        let mut news = News::default();
        for part in &mut self.parts {
            let mut lines = Vec::new();
            loop {
                match part.tail.read() {
                    Ok(reading) => {
                        news.again |= reading.again.is_some();
                        lines.extend(reading.lines);
                        if !reading.more {
                            break;
                        }
                    }
                    Err(error) => {
                        let path = part.path.join(EVENTS);
                        news.problem = Some(format!("cannot read {}: {error}", path.display()));
                        break;
                    }
                }
            }
            let (said, damaged) = parsed(&lines);
            news.damaged += damaged;
            news.again |= part.begun && said.iter().any(Said::is_start);
            part.begun |= !said.is_empty();
            news.said.push(said);
        }
        news
    }

    /// When the training of the parts began, and what was told of it: the epochs before, then all that each said since it
    /// was begun last, in the order of their times. `main` is what the run itself said, with the rows of its metrics.
    pub(super) fn told(
        &self,
        main: Vec<Said>,
        rows: &[EpochRecord],
        said: Vec<Vec<Said>>,
    ) -> (Option<Timestamp>, Vec<Told>) {
        let main = Replay::of(main, rows);
        let mut earlier = main.earlier;
        earlier.extend(main.told.into_iter().filter_map(|told| match told.update {
            Update::Event(Event::Epoch(row)) => Some(row),
            _ => None,
        }));
        let (mut begun, mut told) = (None::<Timestamp>, Vec::new());
        for (part, said) in self.parts.iter().zip(said) {
            let rows = read_metrics(&part.path.join(METRICS)).unwrap_or_default();
            let replay = Replay::of(said, &rows);
            begun = match (begun, replay.begun) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
            let key = |row: &EpochRecord| (row.seed, row.network, row.epoch);
            let new = replay.earlier.into_iter();
            let new: Vec<_> = new
                .filter(|row| earlier.iter().all(|known| key(known) != key(row)))
                .collect();
            earlier.extend(new);
            told.extend(replay.told);
        }
        told.sort_by_key(|one| one.time);
        if !earlier.is_empty() {
            let time = begun.unwrap_or_else(Timestamp::now);
            let update = Update::EarlierEpochs(earlier);
            told.insert(0, Told { time, update });
        }
        (begun, told)
    }
}

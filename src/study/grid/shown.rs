//! Reading `grid.json` cell by cell, so that a large one is never in memory as a whole: in outline for a list, and without
//! what no screen shows for a screen.

use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::super::sweep;
use super::outcome::Left;
use super::{CellOutcome, CellState, Friedmans, GridInteraction, GridOutcome};
use crate::run::file::missing;
use crate::run::{Error, Price};

/// Bytes that are read at once.
const AT_ONCE: usize = 1 << 18;

/// What a list shows of a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridOutline {
    /// How many cells it has.
    pub cells: usize,
    /// Whether nothing is left to do.
    pub is_done: bool,
    /// What is left to do, one clause; none where nothing is.
    pub left: Option<String>,
    /// What all of it says.
    pub finding: String,
}

impl GridOutline {
    /// That of an outcome.
    #[must_use]
    pub fn of(outcome: &GridOutcome) -> Self {
        Self {
            cells: outcome.cells.len(),
            is_done: outcome.is_done(),
            left: outcome.left(),
            finding: outcome.finding.clone(),
        }
    }

    /// Reads that of the outcome at `path`.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where it is not what this program writes there.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let Outline {
            cells,
            finding,
            sweeps_left,
        } = read(path)?;
        let left = Left {
            sweeps: sweeps_left,
            ..cells.left
        };
        Ok(Self {
            cells: cells.number,
            is_done: cells.are_done && sweeps_left == 0,
            left: left.in_words(),
            finding,
        })
    }
}

/// Of `grid.json`, what its outline needs.
#[derive(Deserialize)]
struct Outline {
    #[serde(deserialize_with = "counted")]
    cells: Cells,
    finding: String,
    sweeps_left: usize,
}

/// Of a cell, what an outline needs.
#[derive(Deserialize)]
struct Cell {
    state: CellState,
    summary: Option<IgnoredAny>,
}

struct Cells {
    number: usize,
    are_done: bool,
    left: Left,
}

fn counted<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cells, D::Error> {
    let mut cells = Cells {
        number: 0,
        are_done: true,
        left: Left::default(),
    };
    each(deserializer, |cell: Cell| {
        cells.number += 1;
        cells.are_done &= cell.state.is_done();
        cells.left.count(&cell.state, cell.summary.is_some());
    })?;
    Ok(cells)
}

impl GridOutcome {
    /// Reads the outcome at `path` without what no screen shows of its cells: the rows of their probes, and the notes and
    /// trials of their summaries.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Malformed`] where it is not what this program writes there.
    pub fn read_shown(path: &Path) -> Result<Self, Error> {
        let Light(outcome) = read(path)?;
        Ok(outcome)
    }
}

struct Light(GridOutcome);

impl<'de> Deserialize<'de> for Light {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Shown::deserialize(deserializer).map(Self)
    }
}

/// The fields of [`GridOutcome`], with cells that are made lighter as they are read.
#[derive(Deserialize)]
#[serde(remote = "GridOutcome")]
struct Shown {
    version: String,
    folder: PathBuf,
    #[serde(deserialize_with = "light")]
    cells: Vec<CellOutcome>,
    #[serde(default)]
    tests: usize,
    #[serde(default)]
    probe_tests: usize,
    #[serde(default)]
    interactions: Vec<GridInteraction>,
    #[serde(default)]
    interaction_tests: usize,
    friedman: Option<Friedmans>,
    not_ranked: Option<String>,
    finding: String,
    sweeps: Vec<sweep::SweepOutcome>,
    sweeps_left: usize,
    #[serde(default)]
    sweep_prices: Vec<sweep::SweepPrice>,
    #[serde(default)]
    price: Option<Price>,
}

fn light<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<CellOutcome>, D::Error> {
    let mut cells = Vec::new();
    each(deserializer, |mut cell: CellOutcome| {
        cell.probe = Vec::new();
        if let Some(summary) = &mut cell.summary {
            summary.notes = Vec::new();
            summary.rate_check = None;
            summary.seeds.shrink_to_fit();
        }
        cells.push(cell);
    })?;
    Ok(cells)
}

/// Calls `take` with each item of a sequence.
fn each<'de, T, D>(deserializer: D, take: impl FnMut(T)) -> Result<(), D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Each<T, F>(F, std::marker::PhantomData<T>);

    impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
        type Value = ();

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("the cells of a grid")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
            while let Some(item) = items.next_element()? {
                (self.0)(item);
            }
            Ok(())
        }
    }

    deserializer.deserialize_seq(Each(take, std::marker::PhantomData))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(missing(path)),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let reader = BufReader::with_capacity(AT_ONCE, file);
    serde_json::from_reader(reader).map_err(|error| {
        if error.is_io() {
            Error::io("read", path)(error.into())
        } else {
            Error::malformed(path, format!("not what this program writes there: {error}"))
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::fixture::cell;
    use super::super::{OUTCOME, conclude};
    use super::*;
    use crate::run::file;

    fn outcome(folder: &Path) -> GridOutcome {
        let close = [0.001, 0.002, 0.0, -0.001, 0.003];
        let mut cells: Vec<CellOutcome> = ["glyphs", "mnist", "cifar10", "cifar100", "stl10"]
            .map(|dataset| cell(dataset, "resnet-20", &close, 0.3))
            .into();
        cells[1].state = CellState::Unprobed;
        cells[2].summary = None;
        cells[2].state = CellState::Waiting;
        cells[3].summary = None;
        cells[3].state = CellState::SameAs("glyphs".to_owned());
        conclude(folder.to_owned(), cells, true, Vec::new(), 2)
    }

    #[test]
    fn an_outline_is_what_the_whole_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OUTCOME);
        let mut outcome = outcome(folder.path());
        file::write_json(&path, &outcome).unwrap();
        let outline = GridOutline::read(&path).unwrap();
        assert_eq!(outline, GridOutline::of(&outcome));
        assert_eq!(outline.cells, 5);
        let left = outline.left.unwrap();
        for part in ["1 cell is not trained", "1 trained cell", "2 sweeps"] {
            assert!(left.contains(part), "{left}");
        }
        outcome.sweeps_left = 0;
        outcome.cells.truncate(1);
        file::write_json(&path, &outcome).unwrap();
        let outline = GridOutline::read(&path).unwrap();
        assert!(outline.is_done && outline.left.is_none());
    }

    /// Older versions wrote fewer fields, and later ones may write more.
    #[test]
    fn a_grid_of_another_version_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OUTCOME);
        let mut value = serde_json::to_value(outcome(folder.path())).unwrap();
        let fields = value.as_object_mut().unwrap();
        for old in ["tests", "probe_tests", "interaction_tests"] {
            fields.remove(old);
        }
        fields.insert("later".to_owned(), serde_json::json!([{ "cells": [1] }]));
        let cells = fields["cells"].as_array_mut().unwrap();
        for cell in cells {
            let cell = cell.as_object_mut().unwrap();
            cell.remove("transform");
            cell.insert("later".to_owned(), 7.into());
        }
        file::write_json(&path, &value).unwrap();
        assert_eq!(GridOutline::read(&path).unwrap().cells, 5);
        let shown = GridOutcome::read_shown(&path).unwrap();
        let whole: GridOutcome = file::read_json(&path).unwrap();
        assert_eq!(GridOutline::of(&shown), GridOutline::of(&whole));
        for (shown, whole) in shown.cells.iter().zip(&whole.cells) {
            assert_eq!(shown.accuracies(), whole.accuracies());
            assert_eq!((&shown.pair, &shown.outcome), (&whole.pair, &whole.outcome));
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(OUTCOME);
        let said = GridOutline::read(&path).unwrap_err().to_string();
        assert!(said.contains("it is missing"), "{said}");
        let whole = serde_json::to_string(&outcome(folder.path())).unwrap();
        for text in ["{", "{\"cells\": 3}", &whole[..whole.len() / 2]] {
            std::fs::write(&path, text).unwrap();
            for said in [
                GridOutline::read(&path).unwrap_err(),
                GridOutcome::read_shown(&path).unwrap_err(),
            ] {
                let said = said.to_string();
                assert!(said.contains("grid.json") && !said.contains('\n'), "{said}");
            }
        }
    }
}

//! What is left to train, as one command each.

use std::path::Path;

use super::super::CellFile;
use super::super::grid::{Design, FILE};
use super::Unit;
use crate::messages::quoted;
use crate::run::{Error, file};

/// Writes `cell.toml` into the folder of each of the cells of these places, and a copy of the grid's file, of which this is
/// the `text`, into its folder, with what was given beside it: the app retries it with the same.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_cells(design: &Design, cells: &[usize], text: &str) -> Result<(), Error> {
    file::make_folder(&design.folder)?;
    file::write_whole(&design.folder.join(FILE), text.as_bytes())?;
    design.given.write(&design.folder)?;
    for &at in cells {
        let cell = &design.entries[at].cell;
        CellFile::of(cell, design.probe)?.write(&cell.path, None)?;
    }
    Ok(())
}

/// The commands that train these, from any folder on any machine that sees the same files; `program` starts ebcle-tui there.
/// Several seeds of a task are one command.
///
/// # Errors
/// [`Error::Setting`] where a path is not valid UTF-8.
pub fn cell_commands(units: &[Unit], program: &str) -> Result<Vec<String>, Error> {
    let mut commands = Vec::new();
    for units in units.chunk_by(Unit::shares_task_with) {
        for task in units.chunks(units[0].per_task.unwrap_or(1).max(1)) {
            let paths = task.iter().map(|unit| Ok(quoted(&absolute(&unit.path())?)));
            let paths: Vec<String> = paths.collect::<Result<_, Error>>()?;
            commands.push(format!("{program} cell {}", paths.join(" ")));
        }
    }
    Ok(commands)
}

/// A path from the root, as text.
pub(super) fn absolute(path: &Path) -> Result<String, Error> {
    let whole = std::path::absolute(path).map_err(Error::io("read", path))?;
    whole.into_os_string().into_string().map_err(|whole| {
        Error::Setting(format!(
            "{}: the path is not valid UTF-8, so no script can hold it: use another --out",
            whole.display()
        ))
    })
}

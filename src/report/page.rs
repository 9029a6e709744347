//! A page of a study in every format: Markdown, HTML and LaTeX, with its figures.

use std::path::{Path, PathBuf};

use super::plots::{self, Scene, page_colours};
use super::{ReportError, escape, html, latex};
use crate::run::file;

/// Writes `STEM.md`, `STEM.html`, `STEM.tex` and every figure as SVG, PNG and `TikZ` into `folder`, and
/// names them. The page shows a figure by `NAME.svg`.
///
/// # Errors
/// [`ReportError`] where a file cannot be written or a figure cannot be drawn.
pub(super) fn write(
    folder: &Path,
    stem: &str,
    page: &str,
    figures: &[(String, Scene)],
) -> Result<Vec<PathBuf>, ReportError> {
    // The text of each file is freed once it is written: those of a large grid are large.
    let mut written = Vec::new();
    let mut keep = |name: String, bytes: &[u8]| -> Result<(), ReportError> {
        let path = folder.join(name);
        file::write_whole(&path, bytes)?;
        written.push(path);
        Ok(())
    };
    let mut coloured = Vec::new();
    for (name, scene) in figures {
        let failed = |problem: String| ReportError::Plot {
            path: folder.join(format!("{name}.svg")),
            problem,
        };
        let svg = plots::svg(scene).map_err(failed)?;
        let png = plots::png(scene).map_err(failed)?;
        keep(format!("{name}.svg"), svg.as_bytes())?;
        keep(format!("{name}.png"), &png)?;
        let tikz = plots::tikz(scene, escape::latex);
        keep(format!("{name}.tikz"), tikz.as_bytes())?;
        coloured.push((format!("{name}.svg"), page_colours(svg)));
    }
    keep(format!("{stem}.md"), page.as_bytes())?;
    keep(
        format!("{stem}.html"),
        html::with(&coloured, page).as_bytes(),
    )?;
    keep(format!("{stem}.tex"), latex::document(page).as_bytes())?;
    Ok(written)
}

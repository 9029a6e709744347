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
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut coloured = Vec::new();
    for (name, scene) in figures {
        let failed = |problem: String| ReportError::Plot {
            path: folder.join(format!("{name}.svg")),
            problem,
        };
        let svg = plots::svg(scene).map_err(failed)?;
        let png = plots::png(scene).map_err(failed)?;
        let tikz = plots::tikz(scene, escape::latex);
        coloured.push((format!("{name}.svg"), page_colours(svg.clone())));
        files.push((format!("{name}.svg"), svg.into_bytes()));
        files.push((format!("{name}.png"), png));
        files.push((format!("{name}.tikz"), tikz.into_bytes()));
    }
    files.push((format!("{stem}.md"), page.as_bytes().to_vec()));
    files.push((
        format!("{stem}.html"),
        html::with(&coloured, page).into_bytes(),
    ));
    files.push((format!("{stem}.tex"), latex::document(page).into_bytes()));
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(name);
        file::write_whole(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

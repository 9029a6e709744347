//! Whatever a run, a sweep or a grid is called and whatever its files say, a page has the same structure.
#![allow(clippy::unwrap_used)]

use std::process::Command;

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::escape::hostile::{HOSTILE, is_latex_text, without_escapes};
use super::tests::well_formed;
use super::*;
use crate::run::fixture;
use crate::study::{grid as grids, recommend as recommendations, sweep as sweeps};

/// A value in which every text that may be any text is `text`.
fn rewritten<T: Serialize + DeserializeOwned>(value: &T, text: &str) -> T {
    fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::String(_) => found.push(at.to_owned()),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .for_each(|(index, item)| texts(item, &format!("{at}/{index}"), found)),
            Value::Object(fields) => fields
                .iter()
                .for_each(|(key, item)| texts(item, &format!("{at}/{key}"), found)),
            _ => {}
        }
    }
    let mut json = serde_json::to_value(value).unwrap();
    let mut found = Vec::new();
    texts(&json, "", &mut found);
    for at in found {
        let before = std::mem::replace(json.pointer_mut(&at).unwrap(), text.into());
        if T::deserialize(&json).is_err() {
            *json.pointer_mut(&at).unwrap() = before;
        }
    }
    T::deserialize(&json).unwrap()
}

fn run(text: &str) -> RunData {
    let mut run = fixture::run(&[1, 2], 2, 2);
    run.manifest = rewritten(&run.manifest, text);
    run.analysis = rewritten(&run.analysis, text);
    run.plan = rewritten(&run.plan, text);
    run.summary = run.summary.map(|summary| rewritten(&summary, text));
    run.plan.adaptation = Some(text.to_owned());
    run.samples = Some(Vec::new());
    run
}

/// The pages of a run, of a sweep, of a recommendation and of a grid of four cells, in Markdown.
fn pages(text: &str) -> Vec<String> {
    let mut missing = grids::fixture::cell("b", "resnet-20", &[0.0], 0.1);
    missing.state = grids::CellState::Missing;
    missing.summary = None;
    missing.reason = Some("a reason".to_owned());
    let finished = grids::fixture::cell("a", "resnet-20", &[0.0, 0.01, -0.01], 0.3);
    let [high, low] = [("", 7.0), ("bits=3", 2.8)].map(|(transform, entropy)| {
        grids::fixture::transformed(transform, entropy, &[0.0, 0.01, -0.01])
    });
    let sweep = sweeps::fixture::outcome(3);
    let grid = grids::conclude(
        "desk".into(),
        vec![finished, missing, high, low],
        false,
        vec![sweep.clone()],
        0,
    );
    let mut grid = rewritten(&grid, text);
    grid.not_ranked = Some(text.to_owned());
    vec![
        markdown::document(&run(text)),
        super::sweep::document(&rewritten(&sweep, text)),
        super::recommend::document(&rewritten(&recommendations::fixture::outcome(5), text)),
        super::grid::document(&grid, &format!("# {text}\na = 1")),
    ]
}

/// All names at once, and those that mean something where a paragraph begins.
fn names() -> Vec<String> {
    let mut names = vec![HOSTILE.join(" ")];
    names.extend(HOSTILE[5..12].iter().map(|&name| name.to_owned()));
    names
}

/// What begins in a page of Markdown, and the pictures it shows.
fn structure(markdown: &str) -> Vec<String> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES)
        .filter_map(|event| match event {
            Event::Start(Tag::Image { dest_url, .. }) if dest_url.ends_with(".svg") => {
                let own = Figure::ALL
                    .iter()
                    .any(|figure| dest_url.starts_with(figure.name()));
                Some(if own {
                    dest_url.into_string()
                } else {
                    "picture".to_owned()
                })
            }
            Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
            Event::Start(tag) => Some(format!("{tag:?}")),
            Event::Html(text) | Event::InlineHtml(text) => Some(format!("HTML {text}")),
            Event::HardBreak => Some("break".to_owned()),
            _ => None,
        })
        .collect()
}

/// The tags of a page of HTML, with their attributes; a span of code may be text instead.
fn tags(html: &str) -> Vec<String> {
    let (_, body) = html.split_once("<body>").unwrap();
    body.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap().to_owned())
        .filter(|tag| !tag.ends_with("code"))
        .collect()
}

#[test]
fn no_name_changes_a_page() {
    let plain = pages("word");
    for name in names() {
        for (plain, page) in plain.iter().zip(pages(&name)) {
            assert_eq!(structure(&page), structure(plain), "{page}");
            let html = html::with(&[], &page);
            assert_eq!(tags(&html), tags(&html::with(&[], plain)), "{html}");
            assert!(html.contains("http-equiv=\"Content-Security-Policy\""));
        }
    }
}

/// What of a page LaTeX takes for commands, but for spans of code, which may be text instead, and lines of code,
/// of which a name may make more.
fn commands(latex: &str) -> Vec<String> {
    const SPAN: &str = "\\texttt{";
    let mut rest = without_escapes(latex)
        .replace("\\strut ", "")
        .replace("\\par\n", "");
    while let Some(start) = rest.find(SPAN) {
        let end = start + rest[start..].find('}').unwrap();
        rest.remove(end);
        rest.replace_range(start..start + SPAN.len(), "");
    }
    let letters: Vec<char> = rest.chars().collect();
    let mut found = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        match letter {
            '\\' => {
                let name = letters[at + 1..]
                    .iter()
                    .take_while(|next| next.is_alphabetic());
                found.push(format!("\\{}", name.collect::<String>()));
            }
            '{' | '}' | '$' | '&' | '#' | '%' | '^' => found.push(letter.to_string()),
            _ => {}
        }
    }
    found
}

#[test]
fn no_name_is_a_command_of_latex() {
    let plain: Vec<_> = pages("word")
        .iter()
        .map(|page| commands(&latex::document(page)))
        .collect();
    for name in names() {
        for (plain, page) in plain.iter().zip(pages(&name)) {
            assert_eq!(&commands(&latex::document(&page)), plain, "{page}");
        }
    }
}

/// Exports of runs whose names are parts of the hostile ones: a caption of all of them, ten times, is wider than TeX
/// can measure.
fn latex_exports() -> Vec<tempfile::TempDir> {
    let mut parts: Vec<String> = HOSTILE.chunks(9).map(|part| part.join(" ")).collect();
    parts.push(('\u{a0}'..='\u{17f}').collect());
    let mut bytes = std::io::Cursor::new(Vec::new());
    let samples = image::RgbImage::new(2, 2);
    samples
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    let write = |part: String| {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(&part);
        run.samples = Some(bytes.get_ref().clone());
        export(&run, Format::Latex, folder.path()).unwrap();
        folder
    };
    parts.into_iter().map(write).collect()
}

#[test]
fn no_name_is_a_command_in_a_figure_for_latex() {
    for folder in latex_exports() {
        let files = std::fs::read_dir(folder.path()).unwrap();
        let mut figures = 0;
        for path in files.map(|file| file.unwrap().path()) {
            if path.extension().is_some_and(|end| end == "tikz") {
                let picture = std::fs::read_to_string(path).unwrap();
                for node in picture.lines().filter(|line| line.starts_with("\\node[")) {
                    let (_, text) = node.split_once(") {").unwrap();
                    assert!(is_latex_text(text.strip_suffix("};").unwrap()), "{node}");
                }
                figures += 1;
            }
        }
        assert!(figures > 0);
    }
}

#[test]
#[ignore = "needs pdflatex"]
fn pages_with_such_names_can_be_set() {
    for folder in latex_exports() {
        let output = Command::new("pdflatex")
            .args([
                "-no-shell-escape",
                "-halt-on-error",
                "-interaction=nonstopmode",
                "report.tex",
            ])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn no_name_breaks_a_figure_or_a_table_of_numbers() {
    let run = run(&names()[0]);
    for figure in Figure::of(&run) {
        let svg = figure.svg(&run).unwrap();
        assert!(well_formed(&svg), "{svg}");
        assert!(!svg.contains(['\u{1b}', '\u{7}', '\u{0}', '\u{202e}']) && !svg.contains("<img"));
    }
    let title = figure_title(&Figure::Entropy.svg(&run).unwrap());
    assert!(title.contains("&lt;img src=x"), "{title}");
    let csv = String::from_utf8(csv::document(&run).unwrap()).unwrap();
    for cell in csv.lines().skip(1).flat_map(|line| line.split(',')) {
        let is_role = matches!(cell, "baseline" | "capped");
        assert!(
            is_role || cell.is_empty() || cell.parse::<f64>().is_ok(),
            "{cell}"
        );
    }
}

fn figure_title(svg: &str) -> String {
    svg.split("<text").nth(1).unwrap_or_default().to_owned()
}

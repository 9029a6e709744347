//! What an export leaves on disk.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use super::*;
use crate::run::{fixture, read_metrics};

fn exported(run: &RunData, format: Format) -> (tempfile::TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().unwrap();
    let files = export(run, format, &folder.path().join("a/b")).unwrap();
    (folder, files)
}

fn named<'a>(files: &'a [PathBuf], name: &str) -> &'a Path {
    files.iter().find(|path| path.ends_with(name)).unwrap()
}

/// Whether every tag of an XML text is closed, in order, and no bare `<` or `&` is left.
pub(super) fn well_formed(xml: &str) -> bool {
    let mut open = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let Some(end) = rest[start..].find('>') else {
            return false;
        };
        let text = &rest[..start];
        let bare = text.match_indices('&').any(|(at, _)| {
            !["&amp;", "&lt;", "&gt;", "&quot;", "&apos;"]
                .iter()
                .any(|entity| text[at..].starts_with(entity))
        });
        let tag = &rest[start + 1..start + end];
        if bare || tag.contains('<') || tag.matches('"').count() % 2 == 1 {
            return false;
        }
        let name = tag
            .trim_matches('/')
            .split_whitespace()
            .next()
            .unwrap_or_default();
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') && !tag.starts_with(['?', '!']) {
            open.push(name);
        }
        rest = &rest[start + end + 1..];
    }
    open.is_empty()
}

#[test]
fn the_checker_of_these_tests_can_say_no() {
    assert!(well_formed("<?xml?><a b=\"1\"><c/>1 &lt; 2</a>"));
    for wrong in ["<a><b></a></b>", "<a>", "<a>&</a>", "<a b=\"></a>"] {
        assert!(!well_formed(wrong), "{wrong}");
    }
}

#[test]
fn format_names_are_read() {
    for format in Format::ALL {
        assert_eq!(format.name().parse::<Format>().unwrap(), format);
    }
    assert_eq!("markdown".parse::<Format>().unwrap(), Format::Markdown);
    let said = "pdf".parse::<Format>().unwrap_err().to_string();
    assert_eq!(
        said,
        "unknown format 'pdf': use one of json, csv, md, html, tex, svg, png, safetensors, pytorch"
    );
}

#[test]
fn json_holds_everything() {
    let run = fixture::run(&[1, 2], 2, 2);
    let (_folder, files) = exported(&run, Format::Json);
    let text = std::fs::read_to_string(named(&files, "run.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["settings"]["recipe"]["epochs"], 2);
    assert_eq!(document["profile"]["cap"], 12);
    assert_eq!(document["plan"]["baseline"]["conv_depth"], 49);
    assert_eq!(document["metrics"].as_array().unwrap().len(), 8);
    assert_eq!(document["metrics"][1]["network"], "capped");
    assert_eq!(document["summary"]["seeds"].as_array().unwrap().len(), 2);
    assert_eq!(document["data_fingerprint"], run.manifest.data_fingerprint);

    let (_folder, files) = exported(&fixture::run(&[1], 2, 1), Format::Json);
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(document["summary"].is_null());
}

#[test]
fn csv_comes_back() {
    let run = fixture::run(&[1, 2], 3, 3);
    let (_folder, files) = exported(&run, Format::Csv);
    assert_eq!(
        read_metrics(named(&files, "metrics.csv")).unwrap(),
        run.metrics
    );
}

#[test]
fn svg_is_well_formed_and_says_the_cap() {
    let mut run = fixture::run(&[1, 2], 3, 3);
    run.plan.dataset = "folder:<cats & dogs>".to_owned();
    run.analysis.profile.dataset = run.plan.dataset.clone();
    let (_folder, files) = exported(&run, Format::Svg);
    assert_eq!(files.len(), Figure::of(&run).count());
    for file in &files {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(well_formed(&text), "{}", file.display());
        assert!(text.contains("sans-serif"));
        assert!(!text.contains("NaN"));
    }
    for name in ["entropy.svg", "networks.svg"] {
        let text = std::fs::read_to_string(named(&files, name)).unwrap();
        assert!(text.contains("cap 12 convolutions (channel-sum)"), "{name}");
    }
}

#[test]
fn png_has_its_size_and_the_colours_of_both_networks() {
    let run = fixture::run(&[1], 3, 3);
    let (_folder, files) = exported(&run, Format::Png);
    assert_eq!(files.len(), Figure::of(&run).count());
    let picture = image::open(named(&files, "accuracy.png"))
        .unwrap()
        .to_rgb8();
    assert_eq!([picture.width(), picture.height()], plots::PNG_SIZE);
    for colour in [[0x00, 0x72, 0xB2], [0xD5, 0x5E, 0x00], [255, 255, 255]] {
        let painted = picture.pixels().filter(|pixel| pixel.0 == colour).count();
        assert!(painted > 200, "{colour:?}: {painted}");
    }
}

#[test]
fn a_report_reads_as_reviewed() {
    let (_folder, files) = exported(&fixture::run(&[1], 3, 3), Format::Markdown);
    let text = std::fs::read_to_string(named(&files, "report.md")).unwrap();
    for figure in Figure::of(&fixture::run(&[1], 3, 3)) {
        let name = format!("{}.svg", figure.name());
        assert!(text.contains(&format!("]({name})")));
        assert!(named(&files, &name).exists());
    }
    insta::assert_snapshot!(text);
}

#[test]
fn runs_that_are_odd_can_be_reported() {
    let mut without_pair = fixture::run(&[1], 3, 0);
    without_pair.plan.capped = None;
    without_pair.plan.capped_spec = None;
    without_pair.plan.predicted_time_saved = None;
    let mut diverged = fixture::run(&[1], 2, 2);
    for row in &mut diverged.metrics {
        row.test_loss = f64::NAN;
        row.train_loss = f64::INFINITY;
    }
    let mut without_images = fixture::run(&[1], 3, 0);
    let information = &mut without_images.analysis.profile.image_information;
    information.histogram.edges.clear();
    information.histogram.counts.clear();
    let mut raised = fixture::run(&[1, 2], 3, 1);
    raised.plan.cap = 2;
    raised.plan.raised_to_floor = true;
    let mut deep = fixture::run(&[1], 3, 3);
    deep.plan.cap = 90;
    for run in [&without_pair, &diverged, &without_images, &raised, &deep] {
        let (_folder, files) = exported(run, Format::Markdown);
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(
                !text.contains("NaN") && !text.contains("inf "),
                "{}",
                file.display()
            );
        }
    }
}

#[test]
fn a_point_of_a_sweep_is_repeated_by_its_sweep() {
    let repeated = |run: &RunData| {
        let (_folder, files) = exported(run, Format::Markdown);
        std::fs::read_to_string(named(&files, "report.md")).unwrap()
    };
    let mut run = fixture::run(&[1], 3, 3);
    assert!(repeated(&run).contains("ebcle-tui train"));
    run.plan.baseline.name = "resnet-20 cut to 11".to_owned();
    let page = repeated(&run);
    assert!(page.contains("begin from resnet-20 cut to 11") && !page.contains("ebcle-tui train"));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let said = export(&fixture::run(&[1], 1, 1), Format::Csv, &file.join("out")).unwrap_err();
    assert!(said.to_string().starts_with("cannot write "));
}

#[test]
fn a_page_for_a_browser_needs_nothing_else() {
    let run = fixture::run(&[1, 2], 3, 3);
    let (_folder, files) = exported(&run, Format::Html);
    let page = std::fs::read_to_string(named(&files, "report.html")).unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(page.matches("<svg").count(), Figure::of(&run).count());
    for outside in ["<script", "src=", "url(", "<link", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    let (style, body) = page.split_once("</style>").unwrap();
    for used in body.split("var(--").skip(1) {
        let name = used.split(')').next().unwrap();
        assert!(style.contains(&format!("--{name}:")), "{name}");
    }
    let figures = body.split("<svg").skip(1).map(|rest| {
        let (svg, _) = rest.split_once("</svg>").unwrap();
        format!("<svg{svg}</svg>")
    });
    for figure in figures {
        assert!(well_formed(&figure));
        assert!(
            !figure.contains("\"#FFFFFF\""),
            "paper stays white in the dark"
        );
    }
}

#[test]
fn a_page_for_latex_brings_the_figures_that_it_reads() {
    let run = fixture::run(&[1, 2], 3, 3);
    let (_folder, files) = exported(&run, Format::Latex);
    let page = std::fs::read_to_string(named(&files, "report.tex")).unwrap();
    let mut read = 0;
    for name in page.split("\\input{").skip(1) {
        let picture =
            std::fs::read_to_string(named(&files, name.split('}').next().unwrap())).unwrap();
        assert!(picture.is_ascii() && picture.ends_with("\\end{tikzpicture}\n"));
        read += 1;
    }
    assert_eq!(read, Figure::of(&run).count());
    assert_eq!(
        page.matches("\\begin{").count(),
        page.matches("\\end{").count()
    );
    assert!(page.is_ascii(), "a letter that pdfLaTeX may not know");
}

#[test]
fn a_report_holds_the_prediction_against_the_outcome() {
    let mut run = fixture::run(&[1, 2], 3, 3);
    let report = |run: &RunData| {
        let (_folder, files) = exported(run, Format::Markdown);
        std::fs::read_to_string(named(&files, "report.md")).unwrap()
    };
    let by_macs = report(&run);
    assert!(
        by_macs.contains("Predicted 38.9 % by MACs, outcome "),
        "{by_macs}"
    );
    run.plan = run.plan.with_measured(crate::network::Measured {
        steps: 20,
        warm_up_steps: 2,
        device: "cpu (two threads)".to_owned(),
        batch_size: 32,
        baseline_seconds_per_step: 0.5,
        capped_seconds_per_step: 0.4,
        time_saved: 0.2,
        interval: Some([0.19, 0.21]),
    });
    run.summary = None;
    let timed = report(&run);
    for part in [
        "Predicted 20.0 ± 1.0 % by timed steps, outcome ",
        "from 20 timed steps of 32 images on cpu (two threads) (0.500 s a step of the baseline, 0.400 s of the capped network): 20.0 % (95 %: 19.0 to 21.0).",
    ] {
        assert!(timed.contains(part), "{part} is not in {timed}");
    }
}

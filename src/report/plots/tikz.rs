//! From a scene to a `TikZ` picture for LaTeX, whose text the document's own fonts set.

use std::fmt::Write as _;

use super::scene::{Align, Ink, Mark, Point, Scene, WIDTH};

/// Width of the picture on paper, in centimetres.
const PAPER: f64 = 16.0;
/// Points (1/72.27 inch) of a unit of the page.
const POINTS: f64 = PAPER / WIDTH / 2.54 * 72.27;

/// A scene as a `tikzpicture`; `escape` makes a text harmless for LaTeX.
pub(in crate::report) fn tikz(scene: &Scene, escape: impl Fn(&str) -> String) -> String {
    let unit = PAPER / WIDTH;
    let mut text = format!(
        "\\begin{{tikzpicture}}[x={unit:.6}cm,y=-{unit:.6}cm,line cap=round,line join=round,every node/.style={{inner sep=0pt,font=\\sffamily}}]\n\\useasboundingbox (0,0) rectangle ({WIDTH},{height});\n",
        height = scene.height
    );
    for mark in &scene.marks {
        // Writing to a string cannot fail.
        let _ = match mark {
            Mark::Line {
                points,
                ink,
                width,
                dash,
            } => {
                let dash = dash.map_or_else(String::new, |[on, off]| {
                    format!(
                        ",dash pattern=on {:.2}pt off {:.2}pt,line cap=butt",
                        on * POINTS,
                        off * POINTS
                    )
                });
                writeln!(
                    text,
                    "\\draw[{},line width={:.2}pt{dash}] {};",
                    colour("draw", *ink),
                    width * POINTS,
                    path(points)
                )
            }
            Mark::Area { points, ink } => writeln!(
                text,
                "\\fill[{}] {} -- cycle;",
                colour("fill", *ink),
                path(points)
            ),
            Mark::Disc {
                centre: [x, y],
                radius,
                ink,
            } => writeln!(
                text,
                "\\fill[{}] ({x:.2},{y:.2}) circle[radius={:.2}pt];",
                colour("fill", *ink),
                radius * POINTS
            ),
            Mark::Text {
                at: [x, y],
                text: words,
                size,
                bold,
                ink,
                align,
            } => {
                let anchor = match align {
                    Align::Left => "mid west",
                    Align::Centre => "mid",
                    Align::Right => "mid east",
                };
                let points = size * POINTS;
                let face = if *bold { "\\bfseries" } else { "" };
                writeln!(
                    text,
                    "\\node[anchor={anchor},{},font=\\sffamily{face}\\fontsize{{{points:.1}}}{{{points:.1}}}\\selectfont] at ({x:.2},{y:.2}) {{{}}};",
                    colour("text", *ink),
                    escape(words)
                )
            }
        };
    }
    text.push_str("\\end{tikzpicture}\n");
    text
}

fn path(points: &[Point]) -> String {
    points
        .iter()
        .map(|[x, y]| format!("({x:.2},{y:.2})"))
        .collect::<Vec<_>>()
        .join(" -- ")
}

fn colour(what: &str, ink: Ink) -> String {
    let [_, red, green, blue] = ink.rgb.to_be_bytes();
    let opacity = if ink.opacity < 1.0 {
        format!(",{what} opacity={:.2}", ink.opacity)
    } else {
        String::new()
    };
    format!("{what}={{rgb,255:red,{red};green,{green};blue,{blue}}}{opacity}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_commands_in_their_order() {
        let mut scene = Scene::default();
        scene.dashed(
            vec![[0.0, 0.0], [10.0, 5.0]],
            Ink::CAP,
            2.0,
            Some([8.0, 4.0]),
        );
        scene.text([3.0, 4.0], "a_b", 10.0, Ink::TEXT, Align::Right);
        let picture = tikz(&scene, |text| text.replace('_', "\\_"));
        let lines: Vec<&str> = picture.lines().collect();
        assert_eq!(
            lines[2],
            "\\draw[draw={rgb,255:red,204;green,121;blue,167},line width=1.14pt,dash pattern=on 4.55pt off 2.28pt,line cap=butt] (0.00,0.00) -- (10.00,5.00);"
        );
        assert!(lines[3].starts_with("\\node[anchor=mid east,"));
        assert!(lines[3].ends_with("at (3.00,4.00) {a\\_b};"));
        assert_eq!(lines[4], "\\end{tikzpicture}");
    }
}

//! From a scene to SVG and PNG, by plotters.

use std::io::Cursor;
use std::sync::LazyLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, register_font};

use super::scene::{Align, BOLD, Ink, Mark, Point, REGULAR, Scene, WIDTH};

/// Width and height of a PNG in pixels, unless its page is lower.
pub const PNG_SIZE: [u32; 2] = [1600, 1000];

/// Pixels of the drawing per unit of the page: fine enough that whole pixels do not show, and twice
/// as fine as the PNG, which is smoothed by halving.
const SCALE: f64 = 4.0;

/// How a backend of plotters sets text.
#[derive(Clone, Copy)]
struct Typesetting {
    /// Its letter size over the em.
    size: f64,
    /// How far, in em, a text has to go down so that its middle is at its place.
    drop: f64,
}

/// The size is divided by 1.24 when it is written.
const SVG_TEXT: Typesetting = Typesetting {
    size: 1.24,
    drop: 0.0,
};

/// The size is the height of the compiled-in face, ascent to descent: 1.21 em.
const BITMAP_TEXT: Typesetting = Typesetting {
    size: 1.21,
    drop: 0.145,
};

const FAMILY: &str = "Inter";
const FAMILIES: &str = "Inter, 'Helvetica Neue', Arial, sans-serif";

/// Width and height of a drawing of the scene.
fn size(scene: &Scene) -> (u32, u32) {
    ((WIDTH * SCALE) as u32, (scene.height * SCALE) as u32)
}

/// A scene as an SVG document that is 800 wide.
///
/// # Errors
/// A sentence, where plotters cannot draw.
pub fn svg(scene: &Scene) -> Result<String, String> {
    let mut text = String::new();
    let (width, height) = size(scene);
    draw(
        scene,
        SVGBackend::with_string(&mut text, (width, height)),
        SVG_TEXT,
    )?;
    Ok(text
        .replacen(
            &format!("width=\"{width}\" height=\"{height}\""),
            &format!("width=\"{WIDTH}\" height=\"{}\"", scene.height),
            1,
        )
        .replace(
            &format!("font-family=\"{FAMILY}\""),
            &format!("font-family=\"{FAMILIES}\""),
        ))
}

/// A scene as a PNG file of two pixels per unit of the page, see [`PNG_SIZE`].
///
/// # Errors
/// A sentence, where plotters cannot draw or the picture cannot be encoded.
pub fn png(scene: &Scene) -> Result<Vec<u8>, String> {
    let (width, height) = size(scene);
    let mut pixels = vec![255_u8; (width * height * 3) as usize];
    draw(
        scene,
        BitMapBackend::with_buffer(&mut pixels, (width, height)),
        BITMAP_TEXT,
    )?;
    let picture = image::RgbImage::from_raw(width, height, pixels)
        .ok_or("the picture has not the size it should have")?;
    let picture = image::imageops::thumbnail(&picture, width / 2, height / 2);
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .map_err(|error| error.to_string())?;
    Ok(bytes.into_inner())
}

fn draw<DB: DrawingBackend>(
    scene: &Scene,
    backend: DB,
    typesetting: Typesetting,
) -> Result<(), String> {
    static FONTS: LazyLock<bool> = LazyLock::new(|| {
        register_font(FAMILY, FontStyle::Normal, REGULAR).is_ok()
            && register_font(FAMILY, FontStyle::Bold, BOLD).is_ok()
    });
    if !*FONTS {
        return Err("the compiled-in font cannot be read".to_owned());
    }
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(|error| error.to_string())?;
    for mark in &scene.marks {
        draw_mark(mark, &area, typesetting).map_err(|error| error.to_string())?;
    }
    area.present().map_err(|error| error.to_string())
}

fn draw_mark<DB: DrawingBackend>(
    mark: &Mark,
    area: &DrawingArea<DB, Shift>,
    typesetting: Typesetting,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    match mark {
        Mark::Line {
            points,
            ink,
            width,
            dash,
        } => {
            let style = colour(*ink).stroke_width((width * SCALE).round() as u32);
            let strokes = match dash {
                Some(dash) => dashes(points, *dash),
                None => vec![points.clone()],
            };
            for stroke in strokes {
                let stroke: Vec<_> = stroke.into_iter().map(pixel).collect();
                area.draw(&PathElement::new(stroke, style))?;
            }
            Ok(())
        }
        Mark::Area { points, ink } => {
            let corners: Vec<_> = points.iter().copied().map(pixel).collect();
            area.draw(&Polygon::new(corners, colour(*ink).filled()))
        }
        Mark::Disc {
            centre,
            radius,
            ink,
        } => area.draw(&Circle::new(
            pixel(*centre),
            (radius * SCALE).round() as i32,
            colour(*ink).filled(),
        )),
        Mark::Text {
            at,
            text,
            size,
            bold,
            ink,
            align,
        } => {
            let style = if *bold {
                FontStyle::Bold
            } else {
                FontStyle::Normal
            };
            let h_pos = match align {
                Align::Left => HPos::Left,
                Align::Centre => HPos::Center,
                Align::Right => HPos::Right,
            };
            let fill = colour(*ink);
            let style = TextStyle::from((FAMILY, size * SCALE * typesetting.size, style))
                .color(&fill)
                .pos(Pos::new(h_pos, VPos::Center));
            let [x, y] = *at;
            let at = pixel([x, y + size * typesetting.drop]);
            area.draw(&Text::new(text.as_str(), at, style))
        }
    }
}

fn pixel([x, y]: Point) -> (i32, i32) {
    ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
}

fn colour(ink: Ink) -> RGBAColor {
    let [_, red, green, blue] = ink.rgb.to_be_bytes();
    RGBColor(red, green, blue).mix(ink.opacity)
}

/// Cuts a line into dashes.
fn dashes(points: &[Point], [dash, gap]: [f64; 2]) -> Vec<Vec<Point>> {
    let mut strokes = Vec::new();
    let mut drawing = true;
    let mut left = dash;
    let mut stroke: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let ([x0, y0], [x1, y1]) = (pair[0], pair[1]);
        let length = (x1 - x0).hypot(y1 - y0);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let here = [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
            if drawing {
                stroke.push(here);
                strokes.push(std::mem::take(&mut stroke));
            } else {
                stroke = vec![here];
            }
            drawing = !drawing;
            left = if drawing { dash } else { gap };
        }
        left -= length - done;
        if drawing {
            stroke.push([x1, y1]);
        }
    }
    if stroke.len() > 1 {
        strokes.push(stroke);
    }
    strokes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_go_on_around_corners() {
        let line = [[0.0, 0.0], [5.0, 0.0], [5.0, 5.0]];
        let expected = vec![vec![[0.0, 0.0], [4.0, 0.0]], vec![[5.0, 1.0], [5.0, 5.0]]];
        assert_eq!(dashes(&line, [4.0, 2.0]), expected);
    }
}

//! Sample images as the terminal can draw them: in pixels by a graphics protocol, or in half blocks.
//!
//! The protocol is chosen by environment variables alone: a terminal answers queries on stdin, where the answer
//! would mix with keys.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use image::imageops::FilterType;
use image::{DynamicImage, Rgb, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget;
use ratatui_image::Image;
use ratatui_image::protocol::Protocol;
use ratatui_image::protocol::iterm2::Iterm2;
use ratatui_image::protocol::kitty::Kitty;
use ratatui_image::protocol::sixel::Sixel;

use super::theme::{Glyphs, Theme};
use super::widgets::image::image;
use crate::entropy::Sample;
use crate::run::Images;

/// Most encoded images in the cache.
const MAX_IMAGES: usize = 64;

/// An image by a hash of its values, drawn over so many cells.
type Key = (u64, Size);

/// Draws sample images, and caches their encoding.
#[derive(Default)]
pub struct Pictures {
    way: Images,
    /// Width and height of a character in pixels; none where the terminal does not say.
    font: Option<[u16; 2]>,
    made: RefCell<HashMap<Key, Option<Protocol>>>,
}

impl Pictures {
    /// Draws in half blocks, which any terminal shows.
    pub fn half_blocks() -> Self {
        Self::new(Images::HalfBlocks, None)
    }

    /// Draws by `way`, in characters of `font` (width, height) pixels; in half blocks where these are not known.
    pub fn new(way: Images, font: Option<[u16; 2]>) -> Self {
        Self {
            way,
            font,
            made: RefCell::default(),
        }
    }

    /// As `wanted`, or where that is [`Images::Auto`] by the environment, in the terminal's present font.
    pub fn detect(wanted: Images) -> Self {
        let mut pictures = Self::new(choose(wanted, &|name| std::env::var(name).ok()), None);
        pictures.measure();
        pictures
    }

    /// Asks the operating system for the terminal's font again, since the window may have changed.
    pub fn measure(&mut self) {
        if matches!(self.way, Images::HalfBlocks | Images::Auto) {
            return;
        }
        self.font = crossterm::terminal::window_size().ok().and_then(|size| {
            let [width, height] = [
                size.width.checked_div(size.columns)?,
                size.height.checked_div(size.rows)?,
            ];
            (width > 0 && height > 0).then_some([width, height])
        });
        self.made.take();
    }

    /// Draws `sample` over `area`.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, sample: &Sample, theme: Theme) {
        if theme.colour((0, 0, 0)).is_some()
            && theme.glyphs() == Glyphs::Unicode
            && let Some(font) = self.font
        {
            let mut hash = DefaultHasher::new();
            (&sample.pixels, sample.shape).hash(&mut hash);
            let key = (hash.finish(), area.as_size());
            let mut made = self.made.borrow_mut();
            if made.len() >= MAX_IMAGES && !made.contains_key(&key) {
                made.clear();
            }
            let entry = made.entry(key);
            let protocol = entry.or_insert_with(|| protocol(self.way, sample, key, font));
            if let Some(protocol) = protocol {
                Image::new(protocol).render(area, buffer);
                return;
            }
        }
        image(buffer, area, sample, theme);
    }
}

/// The way that is `wanted`, or the one that environment variables suggest.
fn choose(wanted: Images, variable: &dyn Fn(&str) -> Option<String>) -> Images {
    if wanted != Images::Auto {
        return wanted;
    }
    let value = |name: &str| variable(name).unwrap_or_default();
    let (term, program) = (value("TERM"), value("TERM_PROGRAM"));
    let shared = ["tmux", "screen"].iter().any(|name| term.starts_with(name));
    if shared || !value("TMUX").is_empty() || !value("STY").is_empty() {
        return Images::HalfBlocks;
    }
    match (term.as_str(), program.as_str()) {
        ("xterm-kitty" | "xterm-ghostty", _) | (_, "ghostty") => Images::Kitty,
        (_, "WezTerm" | "iTerm.app") => Images::Iterm2,
        (term, _) if term == "foot" || term.starts_with("foot-") => Images::Sixel,
        (_, "") if !value("KITTY_WINDOW_ID").is_empty() => Images::Kitty,
        _ => Images::HalfBlocks,
    }
}

/// An image as the terminal takes it; none in half blocks, or where it cannot be encoded.
fn protocol(way: Images, sample: &Sample, (hash, space): Key, font: [u16; 2]) -> Option<Protocol> {
    if matches!(way, Images::HalfBlocks | Images::Auto) || sample.shape.area() == 0 {
        return None;
    }
    let (image, size) = fitted(sample, space, font);
    Some(match way {
        Images::Kitty => {
            let id = (hash as u32 ^ u32::from(space.width) << 16 ^ std::process::id()).max(1);
            Protocol::Kitty(Kitty::new(image, size, id, false, false).ok()?)
        }
        Images::Sixel => Protocol::Sixel(Sixel::new(image, size, false).ok()?),
        _ => Protocol::ITerm2(Iterm2::new(image, size, false).ok()?),
    })
}

/// The image as large as it fits into `space`, with square pixels, and the cells that it takes.
///
/// Enlarged pixels stay sharp.
fn fitted(sample: &Sample, space: Size, font: [u16; 2]) -> (DynamicImage, Size) {
    let shape = sample.shape;
    let whole = RgbImage::from_fn(shape.width as u32, shape.height as u32, |x, y| {
        let pixel = y as usize * shape.width + x as usize;
        Rgb([0, 1, 2].map(|channel: usize| {
            let plane = channel.min(shape.channels.saturating_sub(1)) * shape.area();
            sample.pixels.get(plane + pixel).copied().unwrap_or(0)
        }))
    });
    let [font_width, font_height] = font.map(f64::from);
    let scale = (f64::from(space.width) * font_width / shape.width as f64)
        .min(f64::from(space.height) * font_height / shape.height as f64);
    let scaled = |pixels: usize| ((pixels as f64 * scale).round() as u32).max(1);
    let (width, height) = (scaled(shape.width), scaled(shape.height));
    let filter = if scale >= 1.0 {
        FilterType::Nearest
    } else {
        FilterType::Triangle
    };
    let image = DynamicImage::ImageRgb8(whole).resize_exact(width, height, filter);
    let cells = |pixels: u32, font: f64, most: u16| {
        ((f64::from(pixels) / font).ceil() as u16).clamp(1, most.max(1))
    };
    let size = Size::new(
        cells(width, font_width, space.width),
        cells(height, font_height, space.height),
    );
    (image, size)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::dataset::Shape;
    use crate::tui::theme::Colours;

    fn sample(height: usize, width: usize) -> Sample {
        Sample {
            information: 1.0,
            class: "a".to_owned(),
            shape: Shape {
                channels: 3,
                height,
                width,
            },
            pixels: (0..3 * height * width).map(|value| value as u8).collect(),
        }
    }

    /// The cells of a terminal of 12 x 6 characters after two pictures with a sample image, of which
    /// the first has to carry the image.
    fn drawn(way: Images, font: Option<[u16; 2]>, colours: Colours) -> [Buffer; 2] {
        let pictures = Pictures::new(way, font);
        let mut terminal = Terminal::new(TestBackend::new(12, 6)).unwrap();
        let mut draw = || {
            let done = terminal.draw(|frame| {
                let area = Rect::new(1, 1, 8, 4);
                pictures.draw(
                    frame.buffer_mut(),
                    area,
                    &sample(32, 32),
                    Theme::new(colours),
                );
            });
            done.unwrap().buffer.clone()
        };
        [draw(), draw()]
    }

    #[test]
    fn each_protocol_writes_its_escape_sequence_into_the_first_cell() {
        let font = Some([10, 20]);
        for (way, begins, size) in [
            (Images::Kitty, "\u{1b}_G", "s=80,v=80,"),
            (Images::Sixel, "\u{1b}P", "\"1;1;80;80"),
            (
                Images::Iterm2,
                "\u{1b}]1337;File=",
                "width=80px;height=80px",
            ),
        ] {
            let [first, second] = drawn(way, font, Colours::True);
            let cell = first[(1, 1)].symbol();
            assert!(
                cell.contains(begins) && cell.contains(size),
                "{way}: {cell}"
            );
            assert_eq!(first[(0, 0)].symbol(), " ");
            assert_eq!(
                second[(1, 1)].symbol().contains(begins),
                way != Images::Kitty
            );
        }
        let [first, second] = drawn(Images::Kitty, font, Colours::True);
        for buffer in [first, second] {
            assert!(buffer[(1, 2)].symbol().starts_with('\u{10EEEE}'));
        }
    }

    #[test]
    fn without_a_font_or_colours_or_a_protocol_there_are_half_blocks() {
        let font = Some([10, 20]);
        for (way, font) in [
            (Images::Kitty, None),
            (Images::HalfBlocks, font),
            (Images::Auto, font),
        ] {
            let [first, second] = drawn(way, font, Colours::True);
            assert_eq!(first[(1, 1)].symbol(), "▀");
            assert_eq!(first, second);
        }
        let [first, _] = drawn(Images::Kitty, font, Colours::None);
        assert!(!first[(1, 1)].symbol().contains('\u{1b}'));
    }

    #[test]
    fn images_keep_their_shape_and_stay_inside() {
        let fit = |height, width, font| {
            let (image, size) = fitted(&sample(height, width), Size::new(8, 4), font);
            (image.width(), image.height(), size)
        };
        assert_eq!(fit(32, 32, [10, 20]), (80, 80, Size::new(8, 4)));
        assert_eq!(fit(16, 32, [10, 20]), (80, 40, Size::new(8, 2)));
        assert_eq!(fit(32, 16, [10, 20]), (40, 80, Size::new(4, 4)));
        assert_eq!(fit(300, 300, [9, 19]), (72, 72, Size::new(8, 4)));
        let (image, _) = fitted(&sample(2, 2), Size::new(2, 1), [2, 4]);
        let pixels = image.to_rgb8();
        assert_eq!(pixels.get_pixel(1, 1).0, [0, 4, 8]);
        assert_eq!(pixels.get_pixel(2, 1).0, [1, 5, 9]);
    }

    #[test]
    fn the_environment_tells_the_protocol() {
        for (variables, expected) in [
            (&[("TERM", "xterm-kitty")][..], Images::Kitty),
            (
                &[("TERM", "xterm-256color"), ("KITTY_WINDOW_ID", "1")],
                Images::Kitty,
            ),
            (
                &[("TERM", "xterm-ghostty"), ("TERM_PROGRAM", "ghostty")],
                Images::Kitty,
            ),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")],
                Images::Iterm2,
            ),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")],
                Images::Iterm2,
            ),
            (&[("TERM", "foot")], Images::Sixel),
            (&[("TERM", "foot-extra")], Images::Sixel),
            (&[("TERM", "xterm-256color")], Images::HalfBlocks),
            (
                &[("TERM", "xterm"), ("XTERM_VERSION", "XTerm(379)")],
                Images::HalfBlocks,
            ),
            (
                &[("TERM", "tmux-256color"), ("KITTY_WINDOW_ID", "1")],
                Images::HalfBlocks,
            ),
            (
                &[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x,1,0")],
                Images::HalfBlocks,
            ),
            (&[("TERM", "foot"), ("STY", "1.a")], Images::HalfBlocks),
            (&[("TERM", "screen")], Images::HalfBlocks),
            (
                &[
                    ("TERM", "xterm-256color"),
                    ("TERM_PROGRAM", "vscode"),
                    ("KITTY_WINDOW_ID", "1"),
                ],
                Images::HalfBlocks,
            ),
            (&[], Images::HalfBlocks),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(choose(Images::Auto, &variable), expected, "{variables:?}");
            assert_eq!(choose(Images::Sixel, &variable), Images::Sixel);
        }
    }
}

//! From a decoded image to pixels of a dataset's shape.

use image::DynamicImage;

use crate::dataset::{Shape, encoded};

/// What is wrong with one image.
pub(super) enum Problem {
    /// It has colour, where grey ones came before.
    Colour,
    /// Anything else, in a sentence.
    Sentence(String),
}

/// The shape that `image` gives to its dataset: its own size or `resize`, colour if it has any or `colour` says so.
pub(super) fn shape_of(image: &DynamicImage, resize: Option<[usize; 2]>, colour: bool) -> Shape {
    let own = [image.height() as usize, image.width() as usize];
    let [height, width] = resize.unwrap_or(own);
    let colour = colour || image.color().has_color();
    Shape::new(if colour { 3 } else { 1 }, height, width)
}

/// Writes the pixels of `image` to `place`, plane after plane; another size than `shape`'s is
/// resized if `resize` says so.
///
/// # Errors
/// [`Problem`].
pub(super) fn store(
    image: DynamicImage,
    shape: Shape,
    resize: bool,
    place: &mut [u8],
) -> Result<(), Problem> {
    let (height, width) = (image.height() as usize, image.width() as usize);
    let fits = [height, width] == [shape.height, shape.width];
    if !fits && !resize {
        return Err(Problem::Sentence(format!(
            "its image is {height}x{width} where the first is {0}x{1}: give --resize {0}x{1}, say",
            shape.height, shape.width
        )));
    }
    if shape.channels == 1 && image.color().has_color() {
        return Err(Problem::Colour);
    }
    encoded::write(image, shape, place);
    Ok(())
}

//! The kernel of all passes but the weights' gradient: eight target channels and two vectors of pixels at a time.

use super::geometry::Correlation;
use super::layout::Layout;
use super::vector::{Level, Vector, kernel};

/// Target channels whose weights are side by side.
pub(super) const BLOCK: usize = 8;

/// Weights in the order in which the kernel takes them: by blocks of [`BLOCK`] targets, then channels, taps and
/// the targets of the block, zeros for those that a last block lacks.
pub(super) struct Packed {
    targets: usize,
    values: Vec<f32>,
}

impl Packed {
    /// `weight(target, channel, tap)`.
    pub(super) fn new(
        targets: usize,
        sums: &Correlation,
        weight: impl Fn(usize, usize, usize) -> f32,
    ) -> Self {
        let mut values =
            Vec::with_capacity(targets.next_multiple_of(BLOCK) * sums.channels * sums.taps.len());
        for block in (0..targets).step_by(BLOCK) {
            for channel in 0..sums.channels {
                for tap in 0..sums.taps.len() {
                    values.extend((block..block + BLOCK).map(|target| {
                        if target < targets {
                            weight(target, channel, tap)
                        } else {
                            0.0
                        }
                    }));
                }
            }
        }
        Self { targets, values }
    }
}

/// Numbers that [`convolve`] needs `beside` its source.
///
/// Where an image has one tap, the pixels that a tile sees of each channel are copied there, side by side: planes as long as
/// images share few lines of a cache, so that every block of targets would read them again from a slower cache.
pub(super) fn strip(level: Level, layout: &Layout) -> usize {
    if layout.offsets.len() == 1 {
        layout.channels * 2 * level.lanes()
    } else {
        0
    }
}

/// Writes the sums of an image that is laid out in `source` to `target`, channel after channel.
///
/// # Safety
/// `target` is valid for `weights.targets` times the layout's pixels.
pub(super) unsafe fn convolve(
    level: Level,
    layout: &Layout,
    source: &[f32],
    weights: &Packed,
    beside: &mut [f32],
    target: *mut f32,
) {
    assert!(beside.len() >= strip(level, layout));
    let last = layout.offsets.iter().max().copied().unwrap_or(0) + place(layout, layout.pixels - 1);
    let beyond = if layout.is_direct() { 1 } else { level.lanes() };
    assert!((layout.channels - 1) * layout.plane + last + beyond <= source.len());
    assert_eq!(
        weights.values.len(),
        weights.targets.next_multiple_of(BLOCK) * layout.channels * layout.offsets.len()
    );
    convolve_image(
        level,
        layout,
        source.as_ptr(),
        weights.values.as_ptr(),
        weights.targets,
        beside.as_mut_ptr(),
        target,
    );
}

/// Position of the number for target pixel `pixel`.
#[inline(always)]
fn place(layout: &Layout, pixel: usize) -> usize {
    if layout.pitch == layout.width {
        pixel
    } else {
        pixel / layout.width * layout.pitch + pixel % layout.width
    }
}

kernel! {
    unsafe fn convolve_image(layout: &Layout, source: *const f32, weights: *const f32, targets: usize, beside: *mut f32, target: *mut f32) = convolve_image_with;
}

#[inline(always)]
unsafe fn convolve_image_with<V: Vector>(
    layout: &Layout,
    source: *const f32,
    weights: *const f32,
    targets: usize,
    beside: *mut f32,
    target: *mut f32,
) {
    let pixels = layout.pixels;
    let mut pixel = 0;
    while pixel < pixels {
        let first = source.add(place(layout, pixel));
        let to = target.add(pixel);
        if pixels - pixel > V::LANES {
            let second = source.add(place(layout, pixel + V::LANES));
            let lanes = (pixels - pixel - V::LANES).min(V::LANES);
            let sources = [first, second];
            all_targets::<V, 2>(layout, sources, weights, targets, beside, to, lanes);
        } else {
            let lanes = pixels - pixel;
            all_targets::<V, 1>(layout, [first], weights, targets, beside, to, lanes);
        }
        pixel += 2 * V::LANES;
    }
}

/// All targets of `P` vectors of pixels, the last with `lanes` pixels.
#[inline(always)]
unsafe fn all_targets<V: Vector, const P: usize>(
    layout: &Layout,
    sources: [*const f32; P],
    weights: *const f32,
    targets: usize,
    beside: *mut f32,
    to: *mut f32,
    lanes: usize,
) {
    let mut seen = Seen {
        sources,
        plane: layout.plane,
        offsets: &layout.offsets,
    };
    if let [offset] = layout.offsets[..]
        && targets > BLOCK
    {
        for channel in 0..layout.channels {
            for (part, source) in sources.iter().enumerate() {
                let from = source.add(channel * layout.plane + offset);
                V::load(from).store(beside.add((channel * P + part) * V::LANES));
            }
        }
        for (part, source) in seen.sources.iter_mut().enumerate() {
            *source = beside.add(part * V::LANES);
        }
        seen.plane = P * V::LANES;
        seen.offsets = &[0];
    }
    let block_weights = BLOCK * layout.channels * layout.offsets.len();
    for block in 0..targets.div_ceil(BLOCK) {
        let weights = weights.add(block * block_weights);
        let rows = (targets - block * BLOCK).min(BLOCK);
        let to = to.add(block * BLOCK * layout.pixels);
        if rows > BLOCK / 2 && V::MANY_REGISTERS {
            tile::<V, BLOCK, P>(layout, seen, weights, rows, to, lanes);
        } else {
            tile::<V, { BLOCK / 2 }, P>(layout, seen, weights, rows.min(4), to, lanes);
            if rows > BLOCK / 2 {
                let to = to.add(BLOCK / 2 * layout.pixels);
                let weights = weights.add(BLOCK / 2);
                tile::<V, { BLOCK / 2 }, P>(layout, seen, weights, rows - 4, to, lanes);
            }
        }
    }
}

/// Positions of `P` vectors of pixels: of the next channel `plane` numbers further, under each tap `offsets` further.
#[derive(Clone, Copy)]
struct Seen<'a, const P: usize> {
    sources: [*const f32; P],
    plane: usize,
    offsets: &'a [usize],
}

/// `R` targets by `P` vectors, in registers throughout; stores `rows` targets.
#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const P: usize>(
    layout: &Layout,
    seen: Seen<P>,
    mut weights: *const f32,
    rows: usize,
    to: *mut f32,
    lanes: usize,
) {
    let Seen {
        mut sources,
        plane,
        offsets,
    } = seen;
    let mut sums = [[V::splat(0.0); P]; R];
    for _ in 0..layout.channels {
        for &offset in offsets {
            let mut pixels = [V::splat(0.0); P];
            for part in 0..P {
                pixels[part] = V::load(sources[part].add(offset));
            }
            for row in 0..R {
                let weight = V::splat(*weights.add(row));
                for part in 0..P {
                    sums[row][part] = weight.mul_add(pixels[part], sums[row][part]);
                }
            }
            weights = weights.add(BLOCK);
        }
        for source in &mut sources {
            *source = source.add(plane);
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        if row < rows {
            let to = to.add(row * layout.pixels);
            for part in 0..P - 1 {
                sums[part].store(to.add(part * V::LANES));
            }
            let to = to.add((P - 1) * V::LANES);
            if lanes == V::LANES {
                sums[P - 1].store(to);
            } else {
                sums[P - 1].store_first(to, lanes);
            }
        }
    }
}

//! Products of a strip's components with weights.

use super::super::convolve::BLOCK;
use super::super::vector::{Level, Vector, kernel};
use super::source::Components;
use super::target::{Places, store};
use super::weights::Weights;
use super::{COMPONENTS, Grid, Strip};

/// Tiles of a strip, at most: two vectors.
pub(super) const fn tiles(level: Level) -> usize {
    2 * level.lanes()
}

/// Numbers of scratch memory that [`convolve`] needs.
pub(super) const fn scratch(level: Level) -> usize {
    COMPONENTS * BLOCK * tiles(level)
}

/// A strip and the positions of its numbers.
#[derive(Clone, Copy)]
pub(super) struct Strips<'a> {
    pub(super) grid: &'a Grid,
    pub(super) strip: Strip,
    pub(super) components: Components,
    /// From image to image of the target.
    pub(super) step: usize,
}

/// Writes a strip of all targets, from the components in `source`.
///
/// # Safety
/// `target` is valid for the targets of all images of the strip.
pub(super) unsafe fn convolve(
    level: Level,
    strips: Strips<'_>,
    weights: &Weights,
    source: &[f32],
    scratch: &mut [f32],
    target: *mut f32,
) {
    let (strip, components) = (strips.strip, strips.components);
    assert!(strip.len() <= tiles(level) && strip.slots(level) <= components.slots);
    assert!(source.len() >= components.len() && scratch.len() >= self::scratch(level));
    assert_eq!(components.channels, weights.channels);
    assert_eq!(
        weights.values.len(),
        weights.targets.next_multiple_of(BLOCK) * weights.channels * COMPONENTS
    );
    convolve_strip(
        level,
        strips,
        weights.targets,
        weights.values.as_ptr(),
        source.as_ptr(),
        scratch.as_mut_ptr(),
        target,
    );
}

kernel! {
    unsafe fn convolve_strip(strips: Strips<'_>, targets: usize, weights: *const f32, source: *const f32, scratch: *mut f32, target: *mut f32) = convolve_strip_with;
}

#[inline(always)]
unsafe fn convolve_strip_with<V: Vector>(
    strips: Strips<'_>,
    targets: usize,
    weights: *const f32,
    source: *const f32,
    scratch: *mut f32,
    target: *mut f32,
) {
    if strips.strip.len() > V::LANES {
        blocks::<V, 2>(strips, targets, weights, source, scratch, target);
    } else {
        blocks::<V, 1>(strips, targets, weights, source, scratch, target);
    }
}

#[inline(always)]
unsafe fn blocks<V: Vector, const P: usize>(
    strips: Strips<'_>,
    targets: usize,
    mut weights: *const f32,
    source: *const f32,
    scratch: *mut f32,
    target: *mut f32,
) {
    let (grid, components) = (strips.grid, strips.components);
    let mut places = [Places::NONE; P];
    for part in 0..P {
        places[part] = Places::new(grid, strips.strip, part * V::LANES, V::LANES, strips.step);
    }
    let pixels = grid.target_pixels();
    let row_step = P * V::LANES;
    for block in 0..targets.div_ceil(BLOCK) {
        let rows = (targets - block * BLOCK).min(BLOCK);
        for component in 0..COMPONENTS {
            let source = source.add(component * components.plane);
            let to = scratch.add(component * BLOCK * row_step);
            if rows > BLOCK / 2 && V::MANY_REGISTERS {
                tile::<V, BLOCK, P>(components, source, weights, to);
            } else {
                tile::<V, { BLOCK / 2 }, P>(components, source, weights, to);
                if rows > BLOCK / 2 {
                    let to = to.add(BLOCK / 2 * row_step);
                    let weights = weights.add(BLOCK / 2);
                    tile::<V, { BLOCK / 2 }, P>(components, source, weights, to);
                }
            }
            weights = weights.add(components.channels * BLOCK);
        }
        for row in 0..rows {
            let to = target.add((block * BLOCK + row) * pixels);
            for part in 0..P {
                let from = scratch.add(row * row_step + part * V::LANES);
                store::<V>(from, BLOCK * row_step, &places[part], grid.target[1], to);
            }
        }
    }
}

/// `R` targets by `P` vectors of tiles, in registers throughout.
#[inline(always)]
unsafe fn tile<V: Vector, const R: usize, const P: usize>(
    components: Components,
    mut source: *const f32,
    mut weights: *const f32,
    to: *mut f32,
) {
    let mut sums = [[V::splat(0.0); P]; R];
    for _ in 0..components.channels {
        let mut tiles = [V::splat(0.0); P];
        for part in 0..P {
            tiles[part] = V::load(source.add(part * V::LANES));
        }
        for row in 0..R {
            let weight = V::splat(*weights.add(row));
            for part in 0..P {
                sums[row][part] = weight.mul_add(tiles[part], sums[row][part]);
            }
        }
        weights = weights.add(BLOCK);
        source = source.add(components.slots);
    }
    for (row, sums) in sums.iter().enumerate() {
        for part in 0..P {
            sums[part].store(to.add((row * P + part) * V::LANES));
        }
    }
}

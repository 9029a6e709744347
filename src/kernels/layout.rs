//! How a source image is laid out so that the numbers under one tap and neighbouring target pixels are
//! neighbours in memory.

use super::geometry::Correlation;
use super::vector::{Level, SLACK, Vector, kernel};

/// Positions of the numbers of a laid-out image.
///
/// The number of channel c under tap t for target pixel p is at c * `plane` + `offsets[t]` + place(p), where
/// place(p) is p, or with rows `pitch` apart (p / `width`) * `pitch` + p % `width`; as many target pixels as a
/// vector has lanes, from any that a kernel starts at, are neighbours.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) channels: usize,
    pub(super) plane: usize,
    pub(super) offsets: Vec<usize>,
    /// Width of the target.
    pub(super) width: usize,
    pub(super) pitch: usize,
    /// Pixels of the target.
    pub(super) pixels: usize,
    source: [usize; 2],
    /// Rows and columns that are copied; none where the image serves as it is.
    copies: Vec<Copy>,
}

/// A part of a plane: row r, column x is source row `top` + r * `row_step`, column `left` + x * `step`.
#[derive(Clone, Copy, Debug)]
struct Copy {
    at: usize,
    rows: usize,
    columns: usize,
    top: isize,
    row_step: usize,
    left: isize,
    step: usize,
}

impl Layout {
    /// For vectors of `lanes` numbers along target pixels.
    pub(super) fn new(sums: &Correlation, lanes: usize) -> Self {
        let pixels = sums.target[0] * sums.target[1];
        if sums.stride == 1
            && sums.taps == [(0, 0)]
            && sums.source == sums.target
            && pixels.is_multiple_of(lanes)
        {
            return Self {
                channels: sums.channels,
                plane: pixels,
                offsets: vec![0],
                width: pixels,
                pitch: pixels,
                pixels,
                source: sums.source,
                copies: Vec::new(),
            };
        }
        if sums.stride == 1 && sums.target[1].is_multiple_of(lanes) {
            return Self::padded(sums);
        }
        Self::shifted(sums)
    }

    /// One copy with a border of zeros; the place of a pixel counts `pitch` for a row and the stride for a column.
    pub(super) fn padded(sums: &Correlation) -> Self {
        let [top, bottom, left, right] = bounds(&sums.taps);
        let span = |target: usize, low: isize, high: isize| {
            (target - 1) * sums.stride + 1 + (high - low) as usize
        };
        let rows = span(sums.target[0], top, bottom);
        let pitch = span(sums.target[1], left, right);
        let offset = |&(y, x): &(isize, isize)| (y - top) as usize * pitch + (x - left) as usize;
        Self {
            channels: sums.channels,
            plane: rows * pitch,
            offsets: sums.taps.iter().map(offset).collect(),
            width: sums.target[1],
            pitch,
            pixels: sums.target[0] * sums.target[1],
            source: sums.source,
            copies: vec![Copy {
                at: 0,
                rows,
                columns: pitch,
                top,
                row_step: 1,
                left,
                step: 1,
            }],
        }
    }

    /// A copy for every column shift and every row modulo the stride, without gaps between rows.
    fn shifted(sums: &Correlation) -> Self {
        let [top, bottom, ..] = bounds(&sums.taps);
        let (stride, width) = (sums.stride, sums.target[1]);
        let mut columns: Vec<isize> = sums.taps.iter().map(|&(_, x)| x).collect();
        columns.sort_unstable();
        columns.dedup();
        let mut phases: Vec<usize> = sums
            .taps
            .iter()
            .map(|&(y, _)| (y - top) as usize % stride)
            .collect();
        phases.sort_unstable();
        phases.dedup();
        let rows = sums.target[0] + (bottom - top) as usize / stride;
        let section = rows * width;
        let mut copies = Vec::new();
        for &left in &columns {
            for &phase in &phases {
                copies.push(Copy {
                    at: copies.len() * section,
                    rows,
                    columns: width,
                    top: top + phase as isize,
                    row_step: stride,
                    left,
                    step: stride,
                });
            }
        }
        let offset = |&(y, x): &(isize, isize)| {
            let down = (y - top) as usize;
            let column = columns.partition_point(|&left| left < x);
            let phase = phases.partition_point(|&phase| phase < down % stride);
            (column * phases.len() + phase) * section + down / stride * width
        };
        Self {
            channels: sums.channels,
            plane: copies.len() * section,
            offsets: sums.taps.iter().map(offset).collect(),
            width,
            pitch: width,
            pixels: sums.target[0] * width,
            source: sums.source,
            copies,
        }
    }

    /// Numbers of a laid-out image.
    pub(super) fn len(&self) -> usize {
        if self.copies.is_empty() {
            0
        } else {
            self.channels * self.plane
        }
    }

    /// Whether the image serves as it is.
    pub(super) fn is_direct(&self) -> bool {
        self.copies.is_empty()
    }
    /// `source` itself where it serves as it is, else `scratch`, in which it is laid out.
    pub(super) fn laid_out<'a>(
        &self,
        level: Level,
        source: &'a [f32],
        scratch: &'a mut [f32],
    ) -> &'a [f32] {
        if self.is_direct() {
            return source;
        }
        self.fill(level, source, scratch);
        scratch
    }

    /// Lays `source`, channel after channel, out in `scratch`.
    pub(super) fn fill(&self, level: Level, source: &[f32], scratch: &mut [f32]) {
        assert_eq!(
            source.len(),
            self.channels * self.source[0] * self.source[1]
        );
        assert!(scratch.len() >= self.len() + SLACK);
        // SAFETY: the lengths were checked; `fill` reads within rows of the source, and writes whole vectors
        // that start within the layout, so at most a vector beyond its end, which the slack holds.
        unsafe { fill(level, self, source.as_ptr(), scratch.as_mut_ptr()) }
    }
}

/// Least and greatest dy, least and greatest dx.
fn bounds(taps: &[(isize, isize)]) -> [isize; 4] {
    taps.iter().fold(
        [isize::MAX, isize::MIN, isize::MAX, isize::MIN],
        |[top, bottom, left, right], &(y, x)| {
            [top.min(y), bottom.max(y), left.min(x), right.max(x)]
        },
    )
}

kernel! {
    unsafe fn fill(layout: &Layout, source: *const f32, scratch: *mut f32) = fill_with;
}

#[inline(always)]
unsafe fn fill_with<V: Vector>(layout: &Layout, source: *const f32, scratch: *mut f32) {
    let [height, width] = layout.source;
    for channel in 0..layout.channels {
        let image = source.add(channel * height * width);
        for copy in &layout.copies {
            let plane = scratch.add(channel * layout.plane + copy.at);
            for row in 0..copy.rows {
                let y = copy.top + (row * copy.row_step) as isize;
                let to = plane.add(row * copy.columns);
                let line = image.wrapping_offset(y * width as isize);
                if y < 0 || y >= height as isize {
                    fill_zeros::<V>(to, copy.columns);
                } else if copy.step == 1 {
                    copy_row::<V>(line, width, copy.left, to, copy.columns);
                } else if copy.step == 2 {
                    copy_halves::<V>(line, width, copy, to);
                } else {
                    copy_steps(line, width, copy, to);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn fill_zeros<V: Vector>(to: *mut f32, columns: usize) {
    let mut at = 0;
    while at < columns {
        V::splat(0.0).store(to.add(at));
        at += V::LANES;
    }
}

/// Column x of `to` is column `left` + x of a row of `width`. What follows `to` is written by the next row.
#[inline(always)]
unsafe fn copy_row<V: Vector>(
    row: *const f32,
    width: usize,
    left: isize,
    to: *mut f32,
    columns: usize,
) {
    let before = (-left).clamp(0, columns as isize) as usize;
    let first = left.max(0) as usize;
    let count = width.saturating_sub(first).min(columns - before);
    for column in 0..before {
        *to.add(column) = 0.0;
    }
    let (from, inner) = (row.wrapping_add(first), to.add(before));
    let mut at = 0;
    while at + V::LANES <= count {
        V::load(from.add(at)).store(inner.add(at));
        at += V::LANES;
    }
    if at < count {
        V::load_range(from.add(at), 0, count - at).store(inner.add(at));
        at += V::LANES;
    }
    let mut column = before + count;
    if column < columns && column < before + at {
        column = (before + at).min(columns);
    }
    while column < columns {
        *to.add(column) = 0.0;
        column += 1;
    }
}

/// Column x of `to` is column `left` + 2x of a row of `width`. What follows `to` is written by the next row.
#[inline(always)]
unsafe fn copy_halves<V: Vector>(row: *const f32, width: usize, copy: &Copy, to: *mut f32) {
    let mut at = 0;
    while at < copy.columns {
        let mut parts = [V::splat(0.0); 2];
        for (half, part) in parts.iter_mut().enumerate() {
            let x = copy.left + (2 * at + half * V::LANES) as isize;
            let low = (-x).clamp(0, V::LANES as isize) as usize;
            let high = (width as isize - x).clamp(0, V::LANES as isize) as usize;
            *part = V::load_range(row.wrapping_offset(x), low, high.max(low));
        }
        let [first, second] = parts;
        let (even, _) = first.deinterleave(second);
        even.store(to.add(at));
        at += V::LANES;
    }
}

#[inline(always)]
unsafe fn copy_steps(row: *const f32, width: usize, copy: &Copy, to: *mut f32) {
    for column in 0..copy.columns {
        let x = copy.left + (column * copy.step) as isize;
        *to.add(column) = if x < 0 || x >= width as isize {
            0.0
        } else {
            *row.add(x as usize)
        };
    }
}

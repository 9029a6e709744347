//! What one thread does: the entropies of images, one after another.

use super::groups::{GROUPS, Rotations};
use crate::dataset::Shape;
use crate::dataset::luma;
use crate::entropy::Estimator;
use crate::entropy::colour::ColourCounter;
use crate::entropy::lookup::{Adder, BINS, Job, run};
use crate::entropy::plane::PlaneCounter;
use crate::entropy::pools::Pools;
use crate::entropy::shannon::Tally;

/// What is measured of each image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The channels alone.
    Channels,
    /// The channels and the grey level.
    Grey,
    /// The channels, the grey level, the joint colour and all values of an image together.
    Full,
}

/// Occupied bins but one, summed over histograms of one image each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FreeBins {
    pub(super) channels: u64,
    pub(super) grey: u64,
    pub(super) joint_colour: u64,
    pub(super) image: u64,
}

/// Columns of an image's numbers behind those of its channels: grey level, joint colour, all values together.
pub(super) const MORE: usize = 3;

/// Numbers of each image: the entropy of each channel, and [`MORE`].
pub(super) const fn stride(shape: Shape) -> usize {
    shape.channels + MORE
}

/// Buffers and sums of one thread.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    shape: Shape,
    estimator: Estimator,
    extent: Extent,
    planes: PlaneCounter,
    grey: Option<Vec<u8>>,
    colours: Option<ColourCounter>,
    pools: Pools,
    free_bins: FreeBins,
}

impl Worker {
    pub(super) fn new(shape: Shape, estimator: Estimator, extent: Extent) -> Self {
        let has_grey = shape.channels == 3 && extent != Extent::Channels;
        let colours = shape.channels == 3 && extent == Extent::Full;
        Self {
            shape,
            estimator,
            extent,
            planes: PlaneCounter::new(shape.area(), shape.channels + usize::from(has_grey)),
            grey: has_grey.then(Vec::new),
            colours: colours.then(|| ColourCounter::new(shape.area())),
            pools: Pools::new(GROUPS * shape.channels),
            free_bins: FreeBins::default(),
        }
    }

    /// Measures images; `image` gives them by their place in the dataset, from `first` on, and
    /// `values` takes [`stride`] numbers of each.
    pub(super) fn measure<'i>(
        &mut self,
        first: usize,
        image: impl Fn(usize) -> &'i [u8],
        rotations: &Rotations,
        values: &mut [f64],
    ) {
        run(Images {
            worker: self,
            first,
            image,
            rotations,
            values,
        });
    }

    /// The pooled counts, `[group * channels + channel][value]`, and the occupied bins.
    pub(super) fn finish(self) -> (Vec<[u64; BINS]>, FreeBins) {
        (self.pools.finish(), self.free_bins)
    }

    /// Writes the entropy of a plane to its image's values.
    #[inline(always)]
    fn note(&mut self, column: usize, tally: Tally, values: &mut [f64]) {
        let channels = self.shape.channels;
        let bits = tally.bits(self.estimator);
        values[column] = bits;
        if column == channels {
            self.free_bins.grey += tally.free_bins();
            return;
        }
        self.free_bins.channels += tally.free_bins();
        if channels != 3 && column == 0 && self.extent == Extent::Full {
            values[channels..][..2].fill(bits);
            self.free_bins.grey += tally.free_bins();
            self.free_bins.joint_colour += tally.free_bins();
        }
        if channels == 1 && self.extent == Extent::Full {
            values[channels + 2] = bits;
            self.free_bins.image += tally.free_bins();
        }
    }
}

/// Images to be measured by one worker.
///
/// Where there are not three channels, the first one is the grey level and the joint colour.
struct Images<'w, F> {
    worker: &'w mut Worker,
    first: usize,
    image: F,
    rotations: &'w Rotations,
    values: &'w mut [f64],
}

/// Where a plane comes from.
#[derive(Clone, Copy)]
struct Place {
    /// Its image among those of the worker.
    number: usize,
    /// Its channel, or one more for the grey level.
    column: usize,
    /// The group to whose pools the last images, so many, are added with this one.
    pooled: Option<(usize, usize)>,
}

impl<'i, F: Fn(usize) -> &'i [u8]> Images<'_, F> {
    /// Notes the entropy of a plane, and adds its channel to the pool of its group where it is time.
    #[inline(always)]
    fn take<A: Adder>(&mut self, adder: A, place: Place, tally: Tally) {
        let worker = &mut *self.worker;
        let Place {
            number,
            column,
            pooled,
        } = place;
        let channels = worker.shape.channels;
        if let Some((group, images)) = pooled
            && column < channels
        {
            let pool = worker.pools.at(group * channels + column);
            worker.planes.pool(adder, column, images, pool);
        }
        let stride = stride(worker.shape);
        let values = &mut self.values[number * stride..][..stride];
        worker.note(column, tally, values);
        if worker.extent == Extent::Full && channels > 1 && column + 1 == channels {
            let image = (self.image)(self.first + number);
            let tally = worker.planes.image(adder, channels, image);
            values[channels + 2] = tally.bits(worker.estimator);
            worker.free_bins.image += tally.free_bins();
        }
    }
}

impl<'i, F: Fn(usize) -> &'i [u8]> Job for Images<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Adder>(mut self, adder: A) {
        let shape = self.worker.shape;
        let (channels, area) = (shape.channels, shape.area());
        let images = self.values.len() / stride(shape);
        let mut grey = self.worker.grey.take();
        let columns = channels + usize::from(grey.is_some());
        let to_pool = self.worker.planes.images_to_pool();
        let mut before: Option<Place> = None;
        let (mut begun, mut pooled_until, mut group) = (0, 0, 0);
        for number in 0..images {
            let index = self.first + number;
            let image = (self.image)(index);
            if number == pooled_until {
                let together = Rotations::together(index).min(to_pool);
                pooled_until = (number + together).min(images);
                group = self.rotations.group(index);
                begun = number;
            }
            let pooled = (number + 1 == pooled_until).then(|| (group, pooled_until - begun));
            for column in 0..columns {
                let pixels = match &mut grey {
                    Some(grey) if column == channels => {
                        luma(image, grey);
                        grey
                    }
                    _ => &image[column * area..][..area],
                };
                let tally = self.worker.planes.next(adder, pixels);
                let place = Place {
                    number,
                    column,
                    pooled,
                };
                if let Some(before) = before.replace(place) {
                    self.take(adder, before, tally);
                }
            }
            if let Some(colours) = &mut self.worker.colours {
                let joint = colours.tally(adder, image);
                self.values[number * stride(shape) + channels + 1] =
                    joint.bits(self.worker.estimator);
                self.worker.free_bins.joint_colour += joint.free_bins();
            }
        }
        if let Some(before) = before {
            let tally = self.worker.planes.finish(adder);
            self.take(adder, before, tally);
        }
        self.worker.grey = grey;
    }
}

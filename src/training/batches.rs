//! From images in memory to batches on a device.
//!
//! Batches are made on another thread, ahead of the training. Their content depends on seed and
//! epoch alone, so both networks of a pair see the same images, in the same order, varied in the same
//! way. Where the images lie on a GPU, only their places and variations travel there, with the same values
//! at the end.

use std::sync::Arc;
use std::thread;

use burn::tensor::{Device, Int, Tensor, TensorData};
use crossbeam_channel::{Receiver, bounded};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::augment::{Augmentation, write};
use super::device::Opened;
use super::normalisation::tables;
use super::{Holdout, Recipe, TrainingError};
use crate::dataset::{Dataset, Shape, Split};
use crate::kernels::{Pick, Resident};

/// Batches that are made ahead of the one in use.
const AHEAD: usize = 2;

/// Images with their labels, on their way to a device.
#[derive(Clone, Debug)]
pub struct HostBatch {
    /// The images.
    pub images: Images,
    /// Classes (N).
    pub labels: Vec<i32>,
    /// Shape of an image.
    pub shape: Shape,
}

/// The images of a batch.
#[derive(Clone, Debug)]
pub enum Images {
    /// Normalised values (N, C, H, W), on the host.
    Values(Vec<f32>),
    /// Images in the memory of the device.
    Picked {
        /// All of them.
        of: Arc<Resident>,
        /// Those of the batch (N).
        picks: Vec<Pick>,
    },
}

/// Normalised images with their labels, on a device.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Normalised images (N, C, H, W).
    pub images: Tensor<4>,
    /// Classes (N).
    pub labels: Tensor<1, Int>,
}

impl HostBatch {
    /// Number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Copies the batch to `device`.
    #[must_use]
    pub fn upload(self, device: &Device) -> Batch {
        let count = self.labels.len();
        let shape = [
            count,
            self.shape.channels,
            self.shape.height,
            self.shape.width,
        ];
        Batch {
            images: match self.images {
                Images::Values(values) => Tensor::from_data(TensorData::new(values, shape), device),
                Images::Picked { of, picks } => of.batch(&picks, device),
            },
            labels: Tensor::from_data(TensorData::new(self.labels, [count]), device),
        }
    }
}

/// What every batch of a dataset is made with: images, and the normalisation of each channel.
#[derive(Clone, Debug)]
pub struct Batches {
    dataset: Arc<Dataset>,
    tables: Arc<Vec<[f32; 256]>>,
    batch_size: usize,
    augmentation: Option<Augmentation>,
    /// Which training images are trained on, and which are held out.
    holdout: Arc<Holdout>,
    /// The training and the test images in the memory of a GPU, where they fit.
    resident: Option<[Arc<Resident>; 2]>,
}

/// The training or the test images.
#[derive(Clone, Copy)]
enum Part {
    Train,
    Test,
}

impl Part {
    fn of(self, dataset: &Dataset) -> &Split {
        match self {
            Self::Train => &dataset.train,
            Self::Test => &dataset.test,
        }
    }
}

impl Batches {
    /// Batches of `batch_size`, normalised by mean and standard deviation of each channel over the
    /// training images; training images are varied by `augmentation`, if any.
    #[must_use]
    pub fn new(
        dataset: Arc<Dataset>,
        batch_size: usize,
        augmentation: Option<Augmentation>,
    ) -> Self {
        let tables = Arc::new(tables(&dataset.train, dataset.shape));
        Self {
            holdout: Arc::new(Holdout::none(dataset.train.len())),
            dataset,
            tables,
            batch_size,
            augmentation,
            resident: None,
        }
    }

    /// The same batches with their images in the memory of `opened`, if that is a GPU with enough of it.
    ///
    /// # Panics
    /// Where the device fails.
    #[must_use]
    pub fn lying_on(mut self, opened: &Opened) -> Self {
        let parts = [Part::Train, Part::Test].map(|part| &part.of(&self.dataset).pixels);
        if parts.iter().all(|pixels| Resident::can_hold(pixels.len()))
            && opened.has_room_for(parts.iter().map(|pixels| pixels.len() as u64).sum())
        {
            let Shape {
                channels,
                height,
                width,
            } = self.dataset.shape;
            let shape = [channels, height, width];
            let resident = |pixels| Resident::new(pixels, shape, &self.tables, &opened.device);
            self.resident = Some(parts.map(|pixels: &Vec<u8>| Arc::new(resident(pixels))));
        }
        self
    }

    /// The same in batches of another size.
    #[must_use]
    pub fn of_size(&self, batch_size: usize) -> Self {
        Self {
            batch_size,
            ..self.clone()
        }
    }

    /// Batches as `recipe` asks for them.
    ///
    /// # Errors
    /// As [`Holdout::of`].
    pub fn of_recipe(dataset: Arc<Dataset>, recipe: &Recipe) -> Result<Self, TrainingError> {
        let holdout = Arc::new(Holdout::of(&dataset, recipe.holdout)?);
        let augmentation = recipe.augment.then_some(Augmentation {
            crop_padding: recipe.crop_padding,
            flip: recipe.mirror.decide(dataset.flip_keeps_class),
        });
        Ok(Self {
            holdout,
            ..Self::new(dataset, recipe.batch_size, augmentation)
        })
    }

    /// Which training images are trained on, and which are held out.
    #[must_use]
    pub fn holdout(&self) -> &Holdout {
        &self.holdout
    }

    /// Steps of an epoch: full batches of the images that are trained on.
    #[must_use]
    pub fn steps_per_epoch(&self) -> usize {
        self.holdout.trained.len() / self.batch_size
    }

    /// Test images.
    #[must_use]
    pub fn test_images(&self) -> usize {
        self.dataset.test.len()
    }

    /// The training batches of one epoch, shuffled and varied by `seed` and `epoch`; a partial last
    /// batch is dropped.
    #[must_use]
    pub fn train(&self, seed: u64, epoch: usize) -> Receiver<HostBatch> {
        let count = self.steps_per_epoch();
        let pick = move |source: &Self| source.picks(seed, epoch);
        self.prepare(pick, count, Part::Train)
    }

    fn picks(&self, seed: u64, epoch: usize) -> Vec<Pick> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(epoch as u64);
        let mut order = self.holdout.trained.clone();
        order.shuffle(&mut rng);
        order
            .into_iter()
            .map(|image| match self.augmentation {
                Some(augmentation) => augmentation.pick(image, &mut rng),
                None => Pick::whole(image),
            })
            .collect()
    }

    /// All test images in their order, unvaried; the last batch may be partial.
    #[must_use]
    pub fn test(&self) -> Receiver<HostBatch> {
        self.unvaried((0..self.test_images()).collect(), Part::Test)
    }

    /// All held-out images, as [`Batches::test`].
    #[must_use]
    pub fn held_out(&self) -> Receiver<HostBatch> {
        self.unvaried(self.holdout.held_out.clone(), Part::Train)
    }

    /// Training images that `seed` draws, at most `count` of them, each once and unvaried; the last batch may be partial.
    #[must_use]
    pub fn train_sample(&self, seed: u64, count: usize) -> Receiver<HostBatch> {
        self.sample(seed, count, Part::Train)
    }

    /// The same of test images.
    #[must_use]
    pub fn test_sample(&self, seed: u64, count: usize) -> Receiver<HostBatch> {
        self.sample(seed, count, Part::Test)
    }

    fn sample(&self, seed: u64, count: usize, part: Part) -> Receiver<HostBatch> {
        let pick = move |source: &Self| {
            let mut order: Vec<usize> = (0..part.of(&source.dataset).len()).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
            order.truncate(count);
            order.into_iter().map(Pick::whole).collect()
        };
        self.prepare(pick, usize::MAX, part)
    }

    /// Training images.
    #[must_use]
    pub fn train_images(&self) -> usize {
        self.dataset.train.len()
    }

    /// The first and the last batch of [`Batches::test`]: of every size that there is.
    #[must_use]
    pub fn test_ends(&self) -> Receiver<HostBatch> {
        let images = (0..self.test_images()).collect();
        self.unvaried(self.ends(images), Part::Test)
    }

    /// The first and the last batch of [`Batches::held_out`].
    #[must_use]
    pub fn held_out_ends(&self) -> Receiver<HostBatch> {
        self.unvaried(self.ends(self.holdout.held_out.clone()), Part::Train)
    }

    fn ends(&self, mut images: Vec<usize>) -> Vec<usize> {
        let last = images.len().saturating_sub(1) / self.batch_size * self.batch_size;
        images.drain(last.min(self.batch_size)..last);
        images
    }

    fn unvaried(&self, images: Vec<usize>, part: Part) -> Receiver<HostBatch> {
        let count = images.len().div_ceil(self.batch_size);
        let pick = |_: &Self| images.into_iter().map(Pick::whole).collect();
        self.prepare(pick, count, part)
    }

    fn prepare(
        &self,
        pick: impl FnOnce(&Self) -> Vec<Pick> + Send + 'static,
        count: usize,
        part: Part,
    ) -> Receiver<HostBatch> {
        let (sender, receiver) = bounded(AHEAD);
        let source = self.clone();
        let spawned = thread::Builder::new().spawn(move || {
            let picks = pick(&source);
            for chunk in picks.chunks(source.batch_size).take(count) {
                if sender.send(source.assemble(chunk, part)).is_err() {
                    return;
                }
            }
        });
        if let Err(error) = spawned {
            // The training's thread makes a sentence of it.
            panic!("no thread could be started: {error}");
        }
        receiver
    }

    fn assemble(&self, picks: &[Pick], part: Part) -> HostBatch {
        let split = part.of(&self.dataset);
        HostBatch {
            images: match &self.resident {
                None => Images::Values(self.values(picks, split)),
                Some(resident) => Images::Picked {
                    of: Arc::clone(&resident[part as usize]),
                    picks: picks.to_vec(),
                },
            },
            labels: picks
                .iter()
                .map(|pick| split.labels[pick.image] as i32)
                .collect(),
            shape: self.dataset.shape,
        }
    }

    fn values(&self, picks: &[Pick], split: &Split) -> Vec<f32> {
        let shape = self.dataset.shape;
        let mut values = vec![0.0; picks.len() * shape.bytes()];
        values
            .par_chunks_mut(shape.bytes())
            .zip(picks)
            .for_each(|(out, &pick)| {
                write(
                    pick,
                    split.image(pick.image, shape),
                    shape,
                    &self.tables,
                    out,
                );
            });
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> Arc<Dataset> {
        let shape = Shape {
            channels: 1,
            height: 2,
            width: 2,
        };
        let split = |count: usize, offset: u8| Split {
            pixels: (0..count * 4)
                .map(|index| (index / 4) as u8 * 10 + offset)
                .collect(),
            labels: (0..count as u32).collect(),
        };
        Arc::new(Dataset {
            name: "test".to_owned(),
            notes: Vec::new(),
            shape,
            skipped: Vec::new(),
            class_names: (0..10).map(|class| class.to_string()).collect(),
            train: split(10, 0),
            test: split(5, 1),
            flip_keeps_class: false,
        })
    }

    fn values(batch: &HostBatch) -> &[f32] {
        match &batch.images {
            Images::Values(values) => values,
            Images::Picked { .. } => panic!("no image is on a device"),
        }
    }

    fn labels(receiver: &Receiver<HostBatch>) -> Vec<i32> {
        receiver.iter().flat_map(|batch| batch.labels).collect()
    }

    #[test]
    fn an_epoch_is_a_permutation_without_a_partial_batch() {
        let batches = Batches::new(dataset(), 3, None);
        assert_eq!(batches.steps_per_epoch(), 3);
        let mut seen = labels(&batches.train(1, 0));
        assert_eq!(seen.len(), 9);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 9);
    }

    #[test]
    fn order_depends_on_seed_and_epoch_alone() {
        let batches = Batches::new(dataset(), 5, None);
        assert_eq!(labels(&batches.train(1, 0)), labels(&batches.train(1, 0)));
        assert_ne!(labels(&batches.train(1, 0)), labels(&batches.train(1, 1)));
        assert_ne!(labels(&batches.train(1, 0)), labels(&batches.train(2, 0)));
    }

    #[test]
    fn test_images_keep_their_order_and_their_last_batch() {
        assert_eq!(
            labels(&Batches::new(dataset(), 3, None).test()),
            [0, 1, 2, 3, 4]
        );
    }

    #[test]
    fn a_sample_is_drawn_by_its_seed_and_holds_each_image_once() {
        let batches = Batches::new(dataset(), 3, None);
        let drawn = labels(&batches.train_sample(1, 7));
        assert_eq!(
            (drawn.len(), &drawn),
            (7, &labels(&batches.train_sample(1, 7)))
        );
        assert_ne!(drawn, labels(&batches.train_sample(2, 7)));
        let mut all = labels(&batches.test_sample(1, 50));
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_ends_of_the_test_images_are_their_first_and_last_batch() {
        for size in [3, 4, 5, 50] {
            let batches = Batches::new(dataset(), size, None);
            let whole = |batch: HostBatch| (values(&batch).to_vec(), batch.labels);
            let all: Vec<_> = batches.test().iter().map(whole).collect();
            let mut ends = vec![all[0].clone()];
            ends.extend(all[1..].last().cloned());
            let made: Vec<_> = batches.test_ends().iter().map(whole).collect();
            assert_eq!(made, ends, "batches of {size}");
        }
    }

    /// Images that are held out are evaluated in their order and never trained on, whatever seed and epoch.
    #[test]
    fn held_out_images_are_never_trained_on() {
        let dataset = Arc::new(Dataset {
            train: Split {
                pixels: vec![0; 160],
                labels: (0..40).map(|image| image % 2).collect(),
            },
            ..(*dataset()).clone()
        });
        let recipe = Recipe {
            holdout: Some(0.25),
            ..crate::training::recipe::tests::recipe(1, 0.0)
        };
        let batches = Batches::of_recipe(dataset, &recipe).unwrap();
        assert_eq!(batches.steps_per_epoch(), 3);
        let held_out = &batches.holdout().held_out;
        let expected: Vec<i32> = held_out.iter().map(|image| (image % 2) as i32).collect();
        assert_eq!(labels(&batches.held_out()), expected);
        assert_eq!(labels(&batches.held_out_ends()), expected);
        for epoch in 0..3 {
            let picks = batches.picks(7, epoch);
            assert_eq!(picks.len(), 30);
            assert!(picks.iter().all(|pick| !held_out.contains(&pick.image)));
        }
    }

    /// The thread that prepares holds the images: it ends, and drops them, when its receiver is dropped.
    #[test]
    fn a_receiver_that_leaves_ends_the_preparation() {
        let images = dataset();
        let batches = Batches::new(Arc::clone(&images), 1, None);
        let receiver = batches.train(1, 0);
        receiver.recv().unwrap();
        assert_eq!(
            Arc::strong_count(&images),
            3,
            "ours, the batches', the thread's"
        );
        drop(receiver);
        drop(batches);
        for _ in 0..60_000 {
            if Arc::strong_count(&images) == 1 {
                return;
            }
            thread::sleep(std::time::Duration::from_millis(1));
        }
        panic!("the thread goes on");
    }
}

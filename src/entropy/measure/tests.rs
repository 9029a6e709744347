#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Mutex;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::dataset::{Shape, Split};

fn dataset(shape: [usize; 3], images: &[Vec<u8>]) -> Dataset {
    let [channels, height, width] = shape;
    Dataset {
        name: "made".to_owned(),
        notes: Vec::new(),
        shape: Shape {
            channels,
            height,
            width,
        },
        skipped: Vec::new(),
        class_names: vec!["even".to_owned(), "odd".to_owned()],
        train: Split {
            pixels: images.concat(),
            labels: (0..images.len()).map(|index| index as u32 % 2).collect(),
        },
        test: Split::default(),
        flip_keeps_class: false,
    }
}

fn profile(dataset: &Dataset, estimator: Estimator) -> Measurement {
    measure(dataset, estimator, 0.5, &|_| {})
}

#[track_caller]
fn assert_close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 1e-9, "{actual} for {expected}");
}

/// `-Σ p log2 p` straight from its definition.
fn naive<T: Hash + Eq>(values: impl Iterator<Item = T>, estimator: Estimator) -> f64 {
    let mut counts: HashMap<T, f64> = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1.0;
    }
    let total: f64 = counts.values().sum();
    let plug_in: f64 = counts
        .values()
        .map(|count| -(count / total) * (count / total).log2())
        .sum();
    match estimator {
        Estimator::PlugIn => plug_in,
        Estimator::MillerMadow => {
            plug_in + (counts.len() as f64 - 1.0) / (2.0 * total * 2.0_f64.ln())
        }
    }
}

/// RGB images of random levels, from a few to all 256, that repeat pixels now and then.
fn random_images(count: usize, area: usize) -> Vec<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    (0..count)
        .map(|index| {
            let levels = 2_u32 << (index % 8);
            let mut image: Vec<u8> = (0..3 * area)
                .map(|_| (rng.random_range(0..levels) * 256 / levels) as u8)
                .collect();
            for plane in image.chunks_exact_mut(area) {
                plane.copy_within(0..area / 3, area / 2);
            }
            image
        })
        .collect()
}

#[test]
fn agrees_with_the_definition_on_random_images() {
    let (height, width) = (13, 9);
    let area = height * width;
    let images = random_images(300, area);
    let dataset = dataset([3, height, width], &images);
    for estimator in [Estimator::PlugIn, Estimator::MillerMadow] {
        let measurement = profile(&dataset, estimator);
        let mut sums = Vec::new();
        for (index, image) in images.iter().enumerate() {
            let planes: Vec<&[u8]> = image.chunks(area).collect();
            let sum: f64 = planes
                .iter()
                .map(|plane| naive(plane.iter(), estimator))
                .sum();
            let pixels =
                || (0..area).map(|pixel| [planes[0][pixel], planes[1][pixel], planes[2][pixel]]);
            let luma = pixels().map(|rgb| {
                let [r, g, b] = rgb.map(f64::from);
                ((19_595.0 * r + 38_470.0 * g + 7_471.0 * b) / 65_536.0 + 0.5).floor() as u8
            });
            assert_close(measurement.images.information[index], sum);
            assert_close(measurement.images.grey[index], naive(luma, estimator));
            assert_close(
                measurement.images.joint_colour[index],
                naive(pixels(), estimator),
            );
            assert_close(
                measurement.images.image_nats[index],
                naive(image.iter(), estimator) * std::f64::consts::LN_2,
            );
            sums.push(sum);
        }
        let profile = &measurement.profile;
        assert_close(
            profile.image_information.mean,
            sums.iter().sum::<f64>() / 300.0,
        );
        for channel in 0..3 {
            let pool = images
                .iter()
                .flat_map(|image| &image[channel * area..][..area]);
            assert_close(
                profile.pooled_histogram.entropy[channel],
                naive(pool, estimator),
            );
        }
        assert_close(
            profile.image_information.mean,
            profile
                .channel_entropy
                .iter()
                .map(|channel| channel.mean)
                .sum(),
        );
    }
}

/// scikit-image 0.26 `shannon_entropy` per channel, of Pillow 13 `convert("L")`, of the joint value, and
/// of the image with `base=e`, for `((x*x*(c+1) + y*y*(k+1) + x*y + 31*c) % (5+4*c)) * 17` on 12x12 pixels.
#[test]
fn agrees_with_scikit_image() {
    let images: Vec<Vec<u8>> = (0..3)
        .map(|k| {
            let mut image = Vec::new();
            for c in 0..3 {
                for y in 0..12 {
                    for x in 0..12 {
                        let value = x * x * (c + 1) + y * y * (k + 1) + x * y + 31 * c;
                        image.push((value % (5 + 4 * c) * 17) as u8);
                    }
                }
            }
            image
        })
        .collect();
    let measurement = profile(&dataset([3, 12, 12], &images), Estimator::PlugIn);
    let expected = [
        [
            8.605_720_100_723_358,
            5.934_415_258_399_014,
            6.680_138_022_185_501,
            2.324_780_579_860_082_2,
        ],
        [
            8.141_532_372_508_271,
            5.907_510_376_587_02,
            6.760_067_015_271_104,
            2.361_102_918_979_830_3,
        ],
        [
            8.868_723_518_635_644,
            5.887_685_703_168_453,
            6.740_935_852_061_634,
            2.380_904_834_170_858,
        ],
    ];
    for (index, [information, grey, joint_colour, nats]) in expected.into_iter().enumerate() {
        assert_close(measurement.images.information[index], information);
        assert_close(measurement.images.grey[index], grey);
        assert_close(measurement.images.joint_colour[index], joint_colour);
        assert_close(measurement.images.image_nats[index], nats);
    }
    let pooled = measurement.profile.pooled_histogram.entropy;
    assert_close(pooled[0], 2.311_048_669_339_671_2);
    assert_close(pooled[1], 3.064_040_271_150_781_3);
    assert_close(pooled[2], 3.691_921_523_268_428_4);
}

/// Small images are added up from the counts of their channels, those of more than 65,535 values counted once more.
#[test]
fn all_values_of_an_image_are_one_histogram_at_every_size_and_number_of_channels() {
    for [channels, height, width] in [
        [1, 7, 5],
        [2, 9, 9],
        [3, 1, 1],
        [3, 127, 129],
        [3, 150, 150],
        [4, 16, 16],
    ] {
        let values = channels * height * width;
        let images: Vec<Vec<u8>> = random_images(20, values)
            .into_iter()
            .map(|image| image[..values].to_vec())
            .collect();
        let data = dataset([channels, height, width], &images);
        let measured = profile(&data, Estimator::PlugIn).images.image_nats;
        for (image, nats) in images.iter().zip(measured) {
            let bits = naive(image.iter(), Estimator::PlugIn);
            assert_close(nats, bits * std::f64::consts::LN_2);
        }
    }
}

/// The readings of the author's statistic do not change where a grey image is written as three equal channels;
/// `channel-sum` trebles.
#[test]
fn equal_channels_change_image_nats_by_nothing() {
    let grey: Vec<Vec<u8>> = random_images(30, 36)
        .into_iter()
        .map(|image| image[..36].to_vec())
        .collect();
    let rgb: Vec<Vec<u8>> = grey.iter().map(|plane| plane.repeat(3)).collect();
    let of = |channels, images| profile(&dataset([channels, 6, 6], images), Estimator::PlugIn);
    let (grey, rgb) = (of(1, &grey), of(3, &rgb));
    for (one, three) in grey.images.image_nats.iter().zip(&rgb.images.image_nats) {
        assert_close(*three, *one);
    }
    assert_close(
        rgb.profile.image_information.mean,
        3.0 * grey.profile.image_information.mean,
    );
}

#[test]
fn hand_values() {
    let constant = vec![17; 784];
    let halves = [vec![0; 392], vec![255; 392]].concat();
    let measurement = profile(
        &dataset([1, 28, 28], &[constant, halves]),
        Estimator::PlugIn,
    );
    assert_close(measurement.images.information[0], 0.0);
    assert_close(measurement.images.information[1], 1.0);
    assert_eq!(measurement.images.grey, measurement.images.information);
    assert_eq!(
        measurement.images.joint_colour,
        measurement.images.information
    );
    let uniform: Vec<u8> = (0..=255).cycle().take(1024).collect();
    let measurement = profile(&dataset([1, 32, 32], &[uniform]), Estimator::PlugIn);
    assert_close(measurement.profile.image_information.mean, 8.0);
    assert_close(measurement.profile.pooled_histogram.sum, 8.0);
    assert_eq!(measurement.profile.channel_entropy[0].name, "grey");
    assert_close(measurement.profile.load_seconds, 0.5);
    assert_eq!(measurement.profile.bytes, 1024);
}

#[test]
fn classes_are_told_apart() {
    let flat = vec![1; 16];
    let full: Vec<u8> = (0..16).collect();
    let images = [flat.clone(), full.clone(), flat, full.clone(), vec![2; 16]];
    let classes = profile(&dataset([1, 4, 4], &images), Estimator::PlugIn)
        .profile
        .per_class;
    assert_eq!((classes[0].images, classes[1].images), (3, 2));
    assert_close(classes[0].mean, 0.0);
    assert_close(classes[1].mean, 4.0);
}

#[test]
fn no_digit_depends_on_the_number_of_threads() {
    let dataset = dataset([3, 8, 8], &random_images(700, 64));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut measurement = pool.install(|| profile(&dataset, Estimator::PlugIn));
        measurement.profile.seconds = 0.0;
        measurement
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn progress_reaches_the_end() {
    let heard = Mutex::new(Vec::new());
    let data = dataset([3, 4, 4], &random_images(20, 16));
    let _ = measure(&data, Estimator::PlugIn, 0.0, &|done| {
        heard.lock().unwrap().push(done);
    });
    let mut heard = heard.into_inner().unwrap();
    heard.sort_unstable();
    assert!(heard.into_iter().eq(1..=20));
}

#[test]
fn a_dataset_without_images_has_zeros() {
    let measurement = profile(&dataset([3, 4, 4], &[]), Estimator::MillerMadow);
    assert_close(measurement.profile.image_information.max, 0.0);
    assert_close(measurement.profile.pooled_histogram.sum, 0.0);
    assert_close(measurement.profile.per_class[0].mean, 0.0);
}

#[test]
fn images_in_parts_are_profiled_as_all_together() {
    let dataset = dataset([3, 8, 8], &random_images(700, 64));
    let mut survey = Survey::new(dataset.outline(), Estimator::MillerMadow);
    let bytes = dataset.shape.bytes();
    for range in [0..1, 1..70, 70..70, 70..699, 699..700] {
        let part = Part {
            pixels: &dataset.train.pixels[range.start * bytes..range.end * bytes],
            labels: &dataset.train.labels[range],
        };
        survey.add(part, &|_| {});
    }
    let mut parts = survey.finish();
    let mut whole = profile(&dataset, Estimator::MillerMadow);
    for measurement in [&mut parts, &mut whole] {
        measurement.profile.seconds = 0.0;
        measurement.profile.load_seconds = 0.0;
    }
    assert_eq!(parts, whole);
    assert_eq!(parts.images.group_histograms.len(), 64);
}

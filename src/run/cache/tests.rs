//! Hits, misses, and what is damaged.

#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::run::{overview, prepare, profile, profile_with_curve};

/// A folder dataset of two classes of four images, whose grey levels start at `level`.
fn images(folder: &Path, level: u8) {
    for class in ["cat", "dog"] {
        fs::create_dir_all(folder.join(class)).unwrap();
        for image in 0..4 {
            let picture = image::GrayImage::from_fn(6, 5, |x, y| {
                image::Luma([level + (x * y) as u8 + image * u8::from(class == "dog")])
            });
            let path = folder.join(class).join(format!("{image}.png"));
            picture.save(path).unwrap();
        }
    }
}

fn settings(data: &Path, cache: &Path) -> Settings {
    let layer = crate::run::Layer::default().with("dataset", format!("folder:{}", data.display()));
    let mut settings = Settings::resolve(&[layer]).unwrap();
    settings.host.cache = Some(cache.to_owned());
    settings
}

fn entries(cache: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cache).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The analysis of [`profile`], and how often an image was read for it.
fn counted(settings: &Settings) -> (Analysis, usize) {
    let read = AtomicUsize::new(0);
    let analysis = profile(settings, &|phase| {
        if !matches!(phase, Phase::Finding { .. }) {
            read.fetch_add(1, Ordering::Relaxed);
        }
    });
    (analysis.unwrap(), read.into_inner())
}

#[test]
fn a_second_look_reads_no_image_and_says_the_same() {
    let (data, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    images(data.path(), 10);
    let settings = settings(data.path(), cache.path());
    let (first, read) = counted(&settings);
    assert!(read > 0 && !first.cached);
    let (second, read) = counted(&settings);
    assert_eq!(read, 0);
    assert!(second.cached);
    let expected = Analysis {
        cached: true,
        ..first
    };
    assert_eq!(second, expected);
    let other = Settings {
        reading: crate::depth::Rule::GreyBlocks,
        ..settings.clone()
    };
    let (third, read) = counted(&other);
    assert_eq!(read, 0);
    assert_eq!(third, expected.with_reading(other.reading));
    assert_eq!(entries(cache.path()).len(), 1);
    let mut off = settings;
    off.host.cache = None;
    assert!(!counted(&off).0.cached);
}

#[test]
fn other_files_and_other_options_are_measured_anew() {
    let (data, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    images(data.path(), 10);
    let settings = settings(data.path(), cache.path());
    assert!(!counted(&settings).0.cached);
    let limited = Settings {
        limit: Some(3),
        ..settings.clone()
    };
    let (analysis, _) = counted(&limited);
    assert_eq!((analysis.cached, analysis.profile.images), (false, 3));
    let estimator = Settings {
        estimator: crate::entropy::Estimator::MillerMadow,
        ..settings.clone()
    };
    assert!(!counted(&estimator).0.cached);
    assert!(counted(&limited).0.cached);
    images(data.path(), 99);
    assert!(!counted(&settings).0.cached);
    assert!(counted(&settings).0.cached);
    fs::remove_file(data.path().join("cat/3.png")).unwrap();
    assert!(!counted(&settings).0.cached);
}

#[test]
fn a_reading_of_ones_own_without_a_value_is_an_error_each_time() {
    let (data, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    images(data.path(), 10);
    let with = |reading: Option<&str>| {
        let reading = reading.map_or_else(String::new, |name| format!("reading = '{name}'"));
        let text = format!(
            "dataset = 'folder:{}'\n{reading}\n[readings.cache-mine]\nexpression = '1 / 0'\nunit = 'convolutions'",
            data.path().display()
        );
        let layer: crate::run::Layer = toml::from_str(&text).unwrap();
        let mut settings = Settings::resolve(&[layer]).unwrap();
        settings.host.cache = Some(cache.path().to_owned());
        settings
    };
    for _ in 0..2 {
        assert!(profile(&with(None), &|_| {}).is_ok());
        let said = profile(&with(Some("cache-mine")), &|_| {}).unwrap_err();
        assert!(
            said.to_string().contains("is inf on this dataset"),
            "{said}"
        );
    }
}

#[test]
fn what_is_shown_and_the_curve_are_kept_together() {
    let (data, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    images(data.path(), 10);
    let settings = settings(data.path(), cache.path());
    let first = overview(&settings, &|_| {}).unwrap();
    assert_eq!(first.dataset.unwrap().test.len(), first.shown.test_images);
    assert_eq!(first.shown.samples.lowest[0].pixels.len(), 30);
    let curve = profile_with_curve(&settings, &|_| {}).unwrap();
    assert!(!curve.cached);
    let again = profile_with_curve(&settings, &|_| {}).unwrap();
    assert!(again.cached);
    assert_eq!(again.sample_curve, curve.sample_curve);
    assert_eq!(again.sample_curve.unwrap().len(), 5);
    let second = overview(&settings, &|_| {}).unwrap();
    assert_eq!(second.dataset, None);
    assert_eq!(second.shown, first.shown);
    let prepared = prepare(&settings, &|_| {}).unwrap();
    assert_eq!(prepared.dataset.train.len(), first.analysis.profile.images);
    assert!(prepared.analysis.cached && prepared.analysis.sample_curve.is_none());
    assert_eq!(prepared.analysis.readings, first.analysis.readings);
    assert_eq!(entries(cache.path()).len(), 1);
}

#[test]
fn a_damaged_entry_is_written_again() {
    let (data, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    images(data.path(), 10);
    let settings = settings(data.path(), cache.path());
    overview(&settings, &|_| {}).unwrap();
    let path = entries(cache.path()).remove(0);
    let whole = fs::read(&path).unwrap();
    let kept: CachedProfile = read_entry(&path).unwrap();
    for at in [0, 40, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert!(!counted(&settings).0.cached, "byte {at}");
        assert!(counted(&settings).0.cached);
    }
    let unsealed = serde_json::to_vec(&kept).unwrap();
    for bytes in [
        &b""[..],
        &whole[..40],
        &whole[..whole.len() - 1],
        b"{}",
        &unsealed,
    ] {
        fs::write(&path, bytes).unwrap();
        assert_eq!(read_entry::<CachedProfile>(&path), None);
    }
}

#[test]
fn where_nothing_can_be_written_nothing_is_kept() {
    let (data, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    images(data.path(), 10);
    let taken = cache.path().join("taken");
    fs::write(&taken, "a file").unwrap();
    let settings = settings(data.path(), &taken);
    assert!(!counted(&settings).0.cached);
    assert!(!counted(&settings).0.cached);
}

#[test]
fn the_newest_entries_stay() {
    let cache = tempfile::tempdir().unwrap();
    for number in 0..MOST + 5 {
        let path = cache.path().join(format!("{number}.{ENDING}"));
        fs::write(&path, "x").unwrap();
        let date = UNIX_EPOCH + Duration::from_secs(number as u64);
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(date).unwrap();
    }
    let left = cache.path().join("x.profile.1.partial");
    fs::write(&left, "x").unwrap();
    let file = File::options().append(true).open(&left).unwrap();
    file.set_modified(UNIX_EPOCH).unwrap();
    fs::write(cache.path().join("note.txt"), "mine").unwrap();
    tidy(cache.path(), Some(OsStr::new(ENDING)), MOST);
    assert_eq!(entries(cache.path()).len(), MOST + 1);
    assert!(!cache.path().join(format!("4.{ENDING}")).exists());
    assert!(cache.path().join(format!("5.{ENDING}")).exists());
    assert!(cache.path().join("note.txt").exists() && !left.exists());
}

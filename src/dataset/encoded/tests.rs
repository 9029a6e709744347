#![allow(clippy::unwrap_used)]

use std::fs;

use super::super::testing::fixture;
use super::*;

/// Files that Pillow wrote, see `tests/fixtures/datasets/make.py`.
fn pictures() -> Vec<(String, Vec<u8>)> {
    let mut pictures: Vec<(String, Vec<u8>)> = fs::read_dir(fixture("pictures"))
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    pictures.sort();
    assert_eq!(pictures.len(), 13);
    pictures
}

/// Pillow refuses JPEGs at every length but the full; of other files it takes some whose pixels are
/// all there.
#[test]
fn what_is_cut_off_is_refused_or_has_all_its_pixels() {
    for (name, bytes) in pictures() {
        let whole = decode(&bytes).unwrap();
        let mut taken = 0;
        for length in 0..bytes.len() {
            if let Ok(image) = decode(&bytes[..length]) {
                taken += 1;
                assert_eq!(image, whole, "{name} at {length} of {} bytes", bytes.len());
            }
        }
        assert!(taken == 0 || !name.ends_with("jpg"), "{name}: {taken}");
        assert!(taken <= 16, "{name}: {taken}");
    }
}

#[test]
fn heads_say_what_decoding_gives_and_whether_a_jpeg_is_whole() {
    for (name, bytes) in pictures() {
        let found = head(Cursor::new(&bytes)).unwrap();
        let image = decode(&bytes).unwrap();
        assert_eq!(
            (found.height, found.width),
            (image.height() as usize, image.width() as usize)
        );
        assert_eq!((found.height, found.width), (23, 19), "{name}");
        assert_eq!(found.bytes, image.as_bytes().len() as u64, "{name}");
        assert_eq!(found.deep, name == "deep.png", "{name}");
        if name.ends_with("jpg") {
            let said = head(Cursor::new(&bytes[..bytes.len() - 1])).unwrap_err();
            assert!(said.contains("it is cut off"), "{said}");
        }
    }
}

#[test]
fn a_whole_jpeg_has_the_pixels_that_the_image_crate_gives() {
    for (name, bytes) in pictures() {
        if name.ends_with("jpg") {
            assert_eq!(
                decode(&bytes).unwrap(),
                by_crate(&bytes, ImageFormat::Jpeg).unwrap(),
                "{name}"
            );
            let mut followed = bytes.clone();
            followed.extend(b"what a phone puts behind its photographs");
            assert!(decode(&followed).is_ok(), "{name}");
        }
    }
}

/// A download into a file of full length that stopped, so that the rest is zeros.
#[test]
fn a_jpeg_whose_second_half_is_zeros_is_refused() {
    for (name, mut bytes) in pictures() {
        if name.ends_with("jpg") {
            let half = bytes.len() / 2;
            bytes[half..].fill(0);
            assert!(decode(&bytes).is_err(), "{name}");
        }
    }
}

#[test]
fn what_is_no_image_is_said_to_be_none() {
    let said = |bytes: &[u8]| decode(bytes).unwrap_err();
    assert_eq!(said(b""), "it is empty");
    assert_eq!(
        said(b"<html>404"),
        "it is no image of a kind that is known here"
    );
    assert_eq!(
        said(b"\0\0\0 ftypavif\0\0\0\0"),
        "it is AVIF, which is not read here"
    );
}

//! Writers of small files in the published layouts, for the readers' tests.

use std::fs::{self, File};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Bytes without order, the same for the same seed (`SplitMix64`).
pub(super) fn noise(seed: u64, count: usize) -> Vec<u8> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut value = state;
            value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (value ^ (value >> 31)) as u8
        })
        .collect()
}

/// The pattern of `tests/fixtures/datasets/make.py`.
pub(super) fn pattern(count: usize, size: usize) -> Vec<u8> {
    (0..count)
        .flat_map(|n| (0..size).map(move |v| ((31 * n + 7 * v + v / 256) % 256) as u8))
        .collect()
}

/// A file below `tests/fixtures/datasets`.
pub(super) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/datasets")
        .join(name)
}

/// The corpus of a fuzz target, which the fuzzer minimised.
pub(super) fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files = fs::read_dir(folder.join(target)).unwrap();
    let files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    assert!(!files.is_empty(), "no corpus for {target}");
    files
}

/// Runs a fuzz target on its corpus.
pub(super) fn replay(target: &str, fuzz: fn(&[u8])) {
    for file in corpus(target) {
        fuzz(&fs::read(file).unwrap());
    }
}

pub(super) type Files = Vec<(String, Vec<u8>)>;

pub(super) fn write_folder(folder: &Path, files: &Files) {
    fs::create_dir_all(folder).unwrap();
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// A `.tar.gz` whose members are in `folder`, last file first.
pub(super) fn write_tar(path: &Path, folder: &str, files: &Files) {
    let gzip = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    for (name, bytes) in files.iter().rev() {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, format!("{folder}/{name}"), &**bytes)
            .unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap();
}

/// A zip in memory, deflated.
pub(super) fn zip(files: &Files) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A `.npy` file, format 1.0.
pub(super) fn npy(code: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{code}', 'fortran_order': False, 'shape': {shape}, }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16).to_le_bytes());
    file.extend(header.as_bytes());
    file.extend(numbers);
    file
}

/// A batch as Python 2's `cPickle` writes it with protocol 2: byte strings, memo, `numpy.core`.
pub(super) fn python2_batch(labels: &[(&str, Vec<i64>)], row: usize, data: &[u8]) -> Vec<u8> {
    let mut file = b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x15training batch 1 of 5q\x03".to_vec();
    for (key, labels) in labels {
        file.extend([b'U', key.len() as u8]);
        file.extend(key.as_bytes());
        file.extend(b"q\x04]q\x05(");
        for &label in labels {
            if let Ok(label) = u8::try_from(label) {
                file.extend([b'K', label]);
            } else {
                file.push(b'M');
                file.extend((label as u16).to_le_bytes());
            }
        }
        file.push(b'e');
    }
    file.extend(b"U\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09(K\x01J");
    file.extend(((data.len() / row) as u32).to_le_bytes());
    file.push(b'M');
    file.extend((row as u16).to_le_bytes());
    file.extend(b"\x86cnumpy\ndtype\nq\nU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file.extend(b"tbU\x09filenamesq\x0c]q\r(U\x05a.pngU\x05b.pngeu.");
    file
}

/// The list of class names as Python 2 pickles it.
pub(super) fn python2_names(key: &str, names: &[String]) -> Vec<u8> {
    let mut file = b"\x80\x02}q\x01(".to_vec();
    file.extend([b'U', key.len() as u8]);
    file.extend(key.as_bytes());
    file.extend(b"q\x02]q\x03(");
    for name in names {
        file.extend([b'U', name.len() as u8]);
        file.extend(name.as_bytes());
    }
    file.extend(b"eu.");
    file
}

/// Asserts that a sentence holds `part`.
#[track_caller]
pub(super) fn says(sentence: &str, part: &str) {
    assert!(sentence.contains(part), "{part} is not in: {sentence}");
}

/// Takes no notice of progress.
pub(super) fn quiet(_: super::Loading) {}

/// As much memory as there is.
pub(super) fn plenty() -> super::memory::Budget {
    super::memory::Budget::new(None)
}

//! Memory has a bound: what takes more is one sentence, before it is allocated.

use std::fs;

use crate::mistakes::{gzip, idx, says};
use crate::support::Desk;

#[test]
fn a_folder_of_more_pixels_than_the_limit_is_refused_and_a_part_of_it_is_not() {
    let desk = Desk::new();
    desk.images("big", 2, 20, 64);
    // 40 images of 12,288 bytes each.
    let train = "train folder:big resnet-14 --depth 7 --epochs 1 --batch-size 4 --device cpu";
    says(
        &desk,
        &format!("{train} --max-memory 400k"),
        1,
        &[
            "big needs",
            "where 400 kB may be used (set by --max-memory)",
        ],
    );
    assert!(!desk.path().join("runs").exists());
    let few = desk.json("analyze folder:big --limit 8 --max-memory 400k --json");
    assert_eq!(few["images"], 8);
    says(
        &desk,
        "analyze folder:big --max-memory lots",
        2,
        &["'lots' is no size"],
    );
}

#[test]
fn gzip_that_unpacks_to_far_more_is_refused() {
    let desk = Desk::new();
    let folder = desk.path().join("set");
    fs::create_dir(&folder).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.join(name), gzip(bytes)).unwrap();
    let (count, side) = (2_000_u32, 28_u32);
    let pixels = vec![7; (count * side * side) as usize];
    for part in ["train", "t10k"] {
        let images = idx(0x803, &[count, side, side], &pixels);
        write(&format!("{part}-images-idx3-ubyte.gz"), &images);
        let labels: Vec<u8> = (0..count).map(|image| (image % 10) as u8).collect();
        write(
            &format!("{part}-labels-idx1-ubyte.gz"),
            &idx(0x801, &[count], &labels),
        );
    }
    assert_eq!(
        desk.json("analyze idx:set --max-memory 4M --json")["images"],
        count
    );
    // The training images fit alone, and those of both parts do not.
    for limit in ["1M", "2M"] {
        says(
            &desk,
            &format!("analyze idx:set --no-cache --max-memory {limit}"),
            1,
            &["images-idx3-ubyte.gz needs", "set by --max-memory"],
        );
    }
}

/// Four hundred references to one encoded image of 3000 x 3000 pixels: 10.8 GB of a file of a few kB.
#[cfg(all(feature = "parquet", target_os = "linux"))]
#[test]
fn a_small_parquet_file_of_many_large_images_is_refused() {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    let desk = Desk::new();
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(3000, 3000)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png: ByteArray = png.into_inner().into();
    fs::create_dir(desk.path().join("copy")).unwrap();
    for part in ["train", "test"] {
        let schema = "message m { required binary image; required int64 label; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = fs::File::create(desk.path().join(format!("copy/{part}.parquet"))).unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(file, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<ByteArrayType>()
            .write_batch(&vec![png.clone(); 400], None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let labels: Vec<i64> = (0..400).map(|image| image % 2).collect();
        column
            .typed::<Int64Type>()
            .write_batch(&labels, None, None)
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
    }
    let train = fs::metadata(desk.path().join("copy/train.parquet")).unwrap();
    assert!(train.len() < 1_000_000, "{} bytes", train.len());
    says(
        &desk,
        "analyze hf:copy --max-memory 1G",
        1,
        &["copy/train.parquet needs 10.8 GB of memory, where 1.0 GB may be used"],
    );
    // Without an option, what the operating system allows is the limit.
    limited(
        &desk,
        4_000_000,
        "analyze hf:copy",
        &["needs 10.8 GB", "80 % of what is free"],
    );
}

/// Asserts that the program ends with one sentence, under a limit on address space in kilobytes.
#[cfg(target_os = "linux")]
fn limited(desk: &Desk, kilobytes: u64, arguments: &str, parts: &[&str]) {
    let program = assert_cmd::cargo::cargo_bin!("ebcle-tui");
    let output = std::process::Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ulimit -v {kilobytes}; exec {} {arguments} --no-cache",
            program.display()
        ))
        .current_dir(desk.path())
        .env("HOME", desk.path())
        .env("EBCLE_MEASURE", "false")
        .env(
            "RAYON_NUM_THREADS",
            if parts.contains(&"threads") {
                "900"
            } else {
                "2"
            },
        )
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "'{part}' is missing in: {stderr}");
    }
}

/// 900 threads of 2 MiB of stack each do not fit into 1 GB of address space.
#[cfg(target_os = "linux")]
#[test]
fn threads_that_cannot_be_started_are_a_sentence() {
    let desk = Desk::new();
    limited(
        &desk,
        1_000_000,
        "analyze glyphs --limit 60",
        &["no threads could be started", "threads"],
    );
}

#[test]
fn networks_that_no_memory_holds_are_refused_before_a_run_is_made() {
    let desk = Desk::new();
    says(
        &desk,
        "train glyphs densenet-40-k8192 --limit 60 --batch-size 20 --epochs 1 --device cpu",
        1,
        &[
            "G parameters and take at least",
            "use a smaller architecture or width",
        ],
    );
    assert!(!desk.path().join("runs").exists());
}

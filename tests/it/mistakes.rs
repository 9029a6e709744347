//! Every mistake gets one clear sentence and a non-zero exit.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{Desk, SHORT};

/// Asserts one line on stderr that begins with `error:`, holds every part, and comes with `code`.
pub fn says(desk: &Desk, arguments: &str, code: i32, parts: &[&str]) {
    let (actual, stderr) = desk.failure(arguments);
    let errors: Vec<&str> = stderr
        .lines()
        .filter(|line| line.starts_with("error:"))
        .collect();
    assert_eq!(
        errors.len(),
        1,
        "one sentence for `{arguments}`, not: {stderr}"
    );
    for part in parts {
        assert!(
            errors[0].contains(part),
            "'{part}' is missing for `{arguments}` in: {stderr}"
        );
    }
    assert_eq!(actual, code, "exit code of `{arguments}`: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

/// As [`says`], of every line of a table: exit code, arguments, and the parts of its sentence, between bars.
pub fn all_say(desk: &Desk, table: &str) {
    for line in table.lines().filter(|line| !line.is_empty()) {
        let mut cells = line.split(" | ");
        let code = cells.next().unwrap().parse().unwrap();
        let arguments = cells.next().unwrap();
        says(desk, arguments, code, &cells.collect::<Vec<_>>());
    }
}

#[test]
fn names_that_do_not_exist() {
    let wrong = "
2 | analyze minst | unknown dataset 'minst' | mnist | folder:PATH
2 | plan glyphs resnet-21 | 6n + 2 | resnet-20 | resnet-26
2 | plan glyphs vgg-16 | unknown architecture 'vgg-16' | densenet-bc-N | resnext-N
2 | plan glyphs resnext-30 | 9n + 2 | resnext-29 and resnext-38
2 | plan glyphs densenet-40-k0 | -kK gives the growth rate
2 | plan glyphs efficientnet-b7 | no variant 'b7' | efficientnet-b2
2 | plan glyphs resnet-50 --width-factor 0 | width-factor
2 | plan glyphs resnext-29 --limit 60 --width-factor 0.001 | less than one channel a group | 0.015625
2 | analyze glyphs --reading max | unknown reading 'max' | channel-sum
2 | plan glyphs resnet-20 --width wide | unknown width policy 'wide' | balanced
2 | train glyphs resnet-50 --device gpu | unknown device 'gpu' | cuda:N
2 | export latest --format pdf | unknown format 'pdf' | svg
1 | runs show nothing | no run 'nothing'
";
    all_say(&Desk::new(), wrong);
}

#[test]
fn a_device_that_is_not_there() {
    let desk = Desk::new();
    if desk.json("devices --json")[0]["usable"] == true {
        println!("skipped: this machine has a CUDA device");
        return;
    }
    says(
        &desk,
        "train glyphs resnet-50 --limit 60 --epochs 1 --batch-size 20 --device cuda",
        1,
        &["cuda:0 cannot be used"],
    );
    assert!(
        !desk.path().join("runs").exists(),
        "no run directory is left behind"
    );
}

#[test]
fn settings_that_cannot_be_trained_with() {
    let wrong = "
2 | train glyphs resnet-20 --epochs 0 | epochs must be at least 1
2 | train glyphs resnet-20 --limit 60 --batch-size 100 --epochs 1 --device cpu | batch size 100 | 60 training images
2 | train glyphs resnet-20 --seeds 1,1 | seed 1 is given twice
2 | train glyphs resnet-20 --holdout 0 | holdout must be above 0 and below 1
2 | train glyphs resnet-20 --holdout 1 | holdout must be above 0 and below 1
2 | train glyphs resnet-20 --limit 60 --holdout 0.01 --device cpu | a hold-out of 0.01 | holds none of the | use --holdout 0.
2 | train glyphs resnet-20 --epochs 9000000 | epochs must be at most 1000000
2 | train glyphs resnet-20 --margin 0 | margin
2 | train glyphs resnet-20 --limit 0 | limit
2 | train glyphs resnet-20 --margin -0.1 | margin must lie between 0 and 1
2 | train glyphs resnet-20 --epochs 2 --warmup-epochs 3 | 3 warm-up epochs are more than the 2 epochs
2 | train glyphs resnet-20 --crop-padding 32 --device cpu | crop padding of 32 | use at most 31
1 | train glyphs resnet-14 --depth 19 --device cpu | use --depth N below 13
1 | train glyphs resnet-8 --depth 5 --device cpu | is the shallowest of its family
";
    all_say(&Desk::new(), wrong);
}

#[test]
fn a_sweep_of_a_grid_that_cannot_be_trained() {
    let desk = Desk::new();
    fs::write(
        desk.path().join("deep.toml"),
        "architectures = [\"resnet-14\"]\n\n[[datasets]]\ndataset = \"glyphs\"\n\n[[sweeps]]\ndataset = \"glyphs\"\narchitecture = \"resnet-14\"\ndepths = [7, 99]\n",
    )
    .unwrap();
    says(
        &desk,
        "grid deep.toml --dry-run",
        2,
        &["deep.toml", "depth 99 is above the 13 convolutions"],
    );
}

#[test]
fn options_that_a_probe_of_a_run_has_no_use_for() {
    let desk = Desk::new();
    says(&desk, "probe latest --limit 200", 2, &["need --weights"]);
    let grid = "architectures = [\"resnet-14\"]\n[[datasets]]\ndataset = \"glyphs\"\n[[sweeps]]\ndataset = \"glyphs\"\narchitecture = \"resnet-14\"\ndepths = [7, 99]\n";
    fs::write(desk.path().join("deep.toml"), grid).unwrap();
    let parts = ["deep.toml", "depth 99 is above the 13 convolutions"];
    says(&desk, "grid deep.toml --dry-run", 2, &parts);
}

#[test]
fn an_output_folder_that_cannot_be_written() {
    let desk = Desk::new();
    fs::write(desk.path().join("file"), "in the way").unwrap();
    says(
        &desk,
        &format!("{SHORT} --out file/runs"),
        1,
        &["file/runs"],
    );
}

#[test]
fn config_files_with_mistakes() {
    let desk = Desk::new();
    let analyze = "analyze glyphs --config my.toml";
    fs::write(desk.path().join("my.toml"), "epochs = 3\nbacth-size = 5\n").unwrap();
    says(
        &desk,
        analyze,
        2,
        &["my.toml:2:1", "did you mean 'batch-size'?"],
    );
    says(
        &desk,
        "analyze glyphs --config missing.toml",
        1,
        &["missing.toml"],
    );
    let misspelt = desk.command("runs").env("EBCLE_BACTH_SIZE", "5").output();
    let stderr = String::from_utf8(misspelt.unwrap().stderr).unwrap();
    assert!(
        stderr.starts_with("error: EBCLE_BACTH_SIZE is not a setting"),
        "{stderr}"
    );
}

#[test]
fn folders_without_usable_images() {
    let desk = Desk::new();
    says(&desk, "analyze folder:nowhere", 1, &["nowhere"]);
    fs::create_dir(desk.path().join("empty")).unwrap();
    says(&desk, "analyze folder:empty", 1, &["empty"]);

    let flowers = desk.images("flowers", 2, 4, 12);
    fs::write(flowers.join("class1/broken.png"), b"no picture").unwrap();
    says(&desk, "analyze folder:flowers", 1, &["broken.png"]);
    fs::remove_file(flowers.join("class1/broken.png")).unwrap();
    image::RgbImage::new(9, 7)
        .save(flowers.join("class1/odd.png"))
        .unwrap();
    says(&desk, "analyze folder:flowers", 1, &["odd.png", "--resize"]);
}

/// IDX: magic, big-endian counts, then the bytes.
pub fn idx(magic: u32, counts: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = magic.to_be_bytes().to_vec();
    for count in counts {
        file.extend(count.to_be_bytes());
    }
    file.extend(bytes);
    file
}

/// Bytes under gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn mnist(desk: &Desk) -> std::path::PathBuf {
    let folder = desk.path().join("digits");
    fs::create_dir_all(&folder).unwrap();
    for (part, count) in [("train", 20_u32), ("t10k", 10)] {
        let pixels: Vec<u8> = (0..count * 28 * 28)
            .map(|index| (index % 251) as u8)
            .collect();
        let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
        fs::write(
            folder.join(format!("{part}-images-idx3-ubyte")),
            idx(0x803, &[count, 28, 28], &pixels),
        )
        .unwrap();
        fs::write(
            folder.join(format!("{part}-labels-idx1-ubyte")),
            idx(0x801, &[count], &labels),
        )
        .unwrap();
    }
    folder
}

#[test]
fn broken_digits() {
    let desk = Desk::new();
    let folder = mnist(&desk);
    let analyze = "analyze mnist --data-dir digits";
    assert_eq!(desk.json(&format!("{analyze} --json"))["images"], 20);

    let labels = folder.join("train-labels-idx1-ubyte");
    let good = fs::read(&labels).unwrap();
    fs::write(&labels, idx(0x801, &[19], &good[8..27])).unwrap();
    says(&desk, analyze, 1, &["train-labels-idx1-ubyte", "19", "20"]);
    fs::write(&labels, idx(0x999, &[20], &good[8..])).unwrap();
    says(&desk, analyze, 1, &["train-labels-idx1-ubyte", "magic"]);
    fs::write(&labels, &good[..15]).unwrap();
    says(&desk, analyze, 1, &["train-labels-idx1-ubyte"]);

    let gzip = gzip(&good);
    fs::remove_file(&labels).unwrap();
    says(&desk, analyze, 1, &["labels"]);
    let zipped = folder.join("train-labels-idx1-ubyte.gz");
    fs::write(&zipped, &gzip).unwrap();
    assert_eq!(desk.json(&format!("{analyze} --json"))["images"], 20);
    fs::write(&zipped, &gzip[..gzip.len() / 2]).unwrap();
    says(&desk, analyze, 1, &["train-labels-idx1-ubyte.gz"]);

    says(
        &desk,
        "analyze mnist --data-dir nowhere",
        1,
        &["mnist", "nowhere, which does not exist", "--data-dir"],
    );
}

#[test]
fn damaged_runs_are_named() {
    let desk = Desk::new();
    let run = desk.path().join("runs/20260101-000000-glyphs-resnet-20");
    fs::create_dir_all(&run).unwrap();
    fs::write(run.join("run.toml"), "version = 3").unwrap();
    says(&desk, "runs show 20260101", 1, &["run.toml"]);
    desk.command("runs").assert().success();
}

/// A pipe that nobody writes into is refused at once; nothing waits for it.
#[cfg(unix)]
#[test]
fn pipes_and_devices_are_no_files() {
    let desk = Desk::new();
    let made = std::process::Command::new("mkfifo")
        .arg(desk.path().join("pipe.npz"))
        .status();
    assert!(made.unwrap().success());
    for arguments in [
        "analyze npz:pipe.npz",
        "evaluate glyphs --arch resnet-8 --weights pipe.npz",
        "plan glyphs resnet-8 --config pipe.npz",
        "grid pipe.npz",
    ] {
        says(&desk, arguments, 1, &["pipe.npz", "it is a named pipe"]);
    }
    says(
        &desk,
        "evaluate glyphs --arch resnet-8 --weights /dev/zero",
        1,
        &["/dev/zero", "it is a device"],
    );
}

#[test]
fn numbers_and_expressions_have_a_length() {
    let desk = Desk::new();
    says(
        &desk,
        "analyze glyphs --resize 18446744073709551615x2",
        2,
        &["resize 18446744073709551615 is too large: use at most 4096"],
    );
    let long = format!(
        "[readings.mine]\nexpression = \"{}1\"\nunit = \"blocks\"\n",
        "1+".repeat(100_000)
    );
    fs::write(desk.path().join("long.toml"), long).unwrap();
    says(
        &desk,
        "plan glyphs resnet-8 --config long.toml",
        2,
        &["long.toml:2:", "has 200001 characters: use at most 1000"],
    );
}

/// A run that was moved is shown where it lies.
#[test]
fn a_run_that_was_moved_says_where_it_is() {
    let desk = Desk::new();
    let run = desk.json(&format!("{SHORT} --json"));
    let before = desk.path().join(run["run_dir"].as_str().unwrap());
    fs::create_dir(desk.path().join("elsewhere")).unwrap();
    fs::rename(before, desk.path().join("elsewhere/moved")).unwrap();
    let shown = desk.json("runs show elsewhere/moved --json");
    assert_eq!(shown["run_dir"], "elsewhere/moved");
    let text = desk.stdout("runs show elsewhere/moved");
    assert!(
        text.contains("elsewhere/moved") && !text.contains("runs/2"),
        "{text}"
    );
}

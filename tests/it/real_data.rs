//! The published numbers on real data, where the project's data folder lies beside the checkout.

use std::path::{Path, PathBuf};

use crate::support::Desk;

/// A folder of real data, or the printed reason for which the test is skipped.
fn data(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: {} is not here", folder.display());
    None
}

/// MNIST's 60,000 training images: mean image information 1.60254 bits by numpy's bincount; mean entropy of an image
/// in nats by scikit-image 0.26, `shannon_entropy(image, base=e)`.
#[test]
fn mnist_has_its_known_entropy() {
    let Some(folder) = data("mnist") else { return };
    let analysis = Desk::new().json(&format!(
        "analyze mnist --data-dir {} --json",
        folder.display()
    ));
    assert_eq!(analysis["images"], 60_000);
    assert_eq!(analysis["cap"], 2);
    let mean = analysis["image_information"]["mean"].as_f64().unwrap();
    assert!((mean - 1.602_539_548_123_924).abs() < 1e-9, "{mean}");
    let nats = analysis["image_nats"]["mean"].as_f64().unwrap();
    assert!((nats - 1.110_795_769_517_925_1).abs() < 1e-9, "{nats}");
    assert_eq!(analysis["reading"], "image-nats");
}

#[test]
fn mnist_can_be_trained_on() {
    let Some(folder) = data("mnist") else { return };
    let summary = Desk::new().json(&format!(
        "train mnist resnet-14 --data-dir {} --limit 640 --epochs 2 --batch-size 32 --learning-rate 0.1 --warmup-epochs 1 --device cpu --json",
        folder.display()
    ));
    let seed = &summary["seeds"][0];
    for network in ["baseline", "capped"] {
        let accuracy = seed[network]["test_accuracy"].as_f64().unwrap();
        assert!(
            accuracy > 0.3,
            "{network} reaches {accuracy} where chance is 0.1"
        );
    }
    assert_eq!(seed["capped"]["conv_depth"], 7);
}

//! Files are compared with what was published.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::server::{Server, proper};
use super::{Shop, md5};
use crate::mistakes::{gzip, idx};
use crate::support::Desk;

fn gzipped(magic: u32, counts: &[u32], body: &[u8]) -> Vec<u8> {
    gzip(&idx(magic, counts, body))
}

#[test]
fn what_is_fetched_is_found_verified_and_not_fetched_twice() {
    let pixels = |count: usize| {
        (0..count * 784)
            .map(|index| (index % 251) as u8)
            .collect::<Vec<_>>()
    };
    let labels = |count: u8| (0..count).map(|index| index % 10).collect::<Vec<_>>();
    let files = [
        (
            "train-images-idx3-ubyte.gz",
            gzipped(0x803, &[20, 28, 28], &pixels(20)),
        ),
        (
            "train-labels-idx1-ubyte.gz",
            gzipped(0x801, &[20], &labels(20)),
        ),
        (
            "t10k-images-idx3-ubyte.gz",
            gzipped(0x803, &[10, 28, 28], &pixels(10)),
        ),
        (
            "t10k-labels-idx1-ubyte.gz",
            gzipped(0x801, &[10], &labels(10)),
        ),
    ];
    let shelf = files.clone();
    let server = Server::start(move |request, _, stream| {
        let name = request.path.rsplit('/').next().unwrap();
        let (_, body) = shelf.iter().find(|(file, _)| *file == name).unwrap();
        proper(request, stream, body, "\"1\"");
    });
    let shop = Shop::new();
    let listed: Vec<_> = files
        .iter()
        .map(|(name, body)| (*name, body.as_slice()))
        .collect();
    shop.publish("mnist", &[&server.address], &listed);

    shop.refusal("datasets verify mnist --data-dir data", 1);
    let fetch = || {
        let output = shop
            .command("datasets fetch mnist --json")
            .assert()
            .success();
        serde_json::from_slice::<Value>(&output.get_output().stdout).unwrap()
    };
    let report = fetch();
    assert_eq!(report["files"].as_array().unwrap().len(), 4);
    assert_eq!(report["files"][0]["state"], "fetched");
    assert_eq!(server.requests().len(), 4);
    assert_eq!(fetch()["files"][3]["state"], "already-there");
    assert_eq!(server.requests().len(), 4, "what is there is not asked for");

    let analysis = shop.desk.json("analyze mnist --json");
    assert_eq!(analysis["images"], 20);
    let verify = || shop.command("datasets verify mnist --json").assert();
    let verified: Value = serde_json::from_slice(&verify().success().get_output().stdout).unwrap();
    assert_eq!(verified["sound"], true);
    assert_eq!(verified["files"][2]["state"], "published");

    let damaged = PathBuf::from(report["files"][1]["path"].as_str().unwrap());
    let mut body = fs::read(&damaged).unwrap();
    body[20] ^= 1;
    fs::write(&damaged, &body).unwrap();
    let verified: Value = serde_json::from_slice(&verify().code(1).get_output().stdout).unwrap();
    assert_eq!(verified["files"][1]["state"], "wrong-checksum");
    let again = fetch();
    assert_eq!(
        again["files"][1]["state"], "fetched",
        "what is wrong is fetched again"
    );
    fs::write(&damaged, &body[..9]).unwrap();
    let verified: Value = serde_json::from_slice(&verify().code(1).get_output().stdout).unwrap();
    assert_eq!(verified["files"][1]["state"], "wrong-size");
    fs::remove_file(&damaged).unwrap();
    shop.command("datasets verify mnist")
        .assert()
        .code(1)
        .stdout(predicates::str::contains("missing"));
}

#[test]
fn other_forms_of_the_same_data_are_verified_too() {
    let shop = Shop::new();
    let folder = shop.desk.path().join("data/toy/toy-batches");
    fs::create_dir_all(&folder).unwrap();
    let list = format!(
        "[dataset.toy]\nmirrors = [\"http://a\"]\n\
         [[dataset.toy.files]]\nname = \"toy.tar.gz\"\nsize = 5\nmd5 = {0:?}\nfolder = \"toy-batches\"\n\
         contents = [{{ name = \"one\", size = 3, md5 = {0:?} }}, {{ name = \"two\", size = 3 }}, {{ name = \"more\", size = 9, optional = true }}]\n",
        md5(b"abc")
    );
    fs::write(shop.desk.path().join("my.toml"), list).unwrap();
    fs::write(folder.join("one"), "abc").unwrap();
    let verify = |code: i32| -> Vec<String> {
        let output = shop
            .command("datasets verify toy --data-dir data --json")
            .assert()
            .code(code);
        let report: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        let files = report["files"].as_array().unwrap();
        files
            .iter()
            .map(|file| file["state"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(verify(1), ["published", "missing", "not-needed"]);
    fs::write(folder.join("two"), "xyz").unwrap();
    assert_eq!(verify(0), ["published", "size-right", "not-needed"]);
    fs::write(folder.join("one"), "abd").unwrap();
    assert_eq!(verify(1), ["wrong-checksum", "size-right", "not-needed"]);
}

/// MNIST as many have it: the same contents under another run of gzip.
#[test]
fn real_digits_compressed_anew_are_told_from_damaged_ones() {
    let real = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/mnist"));
    if !real.is_dir() {
        println!("skipped: {} is not there", real.display());
        return;
    }
    let report = Desk::new().json(&format!(
        "datasets verify mnist --data-dir {} --json",
        real.display()
    ));
    assert_eq!(report["sound"], true);
    for file in report["files"].as_array().unwrap() {
        let state = file["state"].as_str().unwrap();
        assert!(["published", "same-contents"].contains(&state), "{file}");
    }
}

//! What can be wrong on this side: folders, disks, names and lists.

use std::fs;

use super::server::Server;
use super::{Shop, bytes, says};
use crate::support::Desk;

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let server = Server::proper(bytes(0));
    let shop = Shop::new();
    shop.publish("toy", &[&server.address], &[("toy.bin", &bytes(0))]);
    fs::write(shop.desk.path().join("file"), "in the way").unwrap();
    says(
        &shop.refusal("datasets fetch toy --data-dir file/data", 1),
        &["cannot create file/data/toy", "--data-dir DIR"],
    );
    fs::create_dir_all(shop.file("toy.bin.part")).unwrap();
    says(
        &shop.refusal("datasets fetch toy --data-dir data", 1),
        &["data/toy/toy.bin.part is no file that can be written: remove it"],
    );
    assert_eq!(server.requests().len(), 0);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::proper(bytes(0));
    let shop = Shop::new();
    shop.publish("toy", &[&server.address], &[("toy.bin", &bytes(0))]);
    let locked = shop.desk.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        println!("skipped: this user may write anywhere");
        return;
    }
    says(
        &shop.refusal("datasets fetch toy --data-dir locked", 1),
        &[
            "cannot create locked/toy",
            "ermission denied",
            "--data-dir DIR",
        ],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_what_is_missing() {
    let server = Server::proper(bytes(0));
    let shop = Shop::new();
    shop.publish("toy", &[&server.address], &[("toy.bin", &bytes(0))]);
    // Files of this shell may have less than half of the bytes: a write beyond is refused as on a full disk.
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 75; exec \"$@\"", "sh"])
        .arg(assert_cmd::cargo::cargo_bin!("ebcle-tui"))
        .args(["datasets", "fetch", "toy", "--data-dir", "data"])
        .current_dir(shop.desk.path())
        .env("EBCLE_DATASETS", "my.toml")
        .env("HOME", shop.desk.path())
        .env("no_proxy", "*");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    says(
        &String::from_utf8(output.stderr).unwrap(),
        &["error: the disk is full: ", "free ", "toy.bin.part"],
    );
    assert!(!shop.file("toy.bin").exists());
}

#[test]
fn what_is_not_fetched_is_explained() {
    let desk = Desk::new();
    let (code, sentence) = desk.failure("datasets fetch imagenet32 --data-dir data");
    assert_eq!(code, 1);
    says(
        &sentence,
        &[
            "registered",
            "https://image-net.org/download-images",
            "put the files into data/imagenet32",
        ],
    );
    assert!(
        desk.stdout("datasets fetch glyphs")
            .contains("nothing to fetch")
    );
    assert_eq!(desk.json("datasets verify glyphs --json")["sound"], true);
    let (code, sentence) = desk.failure("datasets fetch minst");
    assert_eq!(code, 2);
    says(
        &sentence,
        &["'minst'", "cifar10, cifar100, imagenet32, mnist, stl10"],
    );
    let (code, sentence) = desk.failure("datasets verify cifar10 --data-dir nowhere");
    assert_eq!(code, 1);
    says(
        &sentence,
        &["no file of cifar10", "nowhere", "datasets fetch cifar10"],
    );
}

#[test]
fn mistakes_in_the_users_list_are_named_with_their_line() {
    let shop = Shop::new();
    let list = shop.desk.path().join("my.toml");
    fs::write(&list, "[dataset.toy]\nmirrors = [\"ftp://a\"]\n").unwrap();
    says(
        &shop.refusal("datasets fetch toy", 2),
        &["my.toml:2", "ftp://a"],
    );
    fs::remove_file(&list).unwrap();
    says(
        &shop.refusal("datasets fetch toy", 2),
        &["cannot read my.toml"],
    );
}

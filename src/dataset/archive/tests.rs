#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::super::testing::{says, write_folder, write_tar, zip};
use super::*;

fn read(store: &Store, limit: u64) -> Result<Vec<(usize, Vec<u8>)>> {
    let wanted = [Wanted::optional("none", 9), Wanted::required("a", limit)];
    let mut heard = Vec::new();
    store.read(&wanted, &mut |index, _, bytes| {
        heard.push((index, bytes));
        Ok(())
    })?;
    Ok(heard)
}

#[test]
fn folders_and_archives_give_the_wanted_files_within_their_limits() {
    let files = vec![
        ("b".to_owned(), vec![1; 50]),
        ("a".to_owned(), vec![7; 1000]),
    ];
    let home = tempfile::tempdir().unwrap();
    let (tar, zipped) = (home.path().join("x.tar.gz"), home.path().join("x.zip"));
    write_folder(home.path(), &files);
    write_tar(&tar, "some/folder", &files);
    std::fs::write(&zipped, zip(&files)).unwrap();
    for store in [
        Store::Folder(home.path().to_owned()),
        Store::TarGz(tar),
        Store::Zip(zipped),
    ] {
        assert_eq!(read(&store, 1000).unwrap(), [(1, vec![7; 1000])]);
        let text = read(&store, 999).unwrap_err().to_string();
        says(&text, "a: it holds more than the 999 bytes");
        let missing = [Wanted::required("c", 10)];
        let text = store
            .read(&missing, &mut |_, _, _| Ok(()))
            .unwrap_err()
            .to_string();
        says(&text, "c is missing in it");
    }
}

#[test]
fn a_bomb_before_the_wanted_file_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x.tar.gz");
    let files = vec![
        ("a".to_owned(), vec![7; 10]),
        ("bomb".to_owned(), vec![0; SLACK as usize + 2000]),
    ];
    write_tar(&path, "folder", &files);
    let text = read(&Store::TarGz(path), 1000).unwrap_err().to_string();
    says(&text, "decompression bomb");
}

#[test]
fn other_files_are_no_archives() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("x");
    std::fs::write(&path, b"<html>not found</html>").unwrap();
    for store in [Store::TarGz(path.clone()), Store::Zip(path.clone())] {
        let text = read(&store, 1000).unwrap_err().to_string();
        says(&text, "fetch it again");
    }
    let missing = Store::Zip(home.path().join("y"));
    assert!(matches!(read(&missing, 9), Err(DatasetError::Io { .. })));
}

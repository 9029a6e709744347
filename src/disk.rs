//! Files that are either whole or not there, that are on the disk itself when they are said to be, and
//! small ones that carry their own checksum.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::format::hexadecimal;

/// SHA-256 of `bytes` in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// Writes a file beside its place and renames it into it, so that no reader meets half of it; file and
/// folder are on the disk when this returns.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_whole_by(path, |file| file.write_all(bytes))
}

/// As [`write_whole`], of what `write` writes.
pub(crate) fn write_whole_by(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.partial", std::process::id()));
    let written = File::create(&beside)
        .and_then(|mut file| {
            write(&mut file)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Writes a file in its place and waits until it is on the disk.
pub(crate) fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the names in `folder` are on the disk, where the system can do that.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    match File::open(folder)?.sync_all() {
        // Some file systems have no such call for folders.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// What tells a folder from another one that is put in its place; none where the system has no such numbers.
pub(crate) fn identity(folder: &Path) -> io::Result<Option<[u64; 2]>> {
    let found = fs::metadata(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Ok(Some([found.dev(), found.ino()]))
    }
    #[cfg(not(unix))]
    {
        drop(found);
        Ok(None)
    }
}

const SEAL: &[u8] = br#"{"sha256":""#;
const DIGITS: usize = 64;

/// What the checksum says that a sealed file carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// The file is what was written.
    Sound,
    /// It is not.
    Damaged,
    /// It carries none: an older version wrote it.
    No,
}

/// A JSON object with the SHA-256 of all that follows as its first entry, `sha256`.
pub(crate) fn seal(object: &[u8]) -> Vec<u8> {
    let rest = object.strip_prefix(b"{").unwrap_or(object);
    [SEAL, sha256(rest).as_bytes(), b"\",", rest].concat()
}

/// Holds what [`seal`] wrote against its checksum.
pub(crate) fn sealed(bytes: &[u8]) -> Sealed {
    // A byte of the seal itself may be the damaged one.
    let alike = SEAL.iter().zip(bytes).filter(|(a, b)| a == b).count();
    if alike + 2 < SEAL.len() {
        return Sealed::No;
    }
    let sound = bytes.strip_prefix(SEAL).and_then(|after| {
        let (digits, after) = after.split_at_checked(DIGITS)?;
        let rest = after.strip_prefix(b"\",")?;
        (sha256(rest).as_bytes() == digits).then_some(())
    });
    sound.map_or(Sealed::Damaged, |()| Sealed::Sound)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The digest is that of `sha256sum` for `"a": 1}`.
    #[test]
    fn every_flipped_bit_of_a_sealed_file_is_noticed() {
        let sealed_file = seal(br#"{"a": 1}"#);
        let digest = "290eec30fdc16530b28c840880a12ab4af90a968ff722005324dca80d1d6d9f5";
        assert_eq!(
            String::from_utf8_lossy(&sealed_file),
            format!(r#"{{"sha256":"{digest}","a": 1}}"#)
        );
        assert_eq!(sealed(&sealed_file), Sealed::Sound);
        let value: serde_json::Value = serde_json::from_slice(&sealed_file).unwrap();
        assert_eq!(value["a"], 1);
        for at in 0..sealed_file.len() {
            for bit in 0..8 {
                let mut flipped = sealed_file.clone();
                flipped[at] ^= 1 << bit;
                assert_eq!(sealed(&flipped), Sealed::Damaged, "byte {at}, bit {bit}");
            }
        }
        for old in [
            &br#"{"seed":4,"network":"capped"}"#[..],
            b"{\n  \"seed\": 1\n}",
            b"{",
            b"",
        ] {
            assert_eq!(sealed(old), Sealed::No);
        }
    }

    #[test]
    fn a_folder_is_told_from_the_one_that_takes_its_place() {
        let desk = tempfile::tempdir().unwrap();
        let place = desk.path().join("run");
        fs::create_dir(&place).unwrap();
        let first = identity(&place).unwrap();
        fs::rename(&place, desk.path().join("moved")).unwrap();
        assert!(identity(&place).is_err());
        fs::create_dir(&place).unwrap();
        assert_ne!(identity(&place).unwrap(), first);
        assert_eq!(identity(&desk.path().join("moved")).unwrap(), first);
    }
}

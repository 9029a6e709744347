//! Checksums of files, as their publishers give them.

use std::fmt;
use std::io::{self, Read};

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::format::hexadecimal;

/// A checksum as it is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// MD5: guards against accidents, not against malice.
    Md5([u8; 16]),
    /// SHA-256.
    Sha256([u8; 32]),
}

impl Checksum {
    /// Reads an MD5 of 32 hexadecimal digits.
    #[must_use]
    pub fn md5(text: &str) -> Option<Self> {
        bytes(text).map(Self::Md5)
    }

    /// Reads a SHA-256 of 64 hexadecimal digits.
    #[must_use]
    pub fn sha256(text: &str) -> Option<Self> {
        bytes(text).map(Self::Sha256)
    }

    /// Its algorithm: `md5` or `sha256`.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Md5(_) => "md5",
            Self::Sha256(_) => "sha256",
        }
    }

    /// Its hexadecimal digits.
    #[must_use]
    pub fn digits(&self) -> String {
        match self {
            Self::Md5(bytes) => hexadecimal(bytes),
            Self::Sha256(bytes) => hexadecimal(bytes),
        }
    }

    /// The checksum by the same algorithm of what `reader` gives, and its length in bytes.
    ///
    /// `progress` receives the bytes read so far and stops the reading by `false`.
    ///
    /// # Errors
    /// Whatever the reader says; [`io::ErrorKind::Interrupted`] where `progress` stopped it.
    pub fn of(
        self,
        reader: impl Read,
        progress: &mut dyn FnMut(u64) -> bool,
    ) -> io::Result<(Self, u64)> {
        Ok(match self {
            Self::Md5(_) => {
                let (hash, length) = digest::<Md5>(reader, progress)?;
                (Self::Md5(hash.into()), length)
            }
            Self::Sha256(_) => {
                let (hash, length) = digest::<Sha256>(reader, progress)?;
                (Self::Sha256(hash.into()), length)
            }
        })
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm(), self.digits())
    }
}

fn digest<D: Digest>(
    mut reader: impl Read,
    progress: &mut dyn FnMut(u64) -> bool,
) -> io::Result<(md5::digest::Output<D>, u64)> {
    let mut hasher = D::new();
    let mut buffer = vec![0; 1 << 18];
    let mut length = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finalize(), length)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..count]);
        length += count as u64;
        if !progress(length) {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
}

/// Exactly `N` bytes in hexadecimal digits.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits: Vec<u8> = text
        .chars()
        .map(|digit| digit.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    let pairs: Vec<u8> = digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
        .collect();
    (digits.len() == 2 * N).then(|| pairs.try_into().ok())?
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    fn of(text: &str, kind: Checksum) -> String {
        let (checksum, length) = kind.of(text.as_bytes(), &mut |_| true).unwrap();
        assert_eq!(length, text.len() as u64);
        checksum.to_string()
    }

    /// Test vectors of RFC 1321 and FIPS 180-4.
    #[test]
    fn checksums_are_as_published() {
        let md5 = Checksum::Md5([0; 16]);
        assert_eq!(of("abc", md5), "md5 900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(of("", md5), "md5 d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(
            of("abc", Checksum::Sha256([0; 32])),
            "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn digits_are_read_back() {
        let text = "900150983CD24fb0d6963f7d28e17f72";
        let read = Checksum::md5(text).unwrap();
        assert_eq!(read.digits(), text.to_lowercase());
        assert_eq!(Checksum::md5(&text[1..]), None);
        assert_eq!(Checksum::md5(&format!("{text}0")), None);
        assert_eq!(Checksum::md5(&text.replace('9', "g")), None);
        assert_eq!(Checksum::sha256(text), None);
    }

    #[test]
    fn a_reading_can_be_stopped() {
        let error = Checksum::Md5([0; 16])
            .of(&b"abc"[..], &mut |_| false)
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    }
}

//! Lines of JSON that carry a checksum of themselves and of all lines before, so that a file which grows
//! by lines is known to be whole wherever its writer was killed.

use sha2::{Digest, Sha256};

use crate::format::hexadecimal;

const MARK: &[u8] = br#","chain":""#;
const END: &[u8] = b"\"}\n";
/// Hexadecimal digits of a link: 64 bits against accidents, not against forgery.
const DIGITS: usize = 16;

/// The checksum of all lines so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chain(String);

impl Chain {
    /// Where the chain begins behind bytes that have no links; behind nothing where there are none.
    pub(super) fn behind(bytes: &[u8]) -> Self {
        Self(link(&[bytes]))
    }

    /// The chain as the last of these lines left it, unchecked.
    pub(super) fn at_end_of(bytes: &[u8]) -> Self {
        let digits = bytes.strip_suffix(END).and_then(|before| {
            let (before, digits) = before.split_at_checked(before.len().checked_sub(DIGITS)?)?;
            before.ends_with(MARK).then_some(digits)
        });
        digits.map_or_else(
            || Self::behind(bytes),
            |digits| Self(String::from_utf8_lossy(digits).into_owned()),
        )
    }

    /// The line of a JSON object with its link and a line break.
    pub(super) fn add(&mut self, object: &[u8]) -> Vec<u8> {
        let body = object.strip_suffix(b"}").unwrap_or(object);
        self.0 = link(&[self.0.as_bytes(), body]);
        [body, MARK, self.0.as_bytes(), END].concat()
    }

    /// Follows the links of whole lines; else gives the number of bytes of the lines that are sound.
    pub(super) fn follow(&mut self, lines: &[u8]) -> Result<(), usize> {
        let mut sound = 0;
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            let body = line
                .len()
                .checked_sub(MARK.len() + DIGITS + END.len())
                .map_or(line, |end| &line[..end]);
            let mut next = self.clone();
            if next.add(&[body, b"}"].concat()) != line {
                return Err(sound);
            }
            *self = next;
            sound += line.len();
        }
        Ok(())
    }
}

fn link(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let mut digits = hexadecimal(&digest.finalize());
    digits.truncate(DIGITS);
    digits
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_is_found_in_its_line() {
        let mut chain = Chain::behind(b"");
        let lines: Vec<Vec<u8>> = [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"a":1}"#]
            .map(|object| chain.add(object.as_bytes()))
            .to_vec();
        assert_ne!(lines[0], lines[2]);
        let whole = lines.concat();
        let mut read = Chain::behind(b"");
        assert_eq!(read.follow(&whole), Ok(()));
        assert_eq!(read, chain);
        assert_eq!(Chain::at_end_of(&whole), chain);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                let sound = Chain::behind(b"").follow(&flipped).unwrap_err();
                assert_eq!(sound, at / lines[0].len() * lines[0].len(), "{at}, {bit}");
            }
        }
    }

    #[test]
    fn a_chain_begins_behind_what_an_older_version_wrote() {
        let old = b"{\"event\":\"paused\"}\n";
        let mut chain = Chain::at_end_of(old);
        assert_eq!(chain, Chain::behind(old));
        let line = chain.add(b"{\"event\":\"stopped\"}");
        assert_eq!(Chain::behind(old).follow(&line), Ok(()));
        assert_eq!(Chain::behind(b"").follow(&line), Err(0));
    }
}

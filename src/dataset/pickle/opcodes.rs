//! Walks the opcodes of a pickle, protocols 0 to 5, without acting on them.
//!
//! The argument of each opcode: `pickletools` in Python's standard library.

use super::PickleError;

/// An opcode with its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opcode<'a> {
    /// The opcode.
    pub code: u8,
    /// Its position.
    pub at: usize,
    /// Its argument without length and line end: numbers are little-endian.
    pub argument: &'a [u8],
    /// Its second argument: the name behind the module of `c` and `i`.
    pub second: &'a [u8],
}

/// The opcodes of a pickle, one after the other.
#[derive(Debug)]
pub struct Opcodes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Opcodes<'a> {
    /// Begins at the first byte of a pickle.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Position of the next opcode.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// The bytes that were not yet walked.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Walks over the next opcode.
    ///
    /// # Errors
    /// [`PickleError::Truncated`], [`PickleError::Opcode`] for an unknown one.
    pub fn advance(&mut self) -> Result<Opcode<'a>, PickleError> {
        let at = self.at;
        let code = self.take(1)?[0];
        let mut second: &[u8] = &[];
        let argument = match code {
            b'c' | b'i' => {
                let module = self.line()?;
                second = self.line()?;
                module
            }
            b'I' | b'L' | b'F' | b'S' | b'V' | b'p' | b'g' | b'P' => self.line()?,
            b'K' | b'q' | b'h' | 0x80 | 0x82 => self.take(1)?,
            b'M' | 0x83 => self.take(2)?,
            b'J' | b'r' | b'j' | 0x84 => self.take(4)?,
            b'G' | 0x95 => self.take(8)?,
            b'U' | b'C' | 0x8a | 0x8c => self.counted(1)?,
            b'T' | b'X' | b'B' | 0x8b => self.counted(4)?,
            0x8d | 0x8e | 0x96 => self.counted(8)?,
            b'.'
            | b'('
            | b')'
            | b'0'
            | b'1'
            | b'2'
            | b'N'
            | b'R'
            | b'Q'
            | b'a'
            | b'b'
            | b'd'
            | b'e'
            | b'l'
            | b'o'
            | b's'
            | b't'
            | b'u'
            | b']'
            | b'}'
            | 0x81
            | 0x85..=0x89
            | 0x8f..=0x94
            | 0x97
            | 0x98 => &[],
            opcode => return Err(PickleError::Opcode { opcode, at }),
        };
        Ok(Opcode {
            code,
            at,
            argument,
            second,
        })
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let (taken, _) = self
            .rest()
            .split_at_checked(count)
            .ok_or_else(|| self.truncated())?;
        self.at += count;
        Ok(taken)
    }

    /// Bytes preceded by their number in `width` bytes.
    fn counted(&mut self, width: usize) -> Result<&'a [u8], PickleError> {
        let count = unsigned(self.take(width)?);
        self.take(usize::try_from(count).map_err(|_| self.truncated())?)
    }

    fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let end = self.rest().iter().position(|&byte| byte == b'\n');
        let line = self.take(end.ok_or_else(|| self.truncated())?)?;
        self.at += 1;
        Ok(line)
    }

    const fn truncated(&self) -> PickleError {
        PickleError::Truncated(self.bytes.len())
    }
}

/// A little-endian unsigned number of at most eight bytes.
pub(super) fn unsigned(bytes: &[u8]) -> u64 {
    let bytes = bytes.iter().rev();
    bytes.fold(0, |number, &byte| (number << 8) | u64::from(byte))
}

//! Numbers and strings: the opcodes that push them, and their escapes.

use std::borrow::Cow;

use super::machine::Machine;
use super::{Node, PickleError, Value};

impl<'a> Machine<'a> {
    fn push_long(&mut self, bytes: &[u8]) -> Result<(), PickleError> {
        if bytes.len() > 8 {
            return Err(self.damaged("an integer of more than 64 bits"));
        }
        let sign = bytes.last().map_or(0, |byte| (*byte as i8 >> 7) as u8);
        let mut wide = [sign; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(wide)))
    }

    /// Protocol 0's quoted byte string.
    fn push_quoted(&mut self) -> Result<(), PickleError> {
        let line = self.line()?;
        let error = self.damaged("a quoted string that is none");
        let ([b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) = line else {
            return Err(error);
        };
        self.push_node(Node::Bytes(Cow::Owned(bytes(inner).ok_or(error)?)))
    }

    fn push_text(&mut self, bytes: &'a [u8]) -> Result<(), PickleError> {
        let text = self.utf8(bytes)?;
        self.push_node(Node::Text(Cow::Borrowed(text)))
    }

    fn push_bytes(&mut self, bytes: &'a [u8]) -> Result<(), PickleError> {
        self.push_node(Node::Bytes(Cow::Borrowed(bytes)))
    }

    pub(super) fn number(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'I' if self.bytes[self.at..].starts_with(b"00\n") => {
                self.at += 3;
                self.push(Value::Bool(false))
            }
            b'I' if self.bytes[self.at..].starts_with(b"01\n") => {
                self.at += 3;
                self.push(Value::Bool(true))
            }
            b'I' | b'L' => {
                let number = self.number_line()?;
                self.push(Value::Int(number))
            }
            b'F' => {
                self.number_line::<f64>()?;
                self.push(Value::Float)
            }
            b'G' => {
                self.take(8)?;
                self.push(Value::Float)
            }
            b'J' => {
                let bytes = self.take(4)?;
                self.push_long(bytes)
            }
            b'K' => {
                let value = self.byte()?;
                self.push(Value::Int(i64::from(value)))
            }
            b'M' => {
                let value = self.unsigned(2)?;
                self.push(Value::Int(value as i64))
            }
            0x8a => {
                let bytes = self.counted(1)?;
                self.push_long(bytes)
            }
            _ => {
                let bytes = self.counted(4)?;
                self.push_long(bytes)
            }
        }
    }

    pub(super) fn string(&mut self, opcode: u8) -> Result<(), PickleError> {
        if opcode == b'S' {
            return self.push_quoted();
        }
        if opcode == b'V' {
            let line = self.line()?;
            let text = unicode(line).ok_or(self.damaged("a text with a bad escape"))?;
            return self.push_node(Node::Text(Cow::Owned(text)));
        }
        let width = match opcode {
            b'U' | b'C' | 0x8c => 1,
            b'T' | b'B' | b'X' => 4,
            _ => 8,
        };
        let bytes = self.counted(width)?;
        match opcode {
            b'X' | 0x8c | 0x8d => self.push_text(bytes),
            _ => self.push_bytes(bytes),
        }
    }
}

/// The bytes behind Python 2's `repr` of a byte string, without its quotes.
fn bytes(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(quoted.len());
    let mut rest = quoted;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'\\' {
            bytes.push(*first);
            continue;
        }
        let [escape, tail @ ..] = rest else {
            return None;
        };
        rest = tail;
        bytes.push(match escape {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'\\' | b'\'' | b'"' => *escape,
            b'x' => {
                let digits = rest.get(..2)?;
                rest = &rest[2..];
                u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}

/// The text behind protocol 0's `raw-unicode-escape`: Latin-1 with `\u` and `\U` escapes.
fn unicode(line: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let [first, tail @ ..] = rest {
        let digits = match rest {
            [b'\\', b'u', ..] => 4,
            [b'\\', b'U', ..] => 8,
            _ => {
                text.push(char::from(*first));
                rest = tail;
                continue;
            }
        };
        let number = std::str::from_utf8(rest.get(2..2 + digits)?).ok()?;
        text.push(char::from_u32(u32::from_str_radix(number, 16).ok()?)?);
        rest = &rest[2 + digits..];
    }
    Some(text)
}

//! Numbers and strings as they are written in a pickle.

use std::borrow::Cow;

use super::Node;
use super::opcodes::Opcode;

/// A little-endian number in two's complement; none of more than 64 bits.
pub(super) fn long(bytes: &[u8]) -> Option<i64> {
    let sign = bytes.last().map_or(0, |byte| (*byte as i8 >> 7) as u8);
    let mut wide = [sign; 8];
    wide.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(i64::from_le_bytes(wide))
}

/// The node of an opcode that pushes a text or a byte string.
///
/// # Errors
/// What is wrong with it, in a few words.
pub(super) fn string<'a>(opcode: &Opcode<'a>) -> Result<Node<'a>, &'static str> {
    let argument = opcode.argument;
    Ok(match opcode.code {
        b'S' => {
            let quoted = "a quoted string that is none";
            let ([b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"']) = argument else {
                return Err(quoted);
            };
            Node::Bytes(Cow::Owned(bytes(inner).ok_or(quoted)?))
        }
        b'V' => Node::Text(Cow::Owned(
            unicode(argument).ok_or("a text with a bad escape")?,
        )),
        b'X' | 0x8c | 0x8d => Node::Text(Cow::Borrowed(utf8(argument)?)),
        _ => Node::Bytes(Cow::Borrowed(argument)),
    })
}

/// A text in UTF-8.
///
/// # Errors
/// That it is none.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, &'static str> {
    std::str::from_utf8(bytes).map_err(|_| "a text that is no UTF-8")
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

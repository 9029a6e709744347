//! The functions with which NumPy stores arrays, as data.

use std::borrow::Cow;

use super::heap::Heap;
use super::{Blueprint, Global, Node, PickleError, Value};
use crate::dataset::array::Element;

/// The known function or class of this name.
///
/// # Errors
/// [`PickleError::ForbiddenGlobal`] for any other.
pub(super) fn resolve(module: &str, name: &str) -> Result<Global, PickleError> {
    match (module, name) {
        ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
            Ok(Global::Reconstruct)
        }
        ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => Ok(Global::Scalar),
        ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => Ok(Global::FromBuffer),
        ("numpy", "ndarray") => Ok(Global::NdArray),
        ("numpy", "dtype") => Ok(Global::DType),
        ("_codecs", "encode") => Ok(Global::Encode),
        _ => Err(PickleError::ForbiddenGlobal(
            format!("{module}.{name}")
                .chars()
                .take(100)
                .flat_map(char::escape_debug)
                .collect(),
        )),
    }
}

impl Heap<'_> {
    /// The value that a call of a known function with `arguments` gives.
    pub(super) fn reduce(
        &mut self,
        function: Value,
        arguments: Value,
    ) -> Result<Value, PickleError> {
        let Some(&Node::Global(function)) = self.node(function) else {
            return Err(self.damaged("a call of something that is no function"));
        };
        let Some(Node::Tuple(arguments)) = self.node(arguments) else {
            return Err(self.damaged("a call without arguments"));
        };
        let mut slots = [Value::None; 4];
        for (slot, argument) in slots.iter_mut().zip(arguments) {
            *slot = *argument;
        }
        let [first, second, third, fourth] = slots;
        match function {
            Global::Reconstruct => match self.node(first) {
                Some(Node::Global(Global::NdArray)) => self.make(Node::Array(None)),
                _ => Err(self.damaged("an array of an unknown class")),
            },
            Global::DType => {
                let element = match self.node(first) {
                    Some(Node::Text(code)) => Element::parse(code),
                    Some(Node::Bytes(code)) => {
                        std::str::from_utf8(code).ok().and_then(Element::parse)
                    }
                    _ => return Err(self.damaged("a number type without a name")),
                };
                self.make(Node::Element(element))
            }
            Global::FromBuffer => {
                let fortran = match self.node(fourth) {
                    Some(Node::Text(order)) => order == "F",
                    _ => false,
                };
                let blueprint = self.blueprint(third, second, fortran, first)?;
                self.make(Node::Array(Some(blueprint)))
            }
            Global::Encode => {
                let Some(Node::Text(text)) = self.node(first) else {
                    return Err(self.damaged("an encoding of something that is no text"));
                };
                let length = text.len();
                let bytes =
                    latin1(text).ok_or(self.damaged("a byte string with a character above 255"))?;
                let latin = match self.node(second) {
                    Some(Node::Text(name)) => matches!(&**name, "latin1" | "latin-1"),
                    _ => false,
                };
                if !latin {
                    return Err(self.damaged("a byte string in another encoding than Latin-1"));
                }
                self.spend(length)?;
                self.make(Node::Bytes(Cow::Owned(bytes)))
            }
            Global::Scalar => match (self.node(first), self.node(second)) {
                (Some(Node::Element(Some(element))), Some(Node::Bytes(bytes))) => {
                    Ok(element.integer(bytes).map_or(Value::Float, Value::Int))
                }
                _ => Err(self.damaged("a number without type or bytes")),
            },
            Global::NdArray => Err(self.damaged("an array made in an unknown way")),
        }
    }

    /// Gives a number type its byte order, or an array its content.
    pub(super) fn build(&mut self, target: Value, state: Value) -> Result<(), PickleError> {
        let Some(Node::Tuple(state)) = self.node(state) else {
            return Err(self.damaged("a state that is no tuple"));
        };
        let mut slots = [Value::None; 5];
        for (slot, part) in slots.iter_mut().zip(state) {
            *slot = *part;
        }
        let parts = state.len();
        let built = match self.node(target) {
            Some(Node::Element(element)) => {
                let big_endian = match self.node(slots[1]) {
                    Some(Node::Text(order)) => order == ">",
                    Some(Node::Bytes(order)) => &**order == b">",
                    _ => return Err(self.damaged("a number type without a byte order")),
                };
                let element = element.map(|element| Element {
                    big_endian,
                    ..element
                });
                Node::Element(element)
            }
            Some(Node::Array(None)) => {
                let [_, shape, element, fortran, data] = slots;
                if parts != 5 {
                    return Err(self.damaged("an array whose state has not five parts"));
                }
                let fortran = matches!(fortran, Value::Bool(true) | Value::Int(1));
                let blueprint = self.blueprint(shape, element, fortran, data)?;
                Node::Array(Some(blueprint))
            }
            _ => return Err(self.damaged("a state for something that is no array")),
        };
        if let Some(node) = self.node_mut(target) {
            *node = built;
        }
        Ok(())
    }

    fn blueprint(
        &self,
        shape: Value,
        element: Value,
        fortran: bool,
        data: Value,
    ) -> Result<Box<Blueprint>, PickleError> {
        let side = |value: &Value| match value {
            Value::Int(side) => usize::try_from(*side).ok(),
            _ => None,
        };
        let shape: Option<Vec<usize>> = match self.node(shape) {
            Some(Node::Tuple(sides)) if sides.len() <= 8 => sides.iter().map(side).collect(),
            _ => side(&shape).map(|side| vec![side]),
        };
        match (shape, element, data) {
            (Some(shape), Value::Node(element), Value::Node(data)) => Ok(Box::new(Blueprint {
                shape,
                element,
                fortran,
                data,
            })),
            _ => Err(self.damaged("an array without shape, type or bytes")),
        }
    }
}

/// The bytes whose text by Latin-1 this is: each character is one of them, and takes one byte of
/// the text where it is below 128, else two.
fn latin1(text: &str) -> Option<Vec<u8>> {
    const NARROW: u8 = 0x80;
    const ABOVE: u8 = 0xC4;
    let text_bytes = text.as_bytes();
    if text_bytes.iter().any(|&byte| byte >= ABOVE) {
        return None;
    }
    let mut bytes = vec![0; text.chars().count()];
    let mut at = 0;
    for byte in &mut bytes {
        let first = text_bytes[at];
        let wide = u8::from(first >= NARROW);
        at += usize::from(wide);
        *byte = ((first << 6) * wide) | (text_bytes[at] & (0x7F >> wide));
        at += 1;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::latin1;

    #[test]
    fn every_byte_survives_its_text() {
        let bytes: Vec<u8> = (0..=255).chain([0, 255, 128, 127]).collect();
        let text: String = bytes.iter().copied().map(char::from).collect();
        assert_eq!(latin1(&text), Some(bytes));
        assert_eq!(latin1(""), Some(Vec::new()));
        assert_eq!(latin1("\u{ff}\u{100}"), None);
        assert_eq!(latin1("a\u{20ac}"), None);
    }
}

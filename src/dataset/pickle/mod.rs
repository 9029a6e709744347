//! What does a pickle hold? Read as data, never run as a program.
//!
//! A pickle is a program for a stack machine that may call any function of Python. This reader
//! ([`Document`]) knows the opcodes of protocols 0 to 5 and the few functions with which NumPy stores arrays;
//! any other function is refused by name. Nothing recurses, and memory is bounded: by
//! [`Document::VALUES`] values and by as many derived bytes as the pickle itself has.

pub mod fuzz;
mod globals;
mod heap;
mod literal;
mod machine;
mod opcodes;

use std::borrow::Cow;

use super::array::{Array, Element};
pub use opcodes::{Opcode, Opcodes};

/// Why a pickle was refused; each sentence stands after the file's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PickleError {
    /// The bytes end before the pickle does.
    #[error("the pickle ends too early, at byte {0}: the file is truncated, fetch it again")]
    Truncated(usize),
    /// A function or class that no image file needs.
    #[error(
        "the pickle names '{0}', which no image dataset needs: it is refused, and nothing of it was run"
    )]
    ForbiddenGlobal(String),
    /// An opcode outside the known set.
    #[error(
        "the pickle has the unsupported opcode {opcode:#04x} at byte {at}: it is damaged, or no dataset"
    )]
    Opcode {
        /// The opcode.
        opcode: u8,
        /// Its position.
        at: usize,
    },
    /// An opcode that finds something else than it needs.
    #[error("the pickle is damaged at byte {at}: {problem}")]
    Damaged {
        /// The position.
        at: usize,
        /// What was expected, in a few words.
        problem: &'static str,
    },
    /// More than any dataset needs.
    #[error("the pickle unpacks to more than {0}, more than its dataset can need: it is refused")]
    TooLarge(&'static str),
}

/// A value on the machine's stack: small ones inline, others by their place among the nodes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float,
    Node(u32),
}

/// Functions and classes that are known, none of which is ever called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Global {
    Reconstruct,
    NdArray,
    DType,
    FromBuffer,
    Encode,
    Scalar,
}

/// An array before and after its content is known; bytes and type are nodes.
#[derive(Clone, Debug, PartialEq)]
struct Blueprint {
    shape: Vec<usize>,
    element: u32,
    fortran: bool,
    data: u32,
}

/// A value with content.
#[derive(Clone, Debug, PartialEq)]
enum Node<'a> {
    Bytes(Cow<'a, [u8]>),
    Text(Cow<'a, str>),
    List(Vec<Value>),
    Tuple(Vec<Value>),
    Dict(Vec<(Value, Value)>),
    Global(Global),
    /// `None`: no plain number, such as Python objects.
    Element(Option<Element>),
    Array(Option<Box<Blueprint>>),
}

/// A pickle that was read to its end.
#[derive(Debug)]
pub struct Document<'a> {
    nodes: Vec<Node<'a>>,
    root: Value,
}

impl<'a> Document<'a> {
    /// Most values that a pickle may hold.
    pub const VALUES: usize = 1_000_000;

    /// Most bytes that a list of texts may hold.
    pub const TEXTS: usize = 1 << 20;

    /// Reads a pickle; long byte strings are borrowed from `bytes`.
    ///
    /// # Errors
    /// [`PickleError`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, PickleError> {
        machine::run(bytes)
    }

    /// The value that Python's `pickle.load` would return.
    #[must_use]
    pub fn root(&self) -> View<'_, 'a> {
        View {
            document: self,
            value: self.root,
        }
    }
}

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub struct View<'d, 'a> {
    document: &'d Document<'a>,
    value: Value,
}

impl<'d, 'a> View<'d, 'a> {
    fn node(self) -> Option<&'d Node<'a>> {
        match self.value {
            Value::Node(index) => self.document.nodes.get(index as usize),
            _ => None,
        }
    }

    fn at(self, value: Value) -> Self {
        Self { value, ..self }
    }

    /// The value under a text key of a dictionary; where the key occurs twice, the later one.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        match self.node()? {
            Node::Dict(entries) => entries
                .iter()
                .rev()
                .find(|(name, _)| self.at(*name).text().is_some_and(|name| name == key))
                .map(|&(_, value)| self.at(value)),
            _ => None,
        }
    }

    /// A text, or a byte string as Python 2 writes texts.
    #[must_use]
    pub fn text(self) -> Option<Cow<'d, str>> {
        match self.node()? {
            Node::Text(text) => Some(Cow::Borrowed(text)),
            Node::Bytes(bytes) => Some(String::from_utf8_lossy(bytes)),
            _ => None,
        }
    }

    fn items(self) -> Option<&'d [Value]> {
        match self.node()? {
            Node::List(items) | Node::Tuple(items) => Some(items),
            _ => None,
        }
    }

    /// A list of texts; `None` for one that holds more than [`Document::TEXTS`] bytes, as a list can
    /// that names one text over and over.
    #[must_use]
    pub fn texts(self) -> Option<Vec<String>> {
        let mut left = Document::TEXTS;
        self.items()?
            .iter()
            .map(|&item| {
                let text = self.at(item).text()?;
                left = left.checked_sub(text.len())?;
                Some(text.into_owned())
            })
            .collect()
    }

    /// A list of integers, or an array of them.
    #[must_use]
    pub fn integers(self) -> Option<Vec<i64>> {
        match self.items() {
            Some(items) => items
                .iter()
                .map(|item| match item {
                    Value::Int(number) => Some(*number),
                    _ => None,
                })
                .collect(),
            None => self.array()?.ok()?.integers(),
        }
    }

    /// An array; the inner error is a sentence on why its bytes are not what its shape promises.
    #[must_use]
    pub fn array(self) -> Option<Result<Array<'d>, String>> {
        let Node::Array(Some(blueprint)) = self.node()? else {
            return None;
        };
        let nodes = &self.document.nodes;
        match (
            nodes.get(blueprint.element as usize)?,
            nodes.get(blueprint.data as usize)?,
        ) {
            (Node::Element(Some(element)), Node::Bytes(bytes)) => Some(Array::new(
                blueprint.shape.clone(),
                *element,
                blueprint.fortran,
                Cow::Borrowed(bytes),
            )),
            _ => Some(Err(
                "an array holds something else than plain numbers".to_owned()
            )),
        }
    }
}

#[cfg(test)]
mod tests;

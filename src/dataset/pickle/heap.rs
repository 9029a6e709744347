//! The values of a pickle while it is read, and the limits on them.

use super::{Document, Node, PickleError, Value};

/// The values so far.
pub(super) struct Heap<'a> {
    /// Where the reading is, for messages.
    pub(super) at: usize,
    nodes: Vec<Node<'a>>,
    values: usize,
    /// Bytes that are not borrowed from the pickle, and how many these may become.
    derived: usize,
    max_derived: usize,
}

impl<'a> Heap<'a> {
    /// No values of a pickle of `length` bytes.
    pub(super) const fn new(length: usize) -> Self {
        Self {
            at: 0,
            nodes: Vec::new(),
            values: 0,
            derived: 0,
            max_derived: length,
        }
    }

    /// The document of which `root` is the value.
    pub(super) fn finish(self, root: Value) -> Document<'a> {
        Document {
            nodes: self.nodes,
            root,
        }
    }

    pub(super) const fn damaged(&self, problem: &'static str) -> PickleError {
        PickleError::Damaged {
            at: self.at,
            problem,
        }
    }

    pub(super) fn node(&self, value: Value) -> Option<&Node<'a>> {
        match value {
            Value::Node(index) => self.nodes.get(index as usize),
            _ => None,
        }
    }

    pub(super) fn node_mut(&mut self, value: Value) -> Option<&mut Node<'a>> {
        match value {
            Value::Node(index) => self.nodes.get_mut(index as usize),
            _ => None,
        }
    }

    pub(super) fn make(&mut self, node: Node<'a>) -> Result<Value, PickleError> {
        self.count()?;
        let index = self.nodes.len() as u32;
        self.nodes.push(node);
        Ok(Value::Node(index))
    }

    /// Accounts for `bytes` that are not borrowed from the pickle.
    pub(super) const fn spend(&mut self, bytes: usize) -> Result<(), PickleError> {
        self.derived += bytes;
        if self.derived > self.max_derived {
            return Err(PickleError::TooLarge("its own size"));
        }
        Ok(())
    }

    /// Accounts for one more value.
    pub(super) const fn count(&mut self) -> Result<(), PickleError> {
        self.values += 1;
        if self.values > Document::VALUES {
            return Err(PickleError::TooLarge("a million values"));
        }
        Ok(())
    }
}

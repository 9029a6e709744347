//! The stack machine: opcodes of protocols 0 to 5.

use std::collections::HashMap;

use super::globals::resolve;
use super::{Document, Global, Node, PickleError, Value};

/// The machine between two opcodes.
pub(super) struct Machine<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    stack: Vec<Value>,
    marks: Vec<usize>,
    nodes: Vec<Node<'a>>,
    memo: HashMap<u32, Value>,
    steps: usize,
    derived: usize,
}

/// Runs a pickle to its end.
pub(super) fn run(bytes: &[u8]) -> Result<Document<'_>, PickleError> {
    let mut machine = Machine {
        bytes,
        at: 0,
        stack: Vec::new(),
        marks: Vec::new(),
        nodes: Vec::new(),
        memo: HashMap::new(),
        steps: 0,
        derived: 0,
    };
    loop {
        let opcode = machine.byte()?;
        if opcode == b'.' {
            let root = machine.pop()?;
            return Ok(Document {
                nodes: machine.nodes,
                root,
            });
        }
        machine.step(opcode)?;
    }
}

impl<'a> Machine<'a> {
    pub(super) fn damaged(&self, problem: &'static str) -> PickleError {
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

    pub(super) fn replace(&mut self, value: Value, node: Node<'a>) {
        if let Value::Node(index) = value
            && let Some(place) = self.nodes.get_mut(index as usize)
        {
            *place = node;
        }
    }

    pub(super) fn make(&mut self, node: Node<'a>) -> Result<Value, PickleError> {
        self.count()?;
        let index = self.nodes.len() as u32;
        self.nodes.push(node);
        Ok(Value::Node(index))
    }

    /// Accounts for `bytes` that are not borrowed from the pickle.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<(), PickleError> {
        self.derived += bytes;
        if self.derived > self.bytes.len() {
            return Err(PickleError::TooLarge("its own size"));
        }
        Ok(())
    }

    fn count(&mut self) -> Result<(), PickleError> {
        self.steps += 1;
        if self.steps > Document::VALUES {
            return Err(PickleError::TooLarge("a million values"));
        }
        Ok(())
    }

    pub(super) fn push(&mut self, value: Value) -> Result<(), PickleError> {
        self.count()?;
        self.stack.push(value);
        Ok(())
    }

    pub(super) fn push_node(&mut self, node: Node<'a>) -> Result<(), PickleError> {
        let value = self.make(node)?;
        self.stack.push(value);
        Ok(())
    }

    fn pop(&mut self) -> Result<Value, PickleError> {
        self.stack
            .pop()
            .ok_or(self.damaged("a value is missing on the stack"))
    }

    fn top(&self) -> Result<Value, PickleError> {
        self.stack
            .last()
            .copied()
            .ok_or(self.damaged("a value is missing on the stack"))
    }

    fn pop_mark(&mut self) -> Result<Vec<Value>, PickleError> {
        match self.marks.pop() {
            Some(mark) if mark <= self.stack.len() => Ok(self.stack.split_off(mark)),
            _ => Err(self.damaged("a mark is missing on the stack")),
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PickleError> {
        let end = self.at.checked_add(count);
        match end.and_then(|end| self.bytes.get(self.at..end)) {
            Some(bytes) => {
                self.at += count;
                Ok(bytes)
            }
            None => Err(PickleError::Truncated(self.bytes.len())),
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian unsigned number of `width` bytes, at most eight.
    pub(super) fn unsigned(&mut self, width: usize) -> Result<usize, PickleError> {
        let bytes = self.take(width)?;
        let value = bytes
            .iter()
            .rev()
            .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        usize::try_from(value).map_err(|_| self.damaged("a length above this machine's memory"))
    }

    /// Bytes preceded by their number in `width` bytes.
    pub(super) fn counted(&mut self, width: usize) -> Result<&'a [u8], PickleError> {
        let count = self.unsigned(width)?;
        self.take(count)
    }

    pub(super) fn line(&mut self) -> Result<&'a [u8], PickleError> {
        let rest = &self.bytes[self.at..];
        match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => {
                self.at += end + 1;
                Ok(&rest[..end])
            }
            None => Err(PickleError::Truncated(self.bytes.len())),
        }
    }

    pub(super) fn utf8(&self, bytes: &'a [u8]) -> Result<&'a str, PickleError> {
        std::str::from_utf8(bytes).map_err(|_| self.damaged("a text that is no UTF-8"))
    }

    pub(super) fn text_line(&mut self) -> Result<&'a str, PickleError> {
        let line = self.line()?;
        self.utf8(line)
    }

    fn push_global(&mut self, module: &str, name: &str) -> Result<(), PickleError> {
        let global: Global = resolve(module, name)?;
        self.push_node(Node::Global(global))
    }

    fn remember(&mut self, key: usize) -> Result<(), PickleError> {
        self.count()?;
        let key = u32::try_from(key).map_err(|_| self.damaged("a memo number out of range"))?;
        let value = self.top()?;
        self.memo.insert(key, value);
        Ok(())
    }

    fn recall(&mut self, key: usize) -> Result<(), PickleError> {
        let value = u32::try_from(key)
            .ok()
            .and_then(|key| self.memo.get(&key).copied())
            .ok_or(self.damaged("a reference to nothing"))?;
        self.push(value)
    }

    pub(super) fn number_line<T: std::str::FromStr>(&mut self) -> Result<T, PickleError> {
        let text = self.text_line()?;
        text.trim_end_matches('L')
            .parse()
            .map_err(|_| self.damaged("a number that is none"))
    }

    fn push_tuple(&mut self, count: usize) -> Result<(), PickleError> {
        let Some(start) = self.stack.len().checked_sub(count) else {
            return Err(self.damaged("a value is missing on the stack"));
        };
        let items = self.stack.split_off(start);
        self.push_node(Node::Tuple(items))
    }

    fn append(&mut self, items: Vec<Value>) -> Result<(), PickleError> {
        let list = self.top()?;
        let error = self.damaged("items for something that is no list");
        match list {
            Value::Node(index) => match self.nodes.get_mut(index as usize) {
                Some(Node::List(list)) => list.extend(items),
                _ => return Err(error),
            },
            _ => return Err(error),
        }
        Ok(())
    }

    fn set_items(&mut self, items: &[Value]) -> Result<(), PickleError> {
        if !items.len().is_multiple_of(2) {
            return Err(self.damaged("a key without a value"));
        }
        let dictionary = self.top()?;
        let error = self.damaged("entries for something that is no dictionary");
        match dictionary {
            Value::Node(index) => match self.nodes.get_mut(index as usize) {
                Some(Node::Dict(entries)) => {
                    entries.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                }
                _ => return Err(error),
            },
            _ => return Err(error),
        }
        Ok(())
    }

    fn step(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            0x80 => match self.byte()? {
                0..=5 => Ok(()),
                _ => Err(self.damaged("a protocol above 5")),
            },
            0x95 => self.take(8).map(|_| ()),
            b'(' => {
                self.count()?;
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(|_| ()),
            b'1' => self.pop_mark().map(|_| ()),
            b'2' => {
                let value = self.top()?;
                self.push(value)
            }
            b'p' => {
                let key = self.number_line()?;
                self.remember(key)
            }
            b'q' => {
                let key = self.unsigned(1)?;
                self.remember(key)
            }
            b'r' => {
                let key = self.unsigned(4)?;
                self.remember(key)
            }
            0x94 => self.remember(self.memo.len()),
            b'g' => {
                let key = self.number_line()?;
                self.recall(key)
            }
            b'h' => {
                let key = self.unsigned(1)?;
                self.recall(key)
            }
            b'j' => {
                let key = self.unsigned(4)?;
                self.recall(key)
            }
            b'N' | 0x88 | 0x89 | b'I' | b'L' | b'F' | b'G' | b'J' | b'K' | b'M' | 0x8a | 0x8b => {
                self.number(opcode)
            }
            b'S' | b'T' | b'U' | b'B' | b'C' | b'V' | b'X' | 0x8c | 0x8d | 0x8e | 0x96 => {
                self.string(opcode)
            }
            0x98 => Ok(()),
            _ => self.structure(opcode),
        }
    }

    fn structure(&mut self, opcode: u8) -> Result<(), PickleError> {
        match opcode {
            b']' | 0x8f => self.push_node(Node::List(Vec::new())),
            b'}' => self.push_node(Node::Dict(Vec::new())),
            b')' => self.push_node(Node::Tuple(Vec::new())),
            b'l' | 0x91 => {
                let items = self.pop_mark()?;
                self.push_node(Node::List(items))
            }
            b't' => {
                let items = self.pop_mark()?;
                self.push_node(Node::Tuple(items))
            }
            b'd' => {
                let items = self.pop_mark()?;
                self.push_node(Node::Dict(Vec::new()))?;
                self.set_items(&items)
            }
            0x85..=0x87 => self.push_tuple(usize::from(opcode - 0x84)),
            b'a' => {
                let item = self.pop()?;
                self.append(vec![item])
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.append(items)
            }
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set_items(&items)
            }
            b'c' => {
                let module = self.text_line()?;
                let name = self.text_line()?;
                self.push_global(module, name)
            }
            b'i' => {
                let module = self.text_line()?;
                let name = self.text_line()?;
                resolve(module, name)?;
                Err(self.damaged("an object made in an unknown way"))
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                match (self.node(module), self.node(name)) {
                    (Some(Node::Text(module)), Some(Node::Text(name))) => {
                        let global = resolve(module, name)?;
                        self.push_node(Node::Global(global))
                    }
                    _ => Err(self.damaged("a function without a name")),
                }
            }
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let function = self.pop()?;
                let value = self.reduce(function, arguments)?;
                self.push(value)
            }
            b'b' => {
                let state = self.pop()?;
                let target = self.top()?;
                self.build(target, state)
            }
            _ => Err(PickleError::Opcode {
                opcode,
                at: self.at - 1,
            }),
        }
    }
}

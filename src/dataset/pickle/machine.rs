//! The stack machine: opcodes of protocols 0 to 5.

use std::collections::HashMap;
use std::str::FromStr;

use super::globals::resolve;
use super::heap::Heap;
use super::literal::{long, string, utf8};
use super::opcodes::{Opcode, Opcodes, unsigned};
use super::{Document, Node, PickleError, Value};

/// The machine between two opcodes.
struct Machine<'a> {
    heap: Heap<'a>,
    stack: Vec<Value>,
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
}

/// Runs a pickle to its end.
pub(super) fn run(bytes: &[u8]) -> Result<Document<'_>, PickleError> {
    let mut opcodes = Opcodes::new(bytes);
    let mut machine = Machine {
        heap: Heap::new(bytes.len()),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
    };
    loop {
        let opcode = opcodes.advance()?;
        machine.heap.at = opcodes.at();
        if opcode.code == b'.' {
            let root = machine.pop()?;
            return Ok(machine.heap.finish(root));
        }
        machine.step(&opcode)?;
    }
}

impl<'a> Machine<'a> {
    const fn damaged(&self, problem: &'static str) -> PickleError {
        self.heap.damaged(problem)
    }

    fn push(&mut self, value: Value) -> Result<(), PickleError> {
        self.heap.count()?;
        self.stack.push(value);
        Ok(())
    }

    fn push_node(&mut self, node: Node<'a>) -> Result<(), PickleError> {
        let value = self.heap.make(node)?;
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

    fn push_global(&mut self, module: &str, name: &str) -> Result<(), PickleError> {
        self.push_node(Node::Global(resolve(module, name)?))
    }

    /// The module and the name that an opcode gives as two lines.
    fn lines(&self, opcode: &Opcode<'a>) -> Result<(&'a str, &'a str), PickleError> {
        let text = |bytes| utf8(bytes).map_err(|problem| self.damaged(problem));
        Ok((text(opcode.argument)?, text(opcode.second)?))
    }

    fn remember(&mut self, key: u64) -> Result<(), PickleError> {
        self.heap.count()?;
        let key = u32::try_from(key).map_err(|_| self.damaged("a memo number out of range"))?;
        let value = self.top()?;
        self.memo.insert(key, value);
        Ok(())
    }

    fn recall(&mut self, key: u64) -> Result<(), PickleError> {
        let value = u32::try_from(key)
            .ok()
            .and_then(|key| self.memo.get(&key).copied())
            .ok_or(self.damaged("a reference to nothing"))?;
        self.push(value)
    }

    /// A number in digits.
    fn digits<T: FromStr>(&self, opcode: &Opcode<'_>) -> Result<T, PickleError> {
        let text = utf8(opcode.argument).map_err(|problem| self.damaged(problem))?;
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
        match self.heap.node_mut(list) {
            Some(Node::List(list)) => {
                list.extend(items);
                Ok(())
            }
            _ => Err(self.damaged("items for something that is no list")),
        }
    }

    fn set_items(&mut self, items: &[Value]) -> Result<(), PickleError> {
        if !items.len().is_multiple_of(2) {
            return Err(self.damaged("a key without a value"));
        }
        let dictionary = self.top()?;
        match self.heap.node_mut(dictionary) {
            Some(Node::Dict(entries)) => {
                entries.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1])));
                Ok(())
            }
            _ => Err(self.damaged("entries for something that is no dictionary")),
        }
    }

    fn step(&mut self, opcode: &Opcode<'a>) -> Result<(), PickleError> {
        match opcode.code {
            0x80 if opcode.argument[0] > 5 => Err(self.damaged("a protocol above 5")),
            0x80 | 0x95 | 0x98 => Ok(()),
            b'(' => {
                self.heap.count()?;
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(|_| ()),
            b'1' => self.pop_mark().map(|_| ()),
            b'2' => {
                let value = self.top()?;
                self.push(value)
            }
            b'p' => self.remember(self.digits(opcode)?),
            b'q' | b'r' => self.remember(unsigned(opcode.argument)),
            0x94 => self.remember(self.memo.len() as u64),
            b'g' => self.recall(self.digits(opcode)?),
            b'h' | b'j' => self.recall(unsigned(opcode.argument)),
            b'N' | 0x88 | 0x89 | b'I' | b'L' | b'F' | b'G' | b'J' | b'K' | b'M' | 0x8a | 0x8b => {
                let number = self.number(opcode)?;
                self.push(number)
            }
            b'S' | b'T' | b'U' | b'B' | b'C' | b'V' | b'X' | 0x8c | 0x8d | 0x8e | 0x96 => {
                let node = string(opcode).map_err(|problem| self.damaged(problem))?;
                self.push_node(node)
            }
            _ => self.structure(opcode),
        }
    }

    fn number(&self, opcode: &Opcode<'_>) -> Result<Value, PickleError> {
        Ok(match (opcode.code, opcode.argument) {
            (b'N', _) => Value::None,
            (0x88, _) | (b'I', b"01") => Value::Bool(true),
            (0x89, _) | (b'I', b"00") => Value::Bool(false),
            (b'I' | b'L', _) => Value::Int(self.digits(opcode)?),
            (b'F', _) => {
                self.digits::<f64>(opcode)?;
                Value::Float
            }
            (b'G', _) => Value::Float,
            (b'K' | b'M', bytes) => Value::Int(unsigned(bytes) as i64),
            (_, bytes) => {
                Value::Int(long(bytes).ok_or(self.damaged("an integer of more than 64 bits"))?)
            }
        })
    }

    fn structure(&mut self, opcode: &Opcode<'a>) -> Result<(), PickleError> {
        match opcode.code {
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
            0x85..=0x87 => self.push_tuple(usize::from(opcode.code - 0x84)),
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
                let (module, name) = self.lines(opcode)?;
                self.push_global(module, name)
            }
            b'i' => {
                let (module, name) = self.lines(opcode)?;
                resolve(module, name)?;
                Err(self.damaged("an object made in an unknown way"))
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                match (self.heap.node(module), self.heap.node(name)) {
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
                let value = self.heap.reduce(function, arguments)?;
                self.push(value)
            }
            b'b' => {
                let state = self.pop()?;
                let target = self.top()?;
                self.heap.build(target, state)
            }
            code => Err(PickleError::Opcode {
                opcode: code,
                at: opcode.at,
            }),
        }
    }
}

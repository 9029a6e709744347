//! Sends the events of the training thread without ever waiting.

use std::collections::VecDeque;

use crossbeam_channel::Sender;

use crate::training::Event;

/// Sends events without ever waiting: progress within an epoch is dropped when the receiver is slow,
/// everything else waits until it can be sent.
pub(super) struct EventSender {
    sender: Sender<Event>,
    waiting: VecDeque<Event>,
}

impl EventSender {
    pub(super) const fn new(sender: Sender<Event>) -> Self {
        Self {
            sender,
            waiting: VecDeque::new(),
        }
    }

    pub(super) fn send(&mut self, event: Event) {
        let droppable = matches!(event, Event::Step { .. });
        if droppable && !self.waiting.is_empty() {
            return;
        }
        self.waiting.push_back(event);
        while let Some(event) = self.waiting.pop_front() {
            if let Err(error) = self.sender.try_send(event) {
                let event = error.into_inner();
                if !matches!(event, Event::Step { .. }) {
                    self.waiting.push_front(event);
                }
                return;
            }
        }
    }

    /// Sends what waits, now that nothing is left to hold up.
    pub(super) fn finish(self) {
        for event in self.waiting {
            if self.sender.send(event).is_err() {
                return;
            }
        }
    }
}

//! The Depth screen: states and pictures.

use crate::tui::app::{App, Message};
use crate::tui::fixtures::{self, press};
use crate::tui::keys::Key;

use super::{LARGE, MIDDLE, SMALL, picture, ready};

/// An app whose pair was timed.
pub(super) fn measured(size: (u16, u16)) -> App {
    let mut app = ready(size, "2m");
    let found = Some(fixtures::measured());
    app.update(Message::Measured { job: 1, found });
    app.toast = None;
    app
}

/// An app with another architecture.
pub(super) fn planned(size: (u16, u16), architecture: &str, keys: &str) -> App {
    let mut app = ready(size, "");
    app.settings.architecture = architecture.parse().unwrap();
    app.depth.architectures.push(app.settings.architecture);
    app.replan();
    press(&mut app, keys);
    app
}

pictures! {
    depth_80x24: ready(SMALL, "2");
    depth_120x36: ready(MIDDLE, "2");
    depth_200x60: ready(LARGE, "2j");
    depth_no_change_80x24: ready(SMALL, "2kkkrrr");
    depth_by_hand_80x24: ready(SMALL, "2jj+++");
    depth_typed_80x24: {
        let mut app = ready(SMALL, "2a21");
        app.update(Message::Key(Key::Enter));
        app
    };
    depth_stages_80x24: ready(SMALL, "2t");
    depth_timing_80x24: {
        let mut app = ready(SMALL, "2m");
        app.update(Message::MeasureProgress { job: 1, done: 17, of: 44 });
        app
    };
    depth_measured_120x36: measured(MIDDLE);
    depth_measured_80x24: measured(SMALL);
    depth_efficientnet_80x24: planned(SMALL, "efficientnet-b2", "2");
    depth_efficientnet_stages_80x24: planned(SMALL, "efficientnet-b2", "2t");
    depth_densenet_stages_80x24: planned(SMALL, "densenet-40", "2t");
    depth_resnext_200x60: planned(LARGE, "resnext-56", "2");
    depth_typing_80x24: ready(SMALL, "2a21");
    depth_typing_120x36: ready(MIDDLE, "2a21");
    depth_typing_200x60: ready(LARGE, "2a21");
}

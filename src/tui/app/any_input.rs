//! Any keys, clicks, sizes and messages: nothing panics, and there is always a way out.

use jiff::SignedDuration;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{App, Effect, Message, Mouse};
use crate::run::Update;
use crate::tui::fixtures;
use crate::tui::keys::Key;
use crate::tui::pictures::Pictures;
use crate::tui::screens;
use crate::tui::theme::{Colours, Theme};

/// Inputs of one case, and cases: 10,000 inputs in all.
const INPUTS: usize = 500;
const CASES: u32 = 20;

fn any_key() -> impl Strategy<Value = Key> {
    let named = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Backspace,
        Key::Delete,
        Key::Ctrl('u'),
        Key::Ctrl('z'),
    ];
    prop_oneof![
        3 => (32_u8..127).prop_map(|letter| Key::Char(letter.into())),
        3 => proptest::sample::select(named.to_vec()),
        1 => proptest::sample::select(&['1', '2', '3', '4', '5', '?', ':', 'i'][..]).prop_map(Key::Char),
    ]
}

fn any_mouse() -> impl Strategy<Value = Mouse> {
    let all = [
        Mouse::Click,
        Mouse::Click,
        Mouse::Drag,
        Mouse::Release,
        Mouse::WheelUp,
        Mouse::WheelDown,
    ];
    proptest::sample::select(all.to_vec())
}

/// A message of the outside, whether it was asked for or not.
fn news(number: u8) -> Message {
    match number {
        0 => Message::DatasetsListed(fixtures::entries()),
        1 => Message::DevicesListed(fixtures::devices()),
        2 => Message::RunsListed(fixtures::listings(), vec!["one cannot be read".to_owned()]),
        3 => Message::RunsListed(Vec::new(), Vec::new()),
        4 => Message::RunLoaded(Box::new(fixtures::run_data(&fixtures::listings()[1]))),
        5 => Message::StudiesListed(Ok(fixtures::studies())),
        6 => Message::StudiesListed(Err("the folder is gone".to_owned())),
        7 => Message::Failed("the disk is full".to_owned()),
        8 => Message::StartFailed("the device is gone".to_owned()),
        9 => Message::Update(Update::Stopped),
        10 => Message::Update(Update::Failed("the disk is full".to_owned())),
        11 => Message::Update(Update::Finished(Box::new(fixtures::summary(&[1, 2], 0.01)))),
        12 => Message::Started("runs/now".into()),
        13 => Message::Load(fixtures::load()),
        _ => Message::Paste("'/my flowers'\n".to_owned()),
    }
}

#[derive(Clone, Debug)]
enum Input {
    Key(Key),
    Mouse(Mouse, u16, u16),
    /// Two clicks at a place.
    Twice(u16, u16),
    /// From a place to another with the button held.
    Drag([u16; 2], [u16; 2]),
    Resize(u16, u16),
    Wait(i64),
    News(u8),
    /// Some epochs of a training.
    Training,
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        12 => any_key().prop_map(Input::Key),
        4 => (any_mouse(), 0..140_u16, 0..50_u16).prop_map(|(mouse, x, y)| Input::Mouse(mouse, x, y)),
        1 => (0..140_u16, 0..50_u16).prop_map(|(x, y)| Input::Twice(x, y)),
        1 => ([0..140_u16, 0..50_u16], [0..220_u16, 0..70_u16]).prop_map(|(from, to)| Input::Drag(from, to)),
        1 => (0..320_u16, 0..90_u16).prop_map(|(columns, rows)| Input::Resize(columns, rows)),
        2 => (0..20_000_i64).prop_map(Input::Wait),
        2 => (0..15_u8).prop_map(Input::News),
        1 => Just(Input::Training),
    ]
}

fn draw(app: &App, theme: Theme) {
    let area = Rect::new(0, 0, app.size.0, app.size.1);
    let mut buffer = Buffer::empty(area);
    screens::draw(&mut buffer, area, app, theme, &Pictures::half_blocks());
}

/// What the mouse does on the screen as it is drawn.
fn click(app: &mut App, mouse: Mouse, [column, row]: [u16; 2]) -> Vec<Effect> {
    draw(app, Theme::new(Colours::None));
    app.update(Message::Mouse(mouse, column, row))
}

/// Applies an input; the datasets that are asked for are read at once.
fn apply(app: &mut App, input: &Input) {
    let effects = match *input {
        Input::Key(key) => app.update(Message::Key(key)),
        Input::Mouse(mouse, column, row) => app.update(Message::Mouse(mouse, column, row)),
        Input::Twice(column, row) => {
            click(app, Mouse::Click, [column, row]);
            click(app, Mouse::Click, [column, row])
        }
        Input::Drag(from, to) => {
            click(app, Mouse::Click, from);
            click(app, Mouse::Drag, to);
            click(app, Mouse::Release, to)
        }
        Input::Resize(columns, rows) => app.update(Message::Resize(columns, rows)),
        Input::Wait(milliseconds) => {
            let now = app.now + SignedDuration::from_millis(milliseconds);
            app.update(Message::Tick(now))
        }
        Input::News(number) => app.update(news(number)),
        Input::Training => {
            for event in fixtures::events_until(2, 2) {
                app.update(Message::Update(Update::Event(event)));
            }
            Vec::new()
        }
    };
    for effect in effects {
        if let Effect::LoadDataset { job, source, .. } = effect {
            let mut loaded = (*fixtures::loaded()).clone();
            loaded.source = source;
            let loaded = loaded.into();
            app.update(Message::Analysed { job, loaded });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_there_is_a_way_out(
        inputs in proptest::collection::vec(any_input(), INPUTS),
        light in any::<bool>(),
    ) {
        let theme = if light { Theme::light(Colours::True) } else { Theme::new(Colours::Indexed) };
        let mut app = fixtures::fresh(120, 36);
        app.open_start();
        for (number, input) in inputs.iter().enumerate() {
            apply(&mut app, input);
            if number % 3 == 0 {
                draw(&app, theme);
            }
        }
        let leaves = |app: &mut App| {
            let effects = app.update(Message::Key(Key::Ctrl('c')));
            effects.contains(&Effect::Quit)
        };
        let mut left = false;
        for _ in 0..4 {
            left |= leaves(&mut app);
        }
        prop_assert!(left, "no way out of {:?}", app.screen.name());
    }
}

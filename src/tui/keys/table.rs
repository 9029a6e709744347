//! The table.

use super::{Action, Binding, Context, Key};

const fn bind(
    context: Context,
    keys: &'static [Key],
    label: &'static str,
    hint: &'static str,
    description: &'static str,
    action: Action,
) -> Binding {
    Binding {
        context,
        keys,
        label,
        hint,
        description,
        action,
    }
}

const UP: &[Key] = &[Key::Up, Key::Char('k')];
const DOWN: &[Key] = &[Key::Down, Key::Char('j')];
const LEFT: &[Key] = &[Key::Left, Key::Char('h')];
const RIGHT: &[Key] = &[Key::Right, Key::Char('l')];
const FIRST: &[Key] = &[Key::Home];
const LAST: &[Key] = &[Key::End];
const TAB: &[Key] = &[Key::Tab];
const BACK: &[Key] = &[Key::BackTab];
const ENTER: &[Key] = &[Key::Enter];
const ESC: &[Key] = &[Key::Esc];

/// Every key that means something.
#[rustfmt::skip]
pub const TABLE: &[Binding] = &{
    use Action as A;
    use Context as C;
    use Key::Char;
    [
        bind(C::Data, UP, "↑ k", "↑↓ dataset", "line above", A::Up),
        bind(C::Data, DOWN, "↓ j", "", "line below", A::Down),
        bind(C::Data, ENTER, "Enter", "Enter use it", "use it: go on to screen 2", A::Accept),
        bind(C::Data, &[Char('r')], "r", "r reading", "next reading", A::NextReading),
        bind(C::Data, &[Char('R')], "R", "", "previous reading", A::PreviousReading),
        bind(C::Data, &[Char('a')], "a", "a add", "add images of your own", A::Add),
        bind(C::Data, &[Char('f')], "f", "f fetch", "fetch it, or stop fetching", A::Fetch),
        bind(C::Data, &[Char('v')], "v", "v verify", "check its published files", A::Verify),
        bind(C::Data, ESC, "Esc", "", "stop fetching or checking", A::Cancel),
        bind(C::Data, &[Key::Tab, Key::Right, Char('l')], "Tab → l", "Tab panel", "next panel", A::NextPanel),
        bind(C::Data, &[Key::BackTab, Key::Left, Char('h')], "⇧Tab ← h", "", "previous panel", A::PreviousPanel),
        bind(C::Data, &[Char('c')], "c", "c classes/channels", "classes or channels", A::ToggleStrip),
        bind(C::Data, &[Key::PageUp], "PgUp", "", "ten classes up", A::PageUp),
        bind(C::Data, &[Key::PageDown], "PgDn", "", "ten classes down", A::PageDown),
        bind(C::Data, FIRST, "Home", "", "first line", A::First),
        bind(C::Data, LAST, "End", "", "last line", A::Last),
        bind(C::Data, &[Char('u')], "u", "", "look again for datasets", A::Refresh),

        bind(C::Depth, UP, "↑ k", "↑↓ move", "network, width, reading", A::Up),
        bind(C::Depth, DOWN, "↓ j", "", "the next one", A::Down),
        bind(C::Depth, ENTER, "Enter", "Enter train", "train it: on to screen 3", A::Accept),
        bind(C::Depth, &[Char('r')], "r", "r reading", "next reading", A::NextReading),
        bind(C::Depth, &[Char('R')], "R", "", "previous reading", A::PreviousReading),
        bind(C::Depth, &[Char('w')], "w", "w width", "next width policy", A::NextWidth),
        bind(C::Depth, &[Char('W')], "W", "", "previous width policy", A::PreviousWidth),
        bind(C::Depth, &[Key::Left, Char('h'), Char('-')], "← h -", "←→ depth", "shallower, by hand", A::Left),
        bind(C::Depth, &[Key::Right, Char('l'), Char('+'), Char('=')], "→ l +", "", "deeper, by hand", A::Right),
        bind(C::Depth, &[Char('m')], "m", "m measure", "time 20 steps of both", A::Measure),
        bind(C::Depth, &[Char('t')], "t", "t stages", "stage table, or drawing", A::ToggleStages),
        bind(C::Depth, ESC, "Esc", "", "stop timing", A::Cancel),
        bind(C::Depth, &[Char('d')], "d", "d by reading", "depth by reading again", A::DepthByReading),
        bind(C::Depth, &[Char('a')], "a", "a other", "type another architecture", A::Add),
        bind(C::Depth, TAB, "Tab", "Tab panel", "next panel", A::NextPanel),
        bind(C::Depth, BACK, "⇧Tab", "", "previous panel", A::PreviousPanel),
        bind(C::Depth, FIRST, "Home", "", "first line", A::First),
        bind(C::Depth, LAST, "End", "", "last line", A::Last),

        bind(C::Form, UP, "↑ k", "↑↓ setting", "previous setting", A::Up),
        bind(C::Form, DOWN, "↓ j", "", "next setting", A::Down),
        bind(C::Form, ENTER, "Enter", "Enter edit, launch", "edit it, or launch", A::Accept),
        bind(C::Form, LEFT, "← h", "←→ choose", "previous choice", A::Left),
        bind(C::Form, RIGHT, "→ l", "", "next choice", A::Right),
        bind(C::Form, &[Char('s')], "s", "s start", "start the training", A::Start),
        bind(C::Form, TAB, "Tab", "", "next setting", A::NextPanel),
        bind(C::Form, BACK, "⇧Tab", "", "previous setting", A::PreviousPanel),
        bind(C::Form, FIRST, "Home", "", "first setting", A::First),
        bind(C::Form, LAST, "End", "", "the launch", A::Last),

        bind(C::Live, &[Char(' ')], "Space", "Space pause", "pause or resume", A::PauseResume),
        bind(C::Live, &[Char('s')], "s", "s stop", "stop; epochs are kept", A::Stop),
        bind(C::Live, &[Key::Enter, Char('z')], "Enter z", "Enter enlarge", "enlarge chart, or show all", A::Enlarge),
        bind(C::Live, &[Char('l')], "l", "l log loss", "loss logarithmic or linear", A::LogScale),
        bind(C::Live, TAB, "Tab", "Tab chart", "next chart", A::NextPanel),
        bind(C::Live, BACK, "⇧Tab", "", "previous chart", A::PreviousPanel),
        bind(C::Live, UP, "↑ k", "", "chart above", A::Up),
        bind(C::Live, DOWN, "↓ j", "", "chart below", A::Down),
        bind(C::Live, LEFT, "← h", "", "chart to the left", A::Left),
        bind(C::Live, &[Key::Right], "→", "", "chart to the right", A::Right),
        bind(C::Live, ESC, "Esc", "", "show all charts", A::Cancel),

        bind(C::Ended, &[Char('e')], "e", "e export", "export the run", A::Export),
        bind(C::Ended, &[Char('n')], "n", "n new training", "back to the settings", A::NewTraining),
        bind(C::Ended, &[Key::Enter, Char('z')], "Enter z", "Enter enlarge", "enlarge chart, or show all", A::Enlarge),
        bind(C::Ended, &[Char('l')], "l", "l log loss", "loss logarithmic or linear", A::LogScale),
        bind(C::Ended, TAB, "Tab", "Tab chart", "next chart", A::NextPanel),
        bind(C::Ended, BACK, "⇧Tab", "", "previous chart", A::PreviousPanel),
        bind(C::Ended, UP, "↑ k", "", "chart above", A::Up),
        bind(C::Ended, DOWN, "↓ j", "", "chart below", A::Down),
        bind(C::Ended, LEFT, "← h", "", "chart to the left", A::Left),
        bind(C::Ended, &[Key::Right], "→", "", "chart to the right", A::Right),
        bind(C::Ended, ESC, "Esc", "", "show all charts", A::Cancel),

        bind(C::Runs, UP, "↑ k", "↑↓ run", "previous run", A::Up),
        bind(C::Runs, DOWN, "↓ j", "", "next run", A::Down),
        bind(C::Runs, &[Char('e')], "e", "e export", "export the marked run", A::Export),
        bind(C::Runs, &[Char('r')], "r", "r resume", "go on with unfinished run", A::Resume),
        bind(C::Runs, &[Char('x')], "x", "x delete", "delete it; asks first", A::Delete),
        bind(C::Runs, &[Char('/')], "/", "/ filter", "filter by any word", A::Filter),
        bind(C::Runs, &[Key::Enter, Char('z')], "Enter z", "Enter enlarge", "enlarge chart, or show all", A::Enlarge),
        bind(C::Runs, &[Char('l')], "l", "l log loss", "loss logarithmic or linear", A::LogScale),
        bind(C::Runs, TAB, "Tab", "Tab chart", "next chart", A::NextPanel),
        bind(C::Runs, BACK, "⇧Tab", "", "previous chart", A::PreviousPanel),
        bind(C::Runs, LEFT, "← h", "", "chart to the left", A::Left),
        bind(C::Runs, &[Key::Right], "→", "", "chart to the right", A::Right),
        bind(C::Runs, FIRST, "Home", "", "newest run", A::First),
        bind(C::Runs, LAST, "End", "", "oldest run", A::Last),
        bind(C::Runs, &[Char('u')], "u", "", "look again for runs", A::Refresh),
        bind(C::Runs, ESC, "Esc", "", "all charts, or no filter", A::Cancel),

        bind(C::Editing, ENTER, "Enter", "Enter accept", "take what was typed", A::Accept),
        bind(C::Editing, ESC, "Esc", "Esc cancel", "forget what was typed", A::Cancel),

        bind(C::Adding, TAB, "Tab", "Tab complete", "complete the path", A::Complete),

        bind(C::Help, &[Key::Esc, Key::Enter, Char('?'), Char('q')], "Esc ?", "Esc close", "close the help", A::Cancel),

        bind(C::Confirm, &[Key::Left, Key::Right, Key::Tab, Key::BackTab, Char('h'), Char('l')], "← →", "←→ choose", "choose an answer", A::Toggle),
        bind(C::Confirm, ENTER, "Enter", "Enter answer", "give the chosen answer", A::Accept),
        bind(C::Confirm, &[Char('y')], "y", "y yes", "answer yes", A::Yes),
        bind(C::Confirm, &[Key::Esc, Char('n'), Char('q')], "n Esc", "n no", "answer no", A::Cancel),

        bind(C::Export, &[Key::Up, Key::BackTab, Char('k')], "↑ k", "↑↓ format", "previous line", A::Up),
        bind(C::Export, &[Key::Down, Key::Tab, Char('j')], "↓ j", "", "next line", A::Down),
        bind(C::Export, &[Char(' ')], "Space", "Space tick", "tick or untick", A::Toggle),
        bind(C::Export, &[Char('a')], "a", "a all", "tick or untick all", A::ToggleAll),
        bind(C::Export, ENTER, "Enter", "Enter export", "write the ticked formats", A::Accept),
        bind(C::Export, &[Key::Esc, Char('q')], "Esc", "Esc cancel", "write nothing", A::Cancel),

        bind(C::ExportFolder, &[Key::Up, Key::BackTab], "↑", "↑ formats", "back to the formats", A::Up),
        bind(C::ExportFolder, &[Key::Down, Key::Tab], "↓", "", "to the first format", A::Down),
        bind(C::ExportFolder, ENTER, "Enter", "Enter export", "write the ticked formats", A::Accept),
        bind(C::ExportFolder, ESC, "Esc", "Esc cancel", "write nothing", A::Cancel),

        bind(C::Global, &[Char('1')], "1", "", "what do the images hold?", A::ShowData),
        bind(C::Global, &[Char('2')], "2", "", "how deep may it go?", A::ShowDepth),
        bind(C::Global, &[Char('3')], "3", "", "does it hold?", A::ShowTrain),
        bind(C::Global, &[Char('4')], "4", "", "what do I know?", A::ShowRuns),
        bind(C::Global, &[Char('?')], "?", "", "this help", A::Help),
        bind(C::Global, &[Char('q')], "q", "q quit", "quit; asks if it trains", A::Quit),

        bind(C::Always, &[Key::Ctrl('c')], "Ctrl-C", "", "stop and quit; epochs kept", A::StopAndQuit),
        bind(C::Always, &[Key::Ctrl('z')], "Ctrl-Z", "", "to the shell; fg returns", A::Suspend),
    ]
};

//! The one table of keys: it drives dispatch, the bottom line and the help alike.

mod table;

pub use table::TABLE;

/// A key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character, Space among them.
    Char(char),
    /// A character with Ctrl.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
}

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// Everywhere, text fields and dialogs included.
    Always,
    /// On every screen.
    Global,
    /// Screen 1.
    Data,
    /// Screen 2.
    Depth,
    /// Screen 3 before a launch.
    Form,
    /// Screen 3 while a training runs.
    Live,
    /// Screen 3 after a training.
    Ended,
    /// Screen 4.
    Runs,
    /// A text field.
    Editing,
    /// The text field that adds a dataset.
    Adding,
    /// The help.
    Help,
    /// A question that wants an answer.
    Confirm,
    /// The choice of export formats.
    Export,
    /// The target folder in the choice of export formats.
    ExportFolder,
}

impl Context {
    /// All contexts.
    pub const ALL: [Self; 14] = [
        Self::Always,
        Self::Global,
        Self::Data,
        Self::Depth,
        Self::Form,
        Self::Live,
        Self::Ended,
        Self::Runs,
        Self::Editing,
        Self::Adding,
        Self::Help,
        Self::Confirm,
        Self::Export,
        Self::ExportFolder,
    ];

    /// Its name in the help.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Always => "Everywhere",
            Self::Global => "On every screen",
            Self::Data => "1 Data",
            Self::Depth => "2 Depth",
            Self::Form => "3 Train, before the launch",
            Self::Live => "3 Train, while it runs",
            Self::Ended => "3 Train, afterwards",
            Self::Runs => "4 Runs",
            Self::Editing => "In a text field",
            Self::Adding => "In the field for a path",
            Self::Help => "In this help",
            Self::Confirm => "In a question",
            Self::Export | Self::ExportFolder => "In the export",
        }
    }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What a key asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name),*
        }

        impl Action {
            /// All actions.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

actions! {
    /// Leave the program; asks while a training runs.
    Quit,
    /// Stop a training after its current step and leave the program.
    StopAndQuit,
    /// Leave the terminal to the shell until it brings the program back.
    Suspend,
    /// Show or hide the help.
    Help,
    /// Go to screen 1.
    ShowData,
    /// Go to screen 2.
    ShowDepth,
    /// Go to screen 3.
    ShowTrain,
    /// Go to screen 4.
    ShowRuns,
    /// Previous line, field or chart.
    Up,
    /// Next line, field or chart.
    Down,
    /// To the left; a smaller depth, the previous choice.
    Left,
    /// To the right; a greater depth, the next choice.
    Right,
    /// First line.
    First,
    /// Last line.
    Last,
    /// Next panel.
    NextPanel,
    /// Previous panel.
    PreviousPanel,
    /// Use, edit, launch, enlarge: what Enter means here.
    Accept,
    /// Close what lies on top, or forget what was typed.
    Cancel,
    /// Answer yes.
    Yes,
    /// Choose the next reading.
    NextReading,
    /// Choose the previous reading.
    PreviousReading,
    /// Choose the next width policy.
    NextWidth,
    /// Choose the previous width policy.
    PreviousWidth,
    /// The table of stages or the drawing.
    ToggleStages,
    /// Time steps of both networks, or stop timing them.
    Measure,
    /// Forget an explicit depth.
    DepthByReading,
    /// Type the name of an architecture or the path of a dataset.
    Add,
    /// Fetch a dataset, or stop fetching it.
    Fetch,
    /// Check the files of a dataset, or stop checking them.
    Verify,
    /// Complete a path.
    Complete,
    /// Some lines up.
    PageUp,
    /// Some lines down.
    PageDown,
    /// Classes or channels.
    ToggleStrip,
    /// Look again for datasets or runs.
    Refresh,
    /// Start the training.
    Start,
    /// Pause or resume.
    PauseResume,
    /// Stop the training.
    Stop,
    /// Enlarge a chart, or show all again.
    Enlarge,
    /// Logarithmic or linear loss.
    LogScale,
    /// Back to the form.
    NewTraining,
    /// Go on with an unfinished run.
    Resume,
    /// Choose formats for an export.
    Export,
    /// Delete a run.
    Delete,
    /// Type a filter.
    Filter,
    /// Tick or untick a format.
    Toggle,
    /// Tick or untick all formats.
    ToggleAll,
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys.
    pub keys: &'static [Key],
    /// The keys as shown in the help.
    pub label: &'static str,
    /// Key and word for the bottom line; empty where the help is enough.
    pub hint: &'static str,
    /// One line for the help.
    pub description: &'static str,
    /// What it asks for.
    pub action: Action,
}

/// The binding of `key` in the first of `contexts` that has one.
#[must_use]
pub fn lookup(contexts: &[Context], key: Key) -> Option<&'static Binding> {
    contexts
        .iter()
        .find_map(|&context| in_context(context).find(|binding| binding.keys.contains(&key)))
}

/// The bindings of one context, in the order of the table.
pub fn in_context(context: Context) -> impl Iterator<Item = &'static Binding> {
    TABLE
        .iter()
        .filter(move |binding| binding.context == context)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_is_bound_twice_where_both_would_hold() {
        for context in Context::ALL {
            let mut seen = HashSet::new();
            let mut keys: Vec<Key> = in_context(context).flat_map(|b| b.keys).copied().collect();
            if matches!(
                context,
                Context::Data
                    | Context::Depth
                    | Context::Form
                    | Context::Live
                    | Context::Ended
                    | Context::Runs
            ) {
                keys.extend(in_context(Context::Global).flat_map(|b| b.keys));
            }
            if context != Context::Always {
                keys.extend(in_context(Context::Always).flat_map(|b| b.keys));
            }
            for key in keys {
                assert!(seen.insert(key), "{key:?} is bound twice in {context:?}");
            }
        }
    }

    #[test]
    fn every_action_has_a_key() {
        for action in Action::ALL {
            assert!(
                TABLE
                    .iter()
                    .any(|binding| binding.action == *action && !binding.keys.is_empty()),
                "{action:?} cannot be reached"
            );
        }
    }

    #[test]
    fn every_line_can_be_read_and_a_hint_names_its_key() {
        for binding in TABLE {
            assert!(!binding.label.is_empty() && !binding.description.is_empty());
            let room = 26;
            let length = binding.description.chars().count();
            assert!(
                length <= room,
                "the help would cut '{}'",
                binding.description
            );
            if !binding.hint.is_empty() {
                assert!(binding.hint.contains(' '), "{}", binding.hint);
            }
        }
    }

    #[test]
    fn the_first_context_wins() {
        let contexts = [Context::Live, Context::Global, Context::Always];
        assert_eq!(
            lookup(&contexts, Key::Char('l')).map(|b| b.action),
            Some(Action::LogScale)
        );
        assert_eq!(
            lookup(&contexts, Key::Char('q')).map(|b| b.action),
            Some(Action::Quit)
        );
        assert_eq!(lookup(&[Context::Editing], Key::Char('q')), None);
    }
}

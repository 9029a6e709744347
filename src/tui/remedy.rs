//! Puts the advice of errors into the app's words: the library's sentences name options and commands of the command line.

use crate::run::settings::find;
use crate::tui::screens::data::LINES;

/// What stands before an option that the app has no other name for.
const START: &str = "start the app with ";

/// Where a setting is set in the app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A field of the dialog that adds a dataset.
    Dialog,
    Depth,
    Form,
    /// The form of a study.
    Study,
    /// Nowhere.
    Start,
}

/// The name of a setting in the app, and where it is set.
fn named(key: &str) -> Option<(&'static str, Place)> {
    if key == "budget" {
        return Some(("budget", Place::Study));
    }
    let setting = find(key)?;
    let line = LINES.iter().find(|line| line.key == key);
    Some(match (line, &setting.form) {
        (Some(line), _) => (line.label, Place::Dialog),
        (None, Some(form)) => (form.label, Place::Form),
        (None, None) if key == "depth" => ("depth", Place::Depth),
        (None, None) => (setting.key, Place::Start),
    })
}

/// The settings that a sentence names as options, each with the text before it, and the rest of the sentence.
fn options(sentence: &str) -> (Vec<(&str, &str)>, &str) {
    let mut found = Vec::new();
    let (mut rest, mut from) = (sentence, 0);
    while let Some(dashes) = rest[from..].find("--").map(|at| from + at) {
        let before = &rest[..dashes];
        let begins = before.ends_with([' ', '(']) || dashes == 0;
        let begins = begins && !before.ends_with(START);
        let behind = &rest[dashes + 2..];
        let end = behind.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let key = &behind[..end.unwrap_or(behind.len())];
        if begins && named(key).is_some() {
            found.push((&rest[..dashes], key));
            (rest, from) = (without_placeholder(&behind[key.len()..]), 0);
        } else {
            from = dashes + 2;
        }
    }
    (found, rest)
}

/// What stands behind an option, without a word such as `DIR` that stands for its value.
fn without_placeholder(behind: &str) -> &str {
    let word = behind.strip_prefix(' ').unwrap_or_default();
    let end = word.find(|letter: char| !letter.is_ascii_uppercase());
    let end = end.unwrap_or(word.len());
    let is_whole = word[end..]
        .chars()
        .next()
        .is_none_or(|next| !next.is_alphanumeric());
    if end > 0 && is_whole {
        &word[end..]
    } else {
        behind
    }
}

/// The first setting that a sentence names as an option.
pub fn key_in(sentence: &str) -> Option<&str> {
    options(sentence).0.first().map(|(_, key)| *key)
}

/// The sentence with the app's names of its options and commands.
pub fn in_names(sentence: &str) -> String {
    let sentence = sentence.replace("with --data-dir", "as --data-dir");
    let (found, rest) = options(&sentence);
    let mut text = String::new();
    for (before, key) in found {
        text.push_str(before);
        text.push_str(named(key).map_or(key, |(name, _)| name));
    }
    text.push_str(rest);
    without_commands(&text)
}

/// The sentence with the app's names of its options and commands, and where in the app the user sets those options.
pub fn in_app(sentence: &str) -> String {
    let mut ways: Vec<String> = Vec::new();
    for (_, key) in options(sentence).0 {
        let Some((name, place)) = named(key) else {
            continue;
        };
        let way = match place {
            Place::Dialog => format!("key a: {name}"),
            Place::Depth => "screen 2: ← →".to_owned(),
            Place::Study => format!("screen 5: {name}"),
            Place::Form => format!("screen 3: {name}"),
            Place::Start => format!("{START}--{key}"),
        };
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    let text = in_names(sentence);
    if ways.is_empty() {
        text
    } else {
        format!("{text} ({})", ways.join("; "))
    }
}

/// The sentence with the app's keys in place of commands.
fn without_commands(text: &str) -> String {
    const FETCH: &str = "`ebcle-tui datasets fetch ";
    let text = text.replace("give the same command again", "press f again");
    let Some((before, behind)) = text.split_once(FETCH) else {
        return text;
    };
    match behind.split_once('`') {
        Some((_, behind)) => format!("{before}the key f{behind}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_fields_and_keys_of_the_app() {
        for (said, shown) in [
            (
                "mnist was not found in data: give its folder with --data-dir DIR, or fetch it with `ebcle-tui datasets fetch mnist`",
                "mnist was not found in data: give its folder as data folder, or fetch it with the key f (key a: data folder)",
            ),
            (
                "resnet-20: the heuristic asks for no change; use --depth N below 19 to train a pair anyway",
                "resnet-20: the heuristic asks for no change; use depth below 19 to train a pair anyway (screen 2: ← →)",
            ),
            (
                "the device ran out of memory at batch size 64: use a smaller one, --batch-size 32 to begin with",
                "the device ran out of memory at batch size 64: use a smaller one, batch size 32 to begin with (screen 3: batch size)",
            ),
            (
                "/a--resize/b: no such folder",
                "/a--resize/b: no such folder",
            ),
            (
                "steps are not timed: use --measure true",
                "steps are not timed: use measure true (start the app with --measure)",
            ),
            ("nothing -- at all", "nothing -- at all"),
            ("--", "--"),
        ] {
            assert_eq!(in_app(said), shown);
            assert_eq!(in_app(shown), shown, "a second time");
        }
        assert_eq!(key_in("leave out --split-test"), Some("split-test"));
        assert_eq!(in_names("leave out --split-test"), "leave out test split");
        assert_eq!(key_in("ä --nothing"), None);
    }
}

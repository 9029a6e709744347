//! What filters say, which runs they leave, and that no text breaks them.

use proptest::prelude::*;

use super::fields::FIELDS;
use super::*;
use crate::run::{Design, Notes, RunStatus, fixture};

/// A finished run of these mean accuracies and time saved.
fn run(name: &str, dataset: &str, architecture: &str, created: &str) -> RunListing {
    let mut data = fixture::run(&[1, 2], 2, 2);
    let summary = data.summary.as_mut().unwrap();
    for seed in &mut summary.seeds {
        seed.baseline.test_accuracy = 0.97;
        seed.capped.test_accuracy = 0.984;
        seed.accuracy_difference = 0.014;
    }
    summary.time_saved.as_mut().unwrap().mean = 0.366;
    RunListing {
        name: name.to_owned(),
        path: name.into(),
        created: created.parse().unwrap(),
        dataset: dataset.to_owned(),
        architecture: architecture.to_owned(),
        cap: 12,
        seeds: 2,
        status: RunStatus::Finished,
        activity: crate::run::Activity::Finished,
        design: Design::of(&data.manifest, &data.plan),
        notes: Notes::default(),
        summary: data.summary,
    }
}

fn runs() -> Vec<RunListing> {
    let mut one = run("one", "mnist", "resnet-50", "2026-11-28T10:00:00Z");
    one.notes.tags = vec!["good".to_owned(), "paper".to_owned()];
    one.notes.note = "the one for figure 3".to_owned();
    let mut two = run(
        "two",
        "folder:flowers",
        "wide-resnet-16-4",
        "2026-11-20T10:00:00Z",
    );
    two.summary.as_mut().unwrap().verdict.outcome = crate::evidence::VerdictOutcome::NonInferior;
    two.notes.tags = vec!["not-bad".to_owned()];
    let mut three = run("three", "glyphs", "densenet-40", "2025-12-31T23:30:00Z");
    three.design.cap_unit = crate::depth::Unit::Blocks;
    three.status = RunStatus::Unfinished;
    three.summary = None;
    three.notes.tags = vec!["bad".to_owned()];
    vec![one, two, three]
}

fn moment() -> Moment {
    Moment {
        now: "2026-11-28T12:00:00Z".parse().unwrap(),
        zone: TimeZone::UTC,
    }
}

fn found(text: &str) -> Vec<String> {
    let filter: Filter = text.parse().unwrap();
    let runs = runs().into_iter();
    let found = runs.filter(|run| filter.matches(run, &moment()));
    found.map(|run| run.name).collect()
}

fn problem(text: &str) -> FilterError {
    text.parse::<Filter>().unwrap_err()
}

#[test]
fn every_term_finds_what_it_says() {
    for (text, expected) in [
        ("", &["one", "two", "three"][..]),
        ("mnist", &["one"]),
        ("MNIST resnet", &["one"]),
        ("dataset:mnist", &["one"]),
        ("dataset:resnet", &[]),
        ("dataset:folder:flow", &["two"]),
        ("arch:resnet", &["one", "two"]),
        ("arch=resnet-50", &["one"]),
        ("arch!=resnet-50", &["two", "three"]),
        ("arch:/^resnet-\\d+$/", &["one"]),
        ("/FIG.*3/", &["one"]),
        ("\"for figure\"", &["one"]),
        ("figure one", &["one"]),
        ("acc>0.98", &["one", "two"]),
        ("acc>98%", &["one", "two"]),
        ("acc>98", &["one", "two"]),
        ("acc>98.4%", &[]),
        ("acc>=98.4%", &["one", "two"]),
        ("acc:98.4%", &["one", "two"]),
        ("acc=98%", &["one", "two"]),
        ("acc:98.3%", &[]),
        ("acc.baseline<97.5%", &["one", "two"]),
        ("diff>=1.4%", &["one", "two"]),
        ("saved>20%", &["one", "two"]),
        ("saved>0.4", &[]),
        ("not saved>0.4", &["one", "two", "three"]),
        ("verdict:inf", &[]),
        ("verdict:non", &["two"]),
        ("verdict:unf", &["three"]),
        ("status:finished", &["one", "two"]),
        ("status:unfinished", &["three"]),
        ("tag:bad", &["three"]),
        ("not tag:bad", &["one", "two"]),
        ("tag:not", &["two"]),
        ("tag:/bad/", &["two", "three"]),
        ("tag=good", &["one"]),
        ("tag!=good", &["two", "three"]),
        ("note:\"figure 3\"", &["one"]),
        ("note=\"\"", &["two", "three"]),
        ("cap:12", &["one", "two", "three"]),
        ("cap>12", &[]),
        ("cap.unit:blocks cap:12", &["three"]),
        ("unit:conv", &["one", "two"]),
        ("seeds<=2 epochs=2", &["one", "two", "three"]),
        ("params<1M params>100k", &["one", "two", "three"]),
        ("device:CPU reading:channel", &["one", "two", "three"]),
        ("last:3h", &["one"]),
        ("last:2w", &["one", "two"]),
        ("date:2026-11-20", &["two"]),
        ("date:2026-11", &["one", "two"]),
        ("date>2026-11-20", &["one"]),
        ("date<=2025", &["three"]),
        ("date<2026-11-28", &["two", "three"]),
        ("date:today", &["one"]),
        ("date!=today", &["two", "three"]),
        ("date:yesterday", &[]),
        ("mnist or glyphs", &["one", "three"]),
        ("arch:resnet flowers or glyphs", &["two", "three"]),
        ("arch:resnet (flowers or glyphs)", &["two"]),
        ("not (flowers or glyphs)", &["one"]),
        ("not not mnist", &["one"]),
        ("arch:resnet and not mnist", &["two"]),
        ("family:resnet", &["one", "two", "three"]),
    ] {
        assert_eq!(found(text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, at, part) in [
        ("acc>0.9 datset:mnist", 8, "did you mean 'dataset'?"),
        ("folder:flowers", 0, "put the words in quotes"),
        ("dataset:", 0, "as in dataset:mnist"),
        (
            "acc>much",
            0,
            "'much' is not a number: write it as in acc>20%",
        ),
        ("acc>98x", 0, "'98x' is not a number"),
        ("dataset>mnist", 0, "dataset is a text, not a number"),
        ("last>7d", 0, "last takes ':'"),
        ("last:7", 0, "'7' is not a length of time"),
        ("date:2026-13", 0, "'2026-13' is not a date"),
        ("date:2026-02-30", 0, "is not a date"),
        ("mnist )", 6, "closes nothing"),
        ("( mnist", 0, "the parenthesis is not closed"),
        ("mnist or", 8, "a term is missing here"),
        ("or mnist", 0, "a term is missing before 'or'"),
        ("not", 3, "a term is missing here"),
        ("()", 1, "a term is missing before ')'"),
        ("a \"b c", 2, "the quotes are not closed"),
        ("\"a\"b", 3, "put a space after"),
        ("/a", 0, "the pattern is not closed"),
        ("/(/", 0, "the pattern cannot be used: unclosed group"),
        (":x", 0, "the name of a field is missing before ':'"),
        ("cap:/1/", 0, "cap takes no pattern"),
    ] {
        let error = problem(text);
        assert!(error.problem.contains(part), "{text}: {error}");
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(!error.to_string().contains('\n'), "{error}");
    }
    assert!(problem("dataset:").incomplete && problem("a or").incomplete);
    assert!(!problem("datset:mnist").incomplete);
    assert!(problem(&"(".repeat(1000)).problem.contains("nested"));
    assert!(problem(&"x".repeat(10_000)).problem.contains("at most"));
    assert!(
        problem("/(((a{100}){100}){100}){100}/")
            .problem
            .contains("cannot be used")
    );
}

#[test]
fn fields_and_values_that_occur_are_completed() {
    let runs = runs();
    let texts = |text: &str| -> Vec<String> {
        let found = complete(text, text.len(), &runs).candidates;
        found.into_iter().map(|found| found.text).collect()
    };
    assert_eq!(texts("dat"), ["dataset:", "date>="]);
    assert_eq!(texts("mni"), ["dataset:mnist"]);
    assert_eq!(
        texts("arch:re"),
        ["arch:resnet-50", "arch:wide-resnet-16-4"]
    );
    assert_eq!(texts("arch:resnet-50"), [""; 0]);
    assert_eq!(texts("dataset:fo"), ["dataset:\"folder:flowers\""]);
    assert_eq!(texts("not tag:b"), ["tag:bad"]);
    assert_eq!(texts("verdict:inc or (verdict:u"), ["verdict:unfinished"]);
    assert_eq!(texts("acc>"), [""; 0]);
    assert_eq!(
        texts("last:"),
        ["last:1h", "last:12h", "last:1d", "last:7d", "last:2w"]
    );
    assert_eq!(texts("note:\"two wo"), [""; 0]);
    assert_eq!(texts("").len(), FIELDS.len());
    let found = complete("mnist arch:res x", 14, &runs);
    assert_eq!(found.start, 6);
    assert_eq!(found.candidates[0].about, "1 run");
    for candidate in ["dataset:\"folder:flowers\"", "tag:not-bad"] {
        assert!(candidate.parse::<Filter>().is_ok(), "{candidate}");
    }
}

/// Texts of which most are filters.
fn texts() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("mnist"),
        Just("\"two words\""),
        Just("\"or\""),
        Just("\"a \\\\ \\\" b\""),
        Just("/res(net)?-\\d+/"),
        Just("/a\\/b/"),
        Just("Dataset:mnist"),
        Just("arch!=x"),
        Just("tag=\"\""),
        Just("acc>98.5%"),
        Just("network:/x/"),
        Just("saved<=0.2"),
        Just("params>1.5M"),
        Just("last:7d"),
        Just("date>=2026-11-28"),
        Just("date:today"),
        Just("cap!=3"),
    ];
    let leaf = part.prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|text| format!("not {text}")),
            inner.clone().prop_map(|text| format!("({text})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} AND {b}")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a} or {b}")),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_is_printed_as_it_is_read(text in texts()) {
        let filter: Filter = text.parse().unwrap();
        let printed = filter.to_string();
        let again: Filter = printed.parse().unwrap();
        prop_assert_eq!(&again, &filter, "{}", printed);
        let of = |filter: &Filter| runs().iter().map(|run| filter.matches(run, &moment())).collect::<Vec<_>>();
        prop_assert_eq!(of(&again), of(&filter));
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,60}", cursor in 0..70_usize) {
        check(&text, cursor)?;
    }

    #[test]
    fn no_mixture_of_signs_makes_it_panic(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("("), Just(")"), Just("\""), Just("/"), Just("\\"), Just(" "), Just("or"), Just("not"), Just("acc"),
                Just(":"), Just(">="), Just("!="), Just("9"), Just("%"), Just("-"), Just("dataset"), Just("ß"), Just("İ"),
            ],
            0..30,
        ),
        cursor in 0..70_usize,
    ) {
        check(&parts.concat(), cursor)?;
    }
}

/// That a text is a filter that is printed as it is read, or that an error lies within it.
fn check(text: &str, cursor: usize) -> Result<(), TestCaseError> {
    match text.parse::<Filter>() {
        Ok(filter) => {
            let printed = filter.to_string();
            let again = printed.parse::<Filter>();
            prop_assert_eq!(again, Ok(filter), "{}", printed);
        }
        Err(error) => {
            prop_assert!(error.at + error.length <= text.chars().count(), "{error:?}");
        }
    }
    let completion = complete(text, cursor, &runs());
    prop_assert!(completion.candidates.len() <= 60);
    prop_assert!(text.get(completion.start..).is_some());
    Ok(())
}

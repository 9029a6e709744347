#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;
use crate::run::events::EventLog;
use crate::run::fixture;
use crate::run::layout::LOCK;
use crate::run::{Holder, Lock};

/// What a watcher says at its next look.
fn news(watcher: &mut Watcher, receiver: &Receiver<News>) -> Vec<News> {
    watcher.looked = None;
    assert!(watcher.look().is_ok());
    receiver.try_iter().collect()
}

fn watcher(run: &RunDirectory) -> (Watcher, Receiver<News>) {
    let (sender, receiver) = unbounded();
    let settings = run.manifest().unwrap().settings;
    let plan = run.plan().unwrap();
    (Watcher::new(run.clone(), settings, plan, sender), receiver)
}

fn started() -> Event {
    Event::Started {
        device: "cpu".to_owned(),
        train_images: 640,
        holdout_images: None,
        test_images: 640,
        most_frequent_class: Some(64),
        steps_per_epoch: 5,
        epochs: 2,
        seeds: vec![1],
    }
}

#[test]
fn a_run_is_followed_from_its_middle_to_its_summary() {
    let out = tempfile::tempdir().unwrap();
    let data = fixture::run(&[1], 2, 1);
    let run = fixture::on_disk(out.path(), &data);
    let lock = Lock::take(run.path()).unwrap();
    let mut log = EventLog::open(&run.path().join(EVENTS)).unwrap();
    log.append(&started()).unwrap();
    log.append(&Event::SeedStarted { seed: 1 }).unwrap();
    let (mut watcher, receiver) = watcher(&run);
    let first = news(&mut watcher, &receiver);
    let [News::Activity(activity), News::Begun(begun)] = &first[..] else {
        panic!("{first:?}");
    };
    assert_eq!(activity.writer(), Some(&Holder::this()));
    assert_eq!((begun.told.len(), &begun.plan), (2, &data.plan));

    let row = data.metrics[0].clone();
    log.append(&Event::Epoch(row.clone())).unwrap();
    let [News::Told(told)] = &news(&mut watcher, &receiver)[..] else {
        panic!("no epoch");
    };
    assert_eq!(told.update, Update::Event(Event::Epoch(row)));
    // The end is told once its summary is there.
    log.append(&Event::Finished).unwrap();
    assert_eq!(news(&mut watcher, &receiver), []);
    let summary = fixture::run(&[1], 2, 2).summary.unwrap();
    let (mut files, _) = crate::run::files::Files::open(run.path()).unwrap();
    files.replace_json("summary.json", &summary).unwrap();
    drop(lock);
    let last = news(&mut watcher, &receiver);
    let ended = |news: &News| matches!(news, News::Told(told) if matches!(told.update, Update::Finished(_)));
    assert!(last.iter().any(ended), "{last:?}");
    assert_eq!(news(&mut watcher, &receiver), []);
}

#[test]
fn a_killed_process_is_said_and_its_resume_is_followed() {
    let out = tempfile::tempdir().unwrap();
    let data = fixture::run(&[1], 2, 1);
    let run = fixture::on_disk(out.path(), &data);
    let mut log = EventLog::open(&run.path().join(EVENTS)).unwrap();
    log.append(&started()).unwrap();
    let dead = Holder {
        pid: u32::MAX - 7,
        ..Holder::this()
    };
    let text = serde_json::to_string(&dead).unwrap();
    fs::write(run.path().join(LOCK), text).unwrap();
    let (mut watcher, receiver) = watcher(&run);
    let said = news(&mut watcher, &receiver);
    let Some(News::Told(told)) = said.last() else {
        panic!("{said:?}");
    };
    let Update::Failed(sentence) = &told.update else {
        panic!("{told:?}");
    };
    assert!(sentence.contains("was killed or crashed"), "{sentence}");

    let _lock = Lock::take(run.path()).unwrap();
    log.append(&started()).unwrap();
    log.append(&Event::Continued { from: Vec::new() }).unwrap();
    let said = news(&mut watcher, &receiver);
    let begun = |news: &News| matches!(news, News::Begun(begun) if begun.told.len() == 2);
    assert!(said.iter().any(begun), "{said:?}");
}

#[test]
fn cut_and_replaced_events_are_said_in_one_sentence() {
    let out = tempfile::tempdir().unwrap();
    let run = fixture::on_disk(out.path(), &fixture::run(&[1], 2, 1));
    let path = run.path().join(EVENTS);
    let _lock = Lock::take(run.path()).unwrap();
    let mut log = EventLog::open(&path).unwrap();
    log.append(&started()).unwrap();
    log.append(&Event::SeedStarted { seed: 1 }).unwrap();
    let (mut watcher, receiver) = watcher(&run);
    news(&mut watcher, &receiver);
    let whole = fs::read_to_string(&path).unwrap();
    let first = whole.split_inclusive('\n').next().unwrap();
    fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(first.len() as u64)
        .unwrap();
    let said = news(&mut watcher, &receiver);
    let [News::Begun(begun), News::Notice(notice)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(begun.told.len(), 1);
    assert!(notice.contains("was cut from"), "{notice}");
    fs::write(&path, format!("{first}no event\n")).unwrap();
    let said = news(&mut watcher, &receiver);
    let [News::Notice(notice)] = &said[..] else {
        panic!("{said:?}");
    };
    assert_eq!(notice, "skipped 1 damaged line of events.jsonl");
}

#[test]
fn a_control_that_nobody_takes_is_withdrawn() {
    let out = tempfile::tempdir().unwrap();
    let run = fixture::on_disk(out.path(), &fixture::run(&[1], 2, 1));
    let (mut watcher, receiver) = watcher(&run);
    news(&mut watcher, &receiver);
    assert!(watcher.ask(Control::Pause).is_ok());
    let (path, ..) = watcher.asked.clone().unwrap();
    assert!(path.exists());
    assert_eq!(news(&mut watcher, &receiver), []);
    let long_ago = Instant::now().checked_sub(2 * TAKEN).unwrap();
    watcher.asked = Some((path.clone(), Control::Pause, long_ago));
    let said = news(&mut watcher, &receiver);
    assert!(
        said.iter()
            .any(|news| matches!(news, News::Notice(said) if said.contains("withdrawn"))),
        "{said:?}"
    );
    assert!(!path.exists());
}

/// Two processes train the seeds of a run that was begun by one: their events are one training, a part that is begun again
/// is read again, and so is the run once the parts are taken into it.
#[test]
fn the_parts_of_a_run_are_followed_together() {
    let out = tempfile::tempdir().unwrap();
    let data = fixture::run(&[1, 2, 3], 2, 0);
    let run = fixture::on_disk(out.path(), &data);
    let lock = Lock::take(run.path()).unwrap();
    let rows = |seed: u64| {
        let rows = fixture::metrics(&[seed], 2).into_iter();
        rows.map(Event::Epoch).collect::<Vec<_>>()
    };
    let mut main = EventLog::open(&run.path().join(EVENTS)).unwrap();
    main.append(&started()).unwrap();
    for event in rows(1) {
        main.append(&event).unwrap();
    }
    main.append(&Event::Stopped).unwrap();
    let part = |seed: u64| run.path().join(format!("seeds/seed-{seed}"));
    fs::create_dir_all(part(2)).unwrap();
    fs::create_dir_all(part(3)).unwrap();
    let mut second = EventLog::open(&part(2).join(EVENTS)).unwrap();
    second.append(&started()).unwrap();
    second.append(&rows(2)[0]).unwrap();

    let (mut watcher, receiver) = watcher(&run);
    let first = news(&mut watcher, &receiver);
    let [News::Activity(_), News::Begun(begun)] = &first[..] else {
        panic!("{first:?}");
    };
    assert!(begun.spread);
    let updates: Vec<&Update> = begun.told.iter().map(|told| &told.update).collect();
    let [
        Update::EarlierEpochs(earlier),
        Update::Event(is_started),
        Update::Event(epoch),
    ] = updates[..]
    else {
        panic!("{updates:?}");
    };
    assert_eq!(earlier.len(), rows(1).len());
    assert_eq!((is_started, epoch), (&started(), &rows(2)[0]));

    // Another part begins, and the first of them ends: neither is the end of the run.
    let mut third = EventLog::open(&part(3).join(EVENTS)).unwrap();
    third.append(&started()).unwrap();
    second.append(&Event::Finished).unwrap();
    let [News::Told(told)] = &news(&mut watcher, &receiver)[..] else {
        panic!("no beginning");
    };
    assert_eq!(told.update, Update::Event(started()));

    // A worker failed, and another one goes on.
    third.append(&started()).unwrap();
    third
        .append(&Event::Continued { from: Vec::new() })
        .unwrap();
    assert!(news(&mut watcher, &receiver).is_empty());
    let again = news(&mut watcher, &receiver);
    assert!(
        matches!(&again[..], [News::Begun(begun)] if begun.spread),
        "{again:?}"
    );

    // What the parts hold is taken into the run.
    for event in rows(2) {
        main.append(&event).unwrap();
    }
    main.append(&started()).unwrap();
    main.append(&Event::Finished).unwrap();
    fs::remove_dir_all(run.path().join("seeds")).unwrap();
    let again = news(&mut watcher, &receiver);
    assert!(
        matches!(&again[..], [News::Begun(begun)] if !begun.spread),
        "{again:?}"
    );
    drop(lock);
}

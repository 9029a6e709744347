//! Nothing to tell apart, and baselines that have not learned.

use std::fs;

use crate::support::Desk;

const SMALL: &str = "--epochs 1 --batch-size 8 --device cpu --quiet";

/// Two classes of the same pictures: whatever a network names, it is right for half of the test images.
fn twins(desk: &Desk) {
    let pictures = desk.images("pictures", 1, 20, 8).join("class0");
    for folder in ["train/a", "train/b", "test/a", "test/b"] {
        let folder = desk.path().join("twins").join(folder);
        fs::create_dir_all(&folder).unwrap();
        for picture in fs::read_dir(&pictures).unwrap() {
            let picture = picture.unwrap();
            fs::copy(picture.path(), folder.join(picture.file_name())).unwrap();
        }
    }
}

#[test]
fn one_class_is_analysed_and_never_trained_on() {
    let desk = Desk::new();
    desk.images("one", 1, 12, 8);
    for command in [
        "train folder:one resnet-14 --depth 7 --seeds 1..5",
        "sweep folder:one resnet-14 --wrong-cap 3 --depths 7,13 --seeds 1",
    ] {
        let (code, said) = desk.failure(&format!("{command} {SMALL}"));
        assert_eq!(code, 1, "{said}");
        assert!(
            said.contains("training images are of one class")
                && said.contains("two classes or more in both splits"),
            "{said}"
        );
    }
    assert!(!desk.path().join("runs").exists(), "nothing was begun");
    assert_eq!(desk.json("analyze folder:one --json")["classes"], 1);
}

#[test]
fn a_baseline_that_has_not_learned_earns_no_verdict_anywhere() {
    let desk = Desk::new();
    twins(&desk);
    desk.images("one", 1, 12, 8);
    let grid = "architectures = [\"resnet-14\"]\n[settings]\nseeds = [1, 2, 3, 4, 5]\nepochs = 1\nbatch-size = 8\ndevice = \"cpu\"\ndepth = 7\n[[datasets]]\ndataset = \"folder:twins\"\n[[datasets]]\ndataset = \"folder:one\"\n";
    fs::write(desk.path().join("small.toml"), grid).unwrap();
    let (code, said) = desk.failure("grid small.toml --quiet");
    assert_eq!(code, 1, "{said}");

    let found = desk.json("grid small.toml --status --json");
    assert_eq!(found["tests"], 2);
    let cell = &found["cells"][0];
    assert_eq!(cell["outcome"], "inconclusive");
    let verdict = &cell["summary"]["verdict"];
    assert_eq!(
        (
            verdict["learned"].as_bool(),
            verdict["most_frequent_class"].as_f64()
        ),
        (Some(false), Some(0.5))
    );
    assert!(verdict["p_values"].is_null());
    let difference = verdict["difference"]["mean"].as_f64().unwrap();
    assert!(difference.abs() < 1e-12, "{difference}");
    for seed in cell["summary"]["seeds"].as_array().unwrap() {
        assert_eq!(seed["baseline"]["test_accuracy"], 0.5);
    }

    let read = |path: &str| fs::read_to_string(desk.path().join(path)).unwrap();
    for format in ["md", "html", "tex"] {
        let page = read(&format!("runs/small/report.{format}"));
        assert!(
            page.contains("inconclusive: the baseline has not learned"),
            "{page}"
        );
        assert!(page.contains("2 tests each"), "{page}");
        assert!(page.contains("images are of one class"), "{page}");
    }
    let run = "runs/small/cells/twins-resnet-14-image-nats";
    desk.stdout(&format!(
        "export {run} --format md,html,tex,json --out page"
    ));
    for name in ["report.md", "report.html", "report.tex", "run.json"] {
        let page = read(&format!("page/{name}"));
        assert!(
            page.contains("has not learned: in every seed it is not better than"),
            "{name}: {page}"
        );
    }
    let shown = desk.stdout(&format!("runs show {run}"));
    assert!(
        shown.contains("inconclusive: the baseline has not learned") && !shown.contains("p-values"),
        "{shown}"
    );
    assert!(read(&format!("{run}/run.toml")).contains("most_frequent = 20"));
}

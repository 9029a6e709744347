//! Notes and tags of runs, and the filter of their list.

use crate::support::Desk;

const TRAIN: &str = "train folder:flowers resnet-14 --depth 7 --epochs 1 --batch-size 8 --device cpu --quiet --json";

#[test]
fn runs_are_found_by_what_they_are_and_by_what_was_written_of_them() {
    let desk = Desk::new();
    desk.images("flowers", 2, 12, 8);
    for seed in [1, 2] {
        desk.stdout(&format!("{TRAIN} --seeds {seed} --out runs/{seed}"));
    }
    let runs = ["runs/1", "runs/2"].map(|folder| {
        let made = desk.path().join(folder).read_dir().unwrap().next().unwrap();
        let name = made.unwrap().file_name().into_string().unwrap();
        std::fs::rename(
            desk.path().join(folder).join(&name),
            desk.path()
                .join("runs")
                .join(format!("{name}-{}", &folder[5..])),
        )
        .unwrap();
        format!("{name}-{}", &folder[5..])
    });
    let [one, two] = runs;

    let noted = desk.json(&format!("runs note {one} for figure 3 --json"));
    assert_eq!(noted["note"], "for figure 3");
    let tagged = desk.json(&format!("runs --json tag {one} +good wide +bad -bad"));
    assert_eq!(tagged["tags"], serde_json::json!(["good", "wide"]));
    assert_eq!(desk.stdout(&format!("runs tag {one}")), "good wide\n");
    assert_eq!(desk.stdout(&format!("runs tag {two}")), "");
    let (code, said) = desk.failure(&format!("runs tag {two} good ?"));
    assert_eq!(code, 2);
    assert!(said.contains("'?' is not a tag"), "{said}");
    assert_eq!(
        desk.stdout(&format!("runs tag {two}")),
        "",
        "all of it or nothing"
    );

    let names = |filter: &str| {
        let output = desk
            .command("runs --json --filter")
            .arg(filter)
            .output()
            .unwrap();
        assert!(output.status.success(), "{filter}");
        let rows: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let rows = rows.as_array().unwrap().clone();
        let name = |row: &serde_json::Value| row["name"].as_str().unwrap().to_owned();
        rows.iter().map(name).collect::<Vec<_>>()
    };
    assert_eq!(names("tag:good"), [one.as_str()]);
    assert_eq!(names("not tag:good last:1h"), [two.as_str()]);
    assert_eq!(names("note:\"figure 3\" epochs:1"), [one.as_str()]);
    assert_eq!(
        names("arch:resnet status:finished cap:7 device:cpu").len(),
        2
    );
    assert_eq!(names("seeds>1"), [""; 0]);
    let shown = desk.command("runs --filter tag:good").output().unwrap();
    let text = String::from_utf8(shown.stdout).unwrap();
    assert!(
        text.contains("#good #wide for figure 3") && !text.contains(&two),
        "{text}"
    );
    assert!(String::from_utf8(shown.stderr).unwrap().contains("1 of 2"));

    let (code, said) = desk.failure("runs --filter datset:mnist");
    assert_eq!(code, 2);
    assert!(
        said.contains("character 1") && said.contains("did you mean 'dataset'"),
        "{said}"
    );
    let (code, said) = desk.failure("runs --filter mnist show latest");
    assert_eq!(code, 2);
    assert!(said.contains("--filter belongs to the list"), "{said}");

    // Resuming and merging keep them, the report has them.
    desk.stdout(&format!("resume {one} --more-seeds 1 --quiet --json"));
    assert_eq!(desk.stdout(&format!("runs tag {one}")), "good wide\n");
    desk.stdout(&format!("{TRAIN} --seeds 7 --out more"));
    desk.stdout("runs --out more tag latest -- other -good");
    desk.stdout("runs --out more note latest on another machine");
    let more = desk.path().join("more").read_dir().unwrap().next().unwrap();
    let more = more.unwrap().path();
    desk.stdout(&format!(
        "runs merge {two} {} --into merged/all --quiet",
        more.display()
    ));
    assert_eq!(desk.stdout("runs --out merged tag all"), "other\n");
    desk.stdout("export merged/all --format md --out report");
    let report = std::fs::read_to_string(desk.path().join("report/report.md")).unwrap();
    assert!(report.contains("other on another machine"), "{report}");
    desk.stdout(&format!("runs note {one} --json"));
    let cleared = desk
        .command("runs note --json")
        .args([&one, ""])
        .output()
        .unwrap();
    assert!(
        String::from_utf8(cleared.stdout)
            .unwrap()
            .contains("\"note\": \"\"")
    );
}

//! Every command does what it promises.

use std::fs;

use predicates::prelude::*;

use crate::support::{Desk, SHORT};

#[test]
fn analyze_prints_the_promised_json() {
    let analysis = Desk::new().json("analyze glyphs --limit 300 --json");
    assert_eq!(analysis["dataset"], "glyphs");
    assert_eq!(analysis["images"], 300);
    assert_eq!(analysis["estimator"], "plug-in");
    assert_eq!(analysis["reading"], "image-nats");
    let names: Vec<&str> = analysis["readings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|reading| reading["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "image-nats",
            "image-nats-convolutions",
            "channel-sum",
            "channel-sum-max",
            "grey-blocks",
            "dataset-histogram",
            "joint-colour",
            "lossless"
        ]
    );
    let mean = analysis["image_nats"]["mean"].as_f64().unwrap();
    let first = &analysis["readings"][0];
    assert_eq!(first["value"].as_f64(), Some(mean));
    assert_eq!([&first["unit"], &first["value_unit"]], ["blocks", "nats"]);
    assert_eq!(analysis["readings"][2]["value_unit"], "bits");
    assert_eq!(analysis["cap"].as_u64().unwrap(), mean.ceil() as u64);
    assert_eq!(analysis["bytes"], 300 * 3 * 32 * 32);
    let counts = analysis["image_information"]["histogram"]["counts"]
        .as_array()
        .unwrap();
    assert_eq!(
        counts
            .iter()
            .map(|count| count.as_u64().unwrap())
            .sum::<u64>(),
        300
    );
}

#[test]
fn analyze_marks_the_chosen_reading() {
    let shown = Desk::new().stdout("analyze glyphs --limit 100 --reading grey-blocks");
    assert!(
        shown.contains("▸ grey-blocks") && shown.contains("  dataset-histogram"),
        "{shown}"
    );
}

/// The table of changed images, and the same in JSON.
#[test]
fn analyze_shows_what_the_readings_depend_on() {
    let desk = Desk::new();
    let shown = desk.stdout("analyze glyphs --limit 100 --invariance");
    for part in [
        "value (cap) of 100 images",
        "pixels permuted",
        "grey in three channels",
        "half the side",
        "Permuting the pixels destroys every shape, but does not change image-nats,",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let analysis = desk.json("analyze glyphs --limit 100 --invariance --json");
    let rows = analysis["invariance"]["rows"].as_array().unwrap();
    assert_eq!(rows[0]["change"], "as they are");
    assert_eq!(rows[1]["transforms"][0], "permute");
    let value = |row: &serde_json::Value| row["readings"][0]["value"].as_f64().unwrap();
    assert!((value(&rows[0]) - value(&rows[1])).abs() < 1e-9);
    assert!(value(&rows[0]) - value(&rows[8]) > 0.1, "2 bits hold less");
}

#[test]
fn plan_prints_the_promised_json() {
    let plan = Desk::new().json("plan glyphs resnet-50 --limit 100 --reading channel-sum --json");
    assert_eq!(plan["baseline"]["conv_depth"], 49);
    assert_eq!(plan["floor"], 7);
    assert_eq!(plan["width_policy"], "balanced");
    assert_eq!(plan["prediction_source"], "macs");
    let (baseline, capped) = (&plan["baseline"], &plan["capped"]);
    assert!(capped["conv_depth"].as_u64() <= plan["cap"].as_u64());
    let saved = 1.0 - capped["macs"].as_f64().unwrap() / baseline["macs"].as_f64().unwrap();
    assert!((plan["predicted_time_saved"].as_f64().unwrap() - saved).abs() < 1e-12);
}

#[test]
fn every_family_is_planned_and_what_is_set_by_hand_is_said() {
    let desk = Desk::new();
    for (name, parameters, floor) in [
        ("densenet-40", 1_019_722, 6),
        ("densenet-bc-100", 769_162, 9),
        ("resnext-29", 34_426_698, 10),
        ("efficientnet-b0", 4_020_358, 22),
    ] {
        let plan = desk.json(&format!("plan glyphs {name} --limit 100 --json"));
        assert_eq!(plan["architecture"], name);
        assert_eq!(plan["baseline"]["parameters"], parameters, "{name}");
        assert_eq!(plan["floor"], floor, "{name}");
        assert!(plan["width_factor"].is_null());
        let strided = plan["adaptation"].as_str().is_some();
        assert_eq!(strided, name == "efficientnet-b0", "{name}");
    }
    let by_hand = "plan glyphs densenet-40 --limit 100 --depth 9 --width-factor 1.5 --json";
    let plan = desk.json(by_hand);
    assert_eq!(plan["width_factor"], 1.5);
    assert_eq!(plan["capped"]["conv_depth"], 9);
    assert_eq!(plan["capped"]["widths"], serde_json::json!([18, 18, 18]));
}

#[test]
fn a_dense_network_is_trained() {
    let small = "--limit 40 --epochs 1 --batch-size 20 --device cpu --depth 6";
    let summary = Desk::new().json(&format!("train glyphs densenet-10-k4 {small} --json"));
    assert_eq!(summary["architecture"], "densenet-10-k4");
    assert_eq!(summary["seeds"][0]["capped"]["conv_depth"], 6);
}

#[test]
fn a_shallow_baseline_is_left_alone() {
    let desk = Desk::new();
    let plan = desk.json("plan glyphs resnet-8 --limit 100 --json");
    assert!(plan["capped"].is_null());
    assert!(plan["predicted_time_saved"].is_null());
    let (code, sentence) =
        desk.failure("train glyphs resnet-8 --limit 60 --epochs 1 --batch-size 20 --device cpu");
    assert_eq!(code, 1);
    assert!(sentence.contains("asks for no change"), "{sentence}");
}

#[test]
fn a_training_leaves_a_whole_run_directory_and_exports() {
    let desk = Desk::new();
    let summary = desk.json(&format!("{SHORT} --seeds 1,2 --json"));
    let seeds = summary["seeds"].as_array().unwrap();
    assert_eq!(seeds.len(), 2);
    for seed in seeds {
        let time = |network: &str| seed[network]["train_seconds"].as_f64().unwrap();
        let saved = 1.0 - time("capped") / time("baseline");
        assert!((seed["time_saved"].as_f64().unwrap() - saved).abs() < 1e-9);
        let accuracy = |network: &str| seed[network]["test_accuracy"].as_f64().unwrap();
        let difference = accuracy("capped") - accuracy("baseline");
        assert!((seed["accuracy_difference"].as_f64().unwrap() - difference).abs() < 1e-9);
        assert_eq!(seed["capped"]["conv_depth"], 7);
    }
    assert_eq!(summary["verdict"]["outcome"], "inconclusive");
    assert_eq!(summary["verdict"]["margin"], 0.01);

    let run = desk.path().join(summary["run_dir"].as_str().unwrap());
    for file in [
        "run.toml",
        "profile.json",
        "plan.json",
        "events.jsonl",
        "metrics.csv",
        "summary.json",
    ] {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
    assert_eq!(
        fs::read_to_string(run.join("metrics.csv"))
            .unwrap()
            .lines()
            .count(),
        1 + 2 * 2 * 2
    );
    assert!(
        run.join("checkpoints/seed-2-capped-epoch-2/weights.bpk")
            .is_file()
    );
    let kept: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(run.join("summary.json")).unwrap()).unwrap();
    assert_eq!(kept, summary);

    let listed = desk.json("runs --json");
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["finished"], true);
    assert_eq!(desk.json("runs show latest --json"), summary);
    assert!(desk.stdout("runs show latest").contains("time saved"));
    let compared = desk.stdout("runs compare latest latest");
    assert!(compared.contains("inconclusive") && compared.contains("largest gradient norm"));

    let files = desk.json("export latest --out report --json");
    let names: Vec<&str> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.as_str().unwrap())
        .collect();
    for ending in [".json", ".csv", ".md", ".svg", ".png"] {
        assert!(
            names.iter().any(|name| name.ends_with(ending)),
            "{ending} is missing in {names:?}"
        );
    }
    for name in names {
        assert!(
            fs::metadata(desk.path().join(name)).unwrap().len() > 0,
            "{name} is empty"
        );
    }

    desk.command("runs rm latest")
        .write_stdin("")
        .assert()
        .failure()
        .stderr(predicate::str::contains("--yes"));
    assert!(run.is_dir());
    desk.command("runs rm latest --yes").assert().success();
    assert!(!run.exists());
    assert!(desk.stdout("runs").contains("no runs in runs yet"));
}

#[test]
fn settings_come_from_option_then_environment_then_file() {
    let desk = Desk::new();
    fs::write(
        desk.path().join("my.toml"),
        "epochs = 2\nreading = \"joint-colour\"\nlimit = 60\n",
    )
    .unwrap();
    let reading = |options: &str, variable: &str| {
        let output = desk
            .command(&format!(
                "plan glyphs resnet-50 --config my.toml --json {options}"
            ))
            .env("EBCLE_READING", variable)
            .output()
            .unwrap();
        let plan: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        plan["reading"].as_str().unwrap().to_owned()
    };
    assert_eq!(reading("", ""), "joint-colour");
    assert_eq!(reading("", "grey-blocks"), "grey-blocks");
    assert_eq!(
        reading("--reading channel-sum-max", "grey-blocks"),
        "channel-sum-max"
    );
}

#[test]
fn the_settings_are_printed_as_a_file_that_changes_nothing() {
    let desk = Desk::new();
    let file = desk.stdout("config --default");
    fs::write(desk.path().join("all.toml"), file).unwrap();
    let plan = "plan glyphs resnet-20 --limit 60 --json";
    assert_eq!(
        desk.json(&format!("{plan} --config all.toml")),
        desk.json(plan)
    );
    let schema = desk.json("config --schema");
    assert_eq!(schema["properties"]["epochs"]["type"], "integer");
    assert_eq!(schema["properties"]["width"]["default"], "balanced");
    let (code, stderr) = desk.failure("config");
    assert!(code == 2 && stderr.contains("--schema"), "{stderr}");
}

#[test]
fn without_a_terminal_the_quick_preset_runs() {
    let desk = Desk::new();
    desk.command("--limit 60 --epochs 1 --batch-size 20 --device cpu")
        .assert()
        .success()
        .stdout(predicate::str::contains("time saved").and(predicate::str::contains("verdict")));
}

#[test]
fn a_folder_of_images_is_a_dataset() {
    let desk = Desk::new();
    desk.images("flowers", 2, 10, 12);
    let analysis = desk.json("analyze folder:flowers --json");
    assert_eq!(analysis["classes"], 2);
    assert_eq!(analysis["images"], 16);
    assert_eq!(analysis["per_class"][1]["name"], "class1");
    let resized = desk.json("analyze folder:flowers --resize 8x10 --json");
    assert_eq!(
        (resized["height"].as_u64(), resized["width"].as_u64()),
        (Some(8), Some(10))
    );
}

#[test]
fn a_second_look_at_the_same_files_is_kept_and_says_so() {
    let desk = Desk::new();
    desk.images("flowers", 2, 10, 12);
    let mut first = desk.json("analyze folder:flowers --json");
    assert_eq!(first["cached"], false);
    let second = desk.json("analyze folder:flowers --json");
    assert_eq!(second["cached"], true);
    first["cached"] = true.into();
    assert_eq!(first, second);
    assert!(
        desk.stdout("analyze folder:flowers")
            .contains("(cached; --no-cache")
    );
    let plan = desk.json("plan folder:flowers resnet-20 --json");
    let anew = desk.json("plan folder:flowers resnet-20 --json --no-cache");
    assert_eq!(plan, anew);
    let anew = desk.json("analyze folder:flowers --json --no-cache");
    assert_eq!(anew["cached"], false);
    let mut command = desk.command("analyze folder:flowers --json");
    let output = command.env("EBCLE_NO_CACHE", "1").assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    assert!(text.contains("\"cached\": false"), "{text}");
    assert!(desk.path().join(".cache/ebcle-tui/profiles").is_dir());
    desk.images("flowers", 2, 11, 12);
    assert_eq!(desk.json("analyze folder:flowers --json")["cached"], false);
}

#[test]
fn devices_and_datasets_are_listed() {
    let desk = Desk::new();
    let devices = desk.json("devices --json");
    assert!(
        devices
            .as_array()
            .unwrap()
            .iter()
            .any(|device| device["name"] == "cpu")
    );
    let datasets = desk.json("datasets --json");
    let state = |name: &str| {
        datasets
            .as_array()
            .unwrap()
            .iter()
            .find(|entry| entry["name"] == name)
            .unwrap()["state"]
            .clone()
    };
    assert_eq!(state("glyphs"), "embedded");
    assert_eq!(state("mnist"), "missing");
}

#[test]
fn shells_and_manual_readers_are_served() {
    let desk = Desk::new();
    assert!(desk.stdout("completions bash").contains("complete -F"));
    assert!(desk.stdout("man").contains(".TH"));
    for command in [
        "analyze", "plan", "train", "evaluate", "runs", "export", "devices", "datasets",
    ] {
        assert!(
            desk.stdout(&format!("{command} --help"))
                .contains("Example"),
            "{command} shows no example"
        );
    }
}

#[test]
fn a_reading_of_ones_own_stands_beside_the_built_in_ones() {
    let desk = Desk::new();
    fs::write(
        desk.path().join("my.toml"),
        "[readings.mine]\nexpression = \"ceil(S_mean - 2 * S_sd)\"\nunit = \"convolutions\"\n",
    )
    .unwrap();
    let analysis =
        desk.json("analyze glyphs --limit 200 --config my.toml --reading mine --curve --json");
    let readings = analysis["readings"].as_array().unwrap();
    assert_eq!(readings.len(), 9);
    let mine = &readings[8];
    assert_eq!(mine["name"], "mine");
    assert_eq!(mine["expression"], "ceil(S_mean - 2 * S_sd)");
    let statistic = |name: &str| analysis["image_information"][name].as_f64().unwrap();
    let expected = (statistic("mean") - 2.0 * statistic("sd")).ceil();
    assert_eq!(mine["value"].as_f64(), Some(expected));
    assert_eq!(analysis["reading"], "mine");
    assert_eq!(analysis["cap"].as_f64(), Some(expected));
    let interval = mine["cap_interval"].as_array().unwrap();
    assert!(interval[0].as_f64() <= Some(expected) && interval[1].as_f64() >= Some(expected));
    let curve = analysis["sample_curve"].as_array().unwrap();
    let images: Vec<u64> = curve
        .iter()
        .map(|point| point["images"].as_u64().unwrap())
        .collect();
    assert_eq!(images, [2, 10, 20, 100, 200]);
    let last = curve[4]["readings"].as_array().unwrap();
    for (point, reading) in last.iter().zip(readings) {
        assert_eq!(point["name"], reading["name"]);
        assert_eq!(point["value"], reading["value"]);
    }
    let plan =
        desk.json("plan glyphs resnet-50 --limit 200 --config my.toml --reading mine --json");
    assert_eq!(plan["reading"], "mine");
    assert_eq!(plan["cap"], analysis["cap"]);
}

#[test]
fn a_reading_of_ones_own_that_gives_no_cap_is_one_sentence() {
    let desk = Desk::new();
    let own = |expression: &str| {
        let text = format!("\n[readings.mine]\nexpression = \"{expression}\"\nunit = \"blocks\"\n");
        fs::write(desk.path().join("my.toml"), text).unwrap();
        desk.failure("analyze glyphs --limit 100 --config my.toml --reading mine")
    };
    let (code, said) = own("S_meen");
    assert!(
        code == 2 && said.contains("my.toml:3:14: reading 'mine'"),
        "{said}"
    );
    let (code, said) = own("S_median - 100");
    assert!(
        code == 2 && said.contains("my.toml:3: reading 'mine': S_median - 100 is -"),
        "{said}"
    );
    let shown = desk.stdout("analyze glyphs --limit 100 --config my.toml");
    assert!(shown.contains("channel-sum"), "{shown}");
    assert!(
        shown.contains("mine: its expression is no finite"),
        "{shown}"
    );
}

#[test]
fn both_estimators_are_shown_and_one_is_chosen() {
    let desk = Desk::new();
    let plug_in = desk.json("analyze glyphs --limit 100 --json");
    let corrected = desk.json("analyze glyphs --limit 100 --estimator miller-madow --json");
    assert_eq!(corrected["estimator"], "miller-madow");
    for analysis in [&plug_in, &corrected] {
        let estimates = analysis["estimates"].as_array().unwrap();
        assert_eq!(estimates[0]["estimator"], "plug-in");
        assert_eq!(estimates[1]["estimator"], "miller-madow");
        for (estimate, of) in estimates.iter().zip([&plug_in, &corrected]) {
            for (mean, expected) in [
                ("image_information", &of["image_information"]["mean"]),
                ("grey", &of["grey"]["mean"]),
                ("joint_colour", &of["joint_colour"]["mean"]),
                ("pooled_histogram", &of["pooled_histogram"]["sum"]),
            ] {
                let error = estimate[mean].as_f64().unwrap() - expected.as_f64().unwrap();
                assert!(error.abs() < 1e-9, "{mean}: {error}");
            }
        }
    }
    assert!(corrected["grey"]["mean"].as_f64() > plug_in["grey"]["mean"].as_f64());
}

#[test]
fn bench_entropy_prints_every_layout() {
    let figures = Desk::new().json("bench entropy --megabytes 1 --rounds 1 --json");
    let layouts = figures["layouts"].as_array().unwrap();
    assert!(layouts.len() >= 6);
    for layout in layouts {
        for figure in [
            "limit",
            "channel_entropy",
            "full",
            "channel_ratio",
            "full_ratio",
        ] {
            assert!(layout[figure].as_f64().unwrap() > 0.0, "{figure}");
        }
    }
}

#[test]
fn bench_train_gives_every_network_its_speed() {
    let figures = Desk::new().json(
        "bench train resnet-8 efficientnet-b0 --batch-size 2 --side 8 --rounds 1 --steps 1 --threads 1 --json",
    );
    assert_eq!(figures["threads"], 1);
    let networks = figures["networks"].as_array().unwrap();
    assert_eq!(networks.len(), 2);
    let peak = figures["peak_gflops"].as_f64().unwrap();
    for network in networks {
        let share = network["gflops"].as_f64().unwrap() / peak;
        assert!((network["peak_share"].as_f64().unwrap() - share).abs() < 1e-9);
        assert!(network["images_per_second"].as_f64().unwrap() > 0.0);
        assert_eq!(network["of_rounds"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn bench_frame_times_the_train_screen() {
    let figures = Desk::new().json(
        "bench frame --points 3000 --seeds 3 --epochs 10 --columns 80 --rows 24 --frames 10 --json",
    );
    assert_eq!(figures["points"], 3000);
    let seconds = |name: &str| figures[name].as_f64().unwrap();
    assert!(seconds("median_seconds") > 0.0);
    assert!(seconds("p99_seconds") >= seconds("median_seconds"));
    assert!(seconds("max_seconds") >= seconds("p99_seconds"));
}

//! Fetching over a real connection: whatever the server does, what bears the name of a file is whole.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use ebcle_tui::dataset::checksum::Checksum;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::server::{Server, cut, length, proper, send, stall};
use crate::support::Desk;

/// Bytes of the file that most tests fetch.
const SIZE: usize = 200_000;
/// Where the server breaks off.
const HALF: usize = 100_000;

fn bytes(seed: u32) -> Vec<u8> {
    (0..SIZE as u32)
        .map(|index| (index.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8)
        .collect()
}

fn md5(body: &[u8]) -> String {
    let (checksum, _) = Checksum::Md5([0; 16]).of(body, &mut |_| true).unwrap();
    checksum.digits()
}

/// A desk with a list of published files: `toy`, which is the one file `toy.bin`.
struct Shop {
    desk: Desk,
    attempts: u32,
    stall_seconds: f64,
}

impl Shop {
    fn new() -> Self {
        Self {
            desk: Desk::new(),
            attempts: 3,
            stall_seconds: 20.0,
        }
    }

    /// Publishes files under `name` at these addresses.
    fn publish(&self, name: &str, mirrors: &[&str], files: &[(&str, &[u8])]) {
        let mut list = format!(
            "[fetching]\nconnect-seconds = 20\nstall-seconds = {:?}\nattempts = {}\npause-seconds = 0.01\n\
             [dataset.{name}]\nmirrors = {mirrors:?}\n",
            self.stall_seconds, self.attempts
        );
        for (file, body) in files {
            list += &format!(
                "[[dataset.{name}.files]]\nname = {file:?}\nsize = {}\nmd5 = {:?}\n",
                body.len(),
                md5(body)
            );
        }
        fs::write(self.desk.path().join("my.toml"), list).unwrap();
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = self.desk.command(arguments);
        command.env("EBCLE_DATASETS", "my.toml");
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy).env_remove(proxy.to_uppercase());
        }
        command
    }

    /// Fetches `toy` from these addresses and gives the file's entry in the report.
    fn fetch(&self, mirrors: &[&str]) -> Value {
        self.publish("toy", mirrors, &[("toy.bin", &bytes(0))]);
        let report: Value = serde_json::from_slice(
            &self
                .command("datasets fetch toy --data-dir data --json")
                .assert()
                .success()
                .get_output()
                .stdout,
        )
        .unwrap();
        assert_eq!(fs::read(self.file("toy.bin")).unwrap(), bytes(0));
        assert_eq!(self.names(), ["toy.bin"], "nothing else is left behind");
        report["files"][0].clone()
    }

    /// Fails to fetch `toy` from these addresses and gives the sentence; the file is not there.
    fn failure(&self, mirrors: &[&str]) -> String {
        self.publish("toy", mirrors, &[("toy.bin", &bytes(0))]);
        let sentence = self.refusal("datasets fetch toy --data-dir data", 1);
        assert!(!self.file("toy.bin").exists());
        sentence
    }

    /// The one sentence of a command that ends with `code`.
    fn refusal(&self, arguments: &str, code: i32) -> String {
        let output = self.command(arguments).assert().code(code);
        let stderr = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        let errors: Vec<&str> = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("error: "))
            .collect();
        assert_eq!(errors.len(), 1, "one sentence, not: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        errors[0].to_owned()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.desk.path().join("data/toy").join(name)
    }

    /// What is in the folder of `toy`.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.desk.path().join("data/toy"))
            .map(|entries| {
                entries
                    .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                    .collect()
            })
            .unwrap_or_default();
        names.sort();
        names
    }
}

fn says(sentence: &str, parts: &[&str]) {
    for part in parts {
        assert!(
            sentence.contains(part),
            "'{part}' is missing in: {sentence}"
        );
    }
}

/// IDX: magic, big-endian counts, then the bytes; under gzip.
fn idx(magic: u32, counts: &[u32], body: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for number in [&[magic], counts].concat() {
        gzip.write_all(&number.to_be_bytes()).unwrap();
    }
    gzip.write_all(body).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn what_is_fetched_is_found_verified_and_not_fetched_twice() {
    let pixels = |count: usize| {
        (0..count * 784)
            .map(|index| (index % 251) as u8)
            .collect::<Vec<_>>()
    };
    let labels = |count: u8| (0..count).map(|index| index % 10).collect::<Vec<_>>();
    let files = [
        (
            "train-images-idx3-ubyte.gz",
            idx(0x803, &[20, 28, 28], &pixels(20)),
        ),
        ("train-labels-idx1-ubyte.gz", idx(0x801, &[20], &labels(20))),
        (
            "t10k-images-idx3-ubyte.gz",
            idx(0x803, &[10, 28, 28], &pixels(10)),
        ),
        ("t10k-labels-idx1-ubyte.gz", idx(0x801, &[10], &labels(10))),
    ];
    let served = files.clone();
    let server = Server::start(move |request, _, stream| {
        let name = request.path.rsplit('/').next().unwrap();
        let (_, body) = served.iter().find(|(file, _)| *file == name).unwrap();
        proper(request, stream, body, "\"1\"");
    });
    let shop = Shop::new();
    let listed: Vec<_> = files
        .iter()
        .map(|(name, body)| (*name, body.as_slice()))
        .collect();
    shop.publish("mnist", &[&server.address], &listed);

    shop.refusal("datasets verify mnist --data-dir data", 1);
    let fetch = || {
        let output = shop
            .command("datasets fetch mnist --json")
            .assert()
            .success();
        serde_json::from_slice::<Value>(&output.get_output().stdout).unwrap()
    };
    let report = fetch();
    assert_eq!(report["files"].as_array().unwrap().len(), 4);
    assert_eq!(report["files"][0]["state"], "fetched");
    assert_eq!(server.requests().len(), 4);
    assert_eq!(fetch()["files"][3]["state"], "already-there");
    assert_eq!(server.requests().len(), 4, "what is there is not asked for");

    let analysis = shop.desk.json("analyze mnist --json");
    assert_eq!(analysis["images"], 20);
    let verify = || shop.command("datasets verify mnist --json").assert();
    let verified: Value = serde_json::from_slice(&verify().success().get_output().stdout).unwrap();
    assert_eq!(verified["sound"], true);
    assert_eq!(verified["files"][2]["state"], "published");

    let damaged = PathBuf::from(report["files"][1]["path"].as_str().unwrap());
    let mut body = fs::read(&damaged).unwrap();
    body[20] ^= 1;
    fs::write(&damaged, &body).unwrap();
    let verified: Value = serde_json::from_slice(&verify().code(1).get_output().stdout).unwrap();
    assert_eq!(verified["files"][1]["state"], "wrong-checksum");
    let again = fetch();
    assert_eq!(
        again["files"][1]["state"], "fetched",
        "what is wrong is fetched again"
    );
    fs::write(&damaged, &body[..9]).unwrap();
    let verified: Value = serde_json::from_slice(&verify().code(1).get_output().stdout).unwrap();
    assert_eq!(verified["files"][1]["state"], "wrong-size");
    fs::remove_file(&damaged).unwrap();
    shop.command("datasets verify mnist")
        .assert()
        .code(1)
        .stdout(predicates::str::contains("missing"));
}

#[test]
fn a_cut_connection_is_taken_up_where_it_was() {
    let server = Server::start(|request, before, stream| match before {
        0 => cut(stream, &bytes(0), HALF, "\"1\""),
        _ => proper(request, stream, &bytes(0), "\"1\""),
    });
    let file = Shop::new().fetch(&[&server.address]);
    assert_eq!(file["resumed_at"], 0);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].from(), Some(HALF));
    assert_eq!(requests[1].header("if-range"), Some("\"1\""));
}

#[test]
fn a_later_command_goes_on_as_well() {
    let breaking = Server::start(|_, _, stream| cut(stream, &bytes(0), HALF, "\"1\""));
    let mut shop = Shop::new();
    shop.attempts = 1;
    let sentence = shop.failure(&[&breaking.address]);
    says(
        &sentence,
        &[
            "toy.bin",
            "100 kB of 200 kB are kept in",
            "toy.bin.part",
            "goes on",
            "my.toml",
        ],
    );
    assert_eq!(shop.names(), ["toy.bin.part", "toy.bin.part.json"]);
    shop.command("datasets verify toy --data-dir data")
        .assert()
        .code(1)
        .stdout(predicates::str::contains("unfinished"));

    let server = Server::proper(bytes(0));
    let file = shop.fetch(&[&server.address]);
    assert_eq!(file["resumed_at"], HALF);
    let requests = server.requests();
    assert_eq!(requests[0].from(), Some(HALF));
    assert_eq!(
        requests[0].header("if-range"),
        None,
        "the tag is another server's"
    );
}

#[test]
fn a_stalled_connection_is_given_up() {
    let server = Server::start(|request, before, stream| match before {
        0 => {
            cut(stream, &bytes(0), HALF, "\"1\"");
            stall();
        }
        _ => proper(request, stream, &bytes(0), "\"1\""),
    });
    let mut shop = Shop::new();
    shop.stall_seconds = 0.3;
    shop.attempts = 8;
    shop.fetch(&[&server.address]);
    assert_eq!(server.requests()[1].from(), Some(HALF));

    let silent = Server::start(|_, _, _| stall());
    let mut shop = Shop::new();
    shop.stall_seconds = 0.2;
    says(
        &shop.failure(&[&silent.address]),
        &["nothing came for 0.20 s", "tried 3 times"],
    );
    assert_eq!(silent.requests().len(), 3);
    assert_eq!(shop.names(), [""; 0]);
}

#[test]
fn lies_about_the_length_are_seen_through() {
    let announced = |count: usize| {
        Server::start(move |_, _, stream| {
            send(stream, "200 OK", &[length(count)], &bytes(0));
        })
    };
    for count in [SIZE - 1, SIZE + 1] {
        let sentence = Shop::new().failure(&[&announced(count).address]);
        says(
            &sentence,
            &["200,000 bytes was published", "it has a file of"],
        );
    }
    let endless = Server::start(|_, _, stream| {
        send(stream, "200 OK", &[], &[bytes(0), bytes(1)].concat());
    });
    let shop = Shop::new();
    says(
        &shop.failure(&[&endless.address]),
        &["more than the 200,000 bytes"],
    );
    assert_eq!(shop.names(), [""; 0]);

    let short = Server::start(|_, _, stream| send(stream, "200 OK", &[], &bytes(0)[..HALF]));
    says(
        &Shop::new().failure(&[&short.address]),
        &["closed after 100,000 of 200,000 bytes"],
    );

    let unmeasured = Server::start(|_, _, stream| send(stream, "200 OK", &[], &bytes(0)));
    Shop::new().fetch(&[&unmeasured.address]);
}

#[test]
fn a_missing_file_is_named_and_the_next_mirror_asked() {
    let missing = Server::start(|_, _, stream| send(stream, "404 Not Found", &[], b"gone"));
    let shop = Shop::new();
    let sentence = shop.failure(&[&missing.address]);
    says(
        &sentence,
        &[
            "toy.bin cannot be fetched",
            &missing.address,
            "404 Not Found",
            "mirror",
        ],
    );
    assert_eq!(missing.requests().len(), 1, "404 does not pass");
    assert_eq!(shop.names(), [""; 0]);

    let server = Server::proper(bytes(0));
    let file = shop.fetch(&[&missing.address, &server.address]);
    assert_eq!(file["address"], format!("{}toy.bin", server.address));
}

#[test]
fn a_server_in_trouble_is_asked_again() {
    let server = Server::start(|request, before, stream| match before {
        0 => send(stream, "500 Internal Server Error", &[], b""),
        1 => send(stream, "503 Service Unavailable", &[], b""),
        _ => proper(request, stream, &bytes(0), "\"1\""),
    });
    Shop::new().fetch(&[&server.address]);
    assert_eq!(server.requests().len(), 3);

    let broken = Server::start(|_, _, stream| send(stream, "500 Internal Server Error", &[], b""));
    says(
        &Shop::new().failure(&[&broken.address]),
        &["500 Internal Server Error", "tried 3 times"],
    );
    let gibberish =
        Server::start(|_, _, stream| drop(stream.write_all(b"\x16\x03\x01 what?\r\n\r\n")));
    says(
        &Shop::new().failure(&[&gibberish.address]),
        &["toy.bin cannot be fetched"],
    );
}

#[test]
fn redirects_are_followed_but_not_in_circles() {
    let server = Server::start(|request, _, stream| {
        if request.path.starts_with("/moved/") {
            proper(request, stream, &bytes(0), "\"1\"");
        } else {
            let to = format!("Location: /moved{}", request.path);
            send(stream, "302 Found", &[to, length(0)], b"");
        }
    });
    Shop::new().fetch(&[&server.address]);

    let circle = Server::start(|request, _, stream| {
        let to = format!("Location: {}", request.path);
        send(stream, "302 Found", &[to, length(0)], b"");
    });
    says(
        &Shop::new().failure(&[&circle.address]),
        &["from one address to the next"],
    );
}

#[test]
fn a_server_without_ranges_sends_all_again() {
    let server = Server::start(|_, before, stream| match before {
        0 => cut(stream, &bytes(0), HALF, "\"1\""),
        _ => cut(stream, &bytes(0), SIZE, "\"1\""),
    });
    Shop::new().fetch(&[&server.address]);
    assert_eq!(server.requests()[1].from(), Some(HALF));

    let elsewhere = Server::start(|request, before, stream| match (before, request.from()) {
        (0, _) => cut(stream, &bytes(0), HALF, "\"1\""),
        (_, Some(_)) => send(
            stream,
            "206 Partial Content",
            &[length(10), format!("Content-Range: bytes 5-14/{SIZE}")],
            &bytes(0)[5..15],
        ),
        _ => proper(request, stream, &bytes(0), "\"1\""),
    });
    Shop::new().fetch(&[&elsewhere.address]);

    let refusing = Server::start(|request, before, stream| match (before, request.from()) {
        (0, _) => cut(stream, &bytes(0), HALF, "\"1\""),
        (_, Some(_)) => send(stream, "416 Range Not Satisfiable", &[length(0)], b""),
        _ => proper(request, stream, &bytes(0), "\"1\""),
    });
    Shop::new().fetch(&[&refusing.address]);
}

#[test]
fn a_file_that_changes_in_between_is_begun_again() {
    let conditional = Server::start(|request, before, stream| match before {
        0 => cut(stream, &bytes(7), HALF, "\"old\""),
        _ => proper(request, stream, &bytes(0), "\"new\""),
    });
    Shop::new().fetch(&[&conditional.address]);
    assert_eq!(conditional.requests().len(), 2);

    let careless = Server::start(|request, before, stream| match (before, request.from()) {
        (0, _) => cut(stream, &bytes(7), HALF, "\"old\""),
        (_, Some(from)) => send(
            stream,
            "206 Partial Content",
            &[
                length(SIZE - from),
                "ETag: \"new\"".to_owned(),
                format!("Content-Range: bytes {from}-{}/{SIZE}", SIZE - 1),
            ],
            &bytes(0)[from..],
        ),
        _ => proper(request, stream, &bytes(0), "\"new\""),
    });
    Shop::new().fetch(&[&careless.address]);
    assert_eq!(careless.requests().len(), 3);

    let silent_about_it = Server::start(|request, before, stream| match (before, request.from()) {
        (0, _) => send(stream, "200 OK", &[length(SIZE)], &bytes(7)[..HALF]),
        (_, Some(from)) => send(
            stream,
            "206 Partial Content",
            &[
                length(SIZE - from),
                format!("Content-Range: bytes {from}-{}/{SIZE}", SIZE - 1),
            ],
            &bytes(0)[from..],
        ),
        _ => send(stream, "200 OK", &[length(SIZE)], &bytes(0)),
    });
    Shop::new().fetch(&[&silent_about_it.address]);
    assert_eq!(
        silent_about_it.requests().len(),
        3,
        "the checksum shows what no header said"
    );
}

#[test]
fn other_contents_never_get_the_name() {
    let server = Server::proper(bytes(7));
    let shop = Shop::new();
    let sentence = shop.failure(&[&server.address]);
    says(
        &sentence,
        &[
            &format!("the md5 of what it sends is {}", md5(&bytes(7))),
            &md5(&bytes(0)),
        ],
    );
    assert_eq!(server.requests().len(), 1);
    assert_eq!(shop.names(), [""; 0]);
}

#[test]
fn without_a_network_it_says_so_at_once() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", nobody.local_addr().unwrap());
    drop(nobody);
    let shop = Shop::new();
    says(
        &shop.failure(&[&address]),
        &[&address, "the connection is refused", "check the network"],
    );
    let server = Server::proper(bytes(0));
    shop.fetch(&[&address, &server.address]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let server = Server::proper(bytes(0));
    let shop = Shop::new();
    shop.publish("toy", &[&server.address], &[("toy.bin", &bytes(0))]);
    fs::write(shop.desk.path().join("file"), "in the way").unwrap();
    says(
        &shop.refusal("datasets fetch toy --data-dir file/data", 1),
        &["cannot create file/data/toy", "--data-dir DIR"],
    );
    fs::create_dir_all(shop.file("toy.bin.part")).unwrap();
    says(
        &shop.refusal("datasets fetch toy --data-dir data", 1),
        &["cannot write data/toy/toy.bin.part"],
    );
    assert_eq!(server.requests().len(), 0);
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::proper(bytes(0));
    let shop = Shop::new();
    shop.publish("toy", &[&server.address], &[("toy.bin", &bytes(0))]);
    let locked = shop.desk.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        println!("skipped: this user may write anywhere");
        return;
    }
    says(
        &shop.refusal("datasets fetch toy --data-dir locked", 1),
        &[
            "cannot create locked/toy",
            "ermission denied",
            "--data-dir DIR",
        ],
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_with_what_is_missing() {
    let server = Server::proper(bytes(0));
    let shop = Shop::new();
    fs::create_dir_all(shop.desk.path().join("data/toy")).unwrap();
    std::os::unix::fs::symlink("/dev/full", shop.file("toy.bin.part")).unwrap();
    says(
        &shop.failure(&[&server.address]),
        &[
            "the disk is full",
            "make room for 200 kB more",
            "toy.bin.part",
        ],
    );
}

#[cfg(unix)]
#[test]
fn an_interruption_keeps_what_came() {
    let server = Server::start(|request, before, stream| match before {
        0 => {
            cut(stream, &bytes(0), HALF, "\"1\"");
            stall();
        }
        _ => proper(request, stream, &bytes(0), "\"1\""),
    });
    let shop = Shop::new();
    shop.publish("toy", &[&server.address], &[("toy.bin", &bytes(0))]);
    let child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("ebcle-tui"))
        .args(["datasets", "fetch", "toy", "--data-dir", "data"])
        .current_dir(shop.desk.path())
        .env("EBCLE_DATASETS", "my.toml")
        .env("HOME", shop.desk.path())
        .env("no_proxy", "*")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let part = shop.file("toy.bin.part");
    while fs::metadata(&part).map_or(0, |data| data.len()) < HALF as u64 {
        thread::sleep(Duration::from_millis(10));
    }
    let signal = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(signal.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let stderr = String::from_utf8(output.stderr).unwrap();
    says(
        &stderr,
        &[
            "stopped: 100 kB of 200 kB are kept in data/toy/toy.bin.part",
            "goes on from there",
        ],
    );
    assert_eq!(shop.fetch(&[&server.address])["resumed_at"], HALF);
}

#[test]
fn what_is_not_fetched_is_explained() {
    let desk = Desk::new();
    let (code, sentence) = desk.failure("datasets fetch imagenet32 --data-dir data");
    assert_eq!(code, 1);
    says(
        &sentence,
        &[
            "registered",
            "https://image-net.org/download-images",
            "put the files into data/imagenet32",
        ],
    );
    assert!(
        desk.stdout("datasets fetch glyphs")
            .contains("nothing to fetch")
    );
    assert_eq!(desk.json("datasets verify glyphs --json")["sound"], true);
    let (code, sentence) = desk.failure("datasets fetch minst");
    assert_eq!(code, 2);
    says(
        &sentence,
        &["'minst'", "cifar10, cifar100, imagenet32, mnist, stl10"],
    );
    let (code, sentence) = desk.failure("datasets verify cifar10 --data-dir nowhere");
    assert_eq!(code, 1);
    says(
        &sentence,
        &["no file of cifar10", "nowhere", "datasets fetch cifar10"],
    );
}

#[test]
fn mistakes_in_the_users_list_are_named_with_their_line() {
    let shop = Shop::new();
    let list = shop.desk.path().join("my.toml");
    fs::write(&list, "[dataset.toy]\nmirrors = [\"ftp://a\"]\n").unwrap();
    says(
        &shop.refusal("datasets fetch toy", 2),
        &["my.toml:2", "ftp://a"],
    );
    fs::remove_file(&list).unwrap();
    says(
        &shop.refusal("datasets fetch toy", 2),
        &["cannot read my.toml"],
    );
}

#[test]
fn other_forms_of_the_same_data_are_verified_too() {
    let shop = Shop::new();
    let folder = shop.desk.path().join("data/toy/toy-batches");
    fs::create_dir_all(&folder).unwrap();
    let list = format!(
        "[dataset.toy]\nmirrors = [\"http://a\"]\n\
         [[dataset.toy.files]]\nname = \"toy.tar.gz\"\nsize = 5\nmd5 = {0:?}\nfolder = \"toy-batches\"\n\
         contents = [{{ name = \"one\", size = 3, md5 = {0:?} }}, {{ name = \"two\", size = 3 }}, {{ name = \"more\", size = 9, optional = true }}]\n",
        md5(b"abc")
    );
    fs::write(shop.desk.path().join("my.toml"), list).unwrap();
    fs::write(folder.join("one"), "abc").unwrap();
    let verify = |code: i32| -> Vec<String> {
        let output = shop
            .command("datasets verify toy --data-dir data --json")
            .assert()
            .code(code);
        let report: Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        let files = report["files"].as_array().unwrap();
        files
            .iter()
            .map(|file| file["state"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(verify(1), ["published", "missing", "not-needed"]);
    fs::write(folder.join("two"), "xyz").unwrap();
    assert_eq!(verify(0), ["published", "size-right", "not-needed"]);
    fs::write(folder.join("one"), "abd").unwrap();
    assert_eq!(verify(1), ["wrong-checksum", "size-right", "not-needed"]);
}

/// MNIST as many have it: the same contents under another run of gzip.
#[test]
fn real_digits_compressed_anew_are_told_from_damaged_ones() {
    let real = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/mnist"));
    if !real.is_dir() {
        println!("skipped: {} is not there", real.display());
        return;
    }
    let report = Desk::new().json(&format!(
        "datasets verify mnist --data-dir {} --json",
        real.display()
    ));
    assert_eq!(report["sound"], true);
    for file in report["files"].as_array().unwrap() {
        let state = file["state"].as_str().unwrap();
        assert!(["published", "same-contents"].contains(&state), "{file}");
    }
}

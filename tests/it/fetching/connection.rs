//! Connections that break, stall, or are refused.

use std::fs;
use std::io::{Read, Write};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::server::{Server, cut, length, proper, send, stall};
use super::{HALF, Shop, bytes, says};

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
            "100 kB of 200 kB received, in",
            "toy.bin.part",
            "resumes",
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
        &["no answer within 0.20 s", "tried 3 times"],
    );
    assert_eq!(silent.requests().len(), 3);
    assert_eq!(shop.names(), [""; 0]);
}

/// Sends `head` at once, and then bytes one by one for as long as the client stays.
fn drip(stream: &mut std::net::TcpStream, head: &str, byte: &[u8]) {
    let mut sent = stream.write_all(head.as_bytes());
    while sent.is_ok() {
        thread::sleep(Duration::from_millis(20));
        sent = stream.write_all(byte);
    }
}

#[test]
fn a_server_that_sends_byte_by_byte_is_given_up() {
    let head = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n", length(bytes(0).len()));
    let body = Server::start(move |_, _, stream| drip(stream, &head, b"x"));
    let mut shop = Shop::new();
    shop.stall_seconds = 0.5;
    shop.least_rate = 100_000;
    shop.attempts = 2;
    says(
        &shop.failure(&[&body.address]),
        &[
            "only ",
            " bytes came in ",
            "100,000 a second",
            "tried 2 times",
            "received, in",
        ],
    );
    assert_eq!(body.requests().len(), 2);

    let headers = Server::start(|_, _, stream| drip(stream, "HTTP/1.1 200 OK\r\nX: ", b"y"));
    let shop = Shop {
        least_rate: 1,
        ..Shop {
            desk: crate::support::Desk::new(),
            ..shop
        }
    };
    says(
        &shop.failure(&[&headers.address]),
        &["no answer within 0.50 s"],
    );

    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;";
    let chunks = Server::start(move |_, _, stream| drip(stream, chunks, b"z"));
    let mut shop = Shop::new();
    shop.total_seconds = 1.0;
    says(
        &shop.failure(&[&chunks.address]),
        &["it took more than 1", "0 kB of 200 kB", "total-seconds"],
    );
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
            "stopped: 100 kB of 200 kB received, in data/toy/toy.bin.part",
            "resumes it",
        ],
    );
    assert_eq!(shop.fetch(&[&server.address])["resumed_at"], HALF);
}

#[test]
fn https_is_spoken_where_the_address_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}/", listener.local_addr().unwrap());
    let first_byte = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        byte[0]
    });
    let mut shop = Shop::new();
    shop.attempts = 1;
    says(&shop.failure(&[&address]), &[&address]);
    assert_eq!(
        first_byte.join().unwrap(),
        22,
        "a TLS handshake (RFC 8446, 5.1)"
    );
}

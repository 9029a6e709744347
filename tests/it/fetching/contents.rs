//! Servers that send something else than the published file.

use super::server::{Server, cut, length, proper, send};
use super::{HALF, SIZE, Shop, bytes, md5, says};

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
    assert!(!shop.file("").exists(), "no empty folder is left behind");
    assert_eq!(shop.names(), [""; 0]);

    let server = Server::proper(bytes(0));
    let file = shop.fetch(&[&missing.address, &server.address]);
    assert_eq!(file["address"], format!("{}toy.bin", server.address));
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

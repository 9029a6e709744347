//! Fetching from the app's first screen.

use crate::mistakes::idx;
use crate::terminal::Terminal;

use super::Shop;
use super::server::{Server, cut, proper, stall};

/// Images of 8 x 8 pixels and their labels.
fn pair(count: u32) -> [Vec<u8>; 2] {
    let pixels = (0..count * 64).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8);
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    [
        idx(0x803, &[count, 8, 8], &pixels.collect::<Vec<_>>()),
        idx(0x801, &[count], &labels),
    ]
}

#[test]
fn a_dataset_is_fetched_stopped_resumed_and_read() {
    let [train_images, train_labels] = pair(70);
    let [test_images, test_labels] = pair(30);
    let files = [
        ("train-images-idx3-ubyte", train_images),
        ("train-labels-idx1-ubyte", train_labels),
        ("t10k-images-idx3-ubyte", test_images),
        ("t10k-labels-idx1-ubyte", test_labels),
    ];
    let bodies = files.clone();
    let server = Server::start(move |request, before, stream| {
        let name = request.path.trim_start_matches('/');
        let (_, body) = bodies.iter().find(|(file, _)| *file == name).unwrap();
        if before == 0 {
            cut(stream, body, body.len() / 2, "\"1\"");
            stall();
        } else {
            proper(request, stream, body, "\"1\"");
        }
    });
    let shop = Shop::new();
    let published: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, body)| (*name, body.as_slice()))
        .collect();
    shop.publish("mnist", &[&server.address], &published);
    let list = ("EBCLE_DATASETS", "my.toml");
    let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    let variables: Vec<(&str, &str)> = proxies
        .into_iter()
        .map(|name| (name, ""))
        .chain([list])
        .collect();
    let mut terminal =
        Terminal::open_with(&shop.desk, "--data-dir data --limit 60", 24, 80, &variables);
    terminal.sees("channel-sum");
    terminal.press("jjj");
    terminal.sees("f fetches");
    terminal.press("f");
    terminal.sees("receiving train-images-idx3-ubyte");
    terminal.press("f");
    terminal.sees("stopped: ");
    terminal.sees("f resumes:");
    terminal.press("f");
    terminal.sees("60 × 1×8×8 · 10 classes");
    let from = server.requests()[1].from();
    assert!(from.is_some_and(|from| from > 0), "it began anew");
    terminal.press("v");
    terminal.sees("mnist is complete: 4 files");
    terminal.press("q");
    assert_eq!(terminal.ends(), (0, true));
}

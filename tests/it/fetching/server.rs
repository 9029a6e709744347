//! A small HTTP server on loopback that answers as a test tells it to, and notes what it was asked.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What a client asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first byte of the range that is asked for.
    pub fn from(&self) -> Option<usize> {
        let range = self.header("range")?.strip_prefix("bytes=")?;
        range.strip_suffix('-')?.parse().ok()
    }
}

pub struct Server {
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request by `answer`, which is told how many came before, and closes the connection.
    pub fn start(answer: impl Fn(&Request, usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (noted, answer) = (requests.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (noted, answer) = (noted.clone(), answer.clone());
                thread::spawn(move || {
                    let mut stream = stream.unwrap();
                    let Some(request) = read(&stream) else { return };
                    let before = {
                        let mut noted: std::sync::MutexGuard<Vec<Request>> = noted.lock().unwrap();
                        noted.push(request.clone());
                        noted.len() - 1
                    };
                    answer(&request, before, &mut stream);
                });
            }
        });
        Self { address, requests }
    }

    /// Serves `body` as a proper server does: with its length and a tag, and with ranges.
    pub fn proper(body: Vec<u8>) -> Self {
        Self::start(move |request, _, stream| proper(request, stream, &body, "\"1\""))
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_lowercase(), value.trim().to_owned()))
        })
        .collect();
    Some(Request { path, headers })
}

/// Sends a status line, header lines, and a body.
pub fn send(stream: &mut TcpStream, status: &str, headers: &[String], body: &[u8]) {
    let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for header in headers {
        head += header;
        head += "\r\n";
    }
    head += "\r\n";
    // A client that has gone away is none of the server's business.
    drop(
        stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body)),
    );
}

pub fn length(bytes: usize) -> String {
    format!("Content-Length: {bytes}")
}

/// Answers as RFC 9110 has it: a range where one is asked for and its condition holds.
pub fn proper(request: &Request, stream: &mut TcpStream, body: &[u8], tag: &str) {
    let holds = request.header("if-range").is_none_or(|asked| asked == tag);
    let tagged = format!("ETag: {tag}");
    match request.from().filter(|_| holds) {
        None => send(stream, "200 OK", &[length(body.len()), tagged], body),
        Some(from) => send(
            stream,
            "206 Partial Content",
            &[
                length(body.len() - from),
                tagged,
                format!(
                    "Content-Range: bytes {from}-{}/{}",
                    body.len() - 1,
                    body.len()
                ),
            ],
            &body[from..],
        ),
    }
}

/// Announces all of `body` but sends only the first `count` bytes.
pub fn cut(stream: &mut TcpStream, body: &[u8], count: usize, tag: &str) {
    let headers = [length(body.len()), format!("ETag: {tag}")];
    send(stream, "200 OK", &headers, &body[..count]);
}

/// Says nothing more, and keeps the connection.
pub fn stall() {
    thread::sleep(Duration::from_mins(2));
}

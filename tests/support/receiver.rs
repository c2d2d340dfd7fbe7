//! A receiver of webhooks: keeps what comes and answers as it is told.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A message that came.
#[derive(Debug, Clone)]
pub struct Received {
    /// By lower-case name.
    pub headers: BTreeMap<String, String>,
    pub text: String,
    pub body: Value,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    pub fn kind(&self) -> &str {
        self.body["type"].as_str().unwrap()
    }

    pub fn subject(&self) -> &str {
        self.body["data"]["subjectId"].as_str().unwrap()
    }
}

/// What is answered to a message.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    /// How long the sender waits for it.
    pub after: Duration,
}

impl From<u16> for Response {
    fn from(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            after: Duration::ZERO,
        }
    }
}

impl Response {
    pub fn after(status: u16, millis: u64) -> Self {
        Self {
            after: Duration::from_millis(millis),
            ..status.into()
        }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Script = Box<dyn FnMut(&Received) -> Response + Send>;

struct Shared {
    received: Mutex<Vec<Received>>,
    script: Mutex<Script>,
    closed: AtomicBool,
}

/// A receiver that listens on this machine.
pub struct Receiver {
    pub url: String,
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// One that answers 204.
    pub fn new() -> Self {
        Self::with(|_| 204.into())
    }

    /// One that answers as `script` says.
    pub fn with(script: impl FnMut(&Received) -> Response + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            script: Mutex::new(Box::new(script)),
            closed: AtomicBool::new(false),
        });
        let accepts = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if accepts.closed.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&accepts)) else {
                    continue;
                };
                std::thread::spawn(move || converse(stream, &shared));
            }
        });
        Self {
            url: format!("http://{address}/hook"),
            address,
            shared,
        }
    }

    /// Answers otherwise from now on.
    pub fn answers(&self, script: impl FnMut(&Received) -> Response + Send + 'static) {
        *self.shared.script.lock().unwrap() = Box::new(script);
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// What came, when it is as it should be.
    #[track_caller]
    pub fn wait_for(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let received = self.received();
            if enough(&received) {
                return received;
            }
            let kinds: Vec<&str> = received.iter().map(Received::kind).collect();
            assert!(Instant::now() < deadline, "came: {kinds:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What came, when it is so many.
    #[track_caller]
    pub fn wait_for_count(&self, count: usize) -> Vec<Received> {
        self.wait_for(|received| received.len() >= count)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let _woken = TcpStream::connect(self.address);
    }
}

/// One connection: message after message.
fn converse(stream: TcpStream, shared: &Shared) {
    let mut reader = BufReader::new(stream);
    while let Some(received) = read(&mut reader) {
        shared.received.lock().unwrap().push(received.clone());
        let response = (shared.script.lock().unwrap())(&received);
        std::thread::sleep(response.after);
        let mut head = format!("HTTP/1.1 {} Answer\r\n", response.status);
        for (name, value) in &response.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("content-length: 0\r\n\r\n");
        if reader.get_mut().write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).unwrap();
    Some(Received {
        headers,
        body: serde_json::from_str(&text).unwrap(),
        text,
    })
}

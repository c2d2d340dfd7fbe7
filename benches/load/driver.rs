//! The HTTP/1.1 load driver: N keep-alive connections, each of which sends a request, waits for
//! its answer and sends the next one, all as tasks on one thread.
//!
//! It is meant for this benchmark and for loopback only: it knows answers with a `content-length`
//! (all that the service sends without `Accept-Encoding`), refuses bodies over 1 MiB, and every
//! run ends by itself. An answer that is not 2xx is a failure, and a run with failures is no
//! measurement: it ends at once with what was answered.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use super::Outcome;

/// The longest answer that is read.
const LONGEST_BODY: usize = 1024 * 1024;
/// How long a run may take beyond its measured time (connecting, warming up, the last answers).
const GRACE: Duration = Duration::from_secs(90);

/// How hard and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Where to: loopback.
    pub address: SocketAddr,
    /// How many at once.
    pub connections: usize,
    /// How many requests, over all connections, are answered before the clock starts.
    pub warm_up: usize,
    /// How long is measured.
    pub duration: Duration,
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// Answers per second.
    pub per_second: f64,
    /// All answers, those of the warm-up too.
    pub answers: u64,
    /// Half of the answers came within this many microseconds.
    pub p50_micros: u32,
    /// 99 of 100 answers came within this many microseconds.
    pub p99_micros: u32,
}

/// Makes the bytes of the next request in a buffer that it is given empty.
pub(crate) type NextRequest = Box<dyn FnMut(&mut Vec<u8>)>;

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body of a 2xx answer as JSON; anything else is an error that says what was answered.
    pub(crate) fn json(&self) -> Outcome<serde_json::Value> {
        if self.is_success() {
            Ok(serde_json::from_slice(&self.body)?)
        } else {
            Err(self.describe().into())
        }
    }

    fn describe(&self) -> String {
        let body = String::from_utf8_lossy(&self.body);
        format!("the service answered {}: {body}", self.status)
    }
}

/// Sends one request on a connection of its own.
pub(crate) fn once(address: SocketAddr, request: &[u8]) -> Outcome<Answer> {
    runtime()?.block_on(async {
        let mut connection = Connection::open(address).await?;
        let exchange = connection.exchange(request);
        let status = tokio::time::timeout(Duration::from_secs(60), exchange).await??;
        Ok(Answer {
            status,
            body: connection.body().to_vec(),
        })
    })
}

/// Runs the load and measures it.
pub(crate) fn run(load: Load, next: NextRequest) -> Outcome<Measured> {
    let share = Rc::new(Share {
        next: RefCell::new(next),
        to_warm_up: Cell::new(load.warm_up),
        started: Cell::new(None),
        ended: Cell::new(None),
        duration: load.duration,
        failed: Cell::new(false),
        answers: Cell::new(0),
    });
    let tasks = LocalSet::new();
    let mut latencies = tasks.block_on(&runtime()?, async {
        let mut running = Vec::with_capacity(load.connections);
        for _ in 0..load.connections {
            let connection = Connection::open(load.address).await?;
            running.push(tokio::task::spawn_local(
                Rc::clone(&share).drive(connection),
            ));
        }
        let deadline = tokio::time::Instant::now() + load.duration + GRACE;
        let mut latencies = Vec::new();
        for task in running {
            let done = tokio::time::timeout_at(deadline, task).await;
            latencies.extend(done.map_err(|_| "the service stopped answering")???);
        }
        Ok::<_, Box<dyn std::error::Error>>(latencies)
    })?;
    latencies.sort_unstable();
    let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied();
    let too_short = "nothing was sent in the measured time";
    let (started, ended) = share
        .started
        .get()
        .zip(share.ended.get())
        .ok_or(too_short)?;
    Ok(Measured {
        per_second: latencies.len() as f64 / ended.duration_since(started).as_secs_f64(),
        answers: share.answers.get(),
        p50_micros: at(50).ok_or(too_short)?,
        p99_micros: at(99).ok_or(too_short)?,
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
}

/// What all connections of a run share.
struct Share {
    next: RefCell<NextRequest>,
    to_warm_up: Cell<usize>,
    /// When the measured time began: with the first request after the warm-up.
    started: Cell<Option<Instant>>,
    /// When the last request of the measured time was answered. The rate is over the time until
    /// then, so a run on a slow disk, shorter than one answer takes, is a measurement too.
    ended: Cell<Option<Instant>>,
    duration: Duration,
    failed: Cell<bool>,
    answers: Cell<u64>,
}

impl Share {
    /// Sends requests until the time is over. Answers the latency, in microseconds, of each that
    /// was sent within the measured time.
    async fn drive(self: Rc<Self>, mut connection: Connection) -> Outcome<Vec<u32>> {
        let mut latencies = Vec::new();
        let mut request = Vec::new();
        while !self.failed.get() {
            let sent = Instant::now();
            if self.to_warm_up.get() > 0 {
                self.to_warm_up.set(self.to_warm_up.get() - 1);
            } else if self.started.get().is_none() {
                self.started.set(Some(sent));
            }
            if self
                .started
                .get()
                .is_some_and(|started| sent.duration_since(started) >= self.duration)
            {
                break;
            }
            request.clear();
            (self.next.borrow_mut())(&mut request);
            let status = connection.exchange(&request).await?;
            let answered = Instant::now();
            self.answers.set(self.answers.get() + 1);
            if !(200..300).contains(&status) {
                self.failed.set(true);
                let body = connection.body().to_vec();
                return Err(Answer { status, body }.describe().into());
            }
            // What was sent in the warm-up and answered later is of neither.
            if self.started.get().is_some_and(|started| sent >= started) {
                self.ended.set(Some(answered));
                let micros = answered.duration_since(sent).as_micros();
                latencies.push(u32::try_from(micros)?);
            }
        }
        Ok(latencies)
    }
}

/// One keep-alive connection.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body_at: usize,
}

impl Connection {
    async fn open(address: SocketAddr) -> Outcome<Self> {
        if !address.ip().is_loopback() {
            return Err("the load driver is for loopback only".into());
        }
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(16 * 1024),
            body_at: 0,
        })
    }

    /// Sends a request and reads the whole answer. Answers its status.
    async fn exchange(&mut self, request: &[u8]) -> Outcome<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the service closed the connection".into());
            }
            if let Some(head) = Head::parse(&self.buffer)? {
                self.body_at = head.length;
                let total = head.length + head.content_length;
                while self.buffer.len() < total {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err("the service closed the connection".into());
                    }
                }
                return Ok(head.status);
            }
        }
    }

    /// The body of the last answer.
    fn body(&self) -> &[u8] {
        self.buffer.get(self.body_at..).unwrap_or_default()
    }
}

/// What the driver needs to know of an answer's head.
struct Head {
    status: u16,
    length: usize,
    content_length: usize,
}

impl Head {
    /// `None` while the head is not complete.
    fn parse(bytes: &[u8]) -> Outcome<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.strip_prefix("HTTP/1.1 "))
            .and_then(|line| line.get(..3))
            .ok_or("not an HTTP/1.1 answer")?
            .parse()?;
        let content_length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .ok_or("an answer without content-length")?
            .1
            .trim()
            .parse()?;
        if content_length > LONGEST_BODY {
            return Err("an answer over 1 MiB".into());
        }
        Ok(Some(Self {
            status,
            length: end + 4,
            content_length,
        }))
    }
}

/// Where the load starts from: a small generator of numbers that look random and are the same in
/// every run (splitmix64).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % (bound.max(1) as u64)).unwrap_or(0)
    }

    /// One of `items`.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

/// The bytes of a request; `headers` are lines that each end with CRLF.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}").into_bytes();
    if !body.is_empty() {
        let length = format!("content-length: {}\r\n", body.len());
        bytes.extend_from_slice(length.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

/// A request made beforehand, but for places that are filled anew each time with text of the
/// same length.
#[derive(Debug)]
pub(crate) struct Template(Vec<Vec<u8>>);

impl Template {
    /// Cuts `request` at the markers, which stand in it once each and in this order.
    pub(crate) fn new(request: &[u8], markers: &[&str]) -> Outcome<Self> {
        let mut parts = Vec::with_capacity(markers.len() + 1);
        let mut rest = request;
        for marker in markers {
            let marker = marker.as_bytes();
            let at = rest.windows(marker.len()).position(|part| part == marker);
            let (before, after) = rest.split_at(at.ok_or("a marker is not in the request")?);
            parts.push(before.to_vec());
            rest = after.get(marker.len()..).unwrap_or_default();
        }
        parts.push(rest.to_vec());
        Ok(Self(parts))
    }

    /// Writes the request with `values` in the places of the markers.
    pub(crate) fn fill(&self, into: &mut Vec<u8>, values: &[&str]) {
        let mut values = values.iter();
        for part in &self.0 {
            into.extend_from_slice(part);
            if let Some(value) = values.next() {
                into.extend_from_slice(value.as_bytes());
            }
        }
    }
}

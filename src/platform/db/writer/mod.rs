//! The write door.
//!
//! SQLite has one writer: one thread owns the one writing connection, puts all the work that is
//! waiting into one commit, and answers after the commit. That is what makes durable writes cheap:
//! one `fsync` for many of them.
//!
//! PostgreSQL is written the same way, in one serializable transaction for what waits; where
//! another instance was in the way, each piece of work is tried again on its own. Audit entries
//! of reads go into one commit on a thread of their own.
//!
//! Every writer thread carries one chain of audit rows ([`crate::platform::audit`]).

mod checkpoints;
mod postgresql;
mod sqlite;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};

use diesel::connection::SimpleConnection as _;
use tokio::sync::{Notify, oneshot};

use checkpoints::Checkpoints;

use super::connection::{AnyConnection, DatabaseUrl, Engine, Purpose};
use super::work::{Closure, Tx, Work, stopping};
use crate::platform::audit::{Chain, Entry};
use crate::platform::crypto::KeyRing;
use crate::platform::error::{Error, Result};

/// The most pieces of work in one SQLite commit: bounds how long the first one waits.
const BATCH: usize = 256;

enum Job {
    Work(Box<dyn Work>),
    Record(Vec<Entry>, oneshot::Sender<Result<()>>),
}

/// The door: where work is handed in.
pub(super) struct Writer {
    work: Option<Sender<Job>>,
    records: Option<Sender<Job>>,
    threads: Vec<std::thread::JoinHandle<()>>,
    committed: Arc<Notify>,
    handed_in: AtomicU64,
}

impl Writer {
    pub(super) fn start(url: &DatabaseUrl, writers: usize, keys: Arc<KeyRing>) -> Result<Self> {
        let (mut threads, committed) = (Vec::new(), Arc::new(Notify::new()));
        let (work, inbox) = channel();
        let records = match url.engine() {
            Engine::Sqlite => {
                let writer = Thread::open(url, &keys, &committed)?;
                let (checkpoints, thread) = Checkpoints::start(url)?;
                threads.push(spawn("writer", move || {
                    writer.run_batches(&inbox, checkpoints)
                })?);
                threads.push(thread);
                work.clone()
            }
            Engine::Postgresql => {
                let inbox = Arc::new(Mutex::new(inbox));
                for n in 0..writers.max(1) {
                    let writer = Thread::open(url, &keys, &committed)?;
                    let inbox = Arc::clone(&inbox);
                    threads.push(spawn(&format!("writer-{n}"), move || {
                        writer.run_together(&inbox);
                    })?);
                }
                let (records, inbox) = channel();
                let recorder = Thread::open(url, &keys, &committed)?;
                threads.push(spawn("audit", move || recorder.run_records(&inbox))?);
                records
            }
        };
        Ok(Self {
            work: Some(work),
            records: Some(records),
            threads,
            committed,
            handed_in: AtomicU64::new(0),
        })
    }

    /// How much work and how many entries of reads have been handed in since the start.
    pub(super) fn handed_in(&self) -> u64 {
        self.handed_in.load(Ordering::Relaxed)
    }

    /// Told after each commit of work; one task listens to it.
    pub(super) fn committed(&self) -> Arc<Notify> {
        Arc::clone(&self.committed)
    }

    pub(super) async fn submit<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.hand_in(work).await.unwrap_or_else(|_| Err(stopping()))
    }

    pub(super) fn submit_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.hand_in(work)
            .blocking_recv()
            .unwrap_or_else(|_| Err(stopping()))
    }

    pub(super) async fn record(&self, entries: Vec<Entry>) -> Result<()> {
        let (sender, receiver) = oneshot::channel();
        self.handed_in.fetch_add(1, Ordering::Relaxed);
        send(self.records.as_ref(), Job::Record(entries, sender));
        receiver.await.unwrap_or_else(|_| Err(stopping()))
    }

    fn hand_in<T, F>(&self, work: F) -> oneshot::Receiver<Result<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        self.handed_in.fetch_add(1, Ordering::Relaxed);
        send(
            self.work.as_ref(),
            Job::Work(Box::new(Closure::new(work, sender))),
        );
        receiver
    }
}

impl Drop for Writer {
    /// Lets the threads finish what was handed in, so that a stop loses nothing that is waiting.
    fn drop(&mut self) {
        self.work = None;
        self.records = None;
        let this = std::thread::current().id();
        // The last owner may be a piece of work, dropped by the very thread that ran it: that one
        // waits for nobody, since others end behind it.
        if self
            .threads
            .iter()
            .any(|thread| thread.thread().id() == this)
        {
            return;
        }
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

/// A job that cannot be sent is dropped; its receiver answers "stopping".
fn send(door: Option<&Sender<Job>>, job: Job) {
    if let Some(door) = door {
        let _dropped = door.send(job);
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(Error::internal)
}

/// What one writer thread owns.
struct Thread {
    url: DatabaseUrl,
    conn: AnyConnection,
    chain: Chain,
    committed: Arc<Notify>,
}

impl Thread {
    fn open(url: &DatabaseUrl, keys: &Arc<KeyRing>, committed: &Arc<Notify>) -> Result<Self> {
        Ok(Self {
            url: url.clone(),
            conn: url.connect(Purpose::Write)?,
            chain: Chain::new(Arc::clone(keys)),
            committed: Arc::clone(committed),
        })
    }

    /// Ends the transaction with these entries. The chain goes on only from what is stored.
    fn commit_with(&mut self, entries: &[Entry]) -> Result<()> {
        let before = self.chain.clone();
        let committed = self
            .chain
            .append(&mut self.conn, entries)
            .and_then(|()| Ok(self.conn.batch_execute("COMMIT")?));
        if committed.is_err() {
            self.chain = before;
            let _already_ended = self.conn.batch_execute("ROLLBACK");
        }
        committed
    }

    fn reconnect_if_broken(&mut self) {
        use diesel::r2d2::R2D2Connection as _;
        let broken = self.conn.is_broken() || self.conn.ping().is_err();
        if broken && let Ok(conn) = self.url.connect(Purpose::Write) {
            self.conn = conn;
            // Nobody knows whether the last commit arrived.
            self.chain = self.chain.successor();
        }
    }
}

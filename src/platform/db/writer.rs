//! The write door.
//!
//! SQLite has one writer: one thread owns the one writing connection, puts all the work that is
//! waiting into one commit, each piece in its own savepoint, and answers after the commit. That
//! is what makes durable writes cheap: one `fsync` for many of them.
//!
//! PostgreSQL is written the same way, in one serializable transaction for what waits; where
//! another instance was in the way, each piece of work is tried again on its own. Audit entries
//! of reads go into one commit on a thread of their own.
//!
//! Every writer thread carries one chain of audit rows ([`crate::platform::audit`]).

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;
use tokio::sync::{Notify, oneshot};

use super::connection::{AnyConnection, DatabaseUrl, Engine, Purpose};
use super::work::{Closure, Outcome, Tx, Work, back_off, log_failure, not_stored, stopping};
use crate::platform::audit::{Chain, Entry};
use crate::platform::crypto::KeyRing;
use crate::platform::error::{Error, ProblemCode, Result};

/// The most pieces of work in one SQLite commit: bounds how long the first one waits.
const BATCH: usize = 256;
/// The most pieces of work in one PostgreSQL commit: below the 64 subtransactions that a backend
/// keeps at hand.
const TOGETHER: usize = 48;
/// How often a transaction is tried when others are in the way: two to three seconds.
const TRIES: u32 = 30;

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
}

impl Writer {
    pub(super) fn start(url: &DatabaseUrl, writers: usize, keys: Arc<KeyRing>) -> Result<Self> {
        let (mut threads, committed) = (Vec::new(), Arc::new(Notify::new()));
        let (work, inbox) = channel();
        let records = match url.engine() {
            Engine::Sqlite => {
                let writer = Thread::open(url, &keys, &committed)?;
                threads.push(spawn("writer", move || writer.run_batches(&inbox))?);
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
        })
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
        send(self.records.as_ref(), Job::Record(entries, sender));
        receiver.await.unwrap_or_else(|_| Err(stopping()))
    }

    fn hand_in<T, F>(&self, work: F) -> oneshot::Receiver<Result<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
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
        for thread in self.threads.drain(..) {
            // The last owner may be a piece of work, dropped by the very thread that ran it.
            if thread.thread().id() != this {
                let _panicked = thread.join();
            }
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

    /// SQLite: all that waits goes into one commit.
    fn run_batches(mut self, inbox: &Receiver<Job>) {
        while let Ok(first) = inbox.recv() {
            let mut jobs = vec![first];
            jobs.extend(inbox.try_iter().take(BATCH - 1));
            let works = jobs.iter().any(|job| matches!(job, Job::Work(_)));
            let mut answers: Vec<Box<dyn FnOnce(Option<Error>)>> = Vec::with_capacity(jobs.len());
            let done = self.batch(jobs, &mut answers);
            if done.is_err() {
                let _already_ended = self.conn.batch_execute("ROLLBACK");
                self.reconnect_if_broken();
            } else if works {
                self.committed.notify_one();
            }
            let failed = done.err().map(|error| log_failure(&error));
            for answer in answers {
                answer(failed.map(not_stored));
            }
        }
    }

    /// PostgreSQL: the audit entries of all reads that wait go into one commit.
    fn run_records(mut self, inbox: &Receiver<Job>) {
        while let Ok(first) = inbox.recv() {
            let (mut entries, mut senders) = (Vec::new(), Vec::new());
            for job in std::iter::once(first).chain(inbox.try_iter().take(BATCH - 1)) {
                if let Job::Record(more, sender) = job {
                    entries.extend(more);
                    senders.push(sender);
                }
            }
            let done = self.retrying(|thread| {
                thread.conn.batch_execute("BEGIN")?;
                thread.commit_with(&entries)
            });
            let failed = done.err().map(|error| log_failure(&error));
            for sender in senders {
                let _gone = sender.send(failed.map_or(Ok(()), |code| Err(not_stored(code))));
            }
        }
    }

    fn batch(
        &mut self,
        jobs: Vec<Job>,
        answers: &mut Vec<Box<dyn FnOnce(Option<Error>)>>,
    ) -> Result<()> {
        let begun = self.conn.batch_execute("BEGIN IMMEDIATE");
        let mut entries = Vec::new();
        for job in jobs {
            match job {
                Job::Record(more, sender) => {
                    entries.extend(more);
                    answers.push(Box::new(move |failure| {
                        let _gone = sender.send(failure.map_or(Ok(()), Err));
                    }));
                }
                Job::Work(mut work) => {
                    if begun.is_ok() {
                        self.in_savepoint(&mut *work, &mut entries)?;
                    }
                    answers.push(Box::new(move |failure| work.answer(failure)));
                }
            }
        }
        begun?;
        self.commit_with(&entries)
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

    fn in_savepoint(&mut self, work: &mut dyn Work, entries: &mut Vec<Entry>) -> Result<()> {
        self.conn.batch_execute("SAVEPOINT work")?;
        // With one writer nothing is ever in the way of a retry but the same key within this
        // very batch, which a second run sees.
        let before = entries.len();
        let mut outcome = work.run(&mut self.conn, entries);
        if outcome == Outcome::Retry {
            entries.truncate(before);
            self.conn.batch_execute("ROLLBACK TO work")?;
            outcome = work.run(&mut self.conn, entries);
        }
        self.conn.batch_execute(match outcome {
            Outcome::Keep => "RELEASE work",
            Outcome::RollBack | Outcome::Retry => "ROLLBACK TO work; RELEASE work",
        })?;
        Ok(())
    }

    /// PostgreSQL: what waits goes into one serializable transaction. Where another instance was
    /// in the way, each piece of work is tried again on its own.
    fn run_together(mut self, inbox: &Mutex<Receiver<Job>>) {
        loop {
            let jobs: Vec<Job> = {
                let inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
                let Ok(first) = inbox.recv() else {
                    return;
                };
                std::iter::once(first)
                    .chain(inbox.try_iter().take(TOGETHER - 1))
                    .collect()
            };
            // Entries of reads go to the thread that records them.
            let mut waiting: Vec<Box<dyn Work>> = jobs
                .into_iter()
                .filter_map(|job| match job {
                    Job::Work(work) => Some(work),
                    Job::Record(..) => None,
                })
                .collect();
            let stored = match waiting.len() {
                0 | 1 => Err(Error::Retry),
                _ => self.together(&mut waiting),
            };
            match stored {
                Ok(()) => {
                    self.committed.notify_one();
                    waiting.into_iter().for_each(|work| work.answer(None));
                }
                Err(Error::Retry) => {
                    for mut work in waiting {
                        let done = self.retrying(|thread| thread.attempt(&mut *work));
                        if done.is_ok() {
                            self.committed.notify_one();
                        }
                        let failed = done.err().map(|error| log_failure(&error));
                        work.answer(failed.map(not_stored));
                    }
                }
                // Nobody knows whether it was stored: it must not be done a second time.
                Err(error) => {
                    self.reconnect_if_broken();
                    let code = log_failure(&error);
                    for work in waiting {
                        work.answer(Some(not_stored(code)));
                    }
                }
            }
        }
    }

    fn together(&mut self, waiting: &mut [Box<dyn Work>]) -> Result<()> {
        let mut entries = Vec::new();
        // The end of one piece of work and the beginning of the next are one round trip.
        let mut step = "BEGIN ISOLATION LEVEL SERIALIZABLE; SAVEPOINT work";
        for work in waiting {
            self.step(step)?;
            step = match work.run(&mut self.conn, &mut entries) {
                Outcome::Keep => "RELEASE work; SAVEPOINT work",
                Outcome::RollBack => "ROLLBACK TO work",
                Outcome::Retry => {
                    self.conn.batch_execute("ROLLBACK")?;
                    return Err(Error::Retry);
                }
            };
        }
        self.step(step)?;
        self.commit_with(&entries)
    }

    /// A step between two pieces of work; where it fails, nothing of the transaction stays.
    fn step(&mut self, statements: &str) -> Result<()> {
        let done = self.conn.batch_execute(statements);
        if done.is_err() {
            let _already_ended = self.conn.batch_execute("ROLLBACK");
        }
        Ok(done?)
    }

    fn retrying(&mut self, mut transaction: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        for attempt in 0..TRIES {
            match transaction(self) {
                Err(Error::Retry) => std::thread::sleep(back_off(attempt)),
                Err(error) => {
                    let _already_ended = self.conn.batch_execute("ROLLBACK");
                    self.reconnect_if_broken();
                    return Err(error);
                }
                Ok(()) => return Ok(()),
            }
        }
        tracing::warn!("other writers were in the way for too long");
        Err(Error::problem(
            ProblemCode::Unavailable,
            "Other writers were in the way for too long.",
        ))
    }

    fn attempt(&mut self, work: &mut dyn Work) -> Result<()> {
        let mut entries = Vec::new();
        self.conn
            .batch_execute("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
        match work.run(&mut self.conn, &mut entries) {
            Outcome::Retry => {
                self.conn.batch_execute("ROLLBACK")?;
                return Err(Error::Retry);
            }
            Outcome::RollBack => {
                self.conn.batch_execute("ROLLBACK")?;
                if entries.is_empty() {
                    return Ok(());
                }
                // Refused, but somebody was looked at: that is kept.
                self.conn.batch_execute("BEGIN")?;
            }
            Outcome::Keep => {}
        }
        self.commit_with(&entries)
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

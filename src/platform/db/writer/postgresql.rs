//! Writing to PostgreSQL: one serializable transaction for what waits.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use diesel::connection::SimpleConnection as _;

use super::{BATCH, Job, Thread};
use crate::platform::db::work::{Outcome, Work, back_off, log_failure, not_stored};
use crate::platform::error::{Error, ProblemCode, Result};

/// The most pieces of work in one PostgreSQL commit: below the 64 subtransactions that a backend
/// keeps at hand.
const TOGETHER: usize = 48;
/// How often a transaction is tried when others are in the way: two to three seconds.
const TRIES: u32 = 30;

impl Thread {
    /// PostgreSQL: the audit entries of all reads that wait go into one commit.
    pub(super) fn run_records(mut self, inbox: &Receiver<Job>) {
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

    /// PostgreSQL: what waits goes into one serializable transaction. Where another instance was
    /// in the way, each piece of work is tried again on its own.
    pub(super) fn run_together(mut self, inbox: &Mutex<Receiver<Job>>) {
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
                Outcome::RollBack | Outcome::Failed => "ROLLBACK TO work",
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
            Outcome::RollBack | Outcome::Failed => {
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
}

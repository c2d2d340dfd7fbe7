//! Writing to SQLite: all that waits goes into one commit.
//!
//! A savepoint costs a copy of every page that is changed behind it, a tenth of a short write. So
//! the work of a batch is done without them, in the hope that none of it is to be undone: what is
//! refused is mostly refused before it has written anything. Where that hope fails, the transaction
//! is rolled back and all of it done again, each piece in its own savepoint.

use std::sync::mpsc::Receiver;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::checkpoints::Checkpoints;
use super::{BATCH, Job, Thread};
use crate::platform::audit::Entry;
use crate::platform::db::AnyConnection;
use crate::platform::db::work::{Outcome, Work, log_failure, not_stored};
use crate::platform::error::{Error, Result};

/// For how many batches savepoints are used after one in which work was undone: such work seldom
/// comes alone, and nobody is to make the writer do everything twice.
const CAREFUL: u32 = 16;

#[diesel::declare_sql_function]
extern "SQL" {
    /// How many rows this connection has written since it was opened.
    fn total_changes() -> diesel::sql_types::BigInt;
}

impl Thread {
    pub(super) fn run_batches(mut self, inbox: &Receiver<Job>, mut checkpoints: Checkpoints) {
        let mut careful = 0;
        while let Ok(first) = inbox.recv() {
            let (mut works, mut entries, mut senders) = (Vec::new(), Vec::new(), Vec::new());
            for job in std::iter::once(first).chain(inbox.try_iter().take(BATCH - 1)) {
                match job {
                    Job::Work(work) => works.push(work),
                    Job::Record(more, sender) => {
                        entries.extend(more);
                        senders.push(sender);
                    }
                }
            }
            let done = self.batch(&mut works, entries, &mut careful);
            if done.is_err() {
                let _already_ended = self.conn.batch_execute("ROLLBACK");
                self.reconnect_if_broken();
            } else if !works.is_empty() {
                self.committed.notify_one();
            }
            if let Ok(changed) = self.changes() {
                checkpoints.heed(changed);
            }
            let failed = done.err().map(|error| log_failure(&error));
            for sender in senders {
                let _gone = sender.send(failed.map_or(Ok(()), |code| Err(not_stored(code))));
            }
            for work in works {
                work.answer(failed.map(not_stored));
            }
        }
    }

    fn batch(
        &mut self,
        works: &mut [Box<dyn Work>],
        mut entries: Vec<Entry>,
        careful: &mut u32,
    ) -> Result<()> {
        let of_reads = entries.len();
        self.conn.batch_execute("BEGIN IMMEDIATE")?;
        *careful = careful.saturating_sub(1);
        if *careful == 0 && !self.without_savepoints(works, &mut entries)? {
            *careful = CAREFUL;
            entries.truncate(of_reads);
            // Fails where the engine has ended the transaction itself, as on a full disk.
            let _already_ended = self.conn.batch_execute("ROLLBACK");
            self.conn.batch_execute("BEGIN IMMEDIATE")?;
        }
        if *careful > 0 {
            for work in works {
                self.in_savepoint(&mut **work, &mut entries)?;
            }
        }
        self.commit_with(&entries)
    }

    /// Answers whether all of it can be committed as it is.
    fn without_savepoints(
        &mut self,
        works: &mut [Box<dyn Work>],
        entries: &mut Vec<Entry>,
    ) -> Result<bool> {
        for work in works {
            let before = self.changes()?;
            match work.run(&mut self.conn, entries) {
                Outcome::Keep => {}
                Outcome::RollBack if self.changes()? == before => {}
                Outcome::RollBack | Outcome::Retry | Outcome::Failed => return Ok(false),
            }
        }
        Ok(true)
    }

    fn changes(&mut self) -> Result<i64> {
        match &mut self.conn {
            AnyConnection::Sqlite(conn) => Ok(diesel::select(total_changes()).get_result(conn)?),
            AnyConnection::Postgres(_) => Err(Error::internal("not SQLite")),
        }
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
            Outcome::RollBack | Outcome::Failed | Outcome::Retry => {
                "ROLLBACK TO work; RELEASE work"
            }
        })?;
        Ok(())
    }
}

//! Checkpoints of SQLite, on a thread of their own: what the write-ahead log holds goes into the
//! database file while the writer writes on. The writer's own (`wal_autocheckpoint`) then finds most
//! of it done; it alone can begin the log anew, since nobody but the writer is ever at its end.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use diesel::connection::SimpleConnection as _;

use super::spawn;
use crate::platform::db::connection::{AnyConnection, DatabaseUrl, Purpose};
use crate::platform::error::Result;

/// After so many changed rows what has been written is moved.
const EVERY: i64 = 15_000;

/// The writer's end.
pub(super) struct Checkpoints {
    ask: SyncSender<()>,
    asked_at: i64,
}

impl Checkpoints {
    /// Starts the thread; it ends when the writer's end is dropped.
    pub(super) fn start(url: &DatabaseUrl) -> Result<(Self, std::thread::JoinHandle<()>)> {
        let conn = url.connect(Purpose::Write)?;
        let (ask, asked) = sync_channel(1);
        let thread = spawn("checkpoints", move || run(conn, &asked))?;
        Ok((Self { ask, asked_at: 0 }, thread))
    }

    /// Told how many rows the writer has changed since it began.
    pub(super) fn heed(&mut self, changed: i64) {
        // Less than before: the writer has a new connection.
        if !(0..EVERY).contains(&(changed - self.asked_at)) {
            self.asked_at = changed;
            let _one_is_asked_for_already = self.ask.try_send(());
        }
    }
}

fn run(mut conn: AnyConnection, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        // Where it cannot, the writer's own does it.
        if conn
            .batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
            .is_err()
        {
            tracing::warn!("a checkpoint could not be made; the writer makes it");
        }
    }
}

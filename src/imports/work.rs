//! Who works on imports: a few threads of each instance. One thread reads rows, another stores
//! them, so that both cores of a small machine have something to do; rows are stored some at a time,
//! so that everybody else's writes come in between.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::batch::{Batch, Care, Stored, Task};
use super::jobs;
use super::model::ImportId;
use super::pieces;
use super::store::{self, Worker};
use crate::platform::app::App;
use crate::platform::db::Engine;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::id::Id;

/// How many imports an instance works on beside each other: a short one need not wait for a long
/// one.
const WORKERS: usize = 2;
/// How often a worker without work looks for some.
const LOOK: Duration = Duration::from_millis(400);
/// How long one transaction of rows should take: so long others wait at most.
const TURN: Duration = Duration::from_millis(25);
/// How long where nobody else waits: a long transaction stores the same page less often.
const TURN_ALONE: Duration = Duration::from_millis(100);
/// How many rows the first transaction has.
const FIRST: usize = 40;
/// The most rows of one transaction.
const MOST: usize = 1000;
/// The most rows that are checked in one: each with the earlier rows that it stands on.
const MOST_CHECKED: usize = 200;
/// After a row was refused, so many batches are stored row by row: rejections come in flocks.
const CAREFUL: u32 = 20;
/// How often a database that is out of reach is tried, a second apart.
const TRIES: u32 = 30;

/// The workers of one instance. They stop, each behind the transaction it is in, when this is
/// dropped.
#[derive(Debug)]
pub struct Importing {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Drop for Importing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

/// Starts the workers of this instance.
pub fn start(app: &App) -> Result<Importing> {
    let stop = Arc::new(AtomicBool::new(false));
    let threads = (0..WORKERS)
        .map(|number| {
            let (app, stop) = (app.clone(), Arc::clone(&stop));
            std::thread::Builder::new()
                .name(format!("import-{number}"))
                .spawn(move || forever(&app, &stop))
                .map_err(Error::internal)
        })
        .collect::<Result<_>>()?;
    Ok(Importing { stop, threads })
}

fn forever(app: &App, stop: &AtomicBool) {
    let worker = Id::new();
    while !stop.load(Ordering::Relaxed) {
        match once(app, worker, None, stop, true) {
            Ok(true) => {}
            Ok(false) => std::thread::sleep(LOOK),
            Err(error) => {
                tracing::error!(code = %error.code(), "an import could not go on");
                std::thread::sleep(LOOK * 5);
            }
        }
    }
}

/// Works on what there is to do, or on one job only, until there is nothing left that nobody works
/// on. Blocking; for the command line, where a service may run beside it, and for tests.
pub fn work(app: &App, only: Option<ImportId>) -> Result<()> {
    let never = AtomicBool::new(false);
    let worker = Id::new();
    while once(app, worker, only, &never, false)? {}
    only.map_or(Ok(()), |id| jobs::give_up_alone(app, id))
}

/// Takes one job and works on it to its end; where there is none, some of what ended jobs leave is
/// forgotten. `sees_others`: whoever else writes does so in this process. Says whether there was
/// something to do.
fn once(
    app: &App,
    worker: Id<Worker>,
    only: Option<ImportId>,
    stop: &AtomicBool,
    sees_others: bool,
) -> Result<bool> {
    let Some(row) = jobs::claim(app, worker, only)? else {
        // What it does not come to now is done later, and no import fails for it.
        return Ok(jobs::tidy(app, only).unwrap_or_else(|error| {
            tracing::warn!(code = %error.code(), "the file of an import stays for now");
            false
        }));
    };
    let task = Arc::new(Task::new(app, &row, worker)?);
    let done = std::thread::scope(|scope| {
        // One piece is ready while one is stored; no more of the file is in memory.
        let (sender, receiver) = sync_channel(0);
        let reading = Arc::clone(&task);
        scope.spawn(move || read(&reading, row.rows_done, row.rows_total, &sender));
        // On PostgreSQL other instances write.
        let sees_others = sees_others && app.db.engine() == Engine::Sqlite;
        store_all(&task, &receiver, stop, sees_others)
    });
    if let Err(error) = &done {
        tracing::error!(code = %error.code(), import = %task.id, "an import was interrupted");
    }
    if stop.load(Ordering::Relaxed) || done.is_err() {
        jobs::release(app, task.id, worker)?;
    }
    done.map(|()| true)
}

/// Reads rows ahead of those that are stored.
fn read(task: &Task, from: i32, to: i32, sender: &SyncSender<Result<Batch>>) {
    let mut next = from;
    let send = |batch| sender.send(batch).is_ok();
    if next >= to {
        // Nothing to do but to end it.
        send(Ok(Batch {
            first: next,
            reads: Vec::new(),
            ends: None,
        }));
        return;
    }
    while next < to {
        let from = next;
        let found = task
            .app
            .db
            .read_blocking(|conn| pieces::chunk_with(conn, task.id, from))
            .and_then(|chunk| {
                let chunk = chunk.ok_or_else(|| Error::internal("a piece of a file is missing"))?;
                let rows = chunk.open(&task.app.keys)?;
                Ok((chunk, rows))
            });
        let (chunk, rows) = match found {
            Ok(found) => found,
            Err(error) => {
                send(Err(error));
                return;
            }
        };
        let skip = usize::try_from(from - chunk.first_row).unwrap_or_default();
        let batch = Batch {
            first: next,
            reads: rows
                .iter()
                .skip(skip)
                .map(|raw| task.reader.read(&task.app, raw))
                .collect(),
            ends: Some(chunk.id),
        };
        next = chunk.first_row + chunk.row_count;
        if !send(Ok(batch)) {
            return;
        }
    }
}

/// Stores what has been read, until the job ends, is lost, or the instance stops.
fn store_all(
    task: &Arc<Task>,
    batches: &Receiver<Result<Batch>>,
    stop: &AtomicBool,
    sees_others: bool,
) -> Result<()> {
    let (mut careful, mut size) = (0_u32, FIRST);
    let most = if task.validate_only {
        MOST_CHECKED
    } else {
        MOST
    };
    for batch in batches {
        let batch = Arc::new(batch?);
        let mut next = 0;
        // No turn is longer than a piece, and only a full one tells how long they take.
        size = size.min(most).min(batch.reads.len().max(1));
        loop {
            let rows = next..(next + size).min(batch.reads.len());
            next = rows.end;
            let (began, handed_in) = (Instant::now(), task.app.db.writes_handed_in());
            let mut stored = match careful {
                0 => task.store(&batch, rows.clone(), Care::None),
                _ => task.store(&batch, rows.clone(), Care::EachRow),
            };
            careful = careful.saturating_sub(1);
            if matches!(stored, Err(Error::DryRun)) {
                careful = CAREFUL;
                stored = task.store(&batch, rows.clone(), Care::EachRow);
            }
            let stored = match stored {
                Ok(stored) => stored,
                Err(_) => one_by_one(task, &batch, rows.clone())?,
            };
            if stored != Stored::GoesOn || stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            if rows.len() == size {
                let alone = sees_others && task.app.db.writes_handed_in() - handed_in == 1;
                size = fitting(size, began.elapsed(), alone).min(most);
            }
            if next == batch.reads.len() {
                break;
            }
        }
    }
    Ok(())
}

/// So many rows that a transaction takes about its turn. It grows little by little, since one may
/// have been quick by chance, and shrinks at once where others wait.
fn fitting(size: usize, took: Duration, alone: bool) -> usize {
    let turn = if alone { TURN_ALONE } else { TURN };
    let each = took.as_micros() / u128::try_from(size).unwrap_or(1);
    let fits = usize::try_from(turn.as_micros() / each.max(1)).unwrap_or(MOST);
    let size = (size * 3 + fits) / 4;
    let most = if alone { MOST } else { fits.min(MOST) };
    size.clamp(4, most.max(4))
}

/// Some rows failed as a whole, for a reason that is not a row's: each row alone, so that the one
/// that cannot be written, whatever it is, holds up no other.
fn one_by_one(task: &Arc<Task>, batch: &Arc<Batch>, rows: Range<usize>) -> Result<Stored> {
    let mut stored = Stored::GoesOn;
    for at in rows.start..rows.end.max(rows.start + 1) {
        let row = at..(at + 1).min(rows.end);
        let mut tries = 0;
        stored = loop {
            match task.store(batch, row.clone(), Care::EachRow) {
                Ok(stored) => break stored,
                Err(error) if error.code() == ProblemCode::Unavailable => {
                    tries += 1;
                    // The door has tried for long already where others were in the way. Where the
                    // database answers all the same, it is the row.
                    let answers = task
                        .app
                        .db
                        .read_blocking(|conn| store::job(conn, task.id))
                        .is_ok();
                    if answers && (tries > 3 || matches!(error, Error::Retry)) {
                        break task.store(batch, row, Care::GiveUp)?;
                    }
                    if tries > TRIES {
                        return Err(error);
                    }
                    std::thread::sleep(Duration::from_secs(1));
                }
                Err(_) => break task.store(batch, row, Care::GiveUp)?,
            }
        };
        if stored != Stored::GoesOn {
            return Ok(stored);
        }
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However quick it has been, the next transaction is no longer than a turn if rows go on
        /// costing the same and others wait.
        #[test]
        fn others_wait_a_turn_at_most(size in 4_usize..=MOST, each in 1_u64..2_000) {
            let took = Duration::from_micros(each * size as u64);
            let next = fitting(size, took, false);
            prop_assert!((4..=MOST).contains(&next));
            prop_assert!(next == 4 || Duration::from_micros(each * next as u64) <= TURN);
        }

        /// Alone it grows until a transaction takes its longer turn.
        #[test]
        fn alone_it_comes_to_a_long_turn(each in 1_u64..2_000) {
            let mut size = FIRST;
            for _ in 0..40 {
                size = fitting(size, Duration::from_micros(each * size as u64), true);
            }
            let fits = (TURN_ALONE.as_micros() as usize / each as usize).clamp(4, MOST);
            prop_assert!(size.abs_diff(fits) <= 4, "{size} of {fits}");
        }
    }
}

//! Who works on imports: a few threads of each instance. One thread reads rows, another stores
//! them, so that both cores of a small machine have something to do; rows are stored some at a time,
//! so that everybody else's writes come in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::batch::{Batch, Care, Stored, Task};
use super::jobs;
use super::model::ImportId;
use super::pieces;
use super::store::{self, Worker};
use crate::platform::app::App;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::id::Id;

/// How many imports an instance works on beside each other: a short one need not wait for a long
/// one.
const WORKERS: usize = 2;
/// How often a worker without work looks for some.
const LOOK: Duration = Duration::from_millis(400);
/// How long one transaction of rows should take: so long others wait at most.
const TURN: Duration = Duration::from_millis(25);
/// How many rows the first transaction has.
const FIRST: usize = 40;
/// The most rows of one transaction.
const MOST: usize = 400;
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
        match once(app, worker, None, stop) {
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
/// on. Blocking; for the command line and for tests.
pub fn work(app: &App, only: Option<ImportId>) -> Result<()> {
    let never = AtomicBool::new(false);
    let worker = Id::new();
    while once(app, worker, only, &never)? {}
    only.map_or(Ok(()), |id| jobs::give_up_alone(app, id))
}

/// Takes one job and works on it to its end; where there is none, some of what ended jobs leave is
/// forgotten. Says whether there was something to do.
fn once(app: &App, worker: Id<Worker>, only: Option<ImportId>, stop: &AtomicBool) -> Result<bool> {
    let Some(row) = jobs::claim(app, worker, only)? else {
        // What it does not come to now is done later, and no import fails for it.
        return Ok(jobs::tidy(app, only).unwrap_or_else(|error| {
            tracing::warn!(code = %error.code(), "the file of an import stays for now");
            false
        }));
    };
    let task = Arc::new(Task::new(app, &row, worker)?);
    let size = AtomicUsize::new(FIRST);
    let done = std::thread::scope(|scope| {
        // Two batches are ready while one is stored; no more of the file is in memory.
        let (sender, receiver) = sync_channel(2);
        let (reading, sizes) = (Arc::clone(&task), &size);
        scope.spawn(move || read(&reading, row.rows_done, row.rows_total, sizes, &sender));
        store_all(&task, &receiver, &size, stop)
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
fn read(task: &Task, from: i32, to: i32, size: &AtomicUsize, sender: &SyncSender<Result<Batch>>) {
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
        let mut rows = rows.get(skip..).unwrap_or_default();
        while !rows.is_empty() {
            let many = size.load(Ordering::Relaxed).clamp(1, rows.len());
            let (now, later) = rows.split_at(many);
            rows = later;
            let batch = Batch {
                first: next,
                reads: now
                    .iter()
                    .map(|raw| task.reader.read(&task.app, raw))
                    .collect(),
                ends: later.is_empty().then_some(chunk.id),
            };
            next += i32::try_from(many).unwrap_or(i32::MAX);
            if !send(Ok(batch)) {
                return;
            }
        }
    }
}

/// Stores what has been read, until the job ends, is lost, or the instance stops.
fn store_all(
    task: &Arc<Task>,
    batches: &Receiver<Result<Batch>>,
    size: &AtomicUsize,
    stop: &AtomicBool,
) -> Result<()> {
    let mut careful = 0_u32;
    for batch in batches {
        let batch = Arc::new(batch?);
        let all = 0..batch.reads.len();
        let began = Instant::now();
        let mut stored = match careful {
            0 => task.store(&batch, all.clone(), Care::None),
            _ => task.store(&batch, all.clone(), Care::EachRow),
        };
        careful = careful.saturating_sub(1);
        if matches!(stored, Err(Error::DryRun)) {
            careful = CAREFUL;
            stored = task.store(&batch, all, Care::EachRow);
        }
        let stored = match stored {
            Ok(stored) => stored,
            Err(_) => one_by_one(task, &batch)?,
        };
        if stored != Stored::GoesOn || stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        if !batch.reads.is_empty() {
            adapt(size, batch.reads.len(), began.elapsed());
        }
    }
    Ok(())
}

/// So many rows that a transaction takes about its turn; not at once, since one may have waited.
fn adapt(size: &AtomicUsize, rows: usize, took: Duration) {
    let each = took.as_micros().max(1) / u128::try_from(rows.max(1)).unwrap_or(1);
    let fits = usize::try_from(TURN.as_micros() / each.max(1)).unwrap_or(MOST);
    let before = size.load(Ordering::Relaxed);
    size.store(((before * 3 + fits) / 4).clamp(4, MOST), Ordering::Relaxed);
}

/// A batch failed as a whole, for a reason that is not a row's: each row alone, so that the one
/// that cannot be written, whatever it is, holds up no other.
fn one_by_one(task: &Arc<Task>, batch: &Arc<Batch>) -> Result<Stored> {
    let mut stored = Stored::GoesOn;
    for at in 0..batch.reads.len().max(1) {
        let row = at..(at + 1).min(batch.reads.len());
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

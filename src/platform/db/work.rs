//! A piece of work on its way through the write door, the transaction as it sees it, and how long
//! it waits before it is tried again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::connection::AnyConnection;
use crate::platform::audit::Entry;
use crate::platform::error::{Error, ProblemCode, Result};

/// A transaction, seen from inside.
pub struct Tx<'a> {
    conn: &'a mut AnyConnection,
    entries: &'a mut Vec<Entry>,
}

impl Tx<'_> {
    /// The connection, inside the transaction.
    pub fn conn(&mut self) -> &mut AnyConnection {
        self.conn
    }

    /// Adds audit entries, stored in this commit even when the work itself is refused.
    pub fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}

/// A piece of work on its way through the door.
pub(super) trait Work: Send {
    fn run(&mut self, conn: &mut AnyConnection, entries: &mut Vec<Entry>) -> Outcome;
    /// Called once, after the commit, or with the error that kept it from being committed.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// What becomes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Keep,
    /// Refused by a rule, or only tried.
    RollBack,
    /// The engine failed in it, or the service: nobody knows what it has left behind.
    Failed,
    Retry,
}

/// A closure, its last result, and who waits for it.
pub(super) struct Closure<T, F> {
    work: F,
    result: Option<Result<T>>,
    sender: oneshot::Sender<Result<T>>,
}

impl<T, F> Closure<T, F> {
    pub(super) fn new(work: F, sender: oneshot::Sender<Result<T>>) -> Self {
        Self {
            work,
            result: None,
            sender,
        }
    }
}

impl<T, F> Work for Closure<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, conn: &mut AnyConnection, entries: &mut Vec<Entry>) -> Outcome {
        let work = &mut self.work;
        let result = catch_unwind(AssertUnwindSafe(|| work(&mut Tx { conn, entries })))
            .unwrap_or_else(|_| Err(Error::internal("a write panicked")));
        let outcome = match &result {
            Ok(_) => Outcome::Keep,
            Err(Error::Retry) => Outcome::Retry,
            Err(Error::Internal(_)) => Outcome::Failed,
            Err(_) => Outcome::RollBack,
        };
        self.result = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let result = match (failure, self.result) {
            (Some(error), _) => Err(error),
            (None, Some(result)) => result,
            (None, None) => Err(Error::internal("a write was never run")),
        };
        // The client may have gone; the write stands all the same.
        let _gone = self.sender.send(result);
    }
}

/// How long to wait before the next try: 1 ms, 2 ms, … 64 ms, plus up to as much again so that two
/// do not meet in step for ever.
pub(super) fn back_off(attempt: u32) -> std::time::Duration {
    let base = 1_u64 << attempt.min(6);
    let mut byte = [0_u8];
    let _no_jitter = getrandom::fill(&mut byte);
    std::time::Duration::from_micros(base * 1000 + base * 1000 * u64::from(byte[0]) / 255)
}

/// The door is closed.
pub(super) fn stopping() -> Error {
    Error::problem(ProblemCode::Unavailable, "The service is stopping.")
}

/// What is answered where nothing was stored.
pub(super) fn not_stored(code: ProblemCode) -> Error {
    Error::problem(code, "The write was not stored.")
}

/// Says in the log what kept a transaction from being stored.
pub(super) fn log_failure(error: &Error) -> ProblemCode {
    if let Error::Internal(what) = error {
        tracing::error!(what, "a write was not stored");
    }
    error.code()
}

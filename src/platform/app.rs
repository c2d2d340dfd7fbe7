//! The one value that every handler holds, with the doors to storage.
//!
//! A handler is: permit → input → [`App::read`] or [`App::write`] → [`Reply`]. The doors do what
//! must never be forgotten: audit rows of every patient touched (durable before the answer),
//! idempotency keys in the write's own transaction, `If-None-Match`, `validateOnly`.

use std::sync::Arc;

use actix_web::{HttpRequest, web};

use super::access::Permit;
use super::access::limits::Limits;
use super::access::permit::OnBehalf;
use super::access::tokens::Tokens;
use super::audit::Entry;
use super::clock::Clock;
use super::config::Config;
use super::crypto::KeyRing;
use super::cx::Trail;
use super::db::{AnyConnection, Db, Tx};
use super::error::{Error, ProblemCode, Result};
use super::events::tail::Tail;
use super::http::idempotency::{self, Running};
use super::http::input::Input;
use super::http::metrics::Metrics;
use super::http::operations::Operations;
use super::http::reply::Reply;
use super::http::schemas::Schemas;
use super::id::Id;
use crate::organisations::Organisation;
use crate::volunteers::Rosters;

pub use super::cx::Cx;

/// The service's shared state. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] points to.
pub struct Inner {
    /// How the service was started.
    pub config: Config,
    /// Storage.
    pub db: Db,
    /// Secrecy.
    pub keys: Arc<KeyRing>,
    /// Time.
    pub clock: Clock,
    /// Sign-in.
    pub tokens: Tokens,
    /// Rates.
    pub limits: Limits,
    /// The operations by method and path.
    pub operations: Operations,
    /// The contract's schemas, compiled.
    pub schemas: Schemas,
    /// What is counted.
    pub metrics: Metrics,
    /// What matching remembers of volunteers.
    pub rosters: Rosters,
    /// Idempotency keys whose first request is running in this instance.
    pub running: Running,
    /// Wakes those who wait for events.
    pub tail: Tail,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

impl From<Inner> for App {
    fn from(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }
}

impl App {
    /// The state behind a request.
    pub fn of(req: &HttpRequest) -> Result<Self> {
        req.app_data::<web::Data<Self>>()
            .map(|app| app.get_ref().clone())
            .ok_or_else(|| Error::internal("the application state is missing"))
    }

    /// What a handler needs to know from a snapshot of the database before it answers in a way of
    /// its own. Returns when the audit rows of what was seen are durable.
    pub async fn look<A, T, F>(&self, permit: &Permit<A>, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Cx<'_>) -> Result<T> + Send + 'static,
    {
        let (app, by) = (self.clone(), permit.on_behalf());
        let (found, trail) = self
            .db
            .read(move |conn| Ok(run_read(&app, &by, conn, (), |cx, ()| query(cx))))
            .await?;
        self.record_read(&permit.on_behalf(), &trail, found.as_ref().err())
            .await?;
        found
    }

    /// Answers from a snapshot of the database, on a blocking thread.
    pub async fn read<A, I, F>(&self, permit: &Permit<A>, input: I, query: F) -> Result<Reply>
    where
        I: Input,
        F: FnOnce(&mut Cx<'_>, I::Value) -> Result<Reply> + Send + 'static,
    {
        let value = input.parse(self)?;
        let (app, by) = (self.clone(), permit.on_behalf());
        let (reply, trail) = self
            .db
            .read(move |conn| Ok(run_read(&app, &by, conn, value, query)))
            .await?;
        self.finish_read(&permit.on_behalf(), reply, trail).await
    }

    /// The same for a read whose cost is bounded: by id, by unique key.
    pub async fn point<A, I, F>(&self, permit: &Permit<A>, input: I, query: F) -> Result<Reply>
    where
        I: Input,
        F: FnOnce(&mut Cx<'_>, I::Value) -> Result<Reply> + Send + 'static,
    {
        let value = input.parse(self)?;
        let (app, by) = (self.clone(), permit.on_behalf());
        let (reply, trail) = self
            .db
            .point(move |conn| Ok(run_read(&app, &by, conn, value, query)))
            .await?;
        self.finish_read(&permit.on_behalf(), reply, trail).await
    }

    /// Nothing leaves before its audit rows are durable.
    async fn finish_read(
        &self,
        by: &OnBehalf,
        reply: Result<Reply>,
        trail: Trail,
    ) -> Result<Reply> {
        self.record_read(by, &trail, reply.as_ref().err()).await?;
        Ok(reply?.unless_matches(by.request.if_none_match.as_deref()))
    }

    async fn record_read(&self, by: &OnBehalf, trail: &Trail, error: Option<&Error>) -> Result<()> {
        let entries = self.entries(by, trail, error);
        if entries.is_empty() {
            return Ok(());
        }
        self.db.record(entries).await
    }

    /// Decides and writes in one transaction, and answers when it is durable. `work` may run
    /// more than once; only its last run counts.
    pub async fn write<A, I, F>(&self, permit: &Permit<A>, input: I, mut work: F) -> Result<Reply>
    where
        I: Input,
        F: FnMut(&mut Cx<'_>, &I::Value) -> Result<Reply> + Send + 'static,
    {
        let by = permit.on_behalf();
        let key = idempotency::Key::of(&by, input.bytes());
        let value = input.parse(self)?;
        let _running = key
            .as_ref()
            .map(|key| self.running.enter(key))
            .transpose()?;
        let app = self.clone();
        let done = self
            .db
            .write(move |tx| {
                let mut cx = Cx::new(&app, &by.actor, &by.request, tx.conn());
                let replayed = match &key {
                    Some(key) => idempotency::replay(&mut cx, key)?,
                    None => None,
                };
                let mut result = match replayed {
                    Some(reply) => Ok(reply),
                    None => {
                        let result = work(&mut cx, &value);
                        if let (Some(key), Ok(reply)) = (&key, &result) {
                            idempotency::remember(&mut cx, key, reply)?;
                        }
                        result
                    }
                };
                let trail = std::mem::take(&mut cx.trail);
                if by.request.validate_only && result.is_ok() {
                    result = Err(Error::DryRun);
                }
                for entry in app.entries(&by, &trail, result.as_ref().err()) {
                    tx.record(entry);
                }
                result
            })
            .await;
        match done {
            Err(Error::DryRun) => Reply::valid(),
            other => other,
        }
    }

    /// One transaction of the service itself, because of nobody's request: time has passed.
    /// Blocking. `work` may run more than once; only its last run counts. Where it answers none
    /// there was nothing to do, and what it looked at leaves no trace: nothing left the service.
    pub fn by_itself<T, F>(
        &self,
        controller: Id<Organisation>,
        operation: &str,
        mut work: F,
    ) -> Result<Option<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Cx<'_>) -> Result<Option<T>> + Send + 'static,
    {
        let (app, by) = (self.clone(), OnBehalf::service(controller, operation));
        self.db
            .write_blocking(move |tx| run_by_itself(&app, &by, tx, &mut work))
    }

    /// What the service itself looks for, through the read door: nobody waits for it there. It
    /// leaves no trace, for nothing left the service. Blocking.
    pub fn look_by_itself<T>(
        &self,
        controller: Id<Organisation>,
        operation: &str,
        query: impl FnOnce(&mut Cx<'_>) -> Result<T>,
    ) -> Result<T> {
        let by = OnBehalf::service(controller, operation);
        self.db
            .read_blocking(|conn| run_read(self, &by, conn, (), |cx, ()| query(cx)).0)
    }

    /// The same as [`App::by_itself`] for work that must not block.
    pub async fn by_itself_later<T, F>(
        &self,
        controller: Id<Organisation>,
        operation: &str,
        mut work: F,
    ) -> Result<Option<T>>
    where
        T: Send + 'static,
        F: FnMut(&mut Cx<'_>) -> Result<Option<T>> + Send + 'static,
    {
        let (app, by) = (self.clone(), OnBehalf::service(controller, operation));
        self.db
            .write(move |tx| run_by_itself(&app, &by, tx, &mut work))
            .await
    }

    /// Runs one piece of a larger work inside a transaction, on behalf of somebody: what it touches
    /// goes to the audit log as if the piece had been a request of its own. The entries are for
    /// the caller to record, when it is settled that the piece stands.
    pub fn piece<T>(
        &self,
        conn: &mut AnyConnection,
        by: &OnBehalf,
        work: impl FnOnce(&mut Cx<'_>) -> Result<T>,
    ) -> (Result<T>, Vec<Entry>) {
        let mut cx = Cx::new(self, &by.actor, &by.request, conn);
        let result = work(&mut cx);
        let trail = std::mem::take(&mut cx.trail);
        let error = match &result {
            Ok(_) if by.request.validate_only => Some(&Error::DryRun),
            Ok(_) => None,
            Err(error) => Some(error),
        };
        let entries = self.entries(by, &trail, error);
        (result, entries)
    }

    /// One row for each person whose data were read or changed. Where it was nobody's, one row
    /// all the same for a search and for what was not found or only checked: somebody who tries
    /// numbers or ids is seen trying.
    fn entries(&self, by: &OnBehalf, trail: &Trail, error: Option<&Error>) -> Vec<Entry> {
        let mut entries = Vec::new();
        if !trail.by_service.is_empty() {
            let service = Entry {
                outcome: error.map_or("ok", |_| "undone"),
                ..by.as_service().entry(self)
            };
            entries.extend(service.of_each(&trail.by_service));
        }
        let probed = trail.searched
            || matches!(error, Some(Error::DryRun))
            || error.is_some_and(|error| error.code() == ProblemCode::NotFound);
        if trail.touched.is_empty() && !probed {
            return entries;
        }
        let entry = Entry {
            outcome: match error {
                None => "ok",
                Some(Error::DryRun) => "validated",
                Some(error) => error.code().as_str(),
            },
            ..by.entry(self)
        };
        if trail.touched.is_empty() {
            entries.push(entry);
        } else {
            entries.extend(entry.of_each(&trail.touched));
        }
        entries
    }
}

fn run_by_itself<T>(
    app: &App,
    by: &OnBehalf,
    tx: &mut Tx<'_>,
    work: &mut impl FnMut(&mut Cx<'_>) -> Result<Option<T>>,
) -> Result<Option<T>> {
    let (result, entries) = app.piece(tx.conn(), by, work);
    if !matches!(result, Ok(None)) {
        entries.into_iter().for_each(|entry| tx.record(entry));
    }
    result
}

fn run_read<V, T, F>(
    app: &App,
    by: &OnBehalf,
    conn: &mut AnyConnection,
    value: V,
    query: F,
) -> (Result<T>, Trail)
where
    F: FnOnce(&mut Cx<'_>, V) -> Result<T>,
{
    let mut cx = Cx::new(app, &by.actor, &by.request, conn);
    let reply = query(&mut cx, value);
    (reply, cx.trail)
}

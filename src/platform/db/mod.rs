//! The two doors to storage.
//!
//! [`Db::read`] runs queries on a pooled connection that cannot write. [`Db::write`] is the only
//! place where a transaction begins. What is answered after a write is on disk.

mod condition;
pub mod connection;
pub mod migrate;
pub mod schema;
pub mod types;
mod work;
mod writer;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{Pool, PooledConnection};

pub use condition::{Condition, any_of, one_of};
pub use connection::{AnyConnection, DatabaseUrl, Engine, MultiBackend};
use connection::{Manager, Purpose};
pub use types::{Instant, Json, JsonText};
pub use work::Tx;

use super::audit::Entry;
use super::crypto::KeyRing;
use super::error::{Error, ProblemCode, Result};

/// How many connections and threads the doors have.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    /// Connections for queries that scan, each used by a blocking thread.
    pub readers: u32,
    /// Connections for point reads: as many as HTTP workers, since each holds one at a time.
    pub points: u32,
    /// Writer threads on PostgreSQL. One puts what waits into one transaction, and is not in its
    /// own way; several are in each other's while the tables are small. SQLite has one.
    pub writers: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            readers: 6,
            points: 4,
            writers: 1,
        }
    }
}

/// The storage of one service.
#[derive(Clone)]
pub struct Db {
    engine: Engine,
    readers: Pool<Manager>,
    points: Pool<Manager>,
    writer: Arc<writer::Writer>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.engine)
    }
}

impl Db {
    /// Opens both doors. The database must have been migrated.
    pub fn open(
        url: &DatabaseUrl,
        read_url: Option<&DatabaseUrl>,
        sizes: Sizes,
        keys: Arc<KeyRing>,
    ) -> Result<Self> {
        let pool = |url: &DatabaseUrl, size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(0))
                .test_on_check_out(false)
                .connection_timeout(Duration::from_secs(10))
                .build(Manager {
                    url: url.clone(),
                    purpose: Purpose::Read,
                })
                .map_err(|error| Error::internal(format_args!("read pool: {error}")))
        };
        Ok(Self {
            engine: url.engine(),
            readers: pool(read_url.unwrap_or(url), sizes.readers)?,
            points: pool(url, sizes.points)?,
            writer: Arc::new(writer::Writer::start(url, sizes.writers, keys)?),
        })
    }

    /// Which engine runs below.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs queries on a blocking thread, all on one snapshot.
    pub async fn read<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        let pool = self.readers.clone();
        let begin = match self.engine {
            Engine::Sqlite => "BEGIN",
            Engine::Postgresql => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        actix_web::web::block(move || {
            let mut conn = take(&pool)?;
            conn.batch_execute(begin)?;
            // A query that panics must not give its connection back inside an open transaction.
            let result = catch_unwind(AssertUnwindSafe(|| query(&mut conn)))
                .unwrap_or_else(|_| Err(Error::internal("a query panicked")));
            conn.batch_execute("ROLLBACK")?;
            result
        })
        .await
        .map_err(|_| Error::problem(ProblemCode::Unavailable, "The service is stopping."))?
    }

    /// Runs a read whose cost is bounded (by primary key or unique index). On SQLite that is
    /// cheaper on the calling thread than the hop to another one; PostgreSQL must be waited for.
    pub async fn point<T, F>(&self, query: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T> + Send + 'static,
    {
        match self.engine {
            Engine::Sqlite => query(&mut *take(&self.points)?),
            Engine::Postgresql => self.read(query).await,
        }
    }

    /// Runs `work` in a transaction and answers when it is durable. `work` may run more than once
    /// (another transaction was in the way), and must not do anything outside the transaction.
    /// The audit entries of [`Tx::touch`] are stored whether `work` succeeds or not.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.writer.submit(work).await
    }

    /// How much has been handed in to this instance's write door, audit rows of reads too: whoever
    /// compares it knows whether others were there meanwhile.
    #[must_use]
    pub fn writes_handed_in(&self) -> u64 {
        self.writer.handed_in()
    }

    /// Told after each commit of this instance, for the one task that follows the event log.
    #[must_use]
    pub fn committed(&self) -> Arc<tokio::sync::Notify> {
        self.writer.committed()
    }

    /// Stores audit entries and answers when they are durable.
    pub async fn record(&self, entries: Vec<Entry>) -> Result<()> {
        self.writer.record(entries).await
    }

    /// The same as [`Db::write`] for callers without an async runtime (the command line).
    pub fn write_blocking<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.writer.submit_blocking(work)
    }

    /// The same as [`Db::read`] for callers without an async runtime.
    pub fn read_blocking<T>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T>,
    ) -> Result<T> {
        query(&mut *take(&self.readers)?)
    }
}

fn take(pool: &Pool<Manager>) -> Result<PooledConnection<Manager>> {
    pool.get().map_err(|_| {
        Error::problem(
            ProblemCode::Unavailable,
            "No connection to the database is free.",
        )
    })
}

/// `find_seen!(cx, units, Row, id)`: the row with this id, if the actor sees its programme; anything
/// else is not found.
#[macro_export]
macro_rules! find_seen {
    ($cx:ident, $table:ident, $row:ty, $id:expr) => {{
        let scope = $cx.scope();
        let found: std::result::Result<Option<$row>, diesel::result::Error> = $table::table
            .find($id)
            .filter($table::controller_id.eq(scope.controller))
            .select(<$row>::as_select())
            .first($cx.conn())
            .optional();
        match found {
            Ok(Some(row)) => scope.check_programme(row.programme_id).map(|()| row),
            Ok(None) => Err($crate::platform::error::Error::not_found()),
            Err(error) => Err($crate::platform::error::Error::from(error)),
        }
    }};
}

/// `repoint!(cx, bookings, from, to)`: gives the rows of the patient `from` to `to`, when two
/// records of one person become one.
#[macro_export]
macro_rules! repoint {
    ($cx:ident, $table:ident, $from:expr, $to:expr) => {{
        let (controller, now) = ($cx.scope().controller, $cx.now);
        diesel::update(
            $table::table
                .filter($table::controller_id.eq(controller))
                .filter($table::patient_id.eq($from)),
        )
        .set((
            $table::patient_id.eq($to),
            $table::version.eq($table::version + 1),
            $table::updated_at.eq(now),
        ))
        .execute($cx.conn())
        .map(drop)
        .map_err($crate::platform::error::Error::from)
    }};
}

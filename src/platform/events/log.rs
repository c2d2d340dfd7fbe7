//! Reading the log in an order that nothing is ever added to behind a reader's back.
//!
//! A sequence alone is not enough on PostgreSQL: of two transactions that run beside each other,
//! the one with the later number may commit first, and a reader that goes on behind it never sees
//! the earlier one. So each event keeps the number of the transaction that wrote it (`tx`), events
//! stand in the order of `(tx, position)`, and a reader sees only those below the *horizon*: the
//! oldest transaction that is still running ([`horizon`]). Below it every transaction has ended, so
//! nothing can be added there any more, whatever other instances do. Who writes after somebody
//! else's commit has the later number, so the order is that of commits wherever one could have
//! known of the other; events of one resource, whose writers wait for each other, are always in the
//! order in which they happened.
//!
//! The price: a transaction that runs long, of this service or of another on the same server,
//! holds the readers up for as long. Nothing is lost; it comes when that one ends.
//!
//! On SQLite there is one writer: `tx` is always 0, and the position is the order of commits.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use uuid::Uuid;

use super::Event;
use crate::on_engine;
use crate::organisations::Organisation;
use crate::patients::Patient;
use crate::platform::crypto::KeyRing;
use crate::platform::db::schema::{event_log_base, events};
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, Result};
use crate::platform::http::cursor::{self, Cursor};
use crate::platform::id::Id;
use crate::programmes::Programme;

/// Where an event stands in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Place {
    /// The transaction that wrote it; 0 on SQLite.
    pub tx: i64,
    /// Its number.
    pub position: i64,
}

impl Place {
    /// Before everything.
    pub const START: Self = Self {
        tx: -1,
        position: 0,
    };

    /// As the text that a reader goes on from. It belongs to one data controller's log.
    #[must_use]
    pub fn cursor(self, keys: &KeyRing, controller: Id<Organisation>) -> Cursor {
        let position = cursor::Position {
            key: self.tx,
            id: Uuid::from_u128(u128::from(self.position.cast_unsigned())),
        };
        Cursor::seal(keys, &bound_to(controller), position)
    }

    /// The place that a cursor of this data controller's log names.
    pub fn open(cursor: &Cursor, keys: &KeyRing, controller: Id<Organisation>) -> Result<Self> {
        let position = cursor.open(keys, &bound_to(controller))?;
        Ok(Self {
            tx: position.key,
            position: u64::try_from(position.id.as_u128())
                .map_err(Error::internal)?
                .cast_signed(),
        })
    }
}

fn bound_to(controller: Id<Organisation>) -> String {
    format!("event log {controller}")
}

/// An event as it stands in the log.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = events)]
pub struct Logged {
    /// The transaction that wrote it.
    pub tx: i64,
    /// Its number.
    pub position: i64,
    /// Its id.
    pub id: Id<Event>,
    /// When it happened.
    pub at: Instant,
    /// The data controller it belongs to.
    pub controller_id: Id<Organisation>,
    /// The programme it belongs to, if to one.
    pub programme_id: Option<Id<Programme>>,
    /// The patient it concerns, if one.
    pub patient_id: Option<Id<Patient>>,
    /// What happened.
    pub kind: String,
    /// The kind of thing it happened to.
    pub subject_type: String,
    /// Which one.
    pub subject_id: Id<()>,
}

impl Logged {
    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            tx: self.tx,
            position: self.position,
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Events of transactions below this one are all there: each of these has ended.
pub fn horizon(conn: &mut AnyConnection) -> Result<i64> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(1),
        AnyConnection::Postgres(conn) => Ok(diesel::sql_query(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + base AS number FROM event_log_base",
        )
        .get_result::<Number>(conn)?
        .number),
    }
}

/// The next events of a data controller behind a place, at most `limit`.
pub fn read(
    conn: &mut AnyConnection,
    controller: Id<Organisation>,
    after: Place,
    limit: i64,
) -> Result<Vec<Logged>> {
    let below = horizon(conn)?;
    Ok(on_engine!(conn, conn => events::table
        .filter(events::controller_id.eq(controller))
        .filter(events::tx.ge(after.tx))
        .filter(events::tx.gt(after.tx).or(events::position.gt(after.position)))
        .filter(events::tx.lt(below))
        .order((events::tx.asc(), events::position.asc()))
        .limit(limit)
        .select(Logged::as_select())
        .load(conn))?)
}

/// Where the last event of a data controller stands that a reader may see.
pub fn last(conn: &mut AnyConnection, controller: Id<Organisation>) -> Result<Option<Place>> {
    let below = horizon(conn)?;
    let found: Option<(i64, i64)> = on_engine!(conn, conn => events::table
        .filter(events::controller_id.eq(controller))
        .filter(events::tx.lt(below))
        .order((events::tx.desc(), events::position.desc()))
        .select((events::tx, events::position))
        .first(conn)
        .optional())?;
    Ok(found.map(|(tx, position)| Place { tx, position }))
}

/// The end of the log as it is now: what is behind it has not been committed yet.
pub fn end(conn: &mut AnyConnection, controller: Id<Organisation>) -> Result<Place> {
    match conn {
        AnyConnection::Sqlite(_) => Ok(last(conn, controller)?.unwrap_or(Place::START)),
        AnyConnection::Postgres(_) => Ok(Place {
            tx: horizon(conn)? - 1,
            position: i64::MAX,
        }),
    }
}

/// The event at a position.
pub fn at(conn: &mut AnyConnection, position: i64) -> Result<Option<Logged>> {
    Ok(on_engine!(conn, conn => events::table
        .filter(events::position.eq(position))
        .select(Logged::as_select())
        .first(conn)
        .optional())?)
}

/// Makes transaction numbers go on behind the last stored one. They belong to the server: where the
/// database was restored into another one, that one's are lower. Called when the database is
/// brought to the schema, before anything is written.
pub fn go_on(conn: &mut PgConnection) -> Result<()> {
    // By data controller, which is how the log is indexed.
    let stored: i64 = diesel::sql_query(
        "SELECT coalesce(max((SELECT max(e.tx) FROM events e WHERE e.controller_id = o.id)), 0)::bigint AS number
         FROM organisations o WHERE o.parent_id IS NULL",
    )
    .get_result::<Number>(conn)?
    .number;
    // The number that the next transaction gets is at least this one.
    let next: i64 = diesel::sql_query(
        "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint + base AS number FROM event_log_base",
    )
    .get_result::<Number>(conn)?
    .number;
    if stored < next {
        return Ok(());
    }
    let base: i64 = event_log_base::table
        .select(event_log_base::base)
        .first(conn)?;
    let base = base + (stored - next) + 1;
    tracing::warn!(
        base,
        "the database comes from another server: the event log goes on behind its last entry"
    );
    // The default first: what is written between the two is above both horizons.
    diesel::sql_query(format!(
        "ALTER TABLE events ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint + {base})"
    ))
    .execute(conn)?;
    diesel::update(event_log_base::table)
        .set(event_log_base::base.eq(base))
        .execute(conn)?;
    Ok(())
}

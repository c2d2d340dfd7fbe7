//! One connection type over both engines, and how each is opened.

#![allow(
    missing_docs,
    reason = "the MultiConnection derive makes public items without docs"
)]

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};

use crate::platform::error::{Error, Result};
use crate::platform::files::create_private_folder;

/// A connection to the engine that `DATABASE_URL` names. Queries are written once, for this.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// Runs a statement on the engine's own connection: `on_engine!(cx.conn(), conn => query.load(conn))`.
///
/// Through the enum diesel writes the text of a statement anew, three times for each execution,
/// and copies what is bound to it, which costs more than a short statement. The expression is
/// compiled once for each engine, so this is for statements that run with every request.
#[macro_export]
macro_rules! on_engine {
    ($any:expr, $conn:ident => $run:expr) => {
        match $any {
            $crate::platform::db::AnyConnection::Postgres($conn) => $run,
            $crate::platform::db::AnyConnection::Sqlite($conn) => $run,
        }
    };
}

/// Inserts some rows by statements that stay prepared: `insert_all!(conn, table, rows)`.
///
/// A statement for a number of rows that is known only when it runs is prepared anew each time: for
/// the look-ups of patients that was a fifteenth of the writer's time in an import (perf). PostgreSQL
/// gets up to four rows with one round trip.
#[macro_export]
macro_rules! insert_all {
    ($any:expr, $table:expr, $rows:expr) => {{
        let mut rows: Vec<_> = $rows;
        match $any {
            $crate::platform::db::AnyConnection::Sqlite(conn) => rows
                .iter()
                .map(|row| diesel::insert_into($table).values(row).execute(conn))
                .sum::<Result<usize, _>>()
                .map(drop),
            $crate::platform::db::AnyConnection::Postgres(conn) => loop {
                let later = rows.split_off(match rows.len() {
                    few @ (0 | 1) => few,
                    2 | 3 => 2,
                    _ => 4,
                });
                let inserted = match <[_; 4]>::try_from(rows) {
                    Ok(four) => diesel::insert_into($table).values(four).execute(conn),
                    Err(now) => match <[_; 2]>::try_from(now) {
                        Ok(two) => diesel::insert_into($table).values(two).execute(conn),
                        Err(now) => now
                            .iter()
                            .map(|row| diesel::insert_into($table).values(row).execute(conn))
                            .sum(),
                    },
                };
                match inserted {
                    Ok(_) if later.is_empty() => break Ok(()),
                    Ok(_) => rows = later,
                    Err(error) => break Err(error),
                }
            },
        }
    }};
}

/// Where the database is; the scheme of the URL chooses the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `sqlite:PATH`.
    Sqlite(String),
    /// `postgres://…` or `postgresql://…`.
    Postgres(String),
}

/// Which engine runs below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, one writer.
    Sqlite,
    /// A server, several instances beside each other.
    Postgresql,
}

/// What a connection is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Queries only; a write fails.
    Read,
    /// Everything.
    Write,
}

impl DatabaseUrl {
    /// Chooses the engine by scheme. An unknown scheme is refused.
    pub fn parse(url: &str) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() || path == ":memory:" {
                return Err(Error::internal(
                    "sqlite: needs the path of a file, for example sqlite:data/brobygger.db",
                ));
            }
            Ok(Self::Sqlite(path.to_owned()))
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(url.to_owned()))
        } else {
            Err(Error::internal(
                "DATABASE_URL must start with sqlite: or postgres://",
            ))
        }
    }

    /// The engine it names.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgresql,
        }
    }

    /// Opens a connection.
    pub fn connect(&self, purpose: Purpose) -> Result<AnyConnection> {
        // The text of the error may hold the URL with its password: it is not passed on.
        let failed = |_| {
            Error::problem(
                crate::platform::error::ProblemCode::Unavailable,
                "The database is out of reach.",
            )
        };
        match self {
            Self::Sqlite(path) => {
                if let Some(folder) = std::path::Path::new(path).parent() {
                    create_private_folder(folder)?;
                }
                let mut conn = SqliteConnection::establish(path).map_err(failed)?;
                // busy_timeout first: the pragmas behind it may already meet a lock.
                conn.batch_execute(
                    "PRAGMA busy_timeout = 10000;
                     PRAGMA foreign_keys = ON;
                     PRAGMA journal_mode = WAL;
                     PRAGMA synchronous = FULL;
                     PRAGMA wal_autocheckpoint = 16000;
                     PRAGMA cache_size = -10000;
                     PRAGMA temp_store = MEMORY;",
                )?;
                if purpose == Purpose::Read {
                    // Every commit of the writer empties it, so that a large one is of little use.
                    conn.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -1000;")?;
                }
                Ok(AnyConnection::Sqlite(conn))
            }
            Self::Postgres(url) => {
                let mut conn = PgConnection::establish(url).map_err(failed)?;
                match purpose {
                    // With sequential scans, serializable transactions lock whole tables against
                    // each other while the tables are small.
                    Purpose::Write => conn.batch_execute(
                        "SET enable_seqscan = off; SET TIME ZONE 'UTC';
                         SET client_min_messages = warning; SET lock_timeout = '10s';",
                    )?,
                    Purpose::Read => conn.batch_execute(
                        "SET default_transaction_read_only = on; SET TIME ZONE 'UTC';
                         SET client_min_messages = warning;",
                    )?,
                }
                Ok(AnyConnection::Postgres(conn))
            }
        }
    }
}

/// Makes connections for an r2d2 pool.
#[derive(Debug)]
pub struct Manager {
    /// Where to.
    pub url: DatabaseUrl,
    /// What for.
    pub purpose: Purpose,
}

/// r2d2 wants an error that prints; ours does not, on purpose.
#[derive(Debug)]
pub struct ConnectFailed;
impl std::fmt::Display for ConnectFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the database is out of reach")
    }
}
impl std::error::Error for ConnectFailed {}

impl diesel::r2d2::ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = ConnectFailed;

    fn connect(&self) -> Result<AnyConnection, ConnectFailed> {
        self.url.connect(self.purpose).map_err(|_| ConnectFailed)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<(), ConnectFailed> {
        conn.batch_execute("SELECT 1").map_err(|_| ConnectFailed)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        use diesel::r2d2::R2D2Connection as _;
        conn.is_broken()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_engine_and_an_unknown_one_is_refused() {
        let engine = |url| DatabaseUrl::parse(url).map(|url| url.engine());
        assert_eq!(engine("sqlite:data/x.db").unwrap(), Engine::Sqlite);
        assert_eq!(engine("postgres://h/db").unwrap(), Engine::Postgresql);
        assert_eq!(engine("postgresql://h/db").unwrap(), Engine::Postgresql);
        assert!(engine("mysql://h/db").is_err());
        assert!(engine("data/x.db").is_err());
        assert!(engine("sqlite:").is_err());
    }
}

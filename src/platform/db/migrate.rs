//! Brings the database to the schema this program was built for.
//!
//! The migrations of both engines have the same stamps and names and describe the same schema.
//! One instance migrates at a time: on PostgreSQL the others wait on an advisory lock, on SQLite
//! on the file's lock.

use diesel::connection::SimpleConnection as _;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::connection::{AnyConnection, DatabaseUrl, Purpose};
use crate::platform::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRESQL: EmbeddedMigrations = embed_migrations!("migrations/postgresql");

/// Any number that no other program on the same server uses: "brobygge" in ASCII.
const MIGRATION_LOCK: i64 = 0x6272_6f62_7967_6765;

/// Runs what is pending. Answers the names of the migrations that were run.
pub fn run(url: &DatabaseUrl) -> Result<Vec<String>> {
    let mut conn = url.connect(Purpose::Write)?;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::internal(format_args!("migration: {error}"))
    };
    match &mut conn {
        AnyConnection::Postgres(pg) => {
            pg.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))?;
            let run = pg
                .run_pending_migrations(POSTGRESQL)
                .map(|run| run.iter().map(ToString::to_string).collect())
                .map_err(failed);
            pg.batch_execute(&format!("SELECT pg_advisory_unlock({MIGRATION_LOCK})"))?;
            run
        }
        AnyConnection::Sqlite(sqlite) => {
            // A second instance that starts at the same time must not run the same migration:
            // what is pending is looked up inside the lock.
            sqlite.immediate_transaction(|conn| {
                conn.run_pending_migrations(SQLITE)
                    .map(|run| run.iter().map(ToString::to_string).collect())
                    .map_err(failed)
            })
        }
    }
}

/// Whether every migration of this program has been run; for readiness.
pub fn is_current(conn: &mut AnyConnection) -> bool {
    match conn {
        AnyConnection::Postgres(pg) => pg.has_pending_migration(POSTGRESQL),
        AnyConnection::Sqlite(sqlite) => sqlite.has_pending_migration(SQLITE),
    }
    .is_ok_and(|pending| !pending)
}

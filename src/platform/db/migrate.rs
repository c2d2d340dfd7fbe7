//! Brings the database to the schema this program was built for.
//!
//! The migrations of both engines have the same stamps and names and describe the same schema.
//! One instance migrates at a time: on PostgreSQL the others wait on an advisory lock, on SQLite
//! on the file's lock.

use diesel::RunQueryDsl as _;
use diesel::connection::SimpleConnection as _;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use super::connection::{AnyConnection, DatabaseUrl, Purpose};
use crate::platform::error::{Error, Result};
use crate::platform::events::log;

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
            let run = run.and_then(|run| log::go_on(pg).map(|()| run));
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

/// Whether every migration of this program has been run; for readiness. Diesel's own question
/// first makes its table where there is none, which a connection that only reads may not.
pub fn is_current(conn: &mut AnyConnection) -> bool {
    let known: Result<Vec<String>> = match conn {
        AnyConnection::Postgres(_) => names::<diesel::pg::Pg>(&POSTGRESQL),
        AnyConnection::Sqlite(_) => names::<diesel::sqlite::Sqlite>(&SQLITE),
    };
    let run: diesel::QueryResult<Vec<Applied>> =
        diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load(conn);
    match (known, run) {
        (Ok(known), Ok(run)) => known
            .iter()
            .all(|name| run.iter().any(|applied| applied.version == *name)),
        _ => false,
    }
}

#[derive(diesel::QueryableByName)]
struct Applied {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

fn names<DB: diesel::backend::Backend>(source: &EmbeddedMigrations) -> Result<Vec<String>> {
    let migrations = MigrationSource::<DB>::migrations(source)
        .map_err(|error| Error::internal(format_args!("migration: {error}")))?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

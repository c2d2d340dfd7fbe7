//! `brobygger migrate`, `openapi`, `audit` and `keys`.

use std::process::ExitCode;
use std::sync::Arc;

use brobygger::platform::audit;
use brobygger::platform::crypto::KeyRing;
use brobygger::platform::db::connection::Purpose;
use brobygger::platform::db::{Db, Sizes, migrate};
use brobygger::platform::error::{Error, Result};
use brobygger::platform::http::openapi as contract;
use brobygger::platform::rotation::{self, SEALED};
use clap::Subcommand;

use super::{Storage, say};

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Recompute every chain; exit code 1 when a row was changed, removed or inserted.
    Verify,
}

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Add a sealing key. Then restart every instance: what they write is sealed with it.
    Add,
    /// Seal again with the newest key what older keys have sealed. May run beside the service.
    Rotate,
}

pub(crate) fn migrate(storage: &Storage) -> Result<ExitCode> {
    let run = migrate::run(&storage.url()?)?;
    if run.is_empty() {
        say("The database is up to date.");
    }
    for migration in run {
        say(format_args!("migrated {migration}"));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn openapi() -> Result<ExitCode> {
    say(serde_json::to_string_pretty(&contract::document()).map_err(Error::internal)?);
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn audit(storage: &Storage, command: &AuditCommand) -> Result<ExitCode> {
    let AuditCommand::Verify = command;
    let (keys, _) = KeyRing::open_or_create(&storage.config().keys_path())?;
    let mut conn = storage.url()?.connect(Purpose::Read)?;
    let found = audit::verify(&mut conn, &keys)?;
    for finding in &found.findings {
        say(finding);
    }
    say(format_args!(
        "{} rows in {} chains checked, {} findings",
        found.rows,
        found.chains,
        found.findings.len()
    ));
    Ok(if found.findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub(crate) fn keys(storage: &Storage, command: &KeysCommand) -> Result<ExitCode> {
    let path = storage.config().keys_path();
    match command {
        KeysCommand::Add => {
            let ring = KeyRing::add_key(&path)?;
            say(format_args!(
                "Key {} is the current one. Back up the key ring, restart every instance, then run `brobygger keys rotate`.",
                ring.current()
            ));
        }
        KeysCommand::Rotate => {
            let keys = Arc::new(KeyRing::open_or_create(&path)?.0);
            let db = Db::open(&storage.url()?, None, Sizes::default(), Arc::clone(&keys))?;
            for (table, column) in SEALED {
                let count = rotation::rotate(&db, &keys, table, column)?;
                say(format_args!("{table}.{column}: {count} sealed again"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

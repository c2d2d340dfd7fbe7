//! `brobygger migrate`, `openapi`, `audit` and `keys`.

use std::process::ExitCode;

use brobygger::platform::audit;
use brobygger::platform::crypto::KeyRing;
use brobygger::platform::db::connection::Purpose;
use brobygger::platform::db::migrate;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::http::openapi as contract;
use clap::Subcommand;

use super::{Storage, say};

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Recompute every chain; exit code 1 when a row was changed, removed or inserted.
    Verify,
}

#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Add a sealing key; what is written from now on is sealed with it.
    Add,
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
    let KeysCommand::Add = command;
    let ring = KeyRing::add_key(&storage.config().keys_path())?;
    say(format_args!(
        "Key {} is the current one. Restart the service; back up the key ring.",
        ring.current()
    ));
    Ok(ExitCode::SUCCESS)
}

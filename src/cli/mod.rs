//! `brobygger serve | migrate | import | export | openapi | client | token | audit | keys`.
//!
//! Results go to standard output, logs and errors to standard error; the exit code says whether
//! it worked.

mod clients;
mod export;
mod import;
mod import_report;
mod maintenance;
mod patience;
mod remote;
mod serve;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use brobygger::platform::config::{Config, IMPORT_RESULTS_DAYS, IMPORT_ROWS};
use brobygger::platform::db::DatabaseUrl;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::telemetry;
use clap::{Args, Parser, Subcommand};

/// The service that patient-support programmes run on.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(flatten)]
    storage: Storage,
    #[command(subcommand)]
    command: Command,
}

/// Where everything is kept.
#[derive(Args, Clone)]
struct Storage {
    /// Keys, and the embedded database, are kept here.
    #[arg(
        long,
        global = true,
        env = "BROBYGGER_DATA_DIR",
        default_value = "data"
    )]
    data_dir: PathBuf,
    /// sqlite:PATH or postgres://…; without it, SQLite in the data directory.
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// A standby for reports and exports (PostgreSQL).
    #[arg(long, global = true, env = "DATABASE_READ_URL", hide_env_values = true)]
    database_read_url: Option<String>,
}

/// What holds for imports, whether a service takes them or the command line does.
#[derive(Args, Clone)]
struct ImportLimits {
    /// The largest file to import, in MiB, unpacked.
    #[arg(long, default_value_t = 256, env = "BROBYGGER_IMPORT_LIMIT_MIB")]
    import_limit_mib: u64,
    /// The most rows that a file to import may have.
    #[arg(long, default_value_t = IMPORT_ROWS, env = "BROBYGGER_IMPORT_LIMIT_ROWS")]
    import_limit_rows: u32,
    /// For how many days the results of an import can be read after its end.
    #[arg(long, default_value_t = IMPORT_RESULTS_DAYS, env = "BROBYGGER_IMPORT_RESULTS_DAYS")]
    import_results_days: u32,
}

impl ImportLimits {
    fn set(&self, config: &mut Config) {
        config.import_limit = self.import_limit_mib.saturating_mul(1024 * 1024);
        config.import_rows = self.import_limit_rows;
        config.import_results_days = self.import_results_days;
    }
}

/// Whether the name of a file ends like this.
fn ends(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        endings
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API.
    Serve(serve::Serve),
    /// Bring the database to the schema of this program.
    Migrate,
    /// Import a file of patients, referrals, volunteers, …, row by row.
    Import(import::ImportFile),
    /// Export records in the form that `import` reads back unchanged.
    Export(export::Export),
    /// Print the OpenAPI document.
    Openapi,
    /// Make, list, rotate and revoke system clients.
    #[command(subcommand)]
    Client(clients::ClientCommand),
    /// Make an access token for a person with a role (for demonstrations and tests).
    Token(clients::Token),
    /// Check the audit log.
    #[command(subcommand)]
    Audit(maintenance::AuditCommand),
    /// Look after the keys.
    #[command(subcommand)]
    Keys(maintenance::KeysCommand),
}

impl Storage {
    fn config(&self) -> Config {
        Config::new(self.data_dir.clone())
    }

    fn url(&self) -> Result<DatabaseUrl> {
        let url = self
            .database_url
            .clone()
            .unwrap_or_else(|| self.config().default_database_url());
        DatabaseUrl::parse(&url)
    }

    fn read_url(&self) -> Result<Option<DatabaseUrl>> {
        self.database_read_url
            .as_deref()
            .map(DatabaseUrl::parse)
            .transpose()
    }
}

/// Runs the command that was given.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    telemetry::init(std::env::var("BROBYGGER_LOG").is_ok_and(|form| form == "json"));
    let done = match cli.command {
        Command::Serve(serve) => serve::run(&cli.storage, serve),
        Command::Migrate => maintenance::migrate(&cli.storage),
        Command::Import(import) => import::run(&cli.storage, &import),
        Command::Export(export) => export::run(&cli.storage, &export),
        Command::Openapi => maintenance::openapi(),
        Command::Client(command) => clients::run(&cli.storage, command),
        Command::Token(token) => clients::token(&cli.storage, token),
        Command::Audit(command) => maintenance::audit(&cli.storage, &command),
        Command::Keys(command) => maintenance::keys(&cli.storage, &command),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            #[expect(
                clippy::print_stderr,
                reason = "the command line's way to say what is wrong"
            )]
            {
                eprintln!("brobygger: {}", explain(&error));
            }
            ExitCode::FAILURE
        }
    }
}

/// An error for the person at the terminal, who may read what a client may not.
fn explain(error: &Error) -> String {
    match error {
        Error::Problem(problem) => {
            let mut text = problem.detail.clone();
            for error in &problem.errors {
                text.push_str(&format!("\n  {}: {}", error.pointer, error.detail));
            }
            text
        }
        Error::Internal(what) => what.clone(),
        Error::Retry | Error::DryRun => "other writers were in the way; try again".to_owned(),
    }
}

/// Says something on the way to a result.
fn note(text: impl std::fmt::Display) {
    #[expect(
        clippy::print_stderr,
        reason = "what is said on the way does not belong to the result"
    )]
    {
        eprintln!("{text}");
    }
}

/// Prints a result.
fn say(text: impl std::fmt::Display) {
    #[expect(clippy::print_stdout, reason = "the command line's results")]
    {
        println!("{text}");
    }
}

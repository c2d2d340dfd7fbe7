//! `brobygger import`: a file becomes an import, here in the database or at a service, and is
//! followed to its end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use brobygger::imports::{
    self, Asked, Import, ImportId, ImportKind, ImportMode, ImportState, Packing, ReportFormat,
};
use brobygger::organisations::{self, OrganisationId};
use brobygger::platform::access::permit::OnBehalf;
use brobygger::platform::app::App;
use brobygger::platform::clock::Clock;
use brobygger::platform::db::migrate;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::http::server;
use clap::Args;

use super::import_report::{Bar, Report, Summary, print};
use super::remote::{Remote, Sent};
use super::{ImportLimits, Storage, ends, explain, note};

/// All rows are in, but some were rejected.
const REJECTIONS: u8 = 3;
/// The import was stopped before its end.
const STOPPED: u8 = 4;
/// The import was taken, but its end or its report was not seen.
const UNSEEN: u8 = 5;

/// Import a file. Exit code 0: every row is in; 3: some rows were rejected; 4: the import was
/// stopped; 5: it was taken, or may have been, but its end or its results were not seen: `--follow ID`
/// goes on; 1: it could not be done at all.
#[derive(Args)]
pub(crate) struct ImportFile {
    /// The file: .csv, .ndjson or .jsonl, also packed (.gz).
    #[arg(required_unless_present = "follow")]
    file: Option<PathBuf>,
    /// What its rows are.
    #[arg(long, required_unless_present = "follow")]
    kind: Option<ImportKind>,
    /// Send nothing: follow the import with this id to its end, and write its report.
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "kind", "validate_only"])]
    follow: Option<ImportId>,
    /// What becomes of rows whose record is there already.
    #[arg(long, default_value = "insert")]
    mode: ImportMode,
    /// Check every row and write none.
    #[arg(long)]
    validate_only: bool,
    /// Send it to a service, as in http://127.0.0.1:8080/v1, instead of writing to the database.
    #[arg(long, conflicts_with = "database")]
    url: Option<String>,
    /// The access token for `--url`; or set BROBYGGER_CLIENT_ID and BROBYGGER_CLIENT_SECRET.
    #[arg(long, env = "BROBYGGER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// For how many seconds a service that does not answer, or has no time, is asked again.
    #[arg(long, default_value_t = 300)]
    patience: u64,
    #[command(flatten)]
    limits: ImportLimits,
    /// The database: sqlite:PATH or postgres://… (the same as --database-url).
    #[arg(long)]
    database: Option<String>,
    /// The data controller, where the database has several.
    #[arg(long)]
    organisation: Option<OrganisationId>,
    /// csv or ndjson, where the name of the file does not say.
    #[arg(long)]
    format: Option<ReportFormat>,
    /// Where the report goes, one line for each row; CSV, or NDJSON where it ends in .ndjson.
    /// FILE.report.csv (import-ID.report.csv) without it.
    #[arg(long)]
    report: Option<PathBuf>,
}

/// What is to be seen to its end.
enum Job<'a> {
    /// A file that is to be sent.
    New(Asked, &'a Path),
    /// One that was sent before.
    Known(ImportId),
}

/// How far it was seen.
enum Seen {
    /// To its end.
    Ended(Import, Summary),
    /// To its end, which was so long ago that its results are no longer kept.
    Past(Import),
    /// It was taken, and nobody here knows more.
    Taken(ImportId, Error),
    /// Nobody here knows whether it was taken.
    Unheard(Error),
}

pub(crate) fn run(storage: &Storage, import: &ImportFile) -> Result<ExitCode> {
    let job = match (&import.file, import.kind, import.follow) {
        (Some(file), Some(kind), None) => Job::New(asked(import, kind, file)?, file),
        (_, _, Some(id)) => Job::Known(id),
        _ => return Err(Error::conflict("Give a file and --kind, or --follow.")),
    };
    let mut report = Report::create(import.report.clone().unwrap_or_else(|| match job {
        Job::New(_, file) => {
            let mut name = file.to_owned().into_os_string();
            name.push(".report.csv");
            PathBuf::from(name)
        }
        Job::Known(id) => PathBuf::from(format!("import-{id}.report.csv")),
    }))?;
    let began = Instant::now();
    let seen = match &import.url {
        Some(url) => at_service(url, import, &job, &mut report),
        None => here(storage, import, &job, &mut report),
    };
    let code = match &seen {
        Ok(Seen::Ended(job, summary)) => {
            print(job, summary, began.elapsed());
            note(format_args!("report: {}", report.path.display()));
            match job.state {
                ImportState::Completed => ExitCode::SUCCESS,
                ImportState::CompletedWithRejections => ExitCode::from(REJECTIONS),
                _ => ExitCode::from(STOPPED),
            }
        }
        Ok(Seen::Past(job)) => {
            print(job, &Summary::default(), began.elapsed());
            note("brobygger: its results are no longer kept: there is no report");
            ExitCode::from(UNSEEN)
        }
        Ok(Seen::Taken(id, error)) => {
            note(format_args!(
                "brobygger: import {id} was taken, but not seen to its end: {}",
                explain(error)
            ));
            note(go_on(import, *id, &report));
            ExitCode::from(UNSEEN)
        }
        Ok(Seen::Unheard(error)) => {
            note(format_args!(
                "brobygger: the import may have been taken, but no answer was heard: {}",
                explain(error)
            ));
            note(
                "GET /imports lists what was taken. Sent again, the file changes nothing that is in.",
            );
            ExitCode::from(UNSEEN)
        }
        Err(_) => ExitCode::FAILURE,
    };
    report.forget_unless_begun();
    seen.map(|_| code)
}

/// How an import that was not seen to its end is followed, where it is and to the same report.
fn go_on(import: &ImportFile, id: ImportId, report: &Report) -> String {
    let mut line = format!("go on with: brobygger import --follow {id}");
    if let Some(url) = &import.url {
        line.push_str(&format!(" --url {url}"));
    }
    if import.database.is_some() {
        // It may hold a password.
        line.push_str(" --database …");
    }
    line.push_str(&format!(" --report '{}'", report.path.display()));
    line
}

fn asked(import: &ImportFile, kind: ImportKind, file: &Path) -> Result<Asked> {
    Ok(Asked {
        kind,
        mode: import.mode,
        validate_only: import.validate_only,
        csv: is_csv(import, file)?,
        packing: if ends(file, &["gz"]) {
            Packing::Gzip
        } else {
            Packing::Plain
        },
    })
}

fn is_csv(import: &ImportFile, file: &Path) -> Result<bool> {
    if let Some(format) = import.format {
        return Ok(format == ReportFormat::Csv);
    }
    let packed = ends(file, &["gz"]);
    let inner = file.with_extension("");
    let path = if packed { &inner } else { file };
    if ends(path, &["csv", "tsv", "txt"]) {
        Ok(true)
    } else if ends(path, &["ndjson", "jsonl"]) {
        Ok(false)
    } else {
        Err(Error::conflict(
            "The name of the file does not say what it is: give --format csv or --format ndjson.",
        ))
    }
}

/// The data controller that is meant, or the only one there is.
pub(super) fn controller(app: &App, asked: Option<OrganisationId>) -> Result<OrganisationId> {
    if let Some(id) = asked {
        return app
            .db
            .read_blocking(|conn| organisations::controller_of(conn, id))?
            .ok_or_else(|| Error::conflict("There is no such organisation."));
    }
    let roots = app.db.read_blocking(organisations::list_roots)?;
    match roots.as_slice() {
        [only] => Ok(only.id),
        [] => Err(Error::conflict(
            "There is no data controller yet: make one with `brobygger client create --new-organisation …`.",
        )),
        several => {
            for root in several {
                note(format_args!("{}  {}", root.id, root.name.as_str()));
            }
            Err(Error::conflict(
                "There are several data controllers: name one with --organisation.",
            ))
        }
    }
}

/// Writes to the database, beside a service or without one.
fn here(
    storage: &Storage,
    import: &ImportFile,
    job: &Job<'_>,
    report: &mut Report,
) -> Result<Seen> {
    let mut storage = storage.clone();
    if import.database.is_some() {
        storage.database_url.clone_from(&import.database);
    }
    let url = storage.url()?;
    migrate::run(&url)?;
    let mut config = storage.config();
    import.limits.set(&mut config);
    let app = server::open(config, &url, storage.read_url()?.as_ref(), Clock::System)?;
    let id = match job {
        Job::New(asked, file) => {
            let by = OnBehalf::service(controller(&app, import.organisation)?, "create_import");
            imports::upload(&app, &by, *asked, open(file)?)?
        }
        Job::Known(id) => imports::follow(&app, *id)?.id,
    };
    note(format_args!("import {id}"));
    Ok(see_here(&app, id, report).unwrap_or_else(|error| Seen::Taken(id, error)))
}

fn see_here(app: &App, id: ImportId, report: &mut Report) -> Result<Seen> {
    let mut bar = Bar::default();
    let job = std::thread::scope(|scope| {
        let working = scope.spawn(|| work(app, id));
        loop {
            let job = imports::follow(app, id)?;
            bar.show(&job);
            if job.state.is_final() || working.is_finished() {
                let worked = working
                    .join()
                    .unwrap_or_else(|_| Err(Error::internal("the import panicked")));
                worked?;
                return imports::follow(app, id);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    })?;
    bar.end(&job);
    if is_past(&job) {
        return Ok(Seen::Past(job));
    }
    let mut summary = Summary::default();
    imports::results(app, id, |results| {
        report.write(&results)?;
        summary.add(&results);
        Ok(())
    })?;
    report.finish(&job)?;
    Ok(Seen::Ended(job, summary))
}

/// Whether its results are no longer kept.
fn is_past(job: &Import) -> bool {
    job.results_until
        .is_some_and(|until| until <= Clock::System.now())
}

/// Works on the job, or waits for the service that has taken it.
fn work(app: &App, id: ImportId) -> Result<()> {
    loop {
        imports::work(app, Some(id))?;
        if imports::follow(app, id)?.state.is_final() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// Sends it to a service.
fn at_service(url: &str, import: &ImportFile, job: &Job<'_>, report: &mut Report) -> Result<Seen> {
    actix_web::rt::System::new().block_on(async {
        let patience = Duration::from_secs(import.patience);
        let mut remote = Remote::new(url, import.token.as_deref(), patience)?;
        let job = match job {
            Job::New(asked, file) => match remote.send(*asked, open(file)?).await? {
                Sent::Taken(job) => job,
                Sent::Perhaps(error) => return Ok(Seen::Unheard(error)),
            },
            Job::Known(id) => remote.follow(*id).await?,
        };
        let id = job.id;
        note(format_args!("import {id}"));
        Ok(see_there(&mut remote, job, report)
            .await
            .unwrap_or_else(|error| Seen::Taken(id, error)))
    })
}

async fn see_there(remote: &mut Remote, mut job: Import, report: &mut Report) -> Result<Seen> {
    let mut bar = Bar::default();
    while !job.state.is_final() {
        tokio::time::sleep(Duration::from_millis(500)).await;
        job = remote.follow(job.id).await?;
        bar.show(&job);
    }
    bar.end(&job);
    if is_past(&job) {
        return Ok(Seen::Past(job));
    }
    let mut summary = Summary::default();
    remote
        .results(job.id, |results| {
            report.write(&results)?;
            summary.add(&results);
            Ok(())
        })
        .await?;
    report.finish(&job)?;
    Ok(Seen::Ended(job, summary))
}

fn open(path: &Path) -> Result<File> {
    File::open(path)
        .map_err(|error| Error::conflict(format!("{} cannot be read: {error}", path.display())))
}

//! `brobygger import`: a file becomes an import, here in the database or at a service, and is
//! followed to its end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use brobygger::imports::{
    self, Asked, Import, ImportId, ImportKind, ImportMode, ImportState, Packing, ReportFormat,
    RowOutcome, RowResult,
};
use brobygger::organisations::{self, OrganisationId};
use brobygger::platform::access::permit::OnBehalf;
use brobygger::platform::app::App;
use brobygger::platform::clock::Clock;
use brobygger::platform::db::migrate;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::http::server;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::remote::Remote;
use super::{Storage, note, say};

/// All rows are in, but some were rejected.
const REJECTIONS: u8 = 3;
/// The import was stopped before its end.
const STOPPED: u8 = 4;

/// Import a file. Exit code 0: every row is in; 3: some rows were rejected; 4: the import was
/// stopped; 1: it could not be done at all.
#[derive(Args)]
pub(crate) struct ImportFile {
    /// The file: .csv, .ndjson or .jsonl, also packed (.gz).
    file: PathBuf,
    /// What its rows are.
    #[arg(long)]
    kind: ImportKind,
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
    /// FILE.report.csv without it.
    #[arg(long)]
    report: Option<PathBuf>,
}

pub(crate) fn run(storage: &Storage, import: &ImportFile) -> Result<ExitCode> {
    let asked = Asked {
        kind: import.kind,
        mode: import.mode,
        validate_only: import.validate_only,
        csv: is_csv(import)?,
        packing: if ends(&import.file, &["gz"]) {
            Packing::Gzip
        } else {
            Packing::Plain
        },
    };
    let began = Instant::now();
    let (job, summary, report) = match &import.url {
        Some(url) => at_service(url, import, asked)?,
        None => here(storage, import, asked)?,
    };
    print(&job, &summary, began.elapsed());
    note(format_args!("report: {}", report.display()));
    Ok(match job.state {
        ImportState::Completed => ExitCode::SUCCESS,
        ImportState::CompletedWithRejections => ExitCode::from(REJECTIONS),
        _ => ExitCode::from(STOPPED),
    })
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        endings
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

fn is_csv(import: &ImportFile) -> Result<bool> {
    if let Some(format) = import.format {
        return Ok(format == ReportFormat::Csv);
    }
    let packed = ends(&import.file, &["gz"]);
    let inner = import.file.with_extension("");
    let path = if packed { &inner } else { &import.file };
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

type Outcome = (Import, Summary, PathBuf);

/// Writes to the database, beside a service or without one.
fn here(storage: &Storage, import: &ImportFile, asked: Asked) -> Result<Outcome> {
    let mut storage = storage.clone();
    if import.database.is_some() {
        storage.database_url.clone_from(&import.database);
    }
    let url = storage.url()?;
    migrate::run(&url)?;
    let app = server::open(
        storage.config(),
        &url,
        storage.read_url()?.as_ref(),
        Clock::System,
    )?;
    let by = OnBehalf::service(controller(&app, import.organisation)?, "create_import");
    let file = open(&import.file)?;
    let id = imports::upload(&app, &by, asked, file)?;
    note(format_args!("import {id}"));
    let mut bar = Bar::default();
    let job = std::thread::scope(|scope| {
        let working = scope.spawn(|| work(&app, id));
        loop {
            let job = imports::follow(&app, id)?;
            bar.show(&job);
            if job.state.is_final() || working.is_finished() {
                let worked = working
                    .join()
                    .unwrap_or_else(|_| Err(Error::internal("the import panicked")));
                worked?;
                return imports::follow(&app, id);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    })?;
    bar.end(&job);
    let mut summary = Summary::default();
    let (path, mut report) = report(import)?;
    imports::results(&app, id, |results| {
        report.write(&results)?;
        summary.add(&results);
        Ok(())
    })?;
    report.finish()?;
    Ok((job, summary, path))
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
fn at_service(url: &str, import: &ImportFile, asked: Asked) -> Result<Outcome> {
    let file = open(&import.file)?;
    actix_web::rt::System::new().block_on(async {
        let mut remote = Remote::new(url, import.token.as_deref())?;
        let mut job = remote.send(asked, file).await?;
        note(format_args!("import {}", job.id));
        let mut bar = Bar::default();
        while !job.state.is_final() {
            tokio::time::sleep(Duration::from_millis(500)).await;
            job = remote.follow(job.id).await?;
            bar.show(&job);
        }
        bar.end(&job);
        let mut summary = Summary::default();
        let (path, mut report) = report(import)?;
        remote
            .results(job.id, |results| {
                report.write(&results)?;
                summary.add(&results);
                Ok(())
            })
            .await?;
        report.finish()?;
        Ok((job, summary, path))
    })
}

fn open(path: &Path) -> Result<File> {
    File::open(path)
        .map_err(|error| Error::conflict(format!("{} cannot be read: {error}", path.display())))
}

/// How far it is: a bar on a terminal, plain lines elsewhere.
#[derive(Default)]
struct Bar {
    bar: Option<ProgressBar>,
    said: Option<Instant>,
}

impl Bar {
    fn show(&mut self, job: &Import) {
        if std::io::stderr().is_terminal() {
            let bar = self.bar.get_or_insert_with(|| {
                let bar = ProgressBar::new(u64::from(job.rows));
                let style = ProgressStyle::with_template(
                    "{bar:32} {pos}/{len} rows, {per_sec}, {eta} left  {msg}",
                );
                if let Ok(style) = style {
                    bar.set_style(style);
                }
                bar
            });
            bar.set_position(u64::from(job.rows_done));
            if job.counts.rejected > 0 {
                bar.set_message(format!("{} rejected", job.counts.rejected));
            }
        } else if self
            .said
            .is_none_or(|said| said.elapsed() >= Duration::from_secs(10))
        {
            self.said = Some(Instant::now());
            let left = job
                .seconds_left
                .map_or(String::new(), |seconds| format!(", {seconds} s left"));
            note(format_args!(
                "{} of {} rows, {} rejected{left}",
                job.rows_done, job.rows, job.counts.rejected
            ));
        }
    }

    fn end(&mut self, job: &Import) {
        if let Some(bar) = self.bar.take() {
            bar.set_position(u64::from(job.rows_done));
            bar.finish_and_clear();
        }
    }
}

/// What was rejected and why: the same problem of the same column counts together.
#[derive(Default)]
struct Summary {
    kinds: BTreeMap<(String, String), (u64, Vec<u32>, String)>,
}

impl Summary {
    fn add(&mut self, results: &[RowResult]) {
        let rejected = results
            .iter()
            .filter(|result| result.outcome == RowOutcome::Rejected);
        for result in rejected {
            for problem in &result.problems {
                let place = problem.column.as_ref().unwrap_or(&problem.pointer);
                let key = (problem.code.clone(), place.clone());
                let kind = self.kinds.entry(key).or_default();
                kind.0 += 1;
                if kind.1.len() < 5 {
                    kind.1.push(result.line);
                }
                if kind.2.is_empty() {
                    kind.2.clone_from(&problem.detail);
                }
            }
        }
    }
}

fn print(job: &Import, summary: &Summary, took: Duration) {
    let counts = &job.counts;
    let rate = f64::from(job.rows_done) / took.as_secs_f64().max(0.001);
    say(format_args!(
        "{}{}: {} rows in {:.1} s ({rate:.0}/s): {} created, {} updated, {} unchanged, {} rejected, {} ignored",
        job.state,
        if job.validate_only {
            " (checked only)"
        } else {
            ""
        },
        job.rows_done,
        took.as_secs_f64(),
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.rejected,
        counts.ignored
    ));
    if summary.kinds.is_empty() {
        return;
    }
    let width = summary
        .kinds
        .keys()
        .map(|(_, place)| place.chars().count())
        .max()
        .unwrap_or(0)
        .max(6);
    say(format_args!(
        "{:>7}  {:width$}  what is wrong (first lines)",
        "rows", "column"
    ));
    for ((code, place), (count, lines, detail)) in &summary.kinds {
        let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
        say(format_args!(
            "{count:>7}  {place:width$}  {code}: {detail} ({})",
            lines.join(", ")
        ));
    }
}

/// The report, written as it comes.
struct Report {
    file: BufWriter<File>,
    format: ReportFormat,
}

fn report(import: &ImportFile) -> Result<(PathBuf, Report)> {
    let path = import.report.clone().unwrap_or_else(|| {
        let mut name = import.file.clone().into_os_string();
        name.push(".report.csv");
        PathBuf::from(name)
    });
    let format = if ends(&path, &["ndjson", "jsonl"]) {
        ReportFormat::Ndjson
    } else {
        ReportFormat::Csv
    };
    let file = File::create(&path).map_err(|error| {
        Error::conflict(format!("{} cannot be written: {error}", path.display()))
    })?;
    let mut report = Report {
        file: BufWriter::new(file),
        format,
    };
    report
        .file
        .write_all(format.head().as_bytes())
        .map_err(Error::internal)?;
    Ok((path, report))
}

impl Report {
    fn write(&mut self, results: &[RowResult]) -> Result<()> {
        let lines = imports::lines(results, self.format, None)?;
        self.file
            .write_all(lines.as_bytes())
            .map_err(Error::internal)
    }

    fn finish(mut self) -> Result<()> {
        self.file.flush().map_err(Error::internal)
    }
}

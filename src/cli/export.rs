//! `brobygger export`: records as a file that `brobygger import` reads back unchanged.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use brobygger::imports::{self, ImportKind, ReportFormat};
use brobygger::organisations::OrganisationId;
use brobygger::platform::clock::Clock;
use brobygger::platform::db::migrate;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::http::server;
use clap::Args;

use super::import::controller;
use super::{Storage, note};

/// Write all records of a kind, as NDJSON or CSV, in the form that `import` takes.
#[derive(Args)]
pub(crate) struct Export {
    /// What to export.
    kind: ImportKind,
    /// How it is written; as the name of the file says where this is left out, else ndjson.
    #[arg(long)]
    format: Option<ReportFormat>,
    /// The file; standard output without it. It holds personal data.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// The data controller; needed where there are several.
    #[arg(long)]
    organisation: Option<OrganisationId>,
}

pub(crate) fn run(storage: &Storage, export: &Export) -> Result<ExitCode> {
    let url = storage.url()?;
    migrate::run(&url)?;
    let app = server::open(
        storage.config(),
        &url,
        storage.read_url()?.as_ref(),
        Clock::System,
    )?;
    let home = controller(&app, export.organisation)?;
    let is_csv = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "csv");
    let format = export.format.unwrap_or_else(|| match &export.output {
        Some(path) if is_csv(path) => ReportFormat::Csv,
        _ => ReportFormat::Ndjson,
    });
    let mut out: Box<dyn Write> = match &export.output {
        Some(path) => {
            // Nobody else on this machine may read it.
            brobygger::platform::files::write_private(path, b"")?;
            let file = std::fs::OpenOptions::new().write(true).open(path);
            Box::new(BufWriter::new(file.map_err(Error::internal)?))
        }
        None => Box::new(BufWriter::new(std::io::stdout().lock())),
    };
    let mut rows = 0_u64;
    match format {
        ReportFormat::Ndjson => imports::export(&app, home, export.kind, |page| {
            for row in page {
                serde_json::to_writer(&mut out, &row).map_err(Error::internal)?;
                out.write_all(b"\n").map_err(Error::internal)?;
                rows += 1;
            }
            Ok(())
        })?,
        ReportFormat::Csv => {
            // Which columns there are is known when every record has been seen.
            let mut columns: Vec<String> = Vec::new();
            imports::export(&app, home, export.kind, |page| {
                for (name, _) in page.iter().flat_map(imports::flat) {
                    if !columns.contains(&name) {
                        columns.push(name);
                    }
                }
                Ok(())
            })?;
            if columns.is_empty() {
                columns = imports::head(export.kind)?;
            }
            let mut writer = csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer(&mut out);
            writer.write_record(&columns).map_err(Error::internal)?;
            imports::export(&app, home, export.kind, |page| {
                for row in &page {
                    let cells = imports::flat(row);
                    let cell = |name: &String| {
                        let found = cells.iter().find(|(known, _)| known == name);
                        found.map_or("", |(_, text)| text.as_str())
                    };
                    writer
                        .write_record(columns.iter().map(cell))
                        .map_err(Error::internal)?;
                    rows += 1;
                }
                Ok(())
            })?;
            writer.flush().map_err(Error::internal)?;
        }
    }
    out.flush().map_err(Error::internal)?;
    note(format_args!("{rows} {} exported", export.kind));
    Ok(ExitCode::SUCCESS)
}

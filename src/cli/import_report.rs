//! What `brobygger import` shows on its way, and what it leaves: progress, a table of what was
//! rejected and why, the report.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use brobygger::imports::{self, Import, ImportState, ReportFormat, RowOutcome, RowResult};
use brobygger::platform::error::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::{ends, note, say};

/// How far it is: a bar on a terminal, plain lines elsewhere.
#[derive(Default)]
pub(super) struct Bar {
    bar: Option<ProgressBar>,
    said: Option<Instant>,
}

impl Bar {
    pub(super) fn show(&mut self, job: &Import) {
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

    pub(super) fn end(&mut self, job: &Import) {
        if let Some(bar) = self.bar.take() {
            bar.set_position(u64::from(job.rows_done));
            bar.finish_and_clear();
        }
    }
}

/// What was rejected and why: the same problem of the same column counts together.
#[derive(Default)]
pub(super) struct Summary {
    kinds: BTreeMap<(String, String), (u64, Vec<u32>, String)>,
}

impl Summary {
    pub(super) fn add(&mut self, results: &[RowResult]) {
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

pub(super) fn print(job: &Import, summary: &Summary, took: Duration) {
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
    if counts.ignored == job.rows && job.state == ImportState::Completed {
        say("There was no row in the file: nothing but comments, empty lines, or a header.");
    }
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

/// The report, written as it comes. Its file is there before anything is sent: a job that is done
/// and whose report cannot be written helps nobody.
pub(super) struct Report {
    pub(super) path: PathBuf,
    file: BufWriter<File>,
    format: ReportFormat,
    is_new: bool,
    begun: bool,
    lines: u64,
}

impl Report {
    /// Makes the file. One that is there stays as it is until there is something to write.
    pub(super) fn create(path: PathBuf) -> Result<Self> {
        let format = if ends(&path, &["ndjson", "jsonl"]) {
            ReportFormat::Ndjson
        } else {
            ReportFormat::Csv
        };
        let is_new = !path.exists();
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| {
                Error::conflict(format!("{} cannot be written: {error}", path.display()))
            })?;
        Ok(Self {
            file: BufWriter::new(file),
            path,
            format,
            is_new,
            begun: false,
            lines: 0,
        })
    }

    /// Where nothing came of it the file goes, unless it was there before.
    pub(super) fn forget_unless_begun(self) {
        if self.is_new && !self.begun {
            let _stays = std::fs::remove_file(&self.path);
        }
    }

    /// What was there before goes when there is something to write.
    fn begin(&mut self) -> Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        self.file.get_ref().set_len(0).map_err(Error::internal)?;
        self.text(self.format.head())
    }

    pub(super) fn write(&mut self, results: &[RowResult]) -> Result<()> {
        self.begin()?;
        let lines = imports::lines(results, self.format, None)?;
        self.lines += u64::try_from(results.len()).unwrap_or_default();
        self.text(&lines)
    }

    /// All is written; each row that is done must be there.
    pub(super) fn finish(&mut self, job: &Import) -> Result<()> {
        self.begin()?;
        self.file.flush().map_err(|error| self.broken(&error))?;
        if self.lines == u64::from(job.rows_done) {
            return Ok(());
        }
        Err(Error::conflict(format!(
            "{} is not whole: {} of {} results could be read.",
            self.path.display(),
            self.lines,
            job.rows_done
        )))
    }

    fn text(&mut self, text: &str) -> Result<()> {
        self.file
            .write_all(text.as_bytes())
            .map_err(|error| self.broken(&error))
    }

    fn broken(&self, error: &std::io::Error) -> Error {
        Error::conflict(format!(
            "{} cannot be written: {error}",
            self.path.display()
        ))
    }
}

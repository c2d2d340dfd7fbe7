//! `--import`: a file of 100,000 patients through `POST /imports`, with every rule, encryption,
//! audit rows and events, beside the engine's own batch insert of the very rows that came of it:
//! `INSERT … SELECT` between two files on SQLite, `COPY` on PostgreSQL, both with references
//! checked. Then another file while others read and create patients: what that costs them.

use std::time::{Duration, Instant as Clock};

use brobygger::platform::db::connection::{AnyConnection, Purpose};
use brobygger::platform::db::{DatabaseUrl, migrate};
use diesel::connection::SimpleConnection as _;
use serde_json::Value;

use super::driver::{self, Load, NextRequest};
use super::report::thousands;
use super::seed::{self, cpr, phone, said};
use super::service::{self, Client, Listening, Place};
use super::{Options, Outcome};

/// How many patients the file has.
const ROWS: u32 = 100_000;
/// What an import of patients writes, parents first.
const TABLES: [&str; 8] = [
    "organisations",
    "imports",
    "patients",
    "patient_lookups",
    "external_ids",
    "events",
    "audit_rows",
    "import_results",
];
/// How many connections ask beside the second import.
const BESIDE: usize = 4;

/// One engine: what the closing lines of the report say.
pub(crate) fn measure(
    options: &Options,
    place: &Place,
    client: &Client,
    url: &DatabaseUrl,
    copy: &Copy,
    workers: usize,
) -> Outcome<Vec<String>> {
    let rows = options
        .rows
        .unwrap_or(if options.quick { 1000 } else { ROWS });
    let service = service::serve(place, workers)?;
    let headers = client.headers(service.address)?;
    // Awake, and with its caches: the memory is compared from there.
    send(&service, &headers, &file(0..100))?;
    let before = service.resident_kib()?;
    let body = file(100..rows + 100);
    let took = send(&service, &headers, &body)?;
    let after = service.resident_kib()?;
    let quiet = beside(options, &service, client, rows + 100, None)?;
    let more = file(rows + 1000..rows + 1000 + rows / 2);
    let busy = beside(options, &service, client, rows * 2, Some(&more))?;
    service.stop()?;
    let alone = copy.measure(place, url)?;
    let rate = f64::from(rows) / took.as_secs_f64();
    let raw = f64::from(rows) / alone.as_secs_f64();
    Ok(vec![
        format!(
            "import of {rows} patients ({} KiB): {}/s; the engine's own batch insert of the same rows: {}/s; {:.2} of it. Resident memory grew by {:.1} MiB.",
            body.len() / 1024,
            thousands(rate),
            thousands(raw),
            rate / raw,
            after.saturating_sub(before) as f64 / 1024.0
        ),
        format!(
            "creating patients on {BESIDE} connections: p99 {:.1} ms ({}/s); while another file is imported: p99 {:.1} ms ({}/s).",
            f64::from(quiet.p99_micros) / 1000.0,
            thousands(quiet.per_second),
            f64::from(busy.p99_micros) / 1000.0,
            thousands(busy.per_second)
        ),
    ])
}

/// So many people as a file.
fn file(numbers: std::ops::Range<u32>) -> Vec<u8> {
    let mut file = String::from(
        "cpr,name.given,name.family,telephones.1.label,telephones.1.number,address.lines,address.postalCode,address.city,address.country,municipalityCode,language\r\n",
    );
    for n in numbers {
        file.push_str(&format!(
            "{},Prøve Marie,Prøvesen,mobile,{},\"Prøvevej 1, 2. th.\",4700,Næstved,DK,0370,da\r\n",
            cpr(n),
            phone(n)
        ));
    }
    file.into_bytes()
}

/// Sends a file and waits for its end; the time from the first byte to the last row.
fn send(service: &Listening, headers: &str, body: &[u8]) -> Outcome<Duration> {
    let csv = headers.replace("content-type: application/json", "content-type: text/csv");
    let began = Clock::now();
    let request = driver::request("POST", "/v1/imports?kind=patients", &csv, body);
    let job = driver::once(service.address, &request)?.json()?;
    wait(service, headers, &job)?;
    Ok(began.elapsed())
}

fn wait(service: &Listening, headers: &str, job: &Value) -> Outcome {
    let id = job.get("id").and_then(Value::as_str).ok_or("no id")?;
    let request = driver::request("GET", &format!("/v1/imports/{id}"), headers, b"");
    loop {
        let job = driver::once(service.address, &request)?.json()?;
        match job.get("state").and_then(Value::as_str) {
            Some("queued" | "running") => std::thread::sleep(Duration::from_millis(20)),
            Some("completed") => return Ok(()),
            _ => return Err(format!("the import ended so: {job}").into()),
        }
    }
}

/// Creates patients one after the other on some connections, from number `from` on, beside an
/// import or alone.
fn beside(
    options: &Options,
    service: &Listening,
    client: &Client,
    from: u32,
    import: Option<&[u8]>,
) -> Outcome<driver::Measured> {
    let headers = client.headers(service.address)?;
    let job = match import {
        Some(body) => {
            let csv = headers.replace("content-type: application/json", "content-type: text/csv");
            let request = driver::request("POST", "/v1/imports?kind=patients", &csv, body);
            Some(driver::once(service.address, &request)?.json()?)
        }
        None => None,
    };
    // Numbers that no file holds.
    let mut next = from + 2_000_000 + if import.is_some() { 1_000_000 } else { 0 };
    let shared = headers.clone();
    let create: NextRequest = Box::new(move |into| {
        next += 1;
        let body = serde_json::to_vec(&seed::person(&cpr(next), &phone(next))).unwrap_or_default();
        into.extend_from_slice(&driver::request("POST", "/v1/patients", &shared, &body));
    });
    let load = Load {
        address: service.address,
        connections: BESIDE,
        warm_up: 20,
        duration: options.duration,
    };
    let measured = driver::run(load, create)?;
    if let Some(job) = job {
        wait(service, &headers, &job)?;
    }
    Ok(measured)
}

/// Where the same rows are put by the engine alone.
#[derive(Debug)]
pub(crate) enum Copy {
    /// A second file.
    Sqlite,
    /// A second database of the same server, and a folder that the server may write to.
    Postgresql {
        url: String,
        folder: std::path::PathBuf,
    },
}

impl Copy {
    fn measure(&self, place: &Place, url: &DatabaseUrl) -> Outcome<Duration> {
        match self {
            Self::Sqlite => {
                let target = place.data_dir.join("copy.db");
                let target = DatabaseUrl::parse(&format!("sqlite:{}", target.display()));
                let target = target.map_err(said)?;
                migrate::run(&target).map_err(said)?;
                let DatabaseUrl::Sqlite(source) = url else {
                    return Err("not a file".into());
                };
                let mut conn = target.connect(Purpose::Write).map_err(said)?;
                conn.batch_execute(&format!("ATTACH '{source}' AS source"))?;
                let began = Clock::now();
                // References are checked, as `COPY` checks them and as they are for the service.
                // Without that SQLite copies the records of a table and of its indexes in their
                // order, which is no insert.
                conn.batch_execute("BEGIN IMMEDIATE")?;
                for table in TABLES {
                    conn.batch_execute(&format!(
                        "INSERT INTO main.{table} SELECT * FROM source.{table}"
                    ))?;
                }
                conn.batch_execute("COMMIT")?;
                Ok(began.elapsed())
            }
            Self::Postgresql {
                url: target,
                folder,
            } => {
                let target = DatabaseUrl::parse(target).map_err(said)?;
                migrate::run(&target).map_err(said)?;
                let file = |table: &str| folder.join(format!("copy-{table}")).display().to_string();
                let mut from = url.connect(Purpose::Read).map_err(said)?;
                for table in TABLES {
                    from.batch_execute(&format!(
                        "COPY {table} TO '{}' (FORMAT binary)",
                        file(table)
                    ))?;
                }
                let AnyConnection::Postgres(mut conn) =
                    target.connect(Purpose::Write).map_err(said)?
                else {
                    return Err("not a server".into());
                };
                let began = Clock::now();
                conn.batch_execute("BEGIN")?;
                for table in TABLES {
                    conn.batch_execute(&format!(
                        "COPY {table} FROM '{}' (FORMAT binary)",
                        file(table)
                    ))?;
                }
                conn.batch_execute("COMMIT")?;
                let took = began.elapsed();
                Ok(took)
            }
        }
    }
}

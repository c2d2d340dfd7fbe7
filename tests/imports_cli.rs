//! Imports as a process: from the command line, at a service and without one, and across kill -9.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use brobygger::imports::ImportKind;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::seed::Seeded;
use crate::support::service::{Client, Service, command, text};
use crate::support::{Caller, TestApp};

fn run(app: &TestApp, arguments: &[&str]) -> Output {
    command(app.data_dir.path(), &text(&app.url))
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[track_caller]
fn ends_with(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", said(output));
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

/// A folder with a file of so many people, of whom only the names are given.
fn with_names(count: usize) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let content = format!("name.given,name.family\n{}", "A,B\n".repeat(count));
    let file = write(folder.path(), "patients.csv", &content);
    (folder, file)
}

/// So many people without a number, each with a telephone of one's own.
fn people(count: u32) -> String {
    let mut file = String::from("name.given,name.family,telephone,municipalityCode\n");
    for n in 0..count {
        file.push_str(&format!("Prøve,Nummer {n},+4532{n:06},0370\n"));
    }
    file
}

/// Waits for an import to come to what `until` says.
#[track_caller]
fn wait(caller: &Caller, id: &str, until: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let job = caller.get(&format!("/imports/{id}")).expect(200);
        if until(&job) {
            return job;
        }
        assert!(began.elapsed() < Duration::from_secs(180), "{job}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

on_both_engines! {
    fn what_was_exported_is_read_back_unchanged(app) {
        let seeded = Seeded::new(app);
        assert!(seeded.ids.contains_key("importId"));
        let folder = tempfile::tempdir().unwrap();
        for kind in ImportKind::ALL {
            for form in ["csv", "ndjson"] {
                let file = folder.path().join(format!("{kind}.{form}")).display().to_string();
                let exported = run(app, &["export", kind.as_str(), "--output", &file]);
                assert!(exported.status.success(), "{}", said(&exported));
                for mode in ["insert", "upsert"] {
                    let imported = run(app, &["import", &file, "--kind", kind.as_str(), "--mode", mode]);
                    let said = said(&imported);
                    assert_eq!(imported.status.code(), Some(0), "{kind} {form}: {said}");
                    assert!(said.contains("0 created, 0 updated, ") && said.contains(" 0 rejected"), "{kind} {form}: {said}");
                    assert!(!said.contains(" 0 unchanged"), "{kind} {form}: {said}");
                }
            }
        }
    }

    fn an_export_of_nothing_is_taken_and_said_to_have_no_rows(app) {
        let folder = tempfile::tempdir().unwrap();
        for kind in ImportKind::ALL {
            for form in ["csv", "ndjson"] {
                let file = folder.path().join(format!("{kind}.{form}")).display().to_string();
                let exported = run(app, &["export", kind.as_str(), "--output", &file]);
                assert!(exported.status.success(), "{}", said(&exported));
                let imported = run(app, &["import", &file, "--kind", kind.as_str()]);
                assert_eq!(imported.status.code(), Some(0), "{kind} {form}: {}", said(&imported));
                assert!(said(&imported).contains("There was no row"), "{}", said(&imported));
            }
        }
    }

    fn the_exit_code_says_how_it_went_and_the_report_why(app) {
        let folder = tempfile::tempdir().unwrap();
        let file = write(folder.path(), "patients.csv", "name.given,name.family,birthDate,telephone,municipalityCode\nAnna,Prøvesen,1961-07-07,+4532105432,0370\nBo,,i går,,\n");
        let checked = run(app, &["import", &file, "--kind", "patients", "--validate-only"]);
        ends_with(&checked, 3);
        assert!(said(&checked).contains("checked only"), "{}", said(&checked));
        let report = folder.path().join("report.ndjson").display().to_string();
        let imported = run(app, &["import", &file, "--kind", "patients", "--report", &report]);
        ends_with(&imported, 3);
        let said_now = said(&imported);
        assert!(said_now.contains("1 created") && said_now.contains("name.family") && !said_now.contains("i går"), "{said_now}");
        let lines: Vec<Value> = std::fs::read_to_string(&report).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[1]["line"], 3);
        let header = write(folder.path(), "bad.csv", "Anna,Bo\n");
        let refused = run(app, &["import", &header, "--kind", "patients"]);
        ends_with(&refused, 1);
        assert!(said(&refused).contains("header"), "{}", said(&refused));
        // The report cannot be written: nothing is sent.
        let nowhere = run(app, &["import", &file, "--kind", "patients", "--report", "/nowhere/r.csv"]);
        ends_with(&nowhere, 1);
        assert!(!said(&nowhere).contains("import 0"), "{}", said(&nowhere));
        assert!(!folder.path().join("bad.csv.report.csv").exists());
        // A job that is known is followed to its end, and its report written.
        let id = said_now.lines().find_map(|line| line.strip_prefix("import ")).unwrap();
        let report = folder.path().join("again.csv").display().to_string();
        let followed = run(app, &["import", "--follow", id, "--report", &report]);
        ends_with(&followed, 3);
        assert_eq!(std::fs::read_to_string(&report).unwrap().lines().count(), 3);
        let nothing = run(app, &["import", "/nowhere.csv", "--kind", "patients"]);
        assert_eq!(nothing.status.code(), Some(1));
    }

    fn a_report_that_cannot_be_whole_is_not_said_to_be(app) {
        use brobygger::imports::ImportState;
        use brobygger::platform::db::schema::{import_results, imports as jobs};
        use diesel::prelude::*;
        let folder = tempfile::tempdir().unwrap();
        let file = write(folder.path(), "patients.csv", &people(3));
        // The limits of a service hold here too, and are moved here too.
        let small = run(app, &["import", &file, "--kind", "patients", "--import-limit-rows", "2"]);
        ends_with(&small, 1);
        assert!(said(&small).contains("2 rows"), "{}", said(&small));
        let imported = run(app, &["import", &file, "--kind", "patients"]);
        ends_with(&imported, 0);
        let report = format!("{file}.report.csv");
        let whole = std::fs::read_to_string(&report).unwrap();
        let said_now = said(&imported);
        let id = said_now.lines().find_map(|line| line.strip_prefix("import ")).unwrap();
        let follow = || run(app, &["import", "--follow", id, "--report", &report]);
        // Kept no longer: the report of that time stays as it is.
        let long_ago: brobygger::platform::db::Instant = (chrono::Utc::now() - chrono::Duration::days(91)).into();
        let change = |finished: Option<brobygger::platform::db::Instant>, state: ImportState| {
            app.app.db.write_blocking(move |tx| {
                diesel::update(jobs::table)
                    .set((jobs::finished_at.eq(finished), jobs::updated_at.eq(long_ago), jobs::state.eq(state)))
                    .execute(tx.conn())?;
                Ok(())
            }).unwrap();
        };
        change(Some(long_ago), ImportState::Completed);
        let past = follow();
        ends_with(&past, 5);
        assert!(said(&past).contains("no longer kept") && said(&past).contains("3 created"), "{}", said(&past));
        assert_eq!(std::fs::read_to_string(&report).unwrap(), whole);
        let other = folder.path().join("other.csv");
        let past = run(app, &["import", "--follow", id, "--report", &other.display().to_string()]);
        assert_eq!(past.status.code(), Some(5));
        assert!(!other.exists());
        // Some of them are gone.
        change(Some(chrono::Utc::now().into()), ImportState::Completed);
        assert_eq!(follow().status.code(), Some(0));
        app.app.db.write_blocking(|tx| {
            diesel::delete(import_results::table).execute(tx.conn())?;
            Ok(())
        }).unwrap();
        let partial = follow();
        ends_with(&partial, 5);
        assert!(said(&partial).contains("not whole"), "{}", said(&partial));
        assert!(said(&partial).contains("--report '"), "{}", said(&partial));
        // Nobody sends the file any more, and nobody else is there to say so.
        change(None, ImportState::Receiving);
        let left = follow();
        ends_with(&left, 5);
        assert_eq!(imports_of(app), [(ImportState::Failed, Some("incomplete".to_owned()))]);
    }

    fn killed_in_the_middle_it_goes_on_and_nothing_is_lost_or_doubled(app) {
        const ROWS: u32 = 2500;
        let url = text(&app.url);
        let folder = app.data_dir.path();
        let client = Client::create(folder, &url, "Region Prøve");
        let file = people(ROWS);
        let service = Service::start(folder, &url);
        let caller = service.sign_in(&client);
        let headers = [("content-type", "text/csv")];
        let job = caller.raw("POST", "/v1/imports?kind=patients", &headers, file.as_bytes()).expect(202);
        let id = job["id"].as_str().unwrap().to_owned();
        let at = wait(&caller, &id, |job| job["rowsDone"].as_u64().unwrap() > 100);
        assert_eq!(at["state"], "running", "too fast to be killed in the middle: {at}");
        service.kill();
        let service = Service::start(folder, &url);
        let caller = service.sign_in(&client);
        let job = wait(&caller, &id, |job| job["finishedAt"].is_string());
        assert_eq!(job["state"], "completed", "{job}");
        assert_eq!((&job["rowsDone"], &job["counts"]["created"]), (&ROWS.into(), &ROWS.into()));
        let report = caller.get(&format!("/imports/{id}/results"));
        let results: Vec<Value> = report.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let lines: Vec<u64> = results.iter().map(|result| result["line"].as_u64().unwrap()).collect();
        assert_eq!(lines, (2..u64::from(ROWS) + 2).collect::<Vec<_>>());
        let ids: BTreeSet<&str> = results.iter().map(|result| result["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), ROWS as usize);
        // And there is nobody else.
        let mut stored = 0;
        let mut path = "/patients?limit=100".to_owned();
        loop {
            let page = caller.get(&path).expect(200);
            stored += page["items"].as_array().unwrap().len();
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("/patients?limit=100&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(stored, ROWS as usize);
        let verified = run(app, &["audit", "verify"]);
        assert!(said(&verified).contains(" 0 findings"), "{}", said(&verified));
        // The same file once more, sent from the command line.
        let sent = folder.join("people.csv");
        std::fs::write(&sent, &file).unwrap();
        let again = command(folder, &url)
            .args(["import", &sent.display().to_string(), "--kind", "patients", "--url", &format!("{}/v1", service.base)])
            .env("BROBYGGER_CLIENT_ID", &client.id)
            .env("BROBYGGER_CLIENT_SECRET", &client.secret)
            .output()
            .unwrap();
        ends_with(&again, 0);
        assert!(said(&again).contains(&format!("{ROWS} unchanged")), "{}", said(&again));
    }
}

/// The state of every job, and why it failed.
fn imports_of(app: &TestApp) -> Vec<(brobygger::imports::ImportState, Option<String>)> {
    use brobygger::platform::db::schema::imports::dsl;
    use diesel::prelude::*;
    app.app
        .db
        .read_blocking(|conn| Ok(dsl::imports.select((dsl::state, dsl::failure)).load(conn)?))
        .unwrap()
}

const JOB: &str = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";

fn job(state: &str) -> String {
    format!(
        "{{\"id\":\"{JOB}\",\"kind\":\"patients\",\"mode\":\"insert\",\"validateOnly\":false,\"format\":\"csv\",\"state\":\"{state}\",\"bytes\":9,\"rows\":2,\"rowsDone\":2,\"progress\":100,\"counts\":{{\"created\":2,\"updated\":0,\"unchanged\":0,\"rejected\":0,\"ignored\":0}},\"version\":1,\"createdAt\":\"2026-03-27T09:15:00Z\",\"updatedAt\":\"2026-03-27T09:15:00Z\"}}"
    )
}

/// A service that answers one request after the other as it is told: status and body. Where the
/// status is 0 it hangs up; where it is negative, in the middle of the body; where it is 1, it says
/// nothing until the other side gives up. Answers what it was asked, of a POST with its key.
fn answering(answers: Vec<(i32, String)>) -> (String, std::thread::JoinHandle<Vec<String>>) {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let served = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            asked.push(line.split(' ').take(2).collect::<Vec<_>>().join(" "));
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
                if let Some(key) = line.to_lowercase().strip_prefix("idempotency-key: ") {
                    asked
                        .last_mut()
                        .unwrap()
                        .push_str(&format!(" {}", key.trim()));
                }
            }
            if asked.last().is_some_and(|line| line.starts_with("POST")) {
                // Chunks, to the empty one.
                loop {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                    let length = u64::from_str_radix(line.trim(), 16).unwrap();
                    std::io::copy(&mut (&mut reader).take(length + 2), &mut std::io::sink())
                        .unwrap();
                    if length == 0 {
                        break;
                    }
                }
            }
            if status == 0 {
                continue;
            }
            if status == 1 {
                let _gave_up = std::io::copy(&mut reader, &mut std::io::sink());
                continue;
            }
            let length = if status < 0 {
                body.len() + 10
            } else {
                body.len()
            };
            write!(
                stream,
                "HTTP/1.1 {} X\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}",
                status.abs()
            )
            .unwrap();
        }
        asked
    });
    (url, served)
}

/// Sends a file of patients to a service elsewhere.
fn send(folder: &Path, file: &str, url: &str) -> Output {
    send_with(folder, file, url, "300")
}

/// The same, and asks again for so many seconds.
fn send_with(folder: &Path, file: &str, url: &str, patience: &str) -> Output {
    let import = ["import", file, "--kind", "patients", "--patience", patience];
    command(folder, "sqlite:unused.db")
        .args(import)
        .args(["--url", url, "--token", "x"])
        .output()
        .unwrap()
}

fn results() -> String {
    [2, 3]
        .map(|line| format!("{{\"line\":{line},\"outcome\":\"created\",\"id\":\"{JOB}\",\"candidates\":[],\"problems\":[]}}\n"))
        .concat()
}

#[test]
fn what_is_lost_on_the_way_is_asked_again() {
    let (folder, file) = with_names(2);
    let first = results().lines().next().unwrap().to_owned() + "\n";
    let (url, served) = answering(vec![
        (202, job("queued")),
        (503, "{\"detail\":\"The service is stopping.\"}".to_owned()),
        (0, String::new()),
        (429, "{}".to_owned()),
        (200, job("completed")),
        (500, "{}".to_owned()),
        (-200, first),
        (200, results()),
    ]);
    let imported = send(folder.path(), &file, &url);
    ends_with(&imported, 0);
    assert!(
        said(&imported).contains("Asking again"),
        "{}",
        said(&imported)
    );
    let asked = served.join().unwrap();
    let post = "POST /v1/imports?kind=patients&mode=insert&validateOnly=false ";
    assert!(asked[0].starts_with(post), "{}", asked[0]);
    assert_eq!(asked[4], format!("GET /v1/imports/{JOB}"));
    // Each row once, though the first one came twice.
    let report = std::fs::read_to_string(format!("{file}.report.csv")).unwrap();
    assert_eq!(report.lines().count(), 3, "{report}");
}

#[test]
fn an_import_that_was_taken_and_not_seen_to_its_end_has_a_code_of_its_own() {
    let (folder, file) = with_names(1);
    let gone = "{\"detail\":\"The token is no longer good.\"}".to_owned();
    let (url, served) = answering(vec![(202, job("queued")), (401, gone.clone()), (401, gone)]);
    let lost = send(folder.path(), &file, &url);
    ends_with(&lost, 5);
    assert!(
        said(&lost).contains(&format!("--follow {JOB}")),
        "{}",
        said(&lost)
    );
    let refused = command(folder.path(), "sqlite:unused.db")
        .args([
            "import", "--follow", JOB, "--url", &url, "--token", "x", "--report",
        ])
        .arg(folder.path().join("r.csv"))
        .output()
        .unwrap();
    ends_with(&refused, 1);
    served.join().unwrap();
}

#[test]
fn a_file_whose_answer_is_lost_is_sent_again_under_the_same_key() {
    let (folder, file) = with_names(2);
    let (url, served) = answering(vec![
        (0, String::new()),
        (502, "Bad gateway".to_owned()),
        (409, "{\"code\":\"idempotencyKeyInUse\"}".to_owned()),
        (429, "{}".to_owned()),
        (202, job("completed")),
        (200, results()),
    ]);
    let imported = send(folder.path(), &file, &url);
    ends_with(&imported, 0);
    let asked = served.join().unwrap();
    assert_eq!(asked[0].split(' ').count(), 3, "{}", asked[0]);
    assert!(asked[..5].iter().all(|line| *line == asked[0]), "{asked:?}");
}

#[test]
fn an_import_that_may_have_been_taken_is_not_said_to_have_failed() {
    let (folder, file) = with_names(1);
    let report = format!("{file}.report.csv");
    let gone = || {
        (
            401,
            "{\"detail\":\"The token is no longer good.\"}".to_owned(),
        )
    };
    let cases = [
        // The answer is lost, and then nobody is there or the token has run out.
        (vec![(0, String::new())], 5),
        (vec![(502, "{}".to_owned()), gone()], 5),
        // It says nothing.
        (vec![(1, String::new()), gone()], 5),
        // It has certainly done nothing.
        (vec![gone()], 1),
        (vec![(429, "{}".to_owned()), gone()], 1),
    ];
    for (answers, code) in cases {
        let (url, served) = answering(answers);
        let sent = send_with(folder.path(), &file, &url, "1");
        ends_with(&sent, code);
        let perhaps = said(&sent).contains("may have been taken");
        assert_eq!(perhaps, code == 5, "{}", said(&sent));
        assert!(!Path::new(&report).exists());
        served.join().unwrap();
    }
    // A wrong address is not asked for five minutes.
    let nowhere = send(folder.path(), &file, "http://127.0.0.1:9/v1");
    ends_with(&nowhere, 1);
}

#[test]
fn a_service_that_says_nothing_is_not_waited_for_for_ever() {
    let (folder, file) = with_names(2);
    // About the job, and in the middle of its results.
    let silent = || (1, String::new());
    let results = vec![(202, job("completed")), silent(), silent(), silent()];
    for answers in [
        vec![(202, job("queued")), silent(), silent(), silent()],
        results,
    ] {
        let (url, _served) = answering(answers);
        let began = Instant::now();
        let lost = send_with(folder.path(), &file, &url, "2");
        ends_with(&lost, 5);
        assert!(began.elapsed() < Duration::from_secs(60));
        let hint = format!("--follow {JOB} --url {url} --report '");
        assert!(said(&lost).contains(&hint), "{}", said(&lost));
    }
}

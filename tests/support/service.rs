//! The real program as a process of its own, to be read from outside and to be killed.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use brobygger::platform::db::connection::DatabaseUrl;

use super::Caller;

/// How the program is called on this data directory and database.
pub fn command(data_dir: &Path, url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brobygger"));
    command
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--database-url", url])
        .env_remove("DATABASE_READ_URL")
        .env_remove("BROBYGGER_LOG")
        .stdin(Stdio::null());
    command
}

/// What a command of the program prints; it must succeed.
#[track_caller]
pub fn run(data_dir: &Path, url: &str, arguments: &[&str]) -> String {
    let output = command(data_dir, url).args(arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {text}{errors}");
    text
}

/// A client, as the command line made it.
pub struct Client {
    pub organisation: String,
    pub id: String,
    pub secret: String,
}

impl Client {
    /// A client with every scope of a data controller of its own.
    pub fn create(data_dir: &Path, url: &str, organisation: &str) -> Self {
        let text = run(
            data_dir,
            url,
            &[
                "client",
                "create",
                "--name",
                "EHR",
                "--new-organisation",
                organisation,
            ],
        );
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_else(|| panic!("{name} in {text}"))
                .trim()
                .to_owned()
        };
        Self {
            organisation: field("organisation:"),
            id: field("client_id:"),
            secret: field("client_secret:"),
        }
    }
}

/// A running service.
pub struct Service {
    pub base: String,
    pub metrics: String,
    pub log: PathBuf,
    child: Child,
    agent: ureq::Agent,
}

impl Service {
    /// Starts it, and waits until it listens.
    pub fn start(data_dir: &Path, url: &str) -> Self {
        let log = data_dir.join("service.log");
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .unwrap();
        let mut child = command(data_dir, url)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--workers",
                "2",
                "--rate-limit",
                "0",
                "--webhook-loopback",
            ])
            .args(["--metrics-listen", "127.0.0.1:0"])
            .env(
                "RUST_LOG",
                "brobygger=trace,actix_web=debug,actix_server=debug,diesel=debug",
            )
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = |before: &str| {
            lines
                .by_ref()
                .map_while(Result::ok)
                .find_map(|line| line.strip_prefix(before).map(str::to_owned))
                .unwrap_or_else(|| panic!("{}", std::fs::read_to_string(&log).unwrap()))
        };
        let base = said("Brobygger listens on ");
        let metrics = said("Metrics: ");
        // Whoever stops reading stops the writer.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            base,
            metrics: metrics.trim_end_matches("/metrics").to_owned(),
            log,
            child,
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_global(Some(Duration::from_secs(30)))
                .build()
                .into(),
        }
    }

    /// SIGKILL: no destructor, no handler, nothing flushed.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn nobody(&self) -> Caller {
        Caller {
            base: self.base.clone(),
            token: None,
            agent: self.agent.clone(),
        }
    }

    /// A client that has signed in.
    pub fn sign_in(&self, client: &Client) -> Caller {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            client.id, client.secret
        );
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let token = self
            .nobody()
            .raw("POST", "/v1/oauth/token", &kind, form.as_bytes())
            .expect(200);
        Caller {
            token: Some(token["access_token"].as_str().unwrap().to_owned()),
            ..self.nobody()
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Killed already, or the test has failed.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A URL as it stands on the command line.
pub fn text(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite:{path}"),
        DatabaseUrl::Postgres(url) => url.clone(),
    }
}

//! Processes of this benchmark: the service under test, and what it is compared with.
//!
//! The service is the release binary as anyone starts it. Its log lines are written, as they are
//! in production, and thrown away.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::Outcome;
use super::driver;

/// How long a process may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// What Linux counts processor time in (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// Where a service keeps everything.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Its data directory.
    pub data_dir: PathBuf,
    /// Its database.
    pub url: String,
}

/// A child process that listens; ended, by its own id, when this is dropped.
pub(crate) struct Listening {
    child: Child,
    /// Held open: the service would not survive that nobody can hear what it prints.
    _stdout: BufReader<ChildStdout>,
    /// Where.
    pub address: SocketAddr,
}

impl Listening {
    /// Starts a program that prints one line with its address, `… http://ADDRESS`.
    pub(crate) fn start(command: &mut Command) -> Outcome<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut line = String::new();
        let read = stdout.read_line(&mut line);
        let address = line
            .split_once("http://")
            .and_then(|(_, address)| address.trim().parse().ok());
        match (read, address) {
            (Ok(_), Some(address)) => Ok(Self {
                child,
                _stdout: stdout,
                address,
            }),
            _ => {
                child.kill()?;
                child.wait()?;
                Err(format!("{command:?} did not start").into())
            }
        }
    }

    /// Its resident memory in KiB, now.
    pub(crate) fn resident_kib(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.ok_or("/proc tells no VmRSS")?.parse()?)
    }

    /// The processor time it has used so far, its own and the kernel's for it.
    pub(crate) fn processor_time(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // After the name, which may hold spaces: state is field 3, utime 14, stime 15 (proc(5)).
        let (_, fields) = stat.rsplit_once(')').ok_or("/proc tells no times")?;
        let mut ticks = 0;
        for time in fields.split_whitespace().skip(11).take(2) {
            ticks += time.parse::<u64>()?;
        }
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Lets it finish (SIGTERM) and waits for its end.
    pub(crate) fn stop(mut self) -> Outcome {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            if asked.elapsed() > PATIENCE {
                return Err("the service did not stop".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Already ended after `stop`; then both say so, and nothing is left to do.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

fn brobygger(place: &Place) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_brobygger"));
    command
        .arg("--data-dir")
        .arg(&place.data_dir)
        .args(["--database-url", &place.url])
        // What the surroundings say of another installation is not meant for this one.
        .env_remove("BROBYGGER_KEY_RING")
        .env_remove("BROBYGGER_SIGNING_KEY")
        .env_remove("DATABASE_READ_URL")
        .env_remove("RUST_LOG");
    command
}

/// Starts the service.
pub(crate) fn serve(place: &Place, workers: usize) -> Outcome<Listening> {
    let mut command = brobygger(place);
    command.args(["serve", "--listen", "127.0.0.1:0", "--rate-limit", "0"]);
    command.args(["--workers", &workers.to_string()]);
    Listening::start(&mut command)
}

/// Starts this program again in another part: see [`super::Part`].
pub(crate) fn part(arguments: &[String]) -> Outcome<Listening> {
    Listening::start(Command::new(std::env::current_exe()?).args(arguments))
}

/// From the start of the process to the first answer that says that all is well.
pub(crate) fn start_to_first_answer(place: &Place, workers: usize) -> Outcome<Duration> {
    let started = Instant::now();
    let service = serve(place, workers)?;
    let request = driver::request("GET", "/health/ready", "", b"");
    let answer = driver::once(service.address, &request)?;
    let took = started.elapsed();
    answer.json()?;
    service.stop()?;
    Ok(took)
}

/// A system client with every scope, and the data controller that it acts for.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    id: String,
    secret: String,
    /// The data controller.
    pub organisation: String,
}

impl Client {
    /// Makes it on the command line, as a newcomer would.
    pub(crate) fn create(place: &Place) -> Outcome<Self> {
        let output = brobygger(place)
            .args(["client", "create", "--name", "bench"])
            .args(["--new-organisation", "Region Prøve"])
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        let field = |name: &str| {
            text.lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.trim().to_owned())
                .ok_or_else(|| format!("`client create` printed no {name}"))
        };
        Ok(Self {
            id: field("client_id")?,
            secret: field("client_secret")?,
            organisation: field("organisation")?,
        })
    }

    /// The headers of a request with a new access token. Tokens last 15 minutes: one for each run.
    pub(crate) fn headers(&self, address: SocketAddr) -> Outcome<String> {
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            self.id, self.secret
        );
        let request = driver::request(
            "POST",
            "/v1/oauth/token",
            "content-type: application/x-www-form-urlencoded\r\n",
            form.as_bytes(),
        );
        let answer = driver::once(address, &request)?.json()?;
        let token = answer
            .get("access_token")
            .and_then(serde_json::Value::as_str)
            .ok_or("no access token was answered")?;
        Ok(format!(
            "authorization: Bearer {token}\r\naccept: application/json\r\n\
             content-type: application/json\r\n"
        ))
    }
}

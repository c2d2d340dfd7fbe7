//! A real PostgreSQL that the tests start themselves, so that `cargo test` needs an installed
//! server package and nothing else: no running service, no password, no port.
//!
//! One server per test process, made by [`shared`]; one database per test, copied from a migrated
//! template with [`Cluster::create_database`]. The server and its directory are gone when the test
//! process ends, however it ends.
//!
//! - `BROBYGGER_TEST_POSTGRES=postgres://user@host/db` uses an existing server instead; the user
//!   must be allowed to create databases.
//! - `BROBYGGER_REQUIRE_POSTGRES=1` makes a missing PostgreSQL a failure instead of a skip.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use diesel::pg::PgConnection;
use diesel::{Connection as _, RunQueryDsl as _, sql_query};

/// How much a crash of the server may lose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing waits for the disk. For every test that does not pull the plug.
    Fast,
    /// The server's own defaults: what was answered is on disk.
    Durable,
}

/// A PostgreSQL server that belongs to the tests.
pub(crate) struct Cluster {
    /// `postgres://user@host:port`, to which a database name is appended.
    authority: String,
    /// What followed `?` in `BROBYGGER_TEST_POSTGRES`.
    query: Option<String>,
    /// CREATE DATABASE fails while another session is connected to its template, and making two
    /// copies of one template counts as that at a bad moment: one statement at a time.
    admin: Mutex<PgConnection>,
    /// How CREATE DATABASE copies. On our own server, where nothing is fsynced, copying the files
    /// takes 23 ms; the default of PostgreSQL 15 and later, which writes each page to the WAL, 57.
    strategy: &'static str,
    keeper: Option<Keeper>,
}

/// The process that ends the server when the test process goes away.
struct Keeper {
    wrapper: Child,
    /// `None` only while the cluster is being dropped.
    pipe: Option<ChildStdin>,
    directory: PathBuf,
}

/// The server of this test process; started by whoever asks first.
///
/// # Panics
///
/// When there is no PostgreSQL and `BROBYGGER_REQUIRE_POSTGRES=1` says that there has to be.
pub(crate) fn shared() -> Result<&'static Cluster, String> {
    static SHARED: OnceLock<Result<Cluster, String>> = OnceLock::new();
    let outcome = SHARED.get_or_init(|| {
        let started = match std::env::var("BROBYGGER_TEST_POSTGRES") {
            Ok(url) if !url.is_empty() => Cluster::existing(&url),
            _ => Cluster::start(Durability::Fast),
        };
        if let Err(why) = &started {
            // Not eprintln!: the test harness swallows that for tests that pass, and a skip nobody
            // sees is how half a suite stops running.
            let _ = writeln!(
                std::io::stderr(),
                "\n*** SKIPPED: every test on PostgreSQL. {why}\n"
            );
        }
        started
    });
    match outcome {
        Ok(cluster) => Ok(cluster),
        Err(why) if required() => {
            panic!("BROBYGGER_REQUIRE_POSTGRES is set and PostgreSQL cannot be used: {why}")
        }
        Err(why) => Err(why.clone()),
    }
}

fn required() -> bool {
    std::env::var("BROBYGGER_REQUIRE_POSTGRES").is_ok_and(|value| !matches!(&*value, "" | "0"))
}

impl Cluster {
    /// Makes a new server in a new directory. It listens on a unix socket there and nowhere else.
    pub(crate) fn start(durability: Durability) -> Result<Self, String> {
        let initdb = find("initdb").ok_or(
            "initdb was not found on PATH or under /usr/lib/postgresql/*/bin \
             (Debian: apt-get install postgresql)",
        )?;
        // Debian links single programs to other places; their neighbours are at the link's target.
        let initdb = fs::canonicalize(&initdb).unwrap_or(initdb);
        let postgres = initdb.with_file_name("postgres");
        if !postgres.is_file() {
            return Err(format!("{} has no postgres beside it", initdb.display()));
        }

        let account = Account::for_server()?;
        let directory = new_directory(&account)?;
        let made = initialise(&initdb, &directory, &account)
            .and_then(|()| keep(&postgres, &directory, &account, durability));
        let keeper = made.inspect_err(|_| {
            let _ = fs::remove_dir_all(&directory);
        })?;

        let authority = format!("postgres://postgres@{}:5432", percent_encode(&directory));
        // From here on dropping the keeper stops the server.
        let mut admin = first_connection(&format!("{authority}/postgres"), &directory)?;
        let has_strategies = "DO $$ BEGIN
            ASSERT current_setting('server_version_num')::int >= 150000;
        END $$";
        let strategy = match sql_query(has_strategies).execute(&mut admin) {
            Ok(_) if durability == Durability::Fast => " STRATEGY FILE_COPY",
            _ => "",
        };
        Ok(Self {
            authority,
            query: None,
            admin: Mutex::new(admin),
            strategy,
            keeper: Some(keeper),
        })
    }

    fn existing(url: &str) -> Result<Self, String> {
        let admin = PgConnection::establish(url)
            .map_err(|why| format!("BROBYGGER_TEST_POSTGRES cannot be reached: {why}"))?;
        let (base, query) = match url.split_once('?') {
            Some((base, query)) => (base, Some(query.to_owned())),
            None => (url, None),
        };
        let after_scheme = base.find("://").map_or(0, |at| at + 3);
        let end = base[after_scheme..]
            .find('/')
            .map_or(base.len(), |at| after_scheme + at);
        Ok(Self {
            authority: base[..end].to_owned(),
            query,
            admin: Mutex::new(admin),
            strategy: "",
            keeper: None,
        })
    }

    /// The address of one database, as `DATABASE_URL` takes it.
    pub(crate) fn url(&self, database: &str) -> String {
        let query = self
            .query
            .as_ref()
            .map_or(String::new(), |query| format!("?{query}"));
        format!("{}/{database}{query}", self.authority)
    }

    /// Makes an empty database, or a copy of `template`, to which nobody may be connected.
    pub(crate) fn create_database(&self, name: &str, template: Option<&str>) {
        let name = quoted(name);
        // template0: what somebody put into template1 of an existing server is not ours to copy.
        let template = quoted(template.unwrap_or("template0"));
        let strategy = self.strategy;
        self.administer(&format!(
            "CREATE DATABASE {name} TEMPLATE {template}{strategy}"
        ));
    }

    /// Removes a database, also when somebody is still connected to it.
    pub(crate) fn drop_database(&self, name: &str) {
        let name = quoted(name);
        self.administer(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }

    fn administer(&self, statement: &str) {
        // A test that failed in here poisons the lock; the next test has done nothing wrong.
        let mut admin = self.admin.lock().unwrap_or_else(PoisonError::into_inner);
        sql_query(statement)
            .execute(&mut *admin)
            .unwrap_or_else(|why| panic!("{statement}: {why}"));
    }

    /// Where the server's files and its socket are; `None` on an existing server.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.keeper.as_ref().map(|keeper| &*keeper.directory)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.pipe.take();
        let _ = self.wrapper.wait();
    }
}

/// The account the server runs under: PostgreSQL refuses to run as root.
struct Account(Option<(u32, u32)>);

impl Account {
    fn for_server() -> Result<Self, String> {
        if id(&["-u"])? != 0 {
            return Ok(Self(None));
        }
        let ids = id(&["-u", "postgres"]).and_then(|uid| Ok((uid, id(&["-g", "postgres"])?)));
        ids.map(|ids| Self(Some(ids)))
            .map_err(|why| format!("as root the server needs the account `postgres`: {why}"))
    }

    /// A command under this account. Rust drops root's supplementary groups together with the uid.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((uid, gid)) = self.0 {
            command.uid(uid).gid(gid);
        }
        command
    }
}

fn id(arguments: &[&str]) -> Result<u32, String> {
    let output = Command::new("id")
        .args(arguments)
        .output()
        .map_err(|why| format!("id: {why}"))?;
    String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .map_err(|_| String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

/// On PATH, else where Debian keeps the servers, highest version first.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(found) = std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
    {
        return Some(found);
    }
    fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let candidate = entry.path().join("bin").join(program);
            candidate.is_file().then_some((version, candidate))
        })
        .max()
        .map(|(_, candidate)| candidate)
}

fn new_directory(account: &Account) -> Result<PathBuf, String> {
    // The path of a unix socket is at most 107 bytes, and some TMPDIRs are longer than that.
    let mut parent = std::env::temp_dir();
    if parent.as_os_str().len() > 60 {
        parent = PathBuf::from("/tmp");
    }
    let directory = tempfile::Builder::new()
        .prefix("brobygger-pg-")
        .tempdir_in(&parent)
        .map_err(|why| format!("no directory for PostgreSQL in {}: {why}", parent.display()))?
        .keep();
    let private = fs::Permissions::from_mode(0o700);
    fs::set_permissions(&directory, private)
        .and_then(|()| match account.0 {
            Some((uid, gid)) => chown(&directory, Some(uid), Some(gid)),
            None => Ok(()),
        })
        .map_err(|why| format!("{}: {why}", directory.display()))?;
    Ok(directory)
}

fn initialise(initdb: &Path, directory: &Path, account: &Account) -> Result<(), String> {
    let output = account
        .command(initdb)
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
        .args(["--locale=C.UTF-8", "--no-sync", "--no-instructions"])
        .arg("--pgdata")
        .arg(directory.join("data"))
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .map_err(|why| format!("{}: {why}", initdb.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!("initdb failed: {}", why.trim()))
}

/// Waits for the end of its standard input and then ends the server. A destructor would not run
/// when the test process is killed; the kernel closes a pipe in every case. SIGQUIT is PostgreSQL's
/// immediate shutdown: nothing in the directory is worth a checkpoint.
const KEEPER: &str = r#"
directory=$1; shift
"$@" >"$directory/log" 2>&1 &
server=$!
cat >/dev/null
kill -s QUIT "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$directory"
"#;

fn keep(
    postgres: &Path,
    directory: &Path,
    account: &Account,
    durability: Durability,
) -> Result<Keeper, String> {
    let mut settings = vec![
        "listen_addresses=".to_owned(),
        format!("unix_socket_directories={}", directory.display()),
        "unix_socket_permissions=0700".to_owned(),
        // Every test has its own pools.
        "max_connections=300".to_owned(),
        "shared_buffers=128MB".to_owned(),
        "autovacuum=off".to_owned(),
        "jit=off".to_owned(),
        // Where the service runs the server is rarely on UTC, and a query that leans on the
        // session's zone shall be found here.
        "timezone=Europe/Copenhagen".to_owned(),
    ];
    if durability == Durability::Fast {
        settings.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "wal_level=minimal",
                "max_wal_senders=0",
            ]
            .map(str::to_owned),
        );
    }

    let mut command = account.command("sh");
    command.args(["-c", KEEPER, "brobygger-test-postgres"]);
    command.arg(directory).arg(postgres);
    command.arg("-D").arg(directory.join("data"));
    for setting in &settings {
        command.args(["-c", setting]);
    }
    let mut wrapper = command
        .current_dir(directory)
        // Ctrl-C and a runner's time limit reach the whole process group of the tests; the keeper
        // has to outlive them by the moment it takes to clean up.
        .process_group(0)
        .stdin(Stdio::piped())
        // Whoever reads our output to its end must not wait for the server.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| format!("sh: {why}"))?;
    let pipe = wrapper.stdin.take();
    Ok(Keeper {
        wrapper,
        pipe,
        directory: directory.to_owned(),
    })
}

fn first_connection(url: &str, directory: &Path) -> Result<PgConnection, String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match PgConnection::establish(url) {
            Ok(connection) => return Ok(connection),
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
            Err(why) => {
                let log = fs::read_to_string(directory.join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL did not start: {why}\n{log}"));
            }
        }
    }
}

/// A directory as the host of a URL.
fn percent_encode(path: &Path) -> String {
    let mut encoded = String::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                encoded.push(char::from(*byte));
            }
            _ => write!(encoded, "%{byte:02X}").expect("writing to a String"),
        }
    }
    encoded
}

/// Database names come from the tests; a mistake there shall not become SQL.
fn quoted(name: &str) -> String {
    assert!(
        !name.is_empty()
            && name.len() <= 63
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
        "`{name}` is not a database name: a-z, 0-9 and _ only, at most 63"
    );
    format!("\"{name}\"")
}

mod tests {
    use super::*;
    use diesel::sql_types::Text;
    use std::io::{BufRead as _, BufReader};

    #[derive(diesel::QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        value: String,
    }

    fn ask(url: &str, query: &str) -> String {
        let mut connection = PgConnection::establish(url).expect(url);
        sql_query(query)
            .get_result::<Setting>(&mut connection)
            .expect(query)
            .value
    }

    #[test]
    fn a_database_is_a_copy_of_its_template() {
        let Ok(cluster) = shared() else { return };
        let template = format!("copied_from_{}", std::process::id());
        cluster.create_database(&template, None);
        let mut connection = PgConnection::establish(&cluster.url(&template)).unwrap();
        sql_query("CREATE TABLE word AS SELECT 'blåbærgrød' AS value")
            .execute(&mut connection)
            .unwrap();
        drop(connection);

        // Several at once: CREATE DATABASE waits for its turn instead of failing.
        std::thread::scope(|scope| {
            for n in 0..4 {
                let template = &template;
                scope.spawn(move || {
                    let name = format!("{template}_{n}");
                    cluster.create_database(&name, Some(template));
                    let url = cluster.url(&name);
                    assert_eq!(ask(&url, "SELECT value FROM word"), "blåbærgrød");
                    let held = PgConnection::establish(&url).unwrap();
                    cluster.drop_database(&name);
                    drop(held);
                    assert!(PgConnection::establish(&url).is_err());
                });
            }
        });
        cluster.drop_database(&template);
    }

    #[test]
    fn durable_means_that_the_disk_is_waited_for() {
        if shared().is_err() {
            return;
        }
        let Ok(cluster) = Cluster::start(Durability::Durable) else {
            return; // an existing server is used and no PostgreSQL is installed
        };
        let url = cluster.url("postgres");
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let query = format!("SELECT current_setting('{setting}') AS value");
            assert_eq!(ask(&url, &query), "on", "{setting}");
        }
        let directory = cluster.directory().unwrap().to_owned();
        drop(cluster);
        assert!(!directory.exists());
    }

    /// The process that is killed by [`a_killed_test_process_leaves_nothing_behind`].
    #[test]
    #[ignore = "a helper that waits to be killed"]
    fn process_to_be_killed() {
        if std::env::var_os("BROBYGGER_TO_BE_KILLED").is_none() {
            return;
        }
        let cluster = Cluster::start(Durability::Fast).unwrap();
        println!("directory={}", cluster.directory().unwrap().display());
        std::thread::sleep(Duration::from_secs(60));
    }

    #[test]
    fn a_killed_test_process_leaves_nothing_behind() {
        if shared().is_err() || find("initdb").is_none() {
            return;
        }
        let (_, module) = module_path!().split_once("::").unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg(format!("{module}::process_to_be_killed"))
            .env("BROBYGGER_TO_BE_KILLED", "1")
            .env_remove("BROBYGGER_TEST_POSTGRES")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let directory = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            // libtest writes the test's name on the same line without a newline
            .find_map(|line| Some(PathBuf::from(line.split_once("directory=")?.1)))
            .expect("the child tells where its server is");
        let server: String = fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
        let server = PathBuf::from("/proc").join(server.lines().next().unwrap());
        assert!(File::open(server.join("stat")).is_ok());

        child.kill().unwrap(); // SIGKILL: no destructor, no signal handler
        child.wait().unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while directory.exists() || server.exists() {
            assert!(Instant::now() < deadline, "{}", directory.display());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

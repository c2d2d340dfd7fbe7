//! A running service with a database, a clock and keys of its own.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use brobygger::organisations::{self, OrganisationId, OrganisationKind};
use brobygger::platform::access::clients::{self, NewClient};
use brobygger::platform::access::policy::{Action, allows};
use brobygger::platform::access::tokens::Bearer;
use brobygger::platform::access::{ActorKind, Role};
use brobygger::platform::app::App;
use brobygger::platform::clock::Clock;
use brobygger::platform::config::Config;
use brobygger::platform::db::{DatabaseUrl, Engine, migrate};
use brobygger::platform::http::server;
use brobygger::programmes::ProgrammeId;
use brobygger::webhooks::worker;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::caller::Caller;
use super::postgres::{self, Cluster};

/// When every test begins: a Friday, 10:15 in Copenhagen.
pub const START: &str = "2026-03-27T09:15:00Z";

/// A running service.
pub struct TestApp {
    pub app: App,
    pub base: String,
    pub clock: Clock,
    pub engine: Engine,
    pub url: DatabaseUrl,
    /// The data controller that callers belong to where nothing else is said.
    pub controller: OrganisationId,
    agent: ureq::Agent,
    handle: Option<actix_web::dev::ServerHandle>,
    thread: Option<JoinHandle<()>>,
    pub data_dir: tempfile::TempDir,
    /// Last: dropped when nobody is connected any more.
    database: Option<Database>,
}

/// A PostgreSQL database of one test.
struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    fn copy_of(cluster: &'static Cluster, template: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "brobygger_test_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        cluster.create_database(&name, Some(template));
        Self { cluster, name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.cluster.drop_database(&self.name);
    }
}

impl TestApp {
    /// On SQLite: a copy of a migrated template file.
    pub fn sqlite() -> Self {
        Self::sqlite_with(|_| {})
    }

    /// On SQLite, started in another way than usual.
    pub fn sqlite_with(configure: impl FnOnce(&mut Config)) -> Self {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("template.db");
            migrate::run(&sqlite_url(&file)).unwrap();
            std::fs::read(&file).unwrap()
        });
        let data_dir = tempfile::tempdir().unwrap();
        let file = data_dir.path().join("brobygger.db");
        std::fs::write(&file, template).unwrap();
        Self::start(data_dir, sqlite_url(&file), configure)
    }

    /// On PostgreSQL: a database made from a migrated template database. `None` where there is
    /// no PostgreSQL, unless `BROBYGGER_REQUIRE_POSTGRES` demands one.
    pub fn postgresql() -> Option<Self> {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        // Says loudly why not, and panics where one is demanded.
        let cluster = postgres::shared().ok()?;
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("brobygger_template_{}", std::process::id());
            cluster.create_database(&name, None);
            migrate::run(&DatabaseUrl::parse(&cluster.url(&name)).unwrap()).unwrap();
            name
        });
        let database = Database::copy_of(cluster, template);
        let url = DatabaseUrl::parse(&cluster.url(&database.name)).unwrap();
        let mut app = Self::start(tempfile::tempdir().unwrap(), url, |_| {});
        app.database = Some(database);
        Some(app)
    }

    /// Another instance of the service on the same database, with the same keys and clock.
    pub fn beside(&self) -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(self.data_dir.path()).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                std::fs::copy(entry.path(), data_dir.path().join(entry.file_name())).unwrap();
            }
        }
        let mut app = Self::start_at(data_dir, self.url.clone(), self.clock.clone(), |_| {});
        app.controller = self.controller;
        app
    }

    fn start(
        data_dir: tempfile::TempDir,
        url: DatabaseUrl,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let clock = Clock::manual(START.parse::<DateTime<Utc>>().unwrap());
        Self::start_at(data_dir, url, clock, configure)
    }

    fn start_at(
        data_dir: tempfile::TempDir,
        url: DatabaseUrl,
        clock: Clock,
        configure: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::new(data_dir.path().to_owned());
        config.listen = ([127, 0, 0, 1], 0).into();
        config.workers = 1;
        config.sizes.readers = 4;
        config.sizes.points = 2;
        config.sizes.writers = 3;
        config.webhooks.loopback_http = true;
        config.webhooks.timeout = Duration::from_secs(2);
        config.webhooks.poll = Duration::from_millis(50);
        configure(&mut config);
        let app = server::open(config, &url, None, clock.clone()).unwrap();
        let controller = new_controller(&app, "Region Prøve");
        let (sender, receiver) = std::sync::mpsc::channel();
        let shared = app.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let listening = server::bind(&shared).unwrap();
                sender
                    .send((listening.address, listening.server.handle()))
                    .unwrap();
                listening.server.await.unwrap();
            });
        });
        let (address, handle) = receiver.recv().unwrap();
        Self {
            base: format!("http://{address}"),
            engine: app.db.engine(),
            app,
            clock,
            url,
            controller,
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_global(Some(Duration::from_secs(60)))
                .build()
                .into(),
            handle: Some(handle),
            thread: Some(thread),
            data_dir,
            database: None,
        }
    }

    /// Waits until the event log shows what is committed: on PostgreSQL it holds back what is newer
    /// than the oldest transaction of the server, and the server is that of all tests.
    pub fn settle(&self) {
        use brobygger::platform::events::log;
        use diesel::QueryDsl as _;
        use diesel::RunQueryDsl as _;
        for _ in 0..1000 {
            let behind = self.app.db.read_blocking(|conn| {
                use brobygger::platform::db::schema::events::dsl;
                let newest: Option<i64> = dsl::events
                    .select(diesel::dsl::max(dsl::tx))
                    .get_result(conn)?;
                Ok(newest.is_some_and(|newest| newest >= log::horizon(conn).unwrap()))
            });
            if !behind.unwrap() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("a transaction stays open");
    }

    /// Delivers webhooks until the answer is dropped: then it is cut off in the middle of everything.
    pub fn deliver(&self) -> Delivering {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let app = self.app.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                tokio::select! {
                    () = worker::deliver(app) => {}
                    _ = stopped => {}
                }
            });
        });
        Delivering {
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Nobody: no token.
    pub fn nobody(&self) -> Caller {
        self.with_token(None)
    }

    /// A system client that is limited to one programme.
    pub fn client_of_programme(&self, programme: &serde_json::Value, scopes: &[&str]) -> Caller {
        let programme = serde_json::from_value(programme.clone()).unwrap();
        self.system(self.controller, Some(vec![programme]), scopes)
    }

    /// A system client of the controller with these scopes.
    pub fn client(&self, scopes: &[&str]) -> Caller {
        self.client_of(self.controller, scopes)
    }

    /// A system client with every scope.
    pub fn client_with_everything(&self) -> Caller {
        let scopes: Vec<&str> = Action::ALL.iter().map(|action| action.scope()).collect();
        self.client(&scopes)
    }

    /// A system client of another data controller, with every scope there.
    pub fn other_organisation(&self) -> Caller {
        let scopes: Vec<&str> = Action::ALL.iter().map(|action| action.scope()).collect();
        self.client_of(new_controller(&self.app, "Region Anden"), &scopes)
    }

    /// A system client of an organisation.
    pub fn client_of(&self, organisation: OrganisationId, scopes: &[&str]) -> Caller {
        self.system(organisation, None, scopes)
    }

    fn system(
        &self,
        organisation: OrganisationId,
        programmes: Option<Vec<ProgrammeId>>,
        scopes: &[&str],
    ) -> Caller {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let now = self.clock.now();
        // A write is tried once more when the engine asks for it: it makes its own value each time.
        let new = {
            let (scopes, programmes) = (scopes.clone(), programmes.clone());
            move || NewClient {
                name: "EHR".to_owned(),
                organisation_id: organisation,
                scopes: scopes.clone(),
                programmes: programmes.clone(),
                sees_protected: false,
            }
        };
        let client = self
            .app
            .db
            .write_blocking(move |tx| Ok(clients::create(tx.conn(), new(), now)?.0))
            .unwrap();
        self.bearer(&Bearer {
            kind: ActorKind::Client,
            id: client.id.uuid(),
            organisation,
            roles: Vec::new(),
            programmes,
            sees_protected: false,
            scopes,
        })
    }

    /// A person with a role; `subject` is a staff member, or for their roles the patient or the
    /// volunteer.
    pub fn person(&self, role: Role, subject: Uuid) -> Caller {
        self.bearer(&Bearer {
            kind: ActorKind::of(role),
            id: subject,
            organisation: self.controller,
            roles: vec![role],
            programmes: None,
            sees_protected: false,
            scopes: Action::ALL
                .iter()
                .filter(|action| allows(role, **action))
                .map(|action| action.scope().to_owned())
                .collect(),
        })
    }

    /// Whoever bears a token with these claims.
    pub fn bearer(&self, bearer: &Bearer) -> Caller {
        let token = self
            .app
            .tokens
            .issue(
                bearer,
                self.clock.now(),
                Duration::from_secs(10 * 365 * 86_400),
            )
            .unwrap();
        self.with_token(Some(token))
    }

    fn with_token(&self, token: Option<String>) -> Caller {
        Caller {
            base: self.base.clone(),
            token,
            agent: self.agent.clone(),
        }
    }

    /// Lets time pass.
    pub fn advance(&self, by: chrono::Duration) {
        self.clock.advance(by);
    }

    /// The time as the service sees it, RFC 3339.
    pub fn now(&self) -> String {
        self.clock.now().to_string()
    }
}

/// A worker that delivers webhooks.
pub struct Delivering {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Delivering {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// A data controller of its own.
pub fn new_controller(app: &App, name: &'static str) -> OrganisationId {
    let now = app.clock.now();
    app.db
        .write_blocking(move |tx| {
            organisations::create_root(tx.conn(), name, OrganisationKind::Region, now)
        })
        .unwrap()
        .id
}

fn sqlite_url(file: &Path) -> DatabaseUrl {
    DatabaseUrl::parse(&format!("sqlite:{}", PathBuf::from(file).display())).unwrap()
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.tail.stop();
        if let Some(handle) = self.handle.take() {
            // Not graceful: a test that panicked may hold connections open.
            block_on(handle.stop(false));
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn block_on(stop: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(stop);
}

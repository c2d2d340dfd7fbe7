//! How the service is started: flags and environment, read once.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::db::Sizes;

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// Where `/metrics` listens, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Where keys, and the embedded database, are kept.
    pub data_dir: PathBuf,
    /// HTTP worker threads.
    pub workers: usize,
    /// Connections and writer threads.
    pub sizes: Sizes,
    /// How long an access token lasts.
    pub token_lifetime: Duration,
    /// Requests a second for each actor; 0 means no limit.
    pub rate_limit: u32,
    /// Origins that browsers may call from (CORS); none by default.
    pub cors_origins: Vec<String>,
    /// The largest body accepted, in bytes.
    pub body_limit: usize,
    /// How webhooks are delivered.
    pub webhooks: WebhookConfig,
    /// The largest file to import, in bytes, unpacked.
    pub import_limit: u64,
    /// The most rows that a file to import may have.
    pub import_rows: u32,
    /// For how many days the results of an import are kept.
    pub import_results_days: u32,
    /// How many event streams are open at once in this process.
    pub event_streams: usize,
}

/// How webhooks are delivered.
#[derive(Debug, Clone)]
pub struct WebhookConfig {
    /// Networks that may be sent to besides the public internet.
    pub networks: Vec<IpNet>,
    /// Whether this machine may be sent to, over plain HTTP: for tries.
    pub loopback_http: bool,
    /// How long an attempt may take.
    pub timeout: Duration,
    /// How often what is due is looked for, besides when something happens.
    pub poll: Duration,
    /// How many attempts at one endpoint this instance makes at once.
    pub at_once: usize,
}

impl Default for WebhookConfig {
    fn default() -> Self {
        Self {
            networks: Vec::new(),
            loopback_http: false,
            timeout: Duration::from_secs(15),
            poll: Duration::from_secs(1),
            at_once: 4,
        }
    }
}

/// 256 MiB: more than a million patients.
pub const IMPORT_LIMIT: u64 = 256 * 1024 * 1024;

/// A packed file of a few KiB may hold millions of rows, each of which is worked on.
pub const IMPORT_ROWS: u32 = 1_000_000;

/// A quarter of a year: long enough to look into what a script was told.
pub const IMPORT_RESULTS_DAYS: u32 = 90;

/// Each stream costs a connection and a look at the log for every event.
pub const EVENT_STREAMS: usize = 200;

/// 1 MiB: a referral with all its notes is a few KiB.
pub const BODY_LIMIT: usize = 1024 * 1024;

impl Config {
    /// The defaults, with everything that must be kept in `data_dir`.
    #[must_use]
    pub fn new(data_dir: PathBuf) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            data_dir,
            workers: std::thread::available_parallelism().map_or(2, usize::from),
            sizes: Sizes::default(),
            token_lifetime: Duration::from_secs(15 * 60),
            rate_limit: 0,
            cors_origins: Vec::new(),
            body_limit: BODY_LIMIT,
            webhooks: WebhookConfig::default(),
            import_limit: IMPORT_LIMIT,
            import_rows: IMPORT_ROWS,
            import_results_days: IMPORT_RESULTS_DAYS,
            event_streams: EVENT_STREAMS,
        }
    }

    /// The file of the key ring.
    #[must_use]
    pub fn keys_path(&self) -> PathBuf {
        std::env::var_os("BROBYGGER_KEY_RING")
            .map_or_else(|| self.data_dir.join("key-ring.json"), PathBuf::from)
    }

    /// The file of the signing key.
    #[must_use]
    pub fn signing_key_path(&self) -> PathBuf {
        std::env::var_os("BROBYGGER_SIGNING_KEY")
            .map_or_else(|| self.data_dir.join("signing-key.pem"), PathBuf::from)
    }

    /// The database, where `DATABASE_URL` names none.
    #[must_use]
    pub fn default_database_url(&self) -> String {
        format!("sqlite:{}", self.data_dir.join("brobygger.db").display())
    }
}

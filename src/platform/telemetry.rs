//! Logs: one line for each request, with operation, status and ids; JSON where a machine reads.
//! Never a path, query string, header or body (ID-6).

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. `RUST_LOG` chooses what, `brobygger=info` by default.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("brobygger=info,actix_server=warn"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in the same process (tests) keeps the first one's subscriber.
    let _already_started = if json {
        logs.json().try_init()
    } else {
        logs.with_target(false).try_init()
    };
}

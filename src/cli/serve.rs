//! `brobygger serve`.

use std::net::SocketAddr;
use std::process::ExitCode;

use actix_web::dev::ServerHandle;
use actix_web::web;
use brobygger::demo;
use brobygger::platform::access::clients;
use brobygger::platform::app::App;
use brobygger::platform::clock::Clock;
use brobygger::platform::config::EVENT_STREAMS;
use brobygger::platform::db::migrate;
use brobygger::platform::error::{Error, Result};
use brobygger::platform::http::server;
use brobygger::webhooks::worker;

use clap::Args;
use ipnet::IpNet;

use super::{ImportLimits, Storage, say};

/// Serve the API.
#[derive(Args)]
pub(crate) struct Serve {
    /// Load presets and synthetic people, and print ready credentials.
    #[arg(long)]
    demo: bool,
    /// Where the API listens.
    #[arg(long, default_value = "127.0.0.1:8080", env = "BROBYGGER_LISTEN")]
    listen: SocketAddr,
    /// Where /metrics listens (nowhere without it).
    #[arg(long, env = "BROBYGGER_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    /// HTTP worker threads; one for each core without it.
    #[arg(long)]
    workers: Option<usize>,
    /// Requests a second for each client or person; 0 means no limit.
    #[arg(long, default_value_t = 200, env = "BROBYGGER_RATE_LIMIT")]
    rate_limit: u32,
    /// An origin that browsers may call from; may be given several times.
    #[arg(
        long = "cors-origin",
        env = "BROBYGGER_CORS_ORIGINS",
        value_delimiter = ','
    )]
    cors_origins: Vec<String>,
    /// A network besides the public internet that webhooks may be sent to, as in 10.20.0.0/16; may
    /// be given several times.
    #[arg(
        long = "webhook-network",
        env = "BROBYGGER_WEBHOOK_NETWORKS",
        value_delimiter = ','
    )]
    webhook_networks: Vec<IpNet>,
    /// Let webhooks go to this machine over plain HTTP, to try them (always with --demo).
    #[arg(long)]
    webhook_loopback: bool,
    #[command(flatten)]
    imports: ImportLimits,
    /// How many event streams (GET /events/stream) are open at once; more are answered 503.
    #[arg(long, default_value_t = EVENT_STREAMS, env = "BROBYGGER_EVENT_STREAMS")]
    event_streams: usize,
}

pub(crate) fn run(storage: &Storage, serve: Serve) -> Result<ExitCode> {
    let url = storage.url()?;
    let mut config = storage.config();
    config.listen = serve.listen;
    config.metrics_listen = serve.metrics_listen;
    config.workers = serve.workers.unwrap_or(config.workers);
    config.sizes.points = u32::try_from(config.workers).unwrap_or(u32::MAX);
    config.rate_limit = serve.rate_limit;
    config.cors_origins = serve.cors_origins;
    config.webhooks.networks = serve.webhook_networks;
    config.webhooks.loopback_http = serve.demo || serve.webhook_loopback;
    serve.imports.set(&mut config);
    config.event_streams = serve.event_streams;
    for migration in migrate::run(&url)? {
        tracing::info!(migration, "migrated");
    }
    if serve.demo {
        demo::load(&config, &url)?;
    }
    let app = server::open(config, &url, storage.read_url()?.as_ref(), Clock::System)?;
    actix_web::rt::System::new().block_on(async move {
        let listening = server::bind(&app)?;
        say(format_args!(
            "Brobygger listens on http://{}",
            listening.address
        ));
        say(format_args!(
            "Swagger UI: http://{}/docs/",
            listening.address
        ));
        if let Some(metrics) = listening.metrics {
            say(format_args!("Metrics: http://{metrics}/metrics"));
        }
        if serve.demo {
            let (shared, address) = (app.clone(), listening.address);
            let demo = web::block(move || demo::credentials(&shared, address))
                .await
                .map_err(Error::internal)??;
            say("Sign in there with Authorize → oauth2 and every scope:");
            say(format_args!("  client_id:     {}", demo.client_id));
            say(format_args!("  client_secret: {}", demo.client_secret));
            say(format_args!("For the README's curl lines: . {}", demo.file.display()));
        } else if app
            .db
            .read_blocking(|conn| Ok(clients::list(conn)?.is_empty()))?
        {
            say("There is no client yet. Make the first one, and its data controller, with:");
            say("  brobygger client create --name \"Record system\" --new-organisation \"Region …\"");
        }
        actix_web::rt::spawn(brobygger::upkeep::forever(app.clone()));
        let importing = brobygger::imports::start(&app)?;
        actix_web::rt::spawn(server::housekeeping(app.clone()));
        let webhooks = actix_web::rt::spawn(worker::deliver(app.clone()));
        actix_web::rt::spawn(stop_when_told(app.clone(), listening.server.handle()));
        listening.server.await.map_err(Error::internal)?;
        // However the server has ended: attempts that run are let end, and no other begins.
        app.tail.stop();
        let _panicked = webhooks.await;
        drop(importing);
        Ok(ExitCode::SUCCESS)
    })
}

/// On the first SIGTERM or Ctrl-C: whoever waits for events is answered, requests that run are let
/// end. On the second one nothing is waited for.
async fn stop_when_told(app: App, server: ServerHandle) {
    told_to_stop().await;
    app.tail.stop();
    let graceful = server.stop(true);
    tokio::select! {
        () = graceful => {}
        () = told_to_stop() => server.stop(false).await,
    }
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}

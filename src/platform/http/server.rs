//! Puts the parts together and serves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{HttpRequest, HttpResponse, HttpServer, web};
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};

use super::health;
use super::idempotency::{self, Running};
use super::metrics::Metrics;
use super::middleware::around;
use super::openapi;
use super::operations::Operations;
use super::problems;
use super::routes;
use super::schemas::Schemas;
use crate::platform::access::limits::Limits;
use crate::platform::access::tokens::Tokens;
use crate::platform::app::{App, Inner};
use crate::platform::clock::Clock;
use crate::platform::config::Config;
use crate::platform::crypto::KeyRing;
use crate::platform::db::{DatabaseUrl, Db};
use crate::platform::error::{Error, Result};
use crate::platform::events::tail::{self, Tail};
use crate::volunteers::Rosters;

/// Opens everything that a service needs.
pub fn open(
    config: Config,
    url: &DatabaseUrl,
    read_url: Option<&DatabaseUrl>,
    clock: Clock,
) -> Result<App> {
    let (keys, made) = KeyRing::open_or_create(&config.keys_path())?;
    if made {
        tracing::warn!(
            path = %config.keys_path().display(),
            "made a new key ring: without it nothing sealed can be read, so back it up"
        );
    }
    let keys = Arc::new(keys);
    Ok(App::from(Inner {
        db: Db::open(url, read_url, config.sizes, Arc::clone(&keys))?,
        keys,
        clock,
        tokens: Tokens::open_or_create(&config.signing_key_path(), config.token_lifetime)?,
        limits: Limits::new(config.rate_limit),
        operations: operations()?,
        schemas: Schemas::default(),
        metrics: Metrics::new()?,
        rosters: Rosters::default(),
        running: Running::default(),
        tail: Tail::default(),
        config,
    }))
}

/// A service that listens.
pub struct Listening {
    /// Where the API listens.
    pub address: SocketAddr,
    /// Where `/metrics` listens.
    pub metrics: Option<SocketAddr>,
    /// Ends when the service has stopped.
    pub server: actix_web::dev::Server,
}

impl std::fmt::Debug for Listening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listening({})", self.address)
    }
}

/// Binds the listeners. Nothing is answered until the server is awaited.
pub fn bind(app: &App) -> Result<Listening> {
    let metrics = app.config.metrics_listen;
    let metrics = metrics
        .map(|listen| serve_metrics(app, listen))
        .transpose()?;
    let shared = app.clone();
    let document = app.operations.document();
    let workers = app.config.workers;
    actix_web::rt::spawn(tail::follow(app.clone()));
    let readers = app.config.sizes.readers as usize;
    let server = HttpServer::new(move || {
        let document = document.clone();
        actix_web::App::new()
            .app_data(web::Data::new(shared.clone()))
            .app_data(web::PayloadConfig::new(shared.config.body_limit))
            .wrap(cors(&shared.config))
            // Around CORS too: a refused preflight is a problem document like every other.
            .wrap(from_fn(around))
            .wrap(Compress::default())
            .service(
                web::scope("/v1")
                    .route(
                        "/openapi.json",
                        web::get().to(move || {
                            let document = document.clone();
                            async move { openapi_json(document) }
                        }),
                    )
                    .configure(|config| {
                        for routes in routes::all() {
                            (routes.mount)(config);
                        }
                    })
                    .default_service(web::to(nothing_here)),
            )
            .configure(routes::pages)
            .service(health::live)
            .service(health::ready)
            .service(problems::list_problems)
            .service(problems::read_problem)
            .service(web::redirect("/", "/docs/"))
            .service(web::redirect("/docs", "/docs/"))
            .service(
                SwaggerUi::new("/docs/{_:.*}").config(
                    SwaggerConfig::new(["/v1/openapi.json"])
                        .try_it_out_enabled(true)
                        .persist_authorization(true)
                        .display_request_duration(true)
                        .doc_expansion("list")
                        .filter(true),
                ),
            )
            .default_service(web::to(nothing_here))
    })
    .workers(workers)
    // More threads than connections would only wait for one of them, each with memory of its own.
    .worker_max_blocking_threads(readers.div_ceil(workers.max(1)).max(2))
    .backlog(4096)
    // For the head of a request: actix's five seconds are too few where the machine is busy.
    .client_request_timeout(Duration::from_secs(20))
    .on_connect(|connection, _| limit_stalling(connection))
    .shutdown_timeout(30)
    // Who serves listens for them: those who wait for events are let go first.
    .disable_signals()
    .bind(app.config.listen)
    .map_err(|error| cannot_listen(app.config.listen, &error))?;
    Ok(Listening {
        address: first(server.addrs())?,
        metrics,
        server: server.run(),
    })
}

/// Whoever takes nothing of an answer for so long has gone, or might as well have: the connection ends,
/// and with it the place of an event stream.
#[cfg(target_os = "linux")]
fn limit_stalling(connection: &dyn std::any::Any) {
    const STALLED: Duration = Duration::from_secs(60);
    if let Some(stream) = connection.downcast_ref::<actix_web::rt::net::TcpStream>()
        && let Err(error) = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(STALLED))
    {
        tracing::warn!(%error, "a connection is left to whoever stalls it");
    }
}

/// Elsewhere it is left to the system.
#[cfg(not(target_os = "linux"))]
fn limit_stalling(_connection: &dyn std::any::Any) {}

fn cannot_listen(address: SocketAddr, error: &std::io::Error) -> Error {
    Error::internal(format_args!("cannot listen on {address}: {error}"))
}

/// The address that was asked for, with the port that was given where none was named.
fn first(addresses: Vec<SocketAddr>) -> Result<SocketAddr> {
    let first = addresses.into_iter().next();
    first.ok_or_else(|| Error::internal("it listens nowhere"))
}

/// Forgets the answers that were kept for repeated requests, some at a time, for as long as the
/// service runs: of a day that it slept through all of them together would hold up everybody.
pub async fn housekeeping(app: App) {
    const TOGETHER: u16 = 500;
    const PAUSE: Duration = Duration::from_millis(100);
    const EVERY: Duration = Duration::from_secs(3600);
    loop {
        let now = app.clock.now();
        let forgotten = app
            .db
            .write(move |tx| idempotency::forget_old(tx.conn(), now, TOGETHER.into()))
            .await
            .unwrap_or_else(|error| {
                tracing::warn!(code = %error.code(), "old idempotency keys were not forgotten");
                0
            });
        tokio::time::sleep(if forgotten < usize::from(TOGETHER) {
            EVERY
        } else {
            PAUSE
        })
        .await;
    }
}

fn serve_metrics(app: &App, listen: SocketAddr) -> Result<SocketAddr> {
    let shared = app.clone();
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::Data::new(shared.clone()))
            .service(health::metrics)
    })
    .workers(1)
    .disable_signals()
    .bind(listen)
    .map_err(|error| cannot_listen(listen, &error))?;
    let address = first(server.addrs())?;
    actix_web::rt::spawn(server.run());
    Ok(address)
}

/// Reads the operations from the document. A thread of its own makes it, so that what that takes and
/// does not keep lies apart from what is kept.
fn operations() -> Result<Operations> {
    std::thread::spawn(|| Operations::new(&openapi::document()))
        .join()
        .map_err(|_panicked| Error::internal("the document could not be made"))?
}

fn cors(config: &Config) -> actix_cors::Cors {
    let mut cors = actix_cors::Cors::default()
        .allowed_methods(["GET", "POST", "PATCH", "PUT", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "if-match",
            "if-none-match",
            "idempotency-key",
            "access-purpose",
            "request-id",
            "traceparent",
        ])
        .expose_headers([
            "etag",
            "location",
            "link",
            "request-id",
            "idempotency-replayed",
            "ratelimit",
            "ratelimit-policy",
            "retry-after",
        ])
        .max_age(3600);
    for origin in &config.cors_origins {
        cors = cors.allowed_origin(origin);
    }
    cors
}

fn openapi_json(document: web::Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(document)
}

/// No route fits: another method does, or nothing is here.
async fn nothing_here(req: HttpRequest) -> HttpResponse {
    let methods = App::of(&req)
        .map(|app| app.operations.methods_of(req.path()))
        .unwrap_or_default();
    if methods.is_empty() {
        HttpResponse::NotFound().finish()
    } else {
        HttpResponse::MethodNotAllowed()
            .insert_header((header::ALLOW, methods))
            .finish()
    }
}

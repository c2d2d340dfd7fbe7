//! Whether the service lives, and whether it is ready for requests.

use actix_web::{HttpResponse, get};
use serde_json::json;

use crate::platform::app::App;
use crate::platform::db::migrate;

/// The process runs.
#[get("/health/live")]
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The database answers and has the schema of this program.
#[get("/health/ready")]
pub async fn ready(app: App) -> HttpResponse {
    match app.db.read(|conn| Ok(migrate::is_current(conn))).await {
        Ok(true) => HttpResponse::Ok().json(json!({"status": "ok"})),
        Ok(false) => {
            HttpResponse::ServiceUnavailable().json(json!({"status": "migrationsPending"}))
        }
        Err(_) => HttpResponse::ServiceUnavailable().json(json!({"status": "databaseUnavailable"})),
    }
}

/// The counters, on their own listener.
#[get("/metrics")]
pub async fn metrics(app: App) -> HttpResponse {
    match app.metrics.text() {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(text),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

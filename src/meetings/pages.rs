//! The public pages: approved minutes without sign-in, under `/public`. They read what was written
//! for the public when the minutes were sent ([`super::public`]), and nothing else of them.
//!
//! A page is there from the moment the minutes are approved, by the time itself. `ETag` is made of
//! what the page says, so that a change that the public may not read shows nowhere.

use actix_web::http::header::{self, HeaderMap};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, get};
use askama::Template;
use diesel::prelude::*;

use super::html;
use super::model::{Meeting, MeetingId};
use super::papers;
use crate::platform::app::App;
use crate::platform::crypto::{KeyRing, sha256};
use crate::platform::db::schema::meetings;
use crate::platform::db::{AnyConnection, Instant};
use crate::platform::error::{Error, Result};
use crate::platform::http::input::Path;
use crate::platform::id::Id;
use crate::steering::{self, SteeringGroup, SteeringGroupId};

/// Mounts the pages.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(read_public_group)
        .service(read_public_minutes);
}

/// The approved minutes of a group, as a list.
#[get("/public/steering-groups/{steeringGroupId}")]
async fn read_public_group(
    app: App,
    id: Path<Id<SteeringGroup>>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let page = app.db.read(move |conn| group_page(conn, id.0, now)).await?;
    Ok(answer(req.headers(), page))
}

/// Approved minutes.
#[get("/public/meetings/{meetingId}/minutes")]
async fn read_public_minutes(
    app: App,
    id: Path<Id<Meeting>>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let now = app.clock.now();
    let shared = app.clone();
    let page = app
        .db
        .read(move |conn| minutes_page(conn, &shared.keys, id.0, now))
        .await?;
    Ok(answer(req.headers(), page))
}

/// A page with what caches need, or 304 where the caller has it already.
fn answer(headers: &HeaderMap, page: String) -> HttpResponse {
    let hash = sha256(&[page.as_bytes()]);
    let hex: String = hash.iter().take(16).map(|b| format!("{b:02x}")).collect();
    let etag = format!("\"{hex}\"");
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag);
    let mut response = if known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, "public, max-age=60"));
    if known {
        response.finish()
    } else {
        response.content_type("text/html; charset=utf-8").body(page)
    }
}

/// How many minutes the list of a group shows: the latest ones.
const MOST: i64 = 500;

fn group_page(conn: &mut AnyConnection, id: SteeringGroupId, now: Instant) -> Result<String> {
    let group = steering::publishing(conn, id)?;
    let rows: Vec<(MeetingId, String, Instant, Instant)> = meetings::table
        .filter(meetings::steering_group_id.eq(id))
        .filter(meetings::cancelled_at.is_null())
        .filter(meetings::approves_at.is_not_null())
        .filter(meetings::approves_at.assume_not_null().le(now))
        .order((meetings::starts_at.desc(), meetings::id.desc()))
        .limit(MOST)
        .select((
            meetings::id,
            meetings::title,
            meetings::starts_at,
            meetings::ends_at,
        ))
        .load(conn)?;
    html::group(&group, rows)?.render().map_err(Error::internal)
}

fn minutes_page(
    conn: &mut AnyConnection,
    keys: &KeyRing,
    id: MeetingId,
    now: Instant,
) -> Result<String> {
    let row: Option<(SteeringGroupId, Option<Instant>)> = meetings::table
        .find(id)
        .filter(meetings::cancelled_at.is_null())
        .select((meetings::steering_group_id, meetings::approves_at))
        .first(conn)
        .optional()?;
    let (group, approved_at) = row
        .and_then(|(group, at)| Some((group, at.filter(|at| *at <= now)?)))
        .ok_or_else(Error::not_found)?;
    steering::publishing(conn, group)?;
    let paper = papers::last_public(conn, id)?.ok_or_else(Error::not_found)?;
    let corrected_at = Some(paper.changed_at).filter(|at| *at > approved_at);
    html::public_minutes(group, paper.open(keys)?, approved_at, corrected_at)?
        .render()
        .map_err(Error::internal)
}

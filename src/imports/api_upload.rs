//! `POST /imports`.

use actix_web::http::header;
use actix_web::{HttpRequest, post, web};
use futures_util::StreamExt as _;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Import, ImportId, ImportKind, ImportMode};
use super::pieces;
use super::receive::{Packing, too_large};
use super::upload::{Asked, Upload, Whole};
use crate::platform::access::Permit;
use crate::platform::access::policy::ImportsWrite;
use crate::platform::app::{App, Cx};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::http::idempotency::{self, Key};
use crate::platform::http::input::{Input as _, Query};
use crate::platform::http::reply::Reply;

/// What the file is.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NewImport {
    /// What its rows are.
    kind: ImportKind,
    /// What becomes of rows whose record is there already; insert where nothing is said.
    #[param(nullable = false)]
    mode: Option<ImportMode>,
    /// `true` checks every row, writes none, and reports the same. The job itself is there and has its
    /// events.
    #[param(nullable = false)]
    #[serde(default)]
    validate_only: bool,
}

/// The bytes of the file.
// Binary, so that generated clients send a stream rather than one long text.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
struct File(#[allow(dead_code, reason = "in the document only")] String);

/// Import a file
///
/// Takes many rows at once as a CSV file (RFC 4180: a header row, UTF-8 with or without byte order
/// mark, fields separated by comma, semicolon or tab) or as NDJSON (one object a line, as the
/// operation that creates one takes it). `GET /import-templates/patients.csv` has the columns. Plain
/// or as `Content-Encoding: gzip`; at most 256 MiB unpacked and 1,000,000 rows, unless the service
/// was started with other limits.
///
/// The answer is a job: follow it, and read its results. Rows are written one after the other by
/// the rules of the API; what one row breaks concerns that row only. What is wrong with the file
/// itself, its encoding or its header, answers 400 `invalidFile` at once, with the number of each
/// column, and nothing is kept. Whose record a row speaks of is found by `id`, `externalId` and
/// identity number; a person without any of them by full name, telephone and municipality, and
/// then the row is rejected with the candidates where it says something else, or is a referral that
/// was not registered before. Each system's `externalId` of a patient is kept beside the others' and
/// never replaced. Referrals and consents are never changed: a row that says something else of one is
/// rejected, field by field but for the patient, whom it only names. Sending the same file again
/// changes nothing.
#[utoipa::path(tag = "Imports", security(("oauth2" = ["imports.write"])),
    params(NewImport),
    request_body(description = "The file.", content(
        (inline(File) = "text/csv", example = "cpr,name.given,name.family,telephone,municipalityCode\r\n070761-4285,Anna,Prøvesen,+4532105432,0370\r\n"),
        (inline(File) = "application/x-ndjson", example = "{\"identifiers\": [{\"system\": \"urn:oid:1.2.208.176.1.2\", \"value\": \"070761-4285\"}], \"name\": {\"given\": \"Anna\", \"family\": \"Prøvesen\"}, \"telephones\": [{\"label\": \"other\", \"number\": \"+4532105432\"}], \"municipalityCode\": \"0370\"}\n"),
    )),
    responses((status = 202, description = "The job.", body = Import)))]
#[post("/imports")]
pub(super) async fn create_import(
    app: App,
    permit: Permit<ImportsWrite>,
    query: Query<NewImport>,
    req: HttpRequest,
    mut payload: web::Payload,
) -> Result<Reply> {
    let done = take_in(&app, &permit, query, &req, &mut payload).await;
    if done.is_err() {
        // Who is still sending hears the answer only when the rest has been taken.
        let mut left: usize = 16 * 1024 * 1024;
        while let Some(Ok(bytes)) = payload.next().await {
            left = left.saturating_sub(bytes.len());
            if left == 0 {
                break;
            }
        }
    }
    done
}

async fn take_in(
    app: &App,
    permit: &Permit<ImportsWrite>,
    query: Query<NewImport>,
    req: &HttpRequest,
    payload: &mut web::Payload,
) -> Result<Reply> {
    let asked = query.parse(app)?;
    let (csv, packing) = media(req)?;
    let by = permit.on_behalf();
    // Before the file is here it is not known what was sent; that another one runs is.
    let _running = Key::of(&by, &[])
        .as_ref()
        .map(|key| app.running.enter(key))
        .transpose()?;
    let plain = packing == Packing::Plain;
    let length = req
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if plain && length.is_some_and(|length| length > app.config.import_limit) {
        return Err(too_large(app.config.import_limit));
    }
    let mut upload = Upload::new(
        app,
        &by,
        Asked {
            kind: asked.kind,
            mode: asked.mode.unwrap_or(ImportMode::Insert),
            validate_only: asked.validate_only,
            csv,
            packing,
        },
    )?;
    let mut unfinished = Unfinished {
        app: app.clone(),
        id: None,
    };
    let received = receive(app, &mut upload, &mut unfinished, payload).await;
    let done = match received.and_then(|()| upload.finish()) {
        Ok(whole) => queue(app, permit, whole).await,
        Err(error) => Err(error),
    };
    // Also of a file whose answer was that to the same request before.
    if let Some(id) = unfinished.id {
        forget(app, id).await;
    }
    unfinished.id = None;
    done
}

/// What is stored of a file that is coming in. Where the request is dropped in the middle of it,
/// because its sender has gone, nobody else would remove it for an hour.
struct Unfinished {
    app: App,
    id: Option<ImportId>,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let (Some(id), Ok(runtime)) = (self.id, tokio::runtime::Handle::try_current()) else {
            return;
        };
        let app = self.app.clone();
        runtime.spawn(async move { forget(&app, id).await });
    }
}

/// Removes what is stored of a file that has not become a job, some at a time.
async fn forget(app: &App, id: ImportId) {
    let forget = || app.db.write(move |tx| pieces::forget_some(tx.conn(), id));
    loop {
        match forget().await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(code = %error.code(), "a part of a file stays for an hour");
                return;
            }
        }
    }
}

/// The form of the file, and how it is packed.
fn media(req: &HttpRequest) -> Result<(bool, Packing)> {
    let text = |name: header::HeaderName| {
        let value = req.headers().get(name);
        let text = value.and_then(|value| value.to_str().ok());
        text.unwrap_or_default().to_ascii_lowercase()
    };
    let refused = |detail: &str| Error::problem(ProblemCode::UnsupportedMediaType, detail);
    let kind = text(header::CONTENT_TYPE);
    let (kind, parameters) = kind.split_once(';').unwrap_or((&kind, ""));
    let utf8 = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .filter(|(name, _)| *name == "charset")
        .all(|(_, charset)| charset.trim_matches('"') == "utf-8");
    let csv = match kind.trim() {
        "text/csv" if utf8 => true,
        "application/x-ndjson" | "application/jsonl" if utf8 => false,
        _ => {
            return Err(refused(
                "Send the file as text/csv or application/x-ndjson in UTF-8.",
            ));
        }
    };
    match text(header::CONTENT_ENCODING).trim() {
        "" | "identity" => Ok((csv, Packing::Plain)),
        "gzip" | "x-gzip" => Ok((csv, Packing::Gzip)),
        _ => Err(refused("Pack the file with gzip, or not at all.")),
    }
}

/// Takes the file in, piece by piece; each is stored before the next one is taken.
async fn receive(
    app: &App,
    upload: &mut Upload,
    unfinished: &mut Unfinished,
    payload: &mut web::Payload,
) -> Result<()> {
    while let Some(bytes) = payload.next().await {
        let bytes = bytes.map_err(|_| {
            Error::problem(
                ProblemCode::MalformedBody,
                "The file could not be read to its end.",
            )
        })?;
        let mut rest: &[u8] = &bytes;
        while !rest.is_empty() {
            let (taken, piece) = upload.feed(rest)?;
            rest = rest.get(taken..).unwrap_or_default();
            if let Some(piece) = piece {
                let now = app.clock.now();
                unfinished.id = upload.stored();
                app.db.write(move |tx| piece.store(tx, now)).await?;
            }
        }
    }
    Ok(())
}

/// The file is here: it becomes a job, or the answer to the same request before.
async fn queue(app: &App, permit: &Permit<ImportsWrite>, whole: Whole) -> Result<Reply> {
    let by = permit.on_behalf();
    let key = Key::of(&by, &whole.hash);
    let shared = app.clone();
    app.db
        .write(move |tx| {
            let mut cx = Cx::new(&shared, &by.actor, &by.request, tx.conn());
            if let Some(key) = &key
                && let Some(reply) = idempotency::replay(&mut cx, key)?
            {
                return Ok(reply);
            }
            let row = whole.queue(&mut cx)?;
            let now = cx.now;
            let reply = Reply::accepted(
                format_args!("/imports/{}", row.id),
                &row.shown(now, cx.config),
            )?
            .version(row.version);
            if let Some(key) = &key {
                idempotency::remember(&mut cx, key, &reply)?;
            }
            Ok(reply)
        })
        .await
}

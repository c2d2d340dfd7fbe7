//! `/imports`.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::api_upload::create_import;
use super::model::{Import, ImportId, ImportKind, ImportState, RowOutcome, RowResult};
use super::pieces;
use super::report::{self, ReportFormat};
use super::store::{self, Filter};
use super::templates::template;
use super::{jobs, model};
use crate::closed_enum;
use crate::platform::access::Permit;
use crate::platform::access::policy::{ImportsRead, ImportsWrite};
use crate::platform::app::App;
use crate::platform::crypto::sha256;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Input as _, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_import,
        list_imports,
        read_import_template,
        read_import,
        read_import_results,
        cancel_import,
    ]
}

/// Which imports.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportFilter {
    /// Only of this kind.
    #[param(nullable = false)]
    kind: Option<ImportKind>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<ImportState>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of imports.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImportPage {
    /// The imports, the latest first.
    items: Vec<Import>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Which results, and how.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultFilter {
    /// Only rows that came out so.
    #[param(nullable = false)]
    outcome: Option<RowOutcome>,
    /// How they are written: as `Accept` says where this is left out.
    #[param(nullable = false, inline)]
    format: Option<ReportFormat>,
}

closed_enum! {
    /// What separates the fields of a template: comma (komma), semicolon (semikolon, as Danish and
    /// Swedish spreadsheets write it).
    pub enum TemplateSeparator {
        /// `,`
        Comma = "comma",
        /// `;`
        Semicolon = "semicolon",
    }
}

/// How a template is written.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TemplateForm {
    /// What separates its fields; comma where nothing is said.
    #[param(nullable = false, inline)]
    separator: Option<TemplateSeparator>,
}

/// List imports
///
/// The imports of your data controller, the latest first; where you are limited to programmes, those
/// that you sent.
#[utoipa::path(tag = "Imports", security(("oauth2" = ["imports.read"])),
    params(ImportFilter),
    responses((status = 200, description = "A page of imports.", body = ImportPage)))]
#[get("/imports")]
async fn list_imports(
    app: App,
    permit: Permit<ImportsRead>,
    query: Query<ImportFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            kind: query.kind,
            state: query.state,
        };
        let bound_to = format!("imports {filter:?}");
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, &filter, after, query.limit.rows())?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        let items = rows
            .iter()
            .map(|row| row.shown(cx.now, cx.config))
            .collect();
        Reply::page(next_cursor, |next_cursor| ImportPage { items, next_cursor })
    })
    .await
}

/// Read an import
///
/// How far it is, how its rows have come out so far, and how long it will take.
#[utoipa::path(tag = "Imports", security(("oauth2" = ["imports.read"])),
    params(("importId" = ImportId, Path, description = "The import's id.")),
    responses((status = 200, description = "The import.", body = Import)))]
#[get("/imports/{importId}")]
async fn read_import(
    app: App,
    permit: Permit<ImportsRead>,
    id: Path<model::ImportId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let row = store::find(cx, id.0)?;
        let now = cx.now;
        Ok(Reply::ok(&row.shown(now, cx.config))?.version(row.version))
    })
    .await
}

/// Stop an import
///
/// What is done stays done, with its results; a job that is running stops before its next rows, and
/// of one whose file is still coming in nothing is kept.
#[utoipa::path(tag = "Imports", security(("oauth2" = ["imports.write"])),
    params(("importId" = ImportId, Path, description = "The import's id.")),
    responses((status = 200, description = "The import: `cancelled`, or still `running` for a moment.", body = Import)))]
#[post("/imports/{importId}/cancellation")]
async fn cancel_import(
    app: App,
    permit: Permit<ImportsWrite>,
    id: Path<model::ImportId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let row = jobs::cancel(cx, id.0)?;
        let now = cx.now;
        Ok(Reply::ok(&row.shown(now, cx.config))?.version(row.version))
    })
    .await
}

/// Read the results of an import
///
/// One line for each row of the file, in its order, with the number of the line that the row begins
/// on: created, updated, unchanged, rejected or ignored, the id of the record, and for a rejected row
/// every problem with its column. While the import is running, those there are. No value of the
/// file is repeated. As NDJSON (each line is one object), or with `Accept: text/csv` or `format=csv` as CSV.
/// They are kept until `resultsUntil`, 90 days after the end of the import unless the service was
/// started with another number, and answer 404 from then on.
#[utoipa::path(tag = "Imports", security(("oauth2" = ["imports.read"])),
    params(("importId" = ImportId, Path, description = "The import's id."), ResultFilter),
    responses((status = 200, description = "The results.", content(
        (RowResult = "application/x-ndjson", example = "{\"line\":2,\"outcome\":\"created\",\"id\":\"01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70\",\"candidates\":[],\"problems\":[]}\n{\"line\":3,\"outcome\":\"rejected\",\"candidates\":[],\"problems\":[{\"column\":\"consent.givenAt\",\"pointer\":\"/consent/givenAt\",\"code\":\"required\",\"detail\":\"is required\"}]}\n"),
        (String = "text/csv", example = "line,outcome,id,candidates,problems\r\n2,created,01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70,,\r\n3,rejected,,,\"name.family: required, is required\"\r\n"),
    ))))]
#[get("/imports/{importId}/results")]
async fn read_import_results(
    app: App,
    permit: Permit<ImportsRead>,
    id: Path<model::ImportId>,
    query: Query<ResultFilter>,
    req: HttpRequest,
) -> Result<HttpResponse> {
    let asked = query.parse(&app)?;
    let id = id.0;
    app.point(&permit, (), move |cx, ()| {
        let row = store::find(cx, id)?;
        let now = cx.now;
        if row
            .results_until(cx.config)
            .is_some_and(|until| until <= now)
        {
            return Err(Error::problem(
                ProblemCode::NotFound,
                "The results of this import are no longer kept.",
            ));
        }
        Reply::valid()
    })
    .await?;
    let format = asked.format.unwrap_or_else(|| accepted(&req));
    let head = futures_util::stream::once(async move {
        Ok::<_, std::io::Error>(web::Bytes::from_static(format.head().as_bytes()))
    });
    let only = asked.outcome;
    let lines = futures_util::stream::try_unfold(0_i32, move |from| {
        let app = app.clone();
        async move {
            let keys = std::sync::Arc::clone(&app.keys);
            let page = app.db.read(move |conn| {
                let rows = pieces::results(conn, id, from, 8)?;
                let Some(last) = rows.last() else {
                    return Ok(None);
                };
                let next = last.first_row + 1;
                let mut text = String::new();
                for row in &rows {
                    text.push_str(&report::lines(&row.open(&keys)?, format, only)?);
                }
                Ok(Some((web::Bytes::from(text), next)))
            });
            // The answer has begun: all that can be said is that it ends too early.
            page.await
                .map_err(|_| std::io::Error::other("results are out of reach"))
        }
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .content_type(format.media())
        .streaming(head.chain(lines)))
}

/// What `Accept` asks for.
fn accepted(req: &HttpRequest) -> ReportFormat {
    let accept: Vec<&str> = req
        .headers()
        .get_all(header::ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .collect();
    let accept = accept.join(",").to_ascii_lowercase();
    if accept.contains("text/csv") && !accept.contains("ndjson") {
        ReportFormat::Csv
    } else {
        ReportFormat::Ndjson
    }
}

/// Read the template of a kind
///
/// A CSV file to fill in: the names of the columns, what each means, and an example. Lines that
/// begin with `#` are comments, which imports leave out. Every field of the operation that creates
/// one is a column, by its path with dots and the numbers of items from 1
/// (`telephones.2.number`); `cpr`, `personnummer` and `telephone` are short for the usual ones.
#[utoipa::path(tag = "Imports", security(("oauth2" = ["imports.write"])),
    params(("templateFile" = String, Path, description = "The kind and `.csv`.", pattern = "^[a-z]+\\.csv$", max_length = 40, example = "patients.csv"), TemplateForm),
    responses((status = 200, description = "The template.", content(
        (String = "text/csv", example = "organisationId,name,title,roles\r\n# (required) The organisation the person works in.,What the person is called.,The title.,What the person does.\r\n"),
    ))))]
#[get("/import-templates/{templateFile}")]
async fn read_import_template(
    app: App,
    permit: Permit<ImportsWrite>,
    file: web::Path<String>,
    query: Query<TemplateForm>,
) -> Result<Reply> {
    app.point(&permit, query, move |_, query| {
        let kind = file.strip_suffix(".csv").and_then(|kind| kind.parse().ok());
        let kind: ImportKind = kind.ok_or_else(Error::not_found)?;
        let text = match query.separator {
            Some(TemplateSeparator::Semicolon) => template(kind, b';')?,
            Some(TemplateSeparator::Comma) | None => template(kind, b',')?,
        };
        let tag: String = sha256(&[text.as_bytes()])
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(Reply::text("text/csv; charset=utf-8; header=present", text).version_variant(1, &tag))
    })
    .await
}

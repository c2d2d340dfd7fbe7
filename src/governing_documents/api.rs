//! `/governing-documents`.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    GoverningDocument, GoverningDocumentId, GoverningDocumentKind, GoverningDocumentState,
    GoverningDocumentWithdrawal, NewGoverningDocument,
};
use super::store;
use crate::platform::access::Permit;
use crate::platform::access::policy::{
    GoverningDocumentsApprove, GoverningDocumentsRead, GoverningDocumentsWrite,
};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::programmes::ProgrammeId;
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_governing_document,
        list_governing_documents,
        read_governing_document,
        withdraw_governing_document,
    ]
}

/// Which documents.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct GoverningDocumentFilter {
    /// Only of this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only of this kind.
    #[param(nullable = false)]
    kind: Option<GoverningDocumentKind>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<GoverningDocumentState>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of documents.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoverningDocumentPage {
    /// The documents, in the order they were made.
    items: Vec<GoverningDocument>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

fn tagged(reply: Reply, document: &GoverningDocument) -> Reply {
    reply.version(document.version)
}

/// Create a governing document
///
/// A routine, form or guideline (rutin, blankett, riktlinje) with its first version as a draft
/// (HAL-6). It is valid once that is approved.
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.write"])),
    request_body = NewGoverningDocument,
    responses((status = 201, description = "The document.", body = GoverningDocument)))]
#[post("/governing-documents")]
async fn create_governing_document(
    app: App,
    permit: Permit<GoverningDocumentsWrite>,
    body: Body<NewGoverningDocument>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let document = store::create(cx, new)?;
        let place = format!("/governing-documents/{}", document.id);
        Ok(tagged(Reply::created(place, &document)?, &document))
    })
    .await
}

/// List governing documents
///
/// Each with its valid version, in the order they were made.
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.read"])),
    params(GoverningDocumentFilter),
    responses((status = 200, description = "A page of documents.", body = GoverningDocumentPage)))]
#[get("/governing-documents")]
async fn list_governing_documents(
    app: App,
    permit: Permit<GoverningDocumentsRead>,
    query: Query<GoverningDocumentFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = store::Filter {
            programme_id: query.programme_id,
            kind: query.kind,
            state: query.state,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| GoverningDocumentPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a governing document
///
/// With its one valid version, where it has been approved and is not withdrawn.
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.read"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "Its id.")),
    responses((status = 200, description = "The document.", body = GoverningDocument)))]
#[get("/governing-documents/{governingDocumentId}")]
async fn read_governing_document(
    app: App,
    permit: Permit<GoverningDocumentsRead>,
    id: Path<GoverningDocumentId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let document = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&document)?, &document))
    })
    .await
}

/// Withdraw a governing document
///
/// It is valid no longer. Every version of it stays to be read.
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.approve"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "Its id.")),
    request_body = GoverningDocumentWithdrawal,
    responses((status = 200, description = "The document as it is now.", body = GoverningDocument)))]
#[post("/governing-documents/{governingDocumentId}/withdrawal")]
async fn withdraw_governing_document(
    app: App,
    permit: Permit<GoverningDocumentsApprove>,
    id: Path<GoverningDocumentId>,
    body: Body<GoverningDocumentWithdrawal>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let document = store::withdraw(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&document)?, &document))
    })
    .await
}

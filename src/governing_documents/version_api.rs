//! `/governing-documents/{governingDocumentId}/versions` and `/governing-document-versions`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    GoverningDocument, GoverningDocumentId, GoverningDocumentVersion, GoverningDocumentVersionId,
    GoverningVersionApproval, GoverningVersionChange, GoverningVersionState, NewGoverningVersion,
};
use super::versions::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{
    GoverningDocumentsApprove, GoverningDocumentsRead, GoverningDocumentsWrite,
};
use crate::platform::app::App;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::id::Id;
use crate::routes;

/// The routes of versions.
#[must_use]
pub fn routes() -> Routes {
    routes![
        draft_document_version,
        list_document_versions,
        read_document_version,
        read_governing_document_version,
        change_document_version,
        approve_document_version,
    ]
}

/// The ids of a document and one of its versions.
type Both = (Id<GoverningDocument>, Id<GoverningDocumentVersion>);

/// Which versions.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VersionFilter {
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<GoverningVersionState>,
    /// Only the one that was valid at this time.
    #[param(nullable = false)]
    valid_at: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of versions.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoverningDocumentVersionPage {
    /// The versions, the first one first.
    items: Vec<GoverningDocumentVersion>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Begin the next version of a governing document
///
/// As a draft, one at a time. The valid version stays valid until this one is approved (HAL-6).
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.write"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "The document's id.")),
    request_body = NewGoverningVersion,
    responses((status = 201, description = "The draft.", body = GoverningDocumentVersion)))]
#[post("/governing-documents/{governingDocumentId}/versions")]
async fn draft_document_version(
    app: App,
    permit: Permit<GoverningDocumentsWrite>,
    id: Path<GoverningDocumentId>,
    body: Body<NewGoverningVersion>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let version = versions::draft(cx, id.0, new)?;
        let place = format!("/governing-documents/{}/versions/{}", id.0, version.id);
        Ok(Reply::created(place, &version)?.version(version.version))
    })
    .await
}

/// List the versions of a governing document
///
/// Every version that there ever was, and the draft. `validAt` finds the one that was valid then.
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.read"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "The document's id."), VersionFilter),
    responses((status = 200, description = "A page of versions.", body = GoverningDocumentVersionPage)))]
#[get("/governing-documents/{governingDocumentId}/versions")]
async fn list_document_versions(
    app: App,
    permit: Permit<GoverningDocumentsRead>,
    id: Path<GoverningDocumentId>,
    query: Query<VersionFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let filter = Filter {
            state: query.state,
            valid_at: query.valid_at,
        };
        let (items, next_cursor) =
            versions::list(cx, id.0, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| GoverningDocumentVersionPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a version of a governing document
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.read"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "The document's id."),
        ("governingDocumentVersionId" = GoverningDocumentVersionId, Path, description = "The version's id.")),
    responses((status = 200, description = "The version.", body = GoverningDocumentVersion)))]
#[get("/governing-documents/{governingDocumentId}/versions/{governingDocumentVersionId}")]
async fn read_document_version(
    app: App,
    permit: Permit<GoverningDocumentsRead>,
    ids: Path<Both>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let version = versions::find(cx, ids.0.0, ids.0.1)?;
        Ok(Reply::ok(&version)?.version(version.version))
    })
    .await
}

/// Read a version of a governing document by its id alone
///
/// What `governingDocumentVersion` events lead to: they name the version, and not its document.
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.read"])),
    params(("governingDocumentVersionId" = GoverningDocumentVersionId, Path, description = "The version's id.")),
    responses((status = 200, description = "The version.", body = GoverningDocumentVersion)))]
#[get("/governing-document-versions/{governingDocumentVersionId}")]
async fn read_governing_document_version(
    app: App,
    permit: Permit<GoverningDocumentsRead>,
    id: Path<GoverningDocumentVersionId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let version = versions::find_by_id(cx, id.0)?;
        Ok(Reply::ok(&version)?.version(version.version))
    })
    .await
}

/// Change a draft of a governing document
///
/// A merge patch (RFC 7396). What was approved does not change: a correction is a new version (HAL-6).
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.write"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "The document's id."),
        ("governingDocumentVersionId" = GoverningDocumentVersionId, Path, description = "The version's id.")),
    request_body = GoverningVersionChange,
    responses((status = 200, description = "The draft as it is now.", body = GoverningDocumentVersion)))]
#[patch("/governing-documents/{governingDocumentId}/versions/{governingDocumentVersionId}")]
async fn change_document_version(
    app: App,
    permit: Permit<GoverningDocumentsWrite>,
    ids: Path<Both>,
    body: Body<GoverningVersionChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        let version = versions::change(cx, ids.0, change)?;
        Ok(Reply::ok(&version)?.version(version.version))
    })
    .await
}

/// Approve a version of a governing document
///
/// It is the valid one from this moment on, and the one before no longer: there is always exactly one
/// (HAL-6).
#[utoipa::path(tag = "Governing documents", security(("oauth2" = ["governingDocuments.approve"])),
    params(("governingDocumentId" = GoverningDocumentId, Path, description = "The document's id."),
        ("governingDocumentVersionId" = GoverningDocumentVersionId, Path, description = "The version's id.")),
    request_body = GoverningVersionApproval,
    responses((status = 200, description = "The valid version.", body = GoverningDocumentVersion)))]
#[post("/governing-documents/{governingDocumentId}/versions/{governingDocumentVersionId}/approval")]
async fn approve_document_version(
    app: App,
    permit: Permit<GoverningDocumentsApprove>,
    ids: Path<Both>,
    body: Body<GoverningVersionApproval>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, approval| {
        let version = versions::approve(cx, ids.0, approval)?;
        Ok(Reply::ok(&version)?.version(version.version))
    })
    .await
}

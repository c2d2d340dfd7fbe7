//! `/function-descriptions`.

use actix_web::{get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{
    DocumentDecision, DocumentKind, DocumentSubmission, DocumentVersion, FunctionDescription,
    FunctionDescriptionChange, FunctionDescriptionId, NewDocumentVersion, NewFunctionDescription,
};
use super::store::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{FunctionDescriptionsRead, FunctionDescriptionsWrite};
use crate::platform::app::App;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::routes;
use crate::steering::SteeringGroupId;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        create_function_description,
        list_function_descriptions,
        read_function_description,
        change_function_description,
        list_function_description_versions,
        begin_function_description_version,
        submit_function_description,
        decide_function_description,
    ]
}

/// Which documents.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FunctionDescriptionFilter {
    /// Only of this group.
    #[param(nullable = false)]
    steering_group_id: Option<SteeringGroupId>,
    /// Only of this kind.
    #[param(nullable = false)]
    kind: Option<DocumentKind>,
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
pub struct FunctionDescriptionPage {
    /// The documents, in the order they were made.
    items: Vec<FunctionDescription>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// The versions of a document.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentVersionList {
    /// The versions, the newest first.
    items: Vec<DocumentVersion>,
}

fn reply(document: &FunctionDescription) -> Result<Reply> {
    // Which version is valid is for the day to say.
    let variant = document
        .valid_number
        .map_or_else(String::new, |number| format!("v{number}"));
    Ok(Reply::ok(document)?.version_variant(document.version, &variant))
}

/// Create a function description
///
/// A document for approval by a steering group (CPS-7): a description of a function
/// (funktionsbeskrivelse) or task (opgavebeskrivelse), rules of procedure (forretningsorden). Its
/// first version is a draft.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.write"])),
    request_body = NewFunctionDescription,
    responses((status = 201, description = "The new document.", body = FunctionDescription)))]
#[post("/function-descriptions")]
async fn create_function_description(
    app: App,
    permit: Permit<FunctionDescriptionsWrite>,
    body: Body<NewFunctionDescription>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let document = store::create(cx, new)?;
        let place = format!("/function-descriptions/{}", document.id);
        Ok(Reply::created(place, &document)?.version(document.version))
    })
    .await
}

/// List function descriptions
///
/// The documents of the groups that you see, in the order they were made.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.read"])),
    params(FunctionDescriptionFilter),
    responses((status = 200, description = "A page of documents.", body = FunctionDescriptionPage)))]
#[get("/function-descriptions")]
async fn list_function_descriptions(
    app: App,
    permit: Permit<FunctionDescriptionsRead>,
    query: Query<FunctionDescriptionFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            steering_group_id: query.steering_group_id,
            kind: query.kind,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| FunctionDescriptionPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a function description
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.read"])),
    params(("functionDescriptionId" = FunctionDescriptionId, Path, description = "The document's id.")),
    responses((status = 200, description = "The document.", body = FunctionDescription)))]
#[get("/function-descriptions/{functionDescriptionId}")]
async fn read_function_description(
    app: App,
    permit: Permit<FunctionDescriptionsRead>,
    id: Path<FunctionDescriptionId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| reply(&store::find(cx, id.0)?))
        .await
}

/// Change a function description
///
/// A merge patch (RFC 7396) of its draft.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.write"])),
    params(("functionDescriptionId" = FunctionDescriptionId, Path, description = "The document's id.")),
    request_body = FunctionDescriptionChange,
    responses((status = 200, description = "The document as it is now.", body = FunctionDescription)))]
#[patch("/function-descriptions/{functionDescriptionId}")]
async fn change_function_description(
    app: App,
    permit: Permit<FunctionDescriptionsWrite>,
    id: Path<FunctionDescriptionId>,
    body: Body<FunctionDescriptionChange>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, change| {
        reply(&store::change(cx, id.0, change)?)
    })
    .await
}

/// List the versions of a function description
///
/// All of them, the newest first. What was approved is never lost or changed.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.read"])),
    params(("functionDescriptionId" = FunctionDescriptionId, Path, description = "The document's id.")),
    responses((status = 200, description = "The versions.", body = DocumentVersionList)))]
#[get("/function-descriptions/{functionDescriptionId}/versions")]
async fn list_function_description_versions(
    app: App,
    permit: Permit<FunctionDescriptionsRead>,
    id: Path<FunctionDescriptionId>,
) -> Result<Reply> {
    app.read(&permit, (), move |cx, ()| {
        let items = store::versions(cx, id.0)?;
        Reply::ok(&DocumentVersionList { items })
    })
    .await
}

/// Begin a new version of a function description
///
/// A draft, once the version before is decided on. What is valid stays valid.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.write"])),
    params(("functionDescriptionId" = FunctionDescriptionId, Path, description = "The document's id.")),
    request_body = NewDocumentVersion,
    responses((status = 200, description = "The document with its draft.", body = FunctionDescription)))]
#[post("/function-descriptions/{functionDescriptionId}/versions")]
async fn begin_function_description_version(
    app: App,
    permit: Permit<FunctionDescriptionsWrite>,
    id: Path<FunctionDescriptionId>,
    body: Body<NewDocumentVersion>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        reply(&store::renew(cx, id.0, new)?)
    })
    .await
}

/// Submit a function description
///
/// Puts the draft on the agenda of a meeting of its group, as an item for decision.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.write"])),
    params(("functionDescriptionId" = FunctionDescriptionId, Path, description = "The document's id.")),
    request_body = DocumentSubmission,
    responses((status = 200, description = "The document, submitted.", body = FunctionDescription)))]
#[post("/function-descriptions/{functionDescriptionId}/submission")]
async fn submit_function_description(
    app: App,
    permit: Permit<FunctionDescriptionsWrite>,
    id: Path<FunctionDescriptionId>,
    body: Body<DocumentSubmission>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&store::submit(cx, id.0, sent)?)
    })
    .await
}

/// Decide on a function description
///
/// Registers what the group decided, by the decision recorded on the item it was submitted to: once
/// minutes that were sent say that decision, so that members read why a document is valid.
#[utoipa::path(tag = "Function descriptions", security(("oauth2" = ["functionDescriptions.write"])),
    params(("functionDescriptionId" = FunctionDescriptionId, Path, description = "The document's id.")),
    request_body = DocumentDecision,
    responses((status = 200, description = "The document, decided on.", body = FunctionDescription)))]
#[post("/function-descriptions/{functionDescriptionId}/decision")]
async fn decide_function_description(
    app: App,
    permit: Permit<FunctionDescriptionsWrite>,
    id: Path<FunctionDescriptionId>,
    body: Body<DocumentDecision>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        reply(&store::decide(cx, id.0, sent)?)
    })
    .await
}

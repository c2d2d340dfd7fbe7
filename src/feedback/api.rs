//! `/feedback`.

use actix_web::{get, post};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Feedback, FeedbackId, FeedbackSource, NewFeedback, QuotationAgreement};
use super::quoting;
use super::store::{self, Filter};
use crate::organisations::OrganisationId;
use crate::platform::access::Permit;
use crate::platform::access::policy::{FeedbackRead, FeedbackWrite};
use crate::platform::app::App;
use crate::platform::db::Instant;
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
        register_feedback,
        list_feedback,
        read_feedback,
        agree_to_quotation,
        withdraw_quotation,
    ]
}

/// Which feedback.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FeedbackFilter {
    /// Only about this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only about this ward.
    #[param(nullable = false)]
    ward_id: Option<OrganisationId>,
    /// Only from these.
    #[param(nullable = false)]
    source: Option<FeedbackSource>,
    /// `true`: only with words; `false`: only ratings.
    #[param(nullable = false)]
    has_text: Option<bool>,
    /// Only received at this time or later.
    #[param(nullable = false)]
    received_from: Option<Instant>,
    /// Only registered or changed at this time or later.
    #[param(nullable = false)]
    updated_since: Option<Instant>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of feedback.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FeedbackPage {
    /// The feedback, the latest received first.
    items: Vec<Feedback>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Whether it may be quoted stands in the answer and can change without a change of the feedback:
/// a consent is given, or ends by itself.
fn tagged(reply: Reply, feedback: &Feedback) -> Reply {
    let consent = feedback.quotation.consent_id;
    let variant = match consent {
        Some(consent) => format!("{}-{consent}", feedback.quotation.status),
        None => feedback.quotation.status.to_string(),
    };
    reply.version_variant(feedback.version, &variant)
}

/// Register feedback
///
/// What a patient, a relative or staff say afterwards (HF-7): a rating, words, or both. With
/// `quotation` whoever gave it agrees to be quoted. On a patient's record that becomes a consent of
/// purpose quotation; elsewhere it stays with the feedback. Without, the words are read and never
/// quoted.
#[utoipa::path(tag = "Feedback", security(("oauth2" = ["feedback.write"])),
    request_body = NewFeedback,
    responses((status = 201, description = "The feedback, and whether it may be quoted.", body = Feedback)))]
#[post("/feedback")]
async fn register_feedback(
    app: App,
    permit: Permit<FeedbackWrite>,
    body: Body<NewFeedback>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let feedback = store::receive(cx, new)?;
        let place = format!("/feedback/{}", feedback.id);
        Ok(tagged(Reply::created(place, &feedback)?, &feedback))
    })
    .await
}

/// List feedback
///
/// The feedback about the programmes that you see, the latest received first. A patient sees own
/// feedback only.
#[utoipa::path(tag = "Feedback", security(("oauth2" = ["feedback.read"])),
    params(FeedbackFilter),
    responses((status = 200, description = "A page of feedback.", body = FeedbackPage)))]
#[get("/feedback")]
async fn list_feedback(
    app: App,
    permit: Permit<FeedbackRead>,
    query: Query<FeedbackFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            ward_id: query.ward_id,
            source: query.source,
            has_text: query.has_text,
            received_from: query.received_from,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| FeedbackPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read feedback
///
/// `quotation` says whether the words may be quoted now, since when and until when. Ask again before
/// each use: a withdrawal counts at once (HF-7).
#[utoipa::path(tag = "Feedback", security(("oauth2" = ["feedback.read"])),
    params(("feedbackId" = FeedbackId, Path, description = "The feedback's id.")),
    responses((status = 200, description = "The feedback.", body = Feedback)))]
#[get("/feedback/{feedbackId}")]
async fn read_feedback(
    app: App,
    permit: Permit<FeedbackRead>,
    id: Path<FeedbackId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let feedback = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&feedback)?, &feedback))
    })
    .await
}

/// Record an agreement to be quoted
///
/// Whoever gave the feedback was asked afterwards and agrees (HF-7), also anew after a withdrawal. On
/// a patient's record it becomes a consent of purpose quotation; elsewhere it stays with the feedback.
#[utoipa::path(tag = "Feedback", security(("oauth2" = ["feedback.write"])),
    params(("feedbackId" = FeedbackId, Path, description = "The feedback's id.")),
    request_body = QuotationAgreement,
    responses((status = 200, description = "The feedback, and from when until when it may be quoted.", body = Feedback)))]
#[post("/feedback/{feedbackId}/quotation-agreement")]
async fn agree_to_quotation(
    app: App,
    permit: Permit<FeedbackWrite>,
    id: Path<FeedbackId>,
    body: Body<QuotationAgreement>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, sent| {
        let feedback = quoting::agree(cx, id.0, sent)?;
        Ok(tagged(Reply::ok(&feedback)?, &feedback))
    })
    .await
}

/// Withdraw an agreement to be quoted
///
/// For feedback on nobody's record: whoever gave it takes the agreement back, and the words may not
/// be quoted any more. On a patient's record the patient's consent is withdrawn instead
/// (`POST /consents/{consentId}/withdrawal`).
#[utoipa::path(tag = "Feedback", security(("oauth2" = ["feedback.write"])),
    params(("feedbackId" = FeedbackId, Path, description = "The feedback's id.")),
    responses((status = 200, description = "The feedback, which may not be quoted.", body = Feedback)))]
#[post("/feedback/{feedbackId}/quotation-withdrawal")]
async fn withdraw_quotation(
    app: App,
    permit: Permit<FeedbackWrite>,
    id: Path<FeedbackId>,
) -> Result<Reply> {
    app.write(&permit, (), move |cx, ()| {
        let feedback = quoting::withdraw(cx, id.0)?;
        Ok(tagged(Reply::ok(&feedback)?, &feedback))
    })
    .await
}

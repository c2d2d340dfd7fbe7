//! `/enquiries`.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Enquiry, EnquiryId, EnquiryKind, EnquiryState, NewAnswer, NewEnquiry};
use super::store::{self, Filter};
use crate::platform::access::Permit;
use crate::platform::access::policy::{EnquiriesRead, EnquiriesWrite};
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
        register_enquiry,
        list_enquiries,
        read_enquiry,
        answer_enquiry,
    ]
}

/// Which enquiries.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EnquiryFilter {
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// Only in this state.
    #[param(nullable = false)]
    state: Option<EnquiryState>,
    /// Only this kind.
    #[param(nullable = false)]
    kind: Option<EnquiryKind>,
    /// `true`: only those that are open although their due day is over; `false`: only the others.
    #[param(nullable = false)]
    overdue: Option<bool>,
    /// Only those due before this day.
    #[param(nullable = false)]
    due_before: Option<NaiveDate>,
    /// Only those registered or changed at this time or later.
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

/// A page of enquiries.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EnquiryPage {
    /// The enquiries, the latest received first.
    items: Vec<Enquiry>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Whether it is overdue, and whether the contact is shown, stand in the answer and are no change
/// of the enquiry: the tag tells these representations apart.
fn tagged(reply: Reply, enquiry: &Enquiry) -> Reply {
    let variant = match (enquiry.overdue, enquiry.contact.is_some()) {
        (false, true) => "",
        (true, true) => "overdue",
        (false, false) => "masked",
        (true, false) => "overdue-masked",
    };
    reply.version_variant(enquiry.version, variant)
}

/// Register an enquiry
///
/// A question, a leaflet order or a visit request (henvendelse). The clock of the programme's
/// working days starts with the day of receipt (APS-10).
#[utoipa::path(tag = "Enquiries", security(("oauth2" = ["enquiries.write"])),
    request_body = NewEnquiry,
    responses((status = 201, description = "The enquiry with its due day.", body = Enquiry)))]
#[post("/enquiries")]
async fn register_enquiry(
    app: App,
    permit: Permit<EnquiriesWrite>,
    body: Body<NewEnquiry>,
) -> Result<Reply> {
    app.write(&permit, body, |cx, new| {
        let enquiry = store::create(cx, new)?;
        let place = format!("/enquiries/{}", enquiry.id);
        Ok(tagged(Reply::created(place, &enquiry)?, &enquiry))
    })
    .await
}

/// List enquiries
///
/// The enquiries of the programmes that you see, the latest received first.
#[utoipa::path(tag = "Enquiries", security(("oauth2" = ["enquiries.read"])),
    params(EnquiryFilter),
    responses((status = 200, description = "A page of enquiries.", body = EnquiryPage)))]
#[get("/enquiries")]
async fn list_enquiries(
    app: App,
    permit: Permit<EnquiriesRead>,
    query: Query<EnquiryFilter>,
) -> Result<Reply> {
    app.read(&permit, query, |cx, query| {
        let filter = Filter {
            programme_id: query.programme_id,
            state: query.state,
            kind: query.kind,
            overdue: query.overdue,
            due_before: query.due_before,
            updated_since: query.updated_since,
        };
        let (items, next_cursor) = store::list(cx, &filter, query.cursor.as_ref(), query.limit)?;
        Reply::page(next_cursor, |next_cursor| EnquiryPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read an enquiry
#[utoipa::path(tag = "Enquiries", security(("oauth2" = ["enquiries.read"])),
    params(("enquiryId" = EnquiryId, Path, description = "The enquiry's id.")),
    responses((status = 200, description = "The enquiry.", body = Enquiry)))]
#[get("/enquiries/{enquiryId}")]
async fn read_enquiry(
    app: App,
    permit: Permit<EnquiriesRead>,
    id: Path<EnquiryId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let enquiry = store::find(cx, id.0)?;
        Ok(tagged(Reply::ok(&enquiry)?, &enquiry))
    })
    .await
}

/// Answer an enquiry
///
/// Records the answer that was given, once. Where the enquiry concerns a patient, or question or
/// answer carry health data or an identity number, e-mail and SMS are refused: Digital Post is the
/// safe way (APS-11). A CPR number, a personnummer and the numbers that replace them are seen in the
/// text in the usual ways of writing them. A late answer is recorded too; `inTime` says so.
#[utoipa::path(tag = "Enquiries", security(("oauth2" = ["enquiries.write"])),
    params(("enquiryId" = EnquiryId, Path, description = "The enquiry's id.")),
    request_body = NewAnswer,
    responses((status = 200, description = "The enquiry with its answer.", body = Enquiry)))]
#[post("/enquiries/{enquiryId}/answer")]
async fn answer_enquiry(
    app: App,
    permit: Permit<EnquiriesWrite>,
    id: Path<EnquiryId>,
    body: Body<NewAnswer>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let enquiry = store::answer(cx, id.0, new)?;
        Ok(tagged(Reply::ok(&enquiry)?, &enquiry))
    })
    .await
}

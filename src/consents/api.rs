//! `/patients/{patientId}/consents` and `/consents`.

use actix_web::{get, post};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{
    Consent, ConsentId, ConsentStatus, Decision, GivenBy, NewConsent, NewWithdrawal, Withdrawal,
};
use super::store::{self, Filter};
use super::{rules, withdrawal};
use crate::organisations::OrganisationId;
use crate::patients::{self, Patient, PatientId};
use crate::platform::access::Permit;
use crate::platform::access::policy::{ConsentsRead, ConsentsWrite};
use crate::platform::app::{App, Cx};
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::platform::http::cursor::{Cursor, Limit, Position, cut, resume};
use crate::platform::http::input::{Body, Path, Query};
use crate::platform::http::reply::Reply;
use crate::platform::http::routes::Routes;
use crate::platform::text::{Line, Name};
use crate::programmes::{ConsentForm, ProgrammeId, Purpose};
use crate::routes;

/// The routes of this resource.
#[must_use]
pub fn routes() -> Routes {
    routes![
        record_consent,
        list_consents,
        read_consent,
        withdraw_consent,
    ]
}

/// A consent (samtykke / samtycke), or a refusal.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Consent, example = json!({
    "id": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70",
    "patientId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e71",
    "programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e72",
    "purpose": "referral",
    "form": "oral",
    "decision": "given",
    "status": "active",
    "givenAt": "2026-03-27T09:00:00Z",
    "givenBy": {"kind": "patient"},
    "recordedAt": "2026-03-27T09:15:00Z",
    "recordedBy": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e73",
    "version": 1
}))]
pub struct ConsentView {
    /// Its id.
    id: ConsentId,
    /// Whose.
    patient_id: PatientId,
    /// The programme it is for; absent where it is for no particular one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// What it is for.
    purpose: Purpose,
    /// How it was given.
    form: ConsentForm,
    /// Given or refused.
    decision: Decision,
    /// What it is worth now.
    status: ConsentStatus,
    /// When it was given or refused.
    given_at: Instant,
    /// The day from which on it no longer counts, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expires_on: Option<NaiveDate>,
    /// Who gave it. The name of a relative is absent where the patient is protected and you may
    /// not see it (ID-5).
    given_by: GivenBy,
    /// The name of the person who took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    taken_by: Option<Name>,
    /// The organisation it was given to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    given_to: Option<OrganisationId>,
    /// The legal basis (hjemmel / rättslig grund).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    legal_basis: Option<Line>,
    /// A remark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<Line>,
    /// Its withdrawal, with everything that ended with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    withdrawal: Option<Withdrawal>,
    /// When it was recorded.
    recorded_at: Instant,
    /// The actor who recorded it.
    recorded_by: Uuid,
    /// 1, and 2 when it has been withdrawn; the `ETag` begins with it.
    version: i32,
}

impl ConsentView {
    fn of(cx: &mut Cx<'_>, consent: Consent, patient: &Patient) -> Result<Self> {
        let zone = store::zone_of(cx, consent.programme_id)?;
        let status = rules::status(&consent, zone, cx.now);
        let version = consent.version();
        let mut details = consent.details;
        if patients::is_masked(patient, cx.scope()) {
            details.given_by.name = None;
        }
        Ok(Self {
            id: consent.id,
            patient_id: consent.patient_id,
            programme_id: consent.programme_id,
            purpose: consent.purpose,
            form: consent.form,
            decision: consent.decision,
            status,
            given_at: consent.given_at,
            expires_on: consent.expires_on,
            given_by: details.given_by,
            taken_by: details.taken_by,
            given_to: consent.given_to,
            legal_basis: details.legal_basis,
            note: details.note,
            version,
            withdrawal: consent.withdrawal,
            recorded_at: consent.recorded_at,
            recorded_by: consent.recorded_by,
        })
    }
}

/// A single consent as answered. Its `ETag` depends on the time, as its status does, and on what
/// is masked.
fn reply(cx: &mut Cx<'_>, consent: Consent, created: bool) -> Result<Reply> {
    let patient = patients::find(cx, consent.patient_id)?;
    let view = ConsentView::of(cx, consent, &patient)?;
    let variant = format!(
        "{}{}",
        view.status,
        patients::etag_variant(&patient, cx.scope())
    );
    let reply = if created {
        Reply::created(format_args!("/consents/{}", view.id), &view)?
    } else {
        Reply::ok(&view)?
    };
    Ok(reply.version_variant(view.version, &variant))
}

/// Which consents.
#[derive(Debug, Deserialize, IntoParams, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ConsentFilter {
    /// Only this purpose.
    #[param(nullable = false)]
    purpose: Option<Purpose>,
    /// Only this programme.
    #[param(nullable = false)]
    programme_id: Option<ProgrammeId>,
    /// How many items a page has.
    #[param(nullable = false)]
    #[serde(default)]
    limit: Limit,
    /// Where the page before ended: its `nextCursor`.
    #[param(nullable = false)]
    cursor: Option<Cursor>,
}

/// A page of consents.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentPage {
    /// The consents, those recorded last first.
    items: Vec<ConsentView>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next_cursor: Option<Cursor>,
}

/// Record a consent or a refusal
///
/// Consents are append-only: nothing is changed or deleted, a withdrawal is recorded beside. The
/// form must be one that the programme accepts for the purpose, and the consent ends at the latest
/// when the programme's policy or the law says. Who works for some programmes only names one of
/// them.
#[utoipa::path(tag = "Consents", security(("oauth2" = ["consents.write"])),
    params(("patientId" = PatientId, Path, description = "The patient's id.")),
    request_body = NewConsent,
    responses((status = 201, description = "The consent.", body = ConsentView)))]
#[post("/patients/{patientId}/consents")]
async fn record_consent(
    app: App,
    permit: Permit<ConsentsWrite>,
    id: Path<PatientId>,
    body: Body<NewConsent>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let consent = store::record(cx, id.0, new)?;
        reply(cx, consent, true)
    })
    .await
}

/// List a patient's consents
///
/// All of them, also refused, withdrawn and expired ones, those recorded last first.
#[utoipa::path(tag = "Consents", security(("oauth2" = ["consents.read"])),
    params(("patientId" = PatientId, Path, description = "The patient's id."), ConsentFilter),
    responses((status = 200, description = "A page of consents.", body = ConsentPage)))]
#[get("/patients/{patientId}/consents")]
async fn list_consents(
    app: App,
    permit: Permit<ConsentsRead>,
    id: Path<PatientId>,
    query: Query<ConsentFilter>,
) -> Result<Reply> {
    app.read(&permit, query, move |cx, query| {
        let patient = patients::find(cx, id.0)?;
        let filter = Filter {
            purpose: query.purpose,
            programme_id: query.programme_id,
        };
        let bound_to = format!("consents {} {filter:?}", patient.id);
        let after = resume(cx.keys, &bound_to, query.cursor.as_ref())?;
        let rows = store::list(cx, patient.id, &filter, after, query.limit.rows() + 1)?;
        let (rows, next_cursor) = cut(cx.keys, &bound_to, query.limit, rows, |row| Position {
            key: 0,
            id: row.id.uuid(),
        });
        let items = rows
            .into_iter()
            .map(|consent| ConsentView::of(cx, consent, &patient))
            .collect::<Result<_>>()?;
        Reply::page(next_cursor, |next_cursor| ConsentPage {
            items,
            next_cursor,
        })
    })
    .await
}

/// Read a consent
#[utoipa::path(tag = "Consents", security(("oauth2" = ["consents.read"])),
    params(("consentId" = ConsentId, Path, description = "The consent's id.")),
    responses((status = 200, description = "The consent.", body = ConsentView)))]
#[get("/consents/{consentId}")]
async fn read_consent(
    app: App,
    permit: Permit<ConsentsRead>,
    id: Path<ConsentId>,
) -> Result<Reply> {
    app.point(&permit, (), move |cx, ()| {
        let consent = store::find(cx, id.0)?;
        reply(cx, consent, false)
    })
    .await
}

/// Withdraw a consent
///
/// Ends in the same transaction what stood on it, and lists it in `withdrawal.ended`. Purpose
/// referral: open referrals are withdrawn, planned calls cancelled, and courses closed unless
/// another active participation consent covers them. Purpose participation: courses are closed and
/// their planned calls cancelled. A refusal, and a consent withdrawn before, answer 409. Who works
/// for some programmes only cannot withdraw one that is for no particular programme: 403.
#[utoipa::path(tag = "Consents", security(("oauth2" = ["consents.write"])),
    params(("consentId" = ConsentId, Path, description = "The consent's id.")),
    request_body = NewWithdrawal,
    responses((status = 200, description = "The consent, withdrawn, with everything that ended.", body = ConsentView)))]
#[post("/consents/{consentId}/withdrawal")]
async fn withdraw_consent(
    app: App,
    permit: Permit<ConsentsWrite>,
    id: Path<ConsentId>,
    body: Body<NewWithdrawal>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, new| {
        let consent = withdrawal::withdraw(cx, id.0, new)?;
        reply(cx, consent, false)
    })
    .await
}

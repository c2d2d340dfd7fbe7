//! Referrals in storage.

use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::model::{
    CriterionAnswer, Eligibility, EligibilityReason, Referral, ReferralDecision, ReferralState,
    ReferralSupplement, Referrer,
};
use super::rules::is_open;
use crate::consents::Consent;
use crate::on_engine;
use crate::organisations::Organisation;
use crate::patients::Patient;
use crate::platform::app::Cx;
use crate::platform::crypto::{KeyRing, Place};
use crate::platform::db::schema::referrals;
use crate::platform::db::{Instant, Json};
use crate::platform::error::{Error, Result};
use crate::platform::id::Id;
use crate::platform::text::{Line, Prose};
use crate::programmes::{Channel, Programme};
use crate::staff::Staff;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = referrals, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: Id<Referral>,
    controller_id: Id<Organisation>,
    programme_id: Id<Programme>,
    patient_id: Id<Patient>,
    consent_id: Id<Consent>,
    channel: Channel,
    sent_at: Instant,
    received_at: Instant,
    received_on: NaiveDate,
    referring_organisation_id: Option<Id<Organisation>>,
    replaces_id: Option<Id<Referral>>,
    created_at: Instant,
    #[diesel(embed)]
    live: Live,
}

/// The columns that change in the life of a referral.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = referrals, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct Live {
    state: ReferralState,
    due_on: Option<NaiveDate>,
    due_at: Option<Instant>,
    eligibility: Eligibility,
    clock: Json<Clock>,
    content: Vec<u8>,
    assigned_to: Option<Id<Staff>>,
    decided_at: Option<Instant>,
    decision_reason: Option<String>,
    first_called_at: Option<Instant>,
    reached_at: Option<Instant>,
    replaced_by_id: Option<Id<Referral>>,
    version: i32,
    updated_at: Instant,
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    stated_programme: Option<Line>,
    referrer: Option<Referrer>,
    reason: Option<Prose>,
    criteria: Vec<CriterionAnswer>,
    eligibility_reasons: Vec<EligibilityReason>,
    supplements: Vec<ReferralSupplement>,
    note: Option<Prose>,
    better_offer: Option<Line>,
}

fn place(id: Id<Referral>) -> Place<'static> {
    Place::new("referrals.content", id.uuid())
}

impl Live {
    fn of(referral: &Referral, keys: &KeyRing) -> Result<Self> {
        let decision = referral.decision.as_ref();
        let content = Content {
            stated_programme: referral.stated_programme.clone(),
            referrer: referral.referrer.clone(),
            reason: referral.reason.clone(),
            criteria: referral.criteria.clone(),
            eligibility_reasons: referral.eligibility_reasons.clone(),
            supplements: referral.supplements.clone(),
            note: decision.and_then(|decision| decision.note.clone()),
            better_offer: decision.and_then(|decision| decision.better_offer.clone()),
        };
        Ok(Self {
            state: referral.state,
            due_on: referral.due_on,
            due_at: referral.due_at,
            eligibility: referral.eligibility,
            clock: Json(referral.clock.clone()),
            content: keys.seal_json(place(referral.id), &content)?,
            assigned_to: referral.assigned_to,
            decided_at: decision.map(|decision| decision.at),
            decision_reason: decision.and_then(|decision| decision.reason.clone()),
            first_called_at: referral.first_called_at,
            reached_at: referral.reached_at,
            replaced_by_id: referral.replaced_by,
            version: referral.version,
            updated_at: referral.updated_at,
        })
    }
}

impl Row {
    pub(super) fn open(self, keys: &KeyRing, now: Instant) -> Result<Referral> {
        let Self { id, live, .. } = self;
        let content: Content = keys.open_json(place(id), &live.content)?;
        let mut referral = Referral {
            id,
            programme_id: self.programme_id,
            patient_id: self.patient_id,
            consent_id: self.consent_id,
            channel: self.channel,
            state: live.state,
            sent_at: self.sent_at,
            received_at: self.received_at,
            received_on: self.received_on,
            due_on: live.due_on,
            due_at: live.due_at,
            overdue: false,
            first_called_at: live.first_called_at,
            reached_at: live.reached_at,
            eligibility: live.eligibility,
            eligibility_reasons: content.eligibility_reasons,
            criteria: content.criteria,
            stated_programme: content.stated_programme,
            referrer: content.referrer,
            reason: content.reason,
            supplements: content.supplements,
            assigned_to: live.assigned_to,
            decision: live.decided_at.map(|at| ReferralDecision {
                at,
                reason: live.decision_reason,
                note: content.note,
                better_offer: content.better_offer,
            }),
            replaces: self.replaces_id,
            replaced_by: live.replaced_by_id,
            version: live.version,
            created_at: self.created_at,
            updated_at: live.updated_at,
            clock: live.clock.0,
        };
        referral.overdue = is_overdue(&referral, now);
        Ok(referral)
    }
}

/// Open, the patient not called, and the time for it over (APS-4).
pub(super) fn is_overdue(referral: &Referral, now: Instant) -> bool {
    is_open(referral.state)
        && referral.first_called_at.is_none()
        && referral.due_at.is_some_and(|due| due <= now)
}

/// Whether the patient was called in time; none while that is not settled (APS-4).
pub(super) fn is_kept(referral: &Referral) -> Option<bool> {
    match (referral.first_called_at, referral.due_at) {
        (Some(called), Some(due)) => Some(called < due),
        _ if referral.overdue => Some(false),
        _ => None,
    }
}

/// Stores a new referral.
pub(super) fn insert(cx: &mut Cx<'_>, referral: &Referral) -> Result<()> {
    let row = Row {
        id: referral.id,
        controller_id: cx.scope().controller,
        programme_id: referral.programme_id,
        patient_id: referral.patient_id,
        consent_id: referral.consent_id,
        channel: referral.channel,
        sent_at: referral.sent_at,
        received_at: referral.received_at,
        received_on: referral.received_on,
        referring_organisation_id: referral
            .referrer
            .as_ref()
            .and_then(|referrer| referrer.organisation_id),
        replaces_id: referral.replaces,
        created_at: referral.created_at,
        live: Live::of(referral, cx.keys)?,
    };
    on_engine!(cx.conn(), conn => diesel::insert_into(referrals::table)
        .values(row)
        .execute(conn))?;
    Ok(())
}

/// Stores what has changed, as the next version. Another change in between is tried again.
pub(super) fn save(cx: &mut Cx<'_>, referral: &mut Referral) -> Result<()> {
    let before = referral.version;
    referral.version += 1;
    referral.updated_at = cx.now;
    referral.overdue = is_overdue(referral, cx.now);
    let live = Live::of(referral, cx.keys)?;
    let changed = on_engine!(cx.conn(), conn => diesel::update(
        referrals::table
            .find(referral.id)
            .filter(referrals::version.eq(before)),
    )
    .set(&live)
    .execute(conn))?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Retry)
    }
}

/// One referral that the actor may see; its patient is touched.
pub fn find(cx: &mut Cx<'_>, id: Id<Referral>) -> Result<Referral> {
    let scope = cx.scope();
    let row: Option<Row> = on_engine!(cx.conn(), conn => referrals::table
        .find(id)
        .filter(referrals::controller_id.eq(scope.controller))
        .select(Row::as_select())
        .first(conn))
    .optional()?;
    let row = row.ok_or_else(Error::not_found)?;
    scope.check_programme(row.programme_id)?;
    scope.check_patient(row.patient_id)?;
    cx.touch(row.patient_id);
    row.open(cx.keys, cx.now)
}

/// The referral of a patient to a programme that was sent this way at this moment.
pub fn find_sent(
    cx: &mut Cx<'_>,
    patient: Id<Patient>,
    programme: Id<Programme>,
    channel: Channel,
    sent_at: Instant,
) -> Result<Vec<Id<Referral>>> {
    Ok(on_engine!(cx.conn(), conn => referrals::table
        .filter(referrals::patient_id.eq(patient))
        .filter(referrals::programme_id.eq(programme))
        .filter(referrals::channel.eq(channel))
        .filter(referrals::sent_at.eq(sent_at))
        .order(referrals::id.asc())
        .select(referrals::id)
        .load(conn))?)
}

/// Some of the controller's referrals behind an id, in the order they were registered; their
/// patients are touched.
pub fn page(cx: &mut Cx<'_>, after: Option<Id<Referral>>, limit: i64) -> Result<Vec<Referral>> {
    let mut query = referrals::table
        .filter(referrals::controller_id.eq(cx.scope().controller))
        .order(referrals::id.asc())
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(referrals::id.gt(after));
    }
    let rows: Vec<Row> = query.load(cx.conn())?;
    rows.into_iter()
        .map(|row| {
            cx.touch(row.patient_id);
            row.open(cx.keys, cx.now)
        })
        .collect()
}

/// The open referral of a patient to a programme, if there is one.
pub fn open_one(
    cx: &mut Cx<'_>,
    programme: Id<Programme>,
    patient: Id<Patient>,
) -> Result<Option<Id<Referral>>> {
    Ok(on_engine!(cx.conn(), conn => referrals::table
        .filter(referrals::programme_id.eq(programme))
        .filter(referrals::patient_id.eq(patient))
        // In the words of the partial index, so that it is used.
        .filter(
            referrals::state
                .eq(ReferralState::Received)
                .or(referrals::state.eq(ReferralState::AwaitingSupplement))
                .or(referrals::state.eq(ReferralState::Accepted)),
        )
        .select(referrals::id)
        .first(conn))
    .optional()?)
}

//! What other resources do with referrals: calls leave their marks, consents end them, worklists
//! list what is due, merged records are brought together.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::intake::reassess;
use super::list::{Filter, ReferralSort, list, position};
use super::model::{CriterionAnswer, Referral, ReferralDecision, ReferralId, ReferralState};
use super::rules::{Step, is_open, take};
use super::store::{self, Row};
use crate::consents::ConsentId;
use crate::courses;
use crate::patients::PatientId;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::db::schema::referrals;
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;
use crate::platform::http::cursor::Position;
use crate::platform::text::{Line, Prose};
use crate::programmes::ProgrammeId;
use crate::repoint;
use crate::staff::StaffId;

/// Stores a referral that has changed, with the one event that says so.
pub(super) fn save(cx: &mut Cx<'_>, referral: &mut Referral, event: &'static str) -> Result<()> {
    store::save(cx, referral)?;
    cx.emit(
        &Event::new(event, referral.id)
            .programme(referral.programme_id)
            .patient(referral.patient_id),
    )
}

/// A call was attempted, and maybe the patient was reached (APS-5). The earliest of each counts; the
/// first call keeps the deadline (APS-4). Each is told of once: that an earlier one was registered
/// later is a change.
pub fn mark_called(cx: &mut Cx<'_>, id: ReferralId, at: Instant, reached: bool) -> Result<()> {
    let mut referral = store::find(cx, id)?;
    if referral.first_called_at.is_none() {
        referral.first_called_at = Some(at);
        save(cx, &mut referral, "referral.called")?;
    }
    if reached && referral.reached_at.is_none() {
        referral.reached_at = Some(at);
        referral.first_called_at = referral.first_called_at.min(Some(at));
        return save(cx, &mut referral, "referral.reached");
    }
    let later = |known: Option<Instant>| known.is_some_and(|known| at < known);
    let (called_later, reached_later) = (
        later(referral.first_called_at),
        reached && later(referral.reached_at),
    );
    if called_later {
        referral.first_called_at = Some(at);
    }
    if reached_later {
        referral.reached_at = Some(at);
    }
    if called_later || reached_later {
        save(cx, &mut referral, "referral.changed")?;
    }
    Ok(())
}

/// The first conversation opened a course (APS-5). `answers`: what it settled of the criteria (APS-1).
pub fn mark_enrolled(cx: &mut Cx<'_>, id: ReferralId, answers: &[CriterionAnswer]) -> Result<()> {
    let mut referral = store::find(cx, id)?;
    referral.state = take(referral.state, Step::Enrol)?;
    reassess(cx, &mut referral, answers)?;
    referral.decision = Some(ReferralDecision {
        at: cx.now,
        reason: None,
        note: None,
        better_offer: None,
    });
    save(cx, &mut referral, "referral.enrolled")
}

/// The first conversation showed that the programme is not right (APS-5). `reason` is a word of
/// a closed set of the caller's; `note` and `better_offer` are sealed.
pub fn mark_not_suitable(
    cx: &mut Cx<'_>,
    id: ReferralId,
    reason: &'static str,
    note: Option<&Prose>,
    better_offer: Option<&Line>,
    answers: &[CriterionAnswer],
) -> Result<()> {
    let mut referral = store::find(cx, id)?;
    referral.state = take(referral.state, Step::FindNotSuitable)?;
    reassess(cx, &mut referral, answers)?;
    referral.decision = Some(ReferralDecision {
        at: cx.now,
        reason: Some(reason.to_owned()),
        note: note.cloned(),
        better_offer: better_offer.cloned(),
    });
    save(cx, &mut referral, "referral.notSuitable")
}

/// The referrals of the controller that stand on a consent, open or not, oldest first.
///
/// Not limited to the actor's programmes: a withdrawal ends everything that stood on the consent.
pub fn standing_on(cx: &mut Cx<'_>, consent: ConsentId) -> Result<Vec<Referral>> {
    let scope = cx.scope();
    let rows: Vec<Row> = referrals::table
        .filter(referrals::consent_id.eq(consent))
        .filter(referrals::controller_id.eq(scope.controller))
        .order(referrals::id.asc())
        .select(Row::as_select())
        .load(cx.conn())?;
    rows.into_iter()
        .map(|row| {
            let referral = row.open(cx.keys, cx.now)?;
            scope.check_patient(referral.patient_id)?;
            cx.touch(referral.patient_id);
            Ok(referral)
        })
        .collect()
}

/// Withdraws the open referrals that stand on a consent, and says which. Their planned calls are
/// the caller's to cancel, because its answer lists them too.
pub fn withdraw_for_consent(cx: &mut Cx<'_>, consent: ConsentId) -> Result<Vec<ReferralId>> {
    let mut ended = Vec::new();
    for mut referral in standing_on(cx, consent)? {
        if !is_open(referral.state) {
            continue;
        }
        referral.state = take(referral.state, Step::Withdraw)?;
        referral.decision = Some(ReferralDecision {
            at: cx.now,
            reason: Some("consentWithdrawn".to_owned()),
            note: None,
            better_offer: None,
        });
        save(cx, &mut referral, "referral.withdrawn")?;
        ended.push(referral.id);
    }
    Ok(ended)
}

/// Gives the referrals of `from` to `to`, when two records of one person become one. Where both
/// have an open referral to the same programme, one of them must be ended first.
pub fn repoint(cx: &mut Cx<'_>, from: PatientId, to: PatientId) -> Result<()> {
    let scope = cx.scope();
    let open: Vec<ProgrammeOfOpen> = referrals::table
        .filter(referrals::patient_id.eq(from))
        .filter(referrals::controller_id.eq(scope.controller))
        .select((referrals::id, referrals::programme_id, referrals::state))
        .load(cx.conn())?;
    for (id, programme, state) in &open {
        if is_open(*state) && !courses::running(cx, to, Some(*programme))?.is_empty() {
            return Err(Error::conflict(format!(
                "One record has an open referral, {id}, to the programme in which the other one's course runs. End one of them first."
            )));
        }
        if is_open(*state)
            && let Some(other) = store::open_one(cx, *programme, to)?
        {
            return Err(Error::conflict(format!(
                "Both records have an open referral to the same programme: {id} and {other}. End one of them first."
            )));
        }
    }
    repoint!(cx, referrals, from, to)
}

type ProgrammeOfOpen = (ReferralId, ProgrammeId, ReferralState);

/// Which first calls a worklist asks for.
#[derive(Debug, Default, Clone)]
pub struct FirstCalls {
    /// Only in this programme.
    pub programme_id: Option<ProgrammeId>,
    /// Only those of this member of staff.
    pub assigned_to: Option<StaffId>,
    /// Only those that are due on this day or earlier.
    pub due_until: Option<NaiveDate>,
    /// Only those that are overdue, or only those that are not.
    pub overdue: Option<bool>,
}

/// Open referrals whose clock runs or has run out and whose patient was not reached yet, soonest due
/// first; one row more than `limit`. Where a supplement is awaited the clock may run all the same:
/// the policy lets it, or it had run out before the supplement was asked for (APS-4).
pub fn first_calls_due(
    cx: &mut Cx<'_>,
    wanted: &FirstCalls,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Referral>> {
    let filter = Filter {
        programme_id: wanted.programme_id,
        assigned_to: wanted.assigned_to,
        due_until: wanted.due_until,
        overdue: wanted.overdue,
        states: vec![
            ReferralState::Received,
            ReferralState::AwaitingSupplement,
            ReferralState::Accepted,
        ],
        not_reached: true,
        ..Filter::default()
    };
    list(cx, &filter, ReferralSort::Due, after, limit)
}

/// Where a referral stands in [`first_calls_due`].
#[must_use]
pub fn first_call_position(referral: &Referral) -> Position {
    position(referral, ReferralSort::Due)
}

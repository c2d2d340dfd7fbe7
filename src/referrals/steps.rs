//! The steps that take a referral from one state to another.

use serde::Serialize;
use utoipa::ToSchema;

use super::consent::consent_of;
use super::intake::{
    at, check_active, check_none_open, draft, reassess, receive, set_due, store_new,
};
use super::marks::save;
use super::model::{
    Referral, ReferralDecision, ReferralId, ReferralSupplement, ReferralWithdrawnBy,
};
use super::requests::{
    NewSupplement, ReferralAcceptance, ReferralForwarding, ReferralRejection, ReferralWithdrawal,
    SupplementRequest,
};
use super::requirements;
use super::rules::{Step, take};
use super::store;
use crate::calls::{self, CancelScope};
use crate::patients;
use crate::platform::access::ActorKind;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::text::Prose;
use crate::programmes::{self, Channel};
use crate::staff;

/// A referral that was passed on, and what it became.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForwardedReferral {
    /// The referral that was passed on.
    pub forwarded: Referral,
    /// The new one in the other programme.
    pub replacement: Referral,
}

fn decided(now: Instant, reason: Option<&str>, note: Option<&Prose>) -> ReferralDecision {
    ReferralDecision {
        at: now,
        reason: reason.map(str::to_owned),
        note: note.cloned(),
        better_offer: None,
    }
}

/// Where a supplement was awaited and is not any more: the clock runs again.
fn stop_waiting(referral: &mut Referral, at: Instant) -> Result<()> {
    if referral.clock.is_paused() {
        let day = referral.clock.date_of(at)?;
        referral.clock.resume(day);
        set_due(referral)?;
    }
    Ok(())
}

/// received, awaitingSupplement → accepted.
pub fn accept(
    cx: &mut Cx<'_>,
    id: ReferralId,
    acceptance: &ReferralAcceptance,
) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
    cx.request.heed_version(referral.version)?;
    referral.state = take(referral.state, Step::Accept)?;
    if let Some(staff) = acceptance.assigned_to {
        let staff =
            staff::find(cx, staff).map_err(|error| at("/assignedTo", "staff member", error))?;
        if !staff.active {
            return Err(Error::field(
                "/assignedTo",
                "notActive",
                "must be a member of staff who works here now",
            ));
        }
    }
    referral.assigned_to = acceptance.assigned_to.or_else(|| cx.actor.staff_id());
    referral.decision = Some(decided(cx.now, None, None));
    reassess(cx, &mut referral, &[])?;
    stop_waiting(&mut referral, cx.now)?;
    save(cx, &mut referral, "referral.accepted")?;
    Ok(referral)
}

/// Any open state → rejected. Planned calls are cancelled.
pub fn reject(cx: &mut Cx<'_>, id: ReferralId, rejection: &ReferralRejection) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
    cx.request.heed_version(referral.version)?;
    referral.state = take(referral.state, Step::Reject)?;
    let reason = Some(rejection.reason.as_str());
    referral.decision = Some(ReferralDecision {
        better_offer: rejection.better_offer.clone(),
        ..decided(cx.now, reason, rejection.note.as_ref())
    });
    save(cx, &mut referral, "referral.rejected")?;
    calls::cancel_planned(cx, CancelScope::Referral(id), "referralRejected")?;
    Ok(referral)
}

/// received → awaitingSupplement. The clock stands still where the policy says so (APS-4).
pub fn request_supplement(
    cx: &mut Cx<'_>,
    id: ReferralId,
    request: &SupplementRequest,
) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
    cx.request.heed_version(referral.version)?;
    referral.state = take(referral.state, Step::RequestSupplement)?;
    let programme = programmes::find(cx, referral.programme_id)?;
    referral.supplements.push(ReferralSupplement {
        requested_at: Some(cx.now),
        items: Some(request.items.clone()),
        received_at: None,
        text: None,
    });
    if programme.policy.first_call.pause_while_awaiting_supplement {
        let today = referral.clock.date_of(cx.now)?;
        referral.clock.pause(today);
        set_due(&mut referral)?;
    }
    save(cx, &mut referral, "referral.supplementRequested")?;
    Ok(referral)
}

/// What the referrer answers for: patients add to the referral of somebody else in words only.
fn not_for_patients(new: &NewSupplement) -> Vec<FieldError> {
    [
        ("/criteria", !new.criteria.is_empty()),
        ("/statedProgramme", new.stated_programme.is_some()),
        ("/receivedAt", new.received_at.is_some()),
    ]
    .into_iter()
    .filter(|(_, sent)| *sent)
    .map(|(pointer, _)| {
        FieldError::new(
            pointer,
            "notYours",
            "is the referrer's to send: you may add text",
        )
    })
    .collect()
}

/// awaitingSupplement → received; in other open states the state stays.
pub fn supplement(cx: &mut Cx<'_>, id: ReferralId, new: &NewSupplement) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
    cx.request.heed_version(referral.version)?;
    referral.state = take(referral.state, Step::Supplement)?;
    if cx.actor.kind == ActorKind::Patient && referral.channel != Channel::SelfReferral {
        let wrong = not_for_patients(new);
        Error::unless_empty(wrong)?;
    }
    let programme = programmes::find(cx, referral.programme_id)?;
    let mut wrong = requirements::check_answers(&programme.policy, &new.criteria);
    if let (Some(stated), Some(channel)) = (
        &new.stated_programme,
        programme.policy.channel(referral.channel),
    ) {
        wrong.extend(requirements::check_stated(
            channel,
            &programme,
            Some(stated),
        ));
    }
    let awaited = referral
        .supplements
        .iter_mut()
        .rfind(|supplement| supplement.received_at.is_none());
    let received = new.received_at.unwrap_or(cx.now);
    let earliest = awaited
        .as_ref()
        .and_then(|awaited| awaited.requested_at)
        .unwrap_or(referral.received_at);
    if received > cx.now || received < earliest {
        wrong.push(FieldError::new(
            "/receivedAt",
            "outsidePeriod",
            "must lie between the request, or the referral where nothing was asked for, and now",
        ));
    }
    Error::unless_empty(wrong)?;
    if let Some(awaited) = awaited {
        awaited.received_at = Some(received);
        awaited.text.clone_from(&new.text);
    } else {
        referral.supplements.push(ReferralSupplement {
            requested_at: None,
            items: None,
            received_at: Some(received),
            text: new.text.clone(),
        });
    }
    if new.stated_programme.is_some() {
        referral.stated_programme.clone_from(&new.stated_programme);
    }
    reassess(cx, &mut referral, &new.criteria)?;
    stop_waiting(&mut referral, received)?;
    save(cx, &mut referral, "referral.supplemented")?;
    Ok(referral)
}

/// Any open state → forwarded, and a new referral in the other programme, received now. Planned
/// calls are cancelled.
pub fn forward(
    cx: &mut Cx<'_>,
    id: ReferralId,
    forwarding: &ReferralForwarding,
) -> Result<ForwardedReferral> {
    let mut referral = store::find(cx, id)?;
    cx.request.heed_version(referral.version)?;
    referral.state = take(referral.state, Step::Forward)?;
    if forwarding.programme_id == referral.programme_id {
        return Err(Error::field(
            "/programmeId",
            "sameProgramme",
            "is the programme that the referral is in",
        ));
    }
    let programme = programmes::find_of_controller(cx, forwarding.programme_id)
        .map_err(|error| at("/programmeId", "programme", error))?;
    let patient = patients::find(cx, referral.patient_id)?;
    let mut wrong = Vec::new();
    if let Some(channel) = programme.policy.channel(Channel::Internal) {
        wrong.extend(requirements::check_record(
            channel,
            &patient,
            "/programmeId",
        ));
    }
    if let Some(consent) = &forwarding.consent {
        wrong.extend(requirements::check_consent(
            &programme.policy,
            programme.id,
            consent,
        ));
    }
    Error::unless_empty(wrong)?;
    check_active(&programme)?;
    check_none_open(cx, programme.id, patient.id)?;
    let consent = consent_of(
        cx,
        &patient,
        &programme,
        cx.now,
        forwarding.consent.as_ref(),
        forwarding.consent_id,
        false,
    )?;

    let mut replacement = draft(cx.now, &programme, &patient, &consent)?;
    replacement.replaces = Some(id);
    replacement.referrer.clone_from(&referral.referrer);
    replacement.reason.clone_from(&referral.reason);
    replacement.supplements = vec![ReferralSupplement {
        requested_at: None,
        items: None,
        received_at: Some(cx.now),
        text: Some(forwarding.reason.clone()),
    }];
    // Another programme asks other questions: what both ask need not be asked again.
    let kept = referral
        .criteria
        .iter()
        .filter(|answer| {
            let questions = &programme.policy.criteria.questions;
            questions
                .iter()
                .any(|question| question.code == answer.code)
        })
        .cloned()
        .collect();
    receive(&mut replacement, &programme, &patient, cx.now, kept)?;
    store_new(cx, &mut replacement)?;

    referral.replaced_by = Some(replacement.id);
    referral.decision = Some(decided(cx.now, None, Some(&forwarding.reason)));
    save(cx, &mut referral, "referral.forwarded")?;
    calls::cancel_planned(cx, CancelScope::Referral(id), "referralForwarded")?;
    Ok(ForwardedReferral {
        forwarded: referral,
        replacement,
    })
}

/// Any open state → withdrawn. Planned calls are cancelled.
pub fn withdraw(
    cx: &mut Cx<'_>,
    id: ReferralId,
    withdrawal: &ReferralWithdrawal,
) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
    cx.request.heed_version(referral.version)?;
    if cx.actor.kind == ActorKind::Patient
        && withdrawal.withdrawn_by != ReferralWithdrawnBy::Patient
    {
        return Err(Error::field(
            "/withdrawnBy",
            "notYours",
            "must be patient: you are the patient",
        ));
    }
    referral.state = take(referral.state, Step::Withdraw)?;
    let reason = Some(withdrawal.withdrawn_by.as_str());
    referral.decision = Some(decided(cx.now, reason, withdrawal.reason.as_ref()));
    save(cx, &mut referral, "referral.withdrawn")?;
    calls::cancel_planned(cx, CancelScope::Referral(id), "referralWithdrawn")?;
    Ok(referral)
}

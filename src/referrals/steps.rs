//! The steps that take a referral from one state to another.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::intake::{
    at, check_active, check_none_open, consent_of, draft, receive, set_due, set_eligibility,
    store_new,
};
use super::marks::save;
use super::model::{
    CriterionAnswer, Referral, ReferralDecision, ReferralId, ReferralSupplement,
    ReferralWithdrawnBy, RejectionReason,
};
use super::requirements;
use super::rules::{Step, merge_answers, take};
use super::store;
use crate::calls::{self, CancelScope};
use crate::consents::{ConsentId, NewConsent};
use crate::patients;
use crate::platform::access::ActorKind;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::http::input::rule;
use crate::platform::text::{Line, Prose};
use crate::programmes::{self, Channel, ProgrammeId};
use crate::staff::{self, StaffId};

/// Takes the patient on.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct ReferralAcceptance {
    /// Who is to call the patient: the calling person where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub assigned_to: Option<StaffId>,
}

/// Does not take the patient on.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = other_is_explained))]
#[schema(example = json!({"reason": "otherOffer", "betterOffer": "Kommunens hjerterehabilitering"}))]
pub struct ReferralRejection {
    /// Why.
    pub reason: RejectionReason,
    /// In words; required for `other`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub note: Option<Prose>,
    /// An offer that is better for the patient, where one is known; required for `otherOffer`.
    #[serde(default)]
    #[schema(nullable = false)]
    pub better_offer: Option<Line>,
}

fn other_is_explained(rejection: &ReferralRejection) -> Result<(), ValidationError> {
    match rejection.reason {
        RejectionReason::Other if rejection.note.is_none() => Err(rule(
            "/note",
            "required",
            "is required with the reason other",
        )),
        RejectionReason::OtherOffer if rejection.better_offer.is_none() => Err(rule(
            "/betterOffer",
            "required",
            "is required with the reason otherOffer",
        )),
        _ => Ok(()),
    }
}

/// Asks the referrer for more.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"items": "Oplys venligst om indlæggelser det seneste år."}))]
pub struct SupplementRequest {
    /// What is asked for.
    pub items: Prose,
}

/// What the referrer sends afterwards, asked for or not.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = something_comes))]
#[schema(example = json!({"criteria": [{"code": "chronicDisease", "answer": "yes"}], "text": "To indlæggelser i 2025."}))]
pub struct NewSupplement {
    /// When it came: now where nothing is said. The clock runs again from that day (APS-4).
    #[serde(default)]
    #[schema(nullable = false)]
    pub received_at: Option<Instant>,
    /// Criteria that are answered anew; others stay as they were.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub criteria: Vec<CriterionAnswer>,
    /// What came, in words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub text: Option<Prose>,
    /// The programme's name as it is stated now.
    #[serde(default)]
    #[schema(nullable = false)]
    pub stated_programme: Option<Line>,
}

fn something_comes(new: &NewSupplement) -> Result<(), ValidationError> {
    if new.criteria.is_empty() && new.text.is_none() && new.stated_programme.is_none() {
        return Err(rule(
            "/text",
            "required",
            "send text, criteria or statedProgramme: a supplement brings something",
        ));
    }
    Ok(())
}

/// Passes a referral on to another programme of the same data controller.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[validate(schema(function = at_most_one_consent))]
#[schema(example = json!({"programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "reason": "Patienten har brug for brobygning."}))]
pub struct ReferralForwarding {
    /// The programme it is passed on to.
    pub programme_id: ProgrammeId,
    /// Why.
    pub reason: Prose,
    /// The patient's consent to being referred there, to be recorded. Not needed where an active
    /// consent covers that programme (APS-3).
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent: Option<NewConsent>,
    /// A recorded consent that covers it; the service looks for one where nothing is said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub consent_id: Option<ConsentId>,
}

fn at_most_one_consent(forwarding: &ReferralForwarding) -> Result<(), ValidationError> {
    if forwarding.consent.is_some() && forwarding.consent_id.is_some() {
        return Err(rule(
            "/consentId",
            "atMostOne",
            "send consent or consentId, and not both",
        ));
    }
    Ok(())
}

/// A referral that was passed on, and what it became.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForwardedReferral {
    /// The referral that was passed on.
    pub forwarded: Referral,
    /// The new one in the other programme.
    pub replacement: Referral,
}

/// Takes a referral back.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"withdrawnBy": "patient"}))]
pub struct ReferralWithdrawal {
    /// Who takes it back.
    pub withdrawn_by: ReferralWithdrawnBy,
    /// Why, in words.
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<Prose>,
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
    stop_waiting(&mut referral, cx.now)?;
    save(cx, &mut referral, "referral.accepted")?;
    Ok(referral)
}

/// Any open state → rejected. Planned calls are cancelled.
pub fn reject(cx: &mut Cx<'_>, id: ReferralId, rejection: &ReferralRejection) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
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

/// awaitingSupplement → received; in other open states the state stays.
pub fn supplement(cx: &mut Cx<'_>, id: ReferralId, new: &NewSupplement) -> Result<Referral> {
    let mut referral = store::find(cx, id)?;
    referral.state = take(referral.state, Step::Supplement)?;
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
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
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
    let patient = patients::find(cx, referral.patient_id)?;
    referral.criteria = merge_answers(&referral.criteria, &new.criteria);
    set_eligibility(&mut referral, &programme, &patient);
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
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    check_active(&programme)?;
    check_none_open(cx, programme.id, patient.id)?;
    let consent = consent_of(
        cx,
        &patient,
        &programme,
        cx.now,
        forwarding.consent.as_ref(),
        forwarding.consent_id,
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

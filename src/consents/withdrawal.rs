//! The withdrawal of a consent ends in the same transaction what stood on it.
//!
//! - Purpose referral: open referrals that stand on it are withdrawn, planned calls of every
//!   referral standing on it cancelled, courses opened from them closed.
//! - Purpose participation: courses of the patient, in the consent's programme or in all where it
//!   names none, are closed and their planned calls cancelled.
//! - A course that another active participation consent covers goes on.
//! - Purpose quotation: what the patient said may no longer be quoted (HF-7).
//! - Any purpose: bookings still to come and entries of the waiting list that stand on the consent.

use super::model::{Consent, ConsentId, Ended, EndedKind, NewWithdrawal};
use super::{rules, store};
use crate::calls::{self, CancelScope};
use crate::platform::access::ActorKind;
use crate::platform::app::Cx;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::programmes::Purpose;
use crate::{bookings, courses, feedback, referrals, waiting_list};

/// The word of `calls::CancellationReason`.
const REASON: &str = "consentWithdrawn";

/// Withdraws a consent, and everything that stood on it.
pub fn withdraw(cx: &mut Cx<'_>, id: ConsentId, new: &NewWithdrawal) -> Result<Consent> {
    let mut consent = store::find(cx, id)?;
    cx.request.heed_version(consent.version())?;
    if consent.programme_id.is_none() && store::is_limited(cx.scope()) {
        return Err(Error::problem(
            ProblemCode::Forbidden,
            "The consent is for no particular programme. It is withdrawn by the patient or by those who see all programmes.",
        ));
    }
    let by_patient = cx.actor.kind == ActorKind::Patient;
    let at = rules::check_withdrawal(&consent, new, by_patient, cx.now)?;
    // First, so that it no longer counts where the others ask for another active consent.
    store::withdraw(cx, &mut consent, at, new.withdrawn_by)?;
    let ended = end_what_stood_on(cx, &consent)?;
    store::complete_withdrawal(cx, &mut consent, ended)?;
    Ok(consent)
}

fn end_what_stood_on(cx: &mut Cx<'_>, consent: &Consent) -> Result<Vec<Ended>> {
    let mut ended = Vec::new();
    let mut note = |kind, id: uuid::Uuid| {
        let end = Ended { kind, id };
        if !ended.contains(&end) {
            ended.push(end);
        }
    };
    for booking in bookings::cancel_for_consent(cx, consent.id)? {
        note(EndedKind::Booking, booking.uuid());
    }
    for entry in waiting_list::leave_for_consent(cx, consent.id)? {
        note(EndedKind::WaitingListEntry, entry.uuid());
    }
    match consent.purpose {
        Purpose::Referral => {
            let standing = referrals::standing_on(cx, consent.id)?;
            for referral in referrals::withdraw_for_consent(cx, consent.id)? {
                note(EndedKind::Referral, referral.uuid());
            }
            for referral in standing {
                for call in calls::cancel_planned(cx, CancelScope::Referral(referral.id), REASON)? {
                    note(EndedKind::CallSession, call.uuid());
                }
            }
        }
        Purpose::Participation => {}
        Purpose::InformationSharing
        | Purpose::VolunteerContact
        | Purpose::Recording
        | Purpose::QualityData => return Ok(ended),
        Purpose::Quotation => {
            for one in feedback::stop_quoting(cx, consent)? {
                note(EndedKind::Feedback, one.uuid());
            }
            return Ok(ended);
        }
    }
    for course in courses::close_for_consent(cx, consent)? {
        for call in calls::cancel_planned(cx, CancelScope::Course(course), REASON)? {
            note(EndedKind::CallSession, call.uuid());
        }
        note(EndedKind::Course, course.uuid());
    }
    Ok(ended)
}

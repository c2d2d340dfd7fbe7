//! Imports: whether a referral is registered already, and says all that is sent of it.

use super::intake::NewReferral;
use super::model::{CriterionAnswer, Referral, Referrer, YesNoUnknown};
use super::requirements;
use super::rules::may_live_with_patient;
use crate::calendar::Country;
use crate::consents;
use crate::platform::app::Cx;
use crate::platform::error::Result;
use crate::programmes;

/// Whether a referral of a patient says all that `new` says; what `new` leaves out is no difference.
/// Whom `new` names is for the caller to compare, and `masked` says that it is a protected person
/// whom the actor may not see. Who referred is not compared then, where that may be the person or live
/// with the person: the answer would tell whether a guess at a name is right (ID-5).
pub fn says_all(
    cx: &mut Cx<'_>,
    known: &Referral,
    new: &NewReferral,
    masked: bool,
) -> Result<bool> {
    let country = programmes::find(cx, known.programme_id)?
        .policy
        .calendar
        .country;
    let hidden = masked
        && known
            .referrer
            .as_ref()
            .is_some_and(|referrer| may_live_with_patient(known.channel, referrer));
    let same = known.programme_id == new.programme_id
        && known.channel == new.channel
        && known.sent_at == new.sent_at
        && new.received_at.is_none_or(|at| at == known.received_at)
        && (new.stated_programme.is_none() || new.stated_programme == known.stated_programme)
        && (new.reason.is_none() || new.reason == known.reason)
        && new.consent_id.is_none_or(|id| id == known.consent_id)
        && (hidden || is_referrer(known.referrer.as_ref(), new.referrer.as_ref(), country))
        && new.criteria.iter().all(|sent| is_answered(known, sent));
    match &new.consent {
        Some(consent) if same => {
            let known = consents::find(cx, known.consent_id)?;
            Ok(consents::says_all(&known, consent, masked))
        }
        _ => Ok(same),
    }
}

/// Field by field: a referrer may have got no telephone in the file, and has one here.
fn is_referrer(known: Option<&Referrer>, sent: Option<&Referrer>, country: Country) -> bool {
    let Some(sent) = sent else {
        return true;
    };
    let known = known.cloned().unwrap_or_default();
    let mut sent = requirements::normal(sent.clone(), country);
    sent.name = sent.name.or_else(|| known.name.clone());
    sent.organisation_id = sent.organisation_id.or(known.organisation_id);
    sent.organisation_name = sent
        .organisation_name
        .or_else(|| known.organisation_name.clone());
    sent.role = sent.role.or_else(|| known.role.clone());
    sent.telephone = sent.telephone.or_else(|| known.telephone.clone());
    sent.reply_to = sent.reply_to.or_else(|| known.reply_to.clone());
    sent == known
}

/// `unknown` says nothing: it may have been answered since (APS-1).
fn is_answered(known: &Referral, sent: &CriterionAnswer) -> bool {
    sent.answer == YesNoUnknown::Unknown || known.criteria.iter().any(|answer| answer == sent)
}

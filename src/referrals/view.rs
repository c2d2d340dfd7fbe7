//! What of a referral is shown to whom. The one who referred may be the patient, or live with the
//! patient: name, telephone and address of a protected person's referrer are withheld then (ID-5).

use super::model::{Referral, Referrer};
use super::rules::may_live_with_patient;
use crate::patients::{self, PatientId};
use crate::platform::app::Cx;
use crate::platform::error::Result;

/// A referral as the actor sees it, and the mark in its `ETag`: whether it is overdue changes with
/// time alone, and whether something is withheld depends on who asks.
pub fn shown(cx: &mut Cx<'_>, mut referral: Referral) -> Result<(Referral, &'static str)> {
    let withheld = withhold(cx, std::slice::from_mut(&mut referral))?;
    let mark = match (referral.overdue, withheld) {
        (false, false) => "",
        (true, false) => "overdue",
        (false, true) => "masked",
        (true, true) => "overdue-masked",
    };
    Ok((referral, mark))
}

/// Takes out of referrals what the actor may not see, and says whether there was any. The patients of
/// those where it matters are looked up at once, and nobody where it matters nowhere.
pub fn withhold(cx: &mut Cx<'_>, referrals: &mut [Referral]) -> Result<bool> {
    if patients::sees_protected(cx.scope()) {
        return Ok(false);
    }
    let asked: Vec<PatientId> = referrals
        .iter()
        .filter(|referral| names_somebody_near(referral))
        .map(|referral| referral.patient_id)
        .collect();
    if asked.is_empty() {
        return Ok(false);
    }
    let found = patients::find_all(cx, &asked)?;
    let mut withheld = false;
    for referral in referrals {
        let masked = found
            .get(&referral.patient_id)
            .is_none_or(|patient| patients::is_masked(patient, cx.scope()));
        if masked && names_somebody_near(referral) {
            referral.referrer = referral.referrer.take().and_then(without_person);
            withheld = true;
        }
    }
    Ok(withheld)
}

/// Whether it says who referred and how to reach them, and that may be the patient or somebody who
/// lives with the patient.
fn names_somebody_near(referral: &Referral) -> bool {
    referral.referrer.as_ref().is_some_and(|referrer| {
        let named =
            referrer.name.is_some() || referrer.telephone.is_some() || referrer.reply_to.is_some();
        named && may_live_with_patient(referral.channel, referrer)
    })
}

/// What is left of a referrer without who it is, if anything is.
fn without_person(referrer: Referrer) -> Option<Referrer> {
    let left = Referrer {
        name: None,
        telephone: None,
        reply_to: None,
        ..referrer
    };
    (left != Referrer::default()).then_some(left)
}

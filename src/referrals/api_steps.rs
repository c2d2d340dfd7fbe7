//! The steps of a referral, below `/referrals/{referralId}`.

use actix_web::post;

use super::model::{Referral, ReferralId};
use super::requests::{
    NewSupplement, ReferralAcceptance, ReferralForwarding, ReferralRejection, ReferralWithdrawal,
    SupplementRequest,
};
use super::steps::{self, ForwardedReferral};
use super::view;
use crate::platform::access::Permit;
use crate::platform::access::policy::{ReferralsDecide, ReferralsWrite};
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::http::input::{Body, Path};
use crate::platform::http::reply::Reply;

/// Accept a referral
///
/// The patient is taken on and is to be called within the deadline (APS-4). `assignedTo` is who
/// calls: the calling person where nothing is said. Possible while it is received or a supplement
/// is awaited; the clock runs again.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.decide"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    request_body = ReferralAcceptance,
    responses((status = 200, description = "The referral as it is now.", body = Referral)))]
#[post("/referrals/{referralId}/acceptance")]
pub(super) async fn accept_referral(
    app: App,
    permit: Permit<ReferralsDecide>,
    id: Path<ReferralId>,
    body: Body<ReferralAcceptance>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, body| {
        let referral = steps::accept(cx, id.0, body)?;
        answer(cx, referral)
    })
    .await
}

/// Reject a referral
///
/// With the reason and, where one is known, an offer that is better for the patient. Possible
/// while it is open; planned calls are cancelled.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.decide"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    request_body = ReferralRejection,
    responses((status = 200, description = "The referral as it is now.", body = Referral)))]
#[post("/referrals/{referralId}/rejection")]
pub(super) async fn reject_referral(
    app: App,
    permit: Permit<ReferralsDecide>,
    id: Path<ReferralId>,
    body: Body<ReferralRejection>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, body| {
        let referral = steps::reject(cx, id.0, body)?;
        answer(cx, referral)
    })
    .await
}

/// Ask the referrer for more
///
/// The referral awaits a supplement. Where the programme's policy says so the clock stands still
/// meanwhile, and `dueOn` is null; a day that was over before stays over (APS-4).
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.decide"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    request_body = SupplementRequest,
    responses((status = 200, description = "The referral as it is now.", body = Referral)))]
#[post("/referrals/{referralId}/supplement-requests")]
pub(super) async fn request_supplement(
    app: App,
    permit: Permit<ReferralsDecide>,
    id: Path<ReferralId>,
    body: Body<SupplementRequest>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, body| {
        let referral = steps::request_supplement(cx, id.0, body)?;
        answer(cx, referral)
    })
    .await
}

/// Supplement a referral
///
/// What the referrer sends afterwards. Answers replace earlier ones and the eligibility is found
/// anew (APS-1). Where it was awaited the clock runs again and the due day is counted anew with
/// the pause (APS-4). What comes unasked is taken too while the referral is open. Patients send
/// `text` only, unless they referred themselves.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.write"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    request_body = NewSupplement,
    responses((status = 200, description = "The referral as it is now.", body = Referral)))]
#[post("/referrals/{referralId}/supplements")]
pub(super) async fn supplement_referral(
    app: App,
    permit: Permit<ReferralsWrite>,
    id: Path<ReferralId>,
    body: Body<NewSupplement>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, body| {
        let referral = steps::supplement(cx, id.0, body)?;
        answer(cx, referral)
    })
    .await
}

/// Forward a referral
///
/// Makes a new referral in another programme of the same data controller, received now through
/// the channel `internal`, and closes this one; each names the other. Needs an active consent to
/// being referred that covers the other programme (APS-3): one that is for no particular
/// programme, one for that programme, or one given in the body. Planned calls are cancelled.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.decide"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    request_body = ReferralForwarding,
    responses((status = 201, description = "The referral as it is now, and the new one.", body = ForwardedReferral)))]
#[post("/referrals/{referralId}/forwarding")]
pub(super) async fn forward_referral(
    app: App,
    permit: Permit<ReferralsDecide>,
    id: Path<ReferralId>,
    body: Body<ReferralForwarding>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, body| {
        let done = steps::forward(cx, id.0, body)?;
        let (forwarded, _) = view::shown(cx, done.forwarded)?;
        let (replacement, _) = view::shown(cx, done.replacement)?;
        let done = ForwardedReferral {
            forwarded,
            replacement,
        };
        Reply::created(format_args!("/referrals/{}", done.replacement.id), &done)
    })
    .await
}

/// Withdraw a referral
///
/// The referrer or the patient takes it back. Patients may do so with their own. Possible while
/// it is open; planned calls are cancelled. The consent stays as it is: withdraw it with
/// `POST /consents/{consentId}/withdrawal`.
#[utoipa::path(tag = "Referrals", security(("oauth2" = ["referrals.write"])),
    params(("referralId" = ReferralId, Path, description = "The referral's id.")),
    request_body = ReferralWithdrawal,
    responses((status = 200, description = "The referral as it is now.", body = Referral)))]
#[post("/referrals/{referralId}/withdrawal")]
pub(super) async fn withdraw_referral(
    app: App,
    permit: Permit<ReferralsWrite>,
    id: Path<ReferralId>,
    body: Body<ReferralWithdrawal>,
) -> Result<Reply> {
    app.write(&permit, body, move |cx, body| {
        let referral = steps::withdraw(cx, id.0, body)?;
        answer(cx, referral)
    })
    .await
}

/// The referral as the actor sees it, with its `ETag`.
pub(super) fn answer(cx: &mut Cx<'_>, referral: Referral) -> Result<Reply> {
    let (referral, mark) = view::shown(cx, referral)?;
    Ok(Reply::ok(&referral)?.version_variant(referral.version, mark))
}

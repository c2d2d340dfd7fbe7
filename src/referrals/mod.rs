//! referrals.

/// A referrals.
#[derive(Debug)]
pub struct Referral;

/// The id of one.
pub type ReferralId = crate::platform::id::Id<Referral>;

/// Routes.
#[must_use]
pub fn routes() -> crate::platform::http::routes::Routes {
    crate::platform::http::routes::Routes {
        described: Vec::new(),
        mount: |_| {},
    }
}
